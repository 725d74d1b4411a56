package console

import (
	"errors"
	"html/template"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"shenfa/internal/desk"
	"shenfa/internal/disclosure"
)

// looking is what of an item's findings is looked at: all of it stands in the
// address, and no name of a file does.
type looking struct {
	File  string // "body", "form", or the place of an attachment from 1
	Open  bool   // only those that wait
	Class string // only of this class; "" for all
	All   bool   // all of the text, not only what surrounds findings
	Page  int
	On    string // the finding that is open in the list
}

func lookingAt(q url.Values) looking {
	l := looking{File: q.Get("file"), Open: q.Get("open") != "", Class: q.Get("class"), All: q.Get("text") == "all", On: q.Get("on")}
	if l.File == "" {
		l.File = "body"
	}
	if !slices.Contains(classes, l.Class) {
		l.Class = ""
	}
	l.Page, _ = strconv.Atoi(q.Get("page"))
	l.Page = max(l.Page, 1)
	return l
}

// Query writes it as the end of an address.
func (l looking) Query() template.URL { return template.URL(l.query()) } //nolint:gosec // encoded

func (l looking) query() string {
	q := url.Values{"file": {l.File}}
	for key, value := range map[string]string{"class": l.Class, "on": l.On} {
		if value != "" {
			q.Set(key, value)
		}
	}
	if l.Open {
		q.Set("open", "yes")
	}
	if l.All {
		q.Set("text", "all")
	}
	if l.Page > 1 {
		q.Set("page", strconv.Itoa(l.Page))
	}
	return q.Encode()
}

// At looks at another file.
func (l looking) At(file string) looking {
	l.File, l.Page, l.On = file, 1, ""
	return l
}

// OnlyOpen shows only what waits, or everything again.
func (l looking) OnlyOpen(only bool) looking {
	l.Open, l.Page, l.On = only, 1, ""
	return l
}

// Only shows one class, or all again.
func (l looking) Only(class string) looking {
	l.Class, l.Page, l.On = class, 1, ""
	return l
}

// Text shows all of the text, or the surroundings of findings.
func (l looking) Text(all bool) looking {
	l.All, l.Page, l.On = all, 1, ""
	return l
}

// Turn goes to another page.
func (l looking) Turn(by int) looking {
	l.Page, l.On = l.Page+by, ""
	return l
}

func findingsPath(id string, l looking) string { return itemPath(id) + "/findings?" + l.query() }

// findings shows a file with its findings in their places.
func (c *Console) findings(v *visit) error {
	return c.showFindings(v, lookingAt(v.QueryParams()), http.StatusOK, typed{}, nil)
}

// disposeAll says what was done about one finding, and about the others with the
// same value if that was asked for. What could be done stays done; the page tells
// what could not.
func (c *Console) disposeAll(v *visit) error {
	id, l := v.Param("id"), v.lookedAt()
	t := typed{form: "dispose-" + v.typed("finding"), Disposition: v.typed("disposition"), Reason: v.typed("reason"), Same: v.typed("same") != ""}
	if t.Disposition == "" {
		return c.findingsRefused(v, l, t, disclosure.Refuse(disclosure.Required, "disposition"))
	}
	all, err := c.desk.Findings(v.ctx(), v.who, id)
	if err != nil {
		return err
	}
	chosen := together(all, v.typed("finding"), t.Same, disposable)
	done := map[string]bool{}
	var failed error
	for _, f := range chosen {
		if _, err := c.desk.Dispose(v.ctx(), v.who, id, f, v.key+" "+f, disclosure.Disposition(t.Disposition), t.Reason); err != nil {
			failed = errors.Join(failed, err)
			continue
		}
		done[f] = true
	}
	switch {
	case failed == nil:
		return c.toFindings(v, l, all, done, "dispose", 0)
	case len(done) == 0:
		return c.findingsRefused(v, l, t, failed)
	}
	return c.findingsPartly(v, l, t, len(done), len(chosen)-len(done), failed)
}

