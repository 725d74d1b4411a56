package notice

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

// Fact is one notice as a letter tells it.
type Fact struct {
	Kind   Kind
	Number string // of the item; empty if it is about none
	Due    time.Time
	Was    time.Time // what Due was before it moved
	Link   string    // path in the console
}

type phrases struct {
	Subject string `json:"subject"`
	Due     string `json:"due"`
	Moved   string `json:"moved"`
	Closing string `json:"closing"`
	Layout  string `json:"layout"`
}

// Write puts facts into a letter. Site is where the console is, "" if that is not known.
func (r *Rules) Write(language, site string, facts []Fact, zone *time.Location) (subject string, lines []string, err error) {
	raw, err := files.ReadFile("data/letter.json")
	if err != nil {
		return "", nil, fmt.Errorf("letter: %w", err)
	}
	var all map[string]phrases
	if err := json.Unmarshal(raw, &all); err != nil {
		return "", nil, fmt.Errorf("letter: %w", err)
	}
	p, ok := all[language]
	if !ok {
		return "", nil, fmt.Errorf("letter: no language %q", language)
	}
	for _, f := range facts {
		info, _ := r.Info(f.Kind)
		line := info.Zh
		if language == "en" {
			line = info.En
		}
		if f.Number != "" {
			line += "  " + f.Number
		}
		if !f.Due.IsZero() {
			words := p.Due
			if !f.Was.IsZero() {
				words = strings.ReplaceAll(p.Moved, "{was}", f.Was.In(zone).Format(p.Layout))
			}
			line += "  " + strings.ReplaceAll(words, "{due}", f.Due.In(zone).Format(p.Layout))
		}
		lines = append(lines, line)
		if site != "" && f.Link != "" {
			lines = append(lines, "  "+strings.TrimSuffix(site, "/")+f.Link)
		}
	}
	return strings.ReplaceAll(p.Subject, "{n}", fmt.Sprint(len(facts))), append(lines, "", p.Closing), nil
}

// wrapped is base64 in lines of 76 characters.
func wrapped(text string) string {
	const width = 76
	enc := base64.StdEncoding.EncodeToString([]byte(text))
	var b strings.Builder
	for len(enc) > 0 {
		n := min(width, len(enc))
		b.WriteString(enc[:n] + "\r\n")
		enc = enc[n:]
	}
	return b.String()
}
