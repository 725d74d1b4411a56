// Package pdf opens a PDF completely: what a reader sees page by page, and
// everything in the file that a reader does not. PDFium reads the pages inside
// a WebAssembly machine without files or network; a small reader of its own
// goes through all objects, also those that no longer count. What could not be
// read is a part that says so.
package pdf

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"
)

// Part is one stretch of text of the file, with where it was found.
type Part struct {
	Name   string // "page 2", "text under a box on page 2", "form field 电话", ...
	Hidden bool   // a reader of the file would not see it
	Text   string // UTF-8, lines end in \n
	Unread string // why the content behind this part could not be read; empty if it was
}

// File is a file inside the file, to be opened by somebody else. Nobody sees
// it without looking for it.
type File struct {
	Name string
	Data []byte
}

// Image is a picture on a page. JPEG pictures are the very bytes of the file;
// others are converted to PNG.
type Image struct {
	Page int // the first page that shows it, from 1
	// Whole says that the page has no text and Data shows all of it: who reads
	// its text may drop the part of that page which says it is an image.
	Whole bool
	Data  []byte
}

// Box is a rectangle on a page as it is shown, in points (1/72 inch) from its
// lower left corner.
type Box struct{ Left, Bottom, Right, Top float64 }

// Line is a line of visible text.
type Line struct {
	Text string
	Box  Box
}

// Page is the visible text of a page in reading order: from top to bottom, or
// as the file draws it where columns or tables stand side by side.
type Page struct {
	Number int // from 1
	Lines  []Line
}

// Document is an opened PDF.
type Document struct {
	Parts  []Part
	Pages  []Page
	Images []Image
	Files  []File
}

// Limits bound what a file may cost. Every field must be positive. What the
// engine may take of memory is one of the [Options], for it is set once.
type Limits struct {
	Pages    int           // that are read; the others are marked as unread
	Files    int           // attachments and pictures
	Objects  int           // of the file, those in object streams too
	Unpacked int           // bytes of everything that is unpacked outside the engine
	Time     time.Duration // to read all of it
}

// DefaultLimits suit documents of an office.
func DefaultLimits() Limits {
	return Limits{Pages: 2000, Files: 2000, Objects: 1 << 20, Unpacked: 128 << 20, Time: time.Minute}
}

// ErrUnreadable is what every [Unreadable] is.
var ErrUnreadable = errors.New("unreadable pdf")

// Unreadable says that nothing of the file can be relied on.
type Unreadable struct {
	// Reason is one of encrypted, truncated, damaged, too_large, too_slow. An
	// unread part may also say image, too_many_parts or unsupported_type.
	Reason string
	Detail string // what it was about; never content
}

func (e *Unreadable) Error() string { return "unreadable pdf: " + e.Reason + ": " + e.Detail }

// Unwrap makes errors.Is(err, ErrUnreadable) true.
func (e *Unreadable) Unwrap() error { return ErrUnreadable }

func unreadable(reason, format string, args ...any) error {
	return &Unreadable{Reason: reason, Detail: fmt.Sprintf(format, args...)}
}

// reason is the reason of an Unreadable, or damaged.
func reason(err error) string {
	if bad := (*Unreadable)(nil); errors.As(err, &bad) {
		return bad.Reason
	}
	return "damaged"
}

