package console

import (
	"context"

	"shenfa/internal/desk"
	"shenfa/internal/disclosure"
)

func askedOf(f *fake) {
	f.asked = someQuestions()
	f.item.Can = append(f.item.Can, "ask_question")
}

// someQuestions are one of each thing that can be done.
func someQuestions() []desk.Question {
	one := func(id, kind string, state disclosure.QuestionState, can ...string) desk.Question {
		t, _ := disclosure.TermsOn(kind, "2026-01-01")
		return desk.Question{
			ID: id, Kind: t.ID, Zh: t.Zh, En: t.En, Basis: t.Basis, State: state, Holds: t.Binds, By: desk.Ref{ID: "p2", Name: "赵敏"}, Addressee: "示例化工有限公司",
			Ask: "是否同意公开整改情况", Version: 1, AskedAt: morning, Letters: []desk.QuestionLetter{}, Replies: t.Replies, Grounds: []disclosure.Option{}, Can: can,
			Disclosure: desk.Summary{ID: "d1", Number: "2026-0038", Title: "整改情况公示"},
		}
	}
	silent := one("q3", "third_party", disclosure.QuestionUnanswered, "answer_question", "notify_question", "override_question")
	silent.SentOn, silent.ReceivedOn, silent.Due, silent.How = new(morning), new(morning), new(morning), "签收"
	silent.DueZh, silent.DueEn = "自次日起 15 个工作日", "15 working days from the day after"
	silent.Letters = []desk.QuestionLetter{{Type: "ask", Number: "SF公开征询〔2026〕1号", IssuedAt: morning}}
	for _, g := range []string{"public_interest", "no_harm"} {
		silent.Grounds = append(silent.Grounds, disclosure.Option{ID: g, Zh: "情形", En: "Ground"})
	}
	inside := one("q4", "legal", disclosure.QuestionAnswered)
	inside.Asked, inside.Addressee, inside.Holds = &desk.Ref{ID: "p8", Name: "沈律"}, "", false
	inside.Reply, inside.ReplyZh, inside.ReplyEn, inside.Words = "consent", "无不同意见", "No objection", "无不同意见"
	return []desk.Question{
		one("q1", "originator", disclosure.QuestionDrafted, "send_question", "close_question"), one("q2", "report_up", disclosure.QuestionSent, "receive_question", "answer_question"), silent, inside,
	}
}

func (f *fake) Ask(_ context.Context, _ desk.Actor, id, key string, in desk.QuestionInput) (desk.Question, error) {
	return desk.Question{ID: "q5"}, f.called("Ask", "%s %s %s %s %s", id, key, in.Kind, in.Addressee, in.Ask)
}

func (f *fake) Pursue(_ context.Context, _ desk.Actor, id, question, key string, act disclosure.ActType, in desk.QuestionInput) (desk.Question, error) {
	return desk.Question{ID: question}, f.called("Pursue", "%s %s %s %s %s%s%s%s%s%s", id, question, key, act, in.On, in.How, in.Reply, in.Scan, in.Ground, in.Reason)
}

func (f *fake) Questions(context.Context, desk.Actor, string) ([]desk.Question, error) {
	return f.asked, f.fail["Questions"]
}

func (f *fake) OpenQuestions(context.Context, desk.Actor) ([]desk.Question, error) {
	return f.asked, f.fail["OpenQuestions"]
}

func (f *fake) QuestionKinds(context.Context, desk.Actor) ([]disclosure.QuestionTerms, error) {
	return disclosure.QuestionKinds("2026-01-01"), f.fail["QuestionKinds"]
}

func (f *fake) QuestionFile(_ context.Context, _ desk.Actor, id, question, name string) (desk.FileData, error) {
	return desk.FileData{Name: "函.docx", Data: []byte("函")}, f.called("QuestionFile", "%s %s %s", id, question, name)
}

func (f *fake) KeepScan(_ context.Context, _ desk.Actor, id, question string, u desk.Upload) (desk.ScanKept, error) {
	return desk.ScanKept{Scan: "scan1"}, f.called("KeepScan", "%s %s %s", id, question, u.Name)
}
