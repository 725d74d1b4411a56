package eval

import "fmt"

// deck is a presentation being written (ECMA-376 part 1, 13 and 19).
type deck struct {
	*build
	shapes string // of the first slide
	slide  string // attributes of the second slide
	second string
	layout string
	master string
	parts  []part
}

const (
	slideType = "application/vnd.openxmlformats-officedocument.presentationml."
	slideNS   = ` xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main" xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"`
)

// box is a shape with paragraphs at a place, in English metric units.
func box(id int, name, more string, x, y int, runs string) string {
	return fmt.Sprintf(`<p:sp><p:nvSpPr><p:cNvPr id="%d" name="%s" %s/><p:cNvSpPr txBox="1"/><p:nvPr/></p:nvSpPr><p:spPr><a:xfrm><a:off x="%d" y="%d"/><a:ext cx="3000000" cy="600000"/></a:xfrm><a:prstGeom prst="rect"/></p:spPr><p:txBody><a:bodyPr/><a:lstStyle/><a:p>%s</a:p></p:txBody></p:sp>`, id, name, more, x, y, runs)
}

func tree(shapes string) string {
	return `<p:cSld><p:spTree><p:nvGrpSpPr><p:cNvPr id="1" name=""/><p:cNvGrpSpPr/><p:nvPr/></p:nvGrpSpPr><p:grpSpPr/>` + shapes + `</p:spTree></p:cSld>`
}

func (d *deck) seen(runs string) { d.shapes += box(9, "文本框 8", "", 600000, 3000000, runs) }

func (d *deck) beside(name, kind, rel, data string) {
	d.parts = append(d.parts, part{name: name, kind: kind, of: "/ppt/slides/slide1.xml", rel: rel, id: fmt.Sprintf("rId%d", len(d.parts)+5), data: xmlHead + data})
}

func (d *deck) bytes() []byte {
	title := ""
	for i, p := range d.prose[:min(len(d.prose), 5)] {
		title += box(20+i, "内容占位符", "", 600000, 300000*i, `<a:r><a:rPr lang="zh-CN"/><a:t>`+esc(p)+`</a:t></a:r>`)
	}
	ids := `<p:sldId id="256" r:id="rId2"/>`
	if d.second != "" {
		ids += `<p:sldId id="257" r:id="rId3"/>`
	}
	all := []part{
		{name: "/ppt/presentation.xml", kind: slideType + "presentation.main+xml", rel: "officeDocument", id: "rId1", data: xmlHead + `<p:presentation` + slideNS + `><p:sldMasterIdLst><p:sldMasterId id="2147483648" r:id="rId1"/></p:sldMasterIdLst><p:sldIdLst>` + ids + `</p:sldIdLst><p:sldSz cx="9144000" cy="6858000" type="screen4x3"/><p:notesSz cx="6858000" cy="9144000"/></p:presentation>`},
		{name: "/ppt/slideMasters/slideMaster1.xml", kind: slideType + "slideMaster+xml", of: "/ppt/presentation.xml", rel: "slideMaster", id: "rId1", data: xmlHead + `<p:sldMaster` + slideNS + `>` + tree(`<p:sp><p:nvSpPr><p:cNvPr id="2" name="标题占位符 1"/><p:nvPr><p:ph type="title"/></p:nvPr></p:nvSpPr><p:txBody><a:p><a:r><a:t>单击此处编辑母版标题样式</a:t></a:r></a:p></p:txBody></p:sp>`+d.master) + `<p:clrMap bg1="lt1" tx1="dk1"/></p:sldMaster>`},
		{name: "/ppt/slideLayouts/slideLayout1.xml", kind: slideType + "slideLayout+xml", of: "/ppt/slideMasters/slideMaster1.xml", rel: "slideLayout", id: "rId1", data: xmlHead + `<p:sldLayout` + slideNS + ` type="obj">` + tree(d.layout) + `</p:sldLayout>`},
		{name: "/ppt/slides/slide1.xml", kind: slideType + "slide+xml", of: "/ppt/presentation.xml", rel: "slide", id: "rId2", data: xmlHead + `<p:sld` + slideNS + `>` + tree(title+d.shapes) + `</p:sld>`},
		{of: "/ppt/slides/slide1.xml", rel: "slideLayout", id: "rId1", name: "/ppt/slideLayouts/slideLayout1.xml"},
	}
	if d.second != "" {
		all = append(all, part{name: "/ppt/slides/slide2.xml", kind: slideType + "slide+xml", of: "/ppt/presentation.xml", rel: "slide", id: "rId3", data: xmlHead + `<p:sld` + slideNS + d.slide + `>` + tree(d.second) + `</p:sld>`})
	}
	return ooxml(append(all, d.parts...))
}

func show(name string, hidden bool, f fits, add func(*deck)) place {
	return place{name: name, hidden: hidden, fits: f, make: func(b *build) []byte {
		d := &deck{build: b}
		add(d)
		return d.bytes()
	}}
}

