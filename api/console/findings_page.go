package console

import (
	"html/template"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"shenfa/internal/desk"
	"shenfa/internal/disclosure"
)

// findingsPage is a file with its findings beside it.
type findingsPage struct {
	Frame
	D       desk.Disclosure
	Lost    string // words that no form on the page holds any more
	Said    string // what was just done: it stays in sight beside the text
	Left    int    // of it, what could not be done
	Look    looking
	Tabs    []fileTab
	File    string // its name
	Reading desk.Reading
	Counts  []classCount // of the file
	Open    int          // of the whole item
	Blocked int          // of these, those that must be removed
	Gone    int          // of these, those the draft does not have any more
	Treats  int          // of these, those that can be treated in one act
	Rows    []placeRow   // of this page
	Listed  int          // of all pages
	Sheets  []sheet
	Quiet   []sheet // hidden parts in which nothing was found
	Extent  extent
	Next    string // the next file in which something waits
}

// Finishes says whether treating in one act leaves nothing that waits, so that the item
// can go on.
func (p findingsPage) Finishes() bool {
	return p.Treats > 0 && p.Treats == p.Waiting() && p.Can("submit")
}

// fileTab is one file that can be read.
type fileTab struct {
	ID, File, Label string
	Open, All       int
}

// placeRow is a finding in the list beside its file.
type placeRow struct {
	desk.ReadingFinding
	N       int
	Where   string
	Placed  bool // its place is on this page
	Opened  bool
	Dispose bool
	Treat   bool
	Same    []string // where else its value stands
	Typed   typed
}

// Style is the style of its class.
func (r placeRow) Style() string { return class(r.Class) }

// Form is the name of its form.
func (r placeRow) Form() string { return "dispose-" + r.ID }

// Blocked says that it can only be removed from the file.
func (r placeRow) Blocked() bool { return r.Class == "BLOCK" }

// Settled says that nothing is left to do about it.
func (r placeRow) Settled() bool { return r.Disposition != "" || r.Gone }

// sheet is one part of the file as drawn.
type sheet struct {
	ID     string
	Title  string // empty for the text itself
	Label  string // never empty
	Hidden bool
	Quoted bool
	Unread string
	About  []mark
	Over   []overlay // hidden cells that are drawn in it
	Body   template.HTML
	Blocks []block
}

// overlay is one way of hiding cells, with the findings about all of them.
type overlay struct {
	Title string
	About []mark
}

// Can says whether the viewer may take an act.
func (p findingsPage) Can(act string) bool { return slices.Contains(p.D.Can, act) }

// Row is one finding on its page.
func (p findingsPage) Row(r placeRow) findingRowView { return findingRowView{p, r} }

type findingRowView struct {
	P findingsPage
	F placeRow
}

// Clipped is what was found, short enough to stand in a list.
func (r placeRow) Clipped() string {
	const most = 80
	if at := byteOf(r.Excerpt, most); at < len(r.Excerpt) {
		return r.Excerpt[:at] + "…"
	}
	return r.Excerpt
}

// Elsewhere are the first places where its value stands too.
func (r placeRow) Elsewhere() []string {
	const few = 5
	if r.Same == nil || r.Same[0] == "" {
		return nil
	}
	return r.Same[:min(few, len(r.Same))]
}

// Waiting counts what still has to be done.
func (p findingsPage) Waiting() int { return p.Open - p.Gone }

// Tab is the file that is shown.
func (p findingsPage) Tab() fileTab {
	for _, t := range p.Tabs {
		if t.ID == p.Look.File {
			return t
		}
	}
	return fileTab{}
}

