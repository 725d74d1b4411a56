package api

import (
	"context"

	"shenfa/internal/desk"
	"shenfa/internal/disclosure"
)

const announcementInput = `{"title":"年度统计公报","planned":"2026-12","cancelled":false,"reason":"","item":""}`

func announcement() desk.Announcement {
	return desk.Announcement{
		ID: "a1", State: "proposed", Title: "年度统计公报", Planned: "2026-12", Unit: "示例局", Item: &desk.Ref{ID: "d1", Name: "SF-2026-000001"}, Can: []string{"confirm", "refuse", "withdraw"},
		Lines: []desk.AnnouncementLine{{Line: 1, State: "proposed", Title: "年度统计公报", Precision: disclosure.ByMonth, Planned: "2026-12", ProposedBy: desk.Ref{ID: "p1", Name: "周"}, ProposedAt: noon}},
	}
}

func (f *fake) Announcements(ctx context.Context, _ desk.Actor, cursor string, limit int) (desk.Page[desk.Announcement], error) {
	return desk.Page[desk.Announcement]{Items: []desk.Announcement{announcement()}}, f.called(ctx, "announcements %s %d", cursor, limit)
}

func (f *fake) Announcement(ctx context.Context, _ desk.Actor, id string) (desk.Announcement, error) {
	return announcement(), f.called(ctx, "announcement %s", id)
}

func (f *fake) Announce(ctx context.Context, _ desk.Actor, key string, in desk.AnnouncementInput) (desk.Announcement, error) {
	return announcement(), f.called(ctx, "announce %s %s %s", key, in.Title, in.Planned)
}

func (f *fake) ChangeAnnouncement(ctx context.Context, _ desk.Actor, id string, in desk.AnnouncementInput) (desk.Announcement, error) {
	return announcement(), f.called(ctx, "change announcement %s %s", id, in.Planned)
}

func (f *fake) SettleAnnouncement(ctx context.Context, _ desk.Actor, id string, line int, confirm bool) (desk.Announcement, error) {
	return announcement(), f.called(ctx, "settle announcement %s %d %v", id, line, confirm)
}

func (f *fake) WithdrawAnnouncement(ctx context.Context, _ desk.Actor, id, reason string) (desk.Announcement, error) {
	return announcement(), f.called(ctx, "withdraw announcement %s %s", id, reason)
}
