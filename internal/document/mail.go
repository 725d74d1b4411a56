package document

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"fmt"
	"io"
	"mime"
	"mime/quotedprintable"
	"net/textproto"
	"path"
	"slices"
	"strings"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/htmlindex"
	"golang.org/x/text/encoding/simplifiedchinese"
)

// mailReader collects the parts of one mail.
type mailReader struct {
	o      *opening
	p      parts // body first
	extra  parts
	bodies int
}

// openMail opens a mail as it is stored or sent (RFC 5322, MIME): its fields,
// its texts and what is attached.
func (o *opening) openMail(data []byte) (Document, error) {
	m := &mailReader{o: o}
	fields, body, err := splitMail(data)
	if err != nil {
		return Document{}, err
	}
	m.fields(fields)
	if err := m.leaf(fields, body, "", 0); err != nil {
		return Document{}, err
	}
	if m.bodies == 0 {
		m.p.all = append([]Part{{Name: "body"}}, m.p.all...)
	}
	return Document{Kind: Mail, MediaType: "message/rfc822", Parts: append(m.p.all, m.extra.all...)}, nil
}

// splitMail parts the fields from what follows the first empty line.
func splitMail(data []byte) (textproto.MIMEHeader, []byte, error) {
	const most = 1 << 20
	end := bytes.Index(data, []byte("\n\n"))
	if i := bytes.Index(data, []byte("\n\r\n")); i >= 0 && (end < 0 || i < end) {
		end = i + 1
	}
	head, body := data, []byte(nil)
	switch {
	case len(data) > 0 && data[0] == '\n':
		head, body = nil, data[1:]
	case bytes.HasPrefix(data, []byte("\r\n")):
		head, body = nil, data[2:]
	case end >= 0:
		head, body = data[:end+1], data[end+1:]
		body = body[bytes.IndexByte(body, '\n')+1:]
	}
	if len(head) > most {
		return nil, nil, unreadable("too_large", "mail fields")
	}
	if len(head) == 0 {
		return textproto.MIMEHeader{}, body, nil
	}
	head = slices.Concat(bytes.TrimRight(head, "\r\n"), []byte("\r\n\r\n")) // never into the body behind it
	fields, err := textproto.NewReader(bufio.NewReader(bytes.NewReader(head))).ReadMIMEHeader()
	if err != nil {
		return nil, nil, unreadable("damaged", "mail fields")
	}
	return fields, body, nil
}

// charset returns a decoder for what a mail calls its encoding.
func charset(name string, r io.Reader) (io.Reader, error) {
	e, err := named(name)
	if err != nil {
		return nil, err
	}
	return e.NewDecoder().Reader(r), nil
}

// named is the encoding of that name. What is called GBK or GB 2312 is read as
// GB 18030, which it is part of, as browsers do (WHATWG Encoding, 10.1.1).
func named(name string) (encoding.Encoding, error) {
	e, err := htmlindex.Get(name)
	if err != nil {
		return nil, fmt.Errorf("charset: %w", err)
	}
	if e == simplifiedchinese.GBK {
		e = simplifiedchinese.GB18030
	}
	return e, nil
}

// words decodes what stands in a field (RFC 2047). Bytes outside ASCII that
// name no encoding are read as those of a name in a zip.
func words(s string) string {
	d := mime.WordDecoder{CharsetReader: charset}
	out, err := d.DecodeHeader(text8(s))
	if err != nil {
		return text8(s)
	}
	return out
}

// fields lists the fields: what a reader sees, what he does not, and the rest.
func (m *mailReader) fields(all textproto.MIMEHeader) {
	names := make([]string, 0, len(all))
	for name := range all {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		var values []string
		for _, v := range all[name] {
			values = append(values, words(v))
		}
		text := strings.Join(values, "\n")
		switch lower := strings.ToLower(name); lower {
		case "subject", "from", "to", "cc", "date", "reply-to", "sender":
			m.extra.add(lower, false, text)
		case "bcc":
			m.extra.add(lower, true, text)
		default:
			m.extra.add("property mail field "+clip(lower), true, text)
		}
	}
}

