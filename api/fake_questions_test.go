package api

import (
	"context"

	"shenfa/internal/desk"
	"shenfa/internal/disclosure"
)

func asked() desk.Question {
	t, _ := disclosure.TermsOn("third_party", "2026-01-01")
	return desk.Question{
		ID: "q1", Disclosure: item().Summary, Kind: t.ID, Zh: t.Zh, En: t.En, Basis: t.Basis, State: disclosure.QuestionReceived, Holds: true, Excludes: true,
		By: desk.Ref{ID: "p2", Name: "王"}, Addressee: "示例公司", Ask: "是否同意", Version: 1, AskedAt: noon, SentOn: &noon, ReceivedOn: &noon, Due: &noon,
		Letters: []desk.QuestionLetter{{Type: "ask", Number: "SF公开征询〔2026〕1号", Hash: "aa", IssuedAt: noon}}, Replies: t.Replies, Grounds: []disclosure.Option{}, Can: []string{"answer_question"},
	}
}

func (f *fake) Ask(ctx context.Context, _ desk.Actor, id, key string, in desk.QuestionInput) (desk.Question, error) {
	return asked(), f.called(ctx, "ask %s %s %s", id, key, in.Kind)
}

func (f *fake) Pursue(ctx context.Context, _ desk.Actor, id, question, key string, act disclosure.ActType, in desk.QuestionInput) (desk.Question, error) {
	return asked(), f.called(ctx, "%s %s %s %s %s", act, id, question, key, in.On)
}

func (f *fake) Questions(ctx context.Context, _ desk.Actor, id string) ([]desk.Question, error) {
	return []desk.Question{asked()}, f.called(ctx, "questions %s", id)
}

func (f *fake) OpenQuestions(ctx context.Context, _ desk.Actor) ([]desk.Question, error) {
	return []desk.Question{asked()}, f.called(ctx, "open questions")
}

func (f *fake) QuestionKinds(ctx context.Context, _ desk.Actor) ([]disclosure.QuestionTerms, error) {
	return disclosure.QuestionKinds("2026-01-01"), f.called(ctx, "question kinds")
}

func (f *fake) QuestionFile(ctx context.Context, _ desk.Actor, id, question, name string) (desk.FileData, error) {
	data := []byte("函")
	return desk.FileData{Name: "a.docx", Content: disclosure.Sum("application/octet-stream", data), Data: data}, f.called(ctx, "question file %s %s %s", id, question, name)
}

func (f *fake) KeepScan(ctx context.Context, _ desk.Actor, id, question string, u desk.Upload) (desk.ScanKept, error) {
	return desk.ScanKept{Scan: "aa"}, f.called(ctx, "keep scan %s %s %s", id, question, u.Name)
}
