package e2e

import (
	"archive/zip"
	"bytes"
	"net/http"
	"net/url"
	"slices"
	"testing"
	"time"

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

// takenDown is what is out and ends: for a typed reason, with the trail of its type, or by
// itself when its period does. What stays readable can be restored.
func takenDown(t *testing.T, s *server, h *hook) {
	p, office := s.as("zhouheng"), s.as("hezhou")
	i := notice("要下线的", plain)
	i.channels = []string{"portal", "webhook"}
	d := s.approve(p.submitted(p.draft(i)))
	d = p.awaitState(d.ID, disclosure.Released)
	path := "/api/v1/disclosures/" + d.ID
	require.True(t, h.has(disclosure.EffectKey(d.ID, d.Version, "webhook")))

	require.Equal(t, disclosure.Forbidden, p.do(http.MethodPost, path+"/take-down", map[string]any{"type": "error", "reason": "x"}).code())
	require.Equal(t, disclosure.BadValue, office.do(http.MethodPost, path+"/take-down", map[string]any{"type": "whim", "reason": "x"}).code())
	require.Equal(t, disclosure.BadValue, office.do(http.MethodPost, path+"/take-down", map[string]any{"type": "consolidated", "reason": "x", "successor": "NO-2026-1"}).code())

	d = decode[desk.Disclosure](t, office.do(http.MethodPost, path+"/take-down", map[string]any{"type": "out_of_force", "reason": "新办法已施行。"}))
	require.Equal(t, disclosure.OutOfForce, d.State)
	page := s.public("/items/" + d.Number)
	require.Equal(t, http.StatusOK, page.status, "it can be read")
	require.Contains(t, string(page.body), "停止执行")
	require.Contains(t, string(page.body), "新办法已施行。")
	require.Equal(t, disclosure.WrongState, office.do(http.MethodPost, path+"/take-down", map[string]any{"type": "out_of_force", "reason": "再来"}).code())
	d = decode[desk.Disclosure](t, office.do(http.MethodPost, path+"/restore", map[string]any{"reason": "新办法暂缓。"}))
	require.Equal(t, disclosure.Released, d.State)
	require.Nil(t, d.Withdrawal)
	require.NotContains(t, string(s.public("/items/"+d.Number).body), "停止执行")

	d = decode[desk.Disclosure](t, office.do(http.MethodPost, path+"/take-down", map[string]any{"type": "error", "reason": "数字有误。"}))
	require.Equal(t, []string{"taken_down", "error", "notice", "数字有误。"}, []string{string(d.State), d.Withdrawal.Type, string(d.Withdrawal.Trail), d.Withdrawal.Reason})
	require.Equal(t, http.StatusNotFound, s.public("/items/"+d.Number+"/body").status)
	gone := s.public("/items/" + d.Number)
	require.Equal(t, http.StatusGone, gone.status)
	require.Contains(t, string(gone.body), "数字有误。")
	require.Eventually(t, func() bool { return !h.has(disclosure.EffectKey(d.ID, d.Version, "webhook")) }, 30*time.Second, 100*time.Millisecond, "it leaves the webhook too")

	i.title = "公示期很短"
	patch := i.patch()
	release := patch["release"].(map[string]any)
	release["latest"] = time.Now().Add(14 * time.Second).Format(time.RFC3339Nano)
	release["until"] = time.Now().Add(15 * time.Second).Format(time.RFC3339Nano)
	short := decode[desk.Disclosure](t, p.do(http.MethodPost, "/api/v1/disclosures", patch))
	short = s.approve(p.submitted(p.putBody(short, i.fileName, i.body)))
	require.NotEmpty(t, short.Manifest.Release.Until, "the period is part of what is signed")
	short = p.awaitState(short.ID, disclosure.Released)
	require.NotNil(t, short.Until)
	missing := s.public("/items/NO-2026-000000")
	require.Eventually(t, func() bool { return s.public("/items/"+short.Number).status == http.StatusNotFound }, 30*time.Second, 50*time.Millisecond)
	require.False(t, time.Now().Before(*short.Until), "not a moment earlier")
	require.Equal(t, missing.body, s.public("/items/"+short.Number).body, "as if it never was")
	short = p.awaitState(short.ID, disclosure.TakenDown)
	require.Equal(t, "period_ended", short.Withdrawal.Type)
	require.Nil(t, short.Withdrawal.By)
}

// batched is a batch whose items come out together; one that is withdrawn keeps the
// others back, and what is out is recalled in one act.
func batched(t *testing.T, s *server, _ *hook) {
	p, office := s.as("zhouheng"), s.as("hezhou")
	at := time.Now().Add(40 * time.Second).Truncate(time.Second)
	make := func(title string, at time.Time) desk.Batch {
		return decode[desk.Batch](t, p.do(http.MethodPost, "/api/v1/batches", map[string]any{"title": title, "at": at.Format(time.RFC3339)}))
	}
	draft := func(title, batch string, at time.Time) desk.Disclosure {
		i := notice(title, plain)
		i.at, i.latest = at, at.Add(time.Hour)
		patch := i.patch()
		patch["batch"] = batch
		d := decode[desk.Disclosure](t, p.do(http.MethodPost, "/api/v1/disclosures", patch))
		return p.putBody(d, i.fileName, i.body)
	}
	require.Equal(t, disclosure.ReleaseInPast, p.do(http.MethodPost, "/api/v1/batches", map[string]any{"title": "过去", "at": "2020-01-01T09:00:00+08:00"}).code())
	b, kept := make("办法和解读", at), make("少一件", at)
	require.Equal(t, disclosure.BatchInstant, p.submit(draft("另一个时间", b.ID, at.Add(time.Minute))).code())
	b = decode[desk.Batch](t, p.do(http.MethodGet, "/api/v1/batches/"+b.ID, nil))
	require.Len(t, b.Items, 1)
	stray := b.Items[0].Disclosure.ID
	decode[desk.Disclosure](t, p.do(http.MethodPatch, "/api/v1/disclosures/"+stray, map[string]any{"batch": ""}, "If-Match", etag(p.get(stray))))

	var items, others []desk.Disclosure
	for _, title := range []string{"办法", "解读"} {
		items = append(items, p.submitted(draft(title, b.ID, at)))
		others = append(others, p.submitted(draft(title+"二", kept.ID, at)))
	}
	for i := range items {
		items[i], others[i] = s.approve(items[i]), s.approve(others[i])
		require.Equal(t, b.ID, items[i].Manifest.Batch, "the batch is part of what is signed")
	}
	require.True(t, decode[desk.Batch](t, p.do(http.MethodGet, "/api/v1/batches/"+b.ID, nil)).Ready)
	require.Equal(t, disclosure.BatchTogether, p.do(http.MethodPost, "/api/v1/disclosures/"+items[0].ID+"/reschedule", map[string]any{"at": at.Add(time.Minute).Format(time.RFC3339), "reason": "x"}).code())
	decode[desk.Disclosure](t, p.do(http.MethodPost, "/api/v1/disclosures/"+others[1].ID+"/withdraw", map[string]any{"reason": "有误"}))
	require.False(t, decode[desk.Batch](t, p.do(http.MethodGet, "/api/v1/batches/"+kept.ID, nil)).Ready)

	for _, d := range items {
		p.awaitState(d.ID, disclosure.Released)
		require.True(t, s.online(d))
	}
	held := p.awaitState(others[0].ID, disclosure.Held)
	require.Equal(t, "batch", held.Cause)
	require.False(t, s.online(others[0]))

	outcomes := decode[desk.Page[desk.BatchOutcome]](t, office.do(http.MethodPost, "/api/v1/batches/"+b.ID+"/recall", map[string]any{"reason": "同批召回。"})).Items
	require.Len(t, outcomes, 2)
	for i, o := range outcomes {
		require.Empty(t, o.Code, o.Message)
		require.Equal(t, disclosure.Recalled, p.get(items[i].ID).State)
		require.False(t, s.online(items[i]))
	}
	// Without the one that was withdrawn, the other goes on by itself when a person says so.
	left := decode[desk.Batch](t, office.do(http.MethodPost, "/api/v1/batches/"+kept.ID+"/leave", map[string]any{"disclosure": others[1].ID, "reason": "不再发布。"}))
	require.Len(t, left.Items, 1)
	soon := time.Now().Add(5 * time.Second)
	decode[desk.Batch](t, office.do(http.MethodPost, "/api/v1/batches/"+kept.ID+"/reschedule", map[string]any{"at": soon.Format(time.RFC3339Nano), "reason": "单独发布"}))
	p.awaitState(others[0].ID, disclosure.Released)
}
