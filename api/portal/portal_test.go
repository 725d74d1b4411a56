package portal

import (
	"encoding/json"
	"encoding/xml"
	"errors"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/net/html"

	"shenfa/internal/desk"
	"shenfa/internal/disclosure"
)

const (
	public     = "/items/SF-2026-000001"
	unreleased = "/items/SF-2026-000002"
	recalled   = "/items/SF-2026-000009"
	pdf        = "/files/%E9%87%8D%E7%82%B9%E4%BB%BB%E5%8A%A1%E8%A1%A8.pdf"
)

// all is every address that answers with content.
var all = []string{
	"/", public, public + "/print", public + "/body", public + pdf, "/kinds/notice", "/catalogue", "/catalogue.csv", "/feed.atom", "/feed.json", "/sitemap.xml", "/sitemaps/1.xml",
}

// found answer with content too, and are not kept for longer than ten seconds: what is
// found by words is found a moment later.
var found = []string{"/topics", "/topics/" + "%E5%BA%94%E6%80%A5%E7%AE%A1%E7%90%86%20%2F%20%E5%AE%89%E5%85%A8%E7%94%9F%E4%BA%A7", "/search?q=%E6%A0%96%E5%BA%94%E6%80%A5"}

// lists change with what is public.
var lists = []string{"/", "/kinds/notice", "/catalogue", "/catalogue.csv", "/feed.atom", "/feed.json", "/sitemap.xml", "/search?q=%E6%A0%96%E5%BA%94%E6%80%A5"}

func TestAPageShowsWhatWasApproved(t *testing.T) {
	t.Parallel()

	b := setup(t)
	item := b.items[1]
	page := b.ok(public).Body.String()
	for _, want := range []string{
		"索引号", "00008812-6/2026-00000131", "主题分类", "应急管理 / 安全生产", "发布机构", "云川市栖岭区应急管理局", "发文字号", "栖应急〔2026〕36号",
		"成文日期", "2026年11月17日", "发布日期", "2026年11月20日 09:00", "公开方式", "主动公开", "标题", item.Manifest.Metadata.Title, "关键词", "冬季；安全",
		"重点任务表.pdf", "PDF，15 B", "DOCX，42 KB", public + pdf, item.Hash.Short(), string(item.Hash), string(item.HTML),
	} {
		require.Contains(t, page, want)
	}
	require.Equal(t, string(item.HTML), b.ok(public+"/body").Body.String(), "the body is the approved bytes")

	list := b.ok("/").Body.String()
	require.Contains(t, list, item.Manifest.Metadata.Title)
	require.Contains(t, list, `href="`+public+`"`)
	require.Contains(t, list, "通知公告")
}

func TestTheListIsPagedAndSortedByKind(t *testing.T) {
	t.Parallel()

	b := setup(t)
	b.fill(pageSize + 10)
	b.add(t, "SF-2024-000001", noon.AddDate(-1, 0, 0), func(i *desk.PublicItem) { i.Manifest.Metadata.Kind = "policy" })
	b.add(t, "SF-2024-000002", noon.AddDate(-1, 0, 0), func(i *desk.PublicItem) { i.Manifest.Metadata.Kind = "of another time" })

	link := regexp.MustCompile(`href="(/items/[^"]+)"`)
	older := regexp.MustCompile(`rel="next" href="([^"]+)"`)
	seen := map[string]bool{}
	pages, last := 0, ""
	for at := "/"; at != ""; pages++ {
		last = b.ok(at).Body.String()
		for _, m := range link.FindAllStringSubmatch(last, -1) {
			require.False(t, seen[m[1]], "%s stands twice", m[1])
			seen[m[1]] = true
		}
		at = ""
		if m := older.FindStringSubmatch(last); m != nil {
			at = html.UnescapeString(m[1])
		}
	}
	require.Equal(t, 2, pages)
	require.Len(t, seen, pageSize+13)
	policy, notice, other := strings.Index(last, ">政策文件</h2>"), strings.Index(last, ">通知公告</h2>"), strings.Index(last, ">其他</h2>")
	require.True(t, 0 < policy && policy < notice && notice < other, "%d %d %d", policy, notice, other)
}

