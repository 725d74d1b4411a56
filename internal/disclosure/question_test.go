package disclosure

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// about makes an act on question q that lacks nothing.
func about(what ActType, by Person, in Inquiry) Act {
	if in.ID == "" {
		in.ID = "q"
	}
	if in.On.IsZero() {
		in.On = monday
	}
	if in.Due.IsZero() {
		in.Due = monday.AddDate(0, 0, 21)
	}
	if in.Letter == "" {
		in.Letter = "keyed"
	}
	return Act{Type: what, By: by, At: monday.Add(time.Hour), Opinion: "words", Inquiry: &in}
}

func asks(kind string, of *Person) Act {
	a := about(AskQuestion, reviewer, Inquiry{Kind: kind})
	if of == nil {
		a.Inquiry.Addressee = "name"
	}
	a.Target = of
	return a
}

func waitingFor(t require.TestingT, kind string) Case {
	return take(t, inReview(t, "ordinary"), asks(kind, nil), about(SendQuestion, reviewer, Inquiry{}), about(ReceiveQuestion, reviewer, Inquiry{}))
}

func silent() Act {
	return Act{Type: QuestionSilent, At: monday.AddDate(0, 0, 22), Inquiry: &Inquiry{ID: "q"}}
}

func answered(reply string) Act {
	return about(AnswerQuestion, officer, Inquiry{Reply: reply, Scan: "scan"})
}

func TestWhatHoldsTheSignOffAndWhatEndsThat(t *testing.T) {
	t.Parallel()

	over := about(OverrideQuestion, reviewer, Inquiry{Ground: "public_interest"})
	notice := about(NotifyQuestion, reviewer, Inquiry{Ground: "public_interest"})
	for _, c := range []struct {
		name string
		at   func(t *testing.T) Case
		open bool
	}{
		{"only asked", func(t *testing.T) Case { return take(t, inReview(t, "ordinary"), asks("third_party", nil)) }, true},
		{"sent", func(t *testing.T) Case {
			return take(t, inReview(t, "ordinary"), asks("third_party", nil), about(SendQuestion, officer, Inquiry{}))
		}, true},
		{"received", func(t *testing.T) Case { return waitingFor(t, "third_party") }, true},
		{"consent", func(t *testing.T) Case { return take(t, waitingFor(t, "third_party"), answered("consent")) }, false},
		{"consent that came late", func(t *testing.T) Case { return take(t, waitingFor(t, "third_party"), silent(), answered("consent")) }, false},
		{"consent in part", func(t *testing.T) Case { return take(t, waitingFor(t, "third_party"), answered("partly")) }, true},
		{"refusal", func(t *testing.T) Case { return take(t, waitingFor(t, "third_party"), answered("refuse")) }, true},
		{"silence", func(t *testing.T) Case { return take(t, waitingFor(t, "third_party"), silent()) }, true},
		{"silence and the notice", func(t *testing.T) Case { return take(t, waitingFor(t, "third_party"), silent(), notice) }, true},
		{"silence, the notice and a decision", func(t *testing.T) Case { return take(t, waitingFor(t, "third_party"), silent(), notice, over) }, false},
		{"silence of an originator", func(t *testing.T) Case { return take(t, waitingFor(t, "originator"), silent()) }, true},
		{"a ruling", func(t *testing.T) Case { return take(t, waitingFor(t, "report_up"), answered("consent")) }, false},
		{"closed before an answer", func(t *testing.T) Case {
			return take(t, waitingFor(t, "third_party"), about(CloseQuestion, reviewer, Inquiry{}))
		}, false},
		{"a lawyer who was asked", func(t *testing.T) Case { return take(t, inReview(t, "ordinary"), asks("legal", &lawyer)) }, true},
		{"a colleague who was asked", func(t *testing.T) Case { return take(t, inReview(t, "ordinary"), asks("consult", &lawyer)) }, false},
		{"a lawyer against whom somebody decided", func(t *testing.T) Case {
			reply := about(AnswerQuestion, lawyer, Inquiry{Reply: "refuse"})
			return take(t, inReview(t, "ordinary"), asks("legal", &lawyer), reply, about(OverrideQuestion, reviewer, Inquiry{Ground: "reasoned"}))
		}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()

			k := pass(t, c.at(t), head, reviewer) // review goes on beside it
			sign := decides(k, deputy, Disclose)
			if !c.open {
				require.Equal(t, Approved, take(t, k, sign).State)
				return
			}
			refused(t, k.Check(sign), QuestionOpen)
			refused(t, k.Check(Act{Type: Bypass, By: dutyLeader, Manifest: k.Manifest, Opinion: "words"}), QuestionOpen)
			require.Equal(t, Returned, take(t, k, decides(k, deputy, ReturnToEarlier)).State, "it may be decided otherwise")
		})
	}
}

