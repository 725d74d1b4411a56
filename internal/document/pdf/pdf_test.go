package pdf

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// reader is shared by all tests: the engine starts once.
var reader = NewReader(Options{})

func TestMain(m *testing.M) {
	code := m.Run()
	_ = reader.Close()
	os.Exit(code)
}

func open(t testing.TB, data []byte) Document {
	t.Helper()
	d, err := reader.Open(context.Background(), data, DefaultLimits())
	require.NoError(t, err)
	return d
}

// describe writes a document down, a line a part: + seen, - hidden, ! unread.
func describe(d Document) string {
	var b strings.Builder
	for _, p := range d.Parts {
		sign := "+"
		if p.Hidden {
			sign = "-"
		}
		if p.Unread != "" {
			sign = "!" + p.Unread
		}
		fmt.Fprintf(&b, "%s %s: %s\n", sign, p.Name, strings.ReplaceAll(p.Text, "\n", " / "))
	}
	for _, f := range d.Files {
		fmt.Fprintf(&b, "file %s: %s\n", f.Name, f.Data)
	}
	for _, i := range d.Images {
		_, format, err := image.DecodeConfig(bytes.NewReader(i.Data))
		fmt.Fprintf(&b, "image on page %d: %s whole=%v %v\n", i.Page, format, i.Whole, err)
	}
	return strings.TrimSpace(b.String())
}

func photo() []byte {
	m := image.NewRGBA(image.Rect(0, 0, 40, 40))
	for i := range 1600 {
		m.Set(i%40, i/40, color.RGBA{uint8(i), 90, 30, 255})
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, m, nil); err != nil {
		panic(err)
	}
	return b.Bytes()
}

const seen3 = "看得见看不见看得见" // the middle three characters stand at x 114 to 156

// fixture is a file and what is in it.
type fixture struct {
	build func(f *file)
	want  string
}

