package scan

import (
	"archive/zip"
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/text/encoding/simplifiedchinese"
)

// samples makes the files of testdata/scan: a folder as it comes from an office,
// all of it invented. Numbers pass or fail their checksums on purpose.
func samples(t *testing.T) map[string][]byte {
	t.Helper()
	gbk, err := simplifiedchinese.GBK.NewEncoder().String("滨江区2025年高温津贴发放说明\n\n补贴按月发放，咨询请拨打12345。\n退款账户：6222021001112223331。\n")
	require.NoError(t, err)
	return map[string][]byte{
		"通知/关于开展防汛演练的通知.txt": []byte("关于开展防汛演练的通知\n\n各街道办事处：\n\n　　定于9月下旬开展防汛演练，请提前检查物资，确保通信畅通。\n\n　　咨询电话：021-55550100（工作时间）。\n\n滨江区应急管理局\n2025年9月8日\n"),
		"通知/情况通报.txt":        []byte("机密★10年\n\n关于某项工作的情况通报（合成样例）\n\n　　联系人：王强，13812345678。\n"),
		"公示/低保名单公示.md":       []byte("# 低保对象公示\n\n| 姓名 | 身份证号 | 电话 |\n|---|---|---|\n| 王强 | 310114199003070010 | 138 1234 5678 |\n| 李梅 | 310114198811230023 | 13912345678 |\n| 赵敏 | 310114197605120036 | 13612345678 |\n| 孙杰 | 310114200102140049 | 13712345678 |\n| 周衡 | 310114199912310057 | 13512345678 |\n\n公示期内有异议的，请向区民政局反映。\n"),
		"公示/行政处罚公示.html": []byte("<!doctype html><html><head><title>行政处罚决定书</title></head><body>\n<h1>行政处罚决定书</h1>\n<p>当事人：滨江合成材料有限公司，统一社会信用代码91310000MA1K00000X。</p>\n" +
			"<p style=\"display:none\">集体讨论意见：拟从轻处罚，内部资料。</p>\n<!-- 举报人：李四，13912345678 -->\n</body></html>\n"),
		"附件/会议纪要.docx":      minutes(t),
		"附件/物资清单.xlsx":      workbook(t),
		"附件/补贴说明（国标编码）.txt": []byte(gbk),
		"附件/公告.pdf":         paper("Notice 2025", "3 Tr Internal tel 13812345678"),
		"附件/材料汇总.zip":       pack(t, "第一批/回执.txt", "收件人：后勤科\n初始密码：Abc@12345\n", "第二批/物资清单.xlsx", string(workbook(t))),
		"附件/残缺的文件.docx":     minutes(t)[:200],
		".草稿.txt":           []byte("征求意见稿\n\n　　联系人住址：滨江区合成路18号3幢502室。\n"),
		"往来邮件.eml":          []byte("From: =?utf-8?B?5p2O5qKF?= <li.mei@example.com>\r\nTo: office@example.gov.cn\r\nSubject: =?utf-8?B?5p2Q5paZ?=\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n材料见系统，登录口令：Qaz@2025wsx，服务器 10.20.30.40。\r\n"),
	}
}

// pack writes a zip of name, content, name, content, ...
func pack(t *testing.T, pairs ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for i := 0; i < len(pairs); i += 2 {
		w, err := z.CreateHeader(&zip.FileHeader{Name: pairs[i], Method: zip.Store})
		require.NoError(t, err)
		_, err = w.Write([]byte(pairs[i+1]))
		require.NoError(t, err)
	}
	require.NoError(t, z.Close())
	return b.Bytes()
}

const (
	office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
	rels   = `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">%s</Relationships>`
	types  = `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/>%s</Types>`
)

func override(part, kind string) string {
	return `<Override PartName="` + part + `" ContentType="application/vnd.openxmlformats-officedocument.` + kind + `+xml"/>`
}

func relation(id, kind, target string) string {
	return `<Relationship Id="` + id + `" Type="` + office + "/" + kind + `" Target="` + target + `"/>`
}

