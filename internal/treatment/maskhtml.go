package treatment

import (
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// parting are the elements of a page that part the text before them from the text
// after them.
var parting = set("p div li ul ol dl dt dd tr td th table h1 h2 h3 h4 h5 h6 blockquote pre section article header footer main nav aside form hr option textarea " +
	"caption figure figcaption address fieldset legend details summary title script style")

// html masks the source of a page: its text, the values of attributes, comments,
// scripts. What is not touched keeps its bytes.
func (w *masker) html(data []byte) ([]byte, error) {
	source, code, err := readScript(data)
	if err != nil {
		return nil, err
	}
	if back, err := code.write(source); err != nil || string(back) != string(data) {
		return nil, cannot("bad_encoding", "a page that cannot be written back")
	}
	var raw []string
	var text stream
	z := html.NewTokenizer(strings.NewReader(source))
	z.SetMaxBuf(w.limits.Bytes)
	verbatim := false
	for {
		kind := z.Next()
		if kind == html.ErrorToken {
			break
		}
		piece := string(z.Raw())
		switch kind {
		case html.TextToken:
			says := piece
			if !verbatim {
				says = html.UnescapeString(piece)
			}
			text.add(len(raw), says, true)
		case html.CommentToken:
			if out, changed := w.masks.replace(piece); changed {
				piece = out
			}
		case html.StartTagToken, html.SelfClosingTagToken, html.EndTagToken:
			tag := z.Token()
			verbatim = kind == html.StartTagToken && (tag.DataAtom == atom.Script || tag.DataAtom == atom.Style)
			if parting[tag.Data] {
				text.part()
			} else if tag.DataAtom == atom.Br {
				text.add(len(raw), "\n", false)
			}
			piece = w.tag(tag, piece)
		}
		raw = append(raw, piece)
	}
	if len(strings.Join(raw, "")) < len(source)/2 {
		return nil, cannot("damaged", "html")
	}
	scripts := map[int]bool{}
	for i := 1; i < len(raw); i++ {
		head := strings.ToLower(raw[i-1])
		scripts[i] = strings.HasPrefix(head, "<script") || strings.HasPrefix(head, "<style")
	}
	text.mask(w.masks, func(i int, says string) {
		if !scripts[i] {
			says = html.EscapeString(says)
		}
		raw[i] = says
	}, func(i int) { raw[i] = "" })
	for i := range raw {
		if scripts[i] {
			raw[i] = w.spelled(raw[i], unescapeUnits, asItIs)
		}
	}
	out := strings.Join(raw, "")
	if out == source {
		return data, nil
	}
	return code.write(out)
}

// tag masks the values of attributes.
func (w *masker) tag(tag html.Token, raw string) string {
	changed := false
	for i, a := range tag.Attr {
		if out, hit := w.masks.replace(a.Val); hit {
			tag.Attr[i].Val, changed = out, true
		}
	}
	if !changed {
		return raw
	}
	return tag.String()
}
