package console

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/net/html"

	"shenfa/internal/desk"
	"shenfa/internal/disclosure"
)

var update = flag.Bool("update", false, "write the golden pages anew")

// zero are the pages with nothing in them.
var zero = map[string]any{
	"login": loginPage{}, "resume": resumePage{Action: "/console/items"}, "error": errorPage{}, "inbox": inboxPage{}, "draft": draftPage{}, "item": itemPage{}, "findings": findingsPage{}, "quarantine": itemPage{}, "calendar": calendarPage{}, "batches": batchesPage{}, "blackouts": blackoutsPage{}, "delegations": delegationsPage{}, "routes": routesPage{}, "route": routePage{},
	"campaigns": campaignsPage{}, "campaign": campaignPage{}, "accounts": accountsPage{}, "account": accountPage{}, "changes": changesPage{}, "roles": rolesPage{}, "me": mePage{}, "design": designPage{Marks: make([]designed, 2), Steps: make([]stepMark, 3)},
	"move": movePage{}, "reports": reportPage{}, "notes": notesPage{}, "questions": questionsPage{}, "comments": commentsPage{},
	"diff": diffPage{}, "notices": noticesPage{}, "previews": previewsPage{}, "ahead": aheadPage{}, "clocks": clocksPage{}, "trail": trailPage{}, "rules": rulesPage{}, "channels": channelsPage{}, "records": recordsPage{}, "years": yearsPage{}, "year": yearPage{}, "announcements": announcementsPage{}, "announcement": announcementPage{A: desk.Announcement{Lines: make([]desk.AnnouncementLine, 1)}}, "reroute": reroutePage{},
}

func TestEveryPageHasAType(t *testing.T) {
	t.Parallel()

	for name := range templates {
		page, ok := zero[name]
		require.True(t, ok, name)
		out, err := render(name, page)
		require.NoError(t, err, name)
		sound(t, name, out)
	}
}

// pageVisit is a page as somebody meets it.
type pageVisit struct {
	name, as, path string
	change         func(*fake)
}

