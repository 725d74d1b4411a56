package wechat

import (
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"strings"
	"unicode"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// shown is an article as WeChat hands it back.
type shown struct {
	Title   string `json:"title"`
	Content string `json:"content"`
	Source  string `json:"content_source_url"`
	URL     string `json:"url"`
	Deleted bool   `json:"is_deleted"`
}

// gist is what must be the same in what we sent and in what is shown: the title, every
// character that has ink, and how many pictures there are. WeChat rewrites the markup, so
// nothing else can be compared.
func gist(title, content string) string {
	h := sha256.New()
	h.Write([]byte(inked(title) + "\n"))
	pictures := 0
	nodes, err := html.ParseFragment(strings.NewReader(content), &html.Node{Type: html.ElementNode, Data: "body", DataAtom: atom.Body})
	if err != nil {
		h.Write([]byte(content)) // equal to nothing that we send
	}
	var walk func(n *html.Node)
	walk = func(n *html.Node) {
		switch {
		case n.Type == html.TextNode:
			h.Write([]byte(inked(n.Data)))
		case n.DataAtom == atom.Img:
			pictures++
		}
		for child := range n.ChildNodes() {
			walk(child)
		}
	}
	for _, n := range nodes {
		walk(n)
	}
	h.Write([]byte("\n" + strconv.Itoa(pictures)))
	return hex.EncodeToString(h.Sum(nil))
}

// inked drops what no reader sees: spaces, and marks without width.
func inked(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || unicode.Is(unicode.Cf, r) {
			return -1
		}
		return r
	}, s)
}
