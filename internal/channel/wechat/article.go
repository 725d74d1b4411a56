package wechat

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"shenfa/internal/channel"
)

// Limits of an article, in characters and bytes: pages “新增草稿” and
// “上传图文消息内的图片获取URL” on developers.weixin.qq.com.
const (
	titleMax   = 32
	titleMost  = 64 // what the platform's own editor takes
	authorMax  = 16
	digestMax  = 120
	contentMax = 20_000 // everything counts, tags too; must be fewer
	contentCap = 1 << 20
	pictureCap = 1 << 20
)

// refParam is the parameter of the address behind “阅读原文” in which our mark stands: by it
// an article is found again, and nothing else of it is ours to choose.
const refParam = "ref"

// mark names a key in public. It is short, and nobody can tell the key from it.
func mark(key string) string {
	sum := sha256.Sum256([]byte("shenfa/wechat/" + key))
	return hex.EncodeToString(sum[:12])
}

// markOf is the mark in an address, or nothing.
func markOf(address string) string {
	u, err := url.Parse(html.UnescapeString(address))
	if err != nil {
		return ""
	}
	return u.Query().Get(refParam)
}

// article is an item as WeChat takes it. Pictures have no address yet.
type article struct {
	title, author, digest, source string
	top                           *html.Node // its children are the content
	pictures                      []picture
}

type picture struct {
	node *html.Node
	kind string // image/jpeg or image/png
	data []byte
}

// compose makes the article of an item. What WeChat cannot show as it was approved is
// refused.
func (c *Channel) compose(ctx context.Context, item channel.Item) (*article, error) {
	m := item.Manifest
	page := c.config.Portal + "/items/" + url.PathEscape(item.Number)
	a := &article{
		author: cut(c.config.Author, authorMax), digest: cut(m.Metadata.Summary, digestMax),
		source: page + "?" + refParam + "=" + mark(item.Key),
		top:    &html.Node{Type: html.ElementNode, Data: "section", DataAtom: atom.Section},
	}
	if a.title = cut(m.Metadata.Title, c.config.TitleMax); a.title != m.Metadata.Title {
		a.paragraph("strong", m.Metadata.Title) // whole, where there is room
	}
	if m.Metadata.DocumentNumber != "" {
		a.paragraph("", m.Metadata.DocumentNumber)
	}
	if m.Correction != "" {
		a.paragraph("", "更正说明："+m.Correction)
	}
	nodes, err := html.ParseFragment(bytes.NewReader(item.Body), &html.Node{Type: html.ElementNode, Data: "body", DataAtom: atom.Body})
	if err != nil {
		return nil, fmt.Errorf("%w: body: %w", channel.ErrRefused, err)
	}
	for _, n := range nodes {
		if err := a.take(ctx, a.top, n, item.Attachments); err != nil {
			return nil, err
		}
	}
	if len(item.Attachments) > 0 {
		a.paragraph("strong", "附件（请到原文页面下载）")
		for i, f := range item.Attachments {
			a.paragraph("", strconv.Itoa(i+1)+". "+f.Name)
		}
	}
	a.paragraph("", "原文："+page)
	content := a.content()
	if n := utf8.RuneCountInString(content); n >= contentMax || len(content) >= contentCap {
		return nil, fmt.Errorf("%w: %d characters of content, and WeChat takes fewer than %d", channel.ErrRefused, n, contentMax)
	}
	return a, nil
}

// Fits says whether the item can be shown on WeChat at all. It asks nobody.
func (c *Channel) Fits(ctx context.Context, item channel.Item) error {
	_, err := c.compose(ctx, item)
	return err
}

func (a *article) paragraph(inside, text string) {
	p := styled(atom.P)
	to := p
	if inside != "" {
		to = &html.Node{Type: html.ElementNode, Data: inside, DataAtom: atom.Lookup([]byte(inside))}
		p.AppendChild(to)
	}
	to.AppendChild(&html.Node{Type: html.TextNode, Data: text})
	a.top.AppendChild(p)
}

// styles are inline, for WeChat drops every other; and few, for they count as content.
var styles = map[atom.Atom]string{
	atom.P:     "margin:0 0 1em;line-height:1.8",
	atom.Table: "border-collapse:collapse;width:100%",
	atom.Td:    "border:1px solid #999;padding:4px",
	atom.Th:    "border:1px solid #999;padding:4px",
	atom.Img:   "max-width:100%",
	atom.Pre:   "white-space:pre-wrap",
	atom.Dd:    "margin:0 0 .5em 1em",
}