var visits = []pageVisit{
	{"login", "", "/console/login", nil},
	{"missing", "leader", "/console/nowhere", nil},
	{"inbox", "leader", "/console", nil},
	{"inbox-mine", "drafter", "/console?tab=mine", nil},
	{"inbox-ready", "officer", "/console?tab=ready", nil},
	{"inbox-empty", "leader", "/console", func(f *fake) { f.tasks, f.list, f.next = nil, nil, "" }},
	{"inbox-found", "officer", "/console?tab=all&q=%E5%8D%B1%E5%8C%96&kind=notice&state=held", nil},
	{"inbox-full", "leader", "/console", manyTasks},
	{"inbox-refused", "officer", "/console?tab=done&from=x", nil},
	{"draft-new", "drafter", "/console/items/new", nil},
	{"draft", "drafter", "/console/items/d1/edit", nil},
	{"draft-empty", "drafter", "/console/items/d1/edit", func(f *fake) { f.item.Draft = zeroDraft() }},
	{"item", "leader", "/console/items/d1", nil},
	{"item-en", "leader", "/console/items/d1?lang=en", nil},
	{"item-rewritten", "leader", "/console/items/d1", func(f *fake) {
		f.diff.Files[0].Paragraphs = slices.Repeat(f.diff.Files[0].Paragraphs[:1], 500)
		f.events, f.findings = slices.Repeat(f.events, 20), slices.Repeat(f.findings, 20)
	}},
	{"item-first", "leader", "/console/items/d1", func(f *fake) { f.item.Version = 1 }},
	{"item-returned", "drafter", "/console/items/d1", func(f *fake) { f.item.State = "returned" }},
	{"findings", "drafter", "/console/items/d1/findings", nil},
	{"findings-en", "drafter", "/console/items/d1/findings?lang=en&file=1&on=f2", nil},
	{"findings-unopened", "leader", "/console/items/d1/findings?file=2&text=all&page=7", nil},
	{"findings-form", "drafter", "/console/items/d1/findings?file=form&open=yes&class=hold", nil},
	{"findings-treated", "drafter", "/console/items/d1/findings?file=1&done=treat&n=2", mended},
	{"quarantine", "officer", "/console/items/d1", quarantined},
	{"item-recalled", "officer", "/console/items/d1", func(f *fake) { f.item.State = "recalled" }},
	{"campaigns", "officer", "/console/campaigns", nil},
	{"campaigns-en", "leader", "/console/campaigns?lang=en", nil},
	{"campaign", "officer", "/console/campaigns/c1?done=review", nil},
	{"campaign-en", "officer", "/console/campaigns/c1?lang=en", nil},
	{"blackouts", "officer", "/console/blackouts", nil},
	{"blackouts-drafter", "drafter", "/console/blackouts?lang=en", nil},
	{"delegations", "leader", "/console/delegations", nil},
	{"delegations-manager", "secadmin", "/console/delegations?lang=en", nil},
	{"item-bypassed", "leader", "/console/items/d1", bypassed},
	{"item-bypassed-en", "leader", "/console/items/d1?lang=en", bypassed},
	{"item-alone", "leader", "/console/items/d1", alone},
	{"item-assign", "leader", "/console/items/d1", assignable},
	{"calendar", "officer", "/console/calendar", nil},
	{"batches", "officer", "/console/batches", nil},
	{"accounts", "sysadmin", "/console/accounts", nil},
	{"account", "sysadmin", "/console/accounts/p1", nil},
	{"account-roles", "secadmin", "/console/accounts/p1", nil},
	{"account-own", "secadmin", "/console/accounts/p7", nil},
	{"changes", "auditor", "/console/accounts/changes", nil},
	{"roles", "auditor", "/console/accounts/roles", nil},
	{"routes", "secadmin", "/console/routes", nil},
	{"routes-en", "drafter", "/console/routes?kind=notice&flags=important&channels=portal&lang=en", nil},
	{"route", "secadmin", "/console/routes/ordinary/2", nil},
	{"route-drafter", "drafter", "/console/routes/ordinary/2?lang=en", nil},
	{"me", "leader", "/console/me", nil},
	{"me-bound", "leader", "/console/me", func(f *fake) { f.codeApp = true }},
	{"account-bound", "secadmin", "/console/accounts/p1", func(f *fake) { f.codeApp = true }},
	{"item-bound", "leader", "/console/items/d1", func(f *fake) { f.codeApp = true }},
	{"diff", "leader", "/console/items/d1/diff", nil},
	{"diff-side", "leader", "/console/items/d1/diff?view=side&lang=en", nil},
	{"item-nothing-before", "leader", "/console/items/d1", func(f *fake) { f.diff = desk.Comparison{To: 1, Why: desk.SinceBefore} }},
	{"questions", "leader", "/console/items/d1/questions", askedOf},
	{"questions-en", "drafter", "/console/items/d1/questions?lang=en", askedOf},
	{"questions-none", "drafter", "/console/items/d1/questions", nil},
	{"comments", "leader", "/console/items/d1/comments", remarked},
	{"comments-en", "drafter", "/console/items/d1/comments?file=1&part=0&at=0&lang=en", remarked},
	{"comments-none", "drafter", "/console/items/d1/comments", nil},
	{"item-comments", "leader", "/console/items/d1", remarked},
	{"previews", "drafter", "/console/items/d1/previews", previewed},
	{"previews-en", "officer", "/console/items/d1/previews?lang=en", previewed},
	{"previews-none", "drafter", "/console/items/d1/previews", nil},
	{"ahead", "leader", "/console/previews", previewed},
	{"ahead-one", "leader", "/console/previews/v1", previewed},
	{"ahead-one-en", "leader", "/console/previews/v1?lang=en", previewed},
	{"trail", "leader", "/console/items/d1/trail", walked(0)},
	{"trail-en", "leader", "/console/items/d1/trail?sort=read&lang=en", walked(0)},
	{"trail-full", "leader", "/console/items/d1/trail", walked(50)},
	{"rules", "reviewer", "/console/rules", nil},
	{"rules-en", "drafter", "/console/rules?lang=en", nil},
	{"records", "officer", "/console/records", nil},
	{"records-en", "leader", "/console/records?lang=en", nil},
	{"reroute", "leader", "/console/items/d1/reroute", nil},
	{"reroute-en", "leader", "/console/items/d1/reroute?lang=en", nil},
	{"announcements", "officer", "/console/announcements", nil},
	{"announcements-full", "officer", "/console/announcements", func(f *fake) { f.announced = announcementsListed - 2 }},
	{"announcements-en", "drafter", "/console/announcements?lang=en", nil},
	{"announcement", "officer", "/console/announcements/a1", nil},
	{"announcement-en", "leader", "/console/announcements/a1?lang=en", nil},
	{"years", "officer", "/console/calendar-years", nil},
	{"years-en", "drafter", "/console/calendar-years?lang=en", nil},
	{"year", "secadmin", "/console/calendar-years/2027/1", nil},
	{"year-en", "leader", "/console/calendar-years/2027/1?lang=en", nil},
	{"channels", "officer", "/console/channels", nil},
	{"channels-en", "leader", "/console/channels?lang=en", nil},
	{"clocks", "leader", "/console/items/d1/clocks", nil},
	{"clocks-en", "leader", "/console/items/d1/clocks?lang=en", nil},
	{"notices", "leader", "/console/notices", nil},
	{"notices-en", "drafter", "/console/notices?all=1&lang=en", nil},
	{"design", "nobody", "/console/design", nil},
	{"design-en", "nobody", "/console/design?lang=en", nil},
	{"calendar-drafter", "drafter", "/console/calendar?on=2026-11-30", nil},
	{"calendar-month", "officer", "/console/calendar?view=month", nil},
	{"calendar-list", "officer", "/console/calendar?view=list", nil},
	{"calendar-full", "officer", "/console/calendar", manyReleases},
	{"calendar-month-full", "leader", "/console/calendar?view=month", manyReleases},
	{"calendar-list-full", "officer", "/console/calendar?view=list&on=2026-11-23", manyReleases},
	{"reports", "officer", "/console/reports", nil},
	{"reports-full", "leader", "/console/reports?from=2026-01-01&until=2026-12-31", func(f *fake) { f.report = fullReport() }},
	{"reports-refused", "officer", "/console/reports?from=x", nil},
	{"notes", "leader", "/console/items/d1/notes", nil},
	{"move", "officer", "/console/calendar/move/d1", nil},
	{"move-refused", "officer", "/console/calendar/move/d1?at=2026-12-27T09:00", func(f *fake) {
		f.fail = map[string]error{"MayMove": disclosure.Refuse(disclosure.ReleaseOutOfWindow, "at", "earliest", "a", "latest", "b")}
	}},
}

