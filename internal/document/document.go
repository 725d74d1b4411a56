// Package document opens a file completely: the text a reader sees, everything
// beside it that a reader does not, and what could not be read. Left to itself
// it touches neither network nor disk, and it bounds what a hostile file can
// cost; programs that read what it cannot are handed to it as [Tools].
package document

import (
	"context"
	"errors"
	"fmt"
	"path"
	"strings"
	"time"
	"unicode"

	"shenfa/internal/document/pdf"
)

// Kind is what a file is, told by its bytes; its name only breaks the tie
// between text and markdown, or settles a fragment of HTML.
type Kind string

// The kinds that can be opened.
const (
	Text     Kind = "text"
	Markdown Kind = "markdown"
	HTML     Kind = "html"
	XML      Kind = "xml"
	DOCX     Kind = "docx" // and .docm, .dotx, .dotm
	XLSX     Kind = "xlsx" // and .xlsm, .xltx, .xltm
	PPTX     Kind = "pptx" // and .pptm, .ppsx, .potx
	OFD      Kind = "ofd"
	PDF      Kind = "pdf"
	Image    Kind = "image"
	Zip      Kind = "zip"
	Mail     Kind = "mail"   // .eml, .mht
	Office97 Kind = "office" // .doc, .xls, .ppt, .wps and other compound files
)

// Part is one stretch of text of a file, with where it was found. A part of a
// file inside the file is named after it: "header 1 in 附件/通知.docx".
type Part struct {
	Name   string // "body", "header 1", "comment 2 (name)", "hidden text", "file name", ...
	Hidden bool   // a reader of the file would not see it
	Text   string // UTF-8, lines end in \n
	Unread string // why the content behind this part could not be read; empty if it was
}

// Document is an opened file. Its last part is its name; the first is its body,
// in the kinds that have one: a workbook has sheets, a presentation has slides,
// an OFD has pages.
type Document struct {
	Kind      Kind
	MediaType string
	Parts     []Part
	html      string
}

// HTML is the visible body as sanitised HTML: no scripts, styles, images,
// hidden or deleted text. It is empty for containers and pictures. The same
// bytes always give the same HTML.
func (d Document) HTML() string {
	if d.Kind == XLSX {
		return tables(d.Parts)
	}
	return d.html
}

// Limits bound what a file may cost. Every field must be positive.
type Limits struct {
	Bytes    int           // of the file
	Unpacked int           // bytes of everything in it; the text of its sheets may be half as many
	Parts    int           // files in it, all containers together
	Ratio    int           // unpacked bytes per packed byte
	Depth    int           // nested elements
	Nested   int           // containers in containers
	Time     time.Duration // to read all of it, tools included
}

// DefaultLimits suit documents of an office.
func DefaultLimits() Limits {
	return Limits{Bytes: 32 << 20, Unpacked: 128 << 20, Parts: 2000, Ratio: 200, Depth: 200, Nested: 8, Time: time.Minute}
}

// Tools are programs that read what this package cannot. One that is nil is not
// installed, and what it would have read is marked as unread.
type Tools struct {
	// OCR returns the text of a picture in any of the formats of [Image].
	OCR func(ctx context.Context, picture []byte) (string, error)
	// Office turns an old office file, name saying which kind, into OOXML.
	Office func(ctx context.Context, name string, old []byte) ([]byte, error)
	// PDF opens a PDF.
	PDF func(ctx context.Context, data []byte, limits pdf.Limits) (pdf.Document, error)
}

// ErrUnreadable is what every [Unreadable] is.
var ErrUnreadable = errors.New("unreadable")

// Unreadable says that a file, or a part the rest depends on, cannot be read.
type Unreadable struct {
	// Reason is one of encrypted, truncated, damaged, too_large,
	// too_many_parts, too_deep, too_slow, unsupported_type, bad_encoding,
	// xml_bomb, needs_converter. An unread part may also say image.
	Reason string
	Detail string // what it was about; never content
}

func (e *Unreadable) Error() string {
	if e.Detail == "" {
		return "unreadable: " + e.Reason
	}
	return "unreadable: " + e.Reason + ": " + e.Detail
}

// Unwrap makes errors.Is(err, ErrUnreadable) true.
func (e *Unreadable) Unwrap() error { return ErrUnreadable }

func unreadable(reason, format string, args ...any) error {
	return &Unreadable{Reason: reason, Detail: fmt.Sprintf(format, args...)}
}

// Open reads a file without any tools. It either accounts for all of its
// content, with a part marked Unread for each piece it cannot read, or returns
// an [Unreadable].
func Open(name string, data []byte, limits Limits) (Document, error) {
	return OpenWith(context.Background(), Tools{}, name, data, limits)
}

// OpenWith is [Open] with tools, within limits.Time or the end of ctx.
func OpenWith(ctx context.Context, tools Tools, name string, data []byte, limits Limits) (Document, error) {
	return OpenPlaces(ctx, tools, name, data, limits, nil)
}

// OpenPlaces is [OpenWith]. It calls see, which may be nil, for every [Place] of
// an office package or OFD, but not of what is embedded in it.
func OpenPlaces(ctx context.Context, tools Tools, name string, data []byte, limits Limits, see func(Place)) (Document, error) {
	if len(data) > limits.Bytes {
		return Document{}, unreadable("too_large", "%d bytes", len(data))
	}
	ctx, cancel := context.WithTimeout(ctx, limits.Time)
	defer cancel()
	pictures, stop := context.WithTimeout(ctx, limits.Time/2)
	defer stop()
	name = strings.ToValidUTF8(path.Base(strings.ReplaceAll(name, `\`, "/")), "\uFFFD")
	o := opening{
		ctx: ctx, pictures: pictures, tools: tools, limits: limits, files: limits.Parts, text: limits.Unpacked / 2,
		unpacked: min(limits.Unpacked, max(limits.Ratio*len(data), 1<<20)), // a tiny file proves nothing
		places:   see,
	}
	d, err := o.open(name, data)
	if err == nil {
		err = o.spent
	}
	if err != nil {
		return Document{}, err
	}
	d.Parts = append(d.Parts, Part{Name: "file name", Text: name})
	for i := range d.Parts { // names inside a container are the sender's bytes
		d.Parts[i].Name = strings.ToValidUTF8(d.Parts[i].Name, "\uFFFD")
		d.Parts[i].Text = strings.ToValidUTF8(d.Parts[i].Text, "\uFFFD")
	}
	return d, nil
}

// parts collects named parts, leaving out those without any text.
type parts struct{ all []Part }

func (p *parts) add(name string, hidden bool, text string) {
	if text = tidy(text); text != "" {
		p.all = append(p.all, Part{Name: name, Hidden: hidden, Text: text})
	}
}

func (p *parts) unread(name string, hidden bool, what, reason string) {
	p.all = append(p.all, Part{Name: name, Hidden: hidden, Text: what, Unread: reason})
}

// tidy makes valid UTF-8 with \n line ends and no space around it.
func tidy(s string) string {
	if strings.IndexByte(s, '\r') >= 0 {
		s = strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(s)
	}
	return strings.TrimFunc(strings.ToValidUTF8(s, "\uFFFD"), unicode.IsSpace)
}

// clip shortens what names a part; the whole name is the text of another.
func clip(s string) string {
	const most = 120
	if r := []rune(s); len(r) > most {
		return string(r[:most]) + "…"
	}
	return s
}
