package document

import (
	"archive/zip"
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const workbookRels = `<Relationships><Relationship Id="r1" Type="x/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="r2" Type="x/worksheet" Target="worksheets/sheet2.xml"/>` +
	`<Relationship Id="r3" Type="x/worksheet" Target="/xl/worksheets/sheet3.xml"/><Relationship Id="r4" Type="x/sharedStrings" Target="sharedStrings.xml"/><Relationship Id="r5" Type="x/styles" Target="styles.xml"/></Relationships>`

// secretive builds a workbook that hides something in every way there is.
func secretive(t testing.TB) []byte {
	t.Helper()
	mashup := zipOf(t, "Formulas/Section1.m", `Source = Sql.Database("10.0.0.8", "人事")`)
	mashup = append(binary.LittleEndian.AppendUint32([]byte{0, 0, 0, 0}, uint32(len(mashup))), mashup...)
	return zipOf(t,
		"_rels/.rels", `<Relationships><Relationship Id="r" Type="x/officeDocument" Target="xl/workbook.xml"/></Relationships>`,
		"xl/workbook.xml", `<workbook><sheets><sheet name="收入" r:id="r1"/><sheet name="草稿" state="hidden" r:id="r2"/><sheet name="底稿" state="veryHidden" r:id="r3"/></sheets>`+
			`<definedNames><definedName name="名单区">收入!$A$1</definedName><definedName name="密钥" hidden="1">"口令abc"</definedName><definedName name="_xlnm._FilterDatabase" hidden="1">收入!$A$1:$C$9</definedName></definedNames></workbook>`,
		"xl/_rels/workbook.xml.rels", workbookRels,
		"xl/sharedStrings.xml", `<sst><si><t>姓名</t></si><si><r><rPr><color rgb="FF000000"/></rPr><t>138</t></r><r><t>12345678</t></r><r><rPr><color rgb="FFFFFFFF"/></rPr><t>白串</t></r><rPh><t>注音</t></rPh></si><si><t>已删人员</t></si></sst>`,
		"xl/styles.xml", `<styleSheet><numFmts><numFmt numFmtId="170" formatCode=";;;"/><numFmt numFmtId="171" formatCode="yyyy&quot;年&quot;m&quot;月&quot;d&quot;日&quot;"/></numFmts>`+
			`<fonts><font/><font><color rgb="FFFFFFFF"/></font></fonts><fills><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="solid"><fgColor rgb="FFC00000"/></patternFill></fill></fills>`+
			`<cellXfs><xf/><xf numFmtId="170"/><xf numFmtId="171"/><xf fontId="1" fillId="0"/><xf fontId="1" fillId="1"/></cellXfs></styleSheet>`,
		"xl/worksheets/sheet1.xml", `<worksheet><cols><col min="4" max="4" hidden="1"/></cols><sheetData>`+
			`<row r="2"><c r="A2" t="s"><v>0</v></c><c r="C2" t="s"><v>1</v></c><c r="D2"><v>42</v></c></row>`+
			`<row r="3" hidden="1"><c r="A3" t="inlineStr"><is><r><t>藏</t></r><r><t>行</t></r></is></c></row>`+
			`<row r="5"><c r="A5" s="1"><v>7</v></c><c r="B5" s="2"><v>45717</v></c><c r="C5" s="3" t="str"><f>IF(1,"式中串",C2)</f><v>白字</v></c><c r="E5" s="4" t="str"><v>红底白字</v></c><c r="F5"><v>1.3812345678E10</v></c><c r="G5" t="b"><v>1</v></c></row>`+
			`</sheetData><autoFilter ref="A2:C9"><filterColumn colId="0"><filters><filter val="筛选值"/></filters></filterColumn></autoFilter>`+
			`<dataValidations><dataValidation prompt="请选姓名"><formula1>"张某,李某"</formula1></dataValidation></dataValidations><scenarios><scenario name="甲案" user="w"><inputCells r="A1" val="12"/></scenario></scenarios><headerFooter><oddHeader>&amp;L&amp;"宋体,加粗"&amp;12内部页眉&amp;P</oddHeader></headerFooter><extLst><x14:dataValidation><x14:formula1><xm:f>"后来的"</xm:f></x14:formula1></x14:dataValidation></extLst></worksheet>`,
		"xl/worksheets/_rels/sheet1.xml.rels", `<Relationships><Relationship Id="c" Type="x/comments" Target="../comments1.xml"/><Relationship Id="t" Type="x/threadedComment" Target="../threadedComments/t1.xml"/><Relationship Id="d" Type="x/drawing" Target="../drawings/drawing1.xml"/></Relationships>`,
		"xl/worksheets/sheet2.xml", `<worksheet><sheetData><row r="1"><c r="A1" t="str"><v>隐表</v></c></row></sheetData></worksheet>`,
		"xl/worksheets/sheet3.xml", `<worksheet><sheetData><row><c t="str"><v>深隐</v></c><c t="str"><v>次格</v></c></row></sheetData></worksheet>`,
		"xl/comments1.xml", `<comments><authors><author>赵某</author></authors><commentList><comment ref="B5" authorId="0"><text><r><t>批</t></r><r><t>注</t></r></text></comment></commentList></comments>`,
		"xl/threadedComments/t1.xml", `<ThreadedComments><threadedComment ref="A2" personId="{1}"><text>串批</text></threadedComment></ThreadedComments>`,
		"xl/persons/person.xml", `<personList><person displayName="钱某" id="{1}"/></personList>`,
		"xl/drawings/drawing1.xml", `<xdr:wsDr><xdr:sp><xdr:nvSpPr><xdr:cNvPr id="2" name="a" descr="图说"/></xdr:nvSpPr><xdr:txBody><a:p><a:r><a:t>文本</a:t></a:r><a:r><a:t>框</a:t></a:r></a:p></xdr:txBody></xdr:sp></xdr:wsDr>`,
		"xl/drawings/vmlDrawing1.vml", `<xml><v:shape alt="形说"><v:textbox><div>旧<br>框</div></v:textbox></v:shape></xml>`,
		"xl/pivotCache/pivotCacheDefinition1.xml", `<pivotCacheDefinition><cacheFields><cacheField name="工号"><sharedItems><s v="孙某"/><s v="李某"/></sharedItems></cacheField></cacheFields></pivotCacheDefinition>`,
		"xl/pivotCache/pivotCacheRecords1.xml", `<pivotCacheRecords><r><x v="0"/><n v="9876"/></r></pivotCacheRecords>`,
		"xl/externalLinks/externalLink1.xml", `<externalLink><sheetNames><sheetName val="工资"/></sheetNames><sheetDataSet><sheetData><row r="1"><cell r="A1"><v>外部值</v></cell></row></sheetData></sheetDataSet></externalLink>`,
		"xl/externalLinks/_rels/externalLink1.xml.rels", `<Relationships><Relationship Id="r" Type="x/externalLinkPath" Target="file:///D:/工资.xlsx" TargetMode="External"/></Relationships>`,
		"xl/connections.xml", `<connections><connection name="人事库"><dbPr connection="Provider=x;Data Source=10.0.0.8" command="SELECT * FROM t"/></connection></connections>`,
		"xl/revisions/revisionLog1.xml", `<revisions><rcc><oc><is><t>旧值</t></is></oc></rcc></revisions>`,
		"xl/embeddings/other.xlsx", string(zipOf(t, "_rels/.rels", `<Relationships><Relationship Id="r" Type="x/officeDocument" Target="xl/workbook.xml"/></Relationships>`, "xl/workbook.xml", `<workbook><sheets><sheet name="嵌" r:id="r1"/></sheets></workbook>`,
			"xl/_rels/workbook.xml.rels", workbookRels, "xl/worksheets/sheet1.xml", `<worksheet><sheetData><row><c t="str"><v>嵌入格</v></c></row></sheetData></worksheet>`)),
		"customXml/item1.xml", `<DataMashup>`+base64.StdEncoding.EncodeToString(mashup)+`</DataMashup>`,
	)
}

func TestXLSXShowsWhatTheSheetHides(t *testing.T) {
	t.Parallel()
	d := open(t, "a.xlsx", secretive(t))
	require.Equal(t, XLSX, d.Kind)
	got := texts(d)
	for part, want := range map[string]string{
		"sheet 嵌 in embedded object other.xlsx": "嵌入格",
		"names of sheets":                       "收入", "names of hidden sheets": "草稿\n底稿",
		"sheet 收入": "\n姓名\t\t13812345678\n\n\n\t2025-03-01\t\t\t红底白字\t13812345678\tTRUE",
		"filtered or hidden rows of sheet 收入":       "\n\n藏行",
		"hidden columns of sheet 收入":                "\n\t\t\t42",
		"invisible cells of sheet 收入":               "\n\n\n\n7\t\t白字",
		"formulas of sheet 收入":                      "\n\n\n\n\t\tIF(1,\"式中串\",C2)",
		"hidden sheet 草稿":                           "隐表",
		"very hidden sheet 底稿":                      "深隐\t次格",
		"attribute phonetic text":                   "注音",
		"strings of deleted cells":                  "已删人员",
		"hidden text in shared strings":             "白串",
		"defined names":                             "名单区  \t收入!$A$1\n_xlnm._FilterDatabase  \t收入!$A$1:$C$9",
		"hidden defined names":                      "密钥  \t\"口令abc\"",
		"comment B5 (赵某) in sheet 收入":               "批注",
		"comment A2 (钱某) in sheet 收入":               "串批",
		"header and footer of sheet 收入":             "内部页眉",
		"rules of sheet 收入":                         "\"张某,李某\"\n\"后来的\"",
		"attribute of sheet 收入":                     "筛选值\n请选姓名\n甲案\nw\nA1\n12",
		"drawing drawing1.xml":                      "文本框",
		"attribute alt in drawing drawing1.xml":     "图说",
		"drawing vmlDrawing1.vml":                   "旧\n框",
		"attribute of drawing vmlDrawing1.vml":      "形说",
		"pivot cache 1":                             "孙某\t李某",
		"pivot cache 2":                             "9876",
		"external link 1":                           "外部值",
		"attribute of external link 1":              "工资",
		"external externalLinkPath":                 "file:///D:/工资.xlsx",
		"connection 1":                              "人事库\nProvider=x;Data Source=10.0.0.8\nSELECT * FROM t",
		"revision 1":                                "旧值",
		"query Section1.m in custom data item1.xml": `Source = Sql.Database("10.0.0.8", "人事")`,
	} {
		require.Equal(t, want, got[part], part)
	}
	require.Empty(t, unreads(d))
	for _, name := range []string{"hidden sheet 草稿", "very hidden sheet 底稿", "hidden columns of sheet 收入", "pivot cache 1", "hidden defined names", "strings of deleted cells"} {
		require.True(t, hidden(t, d, name), name)
	}
	for _, name := range []string{"sheet 收入", "formulas of sheet 收入", "defined names", "header and footer of sheet 收入"} {
		require.False(t, hidden(t, d, name), name)
	}
	require.Equal(t, "<h2>收入</h2>\n<table>\n<tr><td>姓名</td><td></td><td>13812345678</td></tr>\n<tr><td></td><td>2025-03-01</td><td></td><td></td><td>红底白字</td><td>13812345678</td><td>TRUE</td></tr>\n</table>\n", d.HTML())
}

// TestCellFindsItsAddress: a place in the text of a sheet is a cell.
func TestCellFindsItsAddress(t *testing.T) {
	t.Parallel()
	for _, p := range open(t, "a.xlsx", secretive(t)).Parts {
		for needle, want := range map[string]string{"13812345678": "C2", "红底": "E5", "42": "D2", "藏行": "A3", "白字": "C5"} {
			at := strings.Index(p.Text, needle)
			if at < 0 || !strings.Contains(p.Name, "sheet 收入") || needle == "白字" && !strings.HasPrefix(p.Name, "invisible") {
				continue
			}
			require.Equal(t, want, Cell(p, len([]rune(p.Text[:at]))), p.Name)
		}
	}
	require.Equal(t, "XFD1", Cell(Part{Text: strings.Repeat("\t", 1<<14-1) + "x"}, 1<<14-1))
}

func TestDatesOfEveryAge(t *testing.T) {
	t.Parallel()
	day := format{date: true}
	for n, want := range map[float64]string{1: "1900-01-01", 59: "1900-02-28", 61: "1900-03-01", 36526: "2000-01-01", 45351: "2024-02-29", 46022: "2025-12-31"} {
		require.Equal(t, want, moment(n, day, false), n)
	}
	require.Equal(t, "1904-01-02", moment(1, day, true))
	require.Equal(t, "2025-03-01 18:30:00", moment(45717.770833333, format{date: true, time: true}, false))
	require.Equal(t, format{}, numberFormat("164", `#,##0.00_);[Red]\(0.00\)`))
	require.Equal(t, format{}, numberFormat("0", "General"))
}

// million writes a workbook of a million cells: names, numbers, shared strings.
func million(t testing.TB) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	put := func(name string, write func(io.Writer)) {
		f, err := z.Create(name)
		require.NoError(t, err)
		write(f)
	}
	text := func(s string) func(io.Writer) { return func(w io.Writer) { _, _ = io.WriteString(w, s) } }
	put("_rels/.rels", text(`<Relationships><Relationship Id="r" Type="x/officeDocument" Target="xl/workbook.xml"/></Relationships>`))
	put("xl/workbook.xml", text(`<workbook><sheets><sheet name="大表" r:id="r1"/></sheets></workbook>`))
	put("xl/_rels/workbook.xml.rels", text(workbookRels))
	put("xl/sharedStrings.xml", func(w io.Writer) {
		_, _ = io.WriteString(w, "<sst>")
		for i := range 50_000 {
			fmt.Fprintf(w, "<si><t>企业名称第%d号</t></si>", i*7919%100_003)
		}
		_, _ = io.WriteString(w, "</sst>")
	})
	put("xl/worksheets/sheet1.xml", func(w io.Writer) {
		_, _ = io.WriteString(w, "<worksheet><sheetData>")
		for row := 1; row <= 100_000; row++ {
			fmt.Fprintf(w, `<row r="%d" spans="1:10">`, row)
			for c := range 10 {
				if c%2 == 0 {
					fmt.Fprintf(w, `<c r="%c%d" s="1" t="s"><v>%d</v></c>`, 'A'+c, row, (row*31+c)%50_000)
				} else {
					fmt.Fprintf(w, `<c r="%c%d"><v>%d.%d</v></c>`, 'A'+c, row, row*c*7919, c)
				}
			}
			_, _ = io.WriteString(w, "</row>")
		}
		_, _ = io.WriteString(w, "</sheetData></worksheet>")
	})
	require.NoError(t, z.Close())
	return b.Bytes()
}

