package document

import (
	"context"
	"errors"
	"io"
	"path"
)

// opening is the reading of one file with everything inside it; what is spent
// is spent for all of it.
type opening struct {
	ctx      context.Context //nolint:containedctx // the life of one call
	pictures context.Context //nolint:containedctx // ends before ctx, so that slow pictures leave time for the rest
	tools    Tools
	limits   Limits
	unpacked int    // bytes that may still be unpacked
	text     int    // bytes of text that may still be multiplied
	files    int    // files that may still be opened
	nested   int    // containers we are in
	inside   string // the file inside the file that is being read
	spent    error  // the limit that ran out; nothing more is read then
	entry    string // of XML that is being read
	places   func(Place)
}

// open reads a file of any kind by what its bytes say.
func (o *opening) open(name string, data []byte) (Document, error) {
	if err := o.check(); err != nil {
		return Document{}, err
	}
	switch what := sniff(data); what {
	case "zip":
		return o.openZip(name, data)
	case "compound":
		return o.openCompound(name, data)
	case "rtf":
		return o.convert([2]string{".rtf", "application/rtf"}, name, data, parts{})
	case "mail":
		return o.openMail(data)
	case "text":
		return o.openText(name, data)
	case "pdf":
		return o.openPDF(data)
	case "binary":
		return Document{}, unreadable("unsupported_type", "%s", what)
	default:
		return o.openImage(name, what, data)
	}
}

// check says whether time or another limit has run out.
func (o *opening) check() error {
	if o.spent == nil && o.ctx.Err() != nil {
		o.spent = unreadable("too_slow", "")
	}
	return o.spent
}

// spend takes from what is left of a limit.
func (o *opening) spend(left *int, n int, reason string) error {
	if *left -= n; *left < 0 && o.spent == nil {
		o.spent = unreadable(reason, "")
	}
	return o.check()
}

// metered counts what is unpacked as it is read: what a directory says of sizes
// is the sender's word.
type metered struct {
	r io.Reader
	o *opening
}

func (m metered) Read(b []byte) (int, error) {
	n, err := m.r.Read(b)
	if spent := m.o.spend(&m.o.unpacked, n, "too_large"); spent != nil {
		return 0, spent
	}
	return n, err
}

// enter opens a file inside a file. What it holds becomes parts named after it;
// if it cannot be read, one part says so. The error is a spent limit.
func (o *opening) enter(p *parts, label string, hidden bool, name string, data []byte) error {
	if err := o.spend(&o.files, 1, "too_many_parts"); err != nil {
		return err
	}
	if len(data) == 0 {
		return nil
	}
	label = clip(label)
	if o.nested >= o.limits.Nested {
		p.unread(label, hidden, name, "too_deep")
		return nil
	}
	o.nested++
	outer := o.inside
	o.inside = label
	Report(o.ctx, Progress{File: label})
	d, err := o.open(path.Base(name), data)
	o.inside = outer
	o.nested--
	if err != nil {
		return o.skip(p, label, hidden, name, err)
	}
	for _, part := range d.Parts {
		if part.Text == "" && part.Unread == "" {
			continue
		}
		if d.Kind == Image && part.Name == "body" {
			part.Name = label
		} else {
			part.Name += " in " + label
		}
		part.Hidden = part.Hidden || hidden
		p.all = append(p.all, part)
	}
	return nil
}

// skip turns what cannot be read into an unread part. A spent limit remains an
// error, and so does what is no fault of the file.
func (o *opening) skip(p *parts, label string, hidden bool, what string, err error) error {
	var bad *Unreadable
	if err == nil || o.spent != nil || !errors.As(err, &bad) {
		return errors.Join(err, o.spent)
	}
	p.unread(label, hidden, what, bad.Reason)
	return nil
}