func TestWhatIsRefusedAboutAQuestion(t *testing.T) {
	t.Parallel()

	fresh := func(t *testing.T) Case { return inReview(t, "ordinary") }
	asked := func(t *testing.T) Case { return take(t, fresh(t), asks("third_party", nil)) }
	waiting := func(t *testing.T) Case { return waitingFor(t, "third_party") }
	no := func(kind string) func(t *testing.T) Case {
		return func(t *testing.T) Case { return take(t, waitingFor(t, kind), answered("refuse")) }
	}
	without := func(a Act, change func(*Act)) Act {
		in := *a.Inquiry
		a.Inquiry = &in
		change(&a)
		return a
	}
	foreign := reviewer
	foreign.Unit = "XX"
	over := about(OverrideQuestion, reviewer, Inquiry{Ground: "public_interest"})
	for _, c := range []struct {
		name string
		at   func(t *testing.T) Case
		act  Act
		want Code
	}{
		{"asking as the author", fresh, without(asks("third_party", nil), func(a *Act) { a.By = author }), ContributorDecides},
		{"asking without the task", fresh, without(asks("third_party", nil), func(a *Act) { a.By = deputy }), NotYourTask},
		{"asking from another unit", fresh, without(asks("third_party", nil), func(a *Act) { a.By = foreign }), NotYourTask},
		{"a kind there is not", fresh, asks("rumour", nil), BadValue},
		{"nothing asked", fresh, without(asks("third_party", nil), func(a *Act) { a.Opinion = "" }), Required},
		{"nobody asked outside", fresh, without(asks("third_party", nil), func(a *Act) { a.Inquiry.Addressee = "" }), Required},
		{"nobody asked inside", fresh, without(asks("consult", nil), func(a *Act) { a.Inquiry.Addressee = "" }), Required},
		{"the author asked", fresh, asks("consult", &author), NotEligible},
		{"oneself asked", fresh, asks("consult", &reviewer), NotEligible},
		{"a leader asked for a legal review", fresh, asks("legal", &deputy), NotEligible},
		{"asked twice under one id", asked, asks("third_party", nil), BadRequest},
		{"a letter of tomorrow", asked, about(SendQuestion, reviewer, Inquiry{On: monday.AddDate(0, 0, 1)}), QuestionDay},
		{
			"a receipt before the letter", func(t *testing.T) Case { return take(t, asked(t), about(SendQuestion, reviewer, Inquiry{})) },
			about(ReceiveQuestion, reviewer, Inquiry{On: monday.AddDate(0, 0, -1)}), QuestionDay,
		},
		{"a receipt of what was not sent", asked, about(ReceiveQuestion, reviewer, Inquiry{}), QuestionMoved},
		{"a letter sent twice", waiting, about(SendQuestion, reviewer, Inquiry{}), QuestionMoved},
		{"an answer by who only decides", waiting, without(answered("consent"), func(a *Act) { a.By = deputy }), NotYourTask},
		{"an answer that says nothing", waiting, without(answered("consent"), func(a *Act) { a.Opinion = "" }), Required},
		{"an answer there is not", waiting, answered("maybe"), BadValue},
		{"a ruling without its paper", func(t *testing.T) Case { return waitingFor(t, "report_up") }, without(answered("consent"), func(a *Act) { a.Inquiry.Scan = "" }), Required},
		{"another's answer inside", func(t *testing.T) Case { return take(t, fresh(t), asks("legal", &lawyer)) }, without(answered("consent"), func(a *Act) { a.By = reviewer }), NotYours},
		{"silence before its time", waiting, without(silent(), func(a *Act) { a.At = monday.AddDate(0, 0, 20) }), QuestionMoved},
		{"silence by a person", waiting, without(silent(), func(a *Act) { a.By = reviewer }), QuestionMoved},
		{"silence after an answer", no("third_party"), silent(), QuestionMoved},
		{"an override before the notice", no("third_party"), over, QuestionUntold},
		{"an override while there is time", waiting, over, QuestionMoved},
		{"an override of consent", func(t *testing.T) Case { return take(t, waiting(t), answered("consent")) }, over, QuestionMoved},
		{"an override without a reason", no("third_party"), without(over, func(a *Act) { a.Opinion = "" }), ReasonRequired},
		{"an override on the ground of silence", no("third_party"), without(over, func(a *Act) { a.Inquiry.Ground = "no_harm" }), BadValue},
		{"an override of the originator", no("originator"), over, QuestionFinal},
		{"an override of a ruling", no("report_up"), over, QuestionFinal},
		{"an override by the disclosure office", no("third_party"), without(over, func(a *Act) { a.By = officer }), NotYourTask},
		{"a notice nobody asks for", no("originator"), about(NotifyQuestion, reviewer, Inquiry{Ground: "public_interest"}), QuestionMoved},
		{"an end by closing what was refused", no("third_party"), about(CloseQuestion, reviewer, Inquiry{}), QuestionMoved},
		{"an end without a reason", waiting, without(about(CloseQuestion, reviewer, Inquiry{}), func(a *Act) { a.Opinion = "" }), ReasonRequired},
		{"another question", waiting, about(CloseQuestion, reviewer, Inquiry{ID: "other"}), NotFound},
		{"asking of a draft", func(*testing.T) Case { return NewCase("one", "SF", "safety", author.ID) }, asks("third_party", nil), WrongState},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()

			k := c.at(t)
			if c.act.Type == AskQuestion && len(k.Questions) == 0 {
				c.act.Inquiry.ID = "q"
			}
			refused(t, k.Check(c.act), c.want)
		})
	}
}

