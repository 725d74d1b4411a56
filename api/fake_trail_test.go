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

func (f *fake) Checklist(ctx context.Context, _ desk.Actor, id string) ([]disclosure.Point, error) {
	return disclosure.Draft{}.Checklist(disclosure.Around{Now: noon}), f.called(ctx, "checklist %s", id)
}

func (f *fake) RollBack(ctx context.Context, _ desk.Actor, id string, revision int64, version int) (desk.Disclosure, error) {
	return f.disclosed(ctx, "rollback %s %d %d", id, revision, version)
}

func (f *fake) RuleSets(ctx context.Context, _ desk.Actor) ([]desk.RuleSet, error) {
	return []desk.RuleSet{{Version: "2026.1", From: "2026-01-01", Rules: []desk.Rule{{ID: "secret-mark", Class: "BLOCK"}}, Removed: []string{}}}, f.called(ctx, "rule-sets")
}

func (f *fake) OpinionRecord(ctx context.Context, _ desk.Actor, q desk.RecordQuery) (desk.FileData, error) {
	return desk.FileData{Name: "opinions." + q.As, Content: disclosure.Sum("application/pdf", []byte("%PDF")), Data: []byte("%PDF")}, f.called(ctx, "opinions %s %s %s", q.Person, q.From, q.Until)
}

func (f *fake) ReviewRecord(ctx context.Context, _ desk.Actor, q desk.RecordQuery) (desk.FileData, error) {
	return desk.FileData{Name: "reviews." + q.As, Content: disclosure.Sum("application/pdf", []byte("%PDF")), Data: []byte("%PDF")}, f.called(ctx, "reviews %s %s", q.From, q.Until)
}
