package desk

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"shenfa/internal/disclosure"
	"shenfa/internal/testkit"
)

func TestAQuestionShowsItsClockAndWhatEachMayDoAboutIt(t *testing.T) {
	t.Parallel()

	p := plans(t, 0)
	i := testkit.InReview(t, p.Stored, p.Bureau)
	ask := func(kind, id string, of *disclosure.Person, due time.Time) {
		a := disclosure.Act{ID: uuid.NewString(), Type: disclosure.AskQuestion, By: p.Confidentiality, Target: of, Inquiry: &disclosure.Inquiry{ID: id, Kind: kind, Due: due}}
		a.Opinion = i.Words(t, a.ID, "是否同意公开")
		if of == nil {
			a.Inquiry.Addressee = i.Words(t, a.ID+"/addressee", "示例公司")
		}
		i.Must(t, a)
	}
	outside, inside := uuid.NewString(), uuid.NewString()
	now, err := p.Now(t.Context())
	require.NoError(t, err)
	limit := disclosure.Limit{N: 3, Unit: "working_day"}
	due, err := p.answerBy(now, limit)
	require.NoError(t, err)
	ask("third_party", outside, nil, time.Time{})
	ask("legal", inside, &p.Legal, due)

	clocks, err := p.Clocks(t.Context(), p.as(p.Head), i.ID)
	require.NoError(t, err)
	require.Len(t, clocks, 3, "the law's, the step's, and the lawyer's: a letter that is not out has none")
	require.Equal(t, []any{3, due.UTC()}, []any{clocks[2].N, clocks[2].Due.UTC()})
	require.Nil(t, clocks[2].Counted)

	for who, want := range map[*disclosure.Person][2][]string{
		&p.Confidentiality: {{"send_question", "close_question"}, {"close_question"}},
		&p.Officer:         {{"send_question", "close_question"}, {"close_question"}},
		&p.Legal:           {{}, {"answer_question"}},
		&p.Drafter:         {{}, {}},
		&p.Deputy:          {{}, {}},
	} {
		all, err := p.Questions(t.Context(), p.as(*who), i.ID)
		require.NoError(t, err)
		require.Equal(t, []any{outside, "示例公司", "是否同意公开", want[0]}, []any{all[0].ID, all[0].Addressee, all[0].Ask, all[0].Can}, "%v", who.Roles)
		require.Equal(t, want[1], all[1].Can, "%v", who.Roles)
		require.Contains(t, all[1].DueZh, "3 个工作日")
	}
	mine, err := p.OpenQuestions(t.Context(), p.as(p.Legal))
	require.NoError(t, err)
	require.Len(t, mine, 1)
	require.Equal(t, inside, mine[0].ID)

	// A draft in the database is what the page shows; what is asked needs no workflow to be refused.
	_, err = p.Ask(t.Context(), p.as(p.Drafter), i.ID, "k1", QuestionInput{Kind: "third_party", Addressee: "示例公司", Ask: "x"})
	require.Equal(t, disclosure.ContributorDecides, disclosure.CodeOf(err))
	_, err = p.Pursue(t.Context(), p.as(p.Confidentiality), i.ID, outside, "k2", disclosure.NotifyQuestion, QuestionInput{Ground: "public_interest", Reason: "x"})
	require.Equal(t, disclosure.QuestionMoved, disclosure.CodeOf(err))
	_, err = p.Pursue(t.Context(), p.as(p.Confidentiality), i.ID, outside, "k3", disclosure.SendQuestion, QuestionInput{On: "9月1日"})
	require.Equal(t, disclosure.WrongType, disclosure.CodeOf(err))
	_, err = p.Pursue(t.Context(), p.as(p.Confidentiality), i.ID, uuid.NewString(), "k4", disclosure.SendQuestion, QuestionInput{})
	require.Equal(t, disclosure.NotFound, disclosure.CodeOf(err))
	_, err = p.KeepScan(t.Context(), p.as(p.Deputy), i.ID, inside, Upload{Name: "a.pdf", Data: []byte("x")})
	require.Equal(t, disclosure.NotYours, disclosure.CodeOf(err))
	_, err = p.QuestionFile(t.Context(), p.as(p.Head), i.ID, outside, "ask")
	require.Equal(t, disclosure.NotFound, disclosure.CodeOf(err), "nothing went out")
}