// minutes have a comment, a deletion and a hidden run.
func minutes(t *testing.T) []byte {
	t.Helper()
	const w = `xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"`
	return pack(t,
		"[Content_Types].xml", fmt.Sprintf(types, override("/word/document.xml", "wordprocessingml.document.main")+override("/word/comments.xml", "wordprocessingml.comments")),
		"_rels/.rels", fmt.Sprintf(rels, relation("r1", "officeDocument", "word/document.xml")),
		"word/_rels/document.xml.rels", fmt.Sprintf(rels, relation("r1", "comments", "comments.xml")),
		"word/comments.xml", `<w:comments `+w+`><w:comment w:id="0" w:author="赵敏" w:date="2025-09-01T09:00:00Z"><w:p><w:r><w:t>此处请保密科看一下，电话13612345678。</w:t></w:r></w:p></w:comment></w:comments>`,
		"word/document.xml", `<w:document `+w+`><w:body><w:p><w:r><w:t>关于物资采购的会议纪要</w:t></w:r></w:p><w:p><w:r><w:t>会议听取了采购情况汇报，同意公开。</w:t></w:r>`+
			`<w:del w:id="1" w:author="赵敏" w:date="2025-09-01T09:00:00Z"><w:r><w:delText>原拟由王强（310114199003070010）承办。</w:delText></w:r></w:del></w:p>`+
			`<w:p><w:r><w:rPr><w:vanish/></w:rPr><w:t>内部资料，会后放回原处。</w:t></w:r></w:p></w:body></w:document>`,
	)
}

// workbook has a sheet that is very hidden.
func workbook(t *testing.T) []byte {
	t.Helper()
	const s = `xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"`
	sheet := func(rows ...string) string {
		return `<worksheet ` + s + `><sheetData>` + strings.Join(rows, "") + `</sheetData></worksheet>`
	}
	row := func(n int, cells ...string) string {
		out := fmt.Sprintf(`<row r="%d">`, n)
		for i, c := range cells {
			out += fmt.Sprintf(`<c r="%c%d" t="inlineStr"><is><t>%s</t></is></c>`, 'A'+i, n, c)
		}
		return out + `</row>`
	}
	return pack(t,
		"[Content_Types].xml", fmt.Sprintf(types, override("/xl/workbook.xml", "spreadsheetml.sheet.main")+override("/xl/worksheets/sheet1.xml", "spreadsheetml.worksheet")+override("/xl/worksheets/sheet2.xml", "spreadsheetml.worksheet")),
		"_rels/.rels", fmt.Sprintf(rels, relation("r1", "officeDocument", "xl/workbook.xml")),
		"xl/_rels/workbook.xml.rels", fmt.Sprintf(rels, relation("r1", "worksheet", "worksheets/sheet1.xml")+relation("r2", "worksheet", "worksheets/sheet2.xml")),
		"xl/workbook.xml", `<workbook `+s+` xmlns:r="`+office+`"><sheets><sheet name="物资" sheetId="1" r:id="r1"/><sheet name="经办人" sheetId="2" state="veryHidden" r:id="r2"/></sheets></workbook>`,
		"xl/worksheets/sheet1.xml", sheet(row(1, "名称", "数量"), row(2, "沙袋", "500"), row(3, "水泵", "12")),
		"xl/worksheets/sheet2.xml", sheet(row(1, "姓名", "手机"), row(2, "周衡", "13512345678")),
	)
}

// paper is a PDF of one page with two lines, what stands before Tr and after it
// being the render mode and text of the second.
func paper(seen, unseen string) []byte {
	mode, hidden, _ := strings.Cut(unseen, " Tr ")
	content := fmt.Sprintf("BT /F1 18 Tf 72 720 Td (%s) Tj 0 -40 Td %s Tr (%s) Tj ET", seen, mode, hidden)
	objects := []string{
		"<</Type/Catalog/Pages 2 0 R>>", "<</Type/Pages/Kids[3 0 R]/Count 1>>",
		"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>",
		fmt.Sprintf("<</Length %d>>stream\n%s\nendstream", len(content), content), "<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
	}
	var b bytes.Buffer
	b.WriteString("%PDF-1.7\n")
	var at []int
	for i, o := range objects {
		at = append(at, b.Len())
		fmt.Fprintf(&b, "%d 0 obj\n%s\nendobj\n", i+1, o)
	}
	start := b.Len()
	fmt.Fprintf(&b, "xref\n0 %d\n0000000000 65535 f \n", len(objects)+1)
	for _, n := range at {
		fmt.Fprintf(&b, "%010d 00000 n \n", n)
	}
	fmt.Fprintf(&b, "trailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n", len(objects)+1, start)
	return b.Bytes()
}
