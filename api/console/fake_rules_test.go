package console

import (
	"context"

	"shenfa/internal/desk"
)

func (f *fake) RuleSets(context.Context, desk.Actor) ([]desk.RuleSet, error) {
	basis := "《中华人民共和国保守国家秘密法》第三十五条"
	return []desk.RuleSet{
		{
			Version: "2026.11-2", From: "2026-11-01", InForce: true, Removed: []string{"old-mark"},
			Rules: []desk.Rule{
				{ID: "secret-mark", Class: "BLOCK", Reason: f.reason, ReasonEn: "A mark of a state secret", Basis: basis, Quarantine: true, Change: "changed"},
				{ID: "resident-id", Class: "HOLD", Reason: f.reason, ReasonEn: "A resident identity number", Basis: basis, Change: "added"},
			},
		},
		{Version: "2026.1", From: "2026-01-01", Rules: []desk.Rule{{ID: "old-mark", Class: "WARN", Reason: f.reason, ReasonEn: "Old", Basis: basis}}},
	}, f.fail["RuleSets"]
}

func (f *fake) Lexicons(context.Context, desk.Actor) ([]desk.LexiconVersion, error) {
	return []desk.LexiconVersion{{Version: 3, Terms: 812, From: morning, By: desk.Ref{ID: "p4", Name: people["reviewer"].Name}}}, f.fail["Lexicons"]
}

func (f *fake) Lexicon(_ context.Context, _ desk.Actor, version int) (desk.FileData, error) {
	return desk.FileData{Name: "lexicon.csv", Data: []byte("term")}, f.called("Lexicon", "%d", version)
}

func (f *fake) ImportLexicon(_ context.Context, _ desk.Actor, u desk.Upload, try bool) (desk.LexiconImport, error) {
	return desk.LexiconImport{Terms: 813, Added: 2, Removed: 1, Over: &desk.Change{Looked: 40, Items: []desk.ChangedItem{{Number: "2026-0031", Added: make([]desk.ChangedSpot, 2)}}}},
		f.called("ImportLexicon", "%s %t", u.Name, try)
}

func (f *fake) ChannelHealth(context.Context, desk.Actor) ([]desk.ChannelHealth, error) {
	return []desk.ChannelHealth{
		{Name: "portal", Ready: true, Since: morning, CheckedAt: morning},
		{Name: "wechat", Since: morning, CheckedAt: morning, Waiting: 2, Drifted: 1},
	}, f.fail["ChannelHealth"]
}

func (f *fake) OpinionRecord(_ context.Context, _ desk.Actor, q desk.RecordQuery) (desk.FileData, error) {
	return desk.FileData{Name: "审签意见台账." + q.As, Data: []byte("%PDF")}, f.called("OpinionRecord", "%s %s %s %s", q.Person, q.From, q.Until, q.As)
}

func (f *fake) ReviewRecord(_ context.Context, _ desk.Actor, q desk.RecordQuery) (desk.FileData, error) {
	return desk.FileData{Name: "汇总表." + q.As, Data: []byte("%PDF")}, f.called("ReviewRecord", "%s %s %s", q.From, q.Until, q.As)
}
