package console

import (
	"context"

	"shenfa/internal/desk"
)

func aNotice() desk.Notice {
	return desk.Notice{ID: "7", Kind: "task", Zh: "有新的待办", En: "A task waits for you", Disclosure: "d1", Number: "000000-2026-0001", Step: "section", About: &desk.Ref{ID: "p1", Name: "周衡"}, Due: new(morning), At: morning}
}

func someSettings() desk.NoticeSettings {
	return desk.NoticeSettings{MailSettings: desk.MailSettings{Email: "a@example.gov.cn", Language: "zh"}}
}

func (f *fake) Notices(_ context.Context, _ desk.Actor, _ bool, _ string) (desk.Page[desk.Notice], error) {
	return desk.Page[desk.Notice]{Items: []desk.Notice{aNotice()}}, f.fail["Notices"]
}

func (f *fake) DismissNotice(_ context.Context, _ desk.Actor, id string) error {
	return f.called("DismissNotice", "%s", id)
}

func (f *fake) DismissNotices(_ context.Context, _ desk.Actor, upTo string) error {
	return f.called("DismissNotices", "%s", upTo)
}

func (f *fake) NoticeSettings(_ context.Context, _ desk.Actor) (desk.NoticeSettings, error) {
	return someSettings(), f.fail["NoticeSettings"]
}

func (f *fake) SetNoticeSettings(_ context.Context, _ desk.Actor, s desk.MailSettings) (desk.NoticeSettings, error) {
	return someSettings(), f.called("SetNoticeSettings", "%+v", s)
}
