package console

import (
	"shenfa/internal/disclosure"
)

// gatherEvidence shows what was kept of a recall to those who deal with it.
func (c *Console) gatherEvidence(v *visit, p *itemPage) error {
	if p.D.State != disclosure.Recalled || !p.May("release") && !p.May("clear") {
		return nil
	}
	e, err := c.desk.Evidence(v.ctx(), v.who, p.D.ID)
	if disclosure.CodeOf(err) == disclosure.NotFound {
		return nil // recalled before evidence was kept
	}
	if err == nil {
		p.Evidence = &e
	}
	return err
}