// Bounds of what a page costs an old office line, uncompressed: 100 kB with style and
// script, 30 kB for the next one.
const (
	firstLoad = 100_000
	nextLoad  = 30_000
)

func TestPagesAreLight(t *testing.T) {
	t.Parallel()

	for _, one := range visits {
		b := setup(t, plain())
		if one.change != nil {
			one.change(b.desk)
		}
		page := b.get(t, one.as, one.path).Body.Len()
		require.Less(t, page, nextLoad, one.name)
		require.Less(t, page+len(stylesheet)+len(script), firstLoad, one.name)
	}
}

// manyTasks fill a page of the workbench with long titles.
func manyTasks(f *fake) {
	one := f.tasks[2]
	one.Disclosure.Title = strings.Repeat("关于危险化学品经营企业安全检查情况的通报", 2)
	f.tasks = slices.Repeat([]desk.TaskView{one}, listed)
}

// manyReleases fill a fortnight, twenty a day.
func manyReleases(f *fake) {
	one := f.planned[2]
	one.Disclosure.Title = strings.Repeat("关于危险化学品经营企业安全检查情况的通报", 2)
	one.Expires = &one.At
	one.Rehearsal = &desk.Rehearsal{Ready: true}
	f.planned = nil
	for d := range 14 {
		for n := range 20 {
			one.At = time.Date(2026, 11, 23+d, 1, n, 0, 0, time.UTC)
			f.planned = append(f.planned, one)
		}
	}
}

