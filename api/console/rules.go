package console

import (
	"net/http"
	"strconv"

	"shenfa/internal/desk"
	"shenfa/internal/disclosure"
)

// rulesPage shows what the check looks for: the rules, and to whoever curates it the
// unit's own list of words.
type rulesPage struct {
	Frame
	Sets     []desk.RuleSet
	Lists    []desk.LexiconVersion
	Imported *desk.LexiconImport // of a trial
	Most     int64
}

// Style is the style of a rule's class.
func (p rulesPage) Style(r desk.Rule) string { return class(r.Class) }

func (c *Console) rules(v *visit) error { return c.showRules(v, http.StatusOK, nil, nil) }

func (c *Console) showRules(v *visit, code int, done *desk.LexiconImport, refusal error) error {
	frame, err := c.frame(v, "rules.title", "rules")
	if err != nil {
		return err
	}
	frame.Here = base + "/rules"
	if refusal != nil && !frame.put("lexicon", refusal) {
		return refusal
	}
	page := rulesPage{Frame: frame, Imported: done, Most: desk.MaxLexicon}
	if page.Sets, err = c.desk.RuleSets(v.ctx(), v.who); err != nil {
		return err
	}
	if v.who.May(disclosure.MayCurate) {
		if page.Lists, err = c.desk.Lexicons(v.ctx(), v.who); err != nil {
			return err
		}
	}
	return c.show(v, code, "rules", page)
}

// importLexicon makes a file the unit's list, or with try tells what it would change.
func (c *Console) importLexicon(v *visit) error {
	file, sent, err := uploaded(v, "file")
	if err == nil && !sent {
		err = disclosure.Refuse(disclosure.Required, "file")
	}
	if err != nil {
		return c.showRules(v, status(disclosure.CodeOf(err)), nil, err)
	}
	try := v.typed("do") == "try"
	done, err := c.desk.ImportLexicon(v.ctx(), v.who, file, try)
	switch {
	case err != nil:
		return c.showRules(v, status(disclosure.CodeOf(err)), nil, err)
	case try:
		return c.showRules(v, http.StatusOK, &done, nil)
	}
	return v.Redirect(http.StatusSeeOther, base+"/rules?done=lexicon")
}

func (c *Console) lexicon(v *visit) error {
	n, err := strconv.Atoi(v.Param("version"))
	if err != nil || n < 1 {
		return disclosure.Refuse(disclosure.NotFound, "version")
	}
	f, err := c.desk.Lexicon(v.ctx(), v.who, n)
	if err != nil {
		return err
	}
	return c.download(v, f)
}

// channelsPage shows how the channels stand, and what is out and not as it was approved.
type channelsPage struct {
	Frame
	Channels []desk.ChannelHealth
	Drifted  []desk.Sighting
}

func (c *Console) channels(v *visit) error {
	frame, err := c.frame(v, "channels.title", "channels")
	if err != nil {
		return err
	}
	page := channelsPage{Frame: frame}
	if page.Channels, err = c.desk.ChannelHealth(v.ctx(), v.who); err != nil {
		return err
	}
	if v.who.May(disclosure.MayRelease) {
		if page.Drifted, err = c.desk.Drift(v.ctx(), v.who); err != nil {
			return err
		}
	}
	return c.show(v, http.StatusOK, "channels", page)
}
