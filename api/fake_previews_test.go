package api

import (
	"context"

	"shenfa/internal/desk"
)

func preview() desk.Preview {
	return desk.Preview{
		ID: "v1", Reader: "韩玥", Version: 1, Manifest: "aa", Expires: &noon, State: "open", By: desk.Ref{ID: "p1", Name: "周"}, At: noon,
	}
}

func (f *fake) Previews(ctx context.Context, _ desk.Actor, id string) ([]desk.Preview, error) {
	return []desk.Preview{preview()}, f.called(ctx, "previews %s", id)
}

func (f *fake) AddPreview(ctx context.Context, _ desk.Actor, id, key string, in desk.PreviewInput) (desk.Preview, error) {
	p := preview()
	p.Path = desk.PreviewPath + "s"
	return p, f.called(ctx, "preview %s %s %s %d", id, key, in.Reader, in.Hours)
}

func (f *fake) RevokePreview(ctx context.Context, _ desk.Actor, id, which string) (desk.Preview, error) {
	return preview(), f.called(ctx, "revoke preview %s %s", id, which)
}
