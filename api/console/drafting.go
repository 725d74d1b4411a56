package console

import (
	"net/http"
	"strconv"
	"strings"

	"shenfa/internal/desk"
	"shenfa/internal/disclosure"
)

const (
	// shownVersions is how many versions a draft can go back to from its page.
	shownVersions = 5
	// mostTyped is the longest text, in bytes, that is given back to be typed on.
	mostTyped = 16 << 10
)

// draftPolicy is for the page that saves by itself.
const draftPolicy = scriptPolicy + "; connect-src 'self'"

func (c *Console) showDraft(v *visit, status int, page draftPage) error {
	v.Response().Header().Set("Content-Security-Policy", draftPolicy)
	return c.show(v, status, "draft", page)
}

// scripted says that a form was sent by our script, which takes a short answer.
func scripted(v *visit) bool { return v.typed("script") != "" }

// scriptAnswer is the answer to the script: what to tell, and what the next form carries.
type scriptAnswer struct {
	Said     string `json:"said"`
	Revision int64  `json:"revision,omitempty"`
	Action   string `json:"action,omitempty"` // where the form is sent from now on
	Here     string `json:"here,omitempty"`   // where the page is from now on
	Stale    bool   `json:"stale,omitempty"`
}

// answered tells the script what became of a change of a draft.
func (c *Console) answered(v *visit, id string, err error) error {
	d, gone := c.desk.Get(v.ctx(), v.who, id)
	if gone != nil {
		return gone
	}
	return c.answer(v, d, err)
}

func (c *Console) answer(v *visit, d desk.Disclosure, err error) error {
	if err != nil {
		r, ok := shown(err)
		if !ok {
			return err
		}
		a := scriptAnswer{Said: r.Sentence(v.lang), Stale: r.Code == disclosure.PreconditionFailed}
		if a.Stale {
			a.Said = say(v.lang, "draft.stale")
		}
		return v.JSON(status(r.Code), a)
	}
	return v.JSON(http.StatusOK, scriptAnswer{
		Said: say(v.lang, "draft.saved", "at", c.options.Now().In(c.zone).Format("15:04:05")), Revision: d.DraftRevision,
		Action: itemPath(d.ID) + "/draft", Here: itemPath(d.ID) + "/edit",
	})
}

// present says who else has a draft open.
func (c *Console) present(v *visit) error {
	others, err := c.desk.Present(v.ctx(), v.who, v.Param("id"))
	if err != nil {
		return err
	}
	a := scriptAnswer{}
	if len(others) > 0 {
		a.Said = say(v.lang, "draft.others", "names", names(v.lang, others))
	}
	return v.JSON(http.StatusOK, a)
}

func names(lang string, people []desk.Ref) string {
	var all []string
	for _, p := range people {
		all = append(all, p.Name)
	}
	return strings.Join(all, say(lang, "comma"))
}

// OthersHere says who else has it open.
func (p draftPage) OthersHere() string {
	if len(p.Others) == 0 {
		return ""
	}
	return p.T("draft.others", "names", names(p.Lang, p.Others))
}

// textOf is the body that came with a form: the file that was chosen, or else what was
// typed.
func textOf(v *visit, form draftForm) (desk.Upload, bool, error) {
	file, sent, err := uploaded(v, "body")
	if err != nil || sent || strings.TrimSpace(form.Text) == "" {
		return file, sent, err
	}
	return desk.Upload{Name: say(v.lang, "draft.text.name"), Data: []byte(form.Text)}, true, nil
}

// typedText is the text of a body that was typed, to be typed on.
func (c *Console) typedText(v *visit, d desk.Disclosure) (string, error) {
	source := d.Draft.Source
	if source == nil || source.Length > mostTyped || !strings.HasSuffix(source.Name, ".md") && !strings.HasSuffix(source.Name, ".txt") {
		return "", nil
	}
	f, err := c.desk.File(v.ctx(), v.who, d.ID, 0, "source")
	if err != nil {
		return "", err
	}
	return lines(string(f.Data)), nil
}

// previewText shows what was typed as the portal would.
func (c *Console) previewText(v *visit) error {
	form := typedDraft(v)
	file, sent, err := textOf(v, form)
	if err == nil && !sent {
		err = disclosure.Refuse(disclosure.EmptyBody, "body")
	}
	var page []byte
	if err == nil {
		page, err = c.desk.Preview(v.ctx(), v.who, file)
	}
	if err != nil {
		return c.answer(v, desk.Disclosure{}, err)
	}
	shown, err := body(page)
	if err != nil {
		return err
	}
	return v.JSON(http.StatusOK, scriptAnswer{Said: string(shown)})
}

// rollBack gives a draft the content of an earlier version.
func (c *Console) rollBack(v *visit) error {
	id := v.Param("id")
	n, err := strconv.Atoi(v.typed("version"))
	if err != nil || n < 1 {
		return disclosure.Refuse(disclosure.NotFound, "version")
	}
	if _, err := c.desk.RollBack(v.ctx(), v.who, id, v.revision(), n); err != nil {
		d, gone := c.desk.Get(v.ctx(), v.who, id)
		if gone != nil {
			return gone
		}
		return c.draftRefused(v, d, draftForm{}, "rollback", err)
	}
	return v.Redirect(http.StatusSeeOther, itemPath(id)+"/edit?done=rollback")
}

// Lacking are the points without which the draft cannot be submitted, and Warnings the others.
func (p draftPage) Lacking() []disclosure.Point { return p.points(true) }

// Warnings are points that keep nobody from submitting.
func (p draftPage) Warnings() []disclosure.Point { return p.points(false) }

func (p draftPage) points(wrong bool) []disclosure.Point {
	var out []disclosure.Point
	for _, o := range p.Points {
		if o.Error == wrong {
			out = append(out, o)
		}
	}
	return out
}

// MostFileSize is the size of the largest attachment.
func (p draftPage) MostFileSize() int64 { return int64(p.MostFile) }