func (c *Console) showFindings(v *visit, l looking, code int, t typed, refusal error) error {
	d, err := c.desk.Get(v.ctx(), v.who, v.Param("id"))
	if err != nil {
		return err
	}
	if d.State == disclosure.InQuarantine || d.Version == 0 {
		return v.Redirect(http.StatusSeeOther, itemPath(d.ID))
	}
	frame, err := c.frame(v, "findings.title", "")
	if err != nil {
		return err
	}
	frame.Title, frame.Here = d.Number, itemPath(d.ID)+"/findings"
	if n, err := strconv.Atoi(v.QueryParam("n")); err == nil && frame.Done != "" {
		frame.Done = frame.T("findings.done."+v.QueryParam("done"), "n", n)
	}
	if refusal != nil {
		if !frame.put(t.form, refusal) {
			return refusal
		}
		if t.partly != "" {
			frame.Problem.Text = t.partly + frame.Problem.Text
		}
	}
	page := findingsPage{Frame: frame, D: d, Said: frame.Done, Look: l}
	page.Done = ""
	if left, err := strconv.Atoi(v.QueryParam("left")); err == nil && page.Said != "" {
		page.Left, page.Said = left, page.Said+page.T("findings.done.left", "n", left)
	}
	page.tabs()
	if page.Tab().ID == "" {
		return disclosure.Refuse(disclosure.NotFound, "")
	}
	if page.Reading, err = c.desk.Reading(v.ctx(), v.who, d.ID, d.Version, page.Tab().File); err != nil {
		return err
	}
	page.File = page.Reading.Name
	if err := page.arrange(t); err != nil {
		return err
	}
	if page.Problem.Text != "" && !page.Problem.Stale {
		page.Problem.Link = ""
		if slices.ContainsFunc(page.Rows, func(r placeRow) bool { return r.Form() == t.form }) {
			page.Problem.Link = "#" + strings.Replace(t.form, "dispose", "d", 1)
		}
	}
	v.Response().Header().Set("Content-Security-Policy", scriptPolicy)
	return c.show(v, code, "findings", page)
}

// tabs lists the files of the version that was checked.
func (p *findingsPage) tabs() {
	p.Tabs = []fileTab{{ID: "body", File: "body", Label: p.T("field.body")}}
	if p.D.Manifest != nil {
		for i, a := range p.D.Manifest.Attachments {
			n := strconv.Itoa(i + 1)
			p.Tabs = append(p.Tabs, fileTab{ID: n, File: a.Name, Label: p.T("findings.attachment", "n", n)})
		}
	}
	p.Tabs = append(p.Tabs, fileTab{ID: "form", File: desk.FormFile, Label: p.T("findings.form")})
}

// arrange counts the findings, chooses which of them this page lists, and lays out
// the text around them.
func (p *findingsPage) arrange(t typed) error {
	rows := p.count()
	here := rows[:0:0]
	for _, r := range rows {
		if r.File == p.Tab().File && (p.Look.Class == "" || p.Look.Class == r.Style()) && (!p.Look.Open || waits(r.Finding) && !r.Gone) {
			here = append(here, r)
		}
	}
	p.Listed = len(here)
	slices.SortStableFunc(here, func(a, b placeRow) int { return standing(a) - standing(b) })
	p.Extent = paged(p.Reading.Parts, p.Look.Page)
	if p.Extent.Whole || p.Look.All {
		shownHere := p.placed(p.Extent)
		p.Rows = slices.DeleteFunc(here, func(r placeRow) bool { return !shownHere[r.ID] })
	} else {
		pages := max(1, (len(here)+findingsAPage-1)/findingsAPage)
		page := min(p.Look.Page, pages)
		if i := slices.IndexFunc(here, func(r placeRow) bool { return r.ID == p.Look.On }); i >= 0 {
			page = i/findingsAPage + 1
		}
		p.Rows = here[(page-1)*findingsAPage : min(len(here), page*findingsAPage)]
		wanted := map[string]bool{}
		for _, r := range p.Rows {
			wanted[r.ID] = true
		}
		p.Extent = near(p.Reading.Parts, wanted)
		p.Extent.Page, p.Extent.Pages = page, pages
	}
	p.Look.Page = p.Extent.Page
	p.open(t)
	return p.lay(rows)
}