func BenchmarkMillionCells(b *testing.B) {
	data := million(b)
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		d, err := Open("a.xlsx", data, DefaultLimits())
		require.NoError(b, err)
		require.Equal(b, 100_000-1, strings.Count(texts(d)["sheet 大表"], "\n"))
	}
}

// TestPlacesSayWhatTheEyeSeesOtherwise: hidden elements, and cells that show
// something else than they hold, by their number.
func TestPlacesSayWhatTheEyeSeesOtherwise(t *testing.T) {
	t.Parallel()
	got := map[Place]bool{}
	data := zipOf(t, "_rels/.rels", rootRels, "word/document.xml", `<w:document `+w+`><w:body><w:p><w:r><w:rPr><w:vanish/></w:rPr><w:t>隐</w:t></w:r><w:r><w:t>明</w:t></w:r></w:p></w:body></w:document>`)
	_, err := OpenPlaces(t.Context(), Tools{}, "a.docx", data, DefaultLimits(), func(p Place) { got[p] = true })
	require.NoError(t, err)
	require.Equal(t, map[Place]bool{{Entry: "word/document.xml", Element: 6}: true}, got)
	clear(got)
	_, err = OpenPlaces(t.Context(), Tools{}, "a.xlsx", secretive(t), DefaultLimits(), func(p Place) { got[p] = true })
	require.NoError(t, err)
	require.True(t, got[Place{Entry: "xl/worksheets/sheet1.xml", Element: 9}], "a hidden column")
	require.True(t, got[Place{Entry: "xl/worksheets/sheet1.xml", Element: 21, Text: "2025-03-01"}], "a date")
	require.False(t, slices.ContainsFunc(slices.Collect(maps.Keys(got)), func(p Place) bool { return strings.Contains(p.Entry, "sheet2") || strings.Contains(p.Text, "姓名") }))
	clear(got)
	_, err = OpenPlaces(t.Context(), Tools{}, "a.pptx", deckFile(t), DefaultLimits(), func(p Place) { got[p] = true })
	require.NoError(t, err)
	slides := 0
	for p := range got {
		if p.Entry == "ppt/slides/slide2.xml" {
			slides++
		}
	}
	require.Equal(t, 3, slides, "a shape beside the slide, a hidden one, and tiny text")
}
