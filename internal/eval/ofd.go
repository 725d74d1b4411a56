package eval

import (
	"fmt"
	"strings"
)

// ofdFile is an OFD being written (GB/T 33190-2016).
type ofdFile struct {
	*build
	content  string // of the page, behind ordinary text
	document string // inside Document
	info     string // inside DocInfo
	data     string // inside CommonData
	page     string // inside Page, before Content
	more     []entry
}

const ofdNS = ` xmlns:ofd="http://www.ofdspec.org/2016"`

// object is a text object, its sentence split over codes as it is cut.
func (o *ofdFile) object(id int, attrs, inside string, x, y float64) string {
	codes, at := "", 0.0
	for _, s := range o.pieces() {
		for i, l := range strings.Split(s, "\n") {
			y := 4.0 + 5*float64(i)
			codes += fmt.Sprintf(`<ofd:TextCode X="%g" Y="%g" DeltaX="g %d 4.2">%s</ofd:TextCode>`, at, y, max(1, len([]rune(l))-1), esc(l))
			at += 4.2 * float64(len([]rune(l)))
		}
	}
	return fmt.Sprintf(`<ofd:TextObject ID="%d" Boundary="%g %g 150 6" Font="1" Size="4.2" %s>%s%s</ofd:TextObject>`, id, x, y, attrs, inside, codes)
}

func (o *ofdFile) bytes() []byte {
	text := ""
	for i, p := range o.prose[:min(len(o.prose), 20)] {
		text += fmt.Sprintf(`<ofd:TextObject ID="%d" Boundary="20 %d 170 6" Font="1" Size="4.2"><ofd:TextCode X="0" Y="4">%s</ofd:TextCode></ofd:TextObject>`, 100+i, 20+8*i, esc(p))
	}
	all := []entry{
		{name: "OFD.xml", data: xmlHead + `<ofd:OFD` + ofdNS + ` Version="1.0" DocType="OFD"><ofd:DocBody><ofd:DocInfo><ofd:DocID>0123456789abcdef0123456789abcdef</ofd:DocID><ofd:Creator>某某办公软件</ofd:Creator>` + o.info + `</ofd:DocInfo><ofd:DocRoot>Doc_0/Document.xml</ofd:DocRoot></ofd:DocBody></ofd:OFD>`},
		{name: "Doc_0/Document.xml", data: xmlHead + `<ofd:Document` + ofdNS + `><ofd:CommonData><ofd:MaxUnitID>200</ofd:MaxUnitID><ofd:PageArea><ofd:PhysicalBox>0 0 210 297</ofd:PhysicalBox></ofd:PageArea><ofd:PublicRes>PublicRes.xml</ofd:PublicRes>` + o.data + `</ofd:CommonData><ofd:Pages><ofd:Page ID="2" BaseLoc="Pages/Page_0/Content.xml"/></ofd:Pages>` + o.document + `</ofd:Document>`},
		{name: "Doc_0/PublicRes.xml", data: xmlHead + `<ofd:Res` + ofdNS + ` BaseLoc="Res"><ofd:Fonts><ofd:Font ID="1" FontName="仿宋" FamilyName="仿宋"/></ofd:Fonts></ofd:Res>`},
		{name: "Doc_0/Pages/Page_0/Content.xml", data: xmlHead + `<ofd:Page` + ofdNS + `>` + o.page + `<ofd:Content><ofd:Layer ID="3" Type="Body">` + text + o.content + `</ofd:Layer></ofd:Content></ofd:Page>`},
	}
	return zipped(append(all, o.more...), "")
}

func layout(name string, hidden bool, f fits, add func(*ofdFile)) place {
	return place{name: name, hidden: hidden, fits: f, make: func(b *build) []byte {
		o := &ofdFile{build: b}
		add(o)
		return o.bytes()
	}}
}

