package eval

import (
	"bytes"
	"compress/zlib"
	"fmt"
	"strings"
	"unicode/utf16"
)

// pdfFile is a PDF being written (ISO 32000-1). Chinese stands in a font that is
// not embedded, with an encoding that is known by name, as in the documents of
// many offices.
type pdfFile struct {
	*build
	content  string   // of the first page, behind ordinary text
	objects  []string // from number 20 on
	page     string   // further keys of the page
	catalog  string   // of the catalog
	info     string
	trailing string
	gbk      bool
	packed   bool // streams are compressed, objects stand in an object stream
}

// hex is s as the font of the file encodes it.
func (p *pdfFile) hex(s string) string {
	if p.gbk {
		return fmt.Sprintf("<%X>", gbk(s))
	}
	var b strings.Builder
	for _, u := range utf16.Encode([]rune(s)) {
		fmt.Fprintf(&b, "%04X", u)
	}
	return "<" + b.String() + ">"
}

// text is a string of PDF outside of pages, in UTF-16.
func pdfText(s string) string {
	var b strings.Builder
	for _, u := range utf16.Encode([]rune(s)) {
		fmt.Fprintf(&b, "%04X", u)
	}
	return "<FEFF" + b.String() + ">"
}

// at writes a sentence at a place, split as it is cut.
func (p *pdfFile) at(x, y, size int, before string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "q %s BT /F1 %d Tf %d %d Td %d TL ", before, size, x, y, size+4)
	for _, s := range p.pieces() {
		for i, l := range strings.Split(s, "\n") {
			if i > 0 {
				b.WriteString("T* ")
			}
			b.WriteString(p.hex(l) + " Tj ")
		}
	}
	b.WriteString("ET Q\n")
	return b.String()
}

// object adds one and returns the reference to it.
func (p *pdfFile) object(s string) string {
	p.objects = append(p.objects, s)
	return fmt.Sprintf("%d 0 R", 19+len(p.objects))
}

func stream(dict, data string) string {
	return fmt.Sprintf("<< %s /Length %d >>\nstream\n%s\nendstream", dict, len(data), data)
}

func flate(s string) string {
	var b bytes.Buffer
	z := zlib.NewWriter(&b)
	_, err := z.Write([]byte(s))
	memory(err)
	memory(z.Close())
	return b.String()
}

func (p *pdfFile) bytes() []byte {
	content := ""
	y := 760
	for _, s := range p.prose[:min(len(p.prose), 8)] {
		content += fmt.Sprintf("BT /F1 11 Tf 60 %d Td %s Tj ET\n", y, p.hex(s))
		y -= 18
	}
	encoding := "/UniGB-UCS2-H"
	if p.gbk {
		encoding = "/GBK-EUC-H"
	}
	body := content + p.content
	page := stream("", body)
	if p.packed {
		page = stream("/Filter /FlateDecode", flate(body))
	}
	objects := map[int]string{
		1: "<< /Type /Catalog /Pages 2 0 R " + p.catalog + " >>",
		2: "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
		3: "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R " + p.page + " /Resources << /Font << /F1 5 0 R /F2 9 0 R >> " + p.resources() + " >> >>",
		4: page,
		5: "<< /Type /Font /Subtype /Type0 /BaseFont /STSong-Light /Encoding " + encoding + " /DescendantFonts [6 0 R] >>",
		6: "<< /Type /Font /Subtype /CIDFontType0 /BaseFont /STSong-Light /CIDSystemInfo << /Registry (Adobe) /Ordering (GB1) /Supplement 4 >> /FontDescriptor 7 0 R /DW 1000 /W [1 95 500 814 939 500] >>",
		7: "<< /Type /FontDescriptor /FontName /STSong-Light /Flags 6 /FontBBox [-25 -254 1000 880] /ItalicAngle 0 /Ascent 880 /Descent -120 /CapHeight 880 /StemV 93 >>",
		8: "<< /Producer (WPS PDF) " + p.info + " >>",
		9: "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
	}
	for i, o := range p.objects {
		objects[20+i] = o
	}
	last := 19 + len(p.objects)
	if p.packed {
		return append(packedObjects(objects, last), p.trailing...)
	}
	var out strings.Builder
	out.WriteString("%PDF-1.7\n%\xE2\xE3\xCF\xD3\n")
	offsets := map[int]int{}
	for n := 1; n <= last; n++ {
		if o, ok := objects[n]; ok {
			offsets[n] = out.Len()
			fmt.Fprintf(&out, "%d 0 obj\n%s\nendobj\n", n, o)
		}
	}
	at := out.Len()
	fmt.Fprintf(&out, "xref\n0 %d\n0000000000 65535 f \n", last+1)
	for n := 1; n <= last; n++ {
		if o, ok := offsets[n]; ok {
			fmt.Fprintf(&out, "%010d 00000 n \n", o)
		} else {
			out.WriteString("0000000000 65535 f \n")
		}
	}
	fmt.Fprintf(&out, "trailer\n<< /Size %d /Root 1 0 R /Info 8 0 R >>\nstartxref\n%d\n%%%%EOF\n", last+1, at)
	return []byte(out.String() + p.trailing)
}