// G5: whoever asks learns nothing, not even that there is something to learn.
func TestWhatIsNotPublicAnswersLikeNothing(t *testing.T) {
	t.Parallel()

	b := setup(t)
	want := b.get("/items/SF-2026-999999")
	require.Equal(t, http.StatusNotFound, want.Code)
	require.Equal(t, "no-store", want.Header().Get("Cache-Control"))
	require.Empty(t, want.Header().Values("ETag"))

	var addresses []string
	for _, item := range []string{
		"/items/SF-2026-999999", unreleased, recalled, "/items/%00", "/items/%2F", "/items/%ff", "/items/%E2%80%AE", "/items/a%20b", "/items/'", "/items/%25zz",
		"/items/" + strings.Repeat("9", 5000),
	} {
		addresses = append(addresses, item, item+"/", item+"/body", item+pdf)
	}
	addresses = append(addresses, public+"/files/none.pdf", public+"/files/%00", public+"/files/body", public+"/files/", public+"/files", public+"/source",
		"/items", "/items/", "/assets/0000000000000000/portal.css", "/portal.css", "/none", "/?before=none", "/consoles")
	for _, address := range addresses {
		// A validator that fits what is hidden must not tell that it fits.
		for _, validator := range []string{"", "*", `"` + string(b.items[0].Hash) + `"`} {
			got := b.get(address, "If-None-Match", validator)
			require.Equal(t, want.Code, got.Code, address)
			require.Equal(t, want.Header(), got.Header(), address)
			require.Equal(t, want.Body.String(), got.Body.String(), address)
		}
	}
	for _, address := range lists {
		shown := b.ok(address).Body.String()
		for _, secret := range []string{"SF-2026-000002", "尚未公开", "SF-2026-000009", "已经召回"} {
			require.NotContains(t, shown, secret, address)
		}
	}
}

func TestAnItemIsThereFromItsInstantOn(t *testing.T) {
	t.Parallel()

	b := setup(t)
	b.now = noon.Add(90*time.Second - 1)
	require.Equal(t, http.StatusNotFound, b.get(unreleased).Code)
	b.now = noon.Add(90 * time.Second)
	b.ok(unreleased)
	b.recalled["SF-2026-000002"] = true
	require.Equal(t, http.StatusNotFound, b.get(unreleased).Code)
}

func TestNoCopyOutlivesTheNextRelease(t *testing.T) {
	t.Parallel()

	for name, test := range map[string]struct {
		after time.Duration
		want  string
	}{
		"AtMostAMinute":    {0, "public, max-age=60"},
		"UntilTheRelease":  {70 * time.Second, "public, max-age=20"},
		"RoundedDown":      {88*time.Second + time.Millisecond, "public, max-age=1"},
		"NotForAMoment":    {89*time.Second + time.Millisecond, "no-cache"},
		"NothingIsPlanned": {90 * time.Second, "public, max-age=60"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			b := setup(t)
			b.now = noon.Add(test.after)
			for _, address := range all {
				require.Equal(t, test.want, b.ok(address).Header().Get("Cache-Control"), address)
			}
			for _, address := range found {
				got := b.ok(address).Header().Get("Cache-Control")
				if test.want == "public, max-age=60" || test.want == "public, max-age=20" {
					require.Equal(t, "public, max-age=10", got, address)
				} else {
					require.Equal(t, test.want, got, address)
				}
			}
		})
	}
	t.Run("ReleasedWhileWeRead", func(t *testing.T) {
		t.Parallel()

		// What was read before the instant must not be kept as if read after it.
		for _, address := range all {
			b := setup(t)
			b.now = noon.Add(90*time.Second - time.Millisecond)
			b.onRead = func() { b.now = noon.Add(90 * time.Second) }
			require.Equal(t, "no-cache", b.ok(address).Header().Get("Cache-Control"), address)
		}
	})
	t.Run("ReadingTakesTime", func(t *testing.T) {
		t.Parallel()

		for _, address := range all {
			b := setup(t)
			b.now = noon.Add(40 * time.Second)
			b.onRead = func() { b.now = noon.Add(70 * time.Second) }
			require.Equal(t, "public, max-age=20", b.ok(address).Header().Get("Cache-Control"), address)
		}
	})
	t.Run("ByTheClockThatRules", func(t *testing.T) {
		t.Parallel()

		b := setup(t)
		b.now, b.ahead = noon.Add(60*time.Second), 3*time.Second
		for _, address := range all {
			require.Equal(t, "public, max-age=27", b.ok(address).Header().Get("Cache-Control"), address)
		}
	})
	t.Run("AskedOnceAMoment", func(t *testing.T) {
		t.Parallel()

		b := setup(t)
		for range 50 {
			b.ok(public)
		}
		require.Equal(t, 1, b.asked)
		b.now = noon.Add(horizonKeeps)
		b.ok(public)
		require.Equal(t, 2, b.asked)
	})
	t.Run("TheStyleSheetStays", func(t *testing.T) {
		t.Parallel()

		rec := setup(t).ok(stylesheet())
		require.Equal(t, "public, max-age=31536000, immutable", rec.Header().Get("Cache-Control"))
		require.Equal(t, "text/css; charset=utf-8", rec.Header().Get("Content-Type"))
	})
}

