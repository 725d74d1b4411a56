package desk

import (
	"bytes"
	"encoding/csv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"shenfa/internal/disclosure"
	"shenfa/internal/document"
	"shenfa/internal/testkit"
)

func TestRecordsHoldWhatWasSignedInTheseDays(t *testing.T) {
	t.Parallel()

	p := plans(t, 0)
	done := testkit.Approved(t, p.Stored, p.Bureau, testkit.Title("危险化学品检查通报"), func(r *testkit.Recipe) { r.Draft.Release.OnApproval = true })
	today := p.calendar.Get().DateOf(p.now)
	q := RecordQuery{From: today.AddDays(-1).String(), Until: today.AddDays(1).String(), As: AsDOCX}
	read := func(f FileData, err error) string {
		t.Helper()
		require.NoError(t, err)
		doc, err := document.Open(f.Name, f.Data, document.DefaultLimits())
		require.NoError(t, err)
		return doc.Parts[0].Text
	}

	summary := read(p.ReviewRecord(t.Context(), p.as(p.Officer), q))
	for _, want := range []string{"政府信息公开保密审查汇总表", "共 1 件次", done.Number, "危险化学品检查通报", "意见", "第三十五条", "公开"} {
		require.Contains(t, summary, want)
	}
	asked := q
	asked.As = AsCSV
	table, err := p.ReviewRecord(t.Context(), p.as(p.Officer), asked)
	require.NoError(t, err)
	rows, err := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(table.Data, []byte("\ufeff")))).ReadAll()
	require.NoError(t, err)
	require.Len(t, rows, 2)
	line := map[string]string{}
	for i, name := range rows[0] {
		line[name] = rows[1][i]
	}
	require.Equal(t, []string{done.Number, "公文", "门户网站", "公开"}, []string{line["编号"], line["载体形式"], line["拟公开方式"], line["结论"]})
	require.Equal(t, "审签完毕即发布", line["拟公开时间"])
	kept := testkit.InReview(t, p.Stored, p.Bureau, testkit.Title("还在研究的方案"))
	kept.Must(t, kept.Decision(t, p.Head, disclosure.Disclose))
	kept.Must(t, kept.Decision(t, p.Confidentiality, disclosure.DoNotDisclose))
	withheld := read(p.ReviewRecord(t.Context(), p.as(p.Officer), q))
	require.Contains(t, withheld, "不予公开")
	require.NotContains(t, withheld, "已作废", "what kept it from the public stands")
	own := read(p.OpinionRecord(t.Context(), p.as(p.Head), q))
	require.Contains(t, own, done.Number)
	require.Equal(t, 1, strings.Count(own, done.Number), "of the head alone")
	q.Person = p.Head.ID
	require.Contains(t, read(p.OpinionRecord(t.Context(), p.as(p.Officer), q)), done.Number, "the disclosure office takes another's")

	for name, tc := range map[string]struct {
		by   disclosure.Person
		q    RecordQuery
		want disclosure.Code
	}{
		"AnotherPersons": {p.Legal, q, disclosure.Forbidden},
		"AnAuditors":     {p.Auditor, RecordQuery{From: q.From, Until: q.Until, As: AsPDF}, disclosure.Forbidden},
		"NoDay":          {p.Head, RecordQuery{Until: q.Until, As: AsPDF}, disclosure.Required},
		"NotADay":        {p.Head, RecordQuery{From: "2026-02-30", Until: q.Until, As: AsPDF}, disclosure.WrongType},
		"Backwards":      {p.Head, RecordQuery{From: "2026-11-30", Until: "2026-11-01", As: AsPDF}, disclosure.BadValue},
		"NoSuchForm":     {p.Head, RecordQuery{From: q.From, Until: q.Until, As: "xls"}, disclosure.BadValue},
	} {
		_, err := p.OpinionRecord(t.Context(), p.as(tc.by), tc.q)
		require.Equal(t, tc.want, disclosure.CodeOf(err), name)
	}
	_, err = p.ReviewRecord(t.Context(), p.as(p.Drafter), q)
	require.Equal(t, disclosure.Forbidden, disclosure.CodeOf(err))
	last := RecordQuery{From: "2024-01-01", Until: "2024-01-31", As: AsDOCX}
	require.NotContains(t, read(p.ReviewRecord(t.Context(), p.as(p.Officer), last)), done.Number)
}
