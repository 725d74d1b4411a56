package desk

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"shenfa/internal/disclosure"
	"shenfa/internal/paper"
	"shenfa/internal/store"
)

// The forms in which a paper is given.
const (
	AsPDF  = "pdf"
	AsDOCX = "docx"
	AsCSV  = "csv" // of a record
)

var paperTypes = map[string]string{AsPDF: "application/pdf", AsDOCX: mediaTypes[".docx"], AsCSV: "text/csv; charset=utf-8"}

// ReviewForm fills the form of the confidentiality review (保密审查单) of an item as it
// stands, with every opinion. Who takes it is written down.
func (d *Desk) ReviewForm(ctx context.Context, who Actor, id, as string) (FileData, error) {
	row, err := d.reading(ctx, who, id, "read_review_form")
	if err != nil {
		return FileData{}, err
	}
	if row.Case.State == disclosure.InQuarantine {
		return FileData{}, disclosure.Refuse(disclosure.NotFound, "")
	}
	now, err := d.store.Now(ctx)
	if err != nil {
		return FileData{}, err
	}
	form, ok := disclosure.FormOn("review", d.calendar.Get().DateOf(now).String())
	if !ok {
		return FileData{}, errors.New("no review form is in force")
	}
	v, err := d.view(ctx, who, id)
	if err != nil {
		return FileData{}, err
	}
	filler := filling{Form: form, v: v, row: row, now: now}
	if filler.found, err = d.findings(ctx, id, row.Version); err != nil {
		return FileData{}, err
	}
	if filler.asked, err = d.questions(ctx, who, row); err != nil {
		return FileData{}, err
	}
	foot, err := d.formFoot(ctx, who, filler)
	if err != nil {
		return FileData{}, err
	}
	account, err := d.store.AccountByID(ctx, who.ID)
	if err != nil {
		return FileData{}, err
	}
	if as == AsCSV { // a form is no table
		return FileData{}, disclosure.Refuse(disclosure.BadValue, "as", "value", as, "allowed", AsPDF+", "+AsDOCX)
	}
	sheet := filler.sheet(account.UnitName)
	sheet.Foot = foot
	return d.onPaper(sheet, form.Title+" "+v.Number, as)
}

// onPaper makes a file of a sheet.
func (d *Desk) onPaper(sheet paper.Sheet, name, as string) (FileData, error) {
	var out bytes.Buffer
	switch as {
	case AsDOCX:
		if err := sheet.DOCX(&out); err != nil {
			return FileData{}, err
		}
	case AsPDF:
		fonts, err := paper.Installed(d.font)
		if err != nil {
			return FileData{}, errors.Join(disclosure.Refuse(disclosure.NoFont, ""), err)
		}
		if err := sheet.PDF(&out, fonts); err != nil {
			return FileData{}, err
		}
	case AsCSV:
		data, err := sheet.CSV()
		if err != nil {
			return FileData{}, err
		}
		out.Write(data)
	default:
		return FileData{}, disclosure.Refuse(disclosure.BadValue, "as", "value", as, "allowed", AsPDF+", "+AsDOCX+", "+AsCSV)
	}
	return FileData{Name: name + "." + as, Content: disclosure.Sum(paperTypes[as], out.Bytes()), Data: out.Bytes()}, nil
}

func (d *Desk) formFoot(ctx context.Context, who Actor, f filling) ([]string, error) {
	_, counts, err := d.store.Trail(ctx, f.v.ID, store.TrailAll, 0, 1)
	if err != nil {
		return nil, err
	}
	head, err := d.store.Head(ctx)
	if err != nil {
		return nil, err
	}
	entries := 0
	for _, n := range counts {
		entries += n
	}
	signed := "—"
	if head.Size > 0 {
		signed = f.instant(head.At)
	}
	return f.Footing("short", cmp.Or(f.v.ShortCode, "—"), "manifest", cmp.Or(string(f.v.ManifestHash), "—"), "entries", strconv.Itoa(entries),
		"size", strconv.FormatInt(head.Size, 10), "signed", signed, "printed", f.instant(f.now), "by", who.Name), nil
}

// filling is a form with what is known of an item.
type filling struct {
	disclosure.Form
	v     Disclosure
	row   store.Row
	now   time.Time
	found []Finding
	asked []Question
}

