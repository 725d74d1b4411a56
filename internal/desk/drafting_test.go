package desk

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"shenfa/internal/disclosure"
	"shenfa/internal/testkit"
)

func undone(points []disclosure.Point) (all []string) {
	for _, p := range points {
		if p.Error && !p.Done {
			all = append(all, p.Field)
		}
	}
	return all
}

func warned(points []disclosure.Point) (all []string) {
	for _, p := range points {
		if !p.Error {
			all = append(all, p.ID)
		}
	}
	return all
}

func TestASubmissionIsRefusedExactlyForTheErrorsOfTheChecklist(t *testing.T) {
	t.Parallel()

	p := plans(t, 10*time.Minute)
	p.order(t, p.now.Add(5*time.Hour), p.now.Add(6*time.Hour))
	for name, tc := range map[string]struct {
		change func(*disclosure.Draft)
		errors []string
	}{
		"Whole":         {func(*disclosure.Draft) {}, nil},
		"NoTitle":       {func(d *disclosure.Draft) { d.Title = "" }, []string{"title"}},
		"Several":       {func(d *disclosure.Draft) { d.Channels, d.Release.Late = nil, "" }, []string{"channels", "release.late"}},
		"NotProactive":  {func(d *disclosure.Draft) { d.Attribute = disclosure.Withheld }, []string{"attribute"}},
		"InThePast":     {func(d *disclosure.Draft) { d.Release = planAt(d.Release, p.now.Add(-time.Hour)) }, []string{"release.at"}},
		"InABlackout":   {func(d *disclosure.Draft) { d.Release = planAt(d.Release, p.now.Add(330*time.Minute)) }, []string{"release.at"}},
		"NoSuchPolicy":  {func(d *disclosure.Draft) { d.Kind, d.Interprets = "interpretation", "AA-2026-999999" }, []string{"interprets"}},
		"TiesOfAnother": {func(d *disclosure.Draft) { d.Interprets = "AA-2026-000001" }, []string{"interprets"}},
		"PastTheLimitIs": {func(d *disclosure.Draft) {
			d.FormedOn = "2025-01-02"
			d.Release = planAt(d.Release, p.now.Add(time.Hour))
		}, []string{"release.at"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			i := testkit.Draft(t, p.Stored, p.Bureau)
			i.Edit(t, p.Drafter, func(d *disclosure.Draft, _ func([]byte) (string, error)) error {
				d.FormedOn, d.Release.OnApproval, d.Release.At = p.calendar.Get().DateOf(p.now).String(), true, time.Time{}
				tc.change(d)
				return nil
			})
			points, err := p.Checklist(t.Context(), p.as(p.Drafter), i.ID)
			require.NoError(t, err)
			require.Equal(t, tc.errors, undone(points))
			_, err = p.freeze(t.Context(), p.as(p.Drafter), i.ID, i.DraftRevision(t))
			require.Equal(t, len(tc.errors) > 0, err != nil, "%v", err)
			if err != nil {
				first := slices.IndexFunc(points, func(o disclosure.Point) bool { return o.Code == disclosure.CodeOf(err) })
				require.GreaterOrEqual(t, first, 0, "the list says why: %v", err)
			}
		})
	}
}

func planAt(plan disclosure.Plan, t time.Time) disclosure.Plan {
	plan.At, plan.OnApproval, plan.NextWindow, plan.Latest = t, false, false, time.Time{}
	return plan
}

func TestTheChecklistWarnsOfWhatMayStay(t *testing.T) {
	t.Parallel()

	p := plans(t, 0)
	i := testkit.Draft(t, p.Stored, p.Bureau)
	change := func(edit func(*disclosure.Draft)) []string {
		t.Helper()
		i.Edit(t, p.Drafter, func(d *disclosure.Draft, _ func([]byte) (string, error)) error { edit(d); return nil })
		points, err := p.Checklist(t.Context(), p.as(p.Drafter), i.ID)
		require.NoError(t, err)
		return warned(points)
	}
	today := p.calendar.Get().DateOf(p.now)
	whole := func(d *disclosure.Draft) {
		d.Summary, d.IndexNumber, d.Topic, d.DocumentNumber, d.Basis, d.FormedOn = "概述", "1-1/2026-1", "安全生产", "示应急〔2026〕1号", "第二十条", today.String()
	}
	require.Empty(t, change(whole))
	require.Equal(t, []string{"summary", "topic"}, change(func(d *disclosure.Draft) { whole(d); d.Summary, d.Topic = " ", "" }))
	require.Contains(t, change(func(d *disclosure.Draft) { whole(d); d.FormedOn = today.AddDays(-27).String() }), "near_limit")
	require.Contains(t, change(func(d *disclosure.Draft) { whole(d); d.FormedOn = "2025-01-02" }), "past_limit")
	require.Equal(t, []string{"no_interpretation"}, change(func(d *disclosure.Draft) { whole(d); d.Kind = "policy" }))
	require.Empty(t, change(func(d *disclosure.Draft) { d.NoInterpretation = "只是转发" }))
	_, err := p.Checklist(t.Context(), p.as(p.Stranger), i.ID)
	require.Equal(t, disclosure.NotFound, disclosure.CodeOf(err))
}

