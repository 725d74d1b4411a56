package console

import (
	"net/http"

	"shenfa/internal/desk"
)

// clocksPage explains each deadline of an item, day by day.
type clocksPage struct {
	Frame
	D      desk.Disclosure
	Clocks []desk.Clock
}

func (c *Console) clocks(v *visit) error {
	f, err := c.frame(v, "clocks.title", "")
	if err != nil {
		return err
	}
	p := clocksPage{Frame: f}
	if p.D, err = c.desk.Get(v.ctx(), v.who, v.Param("id")); err != nil {
		return err
	}
	if p.Clocks, err = c.desk.Clocks(v.ctx(), v.who, p.D.ID); err != nil {
		return err
	}
	return c.show(v, http.StatusOK, "clocks", p)
}
