package console

import (
	"shenfa/internal/desk"
	"shenfa/internal/disclosure"
)

// settle leaves an item as it is though its policy or interpretation is gone.
func (c *Console) settle(v *visit) error {
	t := typed{form: "settle", Reason: v.typed("reason")}
	_, err := c.desk.SettleCompanion(v.ctx(), v.who, v.Param("id"), v.key, t.Reason)
	return c.acted(v, "settle", t, err)
}

// tiedForm is what a draft says about other items.
type tiedForm struct{ Interprets, NoInterpretation, Continues, As string }

func tiedOf(d disclosure.Draft) tiedForm {
	return tiedForm{d.Interprets, d.NoInterpretation, d.Continues.Number, d.Continues.As}
}

func typedTies(v *visit) tiedForm {
	return tiedForm{v.typed("interprets"), v.typed("no_interpretation"), v.typed("continues"), v.typed("as")}
}

func (f tiedForm) patch(p *desk.Patch) {
	p.Interprets, p.NoInterpretation = &f.Interprets, &f.NoInterpretation
	p.Continues = &disclosure.Continuation{Number: f.Continues, As: f.As}
}

// Steps are the ways to continue a warning.
func (f tiedForm) Steps() []disclosure.ChainStep { return disclosure.ChainSteps() }

// Any says whether something is filled in.
func (f tiedForm) Any() bool { return f != tiedForm{} }
