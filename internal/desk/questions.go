package desk

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"shenfa/internal/calendar"
	"shenfa/internal/disclosure"
	"shenfa/internal/document"
	"shenfa/internal/store"
)

// QuestionInput is what an act on a question needs. Which of it, the act says.
type QuestionInput struct {
	Kind      string `json:"kind"`      // ask
	Person    string `json:"person"`    // ask: the colleague
	Addressee string `json:"addressee"` // ask: who is asked outside
	Ask       string `json:"ask"`       // ask: what
	On        string `json:"on"`        // the day of the fact, YYYY-MM-DD; empty: today
	How       string `json:"how"`       // receive: how it was served
	Reply     string `json:"reply"`     // answer
	Words     string `json:"words"`     // answer: what was said
	Scan      string `json:"scan"`      // answer: the paper that was kept before
	Ground    string `json:"ground"`    // notify, override
	Reason    string `json:"reason"`    // notify, override, close
}

// Ask asks a question about a disclosure in review.
func (d *Desk) Ask(ctx context.Context, who Actor, id, key string, in QuestionInput) (Question, error) {
	row, err := d.row(ctx, who, id, string(disclosure.AskQuestion))
	if err != nil {
		return Question{}, err
	}
	now, err := d.store.Now(ctx)
	if err != nil {
		return Question{}, err
	}
	a := disclosure.Act{
		ID: actID(who, key), Type: disclosure.AskQuestion, By: who.Person, At: now,
		Inquiry: &disclosure.Inquiry{ID: store.Derive("question", who.ID, id, key), Kind: in.Kind},
	}
	if done, err := d.store.ActDone(ctx, a.ID); err != nil || done {
		return d.question(ctx, who, id, a.Inquiry.ID, err)
	}
	if a.Opinion, err = d.words(ctx, id, a.ID, "ask", in.Ask); err != nil {
		return Question{}, err
	}
	day, err := disclosure.LocalDay(now)
	if err != nil {
		return Question{}, err
	}
	if t, ok := disclosure.TermsOn(in.Kind, day); ok && t.Inside {
		if in.Person != "" {
			target, err := d.colleague(ctx, who, in.Person, "person")
			if err != nil {
				return Question{}, err
			}
			a.Target = &target
		}
		if a.Inquiry.Due, err = d.answerBy(now, t.Limit); err != nil {
			return Question{}, err
		}
	} else if ok {
		if utf8.RuneCountInString(in.Addressee) > disclosure.MaxShortText {
			return Question{}, disclosure.Refuse(disclosure.TooLong, "addressee", "max", fmt.Sprint(disclosure.MaxShortText))
		}
		if a.Inquiry.Addressee, err = d.store.AddOpinion(ctx, id, a.ID+"/addressee", strings.TrimSpace(in.Addressee)); err != nil {
			return Question{}, err
		}
	}
	if err := row.Case.Check(a); err != nil { // a refusal that needs no workflow
		d.Denied(ctx, who, string(a.Type), id, disclosure.CodeOf(err))
		return Question{}, err
	}
	return d.question(ctx, who, id, a.Inquiry.ID, d.act(ctx, who, id, a))
}

// answerBy is the last instant to answer what was received at an instant.
func (d *Desk) answerBy(received time.Time, l disclosure.Limit) (time.Time, error) {
	at, _, err := d.calendar.Get().Deadline(received, calendar.Limit{N: l.N, Unit: calendar.Unit(l.Unit)})
	return at, err
}

