package disclosure

import "slices"

// afterAnswers refuses what would sign the item off, or rule on what was reported up, while
// a question that binds is open. It is asked last: whoever could decide but for that may
// still decide otherwise.
func (c Case) afterAnswers(a Act, err error) error {
	if err != nil {
		return err
	}
	for _, q := range c.Questions {
		if !q.Holds() {
			continue
		}
		t := q.Terms()
		ruling := c.State == Reported && t.Ruling
		if ruling || c.signsOff(a) {
			return Refuse(QuestionOpen, "", "kind", t.Zh, "kind_en", t.En)
		}
	}
	return nil
}

// signsOff says whether an act passes a leader's step, or is the last that was needed.
func (c Case) signsOff(a Act) bool {
	if a.Type == Decide && (a.Outcome != Disclose || c.State != InReview) {
		return false
	}
	if a.Type == Decide && c.current().leads() {
		return true
	}
	next := c
	next.Decisions = slices.Clone(c.Decisions)
	if a.Type == Bypass {
		next.Decisions = append(next.Decisions, Decision{Step: BypassStep, Person: a.By.ID})
		next.advance(a)
	} else {
		next.decide(a)
	}
	return next.State == Approved
}

// leads says whether a leader decides at the step.
func (s Step) leads() bool {
	return slices.ContainsFunc(s.Seats, func(s Seat) bool { return Person{Roles: []Role{s.Role}}.May(MayBypass) })
}

// StandsStill are the stretches in which a step of the route may not be signed off because
// somebody else is to answer first, and so its time does not run. One that is still open ends
// with the time to answer, or has no end as long as that does not run.
func (c Case) StandsStill(step string) []Exclusion {
	i := slices.IndexFunc(c.Route.Steps, func(s Step) bool { return s.ID == step })
	if i < 0 || i < len(c.Route.Steps)-1 && !c.Route.Steps[i].leads() {
		return nil
	}
	var out []Exclusion
	for _, q := range c.Questions {
		t, from, to := q.Terms(), q.SentOn, q.EndedAt
		if t.Inside {
			from = q.AskedAt
		}
		if to.IsZero() {
			to = q.Due
		}
		if t.Binds && !from.IsZero() {
			out = append(out, Exclusion{From: from, To: to, Basis: t.Basis, Question: q.ID})
		}
	}
	return out
}

// checkQuestion refuses an act on a question.
func (c Case) checkQuestion(a Act) error {
	if a.Inquiry == nil || a.Inquiry.ID == "" {
		return Refuse(BadRequest, "", "why", "no question")
	}
	if a.Type == AskQuestion {
		return c.checkAsk(a)
	}
	q, ok := c.Question(a.Inquiry.ID)
	if !ok {
		return Refuse(NotFound, "question")
	}
	if !slices.Contains(questionMoves[a.Type], q.State) {
		return q.refuse(a.Type)
	}
	if a.Type == QuestionSilent {
		if a.By.ID != "" || a.At.Before(q.Due) {
			return q.refuse(a.Type)
		}
		return nil
	}
	if slices.Contains(c.Contributors, a.By.ID) {
		return Refuse(ContributorDecides, "")
	}
	if err := c.mayPursue(a, q); err != nil {
		return err
	}
	return q.check(a, c.Version)
}

// withQuestions adds where acts on questions are possible: what is asked, and what follows
// from an answer, while people review; that an answer came, or none, wherever the item
// waits. They move no item.
func withQuestions(m map[State]map[ActType][]State) map[State]map[ActType][]State {
	for _, s := range []State{InReview, Reported} {
		for _, act := range []ActType{AskQuestion, SendQuestion, NotifyQuestion, OverrideQuestion} {
			m[s][act] = []State{s}
		}
	}
	for _, s := range AnswerableStates() {
		for _, act := range []ActType{ReceiveQuestion, AnswerQuestion, CloseQuestion, QuestionSilent} {
			m[s][act] = []State{s}
		}
	}
	return m
}

// AnswerableStates are those of an item in which it still matters what is answered.
func AnswerableStates() []State {
	return []State{Checking, SelfReview, InReview, Reported, Returned, Withdrawn}
}