func TestWhoHasItAlreadyIsToldSo(t *testing.T) {
	t.Parallel()

	b := setup(t)
	hash := string(b.items[1].Hash)
	require.Equal(t, `"`+hash+`"`, b.ok(public+"/body").Header().Get("ETag"))
	require.Contains(t, b.ok(public).Header().Get("ETag"), hash)
	for _, address := range all {
		tag := b.ok(address).Header().Get("ETag")
		require.Regexp(t, `^"[0-9a-f-]{32,}"$`, tag, "strong: %s", address)
		require.Equal(t, tag, b.ok(address).Header().Get("ETag"), "and the same for the same: %s", address)
		for _, validator := range []string{tag, "W/" + tag, `"other", ` + tag, "*"} {
			rec := b.get(address, "If-None-Match", validator)
			require.Equal(t, http.StatusNotModified, rec.Code, address)
			require.Empty(t, rec.Body.String())
			require.Equal(t, tag, rec.Header().Get("ETag"))
			require.NotEmpty(t, rec.Header().Get("Cache-Control"))
		}
		require.Equal(t, http.StatusOK, b.get(address, "If-None-Match", `"other"`).Code)
	}

	tags := map[string]string{}
	for _, address := range append(lists, all...) {
		tags[address] = b.ok(address).Header().Get("ETag")
	}
	b.now = noon.Add(90 * time.Second) // one more item
	for _, address := range lists {
		require.NotEqual(t, tags[address], b.ok(address).Header().Get("ETag"), address)
	}
	b.items[1].Unit = "改名后的单位" // shown on the page, not in the manifest
	require.NotEqual(t, tags[public], b.ok(public).Header().Get("ETag"))
	b.recalled["SF-2026-000001"] = true
	require.Equal(t, http.StatusNotFound, b.get(public, "If-None-Match", tags[public]).Code, "recalled means gone for everyone")
}

func TestFilesAreSavedAndNeverRun(t *testing.T) {
	t.Parallel()

	b := setup(t)
	rec := b.ok(public + pdf)
	require.Equal(t, "%PDF-1.7 示例", rec.Body.String())
	require.Equal(t, "application/pdf", rec.Header().Get("Content-Type"))
	require.Equal(t, filePolicy, rec.Header().Get("Content-Security-Policy"))
	require.Equal(t, "nosniff", rec.Header().Get("X-Content-Type-Options"))
	require.Equal(t, `attachment; filename="_____.pdf"; filename*=UTF-8''%E9%87%8D%E7%82%B9%E4%BB%BB%E5%8A%A1%E8%A1%A8.pdf`, rec.Header().Get("Content-Disposition"))

	part := b.get(public+pdf, "Range", "bytes=0-3")
	require.Equal(t, http.StatusPartialContent, part.Code)
	require.Equal(t, "%PDF", part.Body.String())

	// As the page links it, with a space and a percent sign.
	link := regexp.MustCompile(`href="(/items/[^"]+docx)"`).FindStringSubmatch(b.ok(public).Body.String())
	require.NotNil(t, link)
	require.Len(t, b.ok(html.UnescapeString(link[1])).Body.String(), 42<<10)

	require.Equal(t, `attachment; filename="a_b_c_.html"; filename*=UTF-8''a%22b%5Cc%0A.html`, disposition("a\"b\\c\n.html"))
	require.Equal(t, "application/octet-stream", mediaType("text/html\r\nX: y"))
}

