package check_test

import (
	"archive/zip"
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/text/encoding/simplifiedchinese"

	"shenfa/internal/check"
)

func TestAListComesFromCSVInAnyUsualEncodingOrFromAWorkbook(t *testing.T) {
	t.Parallel()

	const rows = "term,class,reason,near\n青松工程,HOLD,\"内部项目，代号\",工程|进度\n白杨工程,WARN,内部项目代号,\n"
	gbk, err := simplifiedchinese.GBK.NewEncoder().String(rows)
	require.NoError(t, err)
	for name, data := range map[string][]byte{
		"词表.csv": []byte(rows), "excel.csv": append([]byte("\xef\xbb\xbf"), rows...), "旧.csv": []byte(gbk), "词表.xlsx": workbook(t),
	} {
		l, written, err := check.ReadList(name, data)
		require.NoError(t, err, name)
		require.Len(t, l.Terms, 2, name)
		require.Equal(t, "青松工程", l.Terms[0].Term, name)
		require.Equal(t, "内部项目，代号", l.Terms[0].Reason, name)
		require.Equal(t, []string{"工程", "进度"}, l.Terms[0].Only.Near, name)
		require.Nil(t, l.Terms[1].Only, name)
		again, _, err := check.ReadList("kept.csv", written)
		require.NoError(t, err)
		require.Equal(t, l.Version, again.Version, "what is kept reads as the same list")
	}
	for name, tc := range map[string]struct{ data, says string }{
		"a.csv":  {"term,class,reason\n青松,SECRET,x\n白,HOLD,x\n", `row 2: class: unknown class "SECRET"`},
		"b.csv":  {"term,class,reason\n青松,HOLD,x\n白,HOLD,x\n", `row 3: term: "白" is shorter than two characters`},
		"c.csv":  {"词,级别\n", "row 1"},
		"d.html": {"<p>青松</p>", "neither CSV nor a workbook"},
	} {
		_, _, err := check.ReadList(name, []byte(tc.data))
		require.ErrorContains(t, err, tc.says, name)
	}
}

// workbook has the list on its first visible sheet, an empty row in it, and a hidden
// sheet before.
func workbook(t *testing.T) []byte {
	t.Helper()
	const main = `xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"`
	row := func(n string, cells ...string) string {
		s := `<row r="` + n + `">`
		for i, c := range cells {
			if c != "" {
				s += `<c r="` + string(rune('A'+i)) + n + `" t="inlineStr"><is><t>` + c + `</t></is></c>`
			}
		}
		return s + `</row>`
	}
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, f := range [][2]string{
		{"[Content_Types].xml", `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/></Types>`},
		{"_rels/.rels", `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>`},
		{"xl/workbook.xml", `<workbook ` + main + ` xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="旧" sheetId="1" state="hidden" r:id="a"/><sheet name="词表" sheetId="2" r:id="b"/></sheets></workbook>`},
		{"xl/_rels/workbook.xml.rels", `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="a" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="b" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet2.xml"/></Relationships>`},
		{"xl/worksheets/sheet1.xml", `<worksheet ` + main + `><sheetData>` + row("1", "别的") + `</sheetData></worksheet>`},
		{"xl/worksheets/sheet2.xml", `<worksheet ` + main + `><sheetData>` + row("1", "term", "class", "reason", "near") + row("2", "青松工程", "HOLD", "内部项目，代号", "工程|进度") + row("4", "白杨工程", "WARN", "内部项目代号") + `</sheetData></worksheet>`},
	} {
		part, err := w.Create(f[0])
		require.NoError(t, err)
		_, err = part.Write([]byte(f[1]))
		require.NoError(t, err)
	}
	require.NoError(t, w.Close())
	return b.Bytes()
}