// leaf reads one part of a mail, or the parts inside it.
func (m *mailReader) leaf(fields textproto.MIMEHeader, body []byte, where string, depth int) error {
	if err := m.o.spend(&m.o.files, 1, "too_many_parts"); err != nil {
		return err
	}
	kind, params, err := mime.ParseMediaType(fields.Get("Content-Type"))
	if err != nil && kind == "" {
		kind = "text/plain"
	}
	if strings.HasPrefix(kind, "multipart/") {
		if depth >= m.o.limits.Nested {
			m.extra.unread("mail part"+where, false, kind, "too_deep")
			return nil
		}
		return m.multipart(params["boundary"], body, where, depth)
	}
	content, err := transfer(fields.Get("Content-Transfer-Encoding"), body)
	if err == nil {
		err = m.o.spend(&m.o.unpacked, len(content), "too_large")
	}
	name := fileName(fields, params)
	attached := strings.HasPrefix(strings.ToLower(fields.Get("Content-Disposition")), "attachment")
	label := "attachment " + clip(name)
	switch {
	case err != nil:
		return m.o.skip(&m.extra, "mail part"+where, false, kind, err)
	case kind == "application/pkcs7-mime" || strings.Contains(kind, "pgp-encrypted"):
		m.extra.unread(label, false, kind, "encrypted")
		return nil
	case kind == "text/plain" && !attached, kind == "text/html" && !attached:
		return m.text(kind, params["charset"], content)
	case kind == "message/rfc822" || kind == "message/global":
		content = append([]byte("MIME-Version: 1.0\r\n"), content...) // a forwarded mail may show little of itself
	}
	m.extra.add("file name of attachment", false, name)
	if disposition := words(fields.Get("Content-Description")); disposition != "" {
		m.extra.add("property of "+label, true, disposition)
	}
	return m.o.enter(&m.extra, label, false, name, content)
}

// fileName is what a part calls itself.
func fileName(fields textproto.MIMEHeader, params map[string]string) string {
	name := params["name"]
	if _, p, _ := mime.ParseMediaType(fields.Get("Content-Disposition")); p["filename"] != "" {
		name = p["filename"]
	}
	if name == "" {
		name = fields.Get("Content-Location")
	}
	if name = words(name); name == "" {
		return "without name"
	}
	return path.Base(strings.ReplaceAll(name, `\`, "/"))
}

// transfer undoes the encoding of a part for its journey.
func transfer(encoding string, body []byte) ([]byte, error) {
	switch strings.ToLower(strings.TrimSpace(encoding)) {
	case "base64":
		clean := bytes.Map(func(r rune) rune {
			if r < ' ' || r == ' ' {
				return -1
			}
			return r
		}, body)
		if i := bytes.IndexByte(clean, '='); i >= 0 {
			clean = clean[:i]
		}
		out := make([]byte, base64.RawStdEncoding.DecodedLen(len(clean)))
		n, err := base64.RawStdEncoding.Decode(out, clean)
		if err != nil {
			return nil, unreadable("damaged", "base64")
		}
		return out[:n], nil
	case "quoted-printable":
		out, err := io.ReadAll(quotedprintable.NewReader(bytes.NewReader(body)))
		if err != nil {
			return nil, unreadable("damaged", "quoted-printable")
		}
		return out, nil
	}
	return body, nil
}

// text adds a text of the mail itself; a page brings its hidden parts along.
func (m *mailReader) text(kind, charset string, content []byte) error {
	var s string
	var err error
	if e, known := named(charset); charset != "" && known == nil {
		var out []byte
		if out, err = e.NewDecoder().Bytes(content); err == nil {
			s = string(out)
		}
	} else {
		s, err = decode(content)
	}
	m.bodies++
	label := "body"
	if m.bodies > 1 {
		label = fmt.Sprintf("body %d", m.bodies)
	}
	if err != nil {
		m.p.unread(label, false, kind, "bad_encoding")
		return nil
	}
	d := Document{Parts: []Part{{Name: "body", Text: tidy(s)}}}
	if kind == "text/html" {
		if d, err = m.o.openHTML(s); err != nil {
			return m.o.skip(&m.p, label, false, kind, err)
		}
	}
	for _, p := range d.Parts {
		if p.Name == "body" {
			p.Name = label
		} else {
			p.Name += " in " + label
		}
		m.p.all = append(m.p.all, p)
	}
	return nil
}

// multipart reads the parts between boundaries, and what stands around them,
// which nobody is shown.
func (m *mailReader) multipart(boundary string, body []byte, where string, depth int) error {
	if boundary == "" {
		return m.o.skip(&m.extra, "mail part"+where, false, "multipart", unreadable("damaged", "no boundary"))
	}
	mark := []byte("--" + boundary)
	var piece []byte
	inside, ended := false, false
	n := 0
	flush := func() error {
		if !inside {
			m.extra.add("property text around mail parts"+where, true, text8(string(piece)))
			return nil
		}
		n++
		fields, content, err := splitMail(piece)
		if err != nil {
			return m.o.skip(&m.extra, fmt.Sprintf("mail part %d%s", n, where), false, "part", err)
		}
		return m.leaf(fields, content, fmt.Sprintf(" %d%s", n, where), depth+1)
	}
	start := 0
	for at := 0; at < len(body); {
		end := bytes.IndexByte(body[at:], '\n') + 1
		if end == 0 {
			end = len(body) - at
		}
		line := bytes.TrimRight(body[at:at+end], " \t\r\n")
		if rest, ok := bytes.CutPrefix(line, mark); ok && !ended && (len(rest) == 0 || string(rest) == "--") {
			piece = bytes.TrimRight(body[start:at], "\r\n")
			if err := flush(); err != nil {
				return err
			}
			inside, ended, start = len(rest) == 0, len(rest) > 0, at+end
		}
		at += end
	}
	piece = body[start:]
	return flush()
}