// fixtures are files with everything that may be seen or hidden in one.
func fixtures() map[string]fixture {
	annotation := func(f *file, entries string) {
		f.pageMore = fmt.Sprintf("/Annots[%d 0 R]", f.add("<</Type/Annot"+entries+">>"))
	}
	picture := func(f *file, entries string) {
		n := f.stream("/Type/XObject/Subtype/Image/Width 40/Height 40/ColorSpace/DeviceRGB/BitsPerComponent 8/Filter/DCTDecode"+entries, photo())
		f.resources += fmt.Sprintf("/XObject<</I %d 0 R>>", n)
	}
	return map[string]fixture{
		"fonts without a map to Unicode": {
			func(f *file) {
				f.page(say(72, 700, "关于张三同志的通知") + "BT /F3 14 Tf 72 650 Td " + ucs2("手机一三八〇〇") + " Tj ET\nBT /F1 12 Tf 72 600 Td (Hello world) Tj ET")
			},
			"+ page 1: 关于张三同志的通知 / 手机一三八〇〇 / Hello world",
		},
		"characters one by one": {
			func(f *file) {
				f.page(say(86, 700, "二") + say(72, 700, "一") + say(100, 700, "三") + "BT /F3 14 Tf 72 600 Td " + ucs2("四") + " Tj ET")
			},
			"+ page 1: 一二三 / 四",
		},
		"reading order: lines as they stand, digits as they stand": {
			func(f *file) {
				f.page(say(72, 600, "第二行") + say(72, 700, "第一行") +
					"BT /F1 12 Tf 100 500 Td (3) Tj ET BT /F1 12 Tf 93.3 500 Td (2) Tj ET BT /F1 12 Tf 86.6 500 Td (1) Tj ET")
			},
			"+ page 1: 第一行 / 第二行 / 123",
		},
		"one character at a time, in a font that is not in the file": {
			func(f *file) {
				one := ""
				for i, r := range "机密★长期" {
					one += fmt.Sprintf("BT /F3 14 Tf 1 0 0 1 %d 650 Tm %s Tj ET\n", 72+14*i/3, ucs2(string(r)))
				}
				f.page(say(72, 700, "通知") + one)
			},
			"+ page 1: 通知 / 机密★长期",
		},
		"what programs keep for themselves, tooltips and labels of pages": {
			func(f *file) {
				f.catalog = fmt.Sprintf("/PageLabels<</Nums[0<</P%s>>]>>/AcroForm<</Fields[%d 0 R]>>", uni("某甲"), f.add("<</FT/Tx/T(n)/TU"+uni("提示")+">>"))
				f.pageMore = "/PieceInfo<</X<</Private<</Note" + uni("旧稿") + ">>>>>>"
				f.page(say(72, 700, "正文"))
			},
			"+ page 1: 正文\n- property P: 某甲\n- property TU: 提示\n- property Note: 旧稿",
		},
		"columns stay as they are drawn": {
			func(f *file) {
				f.page(say(72, 700, "左一") + say(72, 680, "左二") + say(300, 700, "右一") + say(300, 680, "右二"))
			},
			"+ page 1: 左一 / 左二 / 右一 / 右二",
		},
		"text under a box": {
			func(f *file) { f.page(say(72, 600, seen3) + "0 g 114 590 42 25 re f") },
			"+ page 1: 看得见 看得见\n- text under a box on page 1: 看不见",
		},
		"text upon a box, within thin lines, or under a half transparent one": {
			func(f *file) {
				f.resources = "/ExtGState<</G<</ca 0.4>>>>"
				f.page("0.8 g 60 590 300 25 re f 0 g " + say(72, 600, seen3) + "72 599 200 1 re f /G gs 1 1 0 rg 60 590 300 25 re f")
			},
			"+ page 1: " + seen3,
		},
		"a box that ends inside a line hides no single character": {
			func(f *file) { f.page(say(72, 600, seen3) + "0 g 142 590 14.5 25 re f") },
			"+ page 1: " + seen3,
		},
		"a label written over what it covers": {
			func(f *file) {
				f.page(say(114, 600, "看不见") + "0 g 100 590 80 25 re f 1 g " + say(114, 600, "已遮盖"))
			},
			"+ page 1: 已遮盖\n- text under a box on page 1: 看不见",
		},
		"text under a thick line": {
			func(f *file) { f.page(say(72, 600, seen3) + "20 w 114 603 m 156 603 l S") },
			"+ page 1: 看得见 看得见\n- text under a box on page 1: 看不见",
		},
		"text under a box in a form": {
			func(f *file) {
				n := f.stream("/Type/XObject/Subtype/Form/BBox[0 0 100 100]/Matrix[1 0 0 1 14 0]", []byte("0 g 0 0 42 25 re f"))
				f.resources = fmt.Sprintf("/XObject<</X %d 0 R>>", n)
				f.page(say(72, 600, seen3) + "q 1 0 0 1 100 590 cm /X Do Q")
			},
			"+ page 1: 看得见 看得见\n- text under a box on page 1: 看不见",
		},
		"text under an image": {
			func(f *file) {
				picture(f, "")
				f.page(say(72, 600, seen3) + "q 42 0 0 25 114 590 cm /I Do Q")
			},
			"+ page 1: 看得见 看得见\n- text under an image on page 1: 看不见\nimage on page 1: jpeg whole=false <nil>",
		},
		"the image of a seal has holes": {
			func(f *file) {
				mask := f.stream("/Type/XObject/Subtype/Image/Width 40/Height 40/ColorSpace/DeviceGray/BitsPerComponent 8", append(bytes.Repeat([]byte{255}, 200), make([]byte, 1400)...))
				picture(f, fmt.Sprintf("/SMask %d 0 R", mask))
				f.page(say(72, 600, seen3) + "q 42 0 0 25 114 590 cm /I Do Q")
			},
			"+ page 1: " + seen3 + "\nimage on page 1: jpeg whole=false <nil>",
		},
		"an image whose mask has no holes": {
			func(f *file) {
				mask := f.stream("/Type/XObject/Subtype/Image/Width 40/Height 40/ColorSpace/DeviceGray/BitsPerComponent 8", bytes.Repeat([]byte{255}, 1600))
				picture(f, fmt.Sprintf("/SMask %d 0 R", mask))
				f.page(say(72, 600, seen3) + "q 42 0 0 25 114 590 cm /I Do Q")
			},
			"+ page 1: 看得见 看得见\n- text under an image on page 1: 看不见\nimage on page 1: jpeg whole=false <nil>",
		},
		"invisible text": {
			func(f *file) { f.page(say(72, 700, "正文") + "3 Tr " + say(72, 600, "看不见")) },
			"+ page 1: 正文\n- invisible text on page 1: 看不见",
		},
		"white on white, and white on a dark ground": {
			func(f *file) {
				f.page("0 0 0.5 rg 60 690 300 25 re f 1 g " + say(72, 700, "标题") + say(72, 600, "看不见"))
			},
			"+ page 1: 标题\n- text in the colour of its background on page 1: 看不见",
		},
		"text to be read instead of what is shown": {
			func(f *file) {
				f.page(say(72, 700, "正文") + "/Span<</ActualText" + uni("无害") + ">>BDC " + say(72, 600, "看得见") + "EMC")
			},
			"+ page 1: 正文 / 看得见\n- text given out instead of what page 1 shows: 无害",
		},
		"tiny text": {
			func(f *file) { f.page(say(72, 700, "正文") + "BT /F2 1 Tf 72 500 Td " + gbk("看不见") + " Tj ET") },
			"+ page 1: 正文\n- tiny text on page 1: 看不见",
		},
		"text outside the crop box, and cut off by a clip": {
			func(f *file) {
				f.pageMore = "/CropBox[50 50 545 792]"
				f.page(say(72, 700, "正文") + say(72, 810, "页外") + "q 0 0 300 300 re W n " + say(72, 500, "剪去") + "Q")
			},
			"+ page 1: 正文\n- text outside page 1: 页外 / 剪去",
		},
		"a layer that is off": {
			func(f *file) {
				g := f.add("<</Type/OCG/Name" + uni("内部版") + ">>")
				f.catalog = fmt.Sprintf("/OCProperties<</OCGs[%d 0 R]/D<</OFF[%d 0 R]>>>>", g, g)
				f.resources = fmt.Sprintf("/Properties<</L %d 0 R>>", g)
				f.page(say(72, 700, "正文") + "/OC /L BDC " + say(72, 600, "看不见") + "EMC")
			},
			"+ page 1: 正文\n- text on page 1 in a layer that is off 内部版: 看不见\n- names of layers that are off: 内部版",
		},
		"notes, and a text box": {
			func(f *file) {
				f.pageMore = fmt.Sprintf("/Annots[%d 0 R %d 0 R]",
					f.add("<</Type/Annot/Subtype/Text/Rect[10 10 30 30]/T"+uni("李四")+"/Contents"+uni("请删去电话")+">>"),
					f.add("<</Type/Annot/Subtype/Text/F 2/Rect[10 10 30 30]/Contents"+uni("藏起的批注")+">>"))
				f.page(say(72, 700, "正文"))
			},
			"+ page 1: 正文\n- note on page 1: 请删去电话 / 李四\n- hidden note on page 1: 藏起的批注",
		},
		"an unapplied redaction": {
			func(f *file) {
				annotation(f, "/Subtype/Redact/Rect[114 590 156 615]/QuadPoints[114 615 156 615 114 590 156 590]")
				f.page(say(72, 600, seen3))
			},
			"+ page 1: " + seen3 + "\n- text marked for redaction but not removed on page 1: 看不见",
		},
		"a dark highlight and a filled rectangle": {
			func(f *file) {
				f.pageMore = fmt.Sprintf("/Annots[%d 0 R %d 0 R %d 0 R]",
					f.add("<</Type/Annot/Subtype/Highlight/C[0 0 0]/Rect[114 590 156 615]/QuadPoints[114 615 156 615 114 590 156 590]>>"),
					f.add("<</Type/Annot/Subtype/Highlight/C[1 1 0]/Rect[60 690 300 715]/QuadPoints[60 715 300 715 60 690 300 690]>>"),
					f.add("<</Type/Annot/Subtype/Square/IC[1 0 0]/Rect[60 490 300 515]>>"))
				f.page(say(72, 600, seen3) + say(72, 700, "黄色标出") + say(72, 500, "红框之下"))
			},
			"+ page 1: 黄色标出 / 看得见 看得见\n- text under an annotation on page 1: 看不见 / 红框之下",
		},
		"form fields": {
			func(f *file) {
				ap := f.stream("/Type/XObject/Subtype/Form/BBox[0 0 200 20]/Resources<</Font<</F2 4 0 R>>>>", []byte("BT /F2 12 Tf 2 5 Td "+gbk("栏内所见")+" Tj ET"))
				annotation(f, fmt.Sprintf("/Subtype/Widget/F 4/FT/Tx/Rect[100 300 300 320]/T"+uni("电话")+"/V"+uni("实际的值")+"/AP<</N %d 0 R>>", ap))
				f.catalog = "/AcroForm<</Fields[]>>"
				f.page(say(72, 700, "正文"))
			},
			"+ page 1: 正文\n+ text of annotations on page 1: 栏内所见\n- form field 电话: 实际的值",
		},
		"XFA": {
			func(f *file) {
				n := f.stream("", []byte(`<xdp xmlns="x"><name id="栏">张三</name></xdp>`))
				f.catalog = fmt.Sprintf("/AcroForm<</XFA[(template) %d 0 R]>>", n)
				f.page(say(72, 700, "正文"))
			},
			"+ page 1: 正文\n- XFA form: 栏 / 张三",
		},
		"attachments, in the name tree and on a page": {
			func(f *file) {
				spec := func(name, body string) int {
					return f.add(fmt.Sprintf("<</Type/Filespec/UF%s/EF<</F %d 0 R>>>>", uni(name), f.stream("/Type/EmbeddedFile", []byte(body))))
				}
				f.catalog = fmt.Sprintf("/Names<</EmbeddedFiles<</Names[(a) %d 0 R]>>>>", spec("名单.txt", "first"))
				annotation(f, fmt.Sprintf("/Subtype/FileAttachment/Rect[0 0 9 9]/FS %d 0 R", spec("底稿.txt", "second")))
				f.page(say(72, 700, "正文"))
			},
			"+ page 1: 正文\nfile 名单.txt: first\nfile 底稿.txt: second",
		},
		"document information, XMP and bookmarks": {
			func(f *file) {
				f.trailer = fmt.Sprintf("/Info %d 0 R", f.add("<</Author<D5C5C8FD>/Title"+uni("草稿")+">>"))
				f.catalog = fmt.Sprintf("/Metadata %d 0 R/Outlines %d 0 R",
					f.stream("/Type/Metadata/Subtype/XML", []byte(`<x:xmpmeta xmlns:x="adobe:ns:meta/"><dc:creator>王五</dc:creator></x:xmpmeta>`)),
					f.add("<</Type/Outlines/First 90 0 R/Last 90 0 R>>"))
				f.add("<</Title" + uni("第一章 张三") + "/Parent 1 0 R>>")
				f.page(say(72, 700, "正文"))
			},
			"+ page 1: 正文\n- document information: Author: 张三 / Title: 草稿\n- metadata (XMP): 王五\n- bookmarks: 第一章 张三",
		},
		"JavaScript, launch actions and links": {
			func(f *file) {
				f.catalog = "/OpenAction<</S/JavaScript/JS(app.alert\\(1\\))/Next<</S/Launch/F(cmd.exe)>>>>"
				annotation(f, "/Subtype/Link/Rect[0 0 9 9]/A<</S/URI/URI(http://10.1.2.3/x)>>")
				f.page(say(72, 700, "正文"))
			},
			"+ page 1: 正文\n- JavaScript: app.alert(1)\n- launch action: cmd.exe\n- link target: http://10.1.2.3/x",
		},
		"objects in an object stream, and strings in GBK": {
			func(f *file) {
				f.stream("/Type/ObjStm/N 2/First 10/Filter/FlateDecode", deflate([]byte("90 0 91 31<</S/JavaScript/JS(in 流)>>   <</Rect[0 0 9 9]/Contents<C0EECBC4>>>")))
				f.page(say(72, 700, "正文"))
			},
			"+ page 1: 正文\n- JavaScript: in 流\n- annotation: 李四",
		},
		"an earlier revision": {
			func(f *file) {
				f.trailer = "/Info 50 0 R"
				f.objects[50] = "<</Author(Zhang)>>"
				f.next = 51
				f.page(say(72, 700, "正文") + say(72, 600, "后来删去"))
				f.save()
				f.objects[50] = "<</Author(Li)>>"
				f.objects[51] = "<</Length 100>>stream\n" + say(72, 700, "正文") + "\nendstream"
				f.save()
			},
			"+ page 1: 正文\n- document information of an earlier revision: Author: Zhang\n- document information: Author: Li\n" +
				"- text of earlier revision 1: 后来删去",
		},
		"a page that was taken out of the tree": {
			func(f *file) {
				f.page(say(72, 700, "删去的一页"))
				f.page(say(72, 700, "正文"))
				f.pages = f.pages[1:]
			},
			"+ page 1: 正文\n- text of pages that are no longer shown: 删去的一页",
		},
		"bytes before and after": {
			func(f *file) {
				f.page(say(72, 700, "正文"))
				f.save()
				f.body.WriteString("trailing words")
			},
			"+ page 1: 正文\nfile bytes after the end: trailing words",
		},
		"a page that is one image, and its text layer": {
			func(f *file) {
				picture(f, "")
				f.page("q 595 0 0 842 0 0 cm /I Do Q 3 Tr " + say(72, 600, "识别层"))
			},
			"- text layer of the scanned page 1: 识别层\n!image page 1: page 1 is an image\nimage on page 1: jpeg whole=true <nil>",
		},
		"a page of outlines": {
			func(f *file) { f.page("100 100 m 200 300 l 300 100 l f") },
			"!image page 1: page 1 is an image\nimage on page 1: png whole=true <nil>",
		},
		"a page turned on its side": {
			func(f *file) {
				f.pageMore = "/Rotate 90"
				f.page("BT /F2 14 Tf 0 1 -1 0 100 100 Tm " + gbk("第一行") + " Tj ET BT /F2 14 Tf 0 1 -1 0 200 100 Tm " + gbk("第二行") + " Tj ET")
			},
			"+ page 1: 第一行 / 第二行",
		},
	}
}

