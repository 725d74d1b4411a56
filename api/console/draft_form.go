package console

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"

	"shenfa/internal/desk"
	"shenfa/internal/disclosure"
)

// draftForm is what stands in the fields of a draft, as it was typed.
type draftForm struct {
	Title, Kind, DocumentNumber, IndexNumber, FormedOn string
	Topic, Keywords, Summary                           string
	Important                                          bool
	Correction, CorrectionType                         string
	CloseEarlier                                       bool
	Attribute, Basis, Reason                           string
	Channels                                           []string
	OnApproval, NextWindow                             bool
	At, Late                                           string
	PublicDays, Batch                                  string
	Tied                                               tiedForm
	Text                                               string    // of the body, where it was typed
	latest, until                                      time.Time // kept as they were: the form does not ask
}

// wallClock is how a browser writes a date and time, always meant in Beijing time.
const wallClock = "2006-01-02T15:04"

func (c *Console) formOf(d disclosure.Draft) draftForm {
	f := draftForm{
		Title: d.Title, Kind: d.Kind, DocumentNumber: d.DocumentNumber, IndexNumber: d.IndexNumber, FormedOn: d.FormedOn,
		Topic: d.Topic, Keywords: strings.Join(d.Keywords, " "), Summary: d.Summary, Important: d.Important, Correction: d.Correction, CorrectionType: string(cmp.Or(d.CorrectionType, disclosure.SubstantiveCorrection)), CloseEarlier: d.CloseEarlier,
		Attribute: d.Attribute, Basis: d.Basis, Reason: d.Reason, Channels: d.Channels,
		OnApproval: d.Release.OnApproval, NextWindow: d.Release.NextWindow, Late: string(d.Release.Late), Batch: d.Batch, Tied: tiedOf(d), latest: d.Release.Latest, until: d.Release.Until,
	}
	if d.Release.PublicDays > 0 {
		f.PublicDays = strconv.Itoa(d.Release.PublicDays)
	}
	if !d.Release.At.IsZero() {
		f.At = d.Release.At.In(c.zone).Format(wallClock)
	}
	return f
}

func typedDraft(v *visit) draftForm {
	return draftForm{
		Title: v.typed("title"), Kind: v.typed("kind"), DocumentNumber: v.typed("document_number"), IndexNumber: v.typed("index_number"),
		FormedOn: v.typed("formed_on"), Topic: v.typed("topic"), Keywords: v.typed("keywords"), Summary: v.typed("summary"),
		Important: v.typed("important") != "", Correction: v.typed("correction"), CorrectionType: v.typed("correction_type"), CloseEarlier: v.typed("close_earlier") != "", Attribute: v.typed("attribute"), Basis: v.typed("basis"), Reason: v.typed("reason"),
		Channels: slices.Clone(v.Request().PostForm["channels"]), OnApproval: v.typed("on_approval") == "yes", NextWindow: v.typed("on_approval") == "window", At: v.typed("at"), Late: v.typed("late"), PublicDays: v.typed("public_days"), Batch: v.typed("batch"), Tied: typedTies(v), Text: lines(v.Request().PostFormValue("text")),
	}
}

// patch reads the form as a change of all its fields.
func (c *Console) patch(f draftForm) (desk.Patch, error) {
	plan := disclosure.Plan{OnApproval: f.OnApproval, NextWindow: f.NextWindow, Zone: disclosure.DefaultZone, Late: disclosure.LatePolicy(f.Late), Latest: f.latest, Until: f.until}
	if days := strings.TrimSpace(f.PublicDays); days != "" {
		n, err := strconv.Atoi(days)
		if err != nil || n <= 0 {
			return desk.Patch{}, disclosure.Refuse(disclosure.BadValue, "release.public_days", "value", days, "allowed", "1–"+strconv.Itoa(disclosure.MaxPublicDays))
		}
		plan.PublicDays, plan.Until = n, time.Time{}
	}
	if f.At != "" && !plan.Undated() {
		at, err := time.ParseInLocation(wallClock, f.At, c.zone)
		if err != nil {
			return desk.Patch{}, disclosure.Refuse(disclosure.WrongType, "release.at", "why", "YYYY-MM-DD HH:MM")
		}
		plan.At = at.UTC()
	}
	keywords := strings.FieldsFunc(f.Keywords, func(r rune) bool { return strings.ContainsRune(" \t,，、；;　", r) })
	if keywords == nil {
		keywords = []string{}
	}
	channels := f.Channels
	if channels == nil {
		channels = []string{}
	}
	p := desk.Patch{
		Title: &f.Title, Kind: &f.Kind, DocumentNumber: &f.DocumentNumber, IndexNumber: &f.IndexNumber, FormedOn: &f.FormedOn,
		Topic: &f.Topic, Keywords: &keywords, Summary: &f.Summary, Important: &f.Important, Correction: &f.Correction, Attribute: &f.Attribute,
		Basis: &f.Basis, Reason: &f.Reason, Channels: &channels, Release: &plan, Batch: &f.Batch,
	}
	if f.CorrectionType != "" { // only the form of a correction has it
		kind := disclosure.CorrectionType(f.CorrectionType)
		p.CorrectionType, p.CloseEarlier = &kind, &f.CloseEarlier
	}
	f.Tied.patch(&p)
	return p, nil
}

