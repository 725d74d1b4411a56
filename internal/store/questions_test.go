package store_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"shenfa/internal/disclosure"
	"shenfa/internal/store"
	"shenfa/internal/testkit"
)

// about makes an act on a question.
func about(t *testing.T, i *testkit.Item, kind disclosure.ActType, by disclosure.Person, in disclosure.Inquiry) disclosure.Act {
	t.Helper()
	a := act(t, i, kind, by)
	a.At, a.Inquiry = time.Now(), &in
	return a
}

// letter writes one as the desk does; n is what it says.
func letter(t *testing.T, b bundle, i *testkit.Item, question, kind, n string) store.Letter {
	t.Helper()
	l, err := b.WriteLetter(t.Context(), i.ID, i.Unit, question, kind, "t/1",
		func(code string, year, n int) string { return fmt.Sprintf("%s/%d/%d", code, year, n) },
		func(number string) ([]byte, error) { return []byte(number + n), nil })
	require.NoError(t, err)
	return l
}

// TestTheDatabaseHoldsQuestionsToTheirRoad goes past the rules: what they refuse, the
// database refuses too.
func TestTheDatabaseHoldsQuestionsToTheirRoad(t *testing.T) {
	t.Parallel()

	b := setup(t)
	i := testkit.InReview(t, b.Stored, b.Bureau)
	id := newID()
	ask := about(t, i, disclosure.AskQuestion, b.Confidentiality, disclosure.Inquiry{ID: id, Kind: "third_party"})
	ask.Inquiry.Addressee = i.Words(t, ask.ID+"/addressee", "示例化工有限公司")
	i.Must(t, ask)
	i.Must(t, i.Decision(t, b.Head, disclosure.Disclose))
	i.Must(t, i.Decision(t, b.Confidentiality, disclosure.Disclose))
	set := func(to string) string { return `UPDATE questions SET ` + to + ` WHERE id = $1` }

	both(t, b, "silent before it was sent", "questions_road", set(`state = 'silent'`), id)
	both(t, b, "sent without a letter", "questions_letter", set(`state = 'sent', sent_on = now()`), id)
	both(t, b, "binding no more", "questions_fixed", set(`binds = false`), id)
	both(t, b, "asked of another", "questions_fixed", set(`ask_id = addressee_id`), id)
	both(t, b, "another question that does not bind", "questions_only_consult_is_free",
		`INSERT INTO questions SELECT gen_random_uuid(), disclosure_id, kind, terms_from, asker_id, asked_id, addressee_id, ask_id, version, manifest_hash, false, excludes, tells, state, asked_at FROM questions WHERE id = $1`, id)

	first := letter(t, b, i, id, store.LetterAsk, "一")
	again := letter(t, b, i, id, store.LetterAsk, "二")
	require.Equal(t, first.Number, again.Number, "until it goes out it is one letter")
	require.NotEqual(t, first.Blob, again.Blob)
	day := time.Now().Add(-40 * 24 * time.Hour)
	code(t, disclosure.QuestionMoved, i.Take(t.Context(), about(t, i, disclosure.SendQuestion, b.Officer, disclosure.Inquiry{ID: id, Letter: first.Blob, On: day})))
	i.Must(t, about(t, i, disclosure.SendQuestion, b.Officer, disclosure.Inquiry{ID: id, Letter: again.Blob, On: day}))
	both(t, b, "another letter in its place", "question_letters_append_only", `UPDATE question_letters SET blob = 'other' WHERE question_id = $1`, id)
	require.Equal(t, again.Blob, letter(t, b, i, id, store.LetterAsk, "三").Blob, "what went out is not written again")
	require.Equal(t, fmt.Sprintf("%s/%d/2", i.Unit, time.Now().Year()), letter(t, b, i, newID(), store.LetterAsk, "").Number)

	i.Must(t, about(t, i, disclosure.ReceiveQuestion, b.Officer, disclosure.Inquiry{ID: id, On: day, Due: time.Now().Add(time.Hour)}))
	both(t, b, "silent too early", "questions_silent_early", set(`state = 'silent', ended_at = due_at`), id)
	both(t, b, "back again", "questions_road", set(`state = 'sent'`), id)
	both(t, b, "an answer that says nothing", "questions_answered", set(`state = 'answered', reply = 'consent'`), id)
	both(t, b, "decided without an answer", "questions_road", set(`state = 'overridden'`), id)

	// Behind the rules' back the case knows of no question: the leader cannot sign for all that.
	_, err := b.root.Exec(`UPDATE disclosures SET state_of_case = state_of_case - 'questions' WHERE id = $1`, i.ID)
	require.NoError(t, err)
	i.Reload(t)
	code(t, disclosure.QuestionOpen, i.Take(t.Context(), i.Decision(t, b.Deputy, disclosure.Disclose)))
	for _, guard := range []string{"DISABLE", "ENABLE"} {
		_, err = b.root.Exec(`ALTER TABLE decisions ` + guard + ` TRIGGER guard_questions_open`)
		require.NoError(t, err)
		code(t, disclosure.QuestionOpen, i.Take(t.Context(), i.Decision(t, b.Deputy, disclosure.Disclose)))
	}

	_, err = b.root.Exec(`UPDATE questions SET state = 'answered', reply = 'refuse', words_id = ask_id, ended_at = now() WHERE id = $1`, id)
	require.NoError(t, err)
	both(t, b, "overridden before the notice", "questions_notice_first", set(`state = 'overridden', ground = 'public_interest', reason_id = ask_id`), id)
	both(t, b, "told without a letter", "questions_letter", set(`notified_at = now()`), id)
	both(t, b, "a refusal turned into consent", "questions_road", set(`reply = 'consent'`), id)
	code(t, disclosure.QuestionOpen, i.Take(t.Context(), i.Decision(t, b.Deputy, disclosure.Disclose)))
	_, err = b.root.Exec(`UPDATE questions SET state = 'withdrawn' WHERE id = $1`, id)
	require.NoError(t, err)
	i.Must(t, i.Decision(t, b.Deputy, disclosure.Disclose))
	require.Equal(t, disclosure.Approved, i.Case.State)
}

