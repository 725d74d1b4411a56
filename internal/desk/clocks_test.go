package desk

import (
	"testing"

	"github.com/stretchr/testify/require"

	"shenfa/internal/disclosure"
	"shenfa/internal/notice"
	"shenfa/internal/testkit"
)

func TestEveryDeadlineExplainsItselfAndNoneIsMovedSilently(t *testing.T) {
	t.Parallel()

	p := plans(t, 0)
	i := testkit.InReview(t, p.Stored, p.Bureau) // formed on 2026-01-05; its steps are due a day later
	clocks, err := p.Clocks(t.Context(), p.as(p.Head), i.ID)
	require.NoError(t, err)
	require.Len(t, clocks, 2)

	law := clocks[0]
	require.Equal(t, "2026-02-02T15:59:59Z", law.Due.UTC().Format("2006-01-02T15:04:05Z"))
	require.Equal(t, []any{20, "working_day", false}, []any{law.N, law.Unit, law.Provisional})
	require.Contains(t, law.Law, "政府信息公开条例")
	require.Nil(t, law.Counted)
	counted := 0
	for _, d := range law.Days {
		if d.Counted {
			counted++
		}
	}
	require.Equal(t, []any{20, "2026-01-06", "2026-02-02"}, []any{counted, law.Days[0].Date, law.Days[len(law.Days)-1].Date})

	step := clocks[1]
	require.Equal(t, i.Case.Route.Steps[0].ID, step.Step)
	require.NotNil(t, step.Counted, "what stands is not what the calendar leads to, and both are shown")
	require.NotEqual(t, *step.Counted, step.Due)

	_, err = p.Clocks(t.Context(), p.as(p.Stranger), i.ID)
	require.Equal(t, disclosure.NotFound, disclosure.CodeOf(err))
}

func TestPeopleSeeTheirOwnNoticesAndChooseTheirMail(t *testing.T) {
	t.Parallel()

	p := plans(t, 0)
	ctx, head := t.Context(), p.as(p.Head)
	i := testkit.InReview(t, p.Stored, p.Bureau)
	page, err := p.Notices(ctx, head, false, "")
	require.NoError(t, err)
	require.Len(t, page.Items, 1)
	require.Equal(t, []any{notice.Task, i.ID, i.Number}, []any{page.Items[0].Kind, page.Items[0].Disclosure, page.Items[0].Number})
	me, err := p.Me(ctx, head)
	require.NoError(t, err)
	require.Equal(t, 1, me.Notices)

	require.Equal(t, disclosure.NotFound, disclosure.CodeOf(p.DismissNotice(ctx, p.as(p.OtherHead), page.Items[0].ID)))
	require.NoError(t, p.DismissNotices(ctx, head, page.Items[0].ID))
	testkit.InReview(t, p.Stored, p.Bureau)
	page, err = p.Notices(ctx, head, false, "")
	require.NoError(t, err)
	require.Len(t, page.Items, 1, "what came later is not dismissed with it")
	page, err = p.Notices(ctx, head, true, "")
	require.NoError(t, err)
	require.Len(t, page.Items, 2)

	_, err = p.SetNoticeSettings(ctx, head, MailSettings{Email: "nowhere", Language: "zh"})
	require.Equal(t, disclosure.BadValue, disclosure.CodeOf(err))
	want := MailSettings{Email: "head@example.gov.cn", Language: "en", Kinds: []NoticeKind{notice.Overdue}, Digest: "17:00", QuietFrom: "21:00", QuietUntil: "07:30"}
	_, err = p.SetNoticeSettings(ctx, head, want)
	require.NoError(t, err)
	got, err := p.NoticeSettings(ctx, head)
	require.NoError(t, err)
	require.Equal(t, want, got.MailSettings)
}
