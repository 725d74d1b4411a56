package portal

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"shenfa/internal/desk"
	"shenfa/internal/disclosure"
)

// notice is what the public may know of an item that was taken down, or that is out of
// force and still to be read.
type notice struct {
	Type          string
	At            moment
	Reason        string
	Successor     string // number of the item it became part of
	SuccessorHref string
}

// gonePage stands where an item was.
type gonePage struct {
	Frame
	Number string
	Notice notice
}

func (p *Portal) notice(f Frame, w *desk.Withdrawal) *notice {
	if w == nil {
		return nil
	}
	n := &notice{Type: w.Zh, At: p.moment(w.At), Reason: w.Reason, Successor: w.Successor}
	if f.Lang == english {
		n.Type = w.En
	}
	if w.Successor != "" {
		n.SuccessorHref = f.To(itemPath(w.Successor))
	}
	return n
}

// gone answers for an item that is not there: with the notice that its withdrawal left,
// or like everything that is not there.
func (p *Portal) gone(c echo.Context, missing error) error {
	number, err := address(c, "number")
	if err != nil || disclosure.CodeOf(missing) != disclosure.NotFound {
		return missing
	}
	w, err := p.desk.PublicNotice(c.Request().Context(), number)
	if err != nil {
		return err
	}
	if w == nil || w.Trail != disclosure.TrailNotice {
		return missing
	}
	f := p.frame(c, "")
	f.Title = f.Say("gone.title")
	page, err := render("gone.html", gonePage{Frame: f, Number: number, Notice: *p.notice(f, w)})
	if err != nil {
		return err
	}
	h := c.Response().Header()
	h.Set("Content-Security-Policy", pagePolicy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "no-cache")
	spoken(h, f.Lang)
	return c.Blob(http.StatusGone, htmlType, page)
}
