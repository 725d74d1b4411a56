package console

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"shenfa/internal/desk"
	"shenfa/internal/disclosure"
)

// Questions is what the questions to others ask of the desk.
type Questions interface {
	Ask(ctx context.Context, who desk.Actor, id, key string, in desk.QuestionInput) (desk.Question, error)
	Pursue(ctx context.Context, who desk.Actor, id, question, key string, act disclosure.ActType, in desk.QuestionInput) (desk.Question, error)
	Questions(ctx context.Context, who desk.Actor, id string) ([]desk.Question, error)
	OpenQuestions(ctx context.Context, who desk.Actor) ([]desk.Question, error)
	QuestionKinds(ctx context.Context, who desk.Actor) ([]disclosure.QuestionTerms, error)
	QuestionFile(ctx context.Context, who desk.Actor, id, question, name string) (desk.FileData, error)
	KeepScan(ctx context.Context, who desk.Actor, id, question string, u desk.Upload) (desk.ScanKept, error)
}

// questionActs are the acts on a question by the name that addresses and words have.
var questionActs = []struct {
	name string
	act  disclosure.ActType
}{
	{"send", disclosure.SendQuestion},
	{"receive", disclosure.ReceiveQuestion},
	{"answer", disclosure.AnswerQuestion},
	{"notify", disclosure.NotifyQuestion},
	{"override", disclosure.OverrideQuestion},
	{"close", disclosure.CloseQuestion},
}

type questionsPage struct {
	Frame
	ID         string
	Number     string
	Item       string // its title
	MayAsk     bool
	Kinds      []disclosure.QuestionTerms
	Colleagues []desk.Colleague
	Rows       []questionRow
	Typed      desk.QuestionInput // of the form that asks
}

// questionRow is a question with what the viewer can do about it.
type questionRow struct {
	desk.Question
	Forms []questionForm
}

// questionForm records one thing about a question.
type questionForm struct {
	Frame
	Item, Act, Form string
	Q               desk.Question
	Typed           desk.QuestionInput
	Open            bool
}

// Path is where the form is sent.
func (f questionForm) Path() string { return itemPath(f.Item) + "/questions/" + f.Q.ID + "/" + f.Act }

// Today is the day that a form offers.
func (f questionForm) Today() string {
	if f.Typed.On != "" {
		return f.Typed.On
	}
	return f.local(f.now).Format(time.DateOnly)
}

func (c *Console) questions(v *visit) error {
	return c.showQuestions(v, http.StatusOK, "", desk.QuestionInput{}, nil)
}

func typedQuestion(v *visit) desk.QuestionInput {
	return desk.QuestionInput{
		Kind: v.typed("kind"), Person: v.typed("person"), Addressee: v.typed("addressee"), Ask: v.typed("ask"), On: v.typed("on"), How: v.typed("how"),
		Reply: v.typed("reply"), Words: v.typed("words"), Ground: v.typed("ground"), Reason: v.typed("reason"),
	}
}

func (c *Console) ask(v *visit) error {
	in := typedQuestion(v)
	if _, err := c.desk.Ask(v.ctx(), v.who, v.Param("id"), v.key, in); err != nil {
		return c.showQuestions(v, status(disclosure.CodeOf(err)), "ask", in, err)
	}
	return v.Redirect(http.StatusSeeOther, itemPath(v.Param("id"))+"/questions?done=ask")
}

// pursue does one kind of act on a question.
func (c *Console) pursue(name string) handler {
	i := slices.IndexFunc(questionActs, func(a struct {
		name string
		act  disclosure.ActType
	},
	) bool {
		return a.name == name
	})
	act := questionActs[i].act
	return func(v *visit) error {
		in := typedQuestion(v)
		err := c.scanned(v, act, &in)
		if err == nil {
			_, err = c.desk.Pursue(v.ctx(), v.who, v.Param("id"), v.Param("question"), v.key, act, in)
		}
		if err != nil {
			return c.showQuestions(v, status(disclosure.CodeOf(err)), name+"-"+v.Param("question"), in, err)
		}
		return v.Redirect(http.StatusSeeOther, itemPath(v.Param("id"))+"/questions?done=question")
	}
}

