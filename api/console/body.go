package console

import (
	"bytes"
	"fmt"
	"html/template"
	"slices"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// body shows a document inside one of our pages. It was sanitised when it was
// written; here it is closed again after itself, loses every name it might share
// with our own page, and its headings sink below ours. Not a word changes.
func body(raw []byte) (template.HTML, error) {
	box, err := settled(raw)
	if err != nil {
		return "", err
	}
	return rendered(box)
}

// settled is a box with such a document in it.
func settled(raw []byte) (*html.Node, error) {
	box := &html.Node{Type: html.ElementNode, Data: "div", DataAtom: atom.Div}
	nodes, err := html.ParseFragment(bytes.NewReader(raw), box)
	if err != nil {
		return nil, fmt.Errorf("parse body: %w", err)
	}
	top := 6
	for _, n := range nodes {
		top = min(top, highest(n))
	}
	for _, n := range nodes {
		box.AppendChild(n)
		settle(n, top)
	}
	return box, nil
}

// rendered writes what is in a box.
func rendered(box *html.Node) (template.HTML, error) {
	var out strings.Builder
	for n := range box.ChildNodes() {
		if err := html.Render(&out, n); err != nil {
			return "", fmt.Errorf("render body: %w", err)
		}
	}
	return template.HTML(out.String()), nil //nolint:gosec // sanitised when it was written, and settled
}

// firstHeading is the level of a document's first heading on our page.
const firstHeading = 3

// highest finds the level of the most important heading in n, or 6.
func highest(n *html.Node) int {
	level := 6
	if l := headingLevel(n); l > 0 {
		level = l
	}
	for child := range n.ChildNodes() {
		level = min(level, highest(child))
	}
	return level
}

func headingLevel(n *html.Node) int {
	if n.Type == html.ElementNode && len(n.Data) == 2 && n.Data[0] == 'h' && n.Data[1] >= '1' && n.Data[1] <= '6' {
		return int(n.Data[1] - '0')
	}
	return 0
}

func settle(n *html.Node, top int) {
	if l := headingLevel(n); l > 0 {
		n.Data = "h" + string(rune('0'+min(6, l-top+firstHeading)))
		n.DataAtom = atom.Lookup([]byte(n.Data))
	}
	n.Attr = slices.DeleteFunc(n.Attr, func(a html.Attribute) bool {
		return !slices.Contains([]string{"href", "rel", "colspan", "rowspan", "src", "alt", "title", "lang"}, a.Key)
	})
	for child := range n.ChildNodes() {
		settle(child, top)
	}
}
