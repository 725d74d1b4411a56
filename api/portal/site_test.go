package portal

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"

	"shenfa/internal/desk"
)

const hub = "https://hub.example/"

func withHub(o *Options) { o.Hub, o.BaseURL = hub, "https://www.example" }

// node is any element, to hold a feed against the rules of its format.
type node struct {
	XMLName xml.Name
	Attr    []xml.Attr `xml:",any,attr"`
	Text    string     `xml:",chardata"`
	Nodes   []node     `xml:",any"`
}

const (
	atomNS = "http://www.w3.org/2005/Atom"
	goneNS = "http://purl.org/atompub/tombstones/1.0"
	mapNS  = "http://www.sitemaps.org/schemas/sitemap/0.9"
)

func (n node) all(space, name string) (found []node) {
	for _, c := range n.Nodes {
		if c.XMLName == (xml.Name{Space: space, Local: name}) {
			found = append(found, c)
		}
	}
	return found
}

func (n node) one(t *testing.T, space, name string) string {
	t.Helper()
	found := n.all(space, name)
	require.Len(t, found, 1, "%s in %s", name, n.XMLName.Local)
	return found[0].Text
}

func (n node) attr(name string) string {
	for _, a := range n.Attr {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

func (n node) link(t *testing.T, rel string) string {
	t.Helper()
	var found []string
	for _, l := range n.all(atomNS, "link") {
		if l.attr("rel") == rel {
			found = append(found, l.attr("href"))
		}
	}
	require.LessOrEqual(t, len(found), 1, rel)
	if len(found) == 0 {
		return ""
	}
	return found[0]
}

func instant(t *testing.T, s string) time.Time {
	t.Helper()
	at, err := time.Parse(time.RFC3339, s)
	require.NoError(t, err)
	return at
}

// checkAtom holds a feed against RFC 4287, RFC 5005 (section 3) and RFC 6721.
func checkAtom(t *testing.T, raw []byte) node {
	t.Helper()
	var f node
	require.NoError(t, xml.Unmarshal(raw, &f))
	require.Equal(t, xml.Name{Space: atomNS, Local: "feed"}, f.XMLName)
	for _, n := range []string{"id", "title", "updated"} {
		require.NotEmpty(t, f.one(t, atomNS, n), n)
	}
	updated := instant(t, f.one(t, atomNS, "updated"))
	require.NotEmpty(t, f.link(t, "self"))
	require.NotEmpty(t, f.link(t, "first"))
	ids := map[string]bool{}
	for _, e := range f.all(atomNS, "entry") {
		id := e.one(t, atomNS, "id")
		require.False(t, ids[id], "%s twice", id)
		ids[id] = true
		u, err := url.Parse(id)
		require.NoError(t, err)
		require.True(t, u.IsAbs(), id)
		require.NotEmpty(t, e.one(t, atomNS, "title"))
		require.NotEmpty(t, e.one(t, atomNS, "summary"))
		require.Equal(t, id, e.link(t, "alternate"))
		published, changed := instant(t, e.one(t, atomNS, "published")), instant(t, e.one(t, atomNS, "updated"))
		require.False(t, changed.Before(published), id)
		require.False(t, changed.After(updated), "%s is newer than its feed", id)
		require.Len(t, e.all(atomNS, "author"), 1)
		require.NotEmpty(t, e.all(atomNS, "author")[0].one(t, atomNS, "name"))
	}
	for _, d := range f.all(goneNS, "deleted-entry") {
		require.False(t, ids[d.attr("ref")], "%s is there and gone", d.attr("ref"))
		require.False(t, instant(t, d.attr("when")).After(updated))
	}
	return f
}

func TestFeedsAreValidAndPaged(t *testing.T) {
	t.Parallel()

	b := setup(t, withHub)
	b.corrected(t)
	b.fill(2*feedSize + 3)
	b.ended = []desk.PublicAddress{{Number: "SF-2025-900000", At: noon.Add(-time.Minute)}}
	seen, pages, gone := map[string]bool{}, 0, 0
	for at := "/feed.atom"; at != ""; pages++ {
		rec := b.ok(at)
		f := checkAtom(t, rec.Body.Bytes())
		require.Equal(t, "https://www.example"+at, f.link(t, "self"))
		require.Equal(t, hub, f.link(t, "hub"))
		require.Equal(t, []string{"<" + hub + `>; rel="hub"`, "<https://www.example" + at + `>; rel="self"`}, rec.Header().Values("Link"))
		changed, err := http.ParseTime(rec.Header().Get("Last-Modified"))
		require.NoError(t, err)
		require.True(t, changed.Equal(instant(t, f.one(t, atomNS, "updated"))))
		for _, e := range f.all(atomNS, "entry") {
			require.False(t, seen[e.one(t, atomNS, "id")])
			seen[e.one(t, atomNS, "id")] = true
		}
		gone += len(f.all(goneNS, "deleted-entry"))
		at = strings.TrimPrefix(f.link(t, "next"), "https://www.example")
	}
	require.Equal(t, 3, pages)
	require.Equal(t, 1, gone, "told on the first page")
	require.Len(t, seen, 2*feedSize+5)
	require.True(t, seen["https://www.example"+corrected])

	entries := map[string]node{}
	for _, e := range checkAtom(t, b.ok("/feed.atom").Body.Bytes()).all(atomNS, "entry") {
		entries[e.one(t, atomNS, "id")] = e
	}
	e := entries["https://www.example"+corrected]
	require.True(t, noon.Add(-48*time.Hour).Equal(instant(t, e.one(t, atomNS, "published"))), "a correction keeps the day of the first edition")
	require.True(t, noon.Add(-time.Hour).Equal(instant(t, e.one(t, atomNS, "updated"))), "and shows as updated")

	seen = map[string]bool{}
	for at := "/feed.json"; at != ""; {
		rec := b.ok(at)
		var f map[string]any
		require.NoError(t, json.Unmarshal(rec.Body.Bytes(), &f))
		require.Equal(t, "https://jsonfeed.org/version/1.1", f["version"])
		require.NotEmpty(t, f["title"])
		require.Equal(t, []any{map[string]any{"type": "WebSub", "url": hub}}, f["hubs"])
		for _, i := range f["items"].([]any) {
			item := i.(map[string]any)
			id, ok := item["id"].(string)
			require.True(t, ok && id != "" && !seen[id])
			seen[id] = true
			require.NotEmpty(t, item["content_text"])
			require.False(t, instant(t, item["date_modified"].(string)).Before(instant(t, item["date_published"].(string))))
			for _, a := range item["authors"].([]any) {
				require.NotEmpty(t, a.(map[string]any)["name"])
			}
		}
		next, _ := f["next_url"].(string)
		at = strings.TrimPrefix(next, "https://www.example")
	}
	require.Len(t, seen, 2*feedSize+5)

	plain := setup(t)
	require.Empty(t, plain.ok("/feed.atom").Header().Values("Link"), "no hub, no promise")
}

func TestSitemapsAreValidAndHaveAnIndex(t *testing.T) {
	t.Parallel()

	b := setup(t)
	var m node
	require.NoError(t, xml.Unmarshal(b.ok("/sitemap.xml").Body.Bytes(), &m))
	require.Equal(t, xml.Name{Space: mapNS, Local: "urlset"}, m.XMLName)
	require.Equal(t, http.StatusNotFound, b.get("/sitemaps/2.xml").Code)

	b.fill(2*mapSize + 1)
	var index node
	require.NoError(t, xml.Unmarshal(b.ok("/sitemap.xml").Body.Bytes(), &index))
	require.Equal(t, xml.Name{Space: mapNS, Local: "sitemapindex"}, index.XMLName)
	require.Len(t, index.all(mapNS, "sitemap"), 3)
	items := map[string]bool{}
	for _, s := range index.all(mapNS, "sitemap") {
		require.False(t, instant(t, s.one(t, mapNS, "lastmod")).IsZero())
		require.NoError(t, xml.Unmarshal(b.ok(strings.TrimPrefix(s.one(t, mapNS, "loc"), "http://example.com")).Body.Bytes(), &m))
		for _, u := range m.all(mapNS, "url") {
			if loc := u.one(t, mapNS, "loc"); strings.Contains(loc, "/items/") {
				items[loc] = true
				require.False(t, instant(t, u.one(t, mapNS, "lastmod")).IsZero())
			}
		}
		m = node{}
	}
	require.Len(t, items, 2*mapSize+2)
	for _, none := range []string{"0", "00001", "1", "-1", "4", "x", "50001", "99999999999999999999"} {
		want := b.get("/none")
		got := b.get("/sitemaps/" + none + ".xml")
		if none == "1" {
			require.Equal(t, http.StatusOK, got.Code)
			continue
		}
		require.Equal(t, want.Code, got.Code, none)
		require.Equal(t, want.Body.String(), got.Body.String(), none)
	}
}

func TestADateAloneNeverKeepsAListAlive(t *testing.T) {
	t.Parallel()

	b := setup(t)
	later := noon.Add(time.Hour).Format(http.TimeFormat)
	for _, address := range append([]string{public}, lists...) {
		require.Equal(t, http.StatusOK, b.get(address, "If-Modified-Since", later).Code, address)
	}
	for _, address := range []string{public + "/body", public + pdf} {
		rec := b.ok(address)
		require.Equal(t, noon.Add(-3*time.Hour).Format(http.TimeFormat), rec.Header().Get("Last-Modified"))
		require.Equal(t, http.StatusNotModified, b.get(address, "If-Modified-Since", later).Code, "approved bytes have one date: %s", address)
		require.Equal(t, http.StatusOK, b.get(address, "If-Modified-Since", noon.Add(-4*time.Hour).Format(http.TimeFormat)).Code)
	}
	for _, address := range []string{unreleased, recalled} {
		require.Equal(t, http.StatusNotFound, b.get(address+"/body", "If-Modified-Since", later).Code)
	}
}

func TestAReaderMayAskForEnglish(t *testing.T) {
	t.Parallel()

	b := setup(t)
	for _, c := range []struct {
		target, accept, lang string
	}{
		{"/", "", "zh-CN"},
		{"/", "en", "en"},
		{"/", "fr, en;q=0.5", "en"},
		{"/", "zh-CN,zh;q=0.9,en;q=0.8", "zh-CN"},
		{"/", "fr", "zh-CN"},
		{"/?lang=en", "zh-CN", "en"},
		{"/?lang=zh", "en", "zh-CN"},
		{"/?lang=xx", "en", "en"},
		{"/none?lang=en", "", "en"},
	} {
		rec := b.get(c.target, "Accept-Language", c.accept)
		require.Equal(t, c.lang, rec.Header().Get("Content-Language"), "%+v", c)
		require.Equal(t, []string{"Accept-Language"}, rec.Header().Values("Vary"), "%+v", c)
		require.Contains(t, rec.Body.String(), `<html lang="`+c.lang+`">`)
	}
	page := b.ok(public + "?lang=en").Body.String()
	for _, want := range []string{"Index number", "Issued by", "20 November 2026 09:00", `href="/kinds/notice?lang=en"`, "Proactive disclosure"} {
		require.Contains(t, page, want)
	}
	require.Contains(t, page, b.items[1].Manifest.Metadata.Title, "the content stays as it was approved")
	require.NotEqual(t, b.get(public).Header().Get("ETag"), b.get(public, "Accept-Language", "en").Header().Get("ETag"))
	for _, address := range []string{public + "/body", public + pdf, "/feed.atom", "/sitemap.xml"} {
		rec := b.get(address, "Accept-Language", "en")
		require.Empty(t, rec.Header().Values("Vary"), address)
		require.Equal(t, b.ok(address).Body.String(), rec.Body.String(), address)
	}
}

func TestEveryWordIsThereInBothLanguages(t *testing.T) {
	t.Parallel()

	require.Equal(t, len(catalogues[chinese]), len(catalogues[english]))
	used := regexp.MustCompile(`\.Say "([a-z._]+)"`)
	files, err := pageFiles.ReadDir("pages")
	require.NoError(t, err)
	for key, zh := range catalogues[chinese] {
		require.NotEmpty(t, zh, key)
		require.NotEmpty(t, catalogues[english][key], key)
		require.Equal(t, regexp.MustCompile(`\{[a-z]+\}`).FindAllString(zh, -1), regexp.MustCompile(`\{[a-z]+\}`).FindAllString(catalogues[english][key], -1), key)
	}
	for _, f := range files {
		raw, err := pageFiles.ReadFile("pages/" + f.Name())
		require.NoError(t, err)
		for _, m := range used.FindAllSubmatch(raw, -1) {
			require.NotEmpty(t, catalogues[chinese][string(m[1])], "%s in %s", m[1], f.Name())
		}
		if han := regexp.MustCompile(`\p{Han}+`).Find(raw); han != nil {
			t.Errorf("%s has words of its own: %s", f.Name(), han)
		}
	}
}

func TestTheCatalogueHasWhatTheLawAsks(t *testing.T) {
	t.Parallel()

	b := setup(t)
	b.fill(catalogueStep + 5)
	b.add(t, "SF-2024-000001", noon.AddDate(-3, 0, 0), func(i *desk.PublicItem) {
		i.Manifest.Metadata.Title, i.Manifest.Metadata.Summary, i.Manifest.Metadata.IndexNumber = `=HYPERLINK("x"),"y"`, " +1", "@a"
	})
	rec := b.ok("/catalogue.csv")
	require.Equal(t, "text/csv; charset=utf-8; header=present", rec.Header().Get("Content-Type"))
	require.Contains(t, rec.Header().Get("Content-Disposition"), "attachment")
	raw, marked := bytes.CutPrefix(rec.Body.Bytes(), []byte("\ufeff"))
	require.True(t, marked)
	rows, err := csv.NewReader(bytes.NewReader(raw)).ReadAll()
	require.NoError(t, err)
	require.Equal(t, []string{"索引号", "名称", "内容概述", "生成日期", "发布日期", "网址"}, rows[0])
	require.Len(t, rows, 1+catalogueStep+5+2)
	require.Equal(t, []string{
		"00008812-6/2026-00000131", b.items[1].Manifest.Metadata.Title, "今冬明春安全防范的安排。", "2026-11-17", "2026-11-20 09:00",
		"http://example.com" + public,
	}, rows[1])
	last := rows[len(rows)-1]
	require.Equal(t, []string{"'@a", `'=HYPERLINK("x"),"y"`}, last[:2], "no cell is a formula")
	page := b.ok("/catalogue").Body.String()
	for _, want := range []string{"索引号", "名称", "内容概述", "生成日期", rows[1][0], rows[1][1], rows[1][2], rows[1][3], "/catalogue.csv"} {
		require.Contains(t, page, want)
	}
	require.Contains(t, b.get("/catalogue.csv?lang=en").Body.String(), "Index number,Name,Summary")
}

func TestListsAreOfWhatTheySay(t *testing.T) {
	t.Parallel()

	b := setup(t)
	b.add(t, "SF-2026-000020", noon.Add(-5*time.Hour), func(i *desk.PublicItem) {
		i.Manifest.Metadata.Kind, i.Manifest.Metadata.Topic, i.Manifest.Metadata.Title = "policy", "防汛抗旱", "防汛预案"
	})
	for address, want := range map[string][2]bool{ // the notice, the policy
		"/kinds/notice": {true, false}, "/kinds/policy": {false, true}, "/kinds/penalty": {false, false}, found[1]: {true, false},
		"/topics/" + url.PathEscape("防汛抗旱"): {false, true}, "/search?q=" + url.QueryEscape("预案"): {false, true},
		"/search?q=" + url.QueryEscape("预案") + "&kind=notice": {false, false}, "/search?q=": {false, false},
	} {
		page := b.ok(address).Body.String()
		require.Equal(t, want, [2]bool{strings.Contains(page, `href="`+public+`"`), strings.Contains(page, "/items/SF-2026-000020")}, address)
	}
	require.Contains(t, b.ok("/topics").Body.String(), "防汛抗旱")
	missing := b.get("/none")
	for _, address := range []string{"/kinds/none", "/topics/none", "/search?q=a&kind=none", "/kinds/", "/topics/%00"} {
		got := b.get(address)
		require.Equal(t, missing.Code, got.Code, address)
		require.Equal(t, missing.Body.String(), got.Body.String(), address)
	}
	b.recalled["SF-2026-000020"] = true
	require.Equal(t, missing.Body.String(), b.get("/topics/"+url.PathEscape("防汛抗旱")).Body.String(), "a topic goes with its last item")
}

func TestTheHistoryOfACorrectionIsPublic(t *testing.T) {
	t.Parallel()

	b := setup(t)
	b.corrected(t)
	page := b.ok(corrected).Body.String()
	for _, want := range []string{"版本记录", "第 2 版（现行）", "第 1 版", "第二条的日期改为十二月一日。", "2026-11-18 12:00", "2026-11-20 11:00"} {
		require.Contains(t, page, want)
	}
	require.NotContains(t, b.ok(public).Body.String(), "版本记录")
	require.Contains(t, page, `<a href="`+corrected+`/editions/1">第 1 版</a>`)
	require.Contains(t, page, "<b>实质更正</b>")
	old := b.ok(corrected + "/editions/1")
	checkPage(t, old)
	for _, want := range []string{"已经更正", "<p>旧文</p>", `href="` + corrected + `"`, "noindex"} {
		require.Contains(t, old.Body.String(), want)
	}
	missing := b.get("/items/SF-1999-000001/editions/1")
	for i := range b.items {
		if len(b.items[i].Earlier) > 0 {
			b.items[i].Earlier[0].Readable = false // its correction closed it
		}
	}
	require.NotContains(t, b.ok(corrected).Body.String(), "/editions/1")
	for _, address := range []string{corrected + "/editions/1", corrected + "/editions/2", corrected + "/editions/01", corrected + "/editions/x", public + "/editions/1"} {
		got := b.get(address)
		require.Equal(t, []any{http.StatusNotFound, missing.Body.String()}, []any{got.Code, got.Body.String()}, address)
	}
	paper := b.ok(corrected + "/print").Body.String()
	require.Contains(t, paper, string(b.items[3].HTML))
	require.NotContains(t, paper, "<nav")
	require.NotContains(t, paper, "<form")
}

// One client that asks for many missing things is noticed, once in a while, and what
// it guessed is written nowhere.
func TestGuessingIsNoticed(t *testing.T) {
	t.Parallel()

	var log bytes.Buffer
	b := setup(t, func(o *Options) { o.Logger = slog.New(slog.NewTextHandler(&log, nil)) })
	registry := prometheus.NewRegistry()
	registry.MustRegister(b.portal.Collectors()...)
	counted := func(name string) float64 {
		families, err := registry.Gather()
		require.NoError(t, err)
		for _, f := range families {
			if f.GetName() == name {
				return f.GetMetric()[0].GetCounter().GetValue()
			}
		}
		t.Fatalf("no metric %s", name)
		return 0
	}
	ask := func(client string, n int) {
		for k := range n {
			req := httptest.NewRequest(http.MethodGet, fmt.Sprintf("/items/guess-%06d", k), nil)
			req.RemoteAddr = client
			req.Header.Set("X-Forwarded-For", fmt.Sprintf("203.0.113.%d", k%250))
			b.echo.ServeHTTP(httptest.NewRecorder(), req)
		}
	}
	ask("192.0.2.1:1000", probeCount-1)
	ask("192.0.2.2:1000", probeCount-1)
	require.Zero(t, counted("shenfa_portal_probing_total"))
	require.Empty(t, log.String())
	ask("192.0.2.1:2000", 500)
	require.EqualValues(t, 1, counted("shenfa_portal_probing_total"))
	require.Equal(t, 1, strings.Count(log.String(), "level=WARN"))
	require.Contains(t, log.String(), "client=192.0.2.1")
	require.NotContains(t, log.String(), "guess")
	b.now = b.now.Add(probeWindow)
	ask("192.0.2.1:1000", probeCount-1)
	require.EqualValues(t, 1, counted("shenfa_portal_probing_total"), "a minute later it counts anew")
	ask("[2001:db8::1]:1", probeCount/2)
	ask("[2001:db8::2]:1", probeCount/2)
	require.EqualValues(t, 2, counted("shenfa_portal_probing_total"), "one client has many addresses in one network")
	require.EqualValues(t, 4*probeCount-3+500, counted("shenfa_portal_missing_total"))
	for range 2 * probeCount {
		require.Equal(t, http.StatusNotFound, b.get("/items/ready/body").Code)
	}
	require.EqualValues(t, 2, counted("shenfa_portal_probing_total"), "to ask whether we answer is no guess")
	for k := range probeClients + 500 {
		b.portal.missed(b.echo.NewContext(&http.Request{RemoteAddr: fmt.Sprintf("10.%d.%d.%d:1", k>>16, k>>8&255, k&255)}, httptest.NewRecorder()))
	}
	require.LessOrEqual(t, len(b.portal.probing.missing), probeClients+1, "the memory is bounded")
}
