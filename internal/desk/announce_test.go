package desk

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"shenfa/internal/disclosure"
	"shenfa/internal/testkit"
)

func TestAnAnnouncementIsTwoPeoplesAndKeepsWhatItSaid(t *testing.T) {
	t.Parallel()

	p := plans(t, 0)
	ctx := t.Context()
	month := time.Now().In(time.FixedZone("", 8*60*60)).AddDate(0, 2, 0)
	item := testkit.InReview(t, p.Stored, p.Bureau)
	in := AnnouncementInput{Title: "2026年统计公报", Planned: month.Format("2006-01"), Item: item.ID}

	a, err := p.Announce(ctx, p.as(p.Drafter), "k", in)
	require.NoError(t, err)
	require.Equal(t, []string{"proposed", in.Planned}, []string{a.State, a.Planned})
	require.Equal(t, []string{"refuse"}, a.Can, "it may be taken back")
	require.Nil(t, a.Item, "a drafter plans no releases")
	_, err = p.PublicAnnouncement(ctx, a.ID)
	require.Equal(t, disclosure.NotFound, disclosure.CodeOf(err))
	_, err = p.WithdrawAnnouncement(ctx, p.as(p.Officer), a.ID, "写错")
	require.Equal(t, disclosure.AnnouncedUntold, disclosure.CodeOf(err))
	_, err = p.SettleAnnouncement(ctx, p.as(p.Drafter), a.ID, 1, true)
	require.Equal(t, disclosure.Forbidden, disclosure.CodeOf(err))
	_, err = p.SettleAnnouncement(ctx, p.as(p.Legal), a.ID, 1, true)
	require.Equal(t, disclosure.Forbidden, disclosure.CodeOf(err))

	a, err = p.SettleAnnouncement(ctx, p.as(p.Officer), a.ID, 1, true)
	require.NoError(t, err)
	require.Equal(t, "provisional", a.State)
	require.Equal(t, item.Number, a.Item.Name)
	require.Equal(t, []string{"change", "withdraw"}, a.Can)
	_, err = p.SettleAnnouncement(ctx, p.as(p.Deputy), a.ID, 1, true)
	require.Equal(t, disclosure.AnnouncedSettled, disclosure.CodeOf(err))

	when := month.Format("2006-01") + "-08 09:00"
	in.Planned, in.Item = when, item.Number
	_, err = p.ChangeAnnouncement(ctx, p.as(p.Officer), a.ID, in)
	require.Equal(t, disclosure.ReasonRequired, disclosure.CodeOf(err))
	in.Reason = "日期已定"
	a, err = p.ChangeAnnouncement(ctx, p.as(p.Officer), a.ID, in)
	require.NoError(t, err)
	_, err = p.SettleAnnouncement(ctx, p.as(p.Officer), a.ID, 2, true)
	require.Equal(t, disclosure.AnnouncedSecond, disclosure.CodeOf(err))
	_, err = p.ChangeAnnouncement(ctx, p.as(p.Drafter), a.ID, in)
	require.Equal(t, disclosure.AnnouncedOpen, disclosure.CodeOf(err))
	a, err = p.SettleAnnouncement(ctx, p.as(p.Deputy), a.ID, 2, true)
	require.NoError(t, err)
	require.Equal(t, []string{"confirmed", when}, []string{a.State, a.Planned})

	require.Equal(t, item.Number, a.Item.Name)

	cancel := AnnouncementInput{Title: in.Title, Cancelled: true, Reason: "数据须复核"}
	_, err = p.ChangeAnnouncement(ctx, p.as(p.Drafter), a.ID, cancel)
	require.NoError(t, err)
	a, err = p.SettleAnnouncement(ctx, p.as(p.Officer), a.ID, 3, true)
	require.NoError(t, err)
	require.Equal(t, item.Number, a.Item.Name, "a drafter, who is not shown it, does not cut it off")
	_, err = p.ChangeAnnouncement(ctx, p.as(p.Drafter), a.ID, in)
	require.Equal(t, disclosure.AnnouncedOver, disclosure.CodeOf(err))

	public, err := p.PublicAnnouncement(ctx, a.ID)
	require.NoError(t, err)
	var told [][3]string
	for _, l := range public.Lines {
		told = append(told, [3]string{string(l.Planned.Precision), l.Planned.String(), l.Reason})
	}
	require.Equal(t, [][3]string{{"cancelled", "", "数据须复核"}, {"instant", when, "日期已定"}, {"month", month.Format("2006-01"), ""}}, told, "nothing that was told is gone")
	require.Equal(t, "cancelled", public.State)
	require.Empty(t, public.Number)

	_, err = p.WithdrawAnnouncement(ctx, p.as(p.Officer), a.ID, "不该写明数据来源")
	require.NoError(t, err)
	_, err = p.PublicAnnouncement(ctx, a.ID)
	require.Equal(t, disclosure.NotFound, disclosure.CodeOf(err))
	all, err := p.PublicAnnouncements(ctx)
	require.NoError(t, err)
	require.Empty(t, all)
	own, err := p.Announcements(ctx, p.as(p.Drafter), "", 0)
	require.NoError(t, err)
	require.Equal(t, "withdrawn", own.Items[0].State)
}

// What is announced passes no route, so words that the check would hold are not even proposed.
func TestAnAnnouncementHoldsNothingThatTheCheckWould(t *testing.T) {
	t.Parallel()

	p := plans(t, 0)
	for field, in := range map[string]AnnouncementInput{
		"title":  {Title: "关于11010519491231002X的公告", Planned: "2099-01"},
		"reason": {Title: "公告", Planned: "2099-01", Reason: "机密★10年"},
	} {
		_, err := p.Announce(t.Context(), p.as(p.Officer), field, in)
		require.Equal(t, disclosure.AnnouncedFound, disclosure.CodeOf(err), field)
	}
	_, err := p.Announce(t.Context(), p.as(p.Auditor), "k", AnnouncementInput{Title: "公告", Planned: "2099-01"})
	require.Equal(t, disclosure.Forbidden, disclosure.CodeOf(err))
	_, err = p.Announce(t.Context(), p.as(p.Officer), "k", AnnouncementInput{Title: "公告", Planned: "2099-01", Item: "SF-1999-000001"})
	require.Equal(t, disclosure.NotFound, disclosure.CodeOf(err))
}

func TestAnnouncementsAreListedAPageAtATime(t *testing.T) {
	t.Parallel()

	p := plans(t, 0)
	for n := range 5 {
		_, err := p.Announce(t.Context(), p.as(p.Officer), string(rune('a'+n)), AnnouncementInput{Title: "公告" + string(rune('一'+n)), Planned: "2099-01"})
		require.NoError(t, err)
	}
	var all []string
	for next := "-"; next != ""; {
		page, err := p.Announcements(t.Context(), p.as(p.Officer), strings.TrimPrefix(next, "-"), 2)
		require.NoError(t, err)
		require.LessOrEqual(t, len(page.Items), 2)
		for _, a := range page.Items {
			all = append(all, a.Title)
		}
		next = page.Next
	}
	require.Equal(t, []string{"公告丄", "公告七", "公告丂", "公告丁", "公告一"}, all)
	_, err := p.Announcements(t.Context(), p.as(p.Officer), "x", 2)
	require.Equal(t, disclosure.WrongType, disclosure.CodeOf(err))
}
