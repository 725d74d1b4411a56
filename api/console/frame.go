package console

import (
	"html/template"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"time"

	"shenfa/internal/desk"
	"shenfa/internal/disclosure"
)

// Frame is what every page has. Its zero value is a Chinese page for nobody.
type Frame struct {
	Lang    string
	Title   string // in the browser's bar: never a title that is not public
	Section string // of the main navigation
	Here    string // the address of this page, for changing the language
	Me      desk.Me
	Key     string // token of the forms on this page
	Done    string // what was just done
	Problem Problem
	now     time.Time
	zone    *time.Location
}

// Problem is a refusal, at the field it belongs to. Form is empty if there is none.
type Problem struct {
	Form  string
	Field string
	Text  string
	Link  string // where to look
	Stale bool   // what was shown is not what is there now
}

// bare is a frame for a page that needs no account.
func (c *Console) bare(v *visit, title string) Frame {
	return Frame{Lang: v.lang, Title: say(v.lang, title), Here: v.Request().URL.Path, now: c.options.Now(), zone: c.zone}
}

// frame is a frame for whoever is signed in.
func (c *Console) frame(v *visit, title, section string) (Frame, error) {
	me, err := c.desk.Me(v.ctx(), v.who)
	if err != nil {
		return Frame{}, err
	}
	f := c.bare(v, title)
	f.Me, f.Section, f.Key = me, section, c.sealed(v.secret)
	if done := v.QueryParam("done"); done != "" {
		f.Done = f.T("done." + done)
	}
	return f, nil
}

// T says the words for key.
func (f Frame) T(key string, pairs ...any) string { return say(f.Lang, key, pairs...) }

// Name says what the system calls a thing, and the thing itself if it has no name.
func (f Frame) Name(group string, id any) string {
	s := ""
	if v := reflect.ValueOf(id); v.Kind() == reflect.String { // whatever it is a name of
		s = v.String()
	}
	if _, named := catalogues[chinese][group+"."+s]; named {
		return f.T(group + "." + s)
	}
	return s
}

// Tongue is the page's language for HTML.
func (f Frame) Tongue() string {
	if f.Lang == english {
		return "en"
	}
	return "zh-CN"
}

// Other is the language one can change to.
func (f Frame) Other() string {
	if f.Lang == english {
		return chinese
	}
	return english
}

// InOther is the same page in that language.
func (f Frame) InOther() string {
	path, query, _ := strings.Cut(f.Here, "?")
	q, err := url.ParseQuery(query)
	if err != nil {
		q = url.Values{}
	}
	q.Set("lang", f.Other())
	return path + "?" + q.Encode()
}

// pick chooses between the two names that data has.
func (f Frame) pick(zh, en string) string {
	if f.Lang == english && en != "" {
		return en
	}
	return zh
}

// Pick chooses between two names.
func (f Frame) Pick(zh, en string) string { return f.pick(zh, en) }

// Kind names a kind of disclosure.
func (f Frame) Kind(id string) string {
	k, ok := disclosure.KindByID(id)
	if !ok {
		return id
	}
	return f.pick(k.Zh, k.En)
}

// State names a state.
func (f Frame) State(id disclosure.State) string {
	s, ok := disclosure.StateByID(id)
	if !ok {
		return string(id)
	}
	return f.pick(s.Zh, s.En)
}

// Role names a role.
func (f Frame) Role(id disclosure.Role) string {
	r, ok := disclosure.RoleByID(id)
	if !ok {
		return string(id)
	}
	return f.pick(r.Zh, r.En)
}

// Outcome names an outcome.
func (f Frame) Outcome(id disclosure.Outcome) string {
	o, ok := disclosure.OutcomeByID(id)
	if id == disclosure.BypassStep {
		return f.pick(disclosure.Bypass.Name("zh"), disclosure.Bypass.Name("en"))
	}
	if !ok {
		return string(id)
	}
	return f.pick(o.Zh, o.En)
}

