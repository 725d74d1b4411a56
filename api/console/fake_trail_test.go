package console

import (
	"context"
	"strings"
	"time"

	"shenfa/internal/desk"
)

// trailed has a row of each sort, and those of a long history if there are many.
func trailed(many int) desk.Trail {
	digest := strings.Repeat("0123456789abcdef", 4)
	submit := &desk.Event{
		At: morning, Actor: desk.Ref{ID: "p1", Name: "周衡"}, Act: "submit", ActZh: "提交", ActEn: "Submitted", From: "draft", To: "checking", Version: 2,
		Manifest: "4d8f3a1c4d8f3a1c4d8f3a1c4d8f3a1c4d8f3a1c4d8f3a1c4d8f3a1c4d8f3a1c",
	}
	decide := &desk.Event{
		At: morning, Actor: desk.Ref{ID: "p2", Name: "许棠"}, OnBehalf: &desk.Ref{ID: "p3", Name: "江屿"}, Act: "decide", ActZh: "决定", ActEn: "Decided", Role: "legal_reviewer",
		From: "in_review", To: "in_review", Outcome: "disclose", Opinion: "同意公开，依据准确。", Version: 2,
	}
	t := desk.Trail{
		Items: []desk.TrailEntry{
			{At: morning.Add(-48 * time.Hour), Actor: desk.Ref{ID: "p1", Name: "周衡"}, Action: "create", Sort: "act", Outcome: "ok", Seq: new(int64(1)), Digest: digest},
			{At: morning, Actor: submit.Actor, Action: "submit", Sort: "act", Outcome: "ok", Version: 2, Seq: new(int64(2)), Digest: digest, Act: submit},
			{At: morning, Actor: desk.Ref{ID: "p4", Name: "沈砚"}, Action: "read_file", Sort: "read", Outcome: "ok", Version: 2, Seq: new(int64(3)), Digest: digest},
			{At: morning, Actor: desk.Ref{ID: "p5", Name: "陆川"}, Action: "read", Sort: "refused", Outcome: "forbidden", Seq: new(int64(4)), Digest: digest},
			{At: morning, Actor: decide.Actor, OnBehalf: decide.OnBehalf, Action: "decide", Sort: "act", Outcome: "ok", Version: 2, Seq: new(int64(5)), Digest: digest, Act: decide},
			{At: morning, Actor: desk.Ref{ID: "system"}, Action: "rehearse", Sort: "act", Outcome: "ok"},
		},
		Counts: map[string]int{"act": 4, "read": 1, "refused": 1}, Head: &desk.Head{Size: 20417, At: morning}, Sealed: true,
		Formed: "2026-11-17", Taken: new(3), Limit: &desk.Lawful{Latest: morning, Law: "政府信息公开条例第二十六条", Calendar: "2024-2026.0a1b"}, Agrees: true,
		People: []desk.TrailPerson{{Ref: desk.Ref{ID: "p1", Name: "周衡"}}, {Ref: decide.Actor, Role: "legal_reviewer", OnBehalf: decide.OnBehalf}},
	}
	for len(t.Items) < many {
		t.Items, t.Next = append(t.Items, t.Items[1+len(t.Items)%4]), "50"
	}
	return t
}

func walked(rows int) func(*fake) { return func(f *fake) { f.trail = trailed(rows) } }

func (f *fake) Trail(_ context.Context, _ desk.Actor, _ string, q desk.TrailQuery) (desk.Trail, error) {
	return f.trail, f.called("Trail", "%s %s %t", q.Sort, q.Cursor, q.All)
}

func (f *fake) ReviewForm(_ context.Context, _ desk.Actor, id, as string) (desk.FileData, error) {
	return desk.FileData{Name: "政府信息公开保密审查单 2026-0038." + as, Data: []byte("%PDF")}, f.called("ReviewForm", "%s %s", id, as)
}
