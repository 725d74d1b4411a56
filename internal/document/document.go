// Package document opens a file completely: the text a reader sees, everything
// beside it that a reader does not, and what could not be read. It touches
// neither network nor disk, and it bounds what a hostile file can cost.
package document

import (
	"bytes"
	"errors"
	"fmt"
	"path"
	"regexp"
	"strings"
	"unicode"
)

// Kind is what a file is, told by its bytes; its name only breaks the tie
// between text and markdown, or settles a fragment of HTML.
type Kind string

// The kinds that can be opened.
const (
	Text     Kind = "text"
	Markdown Kind = "markdown"
	HTML     Kind = "html"
	DOCX     Kind = "docx"
)

// Part is one stretch of text of a file, with where it was found.
type Part struct {
	Name   string // "body", "header 1", "comment 2 (name)", "hidden text", "file name", ...
	Hidden bool   // a reader of the file would not see it
	Text   string // UTF-8, lines end in \n
	Unread string // why the content behind this part could not be read; empty if it was
}

// Document is an opened file. The first part is its body, the last its name.
type Document struct {
	Kind      Kind
	MediaType string
	Parts     []Part
	html      string
}

// HTML is the visible body as sanitised HTML: no scripts, styles, images,
// hidden or deleted text. The same bytes always give the same HTML.
func (d Document) HTML() string { return d.html }

// Limits bound what a file may cost. Every field must be positive.
type Limits struct {
	Bytes    int // of the file
	Unpacked int // bytes of everything in it
	Parts    int // files in a container
	Ratio    int // unpacked bytes per packed byte
	Depth    int // nested elements
}

// DefaultLimits suit documents of an office.
func DefaultLimits() Limits {
	return Limits{Bytes: 32 << 20, Unpacked: 128 << 20, Parts: 2000, Ratio: 200, Depth: 200}
}

// ErrUnreadable is what every [Unreadable] is.
var ErrUnreadable = errors.New("unreadable")

// Unreadable says that a file, or a part the rest depends on, cannot be read.
type Unreadable struct {
	// Reason is one of encrypted, truncated, damaged, too_large,
	// too_many_parts, too_deep, unsupported_type, bad_encoding, xml_bomb.
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

// Open reads a file. It either accounts for all of its content, with a part
// marked Unread for each piece it cannot read, or returns an [Unreadable].
func Open(name string, data []byte, limits Limits) (Document, error) {
	if len(data) > limits.Bytes {
		return Document{}, unreadable("too_large", "%d bytes", len(data))
	}
	name = strings.ToValidUTF8(path.Base(strings.ReplaceAll(name, `\`, "/")), "\uFFFD")
	var d Document
	var err error
	if bytes.HasPrefix(data, []byte("PK")) {
		d, err = openDOCX(data, limits)
	} else if what := binary(data); what != "" {
		err = unreadable(what, "only text, markdown, html and docx are read")
		if what == "encrypted" {
			err = unreadable(what, "")
		}
	} else {
		d, err = openText(name, data, limits)
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

// binary recognises what is not text, and returns the reason it is refused.
func binary(data []byte) string {
	if bytes.HasPrefix(data, []byte("\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1")) {
		if bytes.Contains(data, utf16LE("EncryptedPackage")) {
			return "encrypted"
		}
		return "unsupported_type"
	}
	for _, magic := range []string{
		"\x89PNG", "\xFF\xD8\xFF", "GIF8", "BM", "II*\x00", "MM\x00*", "RIFF", "{\\rtf", "7z\xBC\xAF", "Rar!",
		"\x1F\x8B", "BZh", "\xFD7zXZ", "\x7FELF", "MZ", "\x00\x00\x00\x18ftyp", "\x00\x00\x00\x20ftyp",
	} {
		// Short signatures are also words; a binary file has a NUL as well.
		if bytes.HasPrefix(data, []byte(magic)) && (len(magic) > 3 || bytes.IndexByte(data, 0) >= 0 || data[0] >= 0x80) {
			return "unsupported_type"
		}
	}
	if bytes.Contains(data[:min(len(data), 1024)], []byte("%PDF-")) {
		return "unsupported_type"
	}
	return ""
}

func utf16LE(s string) []byte {
	var out []byte
	for _, r := range s {
		out = append(out, byte(r), byte(r>>8))
	}
	return out
}

var (
	wholePage = regexp.MustCompile(`(?i)^\s*(?:<!--.*?-->\s*|<\?xml.*?\?>\s*)*<(?:!doctype\s+html|html|head|body)[\s>]`)
	fragment  = regexp.MustCompile(`(?i)^\s*<(?:!--|[a-z][a-z0-9]*[\s/>])`)
)

// textKind tells HTML from text, and by its name markdown from text.
func textKind(name, text string) Kind {
	head := text[:min(len(text), 4096)]
	ext := strings.ToLower(path.Ext(name))
	switch {
	case wholePage.MatchString(head):
		return HTML
	case ext == ".md" || ext == ".markdown":
		return Markdown
	case ext == ".html" || ext == ".htm" || ext == ".xhtml" || fragment.MatchString(head):
		return HTML
	}
	return Text
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
	s = strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(strings.ToValidUTF8(s, "\uFFFD"))
	return strings.TrimFunc(s, unicode.IsSpace)
}