// What was reported up is ruled on with the ruling at hand, and what was refused may be
// closed once the text is another.
func TestARulingComesFirstAndAChangedTextEndsARefusal(t *testing.T) {
	t.Parallel()

	c := pass(t, inReview(t, "ordinary"), head)
	c = take(t, c, decides(c, reviewer, ReportUp), asks("report_up", nil))
	ruling := decides(c, officer, DoNotDisclose)
	refused(t, c.Check(ruling), QuestionOpen)
	c = take(t, c, about(SendQuestion, officer, Inquiry{}), answered("refuse"))
	refused(t, c.Check(ruling), QuestionOpen)

	c = take(t, waitingFor(t, "originator"), answered("refuse"))
	c = take(t, c, decides(c, head, ReturnToEarlier))
	next := submission(t, c, "ordinary")
	c = take(t, c, next, Act{Type: Checked}, about(CloseQuestion, reviewer, Inquiry{}))
	require.Equal(t, Approved, pass(t, c, head, reviewer, deputy).State)
}

func TestTimeThatDoesNotCountIsFromTheLetterToTheAnswerOrTheEndOfTheClock(t *testing.T) {
	t.Parallel()

	end := monday.AddDate(0, 0, 21)
	for _, c := range []struct {
		name string
		at   Case
		want []Exclusion
	}{
		{"open", waitingFor(t, "third_party"), []Exclusion{{From: monday}}},
		{"answered", take(t, waitingFor(t, "third_party"), answered("refuse")), []Exclusion{{From: monday, To: monday}}},
		{"silent, and answered late", take(t, waitingFor(t, "originator"), silent(), answered("consent")), []Exclusion{{From: monday, To: end}}},
		{"reported up", waitingFor(t, "report_up"), nil},
		{"inside", take(t, inReview(t, "ordinary"), asks("legal", &lawyer)), nil},
	} {
		got := c.at.Exclusions()
		require.Len(t, got, len(c.want), c.name)
		for i, x := range got {
			require.Equal(t, c.want[i].From, x.From, c.name)
			require.Equal(t, c.want[i].To, x.To, c.name)
			require.NotEmpty(t, x.Basis)
		}
	}
}

