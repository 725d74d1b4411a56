package document

import (
	"bytes"
	"html"
	"strings"
	"unicode/utf8"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/parser"
	renderer "github.com/yuin/goldmark/renderer/html"
	"github.com/yuin/goldmark/text"
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/unicode"
)

// openText opens text, markdown and HTML.
func openText(name string, data []byte, limits Limits) (Document, error) {
	s, err := decode(data)
	if err != nil {
		return Document{}, err
	}
	switch textKind(name, s) {
	case HTML:
		return openHTML(s, limits)
	case Markdown:
		return openMarkdown(s, limits)
	}
	s = strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(s)
	return Document{
		Kind: Text, MediaType: "text/plain; charset=utf-8",
		Parts: []Part{{Name: "body", Text: s}}, html: paragraphs(s),
	}, nil
}

// decode turns the encodings seen in offices into UTF-8: a byte order mark
// decides, then valid UTF-8, then GB 18030. What fits none is refused, for a
// text read wrongly would be checked wrongly.
func decode(data []byte) (string, error) {
	var e encoding.Encoding
	switch {
	case bytes.HasPrefix(data, []byte("\xEF\xBB\xBF")):
		data = data[3:]
		if !utf8.Valid(data) {
			return "", unreadable("bad_encoding", "not the UTF-8 it says")
		}
	case bytes.HasPrefix(data, []byte("\xFF\xFE")):
		e = unicode.UTF16(unicode.LittleEndian, unicode.ExpectBOM)
	case bytes.HasPrefix(data, []byte("\xFE\xFF")):
		e = unicode.UTF16(unicode.BigEndian, unicode.ExpectBOM)
	case !utf8.Valid(data):
		e = simplifiedchinese.GB18030
	}
	if e != nil {
		out, err := e.NewDecoder().Bytes(data)
		if err != nil || bytes.ContainsRune(out, utf8.RuneError) {
			return "", unreadable("bad_encoding", "neither UTF-8, UTF-16 nor GB 18030")
		}
		data = out
	}
	if bytes.IndexByte(data, 0) >= 0 {
		return "", unreadable("bad_encoding", "holds NUL characters")
	}
	return string(data), nil
}

// paragraphs renders every line with text as a paragraph.
func paragraphs(s string) string {
	var b strings.Builder
	for line := range strings.Lines(s) {
		if line = strings.TrimSpace(line); line != "" {
			b.WriteString("<p>" + html.EscapeString(line) + "</p>\n")
		}
	}
	return b.String()
}

// openMarkdown reads markdown as the HTML it becomes, raw HTML and comments
// included, so that what is checked is what a reader will see.
func openMarkdown(s string, limits Limits) (Document, error) {
	if tooNested(s, limits.Depth) {
		return Document{}, unreadable("too_deep", "markdown")
	}
	md := goldmark.New(goldmark.WithExtensions(extension.GFM), goldmark.WithRendererOptions(renderer.WithUnsafe()))
	source, ctx := []byte(s), parser.NewContext()
	tree := md.Parser().Parse(text.NewReader(source), parser.WithContext(ctx))
	var out bytes.Buffer
	if err := md.Renderer().Render(&out, source, tree); err != nil {
		return Document{}, unreadable("damaged", "markdown")
	}
	d, err := openHTML(out.String(), limits)
	if err != nil {
		return Document{}, err
	}
	d.Kind, d.MediaType = Markdown, "text/markdown; charset=utf-8"
	// References nobody uses are not rendered, but they stand in the file.
	p := parts{all: d.Parts}
	for _, ref := range ctx.References() {
		p.add("link reference", true, string(ref.Label())+"\n"+string(ref.Destination())+"\n"+string(ref.Title()))
	}
	d.Parts = p.all
	return d, nil
}

// tooNested says whether a paragraph has more emphasis and links, or a line
// more quotes, than any real text. The markdown parser's time grows with the
// square of both.
func tooNested(s string, depth int) bool {
	marks := 0
	for line := range strings.Lines(s) {
		if strings.TrimSpace(line) == "" {
			marks = 0
			continue
		}
		rest := strings.TrimLeft(line, "> \t")
		marks += strings.Count(line, "*") + strings.Count(line, "_") + strings.Count(line, "~") + strings.Count(line, "[")
		if marks > 50*depth || strings.Count(line[:len(line)-len(rest)], ">") > depth {
			return true
		}
	}
	return false
}