// May says whether the viewer's roles grant p.
func (f Frame) May(p disclosure.Permission) bool {
	return slices.ContainsFunc(f.Me.Roles, func(r disclosure.RoleInfo) bool { return slices.Contains(r.May, p) })
}

// Roles lists the viewer's roles.
func (f Frame) Roles() string {
	names := make([]string, len(f.Me.Roles))
	for i, r := range f.Me.Roles {
		names[i] = f.pick(r.Zh, r.En)
	}
	return strings.Join(names, f.T("comma"))
}

// At is the field of a form with the problem it has, if it has one.
func (f Frame) At(form, field string) Field {
	x := Field{ID: strings.ReplaceAll(form+"-"+field, ".", "-")}
	if f.Problem.Form == form && f.Problem.Field == field {
		x.Wrong = f.Problem.Text
	}
	return x
}

// Proof is the field in which somebody shows anew who they are.
func (f Frame) Proof(form string) proofField {
	p := proofField{Field: f.At(form, "proof"), Label: f.T("proof.password")}
	if f.Me.CodeApp {
		p.Code, p.Label = true, f.T("proof.code")
	}
	return p
}

type proofField struct {
	Field
	Code  bool // of an app, not the password
	Label string
}

// Field is one field of a form.
type Field struct {
	ID    string
	Wrong string
}

// Invalid are the attributes that tie a field to what is wrong with it.
func (x Field) Invalid() template.HTMLAttr {
	if x.Wrong == "" {
		return ""
	}
	return template.HTMLAttr(`aria-invalid="true" aria-describedby="` + template.HTMLEscapeString(x.ID) + `-e"`)
}

func (f Frame) local(t time.Time) time.Time {
	if f.zone == nil {
		return t
	}
	return t.In(f.zone)
}

// today says whether t falls on the day of the page.
func (f Frame) today(t time.Time) bool {
	return f.local(t).Format(time.DateOnly) == f.local(f.now).Format(time.DateOnly)
}

// format writes t by a layout of the catalogue, in which {weekday} stands for its day.
func (f Frame) format(layout string, t time.Time) template.HTML {
	if t.IsZero() {
		return ""
	}
	t = f.local(t)
	text := strings.ReplaceAll(t.Format(f.T(layout)), "{weekday}", f.T("weekday."+t.Format("Mon")))
	machine := time.RFC3339
	if t.Second() == 0 {
		machine = "2006-01-02T15:04Z07:00"
	}
	return template.HTML(`<time datetime="` + t.Format(machine) + `">` + template.HTMLEscapeString(text) + `</time>`)
}

// When writes an instant to the minute; the year only if it is not this one.
func (f Frame) When(t time.Time) template.HTML {
	if f.local(t).Year() != f.local(f.now).Year() {
		return f.format("layout.whenyear", t)
	}
	return f.format("layout.when", t)
}

// Day writes a day with its year.
func (f Frame) Day(t time.Time) template.HTML { return f.format("layout.day", t) }

// Clock writes a time of day to the second.
func (f Frame) Clock(t time.Time) template.HTML { return f.format("layout.clock", t) }

// Minute writes a time of day to the minute.
func (f Frame) Minute(t time.Time) template.HTML { return f.format("layout.minute", t) }

// Now is the moment the page was made.
func (f Frame) Now() time.Time { return f.now }

// put shows err on f, if a form can show it.
func (f *Frame) put(form string, err error) bool {
	r, ok := shown(err)
	if !ok {
		return false
	}
	named := *r
	field, _, _ := strings.Cut(r.Field, "[")
	p := Problem{Form: form, Field: field, Stale: r.Code == disclosure.ManifestChanged || r.Code == disclosure.PreconditionFailed}
	if label := f.T("field." + field); label != "" {
		named.Field, p.Link = label, "#"+f.At(form, field).ID
	}
	if p.Stale {
		p.Link = "#changed"
	}
	p.Text = named.Sentence(f.Lang)
	f.Problem = p
	return true
}
