package portal

import (
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// checkPage reads a page twice, as it is written and as a browser understands it. Both
// must be the same tree: what a parser has to mend is not valid. On the tree stand the
// rules of our own: nothing that runs, loads from elsewhere or styles in place; ids
// once; headings in order; a name for everything that can be used.
func checkPage(t *testing.T, rec *httptest.ResponseRecorder) {
	t.Helper()
	require.Equal(t, pagePolicy, rec.Header().Get("Content-Security-Policy"))
	require.Equal(t, htmlType, rec.Header().Get("Content-Type"))
	require.Equal(t, "Accept-Language", rec.Header().Get("Vary"))
	text := rec.Body.String()
	require.True(t, strings.HasPrefix(text, "<!doctype html>\n<html lang=\""+rec.Header().Get("Content-Language")+"\">"))
	require.NotContains(t, text, "%!", "a word is not filled")
	require.Empty(t, faults(text))
}

func attr(n *html.Node, name string) (string, bool) {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val, true
		}
	}
	return "", false
}

// words are what a reader hears of n.
func words(n *html.Node) string {
	if label, ok := attr(n, "aria-label"); ok {
		return strings.TrimSpace(label)
	}
	var b strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.TextNode {
			b.WriteString(d.Data)
		}
	}
	return strings.TrimSpace(b.String())
}

// content is the approved text, which stays as it was approved.
func content(n *html.Node) bool {
	class, _ := attr(n, "class")
	return class == "text"
}

// step is one element and how deep it stands.
type step struct {
	depth int
	name  string
}

var void = []string{"area", "br", "col", "hr", "img", "input", "link", "meta", "source", "track", "wbr", "path"}

// written reads the tree off the tags as they stand.
func written(text string) (tree []step, problems []string) {
	var open []string
	skipped := 0 // depth of the content we are in
	z := html.NewTokenizer(strings.NewReader(text))
	for {
		kind := z.Next()
		if kind == html.ErrorToken {
			if len(open) > 0 {
				problems = append(problems, "never closed: "+strings.Join(open, " "))
			}
			return tree, problems
		}
		token := z.Token()
		switch kind {
		case html.StartTagToken, html.SelfClosingTagToken:
			if skipped == 0 {
				tree = append(tree, step{len(open), token.Data})
				seen := map[string]bool{}
				for _, a := range token.Attr {
					if seen[a.Key] {
						problems = append(problems, "attribute twice: "+a.Key)
					}
					seen[a.Key] = true
				}
			}
			if slices.Contains(void, token.Data) {
				continue
			}
			open = append(open, token.Data)
			if skipped == 0 && content(&html.Node{Attr: token.Attr}) {
				skipped = len(open)
			}
		case html.EndTagToken:
			if len(open) == 0 || open[len(open)-1] != token.Data {
				if skipped > 0 && token.Data != "div" {
					continue // the content has its own rules
				}
				problems = append(problems, "</"+token.Data+"> closes "+strings.Join(open, " "))
				continue
			}
			if len(open) == skipped {
				skipped = 0
			}
			open = open[:len(open)-1]
		}
	}
}

// understood is the tree as a browser builds it.
func understood(n *html.Node, depth int, tree []step) []step {
	for c := range n.ChildNodes() {
		if c.Type != html.ElementNode {
			continue
		}
		tree = append(tree, step{depth, c.Data})
		if !content(c) {
			tree = understood(c, depth+1, tree)
		}
	}
	return tree
}

