package document

import (
	"bytes"
	"path"
	"regexp"
	"strings"
)

const compoundMagic = "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1"

// signatures of files that are not text, the longest first where one begins
// with another.
var signatures = []struct{ magic, what string }{
	{"PK\x03\x04", "zip"},
	{"PK\x05\x06", "zip"},
	{"PK\x07\x08", "zip"},
	{compoundMagic, "compound"},
	{`{\rtf`, "rtf"},
	{"\x89PNG\r\n\x1A\n", "png"},
	{"\xFF\xD8\xFF", "jpeg"},
	{"GIF87a", "gif"},
	{"GIF89a", "gif"},
	{"II*\x00", "tiff"},
	{"MM\x00*", "tiff"},
	{"BM", "bmp"},
	{"\x01\x00\x00\x00", "emf"},
	{"\xD7\xCD\xC6\x9A", "wmf"},
	{"\x89PNG", "binary"},
	{"GIF8", "binary"},
	{"RIFF", "binary"},
	{"7z\xBC\xAF", "binary"},
	{"Rar!", "binary"},
	{"PK", "zip"},
	{"\x1F\x8B", "binary"},
	{"BZh", "binary"},
	{"\xFD7zXZ", "binary"},
	{"\x7FELF", "binary"},
	{"MZ", "binary"},
}

// sniff tells what a file is: zip, compound, rtf, pdf, mail, the name of a
// picture's format, binary for what is recognised and not read, or text.
func sniff(data []byte) string {
	if what := sniffMedia(data); what != "" {
		return what
	}
	for _, s := range signatures {
		// Short signatures are also words; a binary file has a NUL as well.
		if bytes.HasPrefix(data, []byte(s.magic)) &&
			(len(s.magic) > 3 || s.what == "zip" || data[0] >= 0x80 || bytes.IndexByte(data, 0) >= 0) {
			return s.what
		}
	}
	if bytes.Contains(data[:min(len(data), 1024)], []byte("%PDF-")) {
		return "pdf"
	}
	if isMail(data) {
		return "mail"
	}
	return "text"
}

// sniffMedia knows the formats that begin with a length or a wrapper.
func sniffMedia(data []byte) string {
	if len(data) < 12 {
		return ""
	}
	switch {
	case string(data[:4]) == "RIFF" && string(data[8:12]) == "WEBP":
		return "webp"
	case string(data[4:8]) == "ftyp":
		switch string(data[8:12]) {
		case "heic", "heix", "heim", "heis", "hevc", "hevx", "mif1", "msf1":
			return "heic"
		case "avif", "avis":
			return "avif"
		}
		return "binary"
	case len(data) > 44 && string(data[:4]) == "\x01\x00\x00\x00" && string(data[40:44]) != " EMF":
		return "binary"
	}
	return ""
}

var (
	wholePage = regexp.MustCompile(`(?i)^\s*(?:<!--.*?-->\s*|<\?xml.*?\?>\s*)*<(?:!doctype\s+html|html|head|body)[\s>]`)
	fragment  = regexp.MustCompile(`(?i)^\s*<(?:!--|[a-z][a-z0-9]*[\s/>])`)
	anyXML    = regexp.MustCompile(`^\s*<(?:\?xml[\s?]|[A-Za-z_][\w.-]*:[A-Za-z_]|svg[\s>])`)
	mailField = regexp.MustCompile(`(?i)^(received|from|to|cc|subject|date|message-id|mime-version|return-path|delivered-to|reply-to|content-type|x-[a-z-]+):`)
)

// textKind tells HTML and XML from text, and by its name markdown from text.
func textKind(name, text string) Kind {
	head := text[:min(len(text), 4096)]
	ext := strings.ToLower(path.Ext(name))
	switch {
	case wholePage.MatchString(head):
		return HTML
	case anyXML.MatchString(head) && ext != ".md" && ext != ".txt" || strings.HasPrefix(head, "<?xml"):
		return XML
	case ext == ".md" || ext == ".markdown":
		return Markdown
	case ext == ".html" || ext == ".htm" || ext == ".xhtml" || fragment.MatchString(head):
		return HTML
	}
	return Text
}

// isMail says whether a file begins with the header of a mail.
func isMail(data []byte) bool {
	known, head := 0, data[:min(len(data), 16<<10)]
	for line := range bytes.Lines(head) {
		switch field := mailField.FindSubmatch(line); {
		case len(bytes.TrimSpace(line)) == 0:
			return known >= 2
		case field != nil:
			if known++; bytes.EqualFold(field[1], []byte("mime-version")) {
				known += 2
			}
		case line[0] == ' ' || line[0] == '\t' || bytes.IndexByte(line, ':') > 0:
		default:
			return false
		}
	}
	return known > 3 && len(head) == len(data)
}
