package document

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// TestConcealedAndPlainText: what nobody sees is called hidden, and what looks
// like it and is seen is not.
func TestConcealedAndPlainText(t *testing.T) {
	t.Parallel()
	doc := func(body, styles string, more ...string) []byte {
		return zipOf(t, append([]string{
			"_rels/.rels", rootRels, "word/document.xml", `<w:document ` + w + `><w:body>` + body + `</w:body></w:document>`,
			"word/styles.xml", `<w:styles ` + w + `>` + styles + `</w:styles>`,
		}, more...)...)
	}
	run := func(props string) string {
		return `<w:p><w:r><w:rPr>` + props + `</w:rPr><w:t>甲乙</w:t></w:r></w:p>`
	}
	box := func(before, pr string) string {
		return `<w:p><w:r><w:drawing><wp:anchor>` + before + `<wp:extent cx="2000000" cy="500000"/><wp:docPr id="1" ` + pr + `/><w:txbxContent><w:p><w:r><w:t>甲乙</w:t></w:r></w:p></w:txbxContent></wp:anchor></w:drawing></w:r></w:p>`
	}
	at := func(offset string) string {
		return `<wp:positionH relativeFrom="page"><wp:posOffset>` + offset + `</wp:posOffset></wp:positionH>`
	}
	const table = `<w:style w:type="table" w:styleId="T"><w:rPr><w:vanish/></w:rPr></w:style>`
	inTable := `<w:tbl><w:tblPr><w:tblStyle w:val="T"/></w:tblPr><w:tr><w:tc><w:p><w:r><w:t>甲乙</w:t></w:r></w:p></w:tc></w:tr></w:tbl>`
	contents := `<w:p><w:r><w:instrText> PAGEREF _Toc1 \h </w:instrText></w:r><w:r><w:rPr><w:webHidden/></w:rPr><w:t>甲乙</w:t></w:r></w:p>`
	headed := func(which, settings string) []byte {
		return doc(`<w:sectPr><w:headerReference w:type="`+which+`" r:id="h"/></w:sectPr>`, "", "word/settings.xml", `<w:settings `+w+`>`+settings+`</w:settings>`,
			"word/header1.xml", `<w:hdr `+w+`><w:p><w:r><w:t>甲乙</w:t></w:r></w:p></w:hdr>`,
			"word/_rels/document.xml.rels", `<Relationships><Relationship Id="h" Type="x/header" Target="header1.xml"/></Relationships>`)
	}
	slide := func(slide, shapes, master string) []byte {
		return zipOf(t, "[Content_Types].xml", `<Types/>`, "_rels/.rels", `<Relationships><Relationship Id="r" Type="x/officeDocument" Target="ppt/presentation.xml"/></Relationships>`,
			"ppt/presentation.xml", `<p:presentation><p:sldIdLst><p:sldId id="256" r:id="r1"/></p:sldIdLst><p:sldSz cx="1000" cy="700"/></p:presentation>`,
			"ppt/_rels/presentation.xml.rels", `<Relationships><Relationship Id="r1" Type="x/slide" Target="slides/slide1.xml"/></Relationships>`,
			"ppt/slideMasters/slideMaster1.xml", `<p:sldMaster><p:cSld>`+master+`</p:cSld><p:clrMap bg1="lt1"/></p:sldMaster>`,
			"ppt/slides/slide1.xml", `<p:sld><p:cSld>`+slide+`<p:spTree>`+shapes+`</p:spTree></p:cSld></p:sld>`)
	}
	words := func(fill string) string {
		return `<p:sp><p:spPr><a:xfrm><a:off x="10" y="10"/><a:ext cx="100" cy="100"/></a:xfrm></p:spPr><p:txBody><a:p><a:r><a:rPr>` + fill + `</a:rPr><a:t>甲乙</a:t></a:r></a:p></p:txBody></p:sp>`
	}
	const white = `<a:solidFill><a:schemeClr val="bg1"/></a:solidFill>`
	const band = `<p:sp><p:spPr><a:xfrm><a:off x="0" y="0"/><a:ext cx="200" cy="200"/></a:xfrm><a:solidFill><a:srgbClr val="1F4E79"/></a:solidFill></p:spPr></p:sp>`
	page := func(object, more string) []byte {
		return zipOf(t, "OFD.xml", `<OFD><DocBody><DocRoot>Doc_0/Document.xml</DocRoot></DocBody></OFD>`,
			"Doc_0/Document.xml", `<Document><CommonData><PageArea><PhysicalBox>0 0 210 297</PhysicalBox></PageArea></CommonData><Pages><Page ID="1" BaseLoc="P.xml"/></Pages></Document>`,
			"Doc_0/P.xml", `<Page><Content><Layer>`+more+object+`</Layer></Content></Page>`)
	}
	object := func(boundary, inside string) string {
		return `<TextObject Boundary="` + boundary + `" Size="5">` + inside + `<TextCode>甲乙</TextCode></TextObject>`
	}
	const dark = `<PathObject Boundary="0 0 100 100" Fill="true"><FillColor Value="0 0 0"/></PathObject>`
	row := func(format, attrs string) []byte {
		return zipOf(t, "_rels/.rels", `<Relationships><Relationship Id="r" Type="x/officeDocument" Target="xl/workbook.xml"/></Relationships>`, "xl/_rels/workbook.xml.rels", workbookRels,
			"xl/workbook.xml", `<workbook><sheets><sheet name="表" r:id="r1"/></sheets></workbook>`,
			"xl/worksheets/sheet1.xml", `<worksheet><sheetFormatPr `+format+`/><sheetData><row r="1" `+attrs+`><c r="A1" t="inlineStr"><is><t>甲乙</t></is></c></row></sheetData></worksheet>`)
	}
	for name, c := range map[string]struct {
		file   string
		data   []byte
		hidden bool
	}{
		"table style hides":                         {"a.docx", doc(inTable, table), true},
		"table style hides its first row only":      {"a.docx", doc(inTable, `<w:style w:type="table" w:styleId="T"><w:tblStylePr w:type="firstRow"><w:rPr><w:vanish/></w:rPr></w:tblStylePr></w:style>`), false},
		"colour of the paper by theme":              {"a.docx", doc(run(`<w:color w:val="auto" w:themeColor="background1"/>`), ""), true},
		"darker colour of the paper":                {"a.docx", doc(run(`<w:color w:val="7F7F7F" w:themeColor="background1" w:themeShade="80"/>`), ""), false},
		"one percent wide":                          {"a.docx", doc(run(`<w:w w:val="1"/>`), ""), true},
		"condensed":                                 {"a.docx", doc(run(`<w:w w:val="80"/>`), ""), false},
		"letters without fill":                      {"a.docx", doc(run(`<w14:textFill><w14:noFill/></w14:textFill>`), ""), true},
		"number of a line of contents":              {"a.docx", doc(contents, ""), false},
		"kept from web pages":                       {"a.docx", doc(run(`<w:webHidden/>`), ""), true},
		"text box":                                  {"a.docx", doc(box(at("10"), ""), ""), false},
		"hidden text box":                           {"a.docx", doc(box(at("10"), `hidden="1"`), ""), true},
		"text box off the page":                     {"a.docx", doc(box(at("-9000000"), ""), ""), true},
		"text box that reaches over the edge":       {"a.docx", doc(box(at("-1000000"), ""), ""), false},
		"shape that is not visible":                 {"a.docx", doc(`<w:p><w:r><v:shape style="visibility: hidden"><w:txbxContent><w:p><w:r><w:t>甲乙</w:t></w:r></w:p></w:txbxContent></v:shape></w:r></w:p>`, ""), true},
		"header":                                    {"a.docx", headed("default", ""), false},
		"header of a first page like the others":    {"a.docx", headed("first", ""), true},
		"header of even pages like the odd ones":    {"a.docx", headed("even", ""), true},
		"header of even pages":                      {"a.docx", headed("even", `<w:evenAndOddHeaders/>`), false},
		"author of a comment":                       {"a.docx", doc("", "", "word/comments.xml", `<w:comments `+w+`><w:comment w:id="1" w:author="甲乙"><w:p><w:r><w:t>注</w:t></w:r></w:p></w:comment></w:comments>`), true},
		"white on a white slide":                    {"a.pptx", slide("", words(white), ""), true},
		"white on a dark band":                      {"a.pptx", slide("", band+words(white), ""), false},
		"white on a slide of a colour":              {"a.pptx", slide(`<p:bg/>`, words(white), ""), false},
		"white on a master of a colour":             {"a.pptx", slide("", words(white), `<p:bg><p:bgPr><a:solidFill><a:srgbClr val="1F4E79"/></a:solidFill></p:bgPr></p:bg>`), false},
		"letters of a slide without fill":           {"a.pptx", slide("", words(`<a:noFill/>`), ""), true},
		"letters of a slide seen through":           {"a.pptx", slide("", words(`<a:solidFill><a:srgbClr val="000000"><a:alpha val="0"/></a:srgbClr></a:solidFill>`), ""), true},
		"letters without outline":                   {"a.pptx", slide("", words(`<a:ln><a:noFill/></a:ln>`), ""), false},
		"row":                                       {"a.xlsx", row(`defaultRowHeight="14"`, ""), false},
		"row without a height where rows have none": {"a.xlsx", row(`zeroHeight="1"`, ""), true},
		"row with a height where rows have none":    {"a.xlsx", row(`zeroHeight="1"`, `ht="14"`), false},
		"page":                                      {"a.ofd", page(object("10 10 50 5", ""), ""), false},
		"off the page":                              {"a.ofd", page(object("250 10 50 5", ""), ""), true},
		"almost white":                              {"a.ofd", page(object("10 10 50 5", `<FillColor Value="#FE #FE #FE"/>`), ""), true},
		"white on a dark ground":                    {"a.ofd", page(object("10 10 50 5", `<FillColor Value="255 255 255"/>`), dark), false},
		"under a dark box":                          {"a.ofd", page("", object("10 10 50 5", "")+dark), true},
	} {
		d := open(t, c.file, c.data)
		found := false
		for _, p := range d.Parts {
			if p.Text != "" && trimmed(p.Text) == "甲乙" {
				found = true
				require.Equal(t, c.hidden, p.Hidden, "%s: %s", name, p.Name)
			}
		}
		require.True(t, found, "%s: %v", name, texts(d))
	}
}

