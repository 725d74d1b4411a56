package console

import (
	"context"
	"slices"

	"shenfa/internal/desk"
	"shenfa/internal/disclosure"
)

func (f *fake) announcement() desk.Announcement {
	by := desk.Ref{ID: "p1", Name: people["drafter"].Name}
	return desk.Announcement{
		ID: "a1", State: "provisional", Title: "年度统计公报", Planned: "2026-12", Unit: "示例局", Item: &desk.Ref{ID: "d1", Name: "2026-0031"}, Otherwise: true, Can: []string{"confirm", "refuse", "change", "withdraw"},
		Lines: []desk.AnnouncementLine{
			{Line: 2, State: "proposed", Title: "年度统计公报", Precision: disclosure.ByInstant, Planned: "2026-12-08 09:00", Reason: f.reason, ProposedBy: by, ProposedAt: morning},
			{Line: 1, State: "in_force", Title: "年度统计公报", Precision: disclosure.ByMonth, Planned: "2026-12", ProposedBy: by, ProposedAt: morning, SettledBy: desk.Ref{ID: "p7", Name: people["officer"].Name}, SettledAt: new(morning)},
		},
	}
}

func (f *fake) Announcements(context.Context, desk.Actor, string, int) (desk.Page[desk.Announcement], error) {
	gone := f.announcement()
	gone.ID, gone.State, gone.Planned, gone.Item, gone.Otherwise = "a2", "cancelled", "", nil, false
	return desk.Page[desk.Announcement]{Items: append(slices.Repeat([]desk.Announcement{f.announcement()}, 1+f.announced), gone), Next: "n"}, f.fail["Announcements"]
}

func (f *fake) Announcement(context.Context, desk.Actor, string) (desk.Announcement, error) {
	return f.announcement(), f.fail["Announcement"]
}

func (f *fake) Announce(_ context.Context, _ desk.Actor, _ string, in desk.AnnouncementInput) (desk.Announcement, error) {
	return f.announcement(), f.called("Announce", "%s %s %s %s", in.Title, in.Planned, in.Reason, in.Item)
}

func (f *fake) ChangeAnnouncement(_ context.Context, _ desk.Actor, id string, in desk.AnnouncementInput) (desk.Announcement, error) {
	return f.announcement(), f.called("ChangeAnnouncement", "%s %s %s %t %s", id, in.Title, in.Planned, in.Cancelled, in.Reason)
}

func (f *fake) SettleAnnouncement(_ context.Context, _ desk.Actor, id string, line int, confirm bool) (desk.Announcement, error) {
	return f.announcement(), f.called("SettleAnnouncement", "%s %d %t", id, line, confirm)
}

func (f *fake) WithdrawAnnouncement(_ context.Context, _ desk.Actor, id, reason string) (desk.Announcement, error) {
	return f.announcement(), f.called("WithdrawAnnouncement", "%s %s", id, reason)
}