func slideFormat() format {
	runs := func(d *deck) string { return aRuns(d.build, "") }
	return format{name: "pptx", ending: ".pptx", places: []place{
		show("slide", false, anything, func(d *deck) { d.seen(runs(d)) }),
		show("placeholder", false, anything, func(d *deck) {
			d.shapes += `<p:sp><p:nvSpPr><p:cNvPr id="2" name="标题 1"/><p:nvPr><p:ph type="title"/></p:nvPr></p:nvSpPr><p:spPr/><p:txBody><a:bodyPr/><a:p>` + runs(d) + `</a:p></p:txBody></p:sp>`
		}),
		show("group", false, anything, func(d *deck) {
			d.shapes += `<p:grpSp><p:nvGrpSpPr><p:cNvPr id="4" name="组合 3"/><p:cNvGrpSpPr/><p:nvPr/></p:nvGrpSpPr><p:grpSpPr><a:xfrm><a:off x="100" y="100"/><a:ext cx="5000000" cy="900000"/><a:chOff x="20000000" y="20000000"/><a:chExt cx="5000000" cy="900000"/></a:xfrm></p:grpSpPr>` + box(5, "文本框 4", "", 20000000, 20000000, runs(d)) + `</p:grpSp>`
		}),
		show("table", false, anything, func(d *deck) {
			d.shapes += `<p:graphicFrame><p:nvGraphicFramePr><p:cNvPr id="4" name="表格 3"/></p:nvGraphicFramePr><a:graphic><a:graphicData uri="http://schemas.openxmlformats.org/drawingml/2006/table"><a:tbl><a:tblGrid/><a:tr h="370840"><a:tc><a:txBody><a:bodyPr/><a:p><a:r><a:t>备注</a:t></a:r></a:p></a:txBody></a:tc><a:tc><a:txBody><a:bodyPr/><a:p>` + runs(d) + `</a:p></a:txBody></a:tc></a:tr></a:tbl></a:graphicData></a:graphic></p:graphicFrame>`
		}),
		show("one cell a character", false, boxed, func(d *deck) {
			cells := ""
			for _, r := range d.secret {
				cells += `<a:tc><a:txBody><a:p><a:r><a:t>` + esc(string(r)) + `</a:t></a:r></a:p></a:txBody></a:tc>`
			}
			d.shapes += `<p:graphicFrame><p:nvGraphicFramePr><p:cNvPr id="4" name="表格 3"/></p:nvGraphicFramePr><a:graphic><a:graphicData><a:tbl><a:tr><a:tc><a:txBody><a:p><a:r><a:t>` + esc(d.before) + `</a:t></a:r></a:p></a:txBody></a:tc>` + cells + `</a:tr></a:tbl></a:graphicData></a:graphic></p:graphicFrame>`
		}),
		show("diagram", false, anything, func(d *deck) {
			d.beside("/ppt/diagrams/data1.xml", "application/vnd.openxmlformats-officedocument.drawingml.diagramData+xml", "diagramData", `<dgm:dataModel xmlns:dgm="http://schemas.openxmlformats.org/drawingml/2006/diagram" xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"><dgm:ptLst><dgm:pt><dgm:t><a:p>`+runs(d)+`</a:p></dgm:t></dgm:pt></dgm:ptLst></dgm:dataModel>`)
		}),
		show("chart", false, anything, func(d *deck) { d.beside("/ppt/charts/chart1.xml", chartType, "chart", chart(runs(d), "甲")) }),
		show("text of the master", false, anything, func(d *deck) { d.master = box(7, "文本框 6", "", 100000, 6000000, runs(d)) }),
		show("text of a layout", false, anything, func(d *deck) { d.layout = box(7, "文本框 6", "", 100000, 6000000, runs(d)) }),
		show("notes", true, anything, func(d *deck) {
			d.beside("/ppt/notesSlides/notesSlide1.xml", slideType+"notesSlide+xml", "notesSlide", `<p:notes`+slideNS+`>`+tree(`<p:sp><p:nvSpPr><p:cNvPr id="3" name="备注占位符 2"/><p:nvPr><p:ph type="body" idx="1"/></p:nvPr></p:nvSpPr><p:txBody><a:bodyPr/><a:p>`+runs(d)+`</a:p></p:txBody></p:sp>`)+`</p:notes>`)
		}),
		show("comment", true, oneLine, func(d *deck) {
			d.beside("/ppt/comments/comment1.xml", slideType+"comments+xml", "comments", `<p:cmLst`+slideNS+`><p:cm authorId="1" dt="2026-03-01T09:00:00.000" idx="1"><p:pos x="10" y="10"/><p:text>`+esc(d.String())+`</p:text></p:cm></p:cmLst>`)
		}),
		show("modern comment", true, anything, func(d *deck) {
			d.beside("/ppt/comments/modernComment_100_0.xml", "application/vnd.ms-powerpoint.comments+xml", "http://schemas.microsoft.com/office/2018/10/relationships/comments", `<p188:cmLst xmlns:p188="http://schemas.microsoft.com/office/powerpoint/2018/8/main" xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"><p188:cm id="{1}" authorId="{2}" created="2026-03-01T09:00:00"><p188:txBody><a:bodyPr/><a:p>`+runs(d)+`</a:p></p188:txBody></p188:cm></p188:cmLst>`)
		}),
		show("comment author", true, oneLine, func(d *deck) {
			d.parts = append(d.parts, part{name: "/ppt/commentAuthors.xml", kind: slideType + "commentAuthors+xml", of: "/ppt/presentation.xml", rel: "commentAuthors", id: "rId9", data: xmlHead + `<p:cmAuthorLst` + slideNS + `><p:cmAuthor id="1" name="` + esc(d.String()) + `" initials="m"/></p:cmAuthorLst>`})
		}),
		show("hidden slide", true, anything, func(d *deck) { d.slide, d.second = ` show="0"`, box(4, "文本框 3", "", 1000, 1000, runs(d)) }),
		show("right of the slide", true, anything, func(d *deck) { d.shapes += box(4, "文本框 3", "", 9300000, 1000, runs(d)) }),
		show("above the slide", true, anything, func(d *deck) { d.shapes += box(4, "文本框 3", "", 1000, -2000000, runs(d)) }),
		show("hidden shape", true, anything, func(d *deck) { d.shapes += box(4, "文本框 3", `hidden="1"`, 1000, 1000, runs(d)) }),
		show("shape in a hidden group", true, anything, func(d *deck) {
			d.shapes += `<p:grpSp><p:nvGrpSpPr><p:cNvPr id="4" name="组合 3" hidden="1"/><p:cNvGrpSpPr/><p:nvPr/></p:nvGrpSpPr><p:grpSpPr/>` + box(5, "文本框 4", "", 100, 100, runs(d)) + `</p:grpSp>`
		}),
		show("one point", true, anything, func(d *deck) { d.seen(aRuns(d.build, ` sz="100"></a:rPr>`)) }),
		show("white", true, anything, func(d *deck) { d.seen(aRuns(d.build, `><a:solidFill><a:srgbClr val="FFFFFF"/></a:solidFill></a:rPr>`)) }),
		show("theme white", true, anything, func(d *deck) { d.seen(aRuns(d.build, `><a:solidFill><a:schemeClr val="bg1"/></a:solidFill></a:rPr>`)) }),
		show("without fill", true, anything, func(d *deck) { d.seen(aRuns(d.build, `><a:noFill/></a:rPr>`)) }),
		show("see-through", true, anything, func(d *deck) {
			d.seen(aRuns(d.build, `><a:solidFill><a:srgbClr val="000000"><a:alpha val="0"/></a:srgbClr></a:solidFill></a:rPr>`))
		}),
		show("alt text", true, oneLine, func(d *deck) { d.shapes += box(4, "图片 3", `descr="`+esc(d.String())+`"`, 1000, 1000, "") }),
		show("name of a shape", true, oneLine, func(d *deck) { d.shapes += box(4, "旧稿 "+esc(d.String()), "", 1000, 1000, "") }),
		show("link tooltip", true, oneLine, func(d *deck) {
			d.seen(`<a:r><a:rPr lang="zh-CN"><a:hlinkClick r:id="" tooltip="` + esc(d.String()) + `"/></a:rPr><a:t>详见</a:t></a:r>`)
		}),
		show("slide nobody lists", true, anything, func(d *deck) {
			d.parts = append(d.parts, part{name: "/ppt/slides/slide8.xml", kind: slideType + "slide+xml", data: xmlHead + `<p:sld` + slideNS + `>` + tree(box(4, "文本框 3", "", 1000, 1000, runs(d))) + `</p:sld>`})
		}),
		show("tag", true, oneLine, func(d *deck) {
			d.beside("/ppt/tags/tag1.xml", slideType+"tags+xml", "tags", `<p:tagLst`+slideNS+`><p:tag name="NOTE" val="`+esc(d.String())+`"/></p:tagLst>`)
		}),
		show("data of a chart", true, oneLine, func(d *deck) {
			x := &sheets{build: d.build}
			x.cell(inline(d.String()))
			d.beside("/ppt/charts/chart1.xml", chartType, "chart", chart("", "甲"))
			d.parts = append(d.parts, part{name: "/ppt/embeddings/Microsoft_Excel_Sheet1.xlsx", of: "/ppt/charts/chart1.xml", rel: "package", id: "rId1", data: string(x.bytes())})
		}),
		show("property", true, oneLine, func(d *deck) {
			d.parts = append(d.parts, part{name: "/docProps/core.xml", kind: "application/vnd.openxmlformats-package.core-properties+xml", rel: "http://schemas.openxmlformats.org/package/2006/relationships/metadata/core-properties", id: "rId9", data: xmlHead + `<cp:coreProperties xmlns:cp="c" xmlns:dc="d"><dc:title>` + esc(d.String()) + `</dc:title></cp:coreProperties>`})
		}),
	}}
}