// hostile is in every field, among them those that are checked at write.
const hostile = `"><script>alert(1)</script><img src=x onerror=alert(1)>' onclick='x' javascript:alert(1) {{.}}` + "\u202e\n]]>"

func TestHostileTextStaysText(t *testing.T) {
	t.Parallel()

	b := setup(t)
	b.items = nil
	b.add(t, "SF-2026-000666", noon, func(i *desk.PublicItem) {
		i.Unit, i.HTML = hostile, []byte("<p>正文</p>")
		i.Manifest.Attribute = hostile
		i.Manifest.Metadata = disclosure.Metadata{
			Title: hostile, Kind: hostile, DocumentNumber: hostile, IndexNumber: hostile, FormedOn: hostile, Topic: hostile, Keywords: []string{hostile, hostile}, Summary: hostile,
		}
		i.Attachments = []disclosure.Named{{Name: hostile, Content: disclosure.Content{Type: hostile, Length: 1}}, {Name: "javascript:alert(1)"}}
	})
	b.items[0].Hash = hostile
	for _, address := range []string{"/", "/items/SF-2026-000666"} {
		checkPage(t, b.ok(address))
	}
	checkPage(t, b.get("/none?"+strings.Repeat("%3Cscript%3E", 3)))
	for _, address := range []string{"/feed.atom", "/sitemap.xml"} {
		require.NotContains(t, b.ok(address).Body.String(), "<script")
	}
}

func TestPagesHoldWithNothingInThem(t *testing.T) {
	t.Parallel()

	b := setup(t)
	b.items = nil
	checkPage(t, b.ok("/"))
	checkPage(t, b.ok("/?before=1"))
	b.items = []desk.PublicItem{{}}
	checkPage(t, b.ok("/"))
	b.items = []desk.PublicItem{{Number: "SF-2026-000001"}}
	checkPage(t, b.ok(public))
	require.Empty(t, b.ok(public+"/body").Body.String())
	for name, data := range map[string]any{"list.html": listPage{}, "item.html": itemPage{}, "problem.html": problemPage{}} {
		_, err := render(name, data)
		require.NoError(t, err)
	}
}

func TestPagesAreWellMade(t *testing.T) {
	t.Parallel()

	b := setup(t)
	b.fill(pageSize)
	for _, address := range []string{"/", "/?before=1", public, unreleased} {
		checkPage(t, b.get(address))
	}
}

func TestFeedsTellWhatTheListTells(t *testing.T) {
	t.Parallel()

	b := setup(t)
	b.items[1].Manifest.Metadata.Summary = "a < b & \x01 ]]>"
	b.fill(105)
	want := func(n int) []string {
		var links []string
		for _, i := range b.items {
			if b.public(i) && len(links) < n {
				links = append(links, "http://example.com/items/"+i.Number)
			}
		}
		return links
	}

	var atom atomFeed
	rec := b.ok("/feed.atom")
	require.Equal(t, "application/atom+xml; charset=utf-8", rec.Header().Get("Content-Type"))
	require.NoError(t, xml.Unmarshal(rec.Body.Bytes(), &atom))
	require.Equal(t, "2026-11-20T09:00:00+08:00", atom.Updated)
	require.Equal(t, b.items[1].Manifest.Metadata.Title, atom.Entries[0].Title)
	got := []string{}
	for _, e := range atom.Entries {
		require.NotEmpty(t, e.Updated)
		got = append(got, e.ID)
	}
	require.Subset(t, want(200), got)
	require.Equal(t, want(feedSize)[0], got[0])
	require.Len(t, got, feedSize)

	var feed jsonFeed
	rec = b.ok("/feed.json")
	require.Equal(t, "application/feed+json; charset=utf-8", rec.Header().Get("Content-Type"))
	require.NoError(t, json.Unmarshal(rec.Body.Bytes(), &feed))
	require.Equal(t, "https://jsonfeed.org/version/1.1", feed.Version)
	for k, i := range feed.Items {
		require.Equal(t, got[k], i.URL, "both feeds agree")
		require.NotEmpty(t, i.Text)
	}

	var sites siteMap
	require.NoError(t, xml.Unmarshal(b.ok("/sitemap.xml").Body.Bytes(), &sites))
	got = nil
	for _, u := range sites.URLs {
		if strings.Contains(u.Loc, "/items/") {
			got = append(got, u.Loc)
		}
	}
	require.Equal(t, want(200), got, "beyond one page of the desk")
}