// questionMoves says in which states of a question an act is possible.
var questionMoves = map[ActType][]QuestionState{
	SendQuestion:     {QuestionDrafted},
	ReceiveQuestion:  {QuestionSent},
	AnswerQuestion:   {QuestionSent, QuestionReceived, QuestionUnanswered},
	QuestionSilent:   {QuestionReceived},
	NotifyQuestion:   {QuestionAnswered, QuestionUnanswered},
	OverrideQuestion: {QuestionAnswered, QuestionUnanswered},
	CloseQuestion:    {QuestionDrafted, QuestionSent, QuestionReceived, QuestionAnswered, QuestionUnanswered},
}

func (q Question) refuse(act ActType) error {
	return Refuse(QuestionMoved, "", "act", actNames[act].Zh, "act_en", actNames[act].En, "state", string(q.State))
}

// checkAsk lets whoever has the task, and who reviews for confidentiality, ask.
func (c Case) checkAsk(a Act) error {
	in := a.Inquiry
	if err := c.mayAsk(a.By); err != nil {
		return err
	}
	day, err := LocalDay(a.At)
	if err != nil {
		return err
	}
	t, ok := TermsOn(in.Kind, day)
	if !ok {
		var known []string
		for _, k := range QuestionKinds(day) {
			known = append(known, k.ID)
		}
		return badValue("kind", in.Kind, known...)
	}
	if _, twice := c.Question(in.ID); twice {
		return Refuse(BadRequest, "", "why", "the question is there already")
	}
	switch {
	case a.Opinion == "":
		return Refuse(Required, "ask")
	case len(c.Questions) >= maxQuestions:
		return Refuse(TooLong, "questions", "max", "50")
	case t.Inside && a.Target == nil:
		return Refuse(Required, "person")
	case t.Inside && !c.mayBeAsked(t, *a.Target, a.By):
		return Refuse(NotEligible, "person")
	case t.Inside && !in.Due.After(a.At):
		return Refuse(BadRequest, "", "why", "no time to answer")
	case !t.Inside && (in.Addressee == "" || a.Target != nil):
		return Refuse(Required, "addressee")
	}
	return nil
}

func (c Case) mayBeAsked(t QuestionTerms, p, by Person) bool {
	return p.Unit == c.Unit && p.ID != by.ID && p.May(MayRead) && !slices.Contains(c.Contributors, p.ID) && (t.Role == "" || p.Has(t.Role))
}

// mayAsk is for whoever has the task, and who reviews for confidentiality.
func (c Case) mayAsk(p Person) error {
	if slices.Contains(c.Contributors, p.ID) {
		return Refuse(ContributorDecides, "")
	}
	if p.Has(Confidentiality) && p.Unit == c.Unit {
		return nil
	}
	_, err := c.mayTake(p, "")
	return err
}

// mayPursue is for whoever asked, who might ask, and the disclosure office, which sends and
// takes in the letters. A colleague who was asked answers in person. What follows from an
// answer that is no consent is for who might ask now.
func (c Case) mayPursue(a Act, q Question) error {
	switch {
	case a.By.Unit != c.Unit:
		return Refuse(Forbidden, "")
	case a.Type == AnswerQuestion && q.Asked != "":
		if a.By.ID != q.Asked {
			return Refuse(NotYours, "")
		}
		return nil
	case a.Type == NotifyQuestion || a.Type == OverrideQuestion:
		return c.mayAsk(a.By)
	case a.By.ID == q.By || a.By.Has(DisclosureOfficer):
		return nil
	}
	return c.mayAsk(a.By)
}

