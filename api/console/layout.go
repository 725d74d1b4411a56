package console

import (
	"iter"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"shenfa/internal/desk"
)

// Bounds of one page of a file, so that it stays below 200 kB.
const (
	findingsAPage = 30
	textAPage     = 16_000 // characters; a row or a cell counts as a few
	around        = 2      // lines shown before and after one with a finding
	longLine      = 2_000  // characters after which a line is broken
	longRun       = 120    // characters of plain text kept beside a finding where a file is not shown whole
	widest        = 40     // columns of a sheet, besides those with findings
)

// mark is a finding as it stands in the text.
type mark struct {
	ID    string
	N     int
	Style string // block, hold, warn, info
	Words string // its class, or that it is settled
	Done  bool   // disposed of, or gone
	On    bool   // the one that is open in the list
	Here  bool   // in the list of this page
}

// run is a stretch of text with the same findings.
type run struct {
	Text   string
	Marks  []mark   // the one that a click leads to stands first
	Starts []string // ids of findings that begin here
	Ends   []mark   // findings that end here: their signs follow
}

// cell is one cell of a table.
type cell struct {
	Runs   []run
	Hidden bool
}

// tableRow is a row of a table, with its number if it is one of a sheet.
type tableRow struct {
	N      int
	Hidden bool
	Cells  []cell
}

// column is a column of a sheet: "B".
type column struct {
	Name   string
	Hidden bool
}

// block is a paragraph, a table, or lines that are left out.
type block struct {
	Line    []run
	Rows    []tableRow
	Columns []column // of a sheet
	Narrow  string   // says how many columns are left out
	Gap     string   // says how many lines
}

// line is one line of a part.
type line struct {
	N      int // of the part; a long line is broken into several of its number
	at     int // which one it is, from 1
	column int // of a sheet: in which it begins
	Runs   []desk.Segment
	cost   int // characters, about
}

// Costs of what is more than its characters.
const (
	lineCost    = 4
	cellCost    = 3
	findingCost = 150
)

// linesOf walks through the lines of a part. What it yields is good until the next.
func linesOf(p desk.ReadingPart) iter.Seq[line] {
	return func(yield func(line) bool) {
		l, columns := line{N: 1, at: 1}, 0
		flush := func(n, column int) bool {
			more := yield(l)
			l = line{N: n, at: l.at + 1, column: column, Runs: l.Runs[:0]}
			return more
		}
		for _, s := range p.Segments {
			for i, text := range strings.Split(s.Text, "\n") {
				if i > 0 {
					columns = 0
					if !flush(l.N+1, 0) {
						return
					}
				}
				for text != "" {
					if l.cost >= longLine && !flush(l.N, columns) {
						return
					}
					end := len(text)
					if !p.Grid { // a sheet is narrowed by its columns
						end = byteOf(text, longLine-l.cost)
					}
					l.Runs = append(l.Runs, desk.Segment{Text: text[:end], Findings: s.Findings})
					tabs := strings.Count(text[:end], "\t")
					columns += tabs
					l.cost += utf8.RuneCountInString(text[:end]) + cellCost*tabs + findingCost*len(s.Findings)
					text = text[end:]
				}
			}
		}
		if len(l.Runs) > 0 {
			yield(l)
		}
	}
}

// byteOf is the byte at which character n of s stands, or its end.
func byteOf(s string, n int) int {
	for i := range s {
		if n == 0 {
			return i
		}
		n--
	}
	return len(s)
}

// extent is what a page shows of the parts of a file.
type extent struct {
	Page, Pages int
	Whole       bool // the file fits on one page
	lines       []map[int]bool
	from, to    int // lines, counted over all parts; used if lines is nil
}

// has says whether a page shows a line: the n-th of a part, the at-th of all.
func (e extent) has(part, n, at int) bool {
	if e.lines != nil {
		return e.lines[part][n]
	}
	return at >= e.from && at < e.to
}

// paged chooses by characters and findings, in reading order: page after page, all
// of the text. Fits says whether one page is enough.
func paged(parts []desk.ReadingPart, page int) extent {
	e := extent{Page: 1, Pages: 1, to: 1 << 62}
	starts := []int{0}
	cost, at := 0, 0
	seen := map[string]bool{}
	for _, p := range parts {
		cost += 60
		for l := range linesOf(p) {
			fresh := map[string]bool{}
			for _, r := range l.Runs {
				for _, id := range r.Findings {
					if !seen[id] {
						fresh[id] = true
					}
				}
			}
			if at > 0 && (cost+l.cost > textAPage || len(seen)+len(fresh) > findingsAPage) {
				starts = append(starts, at)
				cost = 0
				clear(seen)
			}
			maps.Copy(seen, fresh)
			cost += l.cost + lineCost
			at++
		}
	}
	e.Pages = len(starts)
	e.Whole = e.Pages == 1
	e.Page = min(max(page, 1), e.Pages)
	e.from = starts[e.Page-1]
	if e.Page < e.Pages {
		e.to = starts[e.Page]
	}
	return e
}

// near chooses the surroundings of some findings.
func near(parts []desk.ReadingPart, wanted map[string]bool) extent {
	e := extent{lines: make([]map[int]bool, len(parts))}
	for i, p := range parts {
		e.lines[i] = map[int]bool{}
		for l := range linesOf(p) {
			for _, r := range l.Runs {
				for _, id := range r.Findings {
					if wanted[id] {
						for n := l.at - around; n <= l.at+around; n++ {
							e.lines[i][n] = true
						}
					}
				}
			}
		}
	}
	return e
}

