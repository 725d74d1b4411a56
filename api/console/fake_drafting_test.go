package console

import (
	"context"

	"shenfa/internal/desk"
	"shenfa/internal/disclosure"
)

func (f *fake) Checklist(context.Context, desk.Actor, string) ([]disclosure.Point, error) {
	return f.item.Draft.Checklist(disclosure.Around{Now: morning, Correction: f.item.Edition > 1, DeadLinks: f.dead}), f.fail["Checklist"]
}

func (f *fake) RollBack(_ context.Context, _ desk.Actor, id string, revision int64, version int) (desk.Disclosure, error) {
	return f.seen("RollBack", "%s %d %d", id, revision, version)
}

func (f *fake) Preview(_ context.Context, _ desk.Actor, u desk.Upload) ([]byte, error) {
	return []byte("<p>" + string(u.Data) + "</p>"), f.called("Preview", "%s", u.Name)
}

func (f *fake) Present(context.Context, desk.Actor, string) ([]desk.Ref, error) {
	return f.others, f.fail["Present"]
}
