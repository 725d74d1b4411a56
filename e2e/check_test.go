package e2e

import (
	"archive/zip"
	"bytes"
	"net/http"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"shenfa/internal/desk"
	"shenfa/internal/disclosure"
)

// sample is a file of the samples for scans: synthetic, and with something in it.
func sample(t *testing.T, name string) []byte {
	t.Helper()
	data, err := os.ReadFile("../testdata/scan/附件/" + name)
	require.NoError(t, err)
	return data
}

// unpacked is everything in a package, one after another.
func unpacked(t *testing.T, data []byte) string {
	t.Helper()
	r, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	require.NoError(t, err)
	var all bytes.Buffer
	for _, f := range r.File {
		part, err := f.Open()
		require.NoError(t, err)
		_, err = all.ReadFrom(part)
		require.NoError(t, err)
	}
	return all.String()
}

// treated is an attachment with a comment, a deletion and hidden text, and a body with
// a number in it: what goes out has none of them, and the number is masked in the file.
func treated(t *testing.T, s *server, _ *hook) {
	p := s.as("zhouheng")
	i := notice("附件里有批注", plain+"联系人手机13812345678。\n")
	i.at = time.Now().Add(20 * time.Second)
	d := p.draft(i)
	minutes := sample(t, "会议纪要.docx")
	for _, secret := range []string{"13612345678", "310114199003070010", "内部资料"} {
		require.Contains(t, unpacked(t, minutes), secret)
	}
	path := "/api/v1/disclosures/" + d.ID
	d = decode[desk.Disclosure](t, p.do(http.MethodPost, path+"/attachments?name="+url.QueryEscape("情况.docx"), minutes, "If-Match", etag(d)))
	a := d.Draft.Attachments[0]
	require.NotNil(t, a.Original)
	require.Equal(t, disclosure.Sum("", minutes).SHA256, a.Original.SHA256)
	require.NotEqual(t, a.Original.SHA256, a.SHA256)
	var gone []string
	for _, r := range a.Original.Removed {
		gone = append(gone, r.What)
	}
	require.Subset(t, gone, []string{"comments", "tracked_changes", "hidden_text"})

	d = p.submitted(d)
	require.Equal(t, disclosure.SelfReview, d.State)
	var mask []string
	for _, f := range decode[desk.Page[desk.Finding]](t, p.do(http.MethodGet, path+"/findings", nil)).Items {
		switch {
		case f.File == "body":
			mask = append(mask, f.ID)
		case strings.Contains(f.Part, "comment") || strings.Contains(f.Part, "hidden") || strings.Contains(f.Part, "deletion"):
			require.Equal(t, "INFO", string(f.Class), "%s is in the original only", f.Part)
		}
	}
	require.Len(t, mask, 1)
	stale := p.do(http.MethodPost, path+"/treat", map[string]any{"findings": mask}, "If-Match", `"1"`)
	require.Equal(t, disclosure.PreconditionFailed, stale.code())
	require.Equal(t, disclosure.FindingUnknown, p.do(http.MethodPost, path+"/treat", map[string]any{"findings": []string{"x"}}, "If-Match", etag(d)).code())
	d = decode[desk.Disclosure](t, p.do(http.MethodPost, path+"/treat", map[string]any{"findings": mask}, "If-Match", etag(d)))
	require.Contains(t, string(p.do(http.MethodGet, path+"/files/source", nil).body), "138****5678")

	d = p.submitted(d)
	for _, f := range decode[desk.Page[desk.Finding]](t, p.do(http.MethodGet, path+"/findings", nil)).Items {
		require.NotEqual(t, "body", f.File, "nothing is left in the body: %s", f.Excerpt)
		if f.Disposition == "" && string(f.Class) != "INFO" {
			d = decode[desk.Disclosure](t, p.do(http.MethodPost, path+"/findings/"+f.ID+"/disposition", map[string]any{"disposition": "lawful", "reason": "会议已公开。"}))
		}
	}
	require.Equal(t, disclosure.InReview, d.State)
	d = s.approve(d)
	attachment := "/items/" + d.Number + "/files/" + url.PathEscape(a.Name)
	require.Equal(t, http.StatusNotFound, s.public(attachment).status, "F12: not before its time")
	d = p.awaitState(d.ID, disclosure.Released)
	require.NotContains(t, string(s.public("/items/"+d.Number+"/body").body), "13812345678")
	out := s.public(attachment)
	require.Equal(t, http.StatusOK, out.status)
	require.Equal(t, a.SHA256, disclosure.Sum("", out.body).SHA256)
	for _, secret := range []string{"13612345678", "310114199003070010", "内部资料", "赵敏"} {
		require.NotContains(t, unpacked(t, out.body), secret)
	}
	original := p.do(http.MethodGet, path+"/files/"+url.PathEscape(desk.OriginalOf+a.Name), nil)
	require.Equal(t, minutes, original.body, "the original stays with the house")
	require.Equal(t, http.StatusNotFound, s.public("/items/"+d.Number+"/attachments/"+url.PathEscape(desk.OriginalOf+a.Name)).status)
}