// treat has the suggested treatment applied in the files of the draft: of one
// finding, of all with its value, or of all that can be treated; and then, if that was
// asked for and nothing failed, has the draft checked again.
func (c *Console) treat(v *visit) error {
	id, l := v.Param("id"), v.lookedAt()
	t := typed{form: "dispose-" + v.typed("finding"), Reason: v.typed("reason"), Same: v.typed("same") != ""}
	now, err := c.now(v)
	if err != nil {
		return err
	}
	var all []desk.Finding // what a draft has lost already needs no treatment
	for _, f := range now {
		if !f.Gone {
			all = append(all, f.Finding)
		}
	}
	chosen := together(all, v.typed("finding"), t.Same, treatable)
	if v.typed("all") != "" {
		chosen = nil
		for _, f := range all {
			if treatable(f) {
				chosen = append(chosen, f.ID)
			}
		}
	}
	treated, err := c.desk.Treat(v.ctx(), v.who, id, v.revision(), chosen)
	switch code := disclosure.CodeOf(err); {
	case code == disclosure.WrongState && v.typed("all") == "submit": // the form came twice: it is being checked
		return c.toItem(v, id, "submit")
	case err != nil && code != disclosure.PreconditionFailed:
		return c.findingsRefused(v, l, t, err)
	}
	after, broken := c.now(v)
	if broken != nil {
		return broken
	}
	done := map[string]bool{}
	for _, f := range after {
		if f.Gone && slices.Contains(chosen, f.ID) {
			done[f.ID] = true
		}
	}
	if err != nil && len(done) < len(chosen) { // a form that came twice finds its work done
		return c.findingsRefused(v, l, t, err)
	}
	left := len(chosen) - len(done)
	if err == nil && left == 0 && v.typed("all") == "submit" {
		if _, err := c.desk.Submit(v.ctx(), v.who, id, v.key, treated.DraftRevision); err != nil {
			return c.findingsRefused(v, l, t, err)
		}
		return c.toItem(v, id, "submit")
	}
	return c.toFindings(v, l, all, done, "treat", left)
}

// now is what was found in the version that was checked, and what of it the draft
// still has.
func (c *Console) now(v *visit) ([]desk.ReadingFinding, error) {
	d, err := c.desk.Get(v.ctx(), v.who, v.Param("id"))
	if err != nil {
		return nil, err
	}
	r, err := c.desk.Reading(v.ctx(), v.who, d.ID, d.Version, "body")
	return r.Findings, err
}

// waits says whether a finding still asks for a person.
func waits(f desk.Finding) bool { return f.Disposition == "" && f.Class != "INFO" }

// disposable says whether a finding can be argued away.
func disposable(f desk.Finding) bool { return waits(f) && f.Class != "BLOCK" }

// treatable says whether the check knows how to take it out of the file.
func treatable(f desk.Finding) bool {
	return waits(f) && (f.Treatment == "mask" || f.Treatment == "remove")
}

// value is what makes two findings the same: what the rule is, and what it found
// without the spaces in it.
func value(f desk.Finding) string {
	return f.Rule + "\x00" + strings.Join(strings.Fields(f.Excerpt), "")
}

// together lists a finding and, with same, all others of its value that can be
// handled the same way. A finding that is not there stays in the list: the desk
// says so.
func together(all []desk.Finding, id string, same bool, can func(desk.Finding) bool) []string {
	out := []string{id}
	i := slices.IndexFunc(all, func(f desk.Finding) bool { return f.ID == id })
	if i < 0 || !same {
		return out
	}
	for _, f := range all {
		if f.ID != id && can(f) && value(f) == value(all[i]) {
			out = append(out, f.ID)
		}
	}
	return out
}

// lookedAt is what the page showed from which a form came.
func (v *visit) lookedAt() looking {
	q, err := url.ParseQuery(v.typed("at"))
	if err != nil {
		q = nil
	}
	return lookingAt(q)
}

// toFindings goes on to the next finding that waits in the same file, and says how
// many were handled and how many could not be.
func (c *Console) toFindings(v *visit, l looking, all []desk.Finding, done map[string]bool, what string, left int) error {
	from := slices.IndexFunc(all, func(f desk.Finding) bool { return f.ID == v.typed("finding") })
	l.On = ""
	for i := range all {
		f := all[(max(from, 0)+i)%len(all)]
		if from >= 0 && f.File == all[from].File && waits(f) && !done[f.ID] {
			l.On = f.ID
			break
		}
	}
	to := findingsPath(v.Param("id"), l) + "&done=" + what + "&n=" + strconv.Itoa(len(done))
	if left > 0 {
		to += "&left=" + strconv.Itoa(left)
	}
	if l.On != "" {
		to += "#d-" + l.On
	}
	return v.Redirect(http.StatusSeeOther, to)
}

func (c *Console) findingsRefused(v *visit, l looking, t typed, err error) error {
	if _, ok := shown(err); !ok {
		return err
	}
	l.On = strings.TrimPrefix(t.form, "dispose-")
	return c.showFindings(v, l, status(disclosure.CodeOf(err)), t, err)
}

// findingsPartly tells that some were handled and others not, and why.
func (c *Console) findingsPartly(v *visit, l looking, t typed, done, left int, err error) error {
	r, ok := shown(err)
	if !ok {
		c.report(v, "disposed of in part", err)
		r = disclosure.Refuse(disclosure.Unavailable, "")
	}
	t.partly = say(v.lang, "findings.partly", "done", done, "left", left)
	return c.showFindings(v, l, status(r.Code), t, r)
}