func TestLinksThatThePublicCannotOpen(t *testing.T) {
	t.Parallel()

	page := `<h3 id="one">一</h3><p>` + strings.Join([]string{
		`<a href="https://www.example.gov.cn/a">`, `<a href="#one">`, `<a href="mailto:a@example.gov.cn">`, `<a href="https://203.0.113.7/">`,
		`<a href="#two">`, `<a href="file:///D:/通知.docx">`, `<a href="http://10.1.2.3/oa">`, `<a href="http://oa/oa">`, `<a href="http://oa.local/">`, `<a href="附件.docx">`, `<a href="http://[::1]/">`,
	}, "</a>") + `</a></p>`
	require.Equal(t, []string{"#two", "file:///D:/通知.docx", "http://10.1.2.3/oa", "http://oa/oa", "http://oa.local/", "附件.docx", "http://[::1]/"}, deadLinks([]byte(page)))
}

func TestADraftGoesBackToAnEarlierVersion(t *testing.T) {
	t.Parallel()

	p := plans(t, 0)
	i := testkit.InReview(t, p.Stored, p.Bureau, testkit.Title("第一版的标题"))
	back := i.Decision(t, p.Head, disclosure.ReturnToEarlier)
	i.Must(t, back)
	i.Edit(t, p.Colleague, func(d *disclosure.Draft, _ func([]byte) (string, error)) error {
		d.Title, d.Body = "改坏了", nil
		return nil
	})

	_, err := p.RollBack(t.Context(), p.as(p.Drafter), i.ID, i.DraftRevision(t)-1, 1)
	require.Equal(t, disclosure.PreconditionFailed, disclosure.CodeOf(err), "what somebody else typed meanwhile is not thrown away unseen")
	_, err = p.RollBack(t.Context(), p.as(p.Drafter), i.ID, i.DraftRevision(t), 2)
	require.Equal(t, disclosure.NotFound, disclosure.CodeOf(err))
	_, err = p.RollBack(t.Context(), p.as(p.Stranger), i.ID, i.DraftRevision(t), 1)
	require.Equal(t, disclosure.NotFound, disclosure.CodeOf(err))

	d, err := p.RollBack(t.Context(), p.as(p.Drafter), i.ID, i.DraftRevision(t), 1)
	require.NoError(t, err)
	require.Equal(t, "第一版的标题", d.Draft.Title)
	f, err := p.File(t.Context(), p.as(p.Drafter), i.ID, 0, "body")
	require.NoError(t, err)
	require.NotEmpty(t, f.Data)
	require.Contains(t, d.Contributors, Ref{ID: p.Colleague.ID, Name: testkit.Cell[string](t, p.Stored, `SELECT name FROM shenfa.people WHERE id = $1`, p.Colleague.ID)}, "who contributed stays one")
}

func TestWhoHasADraftOpen(t *testing.T) {
	t.Parallel()

	p := plans(t, 0)
	i := testkit.Draft(t, p.Stored, p.Bureau)
	alone, err := p.Present(t.Context(), p.as(p.Drafter), i.ID)
	require.NoError(t, err)
	require.Empty(t, alone)
	others, err := p.Present(t.Context(), p.as(p.Colleague), i.ID)
	require.NoError(t, err)
	require.Len(t, others, 1)
	require.Equal(t, p.Drafter.ID, others[0].ID)
	testkit.Exec(t, p.Stored, `UPDATE shenfa.presence SET seen_at = seen_at - interval '1 minute' WHERE person_id = $1`, p.Drafter.ID)
	others, err = p.Present(t.Context(), p.as(p.Colleague), i.ID)
	require.NoError(t, err)
	require.Empty(t, others, "who closed it is forgotten")
	_, err = p.Present(t.Context(), p.as(p.Principal), i.ID)
	require.Error(t, err, "who may not edit does not say so")
}