// faults lists what is wrong with a page.
func faults(text string) []string {
	tree, all := written(text)
	root, err := html.Parse(strings.NewReader(text))
	if err != nil {
		return append(all, err.Error())
	}
	fault := func(parts ...string) { all = append(all, strings.Join(parts, " ")) }
	parsed := understood(root, 0, nil)
	for i := range max(len(tree), len(parsed)) {
		if i >= len(tree) || i >= len(parsed) || tree[i] != parsed[i] {
			fault("the parser has to mend the page at", strings.Join(names(tree[max(0, min(i, len(tree))-3):min(i+2, len(tree))]), " "))
			break
		}
	}
	ids := map[string]bool{}
	labelled := map[string]bool{}
	var refers []string
	level, first := 0, 0
	for n := range root.Descendants() {
		if n.Type != html.ElementNode {
			continue
		}
		inContent := slices.ContainsFunc(slices.Collect(n.Ancestors()), content)
		switch n.DataAtom {
		case atom.Script, atom.Style, atom.Iframe, atom.Object, atom.Base, atom.Embed, atom.Frame:
			fault("<" + n.Data + ">")
		case atom.Label:
			id, _ := attr(n, "for")
			labelled[id] = words(n) != ""
			refers = append(refers, id)
		case atom.Img:
			if _, ok := attr(n, "alt"); !ok {
				fault("<img> without alt")
			}
		case atom.Svg:
			if hidden, _ := attr(n, "aria-hidden"); hidden != "true" && words(n) == "" {
				fault("<svg> says nothing")
			}
		case atom.A, atom.Button, atom.Nav, atom.Title, atom.Caption, atom.H1, atom.H2, atom.H3:
			if words(n) == "" && !inContent {
				fault("<" + n.Data + "> without words")
			}
		case atom.Form:
			if method, _ := attr(n, "method"); method != "get" {
				fault("a form that does not ask by GET")
			}
		case atom.Table:
			if caption := n.FirstChild; !inContent && (caption == nil || caption.DataAtom != atom.Caption) {
				fault("<table> without caption")
			}
		case atom.Th:
			if scope, _ := attr(n, "scope"); !inContent && scope != "row" && scope != "col" {
				fault("<th> without scope")
			}
		}
		if heading := len(n.Data) == 2 && n.Data[0] == 'h' && n.Data[1] >= '1' && n.Data[1] <= '6'; heading && !inContent {
			next := int(n.Data[1] - '0')
			if next > level+1 {
				fault("<"+n.Data+"> after a heading two levels above:", words(n))
			}
			if next == 1 {
				first++
			}
			level = next
		}
		for _, a := range n.Attr {
			switch {
			case strings.HasPrefix(a.Key, "on"), a.Key == "style":
				fault("<"+n.Data, a.Key+">")
			case a.Key == "id":
				if ids[a.Val] || a.Val == "" || strings.ContainsAny(a.Val, " \t\n") {
					fault("id twice, empty or with a space:", a.Val)
				}
				ids[a.Val] = true
			case a.Key == "aria-labelledby":
				refers = append(refers, a.Val)
			case a.Key == "lang" && a.Val != "zh-CN" && a.Val != "en":
				fault("lang", a.Val)
			case a.Key == "href" && strings.HasPrefix(a.Val, "#"):
				refers = append(refers, a.Val[1:])
			case a.Key == "href" || a.Key == "action" || a.Key == "src":
				if !strings.HasPrefix(a.Val, "/") || strings.HasPrefix(a.Val, "//") {
					fault("leads elsewhere:", a.Val)
				}
			}
		}
	}
	for n := range root.Descendants() {
		kind, _ := attr(n, "type")
		id, _ := attr(n, "id")
		if (n.DataAtom == atom.Input || n.DataAtom == atom.Select || n.DataAtom == atom.Textarea) && kind != "hidden" && !labelled[id] {
			fault("a field without a label:", id)
		}
	}
	if first != 1 {
		fault("not one <h1>")
	}
	if !slices.Contains(refers, "main") {
		fault("no way past the head of the page")
	}
	for _, id := range refers {
		if !ids[id] {
			fault("leads nowhere: #" + id)
		}
	}
	return all
}

func names(tree []step) []string {
	var all []string
	for _, s := range tree {
		all = append(all, s.name)
	}
	return all
}

// The validator finds what it is there to find.
func TestTheValidatorFindsFaults(t *testing.T) {
	t.Parallel()

	page := func(body string) string {
		return `<!doctype html><html lang="en"><head><title>t</title></head><body><a href="#main">skip</a><main id="main"><h1>h</h1>` + body + `</main></body></html>`
	}
	require.Empty(t, faults(page(`<p>fine</p><ul><li>a</li></ul>`)))
	for body, want := range map[string]string{
		`<p><ul></ul></p>`:   "mend",
		`<div><p>open</div>`: "closes",
		`<table><caption>c</caption><tr><td>1</td></tr></table>`: "mend",
		`<table><tbody><tr><td>1</td></tr></tbody></table>`:      "caption",
		`<p id="a"></p><p id="a"></p>`:                           "twice",
		`<h3>three</h3>`:                                         "two levels",
		`<h1>again</h1>`:                                         "not one",
		`<img src="/a">`:                                         "alt",
		`<input id="q">`:                                         "label",
		`<p style="x">`:                                          "style",
		`<p onclick="x"></p>`:                                    "onclick",
		`<script></script>`:                                      "script",
		`<a href="/a"></a>`:                                      "words",
		`<a href="https://a.example">a</a>`:                      "elsewhere",
		`<a href="#none">a</a>`:                                  "nowhere",
		`<p lang="xx"></p>`:                                      "lang",
	} {
		require.Contains(t, strings.Join(faults(page(body)), "; "), want, body)
	}
}

func TestEveryPageIsValidInBothLanguages(t *testing.T) {
	t.Parallel()

	b := setup(t, func(o *Options) {
		o.Site = "云川市栖岭区应急管理局"
		o.Office = Office{Name: "办公室", Address: "示例路 1 号", Hours: "9:00 至 17:00", Phone: "000-0000", Fax: "000-0001", Postcode: "000000", Email: "office@example.com"}
	})
	b.corrected(t)
	b.fill(2*pageSize + 1)
	for _, address := range []string{
		"/", "/?before=1", public, public + "/print", corrected, corrected + "/print", "/kinds/notice", "/kinds/policy", "/kinds/notice?before=60",
		"/topics", found[1], "/search", "/search?q=%22%3E%3Cscript%3E", found[2], "/guide", "/catalogue", "/catalogue?before=50", "/none", unreleased,
	} {
		for _, lang := range []string{"", "zh", "en"} {
			target := address
			if lang != "" {
				target = withLanguage(address, lang)
			}
			checkPage(t, b.get(target))
			checkPage(t, b.get(target, "Accept-Language", "en-GB,en;q=0.9"))
		}
	}
}
