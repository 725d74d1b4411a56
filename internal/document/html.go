package document

import (
	"encoding/base64"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/microcosm-cc/bluemonday"
	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// openHTML opens a page or a fragment. Style sheets are not applied: what only
// they would hide stays in the body, and is checked and published as text.
func (o *opening) openHTML(source string) (Document, error) {
	tree, err := html.ParseWithOptions(metered{strings.NewReader(source), o}, html.ParseOptionEnableScripting(false))
	if err != nil {
		if o.spent != nil {
			return Document{}, o.spent
		}
		return Document{}, unreadable("too_deep", "html")
	}
	w := pageWalk{limits: o.limits, attributes: map[string][]string{}}
	if err := w.walk(tree, 0, false); err != nil {
		return Document{}, err
	}
	prune(tree)
	var clean strings.Builder
	if err := html.Render(&clean, tree); err != nil {
		return Document{}, unreadable("damaged", "html")
	}
	var p parts
	p.all = []Part{{Name: "body", Text: tidy(w.body.String())}}
	p.add("title", false, w.title.String())
	p.add("hidden text", true, w.hidden.String())
	for i, c := range w.comments {
		name := "html comment %d"
		if signpost(c) {
			name = "attribute comment %d"
		}
		p.add(fmt.Sprintf(name, i+1), true, c)
	}
	p.add("script", true, w.script.String())
	p.add("script behind escapes", true, unescaped(w.script.String()))
	p.add("style", true, w.style.String())
	for _, name := range w.names {
		part := "attribute " + name
		if slices.Contains([]string{"href", "src", "action", "formaction", "cite", "poster", "srcset"}, name) {
			part = "link target " + name
		}
		p.add(part, true, strings.Join(w.attributes[name], "\n"))
	}
	for _, e := range w.embedded {
		p.unread("embedded object "+e, true, e, "unsupported_type")
	}
	for _, e := range w.pictures {
		p.unread("image", false, e, "image")
	}
	for i, in := range w.inside {
		if err := o.enter(&p, fmt.Sprintf("%s %d", in.what, i+1), in.hidden, in.name, in.data); err != nil {
			return Document{}, err
		}
	}
	return Document{
		Kind: HTML, MediaType: "text/html; charset=utf-8", Parts: p.all,
		html: strings.TrimSpace(policy().Sanitize(clean.String())),
	}, nil
}

// signpost says whether a comment only marks where a stretch of the page begins
// or ends, as systems that make pages write them.
func signpost(c string) bool {
	const most = 16
	c = strings.ToLower(tidy(c))
	return len([]rune(c)) <= most && !strings.ContainsAny(c, "0123456789") &&
		slices.ContainsFunc([]string{"开始", "结束", "begin", "start", "end"}, func(w string) bool { return strings.HasSuffix(c, w) || strings.HasPrefix(c, w+" ") })
}

// policy lets structure and plain links through, nothing that acts, loads or styles.
func policy() *bluemonday.Policy {
	p := bluemonday.NewPolicy()
	p.AllowElements("p", "h1", "h2", "h3", "h4", "h5", "h6", "br", "hr", "ul", "ol", "li", "dl", "dt", "dd",
		"blockquote", "pre", "code", "strong", "em", "b", "i", "u", "s", "del", "ins", "sub", "sup",
		"table", "caption", "thead", "tbody", "tfoot", "tr", "td", "th")
	p.AllowAttrs("colspan", "rowspan").Matching(bluemonday.Integer).OnElements("td", "th")
	p.AllowAttrs("href").OnElements("a")
	p.AllowURLSchemes("https", "http", "mailto")
	p.RequireParseableURLs(true)
	p.RequireNoFollowOnLinks(true)
	p.RequireNoReferrerOnLinks(true)
	p.AddSpaceWhenStrippingTag(false)
	return p
}

type pageWalk struct {
	limits              Limits
	body, hidden, title strings.Builder
	script, style       strings.Builder
	comments            []string
	names               []string // of attributes, in order of appearance
	attributes          map[string][]string
	embedded, pictures  []string
	inside              []inner
}

// inner is a file written into an attribute.
type inner struct {
	what, name string
	hidden     bool
	data       []byte
}

func (w *pageWalk) walk(n *html.Node, depth int, hidden bool) error {
	if depth > w.limits.Depth {
		return unreadable("too_deep", "html")
	}
	out := &w.body
	if hidden {
		out = &w.hidden
	}
	switch n.Type {
	case html.CommentNode:
		w.comments = append(w.comments, n.Data)
	case html.TextNode:
		w.text(n, out)
	case html.ElementNode:
		hidden = hidden || isHidden(n)
		if hidden {
			out = &w.hidden
		}
		w.attrs(n)
		if n.DataAtom == atom.Br || block(n) {
			out.WriteByte('\n')
		}
	}
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		if err := w.walk(c, depth+1, hidden); err != nil {
			return err
		}
	}
	if n.Type == html.ElementNode && block(n) {
		out.WriteByte('\n')
	}
	return nil
}

func (w *pageWalk) text(n *html.Node, out *strings.Builder) {
	switch parent := n.Parent; {
	case parent == nil:
	case parent.DataAtom == atom.Script:
		w.script.WriteString(n.Data + "\n")
	case parent.DataAtom == atom.Style:
		w.style.WriteString(n.Data + "\n")
	case parent.DataAtom == atom.Title && parent.Namespace == "":
		w.title.WriteString(n.Data)
	case inside(parent, atom.Pre) || inside(parent, atom.Textarea):
		out.WriteString(n.Data)
	default:
		// Source line breaks mean nothing in HTML.
		out.WriteString(strings.NewReplacer("\r\n", " ", "\n", " ", "\r", " ").Replace(n.Data))
	}
}

