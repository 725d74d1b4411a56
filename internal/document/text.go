package document

import (
	"bytes"
	"html"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/parser"
	renderer "github.com/yuin/goldmark/renderer/html"
	"github.com/yuin/goldmark/text"
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/unicode"
)

// openText opens text, markdown and HTML.
func (o *opening) openText(name string, data []byte) (Document, error) {
	s, err := decode(data)
	if err != nil {
		return Document{}, err
	}
	switch textKind(name, s) {
	case HTML:
		return o.openHTML(s)
	case XML:
		return o.openXML(s)
	case Markdown:
		return o.openMarkdown(s)
	}
	s = strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(s)
	p := parts{all: []Part{{Name: "body", Text: s}}}
	p.add("text behind escapes", false, unescaped(s))
	return Document{Kind: Text, MediaType: "text/plain; charset=utf-8", Parts: p.all, html: paragraphs(s)}, nil
}

var escapes = regexp.MustCompile(`(?:\\u[0-9A-Fa-f]{4})+`)

// unescaped returns the lines of data or a program that spell characters as
// \uXXXX, with the characters instead.
func unescaped(s string) string {
	if !strings.Contains(s, `\u`) {
		return ""
	}
	var b strings.Builder
	for line := range strings.Lines(s) {
		if escapes.MatchString(line) {
			b.WriteString(escapes.ReplaceAllStringFunc(line, func(run string) string {
				var units []uint16
				for hex := range strings.SplitSeq(run[2:], `\u`) {
					n, _ := strconv.ParseUint(hex, 16, 16) // matched as four digits
					units = append(units, uint16(n))
				}
				return string(utf16.Decode(units))
			}))
		}
	}
	return b.String()
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

// openXML opens a file of XML of no office's format. Its body is the file as it
// stands; its text without tags is beside it, so that tags hide nothing.
func (o *opening) openXML(s string) (Document, error) {
	p := parts{all: []Part{{Name: "body", Text: tidy(s)}}}
	var h harvest
	if err := walkXML(strings.NewReader(s), o.limits.Depth, h.take); err != nil {
		return Document{}, err
	}
	p.add("text between tags", false, h.text.String())
	h.asides("", &p)
	if strings.Contains(s, "<svg") && (strings.Contains(s, "<path") || strings.Contains(s, "<image")) {
		p.unread("drawing", false, "svg", "image") // outlines may draw letters
	}
	return Document{Kind: XML, MediaType: "application/xml", Parts: p.all, html: paragraphs(s)}, nil
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
func (o *opening) openMarkdown(s string) (Document, error) {
	if len(s) > o.limits.Bytes/8 { // its parser asks nobody for time
		return Document{}, unreadable("too_large", "markdown")
	}
	if tooNested(s, o.limits.Depth) {
		return Document{}, unreadable("too_deep", "markdown")
	}
	md := markdown()
	source, ctx := []byte(s), parser.NewContext()
	tree := md.Parser().Parse(text.NewReader(source), parser.WithContext(ctx))
	var out bytes.Buffer
	if err := md.Renderer().Render(&out, source, tree); err != nil {
		return Document{}, unreadable("damaged", "markdown")
	}
	d, err := o.openHTML(out.String())
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

func markdown() goldmark.Markdown {
	return goldmark.New(goldmark.WithExtensions(extension.GFM), goldmark.WithRendererOptions(renderer.WithUnsafe()))
}

// Verbatim says of a place in markdown whether it is shown as it is spelled, in code or raw
// HTML, where a backslash is no escape.
func Verbatim(s string) func(at int) bool {
	var all []text.Segment
	_ = ast.Walk(markdown().Parser().Parse(text.NewReader([]byte(s))), func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if !entering {
			return ast.WalkContinue, nil
		}
		switch n := n.(type) {
		case *ast.CodeSpan:
			for c := n.FirstChild(); c != nil; c = c.NextSibling() {
				if t, ok := c.(*ast.Text); ok {
					all = append(all, t.Segment)
				}
			}
		case *ast.RawHTML:
			all = append(all, n.Segments.Sliced(0, n.Segments.Len())...)
		case *ast.CodeBlock, *ast.FencedCodeBlock, *ast.HTMLBlock:
			all = append(all, n.Lines().Sliced(0, n.Lines().Len())...)
		}
		return ast.WalkContinue, nil
	})
	return func(at int) bool {
		return slices.ContainsFunc(all, func(s text.Segment) bool { return s.Start <= at && at < s.Stop })
	}
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