// Pursue acts on a question: send_question, receive_question, answer_question,
// notify_question, override_question and close_question.
func (d *Desk) Pursue(ctx context.Context, who Actor, id, question, key string, act disclosure.ActType, in QuestionInput) (Question, error) {
	row, err := d.row(ctx, who, id, string(act))
	if err != nil {
		return Question{}, err
	}
	q, ok := row.Case.Question(question)
	if !ok {
		return Question{}, disclosure.Refuse(disclosure.NotFound, "question")
	}
	a := disclosure.Act{ID: actID(who, key), Type: act, By: who.Person, Inquiry: &disclosure.Inquiry{ID: question, Reply: in.Reply, Ground: in.Ground, Scan: in.Scan}}
	if done, err := d.store.ActDone(ctx, a.ID); err != nil || done {
		return d.question(ctx, who, id, question, err)
	}
	if a.At, err = d.store.Now(ctx); err != nil {
		return Question{}, err
	}
	if err := d.fact(&a, q, in.On); err != nil {
		return Question{}, err
	}
	if in.Scan != "" {
		if _, err := d.store.Blob(ctx, id, in.Scan); err != nil {
			return Question{}, disclosure.Refuse(disclosure.NotFound, "scan")
		}
	}
	field, text := "reason", in.Reason
	switch act {
	case disclosure.ReceiveQuestion:
		field, text = "how", in.How
	case disclosure.AnswerQuestion:
		field, text = "words", in.Words
	}
	if a.Opinion, err = d.words(ctx, id, a.ID, field, text); err != nil {
		return Question{}, err
	}
	if err := d.letter(ctx, who, row, q, &a, strings.TrimSpace(in.Reason)); err != nil {
		return Question{}, err
	}
	return d.question(ctx, who, id, question, d.act(ctx, who, id, a))
}

// fact reads the day of what an act records. Of what happens inside it is the instant.
func (d *Desk) fact(a *disclosure.Act, q disclosure.Question, on string) error {
	if q.Asked != "" || !slices.Contains([]disclosure.ActType{disclosure.SendQuestion, disclosure.ReceiveQuestion, disclosure.AnswerQuestion}, a.Type) {
		return nil
	}
	day := d.calendar.Get().DateOf(a.At)
	if on != "" {
		var err error
		if day, err = calendar.ParseDate(on); err != nil {
			return disclosure.Refuse(disclosure.WrongType, "on", "why", "YYYY-MM-DD")
		}
	}
	a.Inquiry.On = d.calendar.Get().End(day.AddDays(-1)).Add(time.Microsecond).UTC()
	if a.Type != disclosure.ReceiveQuestion {
		return nil
	}
	due, err := d.answerBy(a.Inquiry.On, q.Terms().Limit)
	a.Inquiry.Due = due.UTC()
	return err
}

// letter writes the letter that goes out with an act, if one does and the act is possible.
func (d *Desk) letter(ctx context.Context, who Actor, row store.Row, q disclosure.Question, a *disclosure.Act, reason string) error {
	t := q.Terms()
	kind, template := store.LetterAsk, t.Letter
	switch a.Type {
	case disclosure.SendQuestion:
	case disclosure.NotifyQuestion:
		kind, template = store.LetterNotice, t.Notice
	default:
		return nil
	}
	possible := *a
	inquiry := *a.Inquiry
	inquiry.Letter = "-"
	possible.Inquiry = &inquiry
	if err := row.Case.Check(possible); err != nil {
		d.Denied(ctx, who, string(a.Type), row.ID, disclosure.CodeOf(err))
		return err
	}
	values, err := d.letterValues(ctx, who, row, q, a, reason)
	if err != nil {
		return err
	}
	day, err := disclosure.LocalDay(a.At)
	if err != nil {
		return err
	}
	l, ok := disclosure.LetterOn(template, day)
	if !ok {
		return fmt.Errorf("letter %q is not there on %s", template, day)
	}
	written, err := d.store.WriteLetter(ctx, row.ID, row.Unit, q.ID, kind, fmt.Sprintf("%s/%d", l.ID, l.Version), l.Number, func(number string) ([]byte, error) {
		values["number"] = number
		var file bytes.Buffer
		err := document.WriteDOCX(&file, l.Write(values))
		return file.Bytes(), err
	})
	a.Inquiry.Letter = written.Blob
	return err
}

