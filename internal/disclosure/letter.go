package disclosure

import (
	"fmt"
	"strings"
)

// LetterTemplate is one version of a letter of the office: paragraphs with names in braces.
type LetterTemplate struct {
	Option
	Version       int      `json:"version"`
	EffectiveFrom string   `json:"effective_from"` // YYYY-MM-DD
	Mark          string   `json:"mark"`           // in its number
	Paragraphs    []string `json:"paragraphs"`
}

// letterTemplates are in Chinese only: offices write to each other in it.
var letterTemplates = mustLoad[[]LetterTemplate]("data/letters.json")

// LetterOn finds the version of a letter in force on a day, YYYY-MM-DD.
func LetterOn(id, day string) (LetterTemplate, bool) {
	var found LetterTemplate
	for _, t := range letterTemplates {
		if t.ID == id && t.EffectiveFrom <= day && t.Version > found.Version {
			found = t
		}
	}
	return found, found.ID != ""
}

// Number is the n-th number of a unit in a year: TB公开征询〔2026〕3号.
func (t LetterTemplate) Number(code string, year, n int) string {
	return fmt.Sprintf("%s%s〔%d〕%d号", code, t.Mark, year, n)
}

// Write fills the paragraphs. A name that values does not have stays as it is.
func (t LetterTemplate) Write(values map[string]string) []string {
	pairs := make([]string, 0, 2*len(values))
	for name, value := range values {
		pairs = append(pairs, "{"+name+"}", value)
	}
	fill := strings.NewReplacer(pairs...) // one pass: what is filled in is not filled again
	out := make([]string, len(t.Paragraphs))
	for i, p := range t.Paragraphs {
		out[i] = fill.Replace(p)
	}
	return out
}

// Words says a limit as letters write it: 十五个工作日.
func (l Limit) Words() string {
	unit := map[string]string{"working_day": "个工作日", "hour": "小时", "minute": "分钟"}[l.Unit]
	return chineseNumber(l.N) + unit
}

// chineseNumber writes 1 to 99 in characters, anything else in digits.
func chineseNumber(n int) string {
	digits := []rune("零一二三四五六七八九")
	tens, ones := n/10, n%10
	if n < 1 || n > 99 {
		return fmt.Sprint(n)
	}
	var b strings.Builder
	if tens > 1 {
		b.WriteRune(digits[tens])
	}
	if tens > 0 {
		b.WriteRune('十')
	}
	if ones > 0 {
		b.WriteRune(digits[ones])
	}
	return b.String()
}
