package disclosure

import (
	"slices"
	"time"
)

// Acts on questions that somebody with a part in the review asks of others.
const (
	AskQuestion      ActType = "ask_question"      // 征询
	SendQuestion     ActType = "send_question"     // 发函
	ReceiveQuestion  ActType = "receive_question"  // 登记送达
	AnswerQuestion   ActType = "answer_question"   // 登记答复
	NotifyQuestion   ActType = "notify_question"   // 书面告知
	OverrideQuestion ActType = "override_question" // 决定公开
	CloseQuestion    ActType = "close_question"    // 结束征询
	QuestionSilent   ActType = "question_silent"   // by the system: nobody answered in time
)

// QuestionState is where a question stands. What is asked inside is received at once.
type QuestionState string

const (
	QuestionDrafted    QuestionState = "drafted"
	QuestionSent       QuestionState = "sent"
	QuestionReceived   QuestionState = "received"
	QuestionAnswered   QuestionState = "answered"
	QuestionUnanswered QuestionState = "silent"
	QuestionOverridden QuestionState = "overridden"
	QuestionClosed     QuestionState = "withdrawn"
)

// Question is what was asked about an item. It holds ids and instants; who was asked
// outside, what, and what they said are sealed in the database.
type Question struct {
	ID      string        `json:"id"`
	Kind    string        `json:"kind"`
	From    string        `json:"from"` // effective date of the terms it was asked on
	By      string        `json:"by"`
	Asked   string        `json:"asked,omitempty"` // the colleague; empty: somebody outside
	Version int           `json:"version"`
	State   QuestionState `json:"state"`

	AskedAt    time.Time `json:"asked_at"`
	SentOn     time.Time `json:"sent_on,omitzero"`     // beginning of the day the letter went out
	ReceivedOn time.Time `json:"received_on,omitzero"` // and of the day it was received; inside: the instant
	Due        time.Time `json:"due,omitzero"`         // last instant to answer; zero until it is received
	EndedAt    time.Time `json:"ended_at,omitzero"`    // answered, expired or withdrawn: nobody waits any more
	NotifiedAt time.Time `json:"notified_at,omitzero"` // the letter of notice went out
	Reply      string    `json:"reply,omitempty"`
}

// Inquiry is what an act on a question says, besides the words in Opinion.
type Inquiry struct {
	ID        string    `json:"id"`
	Kind      string    `json:"kind,omitempty"`      // AskQuestion
	Addressee string    `json:"addressee,omitempty"` // AskQuestion: id of the sealed name; inside it is Target
	On        time.Time `json:"on,omitzero"`         // the day of the fact, at its beginning
	Due       time.Time `json:"due,omitzero"`        // from when the clock runs: its end
	Reply     string    `json:"reply,omitempty"`
	Ground    string    `json:"ground,omitempty"` // NotifyQuestion, OverrideQuestion
	Letter    string    `json:"letter,omitempty"` // keyed hash of the issued letter
	Scan      string    `json:"scan,omitempty"`   // AnswerQuestion: keyed hash of the attached paper
}

// Asked is what the act says of a question; empty if it is about none.
func (a Act) Asked() Inquiry {
	if a.Inquiry == nil {
		return Inquiry{}
	}
	return *a.Inquiry
}

// Option is a value that people choose, named.
type Option struct {
	ID string `json:"id"`
	Zh string `json:"zh"`
	En string `json:"en"`
}

// Ground is why it may be disclosed although who was asked did not consent.
type Ground struct {
	Option
	After []string `json:"after"` // replies, or "silent"
}

// QuestionTerms are what the law, or the house, says of one kind of question from a day on.
type QuestionTerms struct {
	Option
	EffectiveFrom string   `json:"effective_from"`     // YYYY-MM-DD
	Inside        bool     `json:"inside,omitempty"`   // asked of a colleague
	Binds         bool     `json:"binds,omitempty"`    // no sign-off while it is open
	Excludes      bool     `json:"excludes,omitempty"` // its time does not count
	Ruling        bool     `json:"ruling,omitempty"`   // the answer comes with a document
	Role          Role     `json:"role,omitempty"`     // who is asked holds it
	Limit         Limit    `json:"limit"`              // from receipt
	Letter        string   `json:"letter,omitempty"`
	Notice        string   `json:"notice,omitempty"` // the letter that comes before an override
	Replies       []Option `json:"replies"`
	Grounds       []Ground `json:"grounds,omitempty"`
	Basis         string   `json:"basis"`
}

