package e2e

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"shenfa/internal/desk"
	"shenfa/internal/disclosure"
)

// shownAhead is a version that named people read before it is public: each of them by a link
// that ends with the version, or as one of an embargo list that never waits before a shut door
// between its opening and the actual release (F15). Nobody else finds anything.
func shownAhead(t *testing.T, s *server, _ *hook) {
	const title, reader = "白桦演练通知", "韩玥"
	p, office := s.as("zhouheng"), s.as("hezhou")
	i := notice(title, plain)
	i.at = time.Now().Add(40 * time.Second)
	d := p.draft(i)
	path := "/api/v1/disclosures/" + d.ID
	d = decode[desk.Disclosure](t, p.do(http.MethodPost, path+"/attachments?name="+url.QueryEscape("名单.txt"), []byte("名单另附\n"), "If-Match", etag(d)))
	ask := func(by *person, with map[string]any) reply {
		in := map[string]any{"manifest_hash": d.ManifestHash, "reader": reader}
		for k, v := range with {
			in[k] = v
		}
		return by.do(http.MethodPost, path+"/previews", in)
	}
	never := s.public("/items/SF-1999-000001")
	shut := func(link string) {
		t.Helper()
		r := s.public(link)
		require.Equal(t, never.status, r.status)
		require.Equal(t, string(never.body), string(r.body))
	}
	state := func() string {
		return decode[desk.Page[desk.Preview]](t, p.do(http.MethodGet, path+"/previews", nil)).Items[0].State
	}

	require.Equal(t, disclosure.WrongState, ask(p, nil).code(), "nothing was checked")
	d = p.submitted(d)
	require.Equal(t, disclosure.NotYours, ask(s.as("guning"), nil).code(), "a leader does not answer for it")
	require.Equal(t, disclosure.BadValue, ask(p, map[string]any{"hours": 999}).code())
	require.Equal(t, disclosure.UnknownField, ask(p, map[string]any{"minutes": 9}).code())
	link := decode[desk.Preview](t, ask(p, map[string]any{"hours": 2})).Path
	r := s.public(link)
	require.Equal(t, http.StatusOK, r.status)
	require.Contains(t, string(r.body), title)
	require.Equal(t, 2, strings.Count(string(r.body), reader))
	require.Equal(t, "no-store", r.header.Get("Cache-Control"))
	require.Equal(t, d.Draft.Attachments[0].SHA256, disclosure.Sum("", s.public(link+"/files/1").body).SHA256)
	for _, public := range []string{"/", "/feed.atom", "/feed.json", "/catalogue", "/catalogue.csv"} {
		require.NotContains(t, string(s.public(public).body), title, public)
	}
	require.NotContains(t, string(s.public("/search?q="+url.QueryEscape(title)).body), d.Number)
	shut("/items/" + d.Number)
	shut("/items/" + d.Number + "/files/" + url.PathEscape("名单.txt"))
	shut(link + "x")
	read := decode[desk.Trail](t, p.do(http.MethodGet, path+"/trail?sort=read", nil))
	reads := 0
	for _, e := range read.Items {
		if e.Action == "read_preview" {
			reads++
			require.Equal(t, reader, e.Actor.Name)
		}
	}
	require.Equal(t, 2, reads, "the page and the attachment")

	d = decode[desk.Disclosure](t, s.as("linlan").decide(d, "section", disclosure.ReturnToEarlier, "return_to", "drafter"))
	shut(link)
	require.Equal(t, "stopped", state())
	d = p.submitted(p.putBody(d, "body.txt", []byte(plain+"另行通知。\n")))
	shut(link)
	require.Equal(t, "newer_version", state())

	code, out, errs := s.cli("zhouheng", "preview", "create", d.ID, "--reader", reader)
	require.Zero(t, code, errs)
	_, link, _ = strings.Cut(out, desk.PreviewPath)
	link = desk.PreviewPath + strings.TrimSpace(link)
	require.Contains(t, string(s.public(link).body), "另行通知")
	code, _, errs = s.cli("hezhou", "preview", "revoke", d.ID, strings.Fields(out)[0])
	require.Zero(t, code, errs)
	shut(link)

	link = decode[desk.Preview](t, ask(office, map[string]any{"embargo": true})).Path
	shut(link)
	require.Equal(t, "waiting", state(), "nothing is approved")
	d = s.approve(d)
	for ahead := true; ahead; {
		r := s.public(link)
		require.Equal(t, http.StatusOK, r.status, "no instant without access")
		require.Contains(t, string(r.body), title)
		ahead = r.header.Get("X-Robots-Tag") != ""
		require.Equal(t, ahead, strings.Contains(string(r.body), reader), "what is public names no reader")
		time.Sleep(50 * time.Millisecond)
	}
	require.True(t, s.online(d))
	d = p.awaitState(d.ID, disclosure.Released)
	require.Equal(t, "released", state())
	decode[desk.Disclosure](t, office.do(http.MethodPost, path+"/recall", map[string]any{"reason": "内容有误。"}))
	shut(link)
}