// plain are the elements that WeChat shows as they are. Of others the inside stays.
var plain = map[atom.Atom]bool{
	atom.P: true, atom.H1: true, atom.H2: true, atom.H3: true, atom.H4: true, atom.H5: true, atom.H6: true, atom.Br: true, atom.Hr: true,
	atom.Ul: true, atom.Ol: true, atom.Li: true, atom.Dl: true, atom.Dt: true, atom.Dd: true, atom.Blockquote: true, atom.Pre: true,
	atom.Code: true, atom.Strong: true, atom.Em: true, atom.B: true, atom.I: true, atom.U: true, atom.S: true, atom.Del: true,
	atom.Ins: true, atom.Sub: true, atom.Sup: true, atom.Table: true, atom.Caption: true, atom.Thead: true, atom.Tbody: true,
	atom.Tfoot: true, atom.Tr: true, atom.Td: true, atom.Th: true,
}

func styled(a atom.Atom) *html.Node {
	n := &html.Node{Type: html.ElementNode, Data: a.String(), DataAtom: a}
	if s := styles[a]; s != "" {
		n.Attr = []html.Attribute{{Key: "style", Val: s}}
	}
	return n
}

// take adds what n becomes on WeChat to the end of to.
func (a *article) take(ctx context.Context, to, n *html.Node, files []channel.Attachment) error {
	into := to
	switch {
	case n.Type == html.TextNode:
		to.AppendChild(&html.Node{Type: html.TextNode, Data: n.Data})
		return nil
	case n.Type != html.ElementNode || n.DataAtom == atom.Script || n.DataAtom == atom.Style:
		return nil
	case n.DataAtom == atom.Img:
		p, err := pictureOf(ctx, attr(n, "src"), files)
		if err != nil {
			return err
		}
		p.node = styled(atom.Img)
		to.AppendChild(p.node)
		a.pictures = append(a.pictures, p)
		return nil
	case plain[n.DataAtom]:
		into = styled(n.DataAtom)
		for _, keep := range []string{"colspan", "rowspan"} {
			if v := attr(n, keep); v != "" {
				into.Attr = append(into.Attr, html.Attribute{Key: keep, Val: v})
			}
		}
		to.AppendChild(into)
	}
	for child := range n.ChildNodes() {
		if err := a.take(ctx, into, child, files); err != nil {
			return err
		}
	}
	// Links to other sites do not work in an article: the address stands beside the words.
	if href := attr(n, "href"); n.DataAtom == atom.A && href != "" && strings.TrimSpace(text(n)) != href {
		into.AppendChild(&html.Node{Type: html.TextNode, Data: "（" + href + "）"})
	}
	return nil
}

// pictureOf finds the bytes of a picture: in the address itself, or among the attachments.
func pictureOf(ctx context.Context, src string, files []channel.Attachment) (p picture, err error) {
	refuse := func(why string) (picture, error) {
		return picture{}, fmt.Errorf("%w: a picture of the body %s", channel.ErrRefused, why)
	}
	switch inline, isInline := strings.CutPrefix(src, "data:"); {
	case isInline:
		_, encoded, found := strings.Cut(inline, ";base64,")
		if p.data, err = base64.StdEncoding.DecodeString(encoded); !found || err != nil {
			return refuse("cannot be read")
		}
	default:
		name, err := url.PathUnescape(src[strings.LastIndex(src, "/")+1:])
		if err != nil {
			return refuse("has no valid address")
		}
		for _, f := range files {
			if f.Name != name {
				continue
			}
			if p.data, err = f.Open(ctx); err != nil {
				return p, fmt.Errorf("picture: %w", err)
			}
		}
		if p.data == nil {
			return refuse("is not an attachment")
		}
	}
	if p.kind = http.DetectContentType(p.data); p.kind != "image/jpeg" && p.kind != "image/png" {
		return refuse("is neither JPEG nor PNG")
	}
	if len(p.data) >= pictureCap {
		return refuse("has 1 MiB or more")
	}
	return p, nil
}

func attr(n *html.Node, key string) string {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}

func text(n *html.Node) string {
	var out strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.TextNode {
			out.WriteString(d.Data)
		}
	}
	return out.String()
}

func (a *article) content() string {
	var out strings.Builder
	// Into memory, from a tree of our own: it cannot fail.
	_ = html.Render(&out, a.top)
	return out.String()
}

// print names what would be sent, pictures by their bytes. It must be taken before the
// pictures have addresses.
func (a *article) print() string {
	h := sha256.New()
	fields := []string{a.title, a.author, a.digest, a.source, a.content()}
	for _, p := range a.pictures {
		fields = append(fields, fmt.Sprintf("%x", sha256.Sum256(p.data)))
	}
	_ = json.NewEncoder(h).Encode(fields) // a hash takes everything
	return hex.EncodeToString(h.Sum(nil))
}

// cut shortens s to at most n characters, and shows that it did.
func cut(s string, n int) string {
	r := []rune(s)
	if len(r) <= n {
		return s
	}
	return string(r[:n-1]) + "…"
}
