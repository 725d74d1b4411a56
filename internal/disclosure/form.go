package disclosure

import (
	"slices"
	"strings"
)

// Form is one version of a form that offices file: its fields in order, its tables, and the
// words that stand in it. Forms are in Chinese only, as offices keep them.
type Form struct {
	ID            string            `json:"id"`
	Version       int               `json:"version"`
	EffectiveFrom string            `json:"effective_from"` // YYYY-MM-DD
	Source        string            `json:"source"`
	Title         string            `json:"title"`
	Unfinished    string            `json:"unfinished"` // beside the title while it is not done
	Fields        []FormField       `json:"fields"`
	Tables        []FormTable       `json:"tables"`
	Foot          []string          `json:"foot"`
	Names         map[string]string `json:"words"`
}

// FormField is a label with a place beside it. Two stand in a row unless one is Wide.
type FormField struct {
	ID   string `json:"id"`
	Zh   string `json:"zh"`
	Wide bool   `json:"wide"`
}

// FormTable is a table of a form. Shares are of its width.
type FormTable struct {
	ID     string   `json:"id"`
	Zh     string   `json:"zh"`
	Shares []int    `json:"shares"`
	Head   []string `json:"head"`
}

var forms = mustLoad[[]Form]("data/forms.json")

// FormOn finds the version of a form in force on a day, YYYY-MM-DD.
func FormOn(id, day string) (Form, bool) {
	var found Form
	for _, f := range forms {
		if f.ID == id && f.EffectiveFrom <= day && f.Version > found.Version {
			found = f
		}
	}
	return found, found.ID != ""
}

// Word is how the form says a thing, with the values of its braces; the thing itself if the
// form has no word for it.
func (f Form) Word(name string, pairs ...string) string {
	words, ok := f.Names[name]
	if !ok {
		_, words, _ = strings.Cut(name, ".")
	}
	return fill(words, pairs...)
}

// Footing is the foot with its values.
func (f Form) Footing(pairs ...string) []string {
	out := slices.Clone(f.Foot)
	for i, line := range out {
		out[i] = fill(line, pairs...)
	}
	return out
}

func fill(text string, pairs ...string) string {
	braced := slices.Clone(pairs)
	for i := 0; i < len(braced); i += 2 {
		braced[i] = "{" + braced[i] + "}"
	}
	return strings.NewReplacer(braced...).Replace(text)
}
