package eval

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"strings"
)

// entry is one file of a zip.
type entry struct {
	name    string
	data    string
	comment string
}

// zipped packs entries in their order. Writing to memory does not fail.
func zipped(entries []entry, comment string) []byte {
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	for _, e := range entries {
		h := &zip.FileHeader{Name: e.name, Comment: e.comment, Method: zip.Deflate}
		h.NonUTF8 = !strings.Contains(e.name, "/") && !ascii(e.name) && !valid(e.name)
		w, err := z.CreateHeader(h)
		memory(err)
		_, err = w.Write([]byte(e.data))
		memory(err)
	}
	memory(z.SetComment(comment))
	memory(z.Close())
	return out.Bytes()
}

// memory takes an error that writing to memory does not give. If it did, the
// file would be damaged and its case a miss.
func memory(error) {}

func ascii(s string) bool { return strings.IndexFunc(s, func(r rune) bool { return r >= 0x80 }) < 0 }

func valid(s string) bool { return strings.ToValidUTF8(s, "") == s }

// esc is s as XML text or attribute.
func esc(s string) string {
	var b strings.Builder
	memory(xml.EscapeText(&b, []byte(s)))
	return strings.NewReplacer("&#xA;", "\n", "&#34;", "&quot;").Replace(b.String())
}

const xmlHead = `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>` + "\n"

// part is one part of an OOXML package: what it is, who points at it and how.
type part struct {
	name string // /word/header1.xml
	kind string // content type
	of   string // the part that points at it; empty for the package
	rel  string // last step of the relationship's type, or the whole of it
	id   string
	data string // empty if only the relationship is meant
	away string // an external target instead
}

// ooxml packs parts with their relationships (ECMA-376 part 2).
func ooxml(parts []part, more ...entry) []byte {
	const office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/"
	types := xmlHead + `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>` +
		`<Default Extension="xml" ContentType="application/xml"/><Default Extension="png" ContentType="image/png"/><Default Extension="vml" ContentType="application/vnd.openxmlformats-officedocument.vmlDrawing"/>` +
		`<Default Extension="bin" ContentType="application/vnd.openxmlformats-officedocument.oleObject"/><Default Extension="xlsx" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"/>`
	rels := map[string]string{}
	var order []string
	var entries []entry
	for _, p := range parts {
		if p.kind != "" {
			types += `<Override PartName="` + p.name + `" ContentType="` + p.kind + `"/>`
		}
		if p.rel != "" {
			kind := p.rel
			if !strings.Contains(kind, ":") {
				kind = office + kind
			}
			if _, known := rels[p.of]; !known {
				order = append(order, p.of)
			}
			target := `" Target="` + p.name + `"/>`
			if p.away != "" {
				target = `" Target="` + esc(p.away) + `" TargetMode="External"/>`
			}
			rels[p.of] += `<Relationship Id="` + p.id + `" Type="` + kind + target
		}
		if p.data != "" {
			entries = append(entries, entry{name: strings.TrimPrefix(p.name, "/"), data: p.data})
		}
	}
	for _, of := range order {
		folder, file := "", ""
		if of != "" {
			at := strings.LastIndexByte(of, '/')
			folder, file = of[1:at+1], of[at+1:]
		}
		entries = append(entries, entry{name: folder + "_rels/" + file + ".rels", data: xmlHead + `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">` + rels[of] + `</Relationships>`})
	}
	all := append([]entry{{name: "[Content_Types].xml", data: types + `</Types>`}}, entries...)
	return zipped(append(all, more...), "")
}