func (f filling) instant(t time.Time) string {
	return disclosure.ShowInstant(t, disclosure.DefaultZone)
}

func (f filling) sheet(unit string) paper.Sheet {
	s := paper.Sheet{Title: f.Title, Under: []string{unit + "　" + f.v.Number}}
	if f.v.State.Editable() || slices.Contains([]disclosure.State{disclosure.Checking, disclosure.InReview, disclosure.Reported}, f.v.State) {
		s.Mark = f.Unfinished
	}
	if f.v.ManifestHash != "" {
		s.QR = fmt.Sprintf("SHENFA %s V%d SHA256 %s", f.v.Number, f.v.Version, f.v.ManifestHash)
	}
	values := f.values(unit)
	var pair []string
	add := func(shares []int, cells []string) {
		if n := len(s.Tables); n == 0 || !slices.Equal(s.Tables[n-1].Shares, shares) {
			s.Tables = append(s.Tables, paper.Table{Shares: shares, Joined: n > 0})
		}
		last := &s.Tables[len(s.Tables)-1]
		last.Rows = append(last.Rows, cells)
	}
	narrow, wide := []int{4, 9, 4, 9}, []int{4, 22}
	flush := func() {
		if len(pair) > 0 {
			add(narrow, pair)
			pair = nil
		}
	}
	for _, field := range f.Fields {
		if field.Wide {
			flush()
			add(wide, []string{field.Zh, values[field.ID]})
			continue
		}
		if pair = append(pair, field.Zh, values[field.ID]); len(pair) == 4 {
			flush()
		}
	}
	flush()
	for _, t := range f.Tables {
		rows := map[string]func() [][]string{"opinions": f.opinions, "releases": f.releases}[t.ID]()
		if len(rows) > 0 {
			s.Tables = append(s.Tables, paper.Table{Heading: t.Zh, Head: t.Head, Shares: t.Shares, Rows: rows})
		}
	}
	return s
}

func (f filling) values(unit string) map[string]string {
	draft, kind := f.v.Draft, f.v.Kind
	if k, ok := disclosure.KindByID(f.v.Kind); ok {
		kind = k.Zh
	}
	out := map[string]string{
		"number": f.v.Number, "unit": unit, "title": cmp.Or(draft.Title, f.v.Title), "document_number": draft.DocumentNumber, "index_number": draft.IndexNumber, "kind": kind,
		"topic": draft.Topic, "section": f.v.Section.Name, "drafter": f.v.Drafter.Name, "contributors": f.names(f.v.Contributors), "formed_on": draft.FormedOn,
		"files": f.files(), "classified": f.Word("no"), "check": f.check(), "findings": f.dispositions(), "questions": f.questions(),
		"basis": draft.Basis, "reason": draft.Reason, "channels": f.channels(), "release_at": f.release(), "interpretation": f.interpretation(),
	}
	if f.v.Version > 0 {
		out["version"] = strconv.Itoa(f.v.Version)
	}
	if s, ok := disclosure.StateByID(f.v.State); ok {
		out["state"] = s.Zh
	}
	if draft.Attribute != "" {
		out["attribute"] = f.Word("attribute." + draft.Attribute)
	}
	if slices.ContainsFunc(f.found, func(x Finding) bool { return x.Class == "BLOCK" }) {
		out["classified"] = f.Word("yes")
	}
	for _, flag := range []disclosure.Flag{"work_secret", "personal_information", "third_party"} {
		out[string(flag)] = f.Word("no")
		if slices.Contains(f.row.Case.Flags, flag) {
			out[string(flag)] = f.Word("yes")
		}
	}
	if f.v.Until != nil {
		out["until"] = f.instant(*f.v.Until)
	}
	if f.v.Lawful != nil {
		out["limit"] = f.instant(f.v.Lawful.Latest) + "\n" + f.v.Lawful.Law
	}
	return out
}

func (f filling) names(people []Ref) string {
	var names []string
	for _, p := range people {
		names = append(names, p.Name)
	}
	return strings.Join(names, "、")
}