// resources names what the content may draw beside text.
func (p *pdfFile) resources() string {
	return "/XObject << /X1 20 0 R >> /Properties << /L1 21 0 R >> /ExtGState << /G0 << /ca 0 /CA 0 >> >>"
}

// packedObjects writes what is no stream into an object stream, with a
// cross-reference stream (ISO 32000-1, 7.5.7 and 7.5.8).
func packedObjects(objects map[int]string, last int) []byte {
	var out strings.Builder
	out.WriteString("%PDF-1.7\n%\xE2\xE3\xCF\xD3\n")
	where := map[int][3]int{0: {0, 0, 65535}}
	head, body, n := "", "", 0
	for i := 1; i <= last; i++ {
		o, ok := objects[i]
		switch {
		case !ok:
		case strings.Contains(o, "\nstream\n"):
			where[i] = [3]int{1, out.Len(), 0}
			fmt.Fprintf(&out, "%d 0 obj\n%s\nendobj\n", i, o)
		default:
			head += fmt.Sprintf("%d %d ", i, len(body))
			body += o + "\n"
			where[i] = [3]int{2, last + 1, n}
			n++
		}
	}
	where[last+1] = [3]int{1, out.Len(), 0}
	fmt.Fprintf(&out, "%d 0 obj\n%s\nendobj\n", last+1, stream(fmt.Sprintf("/Type /ObjStm /N %d /First %d /Filter /FlateDecode", n, len(head)), flate(head+body)))
	at := out.Len()
	where[last+2] = [3]int{1, at, 0}
	var table []byte
	for i := range last + 3 {
		w := where[i]
		table = append(table, byte(w[0]), byte(w[1]>>16), byte(w[1]>>8), byte(w[1]), byte(w[2]>>8), byte(w[2]))
	}
	fmt.Fprintf(&out, "%d 0 obj\n%s\nendobj\nstartxref\n%d\n%%%%EOF\n", last+2, stream(fmt.Sprintf("/Type /XRef /Size %d /W [1 3 2] /Root 1 0 R /Info 8 0 R /Filter /FlateDecode", last+3), flate(string(table))), at)
	return []byte(out.String())
}

// printed makes a place of a PDF out of what it adds to one.
func printed(name string, hidden bool, f fits, add func(*pdfFile)) place {
	return place{name: name, hidden: hidden, fits: f, make: func(b *build) []byte {
		p := &pdfFile{build: b, packed: b.IntN(3) == 0, gbk: b.IntN(4) == 0 && f != anything && f != oneLine}
		p.objects = []string{stream("/Type /XObject /Subtype /Form /BBox [0 0 600 850] /Resources << /Font << /F1 5 0 R >> >>", "0 g"), "<< /Type /OCG /Name (layer) >>"}
		add(p)
		return p.bytes()
	}}
}