// letterValues are what the names in a letter stand for.
func (d *Desk) letterValues(ctx context.Context, who Actor, row store.Row, q disclosure.Question, a *disclosure.Act, reason string) (map[string]string, error) {
	all, err := d.store.Questions(ctx, row.ID)
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(all, func(o store.Asked) bool { return o.ID == q.ID })
	if i < 0 {
		return nil, disclosure.Refuse(disclosure.NotFound, "question")
	}
	if all[i].Addressee == "" || all[i].Ask == "" { // erased with what a quarantine destroyed
		return nil, disclosure.Refuse(disclosure.NotFound, "addressee")
	}
	version, err := d.store.Version(ctx, row.ID, row.Version)
	if err != nil {
		return nil, err
	}
	account, err := d.store.AccountByID(ctx, who.ID)
	if err != nil {
		return nil, err
	}
	on := d.calendar.Get().DateOf(a.At)
	if a.Type == disclosure.SendQuestion {
		on = d.calendar.Get().DateOf(a.Inquiry.On)
	}
	t := q.Terms()
	values := map[string]string{
		"addressee": all[i].Addressee, "ask": all[i].Ask, "title": version.Draft.Title, "item": row.Number, "basis": t.Basis, "limit": t.Limit.Words(),
		"unit": account.UnitName, "contact": account.SectionName + " " + account.Name, "reason": reason, "earlier": "",
		"date": fmt.Sprintf("%d年%d月%d日", on.Year, on.Month, on.Day),
	}
	for _, l := range all[i].Letters {
		if l.Type == store.LetterAsk {
			values["earlier"] = l.Number
		}
	}
	for _, g := range q.Grounds() {
		if g.ID == a.Inquiry.Ground {
			values["ground"] = g.Zh + "。"
		}
	}
	return values, nil
}

// KeepScan seals a paper that came in about a question, for the answer to name it.
func (d *Desk) KeepScan(ctx context.Context, who Actor, id, question string, u Upload) (ScanKept, error) {
	row, err := d.row(ctx, who, id, "keep_scan")
	if err != nil {
		return ScanKept{}, err
	}
	if err := checkUpload(&u, "scan", disclosure.MaxAttachment); err != nil {
		return ScanKept{}, err
	}
	q, ok := row.Case.Question(question)
	if !ok {
		return ScanKept{}, disclosure.Refuse(disclosure.NotFound, "question")
	}
	now, err := d.store.Now(ctx)
	if err != nil {
		return ScanKept{}, err
	}
	if err := row.Case.Check(trial(disclosure.AnswerQuestion, who, q, now)); err != nil {
		d.Denied(ctx, who, "keep_scan", id, disclosure.CodeOf(err))
		return ScanKept{}, err
	}
	blob, err := d.store.KeepScan(ctx, id, who.Person, u.Data)
	return ScanKept{Scan: blob}, err
}

// QuestionFile opens a letter that went out, "ask" or "notice", or the "scan" of the answer.
func (d *Desk) QuestionFile(ctx context.Context, who Actor, id, question, name string) (FileData, error) {
	if _, err := d.reading(ctx, who, id, "read_question_file"); err != nil {
		return FileData{}, err
	}
	all, err := d.store.Questions(ctx, id)
	if err != nil {
		return FileData{}, err
	}
	for _, q := range all {
		if q.ID != question {
			continue
		}
		if name == "scan" && q.Scan != nil {
			data, err := d.store.Blob(ctx, id, *q.Scan)
			return FileData{Name: "scan", Content: disclosure.Sum("application/octet-stream", data), Data: data}, err
		}
		for _, l := range q.Letters {
			if l.Type == name {
				data, err := d.store.Blob(ctx, id, l.Blob)
				return FileData{Name: l.Number + ".docx", Content: disclosure.Sum(mediaTypes[".docx"], data), Data: data}, err
			}
		}
	}
	return FileData{}, disclosure.Refuse(disclosure.NotFound, "name")
}
