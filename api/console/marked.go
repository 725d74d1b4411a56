package console

import (
	"bytes"
	"fmt"
	"html/template"
	"slices"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"shenfa/internal/desk"
)

// marked shows the visible body of a file as a page with its findings in it. The
// page and the part hold the same words; the part alone says where findings stand.
// ok is false if the two cannot be laid over each other: then the part is shown.
func (s *setter) marked(page string, p desk.ReadingPart) (out template.HTML, ok bool, err error) {
	box, err := settled([]byte(page))
	if err != nil {
		return "", false, err
	}
	c := newCursor(p)
	for _, n := range texts(box) {
		c.lay(n)
	}
	if !c.covered() {
		return "", false, nil
	}
	type place struct {
		node *html.Node
		runs []run
	}
	var places []place
	for _, l := range c.laid {
		places = append(places, place{l.node, s.runs(l.segments)})
	}
	s.finish()
	for _, p := range places {
		for _, r := range p.runs {
			var b bytes.Buffer
			if err := templates["findings"].ExecuteTemplate(&b, "run", r); err != nil {
				return "", false, fmt.Errorf("render mark: %w", err)
			}
			p.node.Parent.InsertBefore(&html.Node{Type: html.RawNode, Data: b.String()}, p.node)
		}
		p.node.Parent.RemoveChild(p.node)
	}
	out, err = rendered(box)
	return out, true, err
}

// texts are the text nodes below n, or n itself. Links lose their way: a mark leads
// to its finding, and cannot stand in another link.
func texts(n *html.Node) (all []*html.Node) {
	if n.Type == html.TextNode {
		return []*html.Node{n}
	}
	if n.DataAtom == atom.A {
		n.Data, n.DataAtom, n.Attr = "span", atom.Span, nil
	}
	for child := range n.ChildNodes() {
		all = append(all, texts(child)...)
	}
	return all
}

// cursor walks through the letters of a part while a page is laid over it.
type cursor struct {
	part    desk.ReadingPart
	letters []rune // without spaces
	of      []int  // segment of each
	met     []int  // letters of each segment that were laid
	want    []int  // letters of each segment
	at      int
	skipped int
	laid    []laid
}

// laid is a text node with the segments it is made of.
type laid struct {
	node     *html.Node
	segments []desk.Segment
}

func newCursor(p desk.ReadingPart) *cursor {
	c := &cursor{part: p, met: make([]int, len(p.Segments)), want: make([]int, len(p.Segments))}
	for i, g := range p.Segments {
		for _, r := range g.Text {
			if !unicode.IsSpace(r) {
				c.letters, c.of = append(c.letters, r), append(c.of, i)
				c.want[i]++
			}
		}
	}
	return c
}

// lay puts a text node over the letters that come next. Signs of markup may be
// skipped; a node that is not in the part stays as it is.
func (c *cursor) lay(n *html.Node) {
	var letters []rune
	for _, r := range n.Data {
		if !unicode.IsSpace(r) {
			letters = append(letters, r)
		}
	}
	if len(letters) == 0 || n.Parent == nil {
		return
	}
	at := c.at
	for !slices.Equal(c.letters[at:min(at+len(letters), len(c.letters))], letters) {
		if at == len(c.letters) || c.letters[at] > unicode.MaxASCII || unicode.IsLetter(c.letters[at]) {
			return
		}
		at++
	}
	c.skipped += at - c.at
	c.laid = append(c.laid, laid{n, c.segments(n.Data, at)})
	c.at = at + len(letters)
}

// segments divides the text of a node as the letters from at on are divided. Spaces
// at the edge of a finding are left outside it.
func (c *cursor) segments(text string, at int) (out []desk.Segment) {
	start, now, after := 0, -1, 0 // after: the byte after the last letter
	cut := func(end int) {
		if end > start {
			g := desk.Segment{Text: text[start:end]}
			if now >= 0 {
				g.Findings = c.part.Segments[now].Findings
			}
			out, start = append(out, g), end
		}
	}
	for i, r := range text {
		if unicode.IsSpace(r) {
			continue
		}
		if next := c.of[at]; next != now {
			if now >= 0 && len(c.part.Segments[now].Findings) > 0 {
				cut(after)
				now = -1
			}
			cut(i)
			now = next
		}
		c.met[now]++
		at++
		after = i + utf8.RuneLen(r)
	}
	cut(after)
	now = -1
	cut(len(text))
	return out
}

// covered says whether every finding was laid completely, and most of the rest.
func (c *cursor) covered() bool {
	met := c.skipped
	for i, g := range c.part.Segments {
		if len(g.Findings) > 0 && c.met[i] < c.want[i] {
			return false
		}
		met += c.met[i]
	}
	return len(c.laid) > 0 && met*10 >= len(c.letters)*9
}