func pdfFormat() format {
	annot := func(name string, hidden bool, f fits, dict func(*pdfFile) string) place {
		return printed(name, hidden, f, func(p *pdfFile) {
			p.page = "/Annots [" + p.object("<< /Type /Annot "+dict(p)+" >>") + "]"
		})
	}
	const image = "<< /Type /XObject /Subtype /Image /Width 1 /Height 1 /ColorSpace /DeviceRGB /BitsPerComponent 8 /Length 3 >>\nstream\nabc\nendstream"
	return format{name: "pdf", ending: ".pdf", places: []place{
		printed("page", false, printable, func(p *pdfFile) { p.content = p.at(60, 400, 12, "") }),
		printed("placed one by one", false, printable, func(p *pdfFile) {
			x := 60
			for _, s := range p.pieces() {
				for _, r := range s {
					p.content += fmt.Sprintf("BT /F1 12 Tf 1 0 0 1 %d 400 Tm %s Tj ET\n", x, p.hex(string(r)))
					if x += 12; x > 560 {
						return
					}
				}
			}
		}),
		printed("adjusted", false, printable, func(p *pdfFile) {
			p.content = "BT /F1 12 Tf 60 400 Td ["
			for _, s := range p.pieces() {
				p.content += p.hex(s) + " -20 "
			}
			p.content += "] TJ ET\n"
		}),
		printed("form object", false, printable, func(p *pdfFile) {
			p.objects[0] = stream("/Type /XObject /Subtype /Form /BBox [0 0 600 850] /Resources << /Font << /F1 5 0 R >> >>", p.at(60, 300, 12, ""))
			p.content = "q /X1 Do Q\n"
		}),
		printed("upright", false, printable, func(p *pdfFile) { p.content = "q 0 1 -1 0 500 60 cm " + p.at(0, 0, 12, "") + "Q\n" }),
		printed("free text", false, printable, func(p *pdfFile) {
			ap := p.object(stream("/Type /XObject /Subtype /Form /BBox [0 0 400 40] /Resources << /Font << /F1 5 0 R >> >>", p.at(2, 20, 12, "")))
			p.page = "/Annots [" + p.object("<< /Type /Annot /Subtype /FreeText /Rect [60 300 460 340] /DA (/F1 12 Tf) /Contents "+pdfText(p.String())+" /AP << /N "+ap+" >> >>") + "]"
		}),
		printed("invisible", true, printable, func(p *pdfFile) { p.content = p.at(60, 400, 12, "3 Tr") }),
		printed("white", true, printable, func(p *pdfFile) { p.content = p.at(60, 400, 12, "1 1 1 rg") }),
		printed("almost white", true, printable, func(p *pdfFile) { p.content = p.at(60, 400, 12, "0.995 g") }),
		printed("see-through", true, printable, func(p *pdfFile) { p.content = p.at(60, 400, 12, "/G0 gs") }),
		printed("one point", true, printable, func(p *pdfFile) { p.content = p.at(60, 400, 1, "") }),
		printed("off the page", true, printable, func(p *pdfFile) { p.content = p.at(60, -200, 12, "") }),
		printed("outside the crop", true, printable, func(p *pdfFile) {
			p.page = "/CropBox [0 300 595 842]"
			p.content = p.at(60, 100, 12, "")
		}),
		printed("under a box", true, printable, func(p *pdfFile) { p.content = p.at(60, 400, 12, "") + "q 0 g 40 380 520 40 re f Q\n" }),
		printed("under a white box", true, printable, func(p *pdfFile) { p.content = p.at(60, 400, 12, "") + "q 1 g 40 380 520 40 re f Q\n" }),
		printed("black on black", true, printable, func(p *pdfFile) { p.content = "q 0 g 40 380 520 40 re f Q\n" + p.at(60, 400, 12, "0 g") }),
		printed("under a picture", true, printable, func(p *pdfFile) {
			p.objects[0] = image
			p.content = p.at(60, 400, 12, "") + "q 520 0 0 40 40 380 cm /X1 Do Q\n"
		}),
		printed("clipped", true, printable, func(p *pdfFile) {
			p.content = "q 0 0 10 10 re W n " + p.at(60, 400, 12, "") + "Q\n"
		}),
		printed("layer that is off", true, printable, func(p *pdfFile) {
			p.catalog = "/OCProperties << /OCGs [21 0 R] /D << /OFF [21 0 R] /Order [21 0 R] >> >>"
			p.content = "/OC /L1 BDC " + p.at(60, 400, 12, "") + "EMC\n"
		}),
		annot("note", true, anything, func(p *pdfFile) string {
			return "/Subtype /Text /Rect [10 10 30 30] /T (a) /Contents " + pdfText(p.String())
		}),
		annot("highlight", true, anything, func(p *pdfFile) string {
			return "/Subtype /Highlight /Rect [10 10 30 30] /QuadPoints [10 30 30 30 10 10 30 10] /Contents " + pdfText(p.String())
		}),
		annot("author of a note", true, oneLine, func(p *pdfFile) string {
			return "/Subtype /Text /Rect [10 10 30 30] /Contents (ok) /T " + pdfText(p.String())
		}),
		annot("hidden annotation", true, oneLine, func(p *pdfFile) string {
			return "/Subtype /FreeText /F 2 /Rect [10 10 300 30] /Contents " + pdfText(p.String())
		}),
		annot("rich note", true, oneLine, func(p *pdfFile) string {
			return "/Subtype /Text /Rect [10 10 30 30] /RC " + pdfText(`<body xmlns="http://www.w3.org/1999/xhtml"><p>`+esc(p.String())+`</p></body>`)
		}),
		annot("overlay of a redaction", true, oneLine, func(p *pdfFile) string {
			return "/Subtype /Redact /Rect [10 10 300 30] /OverlayText " + pdfText(p.String())
		}),
		printed("under a redaction that was not applied", true, printable, func(p *pdfFile) {
			p.content = p.at(60, 400, 12, "")
			p.page = "/Annots [" + p.object("<< /Type /Annot /Subtype /Redact /Rect [40 390 560 420] /QuadPoints [40 420 560 420 40 390 560 390] >>") + "]"
		}).shown(),
		annot("link target", true, latin, func(p *pdfFile) string {
			return "/Subtype /Link /Rect [10 10 30 30] /A << /S /URI /URI (https://www.example.gov.cn/?q=" + strings.ReplaceAll(p.secret, " ", "") + ") >>"
		}),
		annot("file on a page", true, oneLine, func(p *pdfFile) string {
			f := p.object(stream("/Type /EmbeddedFile", p.String()))
			return "/Subtype /FileAttachment /Rect [10 10 30 30] /FS << /Type /Filespec /F (a.txt) /EF << /F " + f + " >> >>"
		}),
		printed("attachment", true, oneLine, func(p *pdfFile) {
			f := p.object(stream("/Type /EmbeddedFile /Filter /FlateDecode", flate(p.String())))
			s := p.object("<< /Type /Filespec /F (a.txt) /UF (a.txt) /EF << /F " + f + " >> >>")
			p.catalog = "/Names << /EmbeddedFiles << /Names [(a) " + s + "] >> >>"
		}),
		printed("document attached", true, oneLine, func(p *pdfFile) {
			d := &docx{build: p.build}
			d.add(d.runs(""))
			f := p.object(stream("/Type /EmbeddedFile /Filter /FlateDecode", flate(string(d.bytes()))))
			p.catalog = "/Names << /EmbeddedFiles << /Names [(a) " + p.object("<< /Type /Filespec /F (a.docx) /EF << /F "+f+" >> >>") + "] >> >>"
		}),
		printed("description of an attachment", true, oneLine, func(p *pdfFile) {
			f := p.object(stream("/Type /EmbeddedFile", "x"))
			p.catalog = "/Names << /EmbeddedFiles << /Names [(a) " + p.object("<< /Type /Filespec /F (a.txt) /Desc "+pdfText(p.String())+" /EF << /F "+f+" >> >>") + "] >> >>"
		}),
		printed("form value", true, oneLine, func(p *pdfFile) {
			f := p.object("<< /Type /Annot /Subtype /Widget /FT /Tx /T (n) /Rect [0 0 0 0] /F 2 /V " + pdfText(p.String()) + " >>")
			p.page, p.catalog = "/Annots ["+f+"]", "/AcroForm << /Fields ["+f+"] >>"
		}),
		printed("form default", true, oneLine, func(p *pdfFile) {
			f := p.object("<< /FT /Tx /T (n) /V () /DV " + pdfText(p.String()) + " >>")
			p.catalog = "/AcroForm << /Fields [" + f + "] >>"
		}),
		printed("form choices", true, oneLine, func(p *pdfFile) {
			f := p.object("<< /FT /Ch /T (n) /Opt [(a) " + pdfText(p.String()) + "] >>")
			p.catalog = "/AcroForm << /Fields [" + f + "] >>"
		}),
		printed("tooltip of a field", true, oneLine, func(p *pdfFile) {
			f := p.object("<< /FT /Tx /T (n) /TU " + pdfText(p.String()) + " >>")
			p.catalog = "/AcroForm << /Fields [" + f + "] >>"
		}),
		printed("XFA", true, oneLine, func(p *pdfFile) {
			x := p.object(stream("", `<xdp:xdp xmlns:xdp="http://ns.adobe.com/xdp/"><xfa:datasets xmlns:xfa="x"><xfa:data><a>`+esc(p.String())+`</a></xfa:data></xfa:datasets></xdp:xdp>`))
			p.catalog = "/AcroForm << /Fields [] /XFA [(datasets) " + x + "] >>"
		}),
		printed("information", true, oneLine, func(p *pdfFile) {
			p.info = p.pick("/Author", "/Title", "/Subject", "/Keywords", "/Creator", "/Company") + " " + pdfText(p.String())
		}),
		printed("XMP", true, oneLine, func(p *pdfFile) {
			p.catalog = "/Metadata " + p.object(stream("/Type /Metadata /Subtype /XML", xmp(p.String())))
		}),
		printed("JavaScript", true, oneLine, func(p *pdfFile) {
			p.catalog = "/OpenAction << /S /JavaScript /JS " + pdfText(`app.alert("`+p.String()+`");`) + " >>"
		}),
		printed("launch", true, oneLine, func(p *pdfFile) { p.catalog = "/OpenAction << /S /Launch /F " + pdfText(p.String()) + " >>" }),
		printed("bookmark", true, oneLine, func(p *pdfFile) {
			o := p.object("<< /Title " + pdfText(p.String()) + " /Parent 23 0 R /Dest [3 0 R /Fit] >>")
			p.object("<< /Type /Outlines /First " + o + " /Last " + o + " /Count 1 >>")
			p.catalog = "/Outlines 23 0 R"
		}),
		printed("alternative text", true, oneLine, func(p *pdfFile) {
			p.catalog = "/MarkInfo << /Marked true >> /StructTreeRoot << /Type /StructTreeRoot /K " + p.object("<< /Type /StructElem /S /Figure /Alt "+pdfText(p.String())+" /P 1 0 R >>") + " >>"
		}),
		printed("name of a layer", true, oneLine, func(p *pdfFile) {
			p.objects[1] = "<< /Type /OCG /Name " + pdfText(p.String()) + " >>"
			p.catalog = "/OCProperties << /OCGs [21 0 R] /D << /OFF [21 0 R] >> >>"
		}),
		printed("page label", true, oneLine, func(p *pdfFile) { p.catalog = "/PageLabels << /Nums [0 << /P " + pdfText(p.String()) + " >>] >>" }),
		printed("string nobody refers to", true, oneLine, func(p *pdfFile) { p.object("<< /Note " + pdfText(p.String()) + " >>") }),
		printed("private data", true, oneLine, func(p *pdfFile) {
			p.page = "/PieceInfo << /WPS << /Private << /Note " + pdfText(p.String()) + " >> >> >>"
		}),
		printed("comment of the file", true, latin, func(p *pdfFile) { p.trailing = "% " + p.secret + "\n" }),
		printed("after the end", true, oneLine, func(p *pdfFile) { p.trailing = p.String() + "\n" }),
		printed("earlier revision", true, printable, func(p *pdfFile) {
			p.packed = false
			p.content = p.at(60, 400, 12, "")
			p.trailing = "\x00"
		}).revised(),
	}}
}

// shown is the place as one that a reader still sees.
func (p place) shown() place {
	p.hidden = false
	return p
}

// revised saves a file again without what it said, by adding to it.
func (p place) revised() place {
	first := p.make
	p.make = func(b *build) []byte {
		old := bytes.TrimSuffix(first(b), []byte{0})
		var out bytes.Buffer
		out.Write(old)
		at := out.Len()
		fmt.Fprintf(&out, "4 0 obj\n%s\nendobj\n", stream("", "BT /F2 12 Tf 60 400 Td (revised) Tj ET"))
		xref := out.Len()
		from := bytes.LastIndex(old, []byte("\nxref\n")) + 1
		fmt.Fprintf(&out, "xref\n4 1\n%010d 00000 n \ntrailer\n<< /Size 30 /Root 1 0 R /Info 8 0 R /Prev %d >>\nstartxref\n%d\n%%%%EOF\n", at, from, xref)
		return out.Bytes()
	}
	return p
}

func xmp(s string) string {
	return `<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:description><rdf:Alt><rdf:li xml:lang="x-default">` +
		esc(s) + `</rdf:li></rdf:Alt></dc:description></rdf:Description></rdf:RDF></x:xmpmeta><?xpacket end="w"?>`
}
