package pdf

import (
	"cmp"
	"html"
	"slices"
	"strings"
	"unicode"
)

// row is a line with the characters it is made of, by their place in the list.
type row struct {
	Line
	glyphs []int
}

// lines makes lines of the characters that are wanted.
func (s *scene) lines(glyphs []glyph, wanted func(glyph) bool) []Line {
	var lines []Line
	for _, r := range s.rows(glyphs, wanted) {
		lines = append(lines, r.Line)
	}
	return lines
}

func (s *scene) rows(glyphs []glyph, wanted func(glyph) bool) []row {
	turn, crop := number(s.m.call("FPDFPage_GetRotation", s.page)), s.crop()
	var lines []row
	var run strings.Builder
	var box Box
	var members []int
	started := false
	flush := func() {
		if text := strings.TrimSpace(run.String()); text != "" {
			lines = append(lines, row{Line{Text: text, Box: box}, members})
		}
		run.Reset()
		members = nil
		started = false
	}
	var last Box
	for i, g := range glyphs {
		switch {
		case g.r == '\n' || g.r == '\r':
			flush()
		case g.blank():
			if started {
				run.WriteByte(' ')
			}
		case !wanted(g):
			if started {
				run.WriteByte(' ') // what is left out must not glue its neighbours together
			}
		default:
			b := s.upright(g.box, turn, crop)
			if started && apart(last, b) {
				flush()
			}
			if started {
				box = box.join(b)
			} else {
				box, started = b, true
			}
			last = b
			run.WriteRune(g.r)
			members = append(members, i)
		}
	}
	flush()
	for i := range lines {
		lines[i].Text = strings.Join(strings.Fields(lines[i].Text), " ")
	}
	return ordered(lines)
}

// apart says whether b, drawn after a, does not continue its line.
func apart(a, b Box) bool {
	size := max(a.height(), a.width(), b.height(), b.width())
	return b.Right < a.Left-size || b.Bottom > a.Top+size || b.Top < a.Bottom-size
}

// ordered puts lines into reading order, unless columns or tables stand side by
// side: those are left as they are drawn. Pieces that touch on one line are
// joined first, so that digits drawn one by one, and backwards, are a number.
func ordered(lines []row) []row {
	if len(lines) < 2 {
		return lines
	}
	sorted := slices.Clone(lines)
	slices.SortStableFunc(sorted, func(a, b row) int { return cmp.Compare(b.Box.centre().y, a.Box.centre().y) })
	var out []row
	for len(sorted) > 0 {
		n := 1
		for n < len(sorted) && level(sorted[0].Box, sorted[n].Box) {
			n++
		}
		side := sorted[:n]
		sorted = sorted[n:]
		slices.SortStableFunc(side, func(a, b row) int { return cmp.Compare(a.Box.Left, b.Box.Left) })
		whole := side[0]
		for _, l := range side[1:] {
			size := max(min(whole.Box.height(), l.Box.height()), 4)
			gap := l.Box.Left - whole.Box.Right
			if gap > size || gap < -size {
				return lines // side by side
			}
			if gap > size/4 {
				whole.Text += " "
			}
			whole.Text += l.Text
			whole.Box = whole.Box.join(l.Box)
			whole.glyphs = append(slices.Clip(whole.glyphs), l.glyphs...)
		}
		out = append(out, whole)
	}
	return out
}

// level says whether two boxes stand on one line.
func level(a, b Box) bool {
	common := min(a.Top, b.Top) - max(a.Bottom, b.Bottom)
	return common > 0 && common >= 0.6*min(a.height(), b.height())
}

// HTML is the visible text as plain paragraphs, always the same for the same
// file. A line that reaches the right margin runs on in the next.
func (d Document) HTML() string {
	var b strings.Builder
	for _, p := range d.Pages {
		margin := 0.0
		for _, l := range p.Lines {
			margin = max(margin, l.Box.Right)
		}
		var paragraph strings.Builder
		flush := func() {
			if paragraph.Len() > 0 {
				b.WriteString("<p>" + html.EscapeString(paragraph.String()) + "</p>\n")
				paragraph.Reset()
			}
		}
		for i, l := range p.Lines {
			if i > 0 && !runsOn(p.Lines[i-1], l, margin) {
				flush()
			}
			if before := paragraph.String(); before != "" && latin(before[len(before)-1]) && latin(l.Text[0]) {
				paragraph.WriteByte(' ')
			}
			paragraph.WriteString(tidy(l.Text))
		}
		flush()
	}
	return b.String()
}

func runsOn(a, b Line, margin float64) bool {
	size := max(a.Box.height(), b.Box.height())
	const full = 15 // characters; a shorter line ends because its text does
	return a.Box.width() >= full*size && a.Box.Right >= margin-2*size && b.Box.Left <= a.Box.Left+size && a.Box.Bottom-b.Box.Top < 1.5*size && b.Box.Top < a.Box.Top
}

func latin(c byte) bool { return c < unicode.MaxASCII && c > ' ' }