func TestOpen(t *testing.T) {
	t.Parallel()
	for name, c := range fixtures() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFile()
			c.build(f)
			require.Equal(t, c.want, describe(open(t, f.bytes())))
		})
	}
}

func TestHTMLHoldsOnlyWhatIsSeen(t *testing.T) {
	t.Parallel()
	f := newFile()
	f.page(say(72, 700, "甲方<script>乙方") + say(72, 683, "第二行") + say(72, 600, "看不见看不见") + "0 g 60 590 300 25 re f")
	f.page("BT /F1 12 Tf 72 700 Td (one two) Tj ET")
	require.Equal(t, "<p>甲方&lt;script&gt;乙方</p>\n<p>第二行</p>\n<p>one two</p>\n", open(t, f.bytes()).HTML())
}

func TestRevisionsEndWhereTheySayAndNotInStreams(t *testing.T) {
	t.Parallel()
	data := "%PDF-1.7 one %%EOF two stream %%EOF endstream %%EOF"
	from := strings.Index(data, "stream")
	streams := [][2]int{{from, strings.Index(data, "endstream")}}
	require.Equal(t, []int{18, len(data)}, ends([]byte(data), streams))
	web := strings.Replace(data, " one", "/Linearized", 1)
	require.Equal(t, []int{len(web)}, ends([]byte(web), [][2]int{{streams[0][0] + 7, streams[0][1] + 7}}))
}
