package console

import (
	"encoding/csv"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"shenfa/internal/desk"
	"shenfa/internal/disclosure"
)

func TestTheWorkbenchAsksForWhatTheAddressSays(t *testing.T) {
	t.Parallel()

	for path, want := range map[string]string{
		"/console":                      "Work tasks",
		"/console?tab=done&kind=notice": "Work done notice",

		"/console?tab=all&q=危险化学品&after=C": "Work all  危险化学品 C",
	} {
		b := setup(t, plain())
		w := b.get(t, "leader", path)
		require.Equal(t, http.StatusOK, w.Code)
		require.Contains(t, b.desk.calls, want, path)
	}
	b := setup(t, plain())
	w := b.get(t, "leader", "/console?tab=done&from=2026-13-01&q=x")
	require.Equal(t, http.StatusUnprocessableEntity, w.Code)
	require.Contains(t, w.Body.String(), `value="2026-13-01" aria-invalid="true" aria-describedby="filter-from-e"`)

	page := setup(t, plain()).get(t, "leader", "/console?tab=all&q=a%26b&section=s1").Body.String()
	require.Contains(t, page, `href="/console?q=a%26b&amp;section=s1&amp;tab=all&amp;after=NEXT"`, "the next page keeps the filters")
	require.Contains(t, page, `href="/console/work.csv?q=a%26b&amp;section=s1&amp;tab=all"`)
	require.Contains(t, page, "<b>999&#43;</b>", "what was not counted to its end")
}

func TestTimeLeftIsToldInWorkingTime(t *testing.T) {
	t.Parallel()

	const day = 450 * 60 * 1e9 // seven and a half hours
	for want, x := range map[string]desk.WorkTask{
		"剩 2 工作日":    {Left: 2*day + day/2, FullDay: day},
		"剩 4 时 18 分": {Left: 4*3600e9 + 18*60e9, FullDay: day},
		"剩 12 分":     {Left: 12 * 60e9, FullDay: 24 * 3600e9},
		"逾期 1 工作日":   {Left: day, FullDay: day, Overdue: true},
		"逾期 3 时 0 分": {Left: 3 * 3600e9, Overdue: true},
	} {
		require.Equal(t, want, Frame{Lang: chinese}.left(x))
	}
}

func TestAnExportIsATableWithoutFormulas(t *testing.T) {
	t.Parallel()

	f := plain()
	f.list[0].Title, f.list[1].Title = `=HYPERLINK("http://x")`, " \t+1,\"引号\"\n二行"
	f.list[0].Section.Name, f.list[0].Drafter.Name = "@x", "-1"
	b := setup(t, f)
	w := b.get(t, "officer", "/console/work.csv?tab=all&q=危化")
	require.Equal(t, "text/csv; charset=utf-8", w.Header().Get("Content-Type"))
	require.Contains(t, w.Header().Get("Content-Disposition"), "attachment;")
	require.Contains(t, b.desk.calls, "ExportWork all 危化")
	text, marked := strings.CutPrefix(w.Body.String(), "\ufeff")
	require.True(t, marked)
	rows, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	require.NoError(t, err)
	require.Len(t, rows, 3)
	require.Equal(t, []string{"编号", "标题", "类别", "科室", "承办人"}, rows[0][:5])
	require.Equal(t, []string{`'=HYPERLINK("http://x")`, "'@x", "'-1"}, []string{rows[1][1], rows[1][3], rows[1][4]})
	require.Equal(t, "' \t+1,\"引号\"\n二行", rows[2][1])

	f.fail = map[string]error{"ExportWork": disclosure.Refuse(disclosure.Unavailable, "")}
	require.NotContains(t, setup(t, f).get(t, "officer", "/console/work.csv").Header().Get("Content-Type"), "csv", "half a table is none")
}

func TestAViewIsKeptAsTheFormThatItIs(t *testing.T) {
	t.Parallel()

	b := setup(t, plain())
	w := b.post(t, "leader", "/console/views", "view", "双公示", "query", "tab=all&q=x&evil=1&after=Z")
	require.Equal(t, "/console?q=x&tab=all&done=view", w.Header().Get("Location"))
	require.Contains(t, b.desk.calls, "SaveView KEY1 /console/views 双公示 q=x&tab=all")
	b.post(t, "leader", "/console/views/v1/drop")
	require.Contains(t, b.desk.calls, "DropView v1")

	b.desk.fail["SaveView"] = disclosure.Refuse(disclosure.TooLong, "view", "max", "40")
	w = b.post(t, "leader", "/console/views", "view", "留着", "query", "tab=done")
	require.Equal(t, http.StatusUnprocessableEntity, w.Code)
	require.Contains(t, w.Body.String(), `value="留着" aria-invalid="true"`)
}
