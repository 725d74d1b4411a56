package paper

import (
	"archive/zip"
	"encoding/xml"
	"fmt"
	"io"
	"strings"
	"time"
)

// Lengths in a .docx are in twentieths of a point; those of drawings in 12700ths.
const (
	twip      = 20
	emu       = 12700
	wordSpace = `xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"`
	pageShort = 11906
	pageLong  = 16838

	docxTypes = xml.Header + `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Default Extension="png" ContentType="image/png"/><Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>`
	docxRels  = xml.Header + `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="word/document.xml"/></Relationships>`
	docxCode  = xml.Header + `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="code" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/image" Target="media/code.png"/></Relationships>`
	picture   = `<w:p><w:r><w:drawing><wp:inline xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing"><wp:extent cx="%[1]d" cy="%[1]d"/><wp:docPr id="1" name="code" descr="%[2]s"/><a:graphic xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"><a:graphicData uri="http://schemas.openxmlformats.org/drawingml/2006/picture"><pic:pic xmlns:pic="http://schemas.openxmlformats.org/drawingml/2006/picture"><pic:nvPicPr><pic:cNvPr id="1" name="code"/><pic:cNvPicPr/></pic:nvPicPr><pic:blipFill><a:blip xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships" r:embed="code"/><a:stretch><a:fillRect/></a:stretch></pic:blipFill><pic:spPr><a:xfrm><a:off x="0" y="0"/><a:ext cx="%[1]d" cy="%[1]d"/></a:xfrm><a:prstGeom prst="rect"><a:avLst/></a:prstGeom></pic:spPr></pic:pic></a:graphicData></a:graphic></wp:inline></w:drawing></w:r></w:p>`
)

// DOCX writes the sheet for a word processor. The same sheet always gives the same bytes.
func (s Sheet) DOCX(w io.Writer) error {
	parts := []struct{ name, content string }{{"[Content_Types].xml", docxTypes}, {"_rels/.rels", docxRels}, {"word/document.xml", s.word()}}
	if s.QR != "" {
		code, err := qrCode(s.QR)
		if err != nil {
			return fmt.Errorf("paper: %w", err)
		}
		parts = append(parts, struct{ name, content string }{"word/_rels/document.xml.rels", docxCode}, struct{ name, content string }{"word/media/code.png", string(code)})
	}
	z := zip.NewWriter(w)
	for _, p := range parts {
		f, err := z.CreateHeader(&zip.FileHeader{Name: p.name, Method: zip.Deflate, Modified: time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC)})
		if err == nil {
			_, err = io.WriteString(f, p.content)
		}
		if err != nil {
			return fmt.Errorf("paper: %s: %w", p.name, err)
		}
	}
	if err := z.Close(); err != nil {
		return fmt.Errorf("paper: %w", err)
	}
	return nil
}

func (s Sheet) word() string {
	var b strings.Builder
	b.WriteString(xml.Header + `<w:document ` + wordSpace + `><w:body>`)
	paragraph(&b, s.Title+s.Mark, title, "center", true)
	for _, line := range s.Under {
		paragraph(&b, line, small, "center", false)
	}
	long, short := pageLong, pageShort
	width := float64(short) - 2*margin*twip
	if s.Wide {
		width = float64(long) - 2*margin*twip
	}
	for _, t := range s.Tables {
		if t.Heading != "" {
			paragraph(&b, t.Heading, heading, "left", true)
		} else {
			paragraph(&b, "", 1, "left", false) // tables that touch would become one
		}
		t.word(&b, t.widths(width))
	}
	paragraph(&b, "", small, "left", false)
	if s.QR != "" {
		fmt.Fprintf(&b, picture, int(codeSide)*emu, escaped(s.QR))
	}
	for _, line := range s.Foot {
		paragraph(&b, line, small, "left", false)
	}
	lies := ""
	w, h := short, long
	if s.Wide {
		w, h, lies = long, short, ` w:orient="landscape"`
	}
	m := int(margin * twip)
	fmt.Fprintf(&b, `<w:sectPr><w:pgSz w:w="%d" w:h="%d"%s/><w:pgMar w:top="%[4]d" w:right="%[4]d" w:bottom="%[4]d" w:left="%[4]d" w:header="500" w:footer="500" w:gutter="0"/></w:sectPr></w:body></w:document>`, w, h, lies, m)
	return b.String()
}

func (t Table) word(b *strings.Builder, widths []float64) {
	const line = `<w:%[1]s w:val="single" w:sz="4" w:space="0" w:color="000000"/>`
	b.WriteString(`<w:tbl><w:tblPr><w:tblW w:w="0" w:type="auto"/><w:tblBorders>`)
	for _, side := range []string{"top", "left", "bottom", "right", "insideH", "insideV"} {
		fmt.Fprintf(b, line, side)
	}
	b.WriteString(`</w:tblBorders><w:tblLayout w:type="fixed"/></w:tblPr><w:tblGrid>`)
	for _, w := range widths {
		fmt.Fprintf(b, `<w:gridCol w:w="%d"/>`, int(w))
	}
	b.WriteString(`</w:tblGrid>`)
	row := func(cells []string, head bool) {
		b.WriteString(`<w:tr><w:trPr><w:cantSplit/>`)
		if head {
			b.WriteString(`<w:tblHeader/>`)
		}
		b.WriteString(`</w:trPr>`)
		for i, w := range widths {
			fmt.Fprintf(b, `<w:tc><w:tcPr><w:tcW w:w="%d" w:type="dxa"/></w:tcPr>`, int(w))
			text := ""
			if i < len(cells) {
				text = cells[i]
			}
			paragraph(b, text, body, "left", head || len(t.Head) == 0 && i%2 == 0)
			b.WriteString(`</w:tc>`)
		}
		b.WriteString(`</w:tr>`)
	}
	if len(t.Head) > 0 {
		row(t.Head, true)
	}
	for _, cells := range t.Rows {
		row(cells, false)
	}
	b.WriteString(`</w:tbl>`)
}

// paragraph writes one paragraph; a line break in it stays one.
func paragraph(b *strings.Builder, text string, size float64, align string, bold bool) {
	weight := ""
	if bold {
		weight = "<w:b/>"
	}
	fmt.Fprintf(b, `<w:p><w:pPr><w:spacing w:before="20" w:after="20"/><w:jc w:val="%s"/></w:pPr><w:r><w:rPr><w:rFonts w:eastAsia="宋体"/>%s<w:sz w:val="%d"/></w:rPr>`, align, weight, int(size*2))
	for i, line := range strings.Split(text, "\n") {
		if i > 0 {
			b.WriteString(`<w:br/>`)
		}
		b.WriteString(`<w:t xml:space="preserve">` + escaped(line) + `</w:t>`)
	}
	b.WriteString(`</w:r></w:p>`)
}

// escaped is a text as XML holds it; characters it cannot hold become U+FFFD.
func escaped(text string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(text)) // a builder takes everything
	return b.String()
}