// TestWhoIsAskedMaySeeTheItem though they would not else, until the question is taken back;
// and what was said is sealed.
func TestWhoIsAskedMaySeeTheItem(t *testing.T) {
	t.Parallel()

	b := setup(t)
	i := testkit.InReview(t, b.Stored, b.Bureau)
	_, err := b.Disclosure(t.Context(), b.Stranger, i.ID)
	code(t, disclosure.NotFound, err)
	in := disclosure.Inquiry{ID: newID(), Kind: "consult", Due: time.Now().Add(time.Hour)}
	ask := about(t, i, disclosure.AskQuestion, b.Head, in)
	ask.Target = &b.Stranger
	i.Must(t, ask)
	_, err = b.Disclosure(t.Context(), b.Stranger, i.ID)
	require.NoError(t, err)
	rows, err := b.OpenQuestions(t.Context(), b.Stranger, 10)
	require.NoError(t, err)
	require.Len(t, rows, 1)
	require.Equal(t, 1, cell[int](t, b, `SELECT count(*) FROM notices WHERE kind = 'asked' AND person_id = $1`, b.Stranger.ID))

	_, err = b.root.Exec(`UPDATE disclosures SET state = 'withheld' WHERE id = $1`, i.ID)
	require.NoError(t, err)
	rows, err = b.OpenQuestions(t.Context(), b.Stranger, 10)
	require.NoError(t, err)
	require.Empty(t, rows, "nobody waits for it any more")

	i.Must(t, about(t, i, disclosure.AnswerQuestion, b.Stranger, disclosure.Inquiry{ID: in.ID, Reply: "opinion"}))
	asked, err := b.Questions(t.Context(), i.ID)
	require.NoError(t, err)
	require.Equal(t, []string{"原因", "原因", b.Stranger.ID}, []string{asked[0].Ask, asked[0].Words, *asked[0].AnswererID})
	require.Equal(t, 1, cell[int](t, b, `SELECT count(*) FROM notices WHERE kind = 'answered' AND person_id = $1`, b.Head.ID))
	rows, err = b.OpenQuestions(t.Context(), b.Stranger, 10)
	require.NoError(t, err)
	require.Empty(t, rows)
}
