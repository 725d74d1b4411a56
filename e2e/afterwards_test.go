package e2e

import (
	"archive/zip"
	"bytes"
	"net/http"
	"net/url"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"shenfa/internal/desk"
	"shenfa/internal/disclosure"
)

// sheet is a workbook whose only sheet is a heading over a value.
func sheet(t *testing.T, heading, value string) []byte {
	t.Helper()
	const head = `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>`
	const relations = `http://schemas.openxmlformats.org/officeDocument/2006/relationships`
	const main = `http://schemas.openxmlformats.org/spreadsheetml/2006/main`
	row := func(n, text string) string {
		return `<row r="` + n + `"><c r="A` + n + `" t="inlineStr"><is><t>` + text + `</t></is></c></row>`
	}
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	for _, f := range [][2]string{
		{"[Content_Types].xml", `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>` +
			`<Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>` +
			`<Override PartName="/xl/worksheets/sheet1.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/></Types>`},
		{"_rels/.rels", `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" Type="` + relations + `/officeDocument" Target="xl/workbook.xml"/></Relationships>`},
		{"xl/workbook.xml", `<workbook xmlns="` + main + `" xmlns:r="` + relations + `"><sheets><sheet name="名单" sheetId="1" r:id="r1"/></sheets></workbook>`},
		{"xl/_rels/workbook.xml.rels", `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" Type="` + relations + `/worksheet" Target="worksheets/sheet1.xml"/></Relationships>`},
		{"xl/worksheets/sheet1.xml", `<worksheet xmlns="` + main + `"><sheetData>` + row("1", heading) + row("2", value) + `</sheetData></worksheet>`},
	} {
		w, err := z.Create(f[0])
		require.NoError(t, err)
		_, err = w.Write([]byte(head + f[1]))
		require.NoError(t, err)
	}
	require.NoError(t, z.Close())
	return out.Bytes()
}

// afterwards is what the check means for an item that is out: a value masked in a
// workbook stays masked, a correction begins with what was published and its sealed
// original, what is out is read together with what comes next, and a recall is an
// incident that is closed with what was done.
func afterwards(t *testing.T, s *server, _ *hook) {
	p := s.as("zhouheng")
	findings := func(d desk.Disclosure) []desk.Finding {
		return decode[desk.Page[desk.Finding]](t, p.do(http.MethodGet, "/api/v1/disclosures/"+d.ID+"/findings", nil)).Items
	}
	const phone, mask = "13912348765", "139****8765"
	d := p.draft(notice("“红枫九号”演练安排", "“红枫九号”演练的集结地点位于东风路18号。\n"))
	path := "/api/v1/disclosures/" + d.ID
	list := sheet(t, "联系人手机", phone)
	d = decode[desk.Disclosure](t, p.do(http.MethodPost, path+"/attachments?name="+url.QueryEscape("名单.xlsx"), list, "If-Match", etag(d)))
	d = p.submitted(d)
	var chosen []string
	for _, f := range findings(d) {
		if f.Rule == "mobile" && f.Class != "INFO" {
			require.Equal(t, []string{"名单.xlsx", mask}, []string{f.File, f.Mask})
			chosen = append(chosen, f.ID)
		}
	}
	require.NotEmpty(t, chosen)
	d = decode[desk.Disclosure](t, p.do(http.MethodPost, path+"/treat", map[string]any{"findings": chosen}, "If-Match", etag(d)))
	d = s.approve(p.submitted(d))
	p.awaitState(d.ID, disclosure.Released)
	out := s.public("/items/" + d.Number + "/files/" + url.PathEscape("名单.xlsx"))
	require.Contains(t, unpacked(t, out.body), mask)
	require.NotContains(t, unpacked(t, out.body), phone)

	next := p.submitted(p.draft(notice("“红枫九号”演练通知", "“红枫九号”演练定于5月9日9时开始。\n")))
	require.True(t, slices.ContainsFunc(findings(next), func(f desk.Finding) bool {
		return f.Rule == "aggregation" && bytes.Contains([]byte(f.Reason), []byte(d.Number))
	}), "together with %s it tells place and time", d.Number)

	c := decode[desk.Disclosure](t, p.do(http.MethodPost, path+"/corrections", map[string]any{}))
	require.Equal(t, disclosure.Sum("", list).SHA256, c.Draft.Attachments[0].Original.SHA256)
	require.Equal(t, d.Draft.Attachments[0].SHA256, c.Draft.Attachments[0].SHA256)
	require.Equal(t, list, p.do(http.MethodGet, "/api/v1/disclosures/"+c.ID+"/files/"+url.PathEscape(desk.OriginalOf+"名单.xlsx"), nil).body)

	office := s.as("hezhou")
	d = decode[desk.Disclosure](t, office.do(http.MethodPost, path+"/recall", map[string]any{"reason": "附件用错。"}))
	require.Contains(t, d.Can, "close_incident")
	inbox := decode[desk.Page[desk.TaskView]](t, office.do(http.MethodGet, "/api/v1/inbox", nil)).Items
	require.True(t, slices.ContainsFunc(inbox, func(v desk.TaskView) bool {
		return v.Disclosure.ID == d.ID && v.Step == disclosure.IncidentStep
	}))
	d = decode[desk.Disclosure](t, office.do(http.MethodPost, path+"/incident/close", map[string]any{"reason": "已撤下并通知读者。"}))
	require.Equal(t, []string{"handled", "已撤下并通知读者。"}, []string{d.Incident.Outcome, d.Incident.Done})
	require.Equal(t, disclosure.IncidentClosed, office.do(http.MethodPost, path+"/incident/close", map[string]any{"reason": "再来"}).code())
}
