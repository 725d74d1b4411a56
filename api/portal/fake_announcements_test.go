package portal

import (
	"context"
	"time"

	"shenfa/internal/desk"
	"shenfa/internal/disclosure"
)

func monthly() desk.PublicAnnouncement {
	december, _ := disclosure.ParsePlanned("2026-12")
	at, _ := disclosure.ParsePlanned("2026-12-08 09:00")
	return desk.PublicAnnouncement{
		ID: "a1", Unit: "示例局", State: "confirmed", Title: "年度统计公报", Planned: at,
		Lines: []desk.PublicAnnouncementLine{{Title: "年度统计公报", Planned: at, Reason: "日期已定", At: noon}, {Title: "统计公报", Planned: december, At: noon.Add(-24 * time.Hour)}},
	}
}

func (f *fake) PublicAnnouncements(context.Context) ([]desk.PublicAnnouncement, error) {
	f.read()
	out := monthly()
	out.ID, out.State, out.Number, out.ReleasedAt = "a2", "released", "SF-2026-000002", noon
	gone := monthly()
	gone.ID, gone.State, gone.Planned = "a3", "cancelled", disclosure.Planned{Precision: disclosure.ByNoMeans}
	return []desk.PublicAnnouncement{monthly(), out, gone}, f.fault
}

func (f *fake) PublicAnnouncement(_ context.Context, id string) (desk.PublicAnnouncement, error) {
	f.read()
	if id != "a1" {
		return desk.PublicAnnouncement{}, disclosure.Refuse(disclosure.NotFound, "")
	}
	return monthly(), f.fault
}