// upheld is a mark that was real.
func upheld(t *testing.T, s *server, _ *hook) {
	p := s.as("zhouheng")
	d := p.submitted(p.draft(item{title: "真的有标志", fileName: "marked.txt", body: []byte("关于示例的报告\n绝密★长期\n"), late: "now"}))
	require.Equal(t, disclosure.InQuarantine, d.State)
	path := "/api/v1/disclosures/" + d.ID + "/incident/close"
	duty := s.as("shenyan")
	require.Contains(t, duty.get(d.ID).Can, "close_incident")
	inbox := decode[desk.Page[desk.TaskView]](t, duty.do(http.MethodGet, "/api/v1/inbox", nil))
	waits := false
	for _, task := range inbox.Items {
		waits = waits || task.Disclosure.ID == d.ID && task.Step == disclosure.IncidentStep
	}
	require.True(t, waits, "it is somebody's duty")
	require.Equal(t, disclosure.Forbidden, p.do(http.MethodPost, path, map[string]any{"reason": "已处理"}).code())
	require.Equal(t, disclosure.ReasonRequired, duty.do(http.MethodPost, path, map[string]any{"reason": ""}).code())
	d = decode[desk.Disclosure](t, duty.do(http.MethodPost, path, map[string]any{"reason": "已报告，介质已封存。"}))
	require.Equal(t, disclosure.NotReleased, d.State)
	require.Equal(t, []string{"upheld", "", "已报告，介质已封存。"}, []string{d.Incident.Outcome, d.Incident.Line, d.Incident.Done})
}

// ownList is the bureau's list: what stands in it is found from the next check on.
func ownList(t *testing.T, s *server, _ *hook) {
	p, curator := s.as("zhouheng"), s.as("shenyan")
	const rows = "term,class,reason\n青松七号,HOLD,内部项目代号\n"
	require.Equal(t, disclosure.Forbidden, p.do(http.MethodPut, "/api/v1/lexicon?name=a.csv", []byte(rows)).code())
	bad := curator.do(http.MethodPut, "/api/v1/lexicon?name=a.csv", []byte("term,class,reason\n青松七号,GRAVE,x\n"))
	require.Equal(t, disclosure.BadFile, bad.code())
	require.Contains(t, string(bad.body), "row 2")
	released := s.approve(p.submitted(p.draft(notice("已经公开的", plain+"青松七号已完工。\n"))))
	p.awaitState(released.ID, disclosure.Released)
	try := decode[desk.LexiconImport](t, curator.do(http.MethodPut, "/api/v1/lexicon?name=a.csv&try=true", []byte(rows)))
	require.Equal(t, []int{0, 1}, []int{try.Version, try.Added})
	var would []string
	for _, i := range try.Over.Items {
		would = append(would, i.Number)
	}
	require.Contains(t, would, released.Number, "it tells what it would find in what is out")

	require.Equal(t, 1, decode[desk.LexiconImport](t, curator.do(http.MethodPut, "/api/v1/lexicon?name=a.csv", []byte(rows))).Version)
	d := p.submitted(p.draft(notice("还没有公开的", plain+"青松 七号即将完工。\n")))
	require.Equal(t, disclosure.SelfReview, d.State)
	found := decode[desk.Page[desk.Finding]](t, p.do(http.MethodGet, "/api/v1/disclosures/"+d.ID+"/findings", nil)).Items
	require.Equal(t, []string{"lexicon", "青松 七号"}, []string{found[0].Rule, found[0].Excerpt})
	require.Contains(t, d.RuleSet, "sha256:", "the manifest names the list")
}
