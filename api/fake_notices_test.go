package api

import (
	"context"

	"shenfa/internal/desk"
)

func aNotice() desk.Notice {
	return desk.Notice{ID: "7", Kind: "task", Zh: "有新的待办", En: "A task waits for you", Disclosure: "d1", Number: "000000-2026-0001", Step: "section", About: &desk.Ref{ID: "p1", Name: "周衡"}, Due: new(noon), At: noon}
}

func someSettings() desk.NoticeSettings {
	return desk.NoticeSettings{MailSettings: desk.MailSettings{Email: "a@example.gov.cn", Language: "zh"}}
}

func (f *fake) Notices(ctx context.Context, _ desk.Actor, all bool, cursor string) (desk.Page[desk.Notice], error) {
	return desk.Page[desk.Notice]{Items: []desk.Notice{aNotice()}}, f.called(ctx, "Notices %t %s", all, cursor)
}

func (f *fake) DismissNotice(ctx context.Context, _ desk.Actor, id string) error {
	return f.called(ctx, "DismissNotice %s", id)
}

func (f *fake) DismissNotices(ctx context.Context, _ desk.Actor, upTo string) error {
	return f.called(ctx, "DismissNotices %s", upTo)
}

func (f *fake) NoticeSettings(ctx context.Context, _ desk.Actor) (desk.NoticeSettings, error) {
	return someSettings(), f.called(ctx, "NoticeSettings")
}

func (f *fake) SetNoticeSettings(ctx context.Context, _ desk.Actor, s desk.MailSettings) (desk.NoticeSettings, error) {
	return someSettings(), f.called(ctx, "SetNoticeSettings %+v", s)
}
