package document

import (
	"context"
	"errors"
	"fmt"

	"shenfa/internal/document/pdf"
)

// openPDF has a PDF read by the tool for it, and opens what is inside: attachments
// and pictures. Its body is made of the lines that its pages show.
func (o *opening) openPDF(data []byte) (Document, error) {
	if o.tools.PDF == nil {
		return Document{}, unreadable("unsupported_type", "pdf")
	}
	limits := pdf.DefaultLimits()
	limits.Time, limits.Unpacked = o.limits.Time, max(o.unpacked, 1)
	limits.Progress = func(page, pages int) { Report(o.ctx, Progress{File: o.inside, Page: page, Pages: pages}) }
	d, err := o.tools.PDF(o.ctx, data, limits)
	if bad := (*pdf.Unreadable)(nil); errors.As(err, &bad) {
		return Document{}, unreadable(bad.Reason, "%s", bad.Detail)
	}
	if err != nil {
		if spent := o.check(); spent != nil {
			return Document{}, spent
		}
		return Document{}, fmt.Errorf("read pdf: %w", err)
	}
	read := map[int]bool{} // pages that are one picture whose text was read
	var inside parts
	for i, picture := range d.Images {
		found := len(inside.all)
		if err := o.enter(&inside, fmt.Sprintf("picture %d on page %d", i+1, picture.Page), false, "picture", picture.Data); err != nil {
			return Document{}, err
		}
		for _, p := range inside.all[found:] {
			read[picture.Page] = read[picture.Page] || picture.Whole && p.Unread == "" && p.Text != ""
		}
	}
	for _, f := range d.Files {
		if err := o.enter(&inside, "attachment "+f.Name, true, f.Name, f.Data); err != nil {
			return Document{}, err
		}
	}
	out := Document{Kind: PDF, MediaType: "application/pdf", html: bodyOfPDF(d.Parts)}
	for _, p := range d.Parts {
		var page int
		if n, _ := fmt.Sscanf(p.Name, "page %d", &page); n == 1 && p.Unread == "image" && read[page] {
			continue
		}
		if usual(p.Name) { // every program writes these
			p.Name = "property " + p.Name
		}
		out.Parts = append(out.Parts, Part(p))
	}
	out.Parts = append(out.Parts, inside.all...)
	return out, o.check()
}

// usual says whether a hidden part of a PDF is one that any program writes: what
// the newest revision says of itself, not what an earlier one said.
func usual(name string) bool {
	switch name {
	case "document information", "metadata (XMP)", "bookmarks", "alternative text":
		return true
	}
	return false
}

// pdfReader is the reader of this process; it costs nothing until the first file.
func pdfReader() func(context.Context, []byte, pdf.Limits) (pdf.Document, error) {
	return pdf.NewReader(pdf.Options{}).Open
}
