package console

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"shenfa/internal/desk"
	"shenfa/internal/disclosure"
)

// fullReport is a bureau of fifteen sections in a busy year.
func fullReport() desk.Report {
	day := 450 * time.Minute
	r := desk.Report{
		FullDay: day, Channels: map[string]int{"1s": 4012, "10s": 3, "later": 1, "never": 2}, Limits: map[string]int{"met": 3900, "missed": 4, "waiting": 1, "none": 80},
		Classes: []desk.ClassFound{{Class: "BLOCK", N: 3, Open: 3}, {Class: "HOLD", N: 40, Open: 1, FalseAlarms: 9, Lawful: 30}, {Class: "WARN"}, {Class: "INFO"}},
	}
	for i := range 15 {
		r.Backlog = append(r.Backlog, desk.Backlog{Section: desk.Ref{ID: "s", Name: "示例"}, N: 10 + i, Overdue: i, Ages: [4]int{6, i, 3, 1}, Oldest: time.Duration(i) * day})
	}
	for _, s := range steps() {
		r.Steps = append(r.Steps, desk.StepTime{Step: s.ID, Zh: s.Zh, En: s.En, N: 900, Late: 3, Median: 3 * time.Hour, Ninety: 2 * day})
		for _, o := range disclosure.Outcomes() {
			r.Outcomes = append(r.Outcomes, desk.StepOutcome{Step: s.ID, Zh: s.Zh, En: s.En, Outcome: o.ID, N: 9})
		}
	}
	for range 8 {
		r.Rules = append(r.Rules, desk.RuleFound{Rule: "PII-ID18", Class: "HOLD", N: 20, FalseAlarms: 5})
	}
	for range 8 {
		r.Bypasses = append(r.Bypasses, desk.Bypassed{ID: "d1", Number: "2026-0038", By: "示例", At: morning, Judged: "overdue"})
	}
	return r
}

func TestFiguresAreDrawnAndTold(t *testing.T) {
	t.Parallel()

	f := plain()
	f.report = fullReport()
	b := setup(t, f)
	w := b.get(t, "leader", "/console/reports?from=2026-01-01&until=2026-03-31")
	require.Equal(t, http.StatusOK, w.Code)
	require.Contains(t, b.desk.calls, "Report 2026-01-01 2026-04-01", "the last day counts")
	page := w.Body.String()
	require.Contains(t, page, `<rect x="0" width="25" height="12" class="ok"/>`, "6 of 24, the widest")
	require.Contains(t, page, "2.0 工作日")
	require.Contains(t, page, "3 时 0 分")
	require.Contains(t, page, `<th scope="row">没有发出</th><td>2</td>`)
	require.Contains(t, page, `<a href="/console/items/d1">2026-0038</a>`)

	b.get(t, "leader", "/console/reports")
	require.Contains(t, b.desk.calls, "Report 2026-11-01 2026-12-01", "this month by itself")
	for _, path := range []string{"/console/reports?from=x&until=2026-01-01", "/console/reports?from=2026-01-01"} {
		require.Equal(t, http.StatusUnprocessableEntity, b.get(t, "leader", path).Code)
	}
	for _, who := range []string{"drafter", "auditor"} {
		require.Equal(t, http.StatusForbidden, b.get(t, who, "/console/reports").Code)
		require.Equal(t, http.StatusForbidden, b.get(t, who, "/console/reports.csv").Code)
	}

	w = b.get(t, "leader", "/console/reports.csv?from=2026-01-01&until=2026-03-31")
	require.True(t, strings.HasPrefix(w.Body.String(), "\ufeff统计看板,2026-01-01,2026-03-31\r\n\r\n在办事项\r\n科室,在办,"))
	require.Contains(t, w.Body.String(), "没有发出,2\r\n")
	require.Contains(t, b.desk.calls, "ExportedReport")
}
