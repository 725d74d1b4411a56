package desk

import (
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"shenfa/internal/disclosure"
	"shenfa/internal/document"
	"shenfa/internal/testkit"
)

func TestTheReviewFormHasEveryOpinionOnWhatIsSigned(t *testing.T) {
	t.Parallel()

	p := plans(t, 0)
	i := testkit.InReview(t, p.Stored, p.Bureau)
	i.Must(t, i.Decision(t, p.Head, disclosure.Disclose))
	back := i.Decision(t, p.Confidentiality, disclosure.ReturnToEarlier)
	back.Opinion = i.Words(t, uuid.NewString(), "请补充处置说明")
	i.Must(t, back)

	head := testkit.Cell[string](t, p.Stored, `SELECT name FROM shenfa.people WHERE id = $1`, p.Head.ID)
	read := func(who disclosure.Person, as string) string {
		t.Helper()
		f, err := p.ReviewForm(t.Context(), p.as(who), i.ID, as)
		require.NoError(t, err)
		require.Equal(t, "."+as, f.Name[len(f.Name)-len(as)-1:])
		require.NotEmpty(t, f.Type)
		doc, err := document.OpenWith(t.Context(), document.Installed(t.Context()), f.Name, f.Data, document.DefaultLimits())
		require.NoError(t, err)
		var all strings.Builder
		for _, part := range doc.Parts {
			all.WriteString(part.Text)
		}
		return strings.NewReplacer("\n", "", " ", "", "\t", "").Replace(all.String())
	}
	for _, as := range []string{AsPDF, AsDOCX} {
		text := read(p.Drafter, as)
		for _, want := range []string{"政府信息公开保密审查单（未办结）", i.Number, strings.ReplaceAll(head, " ", ""), "意见", "退回修改", "请补充处置说明", string(i.Case.Manifest)[:40]} {
			require.Contains(t, text, want, as)
		}
	}
	require.Contains(t, read(p.Drafter, AsDOCX), "退回修改（第1版，已作废）")
	require.Equal(t, 3, testkit.Cell[int](t, p.Stored, `SELECT count(*)::int FROM shenfa.audit WHERE object = $1 AND action = 'read_review_form'`, i.ID), "each taking is on record")

	approved := testkit.Approved(t, p.Stored, p.Bureau)
	i = approved
	require.NotContains(t, read(p.Drafter, AsDOCX), "未办结")

	_, err := p.ReviewForm(t.Context(), p.as(p.Stranger), i.ID, AsPDF)
	require.Equal(t, disclosure.NotFound, disclosure.CodeOf(err))
	_, err = p.ReviewForm(t.Context(), p.as(p.Drafter), i.ID, "odt")
	require.Equal(t, disclosure.BadValue, disclosure.CodeOf(err))
	p.font = "/nowhere.ttf"
	_, err = p.ReviewForm(t.Context(), p.as(p.Drafter), i.ID, AsPDF)
	require.Equal(t, disclosure.NoFont, disclosure.CodeOf(err))
}