// placed are the findings in the lines of an extent, and at its beginning those
// about whole parts.
func (p *findingsPage) placed(e extent) map[string]bool {
	out := map[string]bool{}
	at := 0
	for i, part := range p.Reading.Parts {
		begins := e.has(i, 1, at)
		for l := range linesOf(part) {
			if e.has(i, l.at, at) {
				for _, r := range l.Runs {
					for _, id := range r.Findings {
						out[id] = true
					}
				}
			}
			at++
		}
		if begins {
			for _, id := range part.Findings {
				out[id] = true
			}
		}
	}
	return out
}

// count makes the rows of all findings of the item.
func (p *findingsPage) count() []placeRow {
	rows := make([]placeRow, len(p.Reading.Findings))
	whole := map[string]bool{} // about a part, not about a line of it
	for _, part := range p.Reading.Parts {
		for _, id := range part.Findings {
			whole[id] = true
		}
	}
	byValue := map[string][]int{}
	counts := map[string]int{}
	for i, f := range p.Reading.Findings {
		if whole[f.ID] {
			f.Line = 0
		}
		rows[i] = placeRow{ReadingFinding: f, N: i + 1, Where: p.where(f.Finding)}
		rows[i].Dispose = p.Can("dispose") && disposable(f.Finding) && !f.Gone
		rows[i].Treat = p.Can("edit") && treatable(f.Finding) && !f.Gone
		open := waits(f.Finding)
		for j := range p.Tabs {
			if p.Tabs[j].File == f.File {
				p.Tabs[j].All++
				if open && !f.Gone {
					p.Tabs[j].Open++
				}
			}
		}
		if f.File == p.Tab().File {
			counts[class(f.Class)]++
		}
		if !open {
			continue
		}
		byValue[value(f.Finding)] = append(byValue[value(f.Finding)], i)
		p.Open++
		switch {
		case f.Gone:
			p.Gone++
		case f.Class == "BLOCK":
			p.Blocked++
		}
		if rows[i].Treat {
			p.Treats++
		}
	}
	for _, name := range classes {
		if counts[name] > 0 {
			p.Counts = append(p.Counts, classCount{name, counts[name]})
		}
	}
	for _, same := range byValue {
		for _, i := range same {
			if len(same) > findingsAPage { // told as a number
				rows[i].Same = make([]string, len(same)-1)
				continue
			}
			for _, j := range same {
				if i != j && !rows[j].Gone {
					rows[i].Same = append(rows[i].Same, p.whereElse(rows[i], rows[j]))
				}
			}
		}
	}
	for _, t := range p.Tabs {
		if t.Open > 0 && t.ID != p.Look.File {
			p.Next = t.ID
			break
		}
	}
	return rows
}

// where says in words where in its file a finding stands.
func (p *findingsPage) where(f desk.Finding) string {
	if f.File == desk.FormFile {
		return p.T("field." + f.Part)
	}
	place := p.PartName(f.Part)
	if f.Line > 0 {
		place = p.T("findings.line", "place", place, "n", f.Line)
	}
	return place
}

func (p *findingsPage) whereElse(from, to placeRow) string {
	if from.File == to.File {
		return to.Where
	}
	for _, t := range p.Tabs {
		if t.File == to.File && t.ID != "body" {
			return p.T("places.within", "outer", t.Label, "inner", to.Where)
		}
	}
	return to.Where
}

// standing orders a list: what waits first, each kind in reading order.
func standing(r placeRow) int {
	switch {
	case r.Settled():
		return 2
	case r.Class == "INFO":
		return 1
	}
	return 0
}

// open chooses the finding that is open in the list: the one asked for, or the
// first that can be handled.
func (p *findingsPage) open(t typed) {
	p.Lost = t.Reason
	i := slices.IndexFunc(p.Rows, func(r placeRow) bool { return r.ID == p.Look.On })
	if i < 0 {
		i = slices.IndexFunc(p.Rows, func(r placeRow) bool { return !r.Settled() })
	}
	if i < 0 {
		return
	}
	p.Rows[i].Opened = true
	p.Rows[i].Typed = typed{Same: true}
	if t.form != "" {
		p.Rows[i].Typed = t
	}
	if p.Rows[i].Dispose {
		p.Lost = ""
	}
}