func trimmed(s string) string { return tidy(s) }

// TestRunsOfADrawingAreOneText: what stands between runs breaks nothing.
func TestRunsOfADrawingAreOneText(t *testing.T) {
	t.Parallel()
	d := open(t, "a.docx", zipOf(t, "_rels/.rels", rootRels, "word/document.xml", `<w:document `+w+`><w:body><w:p><w:r><w:ruby><w:rt><w:r><w:t>ban</w:t></w:r></w:rt><w:rubyBase><w:r><w:t>021</w:t></w:r></w:rubyBase></w:ruby></w:r></w:p></w:body></w:document>`,
		"word/charts/chart1.xml", `<c:chart><a:p><a:r><a:rPr lang="zh-CN"/><a:t>021-5</a:t></a:r><a:r><a:rPr lang="zh-CN"/><a:t>9520000</a:t></a:r></a:p><a:p><a:r><a:t>次行</a:t></a:r></a:p></c:chart>`))
	require.Equal(t, "021-59520000\n次行", texts(d)["chart chart1.xml"])
	require.Equal(t, "021", texts(d)["body"])
	require.Equal(t, "ban", texts(d)["text over text"])
}

// TestPicturesTellWhatWindowsWrites: in UTF-16, whatever the byte order of the
// rest.
func TestPicturesTellWhatWindowsWrites(t *testing.T) {
	t.Parallel()
	field := utf16Text("机密★10年")
	block := "II*\x00\x08\x00\x00\x00\x01\x00\x9C\x9C\x01\x00" + string([]byte{byte(len(field)), 0, 0, 0}) + "\x1A\x00\x00\x00\x00\x00\x00\x00" + field
	d := open(t, "a.png", pngOf(t, "eXIf"+block))
	require.Equal(t, "XPComment: 机密★10年", texts(d)["property EXIF of Windows"])
	require.Equal(t, []string{"XPComment: 乙"}, exifWords([]byte("II*\x00\x08\x00\x00\x00\x01\x00\x9C\x9C\x01\x00\x06\x00\x00\x00\x1A\x00\x00\x00\x00\x00\x00\x00Y\x4E\x00\x00\x00\x00")))
	require.Empty(t, exifWords([]byte("II*\x00\xFF\xFF\xFF\xFF")))
}

// TestMailInGBKMayHoldAllOfGB18030: as browsers read it.
func TestMailInGBKMayHoldAllOfGB18030(t *testing.T) {
	t.Parallel()
	d := open(t, "a.eml", []byte("MIME-Version: 1.0\r\nSubject: =?GBK?B?gTCBMA==?=\r\nContent-Type: text/plain; charset=gb2312\r\n\r\n\xBB\xFA\x81\x36\xA4\x37\xC3\xDC"))
	require.Equal(t, "\u0080", texts(d)["subject"])
	require.Equal(t, "机\u200b密", texts(d)["body"])
}
