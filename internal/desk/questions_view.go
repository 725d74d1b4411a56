package desk

import (
	"context"
	"slices"
	"time"

	"shenfa/internal/calendar"
	"shenfa/internal/disclosure"
	"shenfa/internal/store"
)

// Question is what was asked of others about a disclosure, and what came of it.
type Question struct {
	ID         string                   `json:"id"`
	Disclosure Summary                  `json:"disclosure"`
	Kind       string                   `json:"kind"`
	Zh         string                   `json:"zh"`
	En         string                   `json:"en"`
	Basis      string                   `json:"basis"`
	State      disclosure.QuestionState `json:"state"`
	Holds      bool                     `json:"holds"`    // no sign-off while it does
	Excludes   bool                     `json:"excludes"` // its time does not count
	By         Ref                      `json:"by"`
	Asked      *Ref                     `json:"asked,omitempty"` // the colleague
	Addressee  string                   `json:"addressee"`       // who is asked outside
	Ask        string                   `json:"ask"`
	Version    int                      `json:"version"`
	AskedAt    time.Time                `json:"asked_at"`
	SentOn     *time.Time               `json:"sent_on,omitempty"`
	ReceivedOn *time.Time               `json:"received_on,omitempty"`
	How        string                   `json:"how"`
	Due        *time.Time               `json:"due,omitempty"`
	DueZh      string                   `json:"due_zh"` // how it is counted
	DueEn      string                   `json:"due_en"`
	EndedAt    *time.Time               `json:"ended_at,omitempty"`
	Reply      string                   `json:"reply"`
	ReplyZh    string                   `json:"reply_zh"`
	ReplyEn    string                   `json:"reply_en"`
	Words      string                   `json:"words"`
	AnsweredBy *Ref                     `json:"answered_by,omitempty"`
	Scan       string                   `json:"scan"`
	NotifiedAt *time.Time               `json:"notified_at,omitempty"`
	Ground     string                   `json:"ground"`
	Reason     string                   `json:"reason"`
	SettledBy  *Ref                     `json:"settled_by,omitempty"`
	Letters    []QuestionLetter         `json:"letters"`
	Replies    []disclosure.Option      `json:"replies"` // that can be given
	Grounds    []disclosure.Option      `json:"grounds"` // on which it may be disclosed now without consent
	Can        []string                 `json:"can"`
}

// QuestionLetter is a letter that went out. Hash is keyed: it proves the file, and says
// nothing of it.
type QuestionLetter struct {
	Type     string    `json:"type"`
	Number   string    `json:"number"`
	Hash     string    `json:"hash"`
	IssuedAt time.Time `json:"issued_at"`
}

// ScanKept names a paper that was kept.
type ScanKept struct {
	Scan string `json:"scan"`
}

// Questions lists what was asked about a disclosure, the oldest first.
func (d *Desk) Questions(ctx context.Context, who Actor, id string) ([]Question, error) {
	row, err := d.row(ctx, who, id, "questions")
	if err != nil {
		return nil, err
	}
	return d.questions(ctx, who, row)
}

// mayAsk says whether the person may ask a question about the disclosure now.
func mayAsk(who Actor, row store.Row) bool {
	kind := disclosure.QuestionKinds("9999-12-31")[0].ID
	return row.Case.Check(disclosure.Act{
		Type: disclosure.AskQuestion, By: who.Person, At: row.UpdatedAt, Opinion: "-", Inquiry: &disclosure.Inquiry{ID: "-", Kind: kind, Addressee: "-"},
	}) == nil
}

// QuestionKinds lists what can be asked now, with its terms.
func (d *Desk) QuestionKinds(ctx context.Context, who Actor) ([]disclosure.QuestionTerms, error) {
	if err := d.needs(ctx, who, disclosure.MayRead, "question_kinds", ""); err != nil {
		return nil, err
	}
	now, err := d.store.Now(ctx)
	if err != nil {
		return nil, err
	}
	day, err := disclosure.LocalDay(now)
	return disclosure.QuestionKinds(day), err
}

// maxWaiting bounds the list of what waits for an answer.
const maxWaiting = 100

// OpenQuestions lists the questions that concern the person and are not settled: they
// asked, are asked, or take in the letters.
func (d *Desk) OpenQuestions(ctx context.Context, who Actor) ([]Question, error) {
	if err := d.needs(ctx, who, disclosure.MayRead, "open_questions", ""); err != nil {
		return nil, err
	}
	rows, err := d.store.OpenQuestions(ctx, who.Person, maxWaiting)
	if err != nil {
		return nil, err
	}
	office := who.Has(disclosure.Confidentiality) || who.Has(disclosure.DisclosureOfficer)
	out := []Question{}
	for _, row := range rows {
		all, err := d.questions(ctx, who, row)
		if err != nil {
			return nil, err
		}
		for _, q := range all {
			mine := q.By.ID == who.ID || q.Asked != nil && q.Asked.ID == who.ID || q.Asked == nil && office
			if open, ok := row.Case.Question(q.ID); ok && mine && !open.Settled() {
				out = append(out, q)
			}
		}
	}
	slices.SortStableFunc(out, func(a, b Question) int { return deref(a.Due).Compare(deref(b.Due)) })
	return out, nil
}