// scanned keeps the paper that came with an answer.
func (c *Console) scanned(v *visit, act disclosure.ActType, in *desk.QuestionInput) error {
	if act != disclosure.AnswerQuestion {
		return nil
	}
	file, sent, err := uploaded(v, "scan")
	if err != nil || !sent {
		return err
	}
	kept, err := c.desk.KeepScan(v.ctx(), v.who, v.Param("id"), v.Param("question"), file)
	in.Scan = kept.Scan
	return err
}

func (c *Console) showQuestions(v *visit, code int, form string, typed desk.QuestionInput, refusal error) error {
	id := v.Param("id")
	d, err := c.desk.Get(v.ctx(), v.who, id)
	if err != nil {
		return err
	}
	frame, err := c.frame(v, "questions.title", "inbox")
	if err != nil {
		return err
	}
	frame.Here = itemPath(id) + "/questions"
	if refusal != nil && !frame.put(form, refusal) {
		return refusal
	}
	page := questionsPage{Frame: frame, ID: id, Number: d.Number, Item: d.Title, MayAsk: slices.Contains(d.Can, string(disclosure.AskQuestion))}
	if form == "ask" {
		page.Typed = typed
	}
	all, err := c.desk.Questions(v.ctx(), v.who, id)
	if err != nil {
		return err
	}
	for _, q := range slices.Backward(all) {
		row := questionRow{Question: q}
		for _, a := range questionActs {
			if !slices.Contains(q.Can, string(a.act)) {
				continue
			}
			f := questionForm{Frame: frame, Item: id, Act: a.name, Form: a.name + "-" + q.ID, Q: q}
			if f.Open = f.Form == form; f.Open {
				f.Typed = typed
			}
			row.Forms = append(row.Forms, f)
		}
		page.Rows = append(page.Rows, row)
	}
	if page.MayAsk {
		if page.Kinds, err = c.desk.QuestionKinds(v.ctx(), v.who); err != nil {
			return err
		}
		if page.Colleagues, err = c.desk.Colleagues(v.ctx(), v.who); err != nil {
			return err
		}
		page.Colleagues = slices.DeleteFunc(page.Colleagues, func(o desk.Colleague) bool { return o.ID == v.who.ID })
	}
	return c.show(v, code, "questions", page)
}

// Style is the signal of where a question stands.
func (r questionRow) Style() string { return questionStyle(r.Question) }

func questionStyle(q desk.Question) string {
	switch {
	case q.State == disclosure.QuestionUnanswered:
		return "late"
	case q.Holds:
		return "hold"
	case q.State == disclosure.QuestionReceived:
		return "nx"
	}
	return "ok"
}

// questionFile sends a letter that went out, or the paper of the answer.
func (c *Console) questionFile(v *visit) error {
	f, err := c.desk.QuestionFile(v.ctx(), v.who, v.Param("id"), v.Param("question"), v.Param("name"))
	if err != nil {
		return err
	}
	return c.download(v, f)
}

// gatherQuestions finds what was asked about the item.
func (c *Console) gatherQuestions(v *visit, p *itemPage) (err error) {
	p.Asked, err = c.desk.Questions(v.ctx(), v.who, p.D.ID)
	return err
}

// Unsettled counts the questions on which the sign-off waits.
func (p itemPage) Unsettled() (n int) {
	for _, q := range p.Asked {
		if q.Holds {
			n++
		}
	}
	return n
}

// waitingOutside finds the questions that concern the viewer and are not settled.
func (c *Console) waitingOutside(v *visit, p *inboxPage) (err error) {
	p.Outside, err = c.desk.OpenQuestions(v.ctx(), v.who)
	return err
}

// QuestionSign is the signal of a question.
func (f Frame) QuestionSign(q desk.Question) string { return questionStyle(q) }

// Whom says who is asked.
func (f Frame) Whom(q desk.Question) string {
	if q.Asked != nil {
		return q.Asked.Name
	}
	return strings.TrimSpace(q.Addressee)
}