// Has says whether a channel is ticked.
func (f draftForm) Has(channel string) bool { return slices.Contains(f.Channels, channel) }

// difference is a field that somebody else changed meanwhile.
type difference struct {
	Field string
	Now   string
}

// against lists the fields in which f differs from what is stored now.
func (f draftForm) against(now draftForm) []difference {
	var out []difference
	note := func(field, typed, stored string) {
		if typed != stored {
			out = append(out, difference{field, stored})
		}
	}
	note("title", f.Title, now.Title)
	note("kind", f.Kind, now.Kind)
	note("document_number", f.DocumentNumber, now.DocumentNumber)
	note("index_number", f.IndexNumber, now.IndexNumber)
	note("formed_on", f.FormedOn, now.FormedOn)
	note("topic", f.Topic, now.Topic)
	note("keywords", strings.Join(strings.Fields(f.Keywords), " "), now.Keywords)
	note("summary", lines(f.Summary), lines(now.Summary))
	note("correction", lines(f.Correction), lines(now.Correction))
	if f.CorrectionType != "" {
		note("correction_type", f.CorrectionType, now.CorrectionType)
		note("close_earlier", yes(f.CloseEarlier), yes(now.CloseEarlier))
	}
	note("important", yes(f.Important), yes(now.Important))
	note("attribute", f.Attribute, now.Attribute)
	note("basis", f.Basis, now.Basis)
	note("reason", lines(f.Reason), lines(now.Reason))
	note("channels", strings.Join(slices.Sorted(slices.Values(f.Channels)), " "), strings.Join(slices.Sorted(slices.Values(now.Channels)), " "))
	note("release.at", f.planned(), now.planned())
	note("release.late", f.Late, now.Late)
	note("batch", f.Batch, now.Batch)
	note("interprets", f.Tied.Interprets, now.Tied.Interprets)
	note("no_interpretation", lines(f.Tied.NoInterpretation), lines(now.Tied.NoInterpretation))
	note("continues.number", f.Tied.Continues, now.Tied.Continues)
	note("continues.as", f.Tied.As, now.Tied.As)
	note("release.public_days", f.PublicDays, now.PublicDays)
	return out
}

// lines undoes what browsers do to line ends.
func lines(s string) string { return strings.ReplaceAll(s, "\r\n", "\n") }

func yes(b bool) string {
	if b {
		return "✓"
	}
	return ""
}

func (f draftForm) planned() string {
	if f.OnApproval {
		return "✓"
	}
	if f.NextWindow {
		return "→"
	}
	return strings.Replace(f.At, "T", " ", 1)
}

// Attributes are the choices of 公开属性, in the order of the form.
func (p draftPage) Attributes() []string {
	return []string{disclosure.Proactive, disclosure.OnRequest, disclosure.Withheld}
}

// Lates are the choices of what happens if the system was down at the instant.
func (p draftPage) Lates() []string {
	return []string{string(disclosure.LateNow), string(disclosure.LateWindow), string(disclosure.LateHold)}
}

// Place counts attachments as people do.
func (p draftPage) Place(i int) int { return i + 1 }

// CorrectionTypes are the choices of a correction.
func (p draftPage) CorrectionTypes() []string {
	return []string{string(disclosure.SubstantiveCorrection), string(disclosure.MinorCorrection)}
}