func inside(n *html.Node, a atom.Atom) bool {
	for ; n != nil; n = n.Parent {
		if n.DataAtom == a {
			return true
		}
	}
	return false
}

func (w *pageWalk) attrs(n *html.Node) {
	switch n.DataAtom {
	case atom.Object, atom.Embed, atom.Iframe, atom.Frame, atom.Applet, atom.Audio, atom.Video:
		w.embedded = append(w.embedded, n.Data)
	case atom.Img, atom.Image, atom.Canvas, atom.Svg: // outlines may draw letters
		if !slices.ContainsFunc(n.Attr, func(a html.Attribute) bool { return strings.HasPrefix(strings.TrimSpace(a.Val), "data:") }) {
			w.pictures = append(w.pictures, n.Data)
		}
	}
	for _, a := range n.Attr {
		value := a.Val
		if strings.HasPrefix(strings.ToLower(strings.TrimSpace(value)), "data:") {
			w.dataURL(n, strings.TrimSpace(value))
			continue
		}
		if a.Key == "srcdoc" {
			w.inside = append(w.inside, inner{"inner page", "page.html", false, []byte("<html>" + value)})
		}
		if strings.TrimSpace(value) == "" {
			continue
		}
		if _, ok := w.attributes[a.Key]; !ok {
			w.names = append(w.names, a.Key)
		}
		w.attributes[a.Key] = append(w.attributes[a.Key], value)
	}
}

// dataURL keeps the file in a data URL for opening (RFC 2397).
func (w *pageWalk) dataURL(n *html.Node, value string) {
	head, body, _ := strings.Cut(value, ",")
	in := inner{what: "embedded object", name: "data", hidden: true}
	if n.DataAtom == atom.Img || n.DataAtom == atom.Image {
		in.what, in.hidden = "image", false
	}
	raw, err := url.PathUnescape(body)
	if err == nil && strings.HasSuffix(strings.ToLower(head), ";base64") {
		in.data, err = base64.RawStdEncoding.DecodeString(strings.TrimRight(strings.Join(strings.Fields(raw), ""), "="))
	} else {
		in.data = []byte(raw)
	}
	if err != nil {
		w.embedded = append(w.embedded, head[:min(len(head), 80)])
		return
	}
	w.inside = append(w.inside, in)
}

var invisible = regexp.MustCompile(`(?i)(?:display:none|visibility:(?:hidden|collapse)|opacity:0*\.?0*(?:;|!|$)|font-size:0*\.?0*[01]?(?:px|pt|em|rem|%)?(?:;|!|$)|font:0|text-indent:-[0-9]{3,}|(?:left|top):-[0-9]{3,}|transform:scale\(0\)|clip:rect\(0|clip-path:inset\((?:50|100)%|(?:max-)?(?:height|width):0(?:px|pt|%)?(?:;|!|$)|(?:^|;)color:(?:#fff(?:fff)?|#f[a-f5-9]f[a-f5-9]f[a-f5-9]|white|transparent)(?:;|!|$)|(?:^|;)color:(?:rgba?\(255,255,255[,)]|rgba\([0-9,.]*,0\)))`)

// isHidden says whether an element's own attributes keep it from the reader.
func isHidden(n *html.Node) bool {
	if slices.Contains([]atom.Atom{atom.Template, atom.Noscript, atom.Datalist, atom.Noframes}, n.DataAtom) {
		return true
	}
	input, hiddenInput := n.DataAtom == atom.Input, false
	if n.DataAtom == atom.Dialog && !slices.ContainsFunc(n.Attr, func(a html.Attribute) bool { return a.Key == "open" }) {
		return true
	}
	for _, a := range n.Attr {
		switch {
		case a.Key == "hidden":
			return true
		case n.DataAtom == atom.Font && a.Key == "color" && isWhite(hexColor(a.Val)):
			return true
		case a.Key == "type" && strings.EqualFold(a.Val, "hidden"):
			hiddenInput = true
		case a.Key == "style":
			css := strings.Map(func(r rune) rune {
				if r <= ' ' {
					return -1
				}
				return r
			}, a.Val)
			// White on a colour of its own is how headings of tables look.
			if m := invisible.FindString(css); m != "" && !(strings.Contains(m, "color:") && strings.Contains(css, "background")) {
				return true
			}
		}
	}
	return input && hiddenInput
}

// prune removes what a reader does not see, so that no sanitiser can bring it back.
func prune(n *html.Node) {
	for c := n.FirstChild; c != nil; {
		next := c.NextSibling
		if c.Type == html.CommentNode || c.Type == html.ElementNode && (isHidden(c) ||
			slices.Contains([]atom.Atom{atom.Script, atom.Style, atom.Title}, c.DataAtom)) {
			n.RemoveChild(c)
		} else {
			prune(c)
		}
		c = next
	}
}

func block(n *html.Node) bool {
	switch n.DataAtom {
	case atom.P, atom.Div, atom.Li, atom.Ul, atom.Ol, atom.Dl, atom.Dt, atom.Dd, atom.Tr, atom.Td, atom.Th, atom.Table,
		atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6, atom.Blockquote, atom.Pre, atom.Section, atom.Article,
		atom.Header, atom.Footer, atom.Main, atom.Nav, atom.Aside, atom.Form, atom.Hr, atom.Option, atom.Textarea,
		atom.Caption, atom.Figure, atom.Figcaption, atom.Address, atom.Fieldset, atom.Legend, atom.Details, atom.Summary:
		return true
	}
	return false
}
