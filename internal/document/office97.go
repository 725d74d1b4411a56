package document

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"
)

// media types and endings of old documents, by the stream that holds their text
var oldText = map[string][2]string{
	"WordDocument":        {".doc", "application/msword"},
	"Workbook":            {".xls", "application/vnd.ms-excel"},
	"Book":                {".xls", "application/vnd.ms-excel"},
	"PowerPoint Document": {".ppt", "application/vnd.ms-powerpoint"},
}

// open accounts for every stream of a compound file. It returns the name of the
// stream whose text needs another program, empty if there is none.
func (c *compound) open(p *parts) (text string, err error) {
	for _, s := range c.streams {
		if s.name == "EncryptedPackage" || s.name == "EncryptedSummary" {
			return "", unreadable("encrypted", "")
		}
		if _, old := oldText[s.name]; old && len(s.path) == 0 {
			text = s.name
		}
	}
	modules := 0
	for _, s := range c.streams {
		content, err := c.content(s)
		if err == nil && len(s.path) == 0 && locked(s.name, content) {
			return "", unreadable("encrypted", "")
		}
		if err == nil {
			modules += c.macroModule(s, content, p)
			err = c.one(s, content, text != "", p)
		}
		if err = c.o.skip(p, "embedded object "+clip(s.name), true, s.name, err); err != nil {
			return "", err
		}
	}
	c.packedBodies(p)
	if c.hasMacros() && modules == 0 {
		p.unread("macro", true, "VBA", "damaged")
	}
	return text, nil
}

// partsOfText are the streams that belong to the text of an old document and
// are read with it by the program that reads the text.
var partsOfText = []string{
	"0Table", "1Table", "Data", "Current User", "Pictures", "Ctls", "_SX_DB_CUR", "PIC", "META", "PRINT", "EPRINT", "LINK", "ObjectPool", "Revision Log", "User Names",
}

// one reads one stream.
func (c *compound) one(s stream, content []byte, document bool, p *parts) error {
	lower := strings.TrimLeft(s.name, "\x01\x02\x03\x05")
	switch {
	case s.name == "\x05SummaryInformation" || s.name == "\x05DocumentSummaryInformation":
		return propertySets(content, p)
	case s.name == "\x01Ole10Native":
		return c.native(content, p)
	case lower == "Package" || lower == "CONTENTS" || lower == "EmbeddedOdf":
		return c.o.enter(p, "embedded object "+s.place(), true, s.name, content)
	case strings.HasPrefix(s.name, "__substg1.0_") || strings.HasPrefix(s.name, "__properties"):
		return c.outlook(s, content, p)
	case slices.Contains([]string{"CompObj", "Ole", "ObjInfo", "OlePres000", "LinkInfo", "OCXNAME"}, lower):
		p.add("property strings in "+clip(lower), true, strings.Join(loose(content), "\n"))
		return nil
	case c.isMacro(s):
		return nil // read as a module
	case oldText[s.name] != [2]string{}:
		if locked(s.name, content) {
			return unreadable("encrypted", "")
		}
		if len(s.path) > 0 {
			p.unread("embedded object "+s.place(), true, s.name, "needs_converter")
		}
		return nil
	case document && slices.Contains(partsOfText, lower) || len(content) == 0:
		return nil
	}
	return c.o.enter(p, "embedded object "+clip(s.place()), true, s.name, content)
}

// locked says whether an old document is protected by a password: a bit of
// Word's header ([MS-DOC] 2.5.2), a record of Excel's ([MS-XLS] 2.4.117).
func locked(name string, b []byte) bool {
	switch name {
	case "WordDocument":
		return len(b) > 12 && b[11]&1 != 0
	case "Workbook", "Book":
		const filePass = 0x2F
		for n := 0; len(b) >= 4 && n < 64; n++ {
			size := int(binary.LittleEndian.Uint16(b[2:]))
			if binary.LittleEndian.Uint16(b) == filePass {
				return true
			}
			b = b[min(4+size, len(b)):]
		}
	}
	return false
}