func ofdFormat() format {
	annotated := func(o *ofdFile, attrs, inside string) {
		o.document = `<ofd:Annotations>Annots/Annotations.xml</ofd:Annotations>`
		o.more = []entry{
			{name: "Doc_0/Annots/Annotations.xml", data: xmlHead + `<ofd:Annotations` + ofdNS + `><ofd:Page PageID="2"><ofd:FileLoc>Page_0/Annotation.xml</ofd:FileLoc></ofd:Page></ofd:Annotations>`},
			{name: "Doc_0/Annots/Page_0/Annotation.xml", data: xmlHead + `<ofd:PageAnnot` + ofdNS + `><ofd:Annot ID="60" Creator="某甲" ` + attrs + `>` + inside + `</ofd:Annot></ofd:PageAnnot>`},
		}
	}
	return format{name: "ofd", ending: ".ofd", places: []place{
		layout("page", false, printable, func(o *ofdFile) { o.content = o.object(10, "", "", 20, 200) }),
		layout("objects on a line", false, oneLine, func(o *ofdFile) {
			for i, r := range []rune(o.String()) {
				o.content += fmt.Sprintf(`<ofd:TextObject ID="%d" Boundary="%g 200 4.2 6" Font="1" Size="4.2"><ofd:TextCode X="0" Y="4">%s</ofd:TextCode></ofd:TextObject>`, 10+i, 20+4.2*float64(i), esc(string(r)))
			}
		}),
		layout("block", false, printable, func(o *ofdFile) {
			o.content = `<ofd:PageBlock ID="9"><ofd:PageBlock ID="8">` + o.object(10, "", "", 20, 200) + `</ofd:PageBlock></ofd:PageBlock>`
		}),
		layout("template", false, printable, func(o *ofdFile) {
			o.data = `<ofd:TemplatePage ID="50" BaseLoc="Tpls/Tpl_0/Content.xml"/>`
			o.page = `<ofd:Template TemplateID="50" ZOrder="Background"/>`
			o.more = []entry{{name: "Doc_0/Tpls/Tpl_0/Content.xml", data: xmlHead + `<ofd:Page` + ofdNS + `><ofd:Content><ofd:Layer ID="51">` + o.object(52, "", "", 20, 10) + `</ofd:Layer></ofd:Content></ofd:Page>`}}
		}),
		layout("second document", false, printable, func(o *ofdFile) {
			o.info = `</ofd:DocInfo><ofd:DocRoot>Doc_1/Document.xml</ofd:DocRoot></ofd:DocBody><ofd:DocBody><ofd:DocInfo>`
			o.more = []entry{
				{name: "Doc_1/Document.xml", data: xmlHead + `<ofd:Document` + ofdNS + `><ofd:CommonData/><ofd:Pages><ofd:Page ID="2" BaseLoc="Pages/Page_0/Content.xml"/></ofd:Pages></ofd:Document>`},
				{name: "Doc_1/Pages/Page_0/Content.xml", data: xmlHead + `<ofd:Page` + ofdNS + `><ofd:Content><ofd:Layer ID="3">` + o.object(10, "", "", 20, 200) + `</ofd:Layer></ofd:Content></ofd:Page>`},
			}
		}),
		layout("watermark", false, printable, func(o *ofdFile) {
			annotated(o, `Type="Watermark"`, `<ofd:Appearance Boundary="0 0 210 297">`+o.object(62, "", "", 20, 100)+`</ofd:Appearance>`)
		}),
		layout("not visible", true, printable, func(o *ofdFile) { o.content = o.object(10, `Visible="false"`, "", 20, 200) }),
		layout("white", true, printable, func(o *ofdFile) { o.content = o.object(10, "", `<ofd:FillColor Value="255 255 255"/>`, 20, 200) }),
		layout("almost white", true, printable, func(o *ofdFile) { o.content = o.object(10, "", `<ofd:FillColor Value="254 254 253"/>`, 20, 200) }),
		layout("white in hexadecimal", true, printable, func(o *ofdFile) { o.content = o.object(10, "", `<ofd:FillColor Value="#FF #FF #FF"/>`, 20, 200) }),
		layout("see-through", true, printable, func(o *ofdFile) { o.content = o.object(10, "", `<ofd:FillColor Value="0 0 0" Alpha="0"/>`, 20, 200) }),
		layout("see-through object", true, printable, func(o *ofdFile) { o.content = o.object(10, `Alpha="0"`, "", 20, 200) }),
		layout("not filled", true, printable, func(o *ofdFile) { o.content = o.object(10, `Fill="false"`, "", 20, 200) }),
		layout("one point", true, printable, func(o *ofdFile) {
			o.content = strings.Replace(o.object(10, "", "", 20, 200), `Size="4.2"`, `Size="0.35"`, 1)
		}),
		layout("off the page", true, printable, func(o *ofdFile) { o.content = o.object(10, "", "", 20, -60) }),
		layout("right of the page", true, printable, func(o *ofdFile) { o.content = o.object(10, "", "", 260, 20) }),
		layout("under a box", true, printable, func(o *ofdFile) {
			o.content = o.object(10, "", "", 20, 200) + `<ofd:PathObject ID="11" Boundary="15 195 180 20" Fill="true" Stroke="false"><ofd:FillColor Value="0 0 0"/><ofd:AbbreviatedData>M 0 0 L 180 0 L 180 20 L 0 20 C</ofd:AbbreviatedData></ofd:PathObject>`
		}),
		layout("note", true, oneLine, func(o *ofdFile) {
			annotated(o, `Type="Highlight" Visible="true"`, `<ofd:Remark>`+esc(o.String())+`</ofd:Remark>`)
		}),
		layout("parameter of a note", true, oneLine, func(o *ofdFile) {
			annotated(o, `Type="Highlight"`, `<ofd:Parameters><ofd:Parameter Name="备注">`+esc(o.String())+`</ofd:Parameter></ofd:Parameters>`)
		}),
		layout("annotation not visible", true, printable, func(o *ofdFile) {
			annotated(o, `Type="Stamp" Visible="false"`, `<ofd:Appearance Boundary="0 0 210 297">`+o.object(62, "", "", 20, 100)+`</ofd:Appearance>`)
		}),
		layout("attachment", false, oneLine, func(o *ofdFile) {
			o.document = `<ofd:Attachments>Attachs/Attachments.xml</ofd:Attachments>`
			o.more = []entry{
				{name: "Doc_0/Attachs/Attachments.xml", data: xmlHead + `<ofd:Attachments` + ofdNS + `><ofd:Attachment ID="1" Name="附件" Format="txt" Visible="true"><ofd:FileLoc>a.txt</ofd:FileLoc></ofd:Attachment></ofd:Attachments>`},
				{name: "Doc_0/Attachs/a.txt", data: o.String()},
			}
		}).clicked(),
		layout("attached document", false, anything, func(o *ofdFile) {
			d := &docx{build: o.build}
			d.add(d.runs(""))
			o.document = `<ofd:Attachments>Attachs/Attachments.xml</ofd:Attachments>`
			o.more = []entry{
				{name: "Doc_0/Attachs/Attachments.xml", data: xmlHead + `<ofd:Attachments` + ofdNS + `><ofd:Attachment ID="1" Name="a"><ofd:FileLoc>/Doc_0/Attachs/a.docx</ofd:FileLoc></ofd:Attachment></ofd:Attachments>`},
				{name: "Doc_0/Attachs/a.docx", data: string(d.bytes())},
			}
		}).clicked(),
		layout("property", true, oneLine, func(o *ofdFile) {
			field := o.pick("Title", "Author", "Subject", "Abstract")
			o.info = `<ofd:` + field + `>` + esc(o.String()) + `</ofd:` + field + `>`
		}),
		layout("keyword", true, oneLine, func(o *ofdFile) {
			o.info = `<ofd:Keywords><ofd:Keyword>` + esc(o.String()) + `</ofd:Keyword></ofd:Keywords>`
		}),
		layout("custom data", true, oneLine, func(o *ofdFile) {
			o.info = `<ofd:CustomDatas><ofd:CustomData Name="备注">` + esc(o.String()) + `</ofd:CustomData></ofd:CustomDatas>`
		}),
		layout("bookmark", true, oneLine, func(o *ofdFile) {
			o.document = `<ofd:Outlines><ofd:OutlineElem Title="` + esc(o.String()) + `"/></ofd:Outlines>`
		}),
		layout("link target", true, latin, func(o *ofdFile) {
			o.document = `<ofd:Actions><ofd:Action Event="DO"><ofd:URI URI="https://www.example.gov.cn/?q=` + strings.ReplaceAll(o.secret, " ", "") + `"/></ofd:Action></ofd:Actions>`
		}),
		layout("custom tag", true, oneLine, func(o *ofdFile) {
			o.document = `<ofd:CustomTags>Tags/CustomTags.xml</ofd:CustomTags>`
			o.more = []entry{
				{name: "Doc_0/Tags/CustomTags.xml", data: xmlHead + `<ofd:CustomTags` + ofdNS + `><ofd:CustomTag NameSpace="n"><ofd:FileLoc>CustomTag.xml</ofd:FileLoc></ofd:CustomTag></ofd:CustomTags>`},
				{name: "Doc_0/Tags/CustomTag.xml", data: xmlHead + `<公文><密级>` + esc(o.String()) + `</密级></公文>`},
			}
		}),
		layout("extension", true, oneLine, func(o *ofdFile) {
			o.document = `<ofd:Extensions>Extensions.xml</ofd:Extensions>`
			o.more = []entry{{name: "Doc_0/Extensions.xml", data: xmlHead + `<ofd:Extensions` + ofdNS + `><ofd:Extension AppName="a" RefId="2"><ofd:Property Name="n" Type="s">` + esc(o.String()) + `</ofd:Property></ofd:Extension></ofd:Extensions>`}}
		}),
		layout("page nobody lists", true, printable, func(o *ofdFile) {
			o.more = []entry{{name: "Doc_0/Pages/Page_9/Content.xml", data: xmlHead + `<ofd:Page` + ofdNS + `><ofd:Content><ofd:Layer ID="3">` + o.object(10, "", "", 20, 20) + `</ofd:Layer></ofd:Content></ofd:Page>`}}
		}),
		layout("foreign entry", true, oneLine, func(o *ofdFile) { o.more = []entry{{name: "Doc_0/备份.txt", data: o.String()}} }),
	}}
}
