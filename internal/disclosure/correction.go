package disclosure

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// CorrectionType says how far a correction goes (更正类型).
type CorrectionType string

const (
	// MinorCorrection mends the wording (文字更正): a public note, and a short route that
	// never leaves out the confidentiality review.
	MinorCorrection CorrectionType = "minor"
	// SubstantiveCorrection changes what is said (实质更正): a public note and the whole
	// route. What names no type is one.
	SubstantiveCorrection CorrectionType = "substantive"
)

// MinorRule says what a minor correction may touch. It is versioned data.
type MinorRule struct {
	Version       int      `json:"version"`
	EffectiveFrom string   `json:"effective_from"` // YYYY-MM-DD
	Basis         string   `json:"basis"`
	Assumption    bool     `json:"assumption"`
	Changed       int      `json:"changed"` // characters of the text at most
	Meaning       []string `json:"meaning"` // words that change what a sentence allows or asks for
}

var minorRules = mustLoad[[]MinorRule]("data/corrections.json")

// MinorRuleAt is the rule in force on the day of now.
func MinorRuleAt(now time.Time) (MinorRule, error) {
	zone, err := time.LoadLocation(DefaultZone)
	if err != nil {
		return MinorRule{}, err
	}
	today := now.In(zone).Format(time.DateOnly)
	var best MinorRule
	for _, r := range minorRules {
		if r.EffectiveFrom <= today && r.Version > best.Version {
			best = r
		}
	}
	if best.Version == 0 {
		return best, fmt.Errorf("no rule for minor corrections on %s", today)
	}
	return best, nil
}

// Edited is one side of a correction: the form, and the text of the body.
type Edited struct {
	Draft Draft
	Text  string
}

// Check refuses to call a correction minor that changes more than wording. The field
// says where: form, attachments, or body, and "what" of which kind.
func (r MinorRule) Check(before, after Edited) error {
	substantive := func(field, what string) error {
		return Refuse(NotMinor, "correction_type", "where", field, "what", what)
	}
	a, b := before.Draft, after.Draft
	if !sameFacts(a, b) {
		return substantive("form", "facts")
	}
	if !slices.EqualFunc(a.Attachments, b.Attachments, func(x, y File) bool { return x.Named == y.Named }) {
		return substantive("attachments", "files")
	}
	for _, text := range []struct{ field, was, is string }{{"title", a.Title, b.Title}, {"summary", a.Summary, b.Summary}, {"body", before.Text, after.Text}} {
		if figures(text.was) != figures(text.is) {
			return substantive(text.field, "figures")
		}
		for _, word := range r.Meaning {
			if strings.Count(text.was, word) != strings.Count(text.is, word) {
				return substantive(text.field, word)
			}
		}
	}
	if n := changedRunes(a.Title, b.Title) + changedRunes(a.Summary, b.Summary) + changedLines(before.Text, after.Text); n > r.Changed {
		return substantive("body", fmt.Sprintf("%d > %d", n, r.Changed))
	}
	return nil
}

// sameFacts compares what the form states besides wording.
func sameFacts(a, b Draft) bool {
	return a.Kind == b.Kind && a.DocumentNumber == b.DocumentNumber && a.IndexNumber == b.IndexNumber && a.FormedOn == b.FormedOn && a.Topic == b.Topic &&
		a.Attribute == b.Attribute && a.Basis == b.Basis && slices.Equal(slices.Sorted(slices.Values(a.Channels)), slices.Sorted(slices.Values(b.Channels)))
}

// figures are the digits and numerals of a text in their order: amounts, dates, numbers.
func figures(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsNumber(r) || strings.ContainsRune("零〇一二三四五六七八九十百千万亿两壹贰叁肆伍陆柒捌玖拾佰仟%％", r) {
			return r
		}
		return -1
	}, s)
}

// changedLines counts the characters that differ between two texts, line by line: lines
// that both have, in the same order, count for nothing.
func changedLines(was, is string) int {
	a, b := strings.Split(was, "\n"), strings.Split(is, "\n")
	for len(a) > 0 && len(b) > 0 && a[0] == b[0] {
		a, b = a[1:], b[1:]
	}
	for len(a) > 0 && len(b) > 0 && a[len(a)-1] == b[len(b)-1] {
		a, b = a[:len(a)-1], b[:len(b)-1]
	}
	n := 0
	for i := range max(len(a), len(b)) {
		var x, y string
		if i < len(a) {
			x = a[i]
		}
		if i < len(b) {
			y = b[i]
		}
		n += changedRunes(x, y)
	}
	return n
}

// changedRunes counts the characters between the first and the last that differ, on the
// longer side.
func changedRunes(was, is string) int {
	a, b := []rune(was), []rune(is)
	for len(a) > 0 && len(b) > 0 && a[0] == b[0] {
		a, b = a[1:], b[1:]
	}
	for len(a) > 0 && len(b) > 0 && a[len(a)-1] == b[len(b)-1] {
		a, b = a[:len(a)-1], b[:len(b)-1]
	}
	return max(len(a), len(b))
}

// CheckCorrection refuses what only a correction can say, and what a correction must say.
func (d Draft) CheckCorrection(edition int) error {
	switch {
	case d.CorrectionType != "" && d.CorrectionType != MinorCorrection && d.CorrectionType != SubstantiveCorrection:
		return badValue("correction_type", string(d.CorrectionType), string(MinorCorrection), string(SubstantiveCorrection))
	case edition < 2 && (d.CorrectionType != "" || d.CloseEarlier):
		return Refuse(NoCorrection, "correction_type")
	case edition > 1 && strings.TrimSpace(d.Correction) == "":
		return Refuse(Required, "correction")
	case d.CloseEarlier && d.CorrectionType == MinorCorrection:
		return Refuse(NotMinor, "correction_type", "where", "close_earlier", "what", "close_earlier")
	case utf8.RuneCountInString(d.Correction) > MaxReason:
		return Refuse(TooLong, "correction", "max", fmt.Sprint(MaxReason))
	}
	return nil
}