// mended is a draft in which what was found is no more.
func mended(f *fake) {
	for file, r := range f.readings {
		r.Changed = true
		for i := range r.Findings {
			r.Findings[i].Gone = true
		}
		f.readings[file] = r
	}
}

func quarantined(f *fake) { f.item.State, f.item.Can = "quarantined", []string{"clear"} }

func TestPagesAreSoundAndHarmlessWhateverWasTyped(t *testing.T) {
	t.Parallel()

	const mark = `"'></textarea></title><script>alert(1)</script><img src=x onerror=alert(1)><a href="javascript:alert(1)" style="x">{{.}}`
	for _, one := range visits {
		t.Run(one.name, func(t *testing.T) {
			t.Parallel()

			b := setup(t, rich(mark))
			if one.change != nil {
				one.change(b.desk)
			}
			w := b.get(t, one.as, one.path)
			sound(t, one.name, w.Body.Bytes())
			require.NotContains(t, w.Body.String(), "alert(1)</script>")
		})
	}
}

// stamp is what an address of style or script carries of its content.
var stamp = regexp.MustCompile(`\.[0-9a-f]{12}\.(css|js)`)

func TestGoldenPages(t *testing.T) {
	t.Parallel()

	golden := map[string]bool{"login": true, "inbox": true, "item": true, "findings": true, "quarantine": true}
	for _, one := range visits {
		if !golden[one.name] {
			continue
		}
		b := setup(t, plain())
		if one.change != nil {
			one.change(b.desk)
		}
		got := stamp.ReplaceAll(b.get(t, one.as, one.path).Body.Bytes(), []byte(".$1"))
		file := filepath.Join("testdata", one.name+".html")
		if *update {
			require.NoError(t, os.WriteFile(file, got, 0o644))
		}
		want, err := os.ReadFile(file)
		require.NoError(t, err)
		require.Equal(t, string(want), string(got), "%s; go test -update writes it anew", one.name)
	}
}

// slipped is what a value looks like that nobody turned into words.
var slipped = regexp.MustCompile(`0x[0-9a-f]{6,}|%!|<nil>|&lt;nil&gt;|map\[|ZgotmplZ`)

// sound checks what every page promises to browsers, keyboards and screen readers.
func sound(t *testing.T, name string, page []byte) {
	t.Helper()
	require.NotRegexp(t, slipped, string(page), name)
	require.NotRegexp(t, `href="[^"?]*\?[^"]*\?`, string(page), "%s: an address with two queries", name)
	root, err := html.Parse(bytes.NewReader(page))
	require.NoError(t, err, name)
	ids, labelled, headings, links := map[string]int{}, map[string]bool{}, map[string]int{}, []string{}
	each(root, func(n *html.Node) {
		headings[n.Data]++
		if id := attr(n, "id"); id != "" {
			ids[id]++
		}
		if n.Data == "label" {
			labelled[attr(n, "for")] = true
		}
		if n.Data == "script" { // ours, from our own address, and nothing between the tags
			require.True(t, strings.HasPrefix(attr(n, "src"), base+"/assets/") && n.FirstChild == nil, name)
		}
		require.NotContains(t, []string{"style", "iframe", "object", "img", "base"}, n.Data, name)
		for _, a := range n.Attr {
			require.NotEqual(t, "style", a.Key, name)
			require.False(t, strings.HasPrefix(a.Key, "on"), "%s: %s", name, a.Key)
			if a.Key == "href" || a.Key == "action" {
				require.True(t, strings.HasPrefix(a.Val, "/") && !strings.HasPrefix(a.Val, "//") || strings.HasPrefix(a.Val, "#") || strings.HasPrefix(a.Val, "?"), "%s: %s", name, a.Val)
				links = append(links, a.Val)
			}
		}
	})
	require.Equal(t, 1, headings["h1"], name)
	for id, n := range ids {
		require.Equal(t, 1, n, "%s: id %s", name, id)
	}
	for _, link := range links {
		if target, ok := strings.CutPrefix(link, "#"); ok {
			require.Contains(t, ids, target, name)
		}
	}
	each(root, func(n *html.Node) {
		switch n.Data {
		case "input", "select", "textarea":
			kind := attr(n, "type")
			ok := kind == "hidden" || attr(n, "aria-label") != "" || labelled[attr(n, "id")] && attr(n, "id") != "" || inside(n, "label")
			require.True(t, ok, "%s: no label for %s", name, attr(n, "name"))
		case "form":
			if attr(n, "action") != base+"/login" {
				token := false
				each(n, func(x *html.Node) { token = token || attr(x, "name") == "token" })
				acts := attr(n, "method") == "post" // what only asks stands in an address, where no token may
				require.Equal(t, acts, token, "%s: token of %s", name, attr(n, "action"))
			}
		case "table":
			require.True(t, has(n, "caption") || inside(n, "article"), "%s: table without caption", name)
		case "time":
			require.NotEmpty(t, attr(n, "datetime"), name)
		}
	})
}

