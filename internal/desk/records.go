package desk

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"shenfa/internal/disclosure"
	"shenfa/internal/paper"
	"shenfa/internal/store"
)

// maxRecords bounds one paper: a bureau has some hundred decisions a month.
const maxRecords = 2000

// RecordQuery asks for a record of an office: the opinions of one person, or the summary of
// all confidentiality reviews (汇总表), of the days From to Until, both counted.
type RecordQuery struct {
	Person string // id; "" is the one who asks
	From   string // YYYY-MM-DD
	Until  string
	As     string
}

// OpinionRecord is the ledger of what a leader or reviewer said (意见台账). One's own is for
// everybody who decides, another's for whoever answers for releases.
func (d *Desk) OpinionRecord(ctx context.Context, who Actor, q RecordQuery) (FileData, error) {
	person := who.Person.ID
	if q.Person != "" {
		person = q.Person
	}
	perm := disclosure.MayDecide
	if person != who.ID {
		perm = disclosure.MayRelease
	}
	if err := d.needs(ctx, who, perm, "record_opinions", object(person)); err != nil {
		return FileData{}, err
	}
	if uuid.Validate(person) != nil {
		return FileData{}, disclosure.Refuse(disclosure.NotFound, "person")
	}
	account, err := d.store.AccountByID(ctx, person)
	if err != nil {
		return FileData{}, err
	}
	if account.Unit != who.Unit {
		return FileData{}, disclosure.Refuse(disclosure.NotFound, "person")
	}
	return d.recordOf(ctx, who, "opinions", account.Name, q, store.OpinionQuery{Person: person})
}

// ReviewRecord is the summary of the confidentiality reviews that the disclosure office
// files by the end of a month.
func (d *Desk) ReviewRecord(ctx context.Context, who Actor, q RecordQuery) (FileData, error) {
	if err := d.administers(ctx, who, "record_reviews", "", disclosure.MayRelease, disclosure.MayClear); err != nil {
		return FileData{}, err
	}
	return d.recordOf(ctx, who, "reviews", "", q, store.OpinionQuery{Role: disclosure.Confidentiality})
}

func (d *Desk) recordOf(ctx context.Context, who Actor, id, of string, q RecordQuery, ask store.OpinionQuery) (FileData, error) {
	period, err := d.days(q.From, q.Until)
	if err != nil {
		return FileData{}, err
	}
	ask.Unit, ask.Period, ask.Limit = who.Unit, period, maxRecords+1
	rows, err := d.store.Opinions(ctx, ask)
	if err != nil {
		return FileData{}, err
	}
	if len(rows) > maxRecords {
		return FileData{}, disclosure.Refuse(disclosure.TooLong, "until", "max", strconv.Itoa(maxRecords))
	}
	now, err := d.store.Now(ctx)
	if err != nil {
		return FileData{}, err
	}
	form, ok := disclosure.FormOn(id, d.calendar.Get().DateOf(now).String())
	if !ok {
		return FileData{}, errors.New("no form is in force for " + id)
	}
	account, err := d.store.AccountByID(ctx, who.ID)
	if err != nil {
		return FileData{}, err
	}
	f := filling{Form: form, now: now}
	under := []string{account.UnitName}
	if of != "" {
		under[0] += "　" + of
	}
	table := form.Tables[0]
	sheet := paper.Sheet{
		Title: form.Title, Wide: true, Under: append(under, form.Word("period", "from", q.From, "until", q.Until, "n", strconv.Itoa(len(rows)))),
		Tables: []paper.Table{{Head: table.Head, Shares: table.Shares, Rows: f.records(id, rows)}},
		Foot:   form.Footing("printed", f.instant(now), "by", who.Name),
	}
	d.note(ctx, who, "record_"+id, who.Unit, "ok", map[string]string{"from": q.From, "until": q.Until, "rows": strconv.Itoa(len(rows))})
	return d.onPaper(sheet, strings.TrimSpace(form.Title+" "+of)+" "+q.From+" "+q.Until, q.As)
}

// days reads a period of whole days in Beijing.
func (d *Desk) days(from, until string) (store.Period, error) {
	var p store.Period
	for _, f := range []struct {
		field, typed string
		to           *time.Time
	}{{"from", from, &p.From}, {"until", until, &p.Until}} {
		if f.typed == "" {
			return p, disclosure.Refuse(disclosure.Required, f.field)
		}
		zone, err := time.LoadLocation(disclosure.DefaultZone)
		if err != nil {
			return p, err
		}
		if *f.to, err = time.ParseInLocation(time.DateOnly, f.typed, zone); err != nil {
			return p, disclosure.Refuse(disclosure.WrongType, f.field, "why", "YYYY-MM-DD")
		}
	}
	p.Until = p.Until.AddDate(0, 0, 1)
	if !p.From.Before(p.Until) {
		return p, disclosure.Refuse(disclosure.BadValue, "until", "value", until, "allowed", "≥ "+from)
	}
	return p, nil
}

// records are the lines of a record, each with its number.
func (f filling) records(id string, rows []store.Opinion) [][]string {
	out := make([][]string, len(rows))
	for i, r := range rows {
		step := r.Step
		if k := slices.IndexFunc(r.Steps, func(s disclosure.Step) bool { return s.ID == r.Step }); k >= 0 {
			step = r.Steps[k].Zh
		} else if r.Step == disclosure.BypassStep {
			step = disclosure.Bypass.Name("zh")
		}
		outcome := r.Outcome
		if o, ok := disclosure.OutcomeByID(disclosure.Outcome(r.Outcome)); ok {
			outcome = o.Zh
		} else if r.Outcome == disclosure.BypassStep {
			outcome = disclosure.Bypass.Name("zh")
		}
		if disclosure.Void(disclosure.Outcome(r.Outcome), r.Counts) {
			outcome += "\n" + f.Word("void")
		}
		words := r.Words
		if r.Basis != "" {
			words = strings.TrimPrefix(words+"\n"+f.Word("basis", "basis", r.Basis), "\n")
		}
		who := r.PersonName
		if r.OnBehalf != "" {
			who = f.Word("for", "who", who, "giver", r.OnBehalf)
		}
		title := r.Draft.Title
		if title == "" {
			title = f.Word("erased")
		}
		n := strconv.Itoa(i + 1)
		if id == "opinions" {
			out[i] = []string{n, r.Number + "\n" + f.Word("version", "n", strconv.Itoa(r.Version)), title, step, who, outcome, words, f.instant(r.At)}
			continue
		}
		var channels []string
		for _, c := range r.Draft.Channels {
			channels = append(channels, f.Word("channel."+c))
		}
		state := string(r.State)
		if s, ok := disclosure.StateByID(r.State); ok {
			state = s.Zh
		}
		carrier := f.Word("carrier.other")
		if r.Draft.DocumentNumber != "" {
			carrier = f.Word("carrier.document")
		}
		out[i] = []string{n, r.Number, title, carrier, r.Section + "\n" + r.Drafter, strings.Join(channels, "、"), f.planned(r.Draft.Release), who, outcome, words, f.instant(r.At), state}
	}
	return out
}