func TestFeedsOfNothingAreFeeds(t *testing.T) {
	t.Parallel()

	b := setup(t)
	b.items = nil
	require.NoError(t, xml.Unmarshal(b.ok("/feed.atom").Body.Bytes(), new(atomFeed)))
	require.Contains(t, b.ok("/feed.json").Body.String(), `"items":[]`)
	require.NoError(t, xml.Unmarshal(b.ok("/sitemap.xml").Body.Bytes(), new(siteMap)))
}

func TestHeadersOfStrangersDoNotWriteOurAddresses(t *testing.T) {
	t.Parallel()

	b := setup(t)
	for _, address := range []string{"/feed.atom", "/feed.json", "/sitemap.xml"} {
		rec := b.get(address, "X-Forwarded-Proto", "javascript", "X-Forwarded-Host", "evil.example")
		require.NotContains(t, rec.Body.String(), "javascript:")
		require.NotContains(t, rec.Body.String(), "evil.example")
	}
}

func TestAFaultIsHiddenAndNotKept(t *testing.T) {
	t.Parallel()

	b := setup(t)
	b.fault = errors.New("dial tcp 10.0.0.1: refused")
	for _, address := range all {
		rec := b.get(address)
		require.Equal(t, http.StatusInternalServerError, rec.Code, address)
		require.Equal(t, "no-store", rec.Header().Get("Cache-Control"))
		require.Empty(t, rec.Header().Values("ETag"))
		require.NotContains(t, rec.Body.String(), "10.0.0.1")
		checkPage(t, rec)
	}
}

func TestOnlyReading(t *testing.T) {
	t.Parallel()

	b := setup(t)
	for _, address := range append([]string{unreleased, recalled}, all...) {
		rec := b.do(http.MethodPost, address)
		require.Equal(t, http.StatusMethodNotAllowed, rec.Code, address)
		checkPage(t, rec)
		head, get := b.do(http.MethodHead, address), b.get(address)
		require.Equal(t, get.Code, head.Code)
		require.Equal(t, get.Header().Get("ETag"), head.Header().Get("ETag"))
		if get.Code == http.StatusOK {
			require.Equal(t, strconv.Itoa(get.Body.Len()), head.Header().Get("Content-Length"))
		}
	}
	for _, address := range []string{"/api/v1/none", "/console/none"} {
		require.NotContains(t, b.get(address).Body.String(), "没有找到", "%s answers for itself", address)
	}
}

func TestWhatWasTakenDownSaysSoWhereItsTypeLeavesANotice(t *testing.T) {
	t.Parallel()

	b := setup(t)
	missing := b.get("/items/SF-2026-999999")
	b.recalled["SF-2026-000001"] = true
	require.Equal(t, missing.Body.String(), b.get(public).Body.String())
	b.notices = map[string]desk.Withdrawal{"SF-2026-000001": {
		Type: "consolidated", Zh: "并入其他事项", En: "Made part of another item", Trail: disclosure.TrailNotice, Reason: "已并入新办法<b>。", Successor: "SF-2026-000002", At: noon,
	}}
	for lang, want := range map[string][]string{
		"zh": {"本事项已下线", "并入其他事项", "已并入新办法&lt;b&gt;。", "/items/SF-2026-000002"},
		"en": {"This item was taken down", "Made part of another item", "/items/SF-2026-000002"},
	} {
		w := b.get(public + "?lang=" + lang)
		require.Equal(t, http.StatusGone, w.Code)
		checkPage(t, w)
		for _, words := range want {
			require.Contains(t, w.Body.String(), words)
		}
	}
	require.Equal(t, http.StatusNotFound, b.get(public+"/body").Code, "there is nothing to read back")
}