func each(n *html.Node, f func(*html.Node)) {
	if n.Type == html.ElementNode {
		f(n)
	}
	for c := range n.ChildNodes() {
		each(c, f)
	}
}

func attr(n *html.Node, key string) string {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}

func inside(n *html.Node, name string) bool {
	for p := n.Parent; p != nil; p = p.Parent {
		if p.Data == name {
			return true
		}
	}
	return false
}

func has(n *html.Node, name string) (found bool) {
	each(n, func(x *html.Node) { found = found || x.Data == name })
	return found
}

func TestAnAttachmentSaysWhatGoesOutInItsPlace(t *testing.T) {
	t.Parallel()

	f := plain()
	f.item.Draft.Attachments = []disclosure.File{
		{Named: disclosure.Named{Name: "清单.xlsx"}, Original: &disclosure.Original{Removed: []disclosure.Removed{{Part: "a", What: "comments"}, {Part: "b", What: "metadata"}}}},
		{Named: disclosure.Named{Name: "名单.docx"}, Original: &disclosure.Original{}},
		{Named: disclosure.Named{Name: "往来.eml"}, Untreated: "unsupported"},
		{Named: disclosure.Named{Name: "说明.txt"}},
	}
	page := setup(t, f).get(t, "drafter", "/console/items/d1").Body.String()
	for _, says := range []string{"去除隐藏内容 2 处", "已按建议处理", "将按原样公开"} {
		require.Equal(t, 1, strings.Count(page, says), says)
	}
}

// bypassed is an item that came out after a bypass nobody has judged yet, and is stuck in a
// channel.
func bypassed(f *fake) {
	f.item.State, f.item.Tasks, f.item.Bypassed, f.item.Can = disclosure.Releasing, nil, true, []string{"ratify", "recall"}
	f.item.Ratification = &desk.Ratification{Bypass: "b1", OpenedAt: morning, DueAt: morning, Overdue: true}
	f.item.Trouble = "stuck_effect"
}

// alone is a policy in review without its interpretation, for whose next step nobody is left.
func alone(f *fake) {
	f.item.Can = append(f.item.Can, "reroute")
	f.item.Companion, f.item.Stranded = &desk.Companion{Kind: "interpretation"}, "leader"
}

// assignable lets the viewer do whatever can be done with a task.
func assignable(f *fake) {
	f.item.Can = append([]string{"decide"}, "claim", "urge", "transfer", "add_signer", "drop_signer", "retract")
	f.item.Tasks[0].Holder = &desk.Ref{ID: "p8", Name: "孙洁"}
	f.item.Tasks[0].UrgedAt = &morning
	f.item.Followers = []desk.Ref{{ID: "p2", Name: "顾宁"}}
	f.item.Decisions[0].OnBehalf = &desk.Ref{ID: "p9", Name: "赵敏"}
	f.item.Route.Steps = append(f.item.Route.Steps, disclosure.Step{ID: "added-1", Zh: "加签", En: "Added signature", Seats: []disclosure.Seat{{Role: disclosure.Legal, Person: "p8", AddedBy: "p2"}}})
}