// lay puts the findings into the text.
func (p *findingsPage) lay(rows []placeRow) error {
	marks := map[string]mark{}
	for _, r := range rows {
		m := mark{ID: r.ID, N: r.N, Style: r.Style(), Words: p.T("class." + r.Style()), Done: r.Settled()}
		if m.Done {
			m.Words = p.T("findings.settled")
		}
		marks[r.ID] = m
	}
	for _, r := range p.Rows {
		m := marks[r.ID]
		m.Here, m.On = true, r.Opened
		marks[r.ID] = m
	}
	skip := func(key string, n int) string { return p.T(key, "n", n) }
	set := newSetter(marks, skip, !p.Extent.Whole && !p.Look.All)
	placed := map[string]bool{}
	drawn := map[int]bool{} // parts drawn in another
	at := 0
	about := func(part desk.ReadingPart, begins bool) (out []mark) {
		for _, id := range part.Findings {
			if m := marks[id]; begins && (m.Here || p.Extent.lines == nil) {
				out = append(out, m)
				placed[id] = true
			}
		}
		return out
	}
	for i, part := range p.Reading.Parts {
		if drawn[i] {
			continue
		}
		s := sheet{ID: "p" + strconv.Itoa(i+1), Title: p.title(part, i), Label: p.Tab().Label, Hidden: part.Hidden, Quoted: part.Quoted}
		if s.Title != "" {
			s.Label = s.Title
		}
		if part.Unread != "" {
			s.Unread = p.Name("unread", part.Unread)
		}
		s.About = about(part, p.Extent.lines != nil || p.Extent.has(i, 1, at))
		const mostPage = 60_000 // bytes
		hidden := over(p.Reading.Parts, part)
		var ok bool
		var err error
		switch {
		case p.Extent.Whole && i == 0 && p.Reading.Page != "" && len(p.Reading.Page) < mostPage:
			if s.Body, ok, err = set.marked(p.Reading.Page, part); err != nil {
				return err
			}
		case p.Extent.Whole && len(hidden) > 0:
			s.Blocks, ok = set.whole(p.Reading.Parts, i, hidden), true
			for _, j := range slices.Sorted(maps.Keys(hidden)) {
				drawn[j] = true
				s.Over = append(s.Over, overlay{p.PartName(hidden[j]), about(p.Reading.Parts[j], true)})
			}
		}
		if !ok {
			s.Blocks = set.set(i, part, p.Extent, &at)
		}
		switch {
		case len(s.Blocks) == 0 && s.Body == "" && len(s.About) == 0:
		case len(s.Over) == 0 && !found(part) && (part.Hidden || slices.Contains(minor, part.Name)):
			p.Quiet = append(p.Quiet, s)
		default:
			p.Sheets = append(p.Sheets, s)
		}
	}
	set.finish()
	for i := range p.Rows {
		r := &p.Rows[i]
		r.Placed = placed[r.ID] || set.last[r.ID] != nil
		if cell := set.cells[r.ID]; cell != "" {
			r.Where = p.T("findings.cell", "place", p.PartName(r.Part), "cell", cell)
		}
	}
	return nil
}

// minor are parts a reader sees that nobody looks for.
var minor = []string{"file name", "names of sheets", "defined names", "list label", "list labels", "shared strings"}

// title names a part; the text of the file itself needs no name.
func (p *findingsPage) title(part desk.ReadingPart, i int) string {
	switch {
	case p.Look.File == desk.FormFile:
		return p.T("field." + part.Name)
	case i == 0 && part.Name == "body":
		return ""
	}
	return p.PartName(part.Name)
}

func found(p desk.ReadingPart) bool {
	return len(p.Findings) > 0 || slices.ContainsFunc(p.Segments, func(s desk.Segment) bool { return len(s.Findings) > 0 })
}
