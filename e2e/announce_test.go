package e2e

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"shenfa/internal/desk"
	"shenfa/internal/disclosure"
)

// announced is an announcement (发布预告) from a month to the instant, by two people, with the
// item that it is of: told to nobody before it is out, and the office is told when its plan is
// another. The pages without anything in force are as if nothing were proposed.
func announced(t *testing.T, s *server, _ *hook) {
	const title = "二〇二六年度水情公报"
	drafter, office := s.as("zhouheng"), s.as("hezhou")
	list := func() string { return string(s.public("/announcements").body) }
	never := s.public("/announcements/00000000-0000-4000-8000-000000000000")
	before := list()

	at := time.Now().Add(40 * time.Second).Truncate(time.Second)
	i := notice("水情公报", plain)
	i.at = at
	d := s.approve(drafter.submitted(drafter.draft(i)))

	path := "/api/v1/announcements"
	say := func(by *person, path string, in map[string]any) reply { return by.do(http.MethodPost, path, in) }
	month := at.In(time.FixedZone("", 8*3600)).AddDate(0, 1, 0).Format("2006-01")
	require.Equal(t, disclosure.AnnouncedFound, say(drafter, path, map[string]any{"title": "关于110101199003074477的公告", "planned": month}).code())
	require.Equal(t, disclosure.WrongType, say(drafter, path, map[string]any{"title": title, "planned": "soon"}).code())
	a := decode[desk.Announcement](t, say(drafter, path, map[string]any{"title": title, "planned": month, "item": d.Number}))
	require.Equal(t, before, list(), "what is proposed changes nothing")
	one := path + "/" + a.ID
	require.Equal(t, string(never.body), string(s.public("/announcements/"+a.ID).body))
	require.Equal(t, disclosure.Forbidden, say(drafter, one+"/lines/1/settle", map[string]any{"confirm": true}).code())

	code, out, wrong := s.cli("hezhou", "announce", "confirm", a.ID)
	require.Zero(t, code, wrong)
	require.Contains(t, out, "provisional")
	require.Contains(t, list(), title)
	require.NotContains(t, list(), d.Number)

	line := map[string]any{"title": title, "planned": at.Add(time.Hour).Format(time.RFC3339), "reason": "日期已定", "item": d.ID}
	decode[desk.Announcement](t, say(drafter, one+"/lines", line))
	require.Equal(t, disclosure.AnnouncedOpen, say(office, one+"/lines", line).code())
	a = decode[desk.Announcement](t, say(office, one+"/lines/2/settle", map[string]any{"confirm": true}))
	require.Equal(t, "confirmed", a.State)
	require.True(t, a.Otherwise, "its plan is an hour earlier")
	require.Eventually(t, func() bool { return office.get(d.ID).Trouble == "told_otherwise" }, 15*time.Second, 200*time.Millisecond)
	line["planned"], line["reason"] = at.Format(time.RFC3339), "时间写错"
	decode[desk.Announcement](t, say(office, one+"/lines", line))
	require.Equal(t, disclosure.AnnouncedSecond, say(office, one+"/lines/3/settle", map[string]any{"confirm": true}).code())
	a = decode[desk.Announcement](t, say(s.as("guning"), one+"/lines/3/settle", map[string]any{"confirm": true}))
	require.False(t, a.Otherwise)
	require.Eventually(t, func() bool { return office.get(d.ID).Trouble == "" }, 15*time.Second, 200*time.Millisecond)

	s.as("zhouheng").awaitState(d.ID, disclosure.Released)
	page := string(s.public("/announcements/" + a.ID).body)
	require.Contains(t, page, `href="/items/`+d.Number)
	for _, told := range []string{"日期已定", "时间写错", "已公开"} {
		require.Contains(t, page, told)
	}

	require.Equal(t, disclosure.ReasonRequired, say(office, one+"/withdraw", map[string]any{"reason": ""}).code())
	decode[desk.Announcement](t, say(office, one+"/withdraw", map[string]any{"reason": "题目写错"}))
	require.Equal(t, string(never.body), string(s.public("/announcements/"+a.ID).body))
	require.NotContains(t, list(), title)
}