func (f filling) files() string {
	var lines []string
	for _, file := range append([]*disclosure.File{f.v.Draft.Body}, pointers(f.v.Draft.Attachments)...) {
		if file != nil {
			lines = append(lines, fmt.Sprintf("%s　SHA-256 %s", file.Name, file.SHA256))
		}
	}
	return strings.Join(lines, "\n")
}

func pointers[T any](all []T) []*T {
	out := make([]*T, len(all))
	for i := range all {
		out[i] = &all[i]
	}
	return out
}

func (f filling) check() string {
	if f.v.Version == 0 {
		return ""
	}
	return f.Word("rule_set", "set", f.v.RuleSet, "n", strconv.Itoa(len(f.found)), "open", strconv.Itoa(f.v.OpenFindings))
}

// dispositions counts what was found by its reason and what was done about it. It says no
// value.
func (f filling) dispositions() string {
	type what struct{ reason, done string }
	var order []what
	counts := map[what]int{}
	for _, x := range f.found {
		w := what{strings.TrimRight(x.Reason, "。"), f.Word("disposition." + string(x.Disposition))}
		if x.Class == "INFO" {
			continue
		}
		if counts[w] == 0 {
			order = append(order, w)
		}
		counts[w]++
	}
	var lines []string
	for _, w := range order {
		lines = append(lines, f.Word("times", "what", w.reason+f.Word("comma")+w.done, "n", strconv.Itoa(counts[w])))
	}
	return cmp.Or(strings.Join(lines, "\n"), f.Word("clean"))
}

func (f filling) questions() string {
	var lines []string
	for _, q := range f.asked {
		whom := q.Addressee
		if q.Asked != nil {
			whom = q.Asked.Name
		}
		lines = append(lines, q.Zh+"　"+whom+"　"+cmp.Or(q.ReplyZh, f.Word("open")))
	}
	return cmp.Or(strings.Join(lines, "\n"), f.Word("none"))
}

func (f filling) channels() string {
	var names []string
	for _, c := range f.v.Draft.Channels {
		names = append(names, f.Word("channel."+c))
	}
	return strings.Join(names, "、")
}

func (f filling) release() string {
	if f.v.ReleaseAt != nil {
		return f.instant(*f.v.ReleaseAt)
	}
	return f.planned(f.v.Draft.Release)
}

// planned is when a draft says it is to be released.
func (f filling) planned(plan disclosure.Plan) string {
	switch {
	case plan.OnApproval:
		return f.Word("on_approval")
	case plan.NextWindow:
		return f.Word("next_window")
	case plan.At.IsZero():
		return ""
	}
	return f.instant(plan.At)
}

func (f filling) interpretation() string {
	var lines []string
	for _, t := range f.v.Ties {
		if t.Relation == "interpretation" || t.Relation == "policy" {
			lines = append(lines, t.Number)
		}
	}
	if f.v.Draft.NoInterpretation != "" {
		lines = append(lines, f.v.Draft.NoInterpretation)
	}
	return cmp.Or(strings.Join(lines, "\n"), f.Word("none"))
}

// opinions are all decisions in order; those that a later version made void say so.
func (f filling) opinions() [][]string {
	var rows [][]string
	for _, x := range f.v.Decisions {
		who, words := x.Person.Name, x.Opinion
		if x.OnBehalf != nil {
			who = f.Word("for", "who", who, "giver", x.OnBehalf.Name)
		}
		if x.Basis != "" {
			words = strings.TrimPrefix(words+"\n"+f.Word("basis", "basis", x.Basis), "\n")
		}
		outcome := string(x.Outcome)
		if o, ok := disclosure.OutcomeByID(x.Outcome); ok {
			outcome = o.Zh
		}
		if x.Void() {
			outcome += "\n" + f.Word("void", "n", strconv.Itoa(x.Version))
		}
		rows = append(rows, []string{x.StepZh, who, outcome, words, f.instant(x.At)})
	}
	return rows
}

func (f filling) releases() [][]string {
	var rows [][]string
	moment := func(t *time.Time) string {
		if t == nil {
			return "—"
		}
		return f.instant(*t)
	}
	for _, e := range f.v.Effects {
		rows = append(rows, []string{f.Word("channel." + e.Channel), f.Word("effect." + e.State), e.URL, moment(e.SentAt), moment(e.SeenAt)})
	}
	return rows
}
