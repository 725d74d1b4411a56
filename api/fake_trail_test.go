package api

import (
	"context"

	"shenfa/internal/desk"
	"shenfa/internal/disclosure"
)

func (f *fake) Trail(ctx context.Context, _ desk.Actor, id string, q desk.TrailQuery) (desk.Trail, error) {
	return desk.Trail{
		Items: []desk.TrailEntry{{
			At: noon, Actor: desk.Ref{ID: "system"}, Action: "submit", Sort: "act", Outcome: "ok", Act: &desk.Event{At: noon, Act: "submit", To: disclosure.Checking},
		}},
		Counts: map[string]int{"act": 1}, People: []desk.TrailPerson{},
	}, f.called(ctx, "trail %s %s %s", id, q.Sort, q.Cursor)
}

func (f *fake) ReviewForm(ctx context.Context, _ desk.Actor, id, as string) (desk.FileData, error) {
	return desk.FileData{Name: "form." + as, Content: disclosure.Sum("application/pdf", []byte("%PDF")), Data: []byte("%PDF")}, f.called(ctx, "review-form %s %s", id, as)
}