// setter lays parts out as blocks.
type setter struct {
	marks map[string]mark
	last  map[string]*run                // with which a finding ends, so far; missing until it begins
	ended map[string]bool                // has its sign
	cells map[string]string              // in which a finding begins
	skip  func(key string, n int) string // says what is left out
	clip  bool                           // shorten plain text beside findings
}

func newSetter(marks map[string]mark, skip func(string, int) string, clip bool) *setter {
	return &setter{marks: marks, last: map[string]*run{}, ended: map[string]bool{}, cells: map[string]string{}, skip: skip, clip: clip}
}

// finish puts the sign of each finding where it ends.
func (s *setter) finish() {
	for _, id := range slices.Sorted(maps.Keys(s.last)) {
		if s.ended[id] {
			continue
		}
		s.ended[id] = true
		r := s.last[id]
		r.Ends = append(r.Ends, s.marks[id])
		slices.SortFunc(r.Ends, func(a, b mark) int { return a.N - b.N })
	}
}

// set lays out what a page shows of one part. at counts the lines of all parts.
func (s *setter) set(part int, p desk.ReadingPart, e extent, at *int) []block {
	var out []block
	var rows []line
	gap, shown := 0, false
	flush := func() {
		if len(rows) > 0 {
			if p.Grid {
				out = append(out, s.sheet([]layer{{rows, false}}))
			} else {
				out = append(out, s.table(rows))
			}
			rows = nil
		}
	}
	for l := range linesOf(p) {
		here := e.has(part, l.at, *at)
		*at++
		if !here {
			gap++
			continue
		}
		if gap > 0 && e.lines != nil {
			flush()
			out = append(out, block{Gap: s.skip("findings.skipped", gap)})
		}
		gap, shown = 0, true
		l.Runs = append([]desk.Segment(nil), l.Runs...)
		tabbed := p.Grid || tabs(l) && !p.Quoted
		switch {
		case tabbed:
			rows = append(rows, l)
		case len(l.Runs) == 0:
			flush()
		default:
			flush()
			out = append(out, block{Line: s.runs(l.Runs)})
		}
	}
	flush()
	if gap > 0 && shown && e.lines != nil {
		out = append(out, block{Gap: s.skip("findings.skipped", gap)})
	}
	return out
}

// tabs says whether words stand on both sides of a tab.
func tabs(l line) bool {
	return strings.Contains(strings.TrimSpace(text(l.Runs)), "\t")
}

// table lays out lines with tabs between words.
func (s *setter) table(rows []line) block {
	grid := make([][][]desk.Segment, len(rows))
	width := 0
	for i, l := range rows {
		grid[i] = cellsOf(l)
		width = max(width, len(grid[i]))
	}
	var b block
	for _, cells := range grid {
		row := tableRow{Cells: make([]cell, width)}
		for n, c := range cells {
			row.Cells[n].Runs = s.runs(c)
		}
		b.Rows = append(b.Rows, row)
	}
	return b
}

// cellsOf divides a line at its tabs.
func cellsOf(l line) [][]desk.Segment {
	cells := make([][]desk.Segment, l.column+1)
	for _, r := range l.Runs {
		for j, text := range strings.Split(r.Text, "\t") {
			if j > 0 {
				cells = append(cells, nil)
			}
			if text != "" {
				n := len(cells) - 1
				cells[n] = append(cells[n], desk.Segment{Text: text, Findings: r.Findings})
			}
		}
	}
	return cells
}

// runs gives stretches of text their marks.
func (s *setter) runs(segments []desk.Segment) []run {
	if s.clip {
		segments = s.listed(segments)
	}
	out := make([]run, 0, len(segments))
	for _, g := range segments {
		r := run{Text: g.Text}
		for _, id := range g.Findings {
			m, known := s.marks[id]
			if !known {
				continue
			}
			r.Marks = append([]mark{m}, r.Marks...) // the innermost first
			if s.last[id] == nil {
				r.Starts = append(r.Starts, id)
			}
		}
		out = append(out, r) // never grows: what points into it stays
		for _, m := range r.Marks {
			s.last[m.ID] = &out[len(out)-1]
		}
	}
	return out
}

// listed leaves of a text what surrounds the findings in the list.
func (s *setter) listed(segments []desk.Segment) []desk.Segment {
	var out []desk.Segment
	for _, g := range segments {
		g.Findings = slices.DeleteFunc(slices.Clone(g.Findings), func(id string) bool { return !s.marks[id].Here })
		if n := len(out); n > 0 && len(g.Findings) == 0 && len(out[n-1].Findings) == 0 {
			out[n-1].Text += g.Text
			continue
		}
		out = append(out, g)
	}
	for i := range out {
		if len(out[i].Findings) == 0 {
			out[i].Text = clipped(out[i].Text, i > 0, i+1 < len(out))
		}
	}
	return out
}

// clipped shortens plain text to what stands beside the findings before and after.
func clipped(text string, before, after bool) string {
	n := utf8.RuneCountInString(text)
	keep := longRun
	if before && after {
		keep *= 2
	}
	if n <= keep+10 {
		return text
	}
	switch {
	case before && after:
		return text[:byteOf(text, longRun)] + " … " + text[byteOf(text, n-longRun):]
	case after:
		return "… " + text[byteOf(text, n-longRun):]
	}
	return text[:byteOf(text, longRun)] + " …"
}
