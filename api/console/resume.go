package console

import (
	"maps"
	"net/http"
	"slices"
	"strings"

	"shenfa/internal/disclosure"
)

// keptField is a field of a form that came without a session. It waits in the page in which
// its sender signs in again.
type keptField struct{ Name, Value string }

// resumePage gives a form back to whoever has signed in: nothing is done until they send it.
type resumePage struct {
	Frame
	Action string
	Fields []keptField
	Files  bool // a file came with it, which has to be chosen again
}

// keptPrefix marks the fields that the page of signing in carries for another form.
const keptPrefix = "kept."

// neverKept are fields that are not given back: what proves who somebody is, and what
// belonged to the session that ended.
var neverKept = []string{"token", "proof", "password", "new_password", "code", "script"}

// keep offers to sign in again without losing what was typed. Only a form of our own page
// is kept.
func (c *Console) keep(v *visit, limit int64) (offered bool, err error) {
	if v.Request().Method != http.MethodPost || c.foreign.Check(v.Request()) != nil || readForm(v, limit) != nil || scripted(v) {
		return false, nil
	}
	page := loginPage{Frame: c.bare(v, "login.title"), Next: base, Action: v.Request().URL.Path, Kept: kept(v.Request().PostForm, "")}
	if form := v.Request().MultipartForm; form != nil {
		page.Files = len(form.File) > 0
	}
	page.Frame.Here = base + "/login"
	if !page.put("login", disclosure.Refuse(disclosure.Unauthenticated, "")) {
		page.Problem = Problem{Form: "login", Text: disclosure.Refuse(disclosure.Unauthenticated, "").Sentence(v.lang)}
	}
	return true, c.show(v, http.StatusUnauthorized, "login", page)
}

// kept lists the fields whose names have the prefix, without it.
func kept(form map[string][]string, prefix string) []keptField {
	var out []keptField
	for _, name := range slices.Sorted(maps.Keys(form)) {
		bare, ok := strings.CutPrefix(name, prefix)
		if !ok || slices.Contains(neverKept, bare) {
			continue
		}
		for _, value := range form[name] {
			out = append(out, keptField{bare, value})
		}
	}
	return out
}

// resumed shows a form that was kept, to be sent by the one who has just signed in.
func (c *Console) resumed(v *visit, action string, fields []keptField, files bool) error {
	frame, err := c.frame(v, "resume.title", "")
	if err != nil {
		return err
	}
	frame.Here = base
	return c.show(v, http.StatusOK, "resume", resumePage{Frame: frame, Action: action, Fields: fields, Files: files})
}

// Typed are the fields that a person would know again.
func (p resumePage) Typed() []keptField {
	return slices.DeleteFunc(slices.Clone(p.Fields), func(f keptField) bool {
		_, named := catalogues[chinese]["field."+f.Name]
		return !named || strings.TrimSpace(f.Value) == ""
	})
}

// Label names a field.
func (p resumePage) Label(f keptField) string { return p.Name("field", f.Name) }
