package console

import (
	"context"

	"shenfa/internal/desk"
	"shenfa/internal/disclosure"
)

// previewed has a preview in each state that a page tells apart.
func previewed(f *fake) {
	f.previews = []desk.Preview{
		{ID: "v1", Number: "SF-2026-000001", Reader: "韩玥", Version: 2, Manifest: "aa", Expires: new(morning), State: "open", By: desk.Ref{ID: "p1", Name: "周衡"}, At: morning, Reads: 3, LastReadAt: new(morning)},
		{ID: "v2", Number: "SF-2026-000001", Reader: "顾宁", Person: &desk.Ref{ID: "p2", Name: "顾宁"}, Version: 2, Manifest: "aa", Embargo: true, Hours: 24, OpensAt: new(morning), State: "waiting", By: desk.Ref{ID: "p1", Name: "周衡"}, At: morning},
		{ID: "v3", Number: "SF-2026-000001", Reader: "沈原", Version: 1, Manifest: "bb", Expires: new(morning), State: "newer_version", By: desk.Ref{ID: "p1", Name: "周衡"}, At: morning},
		{ID: "v4", Number: "SF-2026-000001", Reader: "陆青", Version: 2, Manifest: "aa", Expires: new(morning), State: "revoked", By: desk.Ref{ID: "p1", Name: "周衡"}, At: morning, RevokedAt: new(morning), RevokedBy: &desk.Ref{ID: "p1", Name: "周衡"}},
	}
}

func (f *fake) Previews(context.Context, desk.Actor, string) ([]desk.Preview, error) {
	return f.previews, f.fail["Previews"]
}

func (f *fake) MyPreviews(context.Context, desk.Actor) ([]desk.Preview, error) {
	return f.previews, f.fail["MyPreviews"]
}

func (f *fake) AddPreview(_ context.Context, _ desk.Actor, id, key string, in desk.PreviewInput) (desk.Preview, error) {
	p := desk.Preview{ID: "v9", Reader: in.Reader}
	if in.Person == "" {
		p.Path = desk.PreviewPath + "geheim"
	}
	return p, f.called("AddPreview", "%s %s %s %s%s %d %t", id, key, in.Manifest, in.Reader, in.Person, in.Hours, in.Embargo)
}

func (f *fake) RevokePreview(_ context.Context, _ desk.Actor, id, preview string) (desk.Preview, error) {
	return desk.Preview{}, f.called("RevokePreview", "%s %s", id, preview)
}

func (f *fake) MyAhead(_ context.Context, _ desk.Actor, preview string) (desk.Ahead, error) {
	if preview == "out" {
		return desk.Ahead{ID: "out", Public: true, Item: desk.PublicItem{Number: "SF-2026-000001"}}, nil
	}
	m := disclosure.Manifest{Metadata: disclosure.Metadata{Title: "安全生产检查通知", DocumentNumber: "示应急〔2026〕1号"}}
	m.Attachments = []disclosure.Named{{Name: "名单.txt"}}
	return desk.Ahead{
		ID: preview, Reader: "顾宁", At: morning, Release: new(morning), Embargo: true,
		Item: desk.PublicItem{Number: "SF-2026-000001", Unit: "示范区应急管理局", Manifest: m, Hash: "aabbccdd", HTML: []byte("<p>一、检查时间为三月。</p>"), Attachments: m.Attachments},
	}, f.fail["MyAhead"]
}

func (f *fake) MyAheadFile(_ context.Context, _ desk.Actor, preview string, n int) (desk.FileData, error) {
	return desk.FileData{Name: "名单.txt", Data: []byte("甲")}, f.called("MyAheadFile", "%s %d", preview, n)
}