// native opens a file that was dropped into a document: its name, the place it
// came from and its bytes ([MS-OLEDS] 2.3.6, and what Packager writes).
func (c *compound) native(b []byte, p *parts) error {
	if len(b) < 6 {
		return unreadable("truncated", "embedded file")
	}
	rest := b[6:]
	var names [3]string
	for i := range names {
		if i == 2 { // four bytes of flags and a length stand before the last path
			rest = rest[min(8, len(rest)):]
		}
		end := bytes.IndexByte(rest, 0)
		if end < 0 || end > 4096 {
			return c.o.enter(p, "embedded object", true, "native", b[4:])
		}
		names[i], rest = text8(string(rest[:end])), rest[end+1:]
	}
	p.add("property path of embedded object", true, strings.Join(names[:], "\n"))
	if len(rest) < 4 {
		return unreadable("truncated", "embedded file")
	}
	size := binary.LittleEndian.Uint32(rest)
	if rest = rest[4:]; uint64(size) > uint64(len(rest)) {
		return unreadable("truncated", "embedded file")
	}
	file := path.Base(strings.ReplaceAll(names[0], `\`, "/"))
	return c.o.enter(p, "embedded object "+clip(file), true, file, rest[:size])
}

// outlook reads the properties of a mail of Outlook, which are streams named
// after their tag and type ([MS-OXMSG] 2.1).
func (c *compound) outlook(s stream, content []byte, p *parts) error {
	where := ""
	if len(s.path) > 0 {
		where = " in " + clip(strings.Join(s.path, "/"))
	}
	tag := strings.TrimPrefix(s.name, "__substg1.0_")
	if len(tag) < 8 || strings.HasPrefix(s.name, "__properties") {
		return nil // numbers and times
	}
	names := map[string]string{"0037": "subject", "1000": "body", "0C1A": "sender", "0C1F": "sender address", "0E04": "to", "0E03": "cc", "0E02": "bcc", "3707": "file name"}
	name := names[tag[:4]]
	if name == "" {
		name = "property " + tag
	}
	switch tag[4:8] {
	case "001F":
		p.add(name+where, strings.HasPrefix(name, "property"), wide(content))
	case "001E":
		p.add(name+where, strings.HasPrefix(name, "property"), text8(string(content)))
	case "0102":
		if tag[:4] == "3701" || tag[:4] == "1013" {
			return c.o.enter(p, "attachment"+where, false, "attachment", content)
		}
		p.add("property strings in "+tag+where, true, strings.Join(loose(content), "\n"))
	}
	return nil
}

// packedBodies marks mails whose only text is packed RTF, which is not read
// ([MS-OXRTFCP]).
func (c *compound) packedBodies(p *parts) {
	for _, s := range c.streams {
		plain := func(other stream) bool {
			return slices.Equal(other.path, s.path) && (strings.HasPrefix(other.name, "__substg1.0_1000") || strings.HasPrefix(other.name, "__substg1.0_1013"))
		}
		if s.name == "__substg1.0_10090102" && !slices.ContainsFunc(c.streams, plain) {
			p.unread("body", false, s.place(), "needs_converter")
		}
	}
}

// propertySets lists what a document says of itself: authors, company,
// template ([MS-OLEPS]).
func propertySets(b []byte, p *parts) error {
	if len(b) < 28 {
		return unreadable("truncated", "properties")
	}
	sets := binary.LittleEndian.Uint32(b[24:])
	for i := range min(int(sets), 2) {
		if len(b) < 48+20*i {
			return unreadable("truncated", "properties")
		}
		at := binary.LittleEndian.Uint32(b[44+20*i:])
		if uint64(at)+8 > uint64(len(b)) {
			return unreadable("truncated", "properties")
		}
		propertySet(b[at:], b[28+20*i] == 0xE0, p)
	}
	return nil
}

func propertySet(b []byte, summary bool, p *parts) {
	names := map[uint32]string{2: "title", 3: "subject", 4: "creator", 5: "keywords", 6: "description", 7: "template", 8: "lastModifiedBy", 9: "revision", 18: "application"}
	if !summary {
		names = map[uint32]string{2: "category", 14: "manager", 15: "company", 26: "contentType", 27: "contentStatus", 28: "language"}
	}
	count := binary.LittleEndian.Uint32(b[4:])
	for i := range min(int(count), 200) {
		if len(b) < 16+8*i {
			return
		}
		id, at := binary.LittleEndian.Uint32(b[8+8*i:]), binary.LittleEndian.Uint32(b[12+8*i:])
		if uint64(at)+8 > uint64(len(b)) {
			continue
		}
		v := b[at:]
		size := binary.LittleEndian.Uint32(v[4:])
		text := ""
		switch v[0] {
		case 0x1E:
			text = text8(string(v[8:min(8+uint64(size), uint64(len(v)))]))
		case 0x1F:
			text = wide(v[8:min(8+2*uint64(size), uint64(len(v)))])
		}
		name := names[id]
		if name == "" {
			name = fmt.Sprint(id)
		}
		p.add("property "+name, true, strings.Trim(text, "\x00"))
	}
}

// convert has another program turn an old document into one that can be read.
// Without the program its text is unread: at the top that refuses the file, in
// a container it is a part that says so.
func (o *opening) convert(kind [2]string, name string, data []byte, p parts) (Document, error) {
	if o.tools.Office == nil {
		if o.nested == 0 {
			return Document{}, unreadable("needs_converter", "%s", kind[0])
		}
		p.all = append([]Part{{Name: "body", Text: name, Unread: "needs_converter"}}, p.all...)
		return Document{Kind: Office97, MediaType: kind[1], Parts: p.all}, nil
	}
	converted, err := o.tools.Office(o.ctx, strings.TrimSuffix(name, path.Ext(name))+kind[0], data)
	if err == nil && !bytes.Contains(converted, []byte("[Content_Types].xml")) {
		err = errors.New("no office package came back")
	}
	if err != nil {
		if errors.Is(o.ctx.Err(), context.DeadlineExceeded) {
			return Document{}, o.check()
		}
		return Document{}, unreadable("needs_converter", "%s", kind[0])
	}
	d, err := o.openZip(name, converted)
	if err != nil {
		return Document{}, err
	}
	d.MediaType, d.Parts = kind[1], append(d.Parts, p.all...)
	return d, nil
}