// check refuses an act that lacks something. version is that of the item now.
func (q Question) check(a Act, version int) error {
	in, t := a.Inquiry, q.Terms()
	switch a.Type {
	case SendQuestion, ReceiveQuestion:
		switch {
		case in.On.IsZero():
			return Refuse(Required, "on")
		case in.On.After(a.At) || in.On.Before(q.SentOn):
			return Refuse(QuestionDay, "on")
		case a.Type == SendQuestion && in.Letter == "":
			return Refuse(BadRequest, "", "why", "no letter")
		case a.Type == ReceiveQuestion && a.Opinion == "":
			return Refuse(Required, "how")
		case a.Type == ReceiveQuestion && !in.Due.After(in.On):
			return Refuse(BadRequest, "", "why", "no time to answer")
		}
	case AnswerQuestion:
		known := slices.ContainsFunc(t.Replies, func(r Option) bool { return r.ID == in.Reply })
		switch {
		case !known:
			return badValue("reply", in.Reply, optionIDs(t.Replies)...)
		case a.Opinion == "":
			return Refuse(Required, "words")
		case q.Asked == "" && (in.On.IsZero() || in.On.After(a.At) || in.On.Before(q.SentOn)):
			return Refuse(QuestionDay, "on")
		case t.Ruling && in.Scan == "":
			return Refuse(Required, "scan")
		}
	case NotifyQuestion:
		if t.Notice == "" || !q.NotifiedAt.IsZero() || in.Letter == "" {
			return q.refuse(a.Type)
		}
		return q.checkGround(a)
	case OverrideQuestion:
		if err := q.checkGround(a); err != nil {
			return err
		}
		if t.Notice != "" && q.NotifiedAt.IsZero() {
			return Refuse(QuestionUntold, "")
		}
	case CloseQuestion:
		switch {
		case a.Opinion == "":
			return Refuse(ReasonRequired, "reason")
		case q.Settled(), q.Undecided() && version <= q.Version:
			return q.refuse(a.Type)
		}
	}
	return nil
}

// checkGround refuses to go on without consent where nothing allows that.
func (q Question) checkGround(a Act) error {
	grounds := q.Grounds()
	switch {
	case !q.Undecided():
		return q.refuse(a.Type)
	case len(grounds) == 0:
		return Refuse(QuestionFinal, "")
	case !slices.ContainsFunc(grounds, func(g Option) bool { return g.ID == a.Inquiry.Ground }):
		return badValue("ground", a.Inquiry.Ground, optionIDs(grounds)...)
	case a.Opinion == "":
		return Refuse(ReasonRequired, "reason")
	}
	return nil
}

func optionIDs(all []Option) []string {
	out := make([]string, len(all))
	for i, c := range all {
		out[i] = c.ID
	}
	return out
}

// question takes an act on a question.
func (c *Case) question(a Act) {
	in := a.Inquiry
	c.Questions = slices.Clone(c.Questions)
	if a.Type == AskQuestion {
		day, _ := LocalDay(a.At)
		t, _ := TermsOn(in.Kind, day)
		q := Question{ID: in.ID, Kind: in.Kind, From: t.EffectiveFrom, By: a.By.ID, Version: c.Version, State: QuestionDrafted, AskedAt: a.At}
		if t.Inside {
			q.Asked, q.State, q.ReceivedOn, q.Due = a.Target.ID, QuestionReceived, a.At, in.Due
		}
		c.Questions = append(c.Questions, q)
		return
	}
	i := slices.IndexFunc(c.Questions, func(q Question) bool { return q.ID == in.ID })
	q := &c.Questions[i]
	waited := q.Waiting()
	switch a.Type {
	case SendQuestion:
		q.State, q.SentOn = QuestionSent, in.On
	case ReceiveQuestion:
		q.State, q.ReceivedOn, q.Due = QuestionReceived, in.On, in.Due
	case AnswerQuestion:
		q.State, q.Reply = QuestionAnswered, in.Reply
	case QuestionSilent:
		q.State = QuestionUnanswered
	case NotifyQuestion:
		q.NotifiedAt = a.At
	case OverrideQuestion:
		q.State = QuestionOverridden
	case CloseQuestion:
		q.State = QuestionClosed
	}
	if waited && !q.Waiting() {
		q.EndedAt = a.At
		switch {
		case a.Type == QuestionSilent:
			q.EndedAt = q.Due
		case a.Type == AnswerQuestion && !in.On.IsZero():
			q.EndedAt = in.On
		}
	}
}
