package console

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"

	"shenfa/internal/disclosure"
)

// status is the HTTP status of a refusal on a page.
func status(code disclosure.Code) int {
	switch code {
	case disclosure.Unauthenticated, disclosure.BadLogin, disclosure.PasswordMustChange:
		return http.StatusUnauthorized
	case disclosure.Forbidden, disclosure.ContributorDecides, disclosure.NotYourTask, disclosure.NotYours, disclosure.QuarantineBySame,
		disclosure.CampaignByDecider, disclosure.OwnAccount:
		return http.StatusForbidden
	case disclosure.NotFound, disclosure.FindingUnknown:
		return http.StatusNotFound
	case disclosure.WrongState, disclosure.WrongStep, disclosure.ManifestChanged, disclosure.AlreadyDecided, disclosure.DuplicateName,
		disclosure.FindingsOpen, disclosure.Quarantined, disclosure.ReleaseTooLate, disclosure.Busy, disclosure.PreconditionFailed,
		disclosure.CampaignClosed, disclosure.CampaignUnfinished, disclosure.CampaignItemDone:
		return http.StatusConflict
	case disclosure.BadRequest:
		return http.StatusBadRequest
	case disclosure.TooLarge:
		return http.StatusRequestEntityTooLarge
	case disclosure.TooManyRequests:
		return http.StatusTooManyRequests
	case disclosure.Unavailable:
		return http.StatusServiceUnavailable
	case disclosure.Internal:
		return http.StatusInternalServerError
	}
	return http.StatusUnprocessableEntity
}

// shown finds the refusal that a form can show beside what was typed. Whoever may
// not see the page at all, or it is not there, gets a page of its own instead.
func shown(err error) (*disclosure.Refusal, bool) {
	var r *disclosure.Refusal
	if !errors.As(err, &r) {
		return nil, false
	}
	switch r.Code {
	case disclosure.Unauthenticated, disclosure.NotFound, disclosure.Internal:
		return nil, false
	}
	return r, true
}

type errorPage struct {
	Frame
	Status   int
	Sentence string
	Next     string // where to sign in again
	Trace    string
}

// fail answers err with a page. What is not a refusal is logged and answered with a
// number.
func (c *Console) fail(v *visit, err error) error {
	if v.Response().Committed {
		c.report(v, "answer broke off", err)
		return nil
	}
	var r *disclosure.Refusal
	if !errors.As(err, &r) {
		c.report(v, "page failed", err)
		r = disclosure.Refuse(disclosure.Internal, "", "trace", v.Response().Header().Get("X-Trace"))
	}
	if r.Code == disclosure.Unauthenticated && v.Request().Method != http.MethodPost {
		return v.Redirect(http.StatusSeeOther, base+"/login?next="+url.QueryEscape(v.Request().URL.RequestURI()))
	}
	page := errorPage{Frame: c.bare(v, "error.title"), Status: status(r.Code), Sentence: r.Sentence(v.lang), Trace: v.Response().Header().Get("X-Trace")}
	switch page.Status {
	case http.StatusUnauthorized:
		page.Next = base + "/login?next=" + url.QueryEscape(itemPath(v.Param("id")))
	case http.StatusTooManyRequests:
		v.Response().Header().Set("Retry-After", r.Params["seconds"])
	}
	return c.show(v, page.Status, "error", page)
}

func (c *Console) report(v *visit, what string, err error) {
	c.options.Logger.LogAttrs(v.ctx(), slog.LevelError, what,
		slog.String("route", v.Path()), slog.String("trace", v.Response().Header().Get("X-Trace")),
		slog.String("error_type", fmt.Sprintf("%T", err)), slog.String("error", err.Error()))
}

// itemPath is the page of an item, or the workbench.
func itemPath(id string) string {
	if id == "" {
		return base
	}
	return base + "/items/" + url.PathEscape(id)
}

func (c *Console) toItem(v *visit, id, done string) error {
	return v.Redirect(http.StatusSeeOther, itemPath(id)+"?done="+done)
}
