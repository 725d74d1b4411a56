package console

import (
	"context"
	"net/http"
	"slices"
	"time"

	"shenfa/internal/desk"
	"shenfa/internal/disclosure"
)

// recordsPage asks for which days a record is wanted.
type recordsPage struct {
	Frame
	People []desk.Colleague // whose opinions the viewer may take
	From   string
	Until  string
	Person string
}

// Forms are the forms in which a paper is given.
func (p recordsPage) Forms() []string { return []string{desk.AsPDF, desk.AsDOCX, desk.AsCSV} }

func (c *Console) records(v *visit) error { return c.showRecords(v, http.StatusOK, "", nil) }

func (c *Console) showRecords(v *visit, code int, form string, refusal error) error {
	frame, err := c.frame(v, "records.title", "records")
	if err != nil {
		return err
	}
	frame.Here = base + "/records"
	if refusal != nil && !frame.put(form, refusal) {
		return refusal
	}
	first := frame.local(c.options.Now())
	first = time.Date(first.Year(), first.Month(), 1, 0, 0, 0, 0, first.Location())
	page := recordsPage{Frame: frame, From: v.QueryParam("from"), Until: v.QueryParam("until"), Person: v.QueryParam("person")}
	if page.From == "" && page.Until == "" {
		page.From, page.Until = first.Format(time.DateOnly), first.AddDate(0, 1, -1).Format(time.DateOnly)
	}
	if v.who.May(disclosure.MayRelease) {
		if page.People, err = c.desk.Colleagues(v.ctx(), v.who); err != nil {
			return err
		}
		page.People = slices.DeleteFunc(page.People, func(x desk.Colleague) bool { return x.ID == v.who.ID })
	}
	return c.show(v, code, "records", page)
}

func (c *Console) opinionRecord(v *visit) error { return c.record(v, "opinions", c.desk.OpinionRecord) }

func (c *Console) reviewRecord(v *visit) error { return c.record(v, "reviews", c.desk.ReviewRecord) }

func (c *Console) record(v *visit, form string, of func(context.Context, desk.Actor, desk.RecordQuery) (desk.FileData, error)) error {
	f, err := of(v.ctx(), v.who, desk.RecordQuery{Person: v.QueryParam("person"), From: v.QueryParam("from"), Until: v.QueryParam("until"), As: v.QueryParam("as")})
	if err != nil {
		return c.showRecords(v, status(disclosure.CodeOf(err)), form, err)
	}
	return c.download(v, f)
}

// recordDays are the fields of the days in one of the forms.
type recordDays struct {
	P    recordsPage
	Form string
}

// Days are the fields of a form's days.
func (p recordsPage) Days(form string) recordDays { return recordDays{p, form} }