// ReplyConsent is the reply after which nothing stands in the way.
const ReplyConsent = "consent"

// maxQuestions bounds what one item can be asked about.
const maxQuestions = 50

var questionTerms = mustLoad[[]QuestionTerms]("data/questions.json")

// QuestionKinds lists the kinds of questions as they stand on a day, YYYY-MM-DD.
func QuestionKinds(day string) []QuestionTerms {
	var out []QuestionTerms
	for _, t := range questionTerms {
		if t.EffectiveFrom > day {
			continue
		}
		if i := slices.IndexFunc(out, func(o QuestionTerms) bool { return o.ID == t.ID }); i >= 0 {
			if out[i].EffectiveFrom < t.EffectiveFrom {
				out[i] = t
			}
			continue
		}
		out = append(out, t)
	}
	return out
}

// TermsOn finds the terms of a kind of question on a day.
func TermsOn(kind, day string) (QuestionTerms, bool) {
	all := QuestionKinds(day)
	i := slices.IndexFunc(all, func(t QuestionTerms) bool { return t.ID == kind })
	if i < 0 {
		return QuestionTerms{}, false
	}
	return all[i], true
}

// Terms are those the question was asked on.
func (q Question) Terms() QuestionTerms {
	t, _ := TermsOn(q.Kind, q.From)
	return t
}

// Waiting says whether somebody is still to answer.
func (q Question) Waiting() bool {
	return q.State == QuestionDrafted || q.State == QuestionSent || q.State == QuestionReceived
}

// Undecided says whether a person must decide what follows: there was no answer in time,
// or no consent. Silence is never consent.
func (q Question) Undecided() bool {
	return q.State == QuestionUnanswered || q.State == QuestionAnswered && q.Terms().Binds && q.Reply != ReplyConsent
}

// Settled says whether nothing is open about the question.
func (q Question) Settled() bool { return !q.Waiting() && !q.Undecided() }

// Holds says whether no sign-off may be given because of the question.
func (q Question) Holds() bool { return q.Terms().Binds && !q.Settled() }

// After is the reply, or "silent".
func (q Question) After() string {
	if q.State == QuestionUnanswered {
		return string(QuestionUnanswered)
	}
	return q.Reply
}

// Grounds are those on which it may be disclosed as things stand.
func (q Question) Grounds() []Option {
	out := []Option{}
	if !q.Undecided() {
		return out
	}
	for _, g := range q.Terms().Grounds {
		if slices.Contains(g.After, q.After()) {
			out = append(out, g.Option)
		}
	}
	return out
}

// Exclusion is a stretch of time in which a legal clock does not run. A zero To is open.
type Exclusion struct {
	From     time.Time `json:"from"`
	To       time.Time `json:"to,omitzero"`
	Basis    string    `json:"basis"`
	Question string    `json:"question"`
}

// Exclusions are the stretches that questions take out of the clock of an answer: from the
// day the letter went out until there was an answer or none in time (《政府信息公开条例》
// art. 33 para. 3). They may overlap.
func (c Case) Exclusions() []Exclusion {
	var out []Exclusion
	for _, q := range c.Questions {
		if t := q.Terms(); t.Excludes && !q.SentOn.IsZero() {
			out = append(out, Exclusion{From: q.SentOn, To: q.EndedAt, Basis: t.Basis, Question: q.ID})
		}
	}
	return out
}

// Question finds one that was asked about the item.
func (c Case) Question(id string) (Question, bool) {
	i := slices.IndexFunc(c.Questions, func(q Question) bool { return q.ID == id })
	if i < 0 {
		return Question{}, false
	}
	return c.Questions[i], true
}
