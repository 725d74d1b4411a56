package console

import (
	"net/http"
	"strconv"
	"strings"

	"shenfa/internal/desk"
	"shenfa/internal/disclosure"
)

// reroutePage is the routes that an item can be put on, with what would follow.
type reroutePage struct {
	Frame
	D      desk.Disclosure
	Routes []desk.RerouteOption
	To     string
	Reason string
}

// Ref is how a route is chosen in the form.
func (p reroutePage) Ref(r disclosure.RouteRef) string { return r.ID + "/" + strconv.Itoa(r.Version) }

func (c *Console) reroutes(v *visit) error {
	return c.showReroutes(v, http.StatusOK, reroutePage{}, nil)
}

// reroute puts the item on the route that was chosen.
func (c *Console) reroute(v *visit) error {
	p := reroutePage{To: v.typed("route"), Reason: v.typed("reason")}
	id, n, _ := strings.Cut(p.To, "/")
	version, _ := strconv.Atoi(n) // what is no number is no version
	err := error(disclosure.Refuse(disclosure.Required, "route"))
	if id != "" {
		_, err = c.desk.Reroute(v.ctx(), v.who, v.Param("id"), v.key, disclosure.RouteRef{ID: id, Version: version}, p.Reason)
	}
	if err != nil {
		return c.showReroutes(v, status(disclosure.CodeOf(err)), p, err)
	}
	return c.toItem(v, v.Param("id"), "reroute")
}

func (c *Console) showReroutes(v *visit, code int, p reroutePage, refused error) error {
	var err error
	if p.Frame, err = c.frame(v, "reroute.title", ""); err != nil {
		return err
	}
	if p.D, err = c.desk.Get(v.ctx(), v.who, v.Param("id")); err != nil {
		return err
	}
	if p.Routes, err = c.desk.Reroutes(v.ctx(), v.who, p.D.ID); err != nil {
		return err
	}
	p.Here = itemPath(p.D.ID) + "/reroute"
	if refused != nil && !p.put("reroute", refused) {
		return refused
	}
	return c.show(v, code, "reroute", p)
}