// TestSilenceIsNeverConsent lets random people do random things to a question and an item,
// and asks after each what it is that let it out.
func TestSilenceIsNeverConsent(t *testing.T) {
	t.Parallel()

	approved := map[string]int{}
	rapid.Check(t, func(t *rapid.T) {
		c, now := inReview(t, rapid.SampledFrom([]string{"ordinary", "important", "fast"}).Draw(t, "route")), monday
		kind := rapid.SampledFrom([]string{"third_party", "third_party", "originator", "report_up"}).Draw(t, "kind")
		asker := reviewer
		c = take(t, c, func() Act { a := asks(kind, nil); a.By = asker; return a }())
		consented, told, overruled, closed := false, false, false, false
		t.Repeat(map[string]func(*rapid.T){
			"": func(t *rapid.T) {
				if c.State != Approved {
					return
				}
				require.True(t, consented || overruled && (told || kind != "third_party") || closed, "nobody consented and nobody decided")
				approved[fmt.Sprint(consented, overruled)]++
			},
			"pursue": func(t *rapid.T) {
				a := about(rapid.SampledFrom([]ActType{SendQuestion, ReceiveQuestion, AnswerQuestion, NotifyQuestion, OverrideQuestion, QuestionSilent, CloseQuestion}).Draw(t, "act"),
					rapid.SampledFrom(everyone).Draw(t, "by"), Inquiry{
						Reply: rapid.SampledFrom([]string{"consent", "partly", "refuse", ""}).Draw(t, "reply"), Ground: rapid.SampledFrom([]string{"public_interest", "no_harm", ""}).Draw(t, "ground"), Scan: "s",
					})
				if a.Type == QuestionSilent {
					a.By, a.Opinion = Person{}, ""
				}
				a.At = now
				next, err := c.Take(a)
				if err != nil {
					return
				}
				q, _ := next.Question("q")
				consented = consented || a.Type == AnswerQuestion && a.Inquiry.Reply == "consent"
				told = told || a.Type == NotifyQuestion
				overruled = overruled || a.Type == OverrideQuestion
				closed = closed || a.Type == CloseQuestion
				require.False(t, a.Type == QuestionSilent && (!q.Holds() || q.Reply != ""))
				c = next
			},
			"decide": func(t *rapid.T) {
				by := rapid.SampledFrom(everyone).Draw(t, "by")
				if next, err := c.Take(decides(c, by, Disclose)); err == nil {
					c = next
				}
			},
			"bypass": func(t *rapid.T) {
				if next, err := c.Take(Act{Type: Bypass, By: principal, Manifest: c.Manifest, Opinion: "words", At: now}); err == nil {
					c = next
				}
			},
			"wait": func(t *rapid.T) { now = now.AddDate(0, 0, rapid.IntRange(1, 20).Draw(t, "days")) },
		})
	})
	require.NotEmpty(t, approved)
}

func TestLettersSayEverythingTheyAskFor(t *testing.T) {
	t.Parallel()

	for _, kind := range QuestionKinds("2026-01-01") {
		for _, name := range []string{kind.Letter, kind.Notice} {
			if name == "" {
				continue
			}
			l, ok := LetterOn(name, "2026-01-01")
			require.True(t, ok, name)
			values := map[string]string{"number": l.Number("SF", 2026, 3), "limit": kind.Limit.Words(), "addressee": "{title}"}
			for _, v := range []string{"title", "item", "ask", "basis", "unit", "contact", "date", "earlier", "ground", "reason"} {
				values[v] = "-"
			}
			out := l.Write(values)
			require.NotContains(t, out, "{", name)
			require.True(t, slices.Contains(out, "SF"+l.Mark+"〔2026〕3号"), name)
			require.True(t, slices.Contains(out, "{title}："), "what was typed is not read as a name: %s", name)
			require.False(t, slices.ContainsFunc(out, func(p string) bool { return placeholder.MatchString(p) && p != "{title}：" }), name)
		}
	}
	for n, want := range map[int]string{1: "一", 7: "七", 10: "十", 15: "十五", 20: "二十", 99: "九十九", 100: "100"} {
		require.Equal(t, want+"个工作日", Limit{N: n, Unit: "working_day"}.Words())
	}
	_, known := TermsOn("third_party", "2019-05-14")
	require.False(t, known, "before the law was in force there was nothing to ask on")
}
