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

func (f *fake) Clocks(_ context.Context, _ desk.Actor, _ string) ([]desk.Clock, error) {
	return []desk.Clock{
		{Law: "《政府信息公开条例》第二十六条", From: morning, Due: morning, N: 20, Unit: "working_day", Calendar: "2024-2026.abc", Provisional: true, Zh: "一句话", En: "a sentence", Days: []desk.ClockDay{
			{Date: "2026-10-01", Why: "holiday", Zh: "国庆节", En: "National Day"}, {Date: "2026-10-10", Counted: true, Why: "working_weekend"},
		}},
		{Step: "section", From: morning, Due: morning, N: 1, Unit: "hour", Consumed: 1, RunningSince: new(morning), Full: new(morning), Days: []desk.ClockDay{}, Calendar: "2024-2026.abc", Counted: new(morning), Stopped: "第三十二条", Extendable: 1},
		{Step: "leader", From: morning, Due: morning, N: 2, Unit: "working_day", Calendar: "2024-2026.abc", Extension: &desk.Extension{N: 1, By: desk.Ref{Name: f.item.Drafter.Name}, Reason: f.item.Draft.Reason, Was: morning, At: morning}, Days: []desk.ClockDay{
			{Date: "2026-10-12", Why: "weekday", Stopped: "第三十二条"},
		}},
	}, f.fail["Clocks"]
}
