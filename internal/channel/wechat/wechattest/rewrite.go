package wechattest

import (
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// rewrite does to content what WeChat does: scripts, most attributes, links to other sites
// and pictures from elsewhere go, pictures get data-src, and words new spans.
func rewrite(content string, pictures map[string]bool) string {
	nodes, err := html.ParseFragment(strings.NewReader(content), &html.Node{Type: html.ElementNode, Data: "body", DataAtom: atom.Body})
	if err != nil {
		return ""
	}
	top := &html.Node{Type: html.ElementNode, Data: "section", DataAtom: atom.Section, Attr: []html.Attribute{{Key: "data-role", Val: "outer"}}}
	for _, n := range nodes {
		move(top, n, pictures)
	}
	var out strings.Builder
	if html.Render(&out, top) != nil {
		return ""
	}
	return strings.ReplaceAll(out.String(), "  ", " &nbsp;")
}

func move(to, n *html.Node, pictures map[string]bool) {
	if n.Type == html.TextNode {
		to.AppendChild(words(to, n.Data))
		return
	}
	if n.Type != html.ElementNode || n.DataAtom == atom.Script || n.DataAtom == atom.Style {
		return
	}
	into := to
	if n.DataAtom != atom.A {
		into = &html.Node{Type: html.ElementNode, Data: n.Data, DataAtom: n.DataAtom}
		for _, a := range n.Attr {
			switch {
			case a.Key == "src" && pictures[a.Val]:
				into.Attr = append(into.Attr, html.Attribute{Key: "data-src", Val: a.Val}, html.Attribute{Key: "data-ratio", Val: "0.5"})
			case a.Key == "style" || a.Key == "colspan" || a.Key == "rowspan":
				into.Attr = append(into.Attr, a)
			}
		}
		if n.DataAtom == atom.Img && !pictures[source(n)] {
			return
		}
		to.AppendChild(into)
	}
	for child := range n.ChildNodes() {
		move(into, child, pictures)
	}
}

// words are put into spans where one may stand.
func words(to *html.Node, s string) *html.Node {
	text := &html.Node{Type: html.TextNode, Data: s}
	switch to.DataAtom {
	case atom.P, atom.Strong, atom.Td, atom.Li:
		span := &html.Node{Type: html.ElementNode, Data: "span", DataAtom: atom.Span, Attr: []html.Attribute{{Key: "leaf"}}}
		span.AppendChild(text)
		return span
	}
	return text
}

func source(n *html.Node) string {
	for _, a := range n.Attr {
		if a.Key == "src" {
			return a.Val
		}
	}
	return ""
}