// Open reads a PDF within the limits or the end of ctx. It either accounts for
// all of the file, with a part marked Unread for each piece it cannot read, or
// returns an [Unreadable]; any other error is not the file's fault.
func (r *Reader) Open(ctx context.Context, data []byte, limits Limits) (Document, error) {
	begin := bytes.Index(data[:min(len(data), 1024)], []byte("%PDF-"))
	if begin < 0 {
		return Document{}, unreadable("damaged", "not a pdf")
	}
	if !bytes.Contains(data, []byte("%%EOF")) {
		return Document{}, unreadable("truncated", "no end of file")
	}
	caller := ctx
	ctx, cancel := context.WithTimeout(ctx, limits.Time)
	defer cancel()
	m, err := r.machine(ctx)
	if err != nil {
		if ctx.Err() != nil && caller.Err() == nil {
			return Document{}, unreadable("too_slow", "no free engine")
		}
		return Document{}, err
	}
	defer m.close()
	o := &opening{m: m, limits: limits, shown: map[string]bool{}, said: map[string]bool{}, pictures: map[[32]byte]bool{}}
	if err := o.open(data[begin:]); err != nil {
		return Document{}, err
	}
	if begin > 0 {
		o.stray("bytes before the beginning", data[:begin])
	}
	if err := caller.Err(); err != nil {
		return Document{}, fmt.Errorf("read pdf: %w", err)
	}
	return o.doc, nil
}

// opening is one file being opened.
type opening struct {
	m        *machine
	limits   Limits
	doc      Document
	layers   layers
	shown    map[string]bool   // lines of the newest revision, hidden ones too
	said     map[string]bool   // what annotations on pages say
	pictures map[[32]byte]bool // by hash, those that were taken
	left     int               // files and pictures that were too many
}

func (o *opening) open(data []byte) error {
	if err := o.m.load(data); err != nil {
		return err
	}
	plain, secured := data, number(o.m.call("FPDF_GetSecurityHandlerRevision", o.m.document)) >= 0
	if secured {
		var err error
		if plain, err = o.m.decrypted(data); err != nil {
			if o.m.ctx.Err() != nil {
				return unreadable("too_slow", "decryption")
			}
			return unreadable("encrypted", "its objects")
		}
	}
	x := sweep(o.m.ctx, plain, o.limits)
	o.layers = x.layers()
	if !truth(o.m.call("FPDF_DocumentHasValidCrossReferenceTable", o.m.document)) {
		o.unread("list of objects", "the file had to be repaired", "damaged")
	}
	o.pages()
	o.objects(x)
	o.revisions(data, x, secured)
	o.orphans(plain, x)
	o.absent(x)
	if o.left > 0 {
		o.unread("further files and images", fmt.Sprintf("%d files or images", o.left), "too_many_parts")
	}
	if o.m.err != nil && len(o.doc.Pages) == 0 {
		return o.m.failure()
	}
	return nil
}

func (o *opening) part(name string, hidden bool, text string) {
	if text = tidy(text); text != "" {
		o.doc.Parts = append(o.doc.Parts, Part{Name: name, Hidden: hidden, Text: text})
	}
}

func (o *opening) unread(name, what, reason string) {
	o.doc.Parts = append(o.doc.Parts, Part{Name: name, Hidden: true, Text: what, Unread: reason})
}

// file hands over a file inside the file, if there may be one more.
func (o *opening) file(name string, data []byte) {
	if len(o.doc.Files)+len(o.doc.Images) >= o.limits.Files {
		o.left++
		return
	}
	o.doc.Files = append(o.doc.Files, File{Name: name, Data: data})
}

// stray hands over bytes that belong to no object, unless they are blank.
func (o *opening) stray(name string, data []byte) {
	if data = bytes.Trim(data, "\x00\t\n\f\r "); len(data) > 0 {
		o.file(name, bytes.Clone(data))
	}
}

// tidy makes valid UTF-8 with \n line ends and no space around it.
func tidy(s string) string {
	if strings.IndexByte(s, '\r') >= 0 {
		s = strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(s)
	}
	return strings.TrimFunc(strings.ToValidUTF8(s, "\uFFFD"), func(r rune) bool { return unicode.IsSpace(r) || r == 0 })
}

// clip shortens what names a part; the whole name is the text of another.
func clip(s string) string {
	const most = 120
	s = strings.Join(strings.Fields(s), " ")
	if r := []rune(s); len(r) > most {
		return string(r[:most]) + "…"
	}
	return s
}