func (d *Desk) question(ctx context.Context, who Actor, id, question string, err error) (Question, error) {
	if err != nil {
		return Question{}, err
	}
	all, err := d.Questions(ctx, who, id)
	if err != nil {
		return Question{}, err
	}
	i := slices.IndexFunc(all, func(q Question) bool { return q.ID == question })
	if i < 0 {
		return Question{}, disclosure.Refuse(disclosure.NotFound, "question")
	}
	return all[i], nil
}

func (d *Desk) questions(ctx context.Context, who Actor, row store.Row) ([]Question, error) {
	rows, err := d.store.Questions(ctx, row.ID)
	if err != nil {
		return nil, err
	}
	now, err := d.store.Now(ctx)
	if err != nil {
		return nil, err
	}
	out := []Question{}
	for _, r := range rows {
		if q, ok := row.Case.Question(r.ID); ok {
			v, err := d.questionView(who, row, r, q, now)
			if err != nil {
				return nil, err
			}
			out = append(out, v)
		}
	}
	return out, nil
}

func (d *Desk) questionView(who Actor, row store.Row, r store.Asked, q disclosure.Question, now time.Time) (Question, error) {
	t := q.Terms()
	v := Question{
		ID: q.ID, Disclosure: summary(row), Kind: q.Kind, Zh: t.Zh, En: t.En, Basis: t.Basis, State: q.State, Holds: q.Holds(), Excludes: t.Excludes,
		By: Ref{ID: r.By, Name: r.ByName}, Asked: ref(r.Asked, r.AskedName), Addressee: r.Addressee, Ask: r.Ask, Version: q.Version, AskedAt: q.AskedAt,
		SentOn: instant(q.SentOn), ReceivedOn: instant(q.ReceivedOn), How: r.How, Due: instant(q.Due), EndedAt: instant(q.EndedAt), Reply: q.Reply, Words: r.Words,
		AnsweredBy: ref(r.AnswererID, r.Answerer), Scan: deref(r.Scan), NotifiedAt: instant(q.NotifiedAt), Ground: r.Ground, Reason: r.Reason,
		SettledBy: ref(r.SettlerID, r.Settler), Letters: []QuestionLetter{}, Replies: t.Replies, Grounds: q.Grounds(), Can: []string{},
	}
	for _, o := range t.Replies {
		if o.ID == q.Reply {
			v.ReplyZh, v.ReplyEn = o.Zh, o.En
		}
	}
	for _, l := range r.Letters {
		v.Letters = append(v.Letters, QuestionLetter{Type: l.Type, Number: l.Number, Hash: l.Blob, IssuedAt: deref(l.IssuedAt)})
	}
	if !q.ReceivedOn.IsZero() {
		_, x, err := d.calendar.Get().Deadline(q.ReceivedOn, calendar.Limit{N: t.Limit.N, Unit: calendar.Unit(t.Limit.Unit)})
		if err != nil {
			return v, err
		}
		v.DueZh, v.DueEn = x.Text("zh"), x.Text("en")
	}
	for _, act := range []disclosure.ActType{
		disclosure.SendQuestion, disclosure.ReceiveQuestion, disclosure.AnswerQuestion, disclosure.NotifyQuestion, disclosure.OverrideQuestion, disclosure.CloseQuestion,
	} {
		if row.Case.Check(trial(act, who, q, now)) == nil {
			v.Can = append(v.Can, string(act))
		}
	}
	return v, nil
}

// trial is an act on a question that lacks nothing but, perhaps, who may take it and when.
func trial(act disclosure.ActType, who Actor, q disclosure.Question, now time.Time) disclosure.Act {
	in := &disclosure.Inquiry{ID: q.ID, On: q.SentOn, Due: now.Add(time.Hour), Letter: "-", Scan: "-"}
	if in.On.IsZero() {
		in.On = now
	}
	if replies := q.Terms().Replies; len(replies) > 0 {
		in.Reply = replies[0].ID
	}
	if grounds := q.Grounds(); len(grounds) > 0 {
		in.Ground = grounds[0].ID
	}
	return disclosure.Act{Type: act, By: who.Person, At: now, Opinion: "-", Inquiry: in}
}

func ref(id, name *string) *Ref {
	if id == nil {
		return nil
	}
	return &Ref{ID: *id, Name: deref(name)}
}

func instant(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

// questionClocks adds the clocks of the questions that somebody is still to answer.
func (d *Desk) questionClocks(c disclosure.Case, now time.Time, out []Clock) ([]Clock, error) {
	for _, q := range c.Questions {
		if q.State != disclosure.QuestionReceived {
			continue
		}
		t := q.Terms()
		at, x, err := d.calendar.Get().Deadline(q.ReceivedOn, calendar.Limit{N: t.Limit.N, Unit: calendar.Unit(t.Limit.Unit)})
		if err != nil {
			return nil, err
		}
		one := clockOf(x, q.Due, at)
		one.Law, one.From = t.Basis, q.ReceivedOn
		if err := d.run(&one, now); err != nil {
			return nil, err
		}
		out = append(out, one)
	}
	return out, nil
}
