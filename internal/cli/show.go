package cli

import (
	"fmt"
	"strings"
	"time"

	"shenfa/internal/disclosure"
)

// What the commands read of the API's answers.
type (
	ref struct {
		ID   string `json:"id"`
		Name string `json:"name"`
	}
	me struct {
		Login   string                `json:"login"`
		Name    string                `json:"name"`
		Unit    ref                   `json:"unit"`
		Section ref                   `json:"section"`
		Roles   []disclosure.RoleInfo `json:"roles"`
	}
	summary struct {
		ID           string           `json:"id"`
		Number       string           `json:"number"`
		Title        string           `json:"title"`
		State        disclosure.State `json:"state"`
		Step         string           `json:"step"`
		Version      int              `json:"version"`
		Drafter      ref              `json:"drafter"`
		ReleaseAt    *time.Time       `json:"release_at"`
		OpenFindings int              `json:"open_findings"`
	}
	item struct {
		summary
		ManifestHash string   `json:"manifest_hash"`
		ShortCode    string   `json:"short_code"`
		PublicURL    string   `json:"public_url"`
		Cause        string   `json:"cause"`
		Can          []string `json:"can"`
		Draft        struct {
			Channels []string `json:"channels"`
		} `json:"draft"`
		Tasks []task `json:"tasks"`
	}
	task struct {
		Disclosure summary   `json:"disclosure"`
		StepZh     string    `json:"step_zh"`
		StepEn     string    `json:"step_en"`
		DueAt      time.Time `json:"due_at"`
		Overdue    bool      `json:"overdue"`
	}
	finding struct {
		ID          string `json:"id"`
		File        string `json:"file"`
		Line        int    `json:"line"`
		Hidden      bool   `json:"hidden"`
		Class       string `json:"class"`
		Excerpt     string `json:"excerpt"`
		Reason      string `json:"reason"`
		ReasonEn    string `json:"reason_en"`
		Disposition string `json:"disposition"`
	}
	release struct {
		Disclosure summary   `json:"disclosure"`
		At         time.Time `json:"at"`
		Channels   []string  `json:"channels"`
		Frozen     bool      `json:"frozen"`
	}
	freeze struct {
		ID       string     `json:"id"`
		Scope    string     `json:"scope"`
		Value    string     `json:"value"`
		Reason   string     `json:"reason"`
		By       ref        `json:"by"`
		Until    *time.Time `json:"until"`
		LiftedAt *time.Time `json:"lifted_at"`
	}
	list[T any] struct {
		Items []T    `json:"items"`
		Next  string `json:"next"`
	}
)

// show prints the answer as it came, or for people.
func (r *run) show(answer reply, forPeople func() error) error {
	if !r.asJSON {
		return forPeople()
	}
	_, err := r.cmd.OutOrStdout().Write(answer.body)
	return err
}

// showItem prints one disclosure.
func (r *run) showItem(answer reply) error {
	return r.show(answer, func() error {
		var d item
		if err := answer.into(&d); err != nil {
			return err
		}
		r.printf("%s  %s\n", d.ID, d.Title)
		r.fact("编号", "Number", d.Number)
		r.fact("状态", "State", r.state(d.State))
		for _, t := range d.Tasks {
			r.fact("环节", "Step", fmt.Sprintf("%s  %s %s%s", r.say(t.StepZh, t.StepEn), r.say("截止", "due"), r.instant(&t.DueAt), r.late(t.Overdue)))
		}
		if d.OpenFindings > 0 {
			r.fact("未处置疑点", "Open findings", fmt.Sprint(d.OpenFindings))
		}
		if d.Version > 0 {
			r.fact("版本", "Version", fmt.Sprintf("%d  %s", d.Version, d.ShortCode))
		}
		r.fact("发布", "Release", r.instant(d.ReleaseAt))
		r.fact("渠道", "Channels", strings.Join(d.Draft.Channels, ", "))
		r.fact("原因", "Cause", d.Cause)
		r.fact("公开地址", "Public address", d.PublicURL)
		return nil
	})
}

func (r *run) fact(zh, en, value string) {
	if value != "" {
		r.printf("  %s%s%s\n", r.say(zh, en), r.say("：", ": "), value)
	}
}

func (r *run) state(s disclosure.State) string {
	info, ok := disclosure.StateByID(s)
	if !ok {
		return string(s)
	}
	return r.say(info.Zh, info.En)
}

// instant writes t for people, in the time of the place where bureaus keep their
// clocks.
func (r *run) instant(t *time.Time) string {
	if t == nil || t.IsZero() {
		return ""
	}
	return disclosure.ShowInstant(*t, disclosure.DefaultZone)
}

func (r *run) late(overdue bool) string {
	if overdue {
		return r.say("（已超时）", " (overdue)")
	}
	return ""
}

// rows prints a table; a Chinese character takes two places.
func (r *run) rows(rows [][]string) {
	var wide []int
	for _, row := range rows {
		for i, cell := range row {
			if i == len(wide) {
				wide = append(wide, 0)
			}
			wide[i] = max(wide[i], places(cell))
		}
	}
	for _, row := range rows {
		var line strings.Builder
		for i, cell := range row {
			line.WriteString(cell + strings.Repeat(" ", wide[i]-places(cell)+2))
		}
		r.printf("%s\n", strings.TrimRight(line.String(), " "))
	}
}

func places(s string) int {
	n := 0
	for _, c := range s {
		if n++; c >= 0x1100 {
			n++
		}
	}
	return n
}

// more says that there is another page.
func (r *run) more(next string) {
	if next != "" {
		r.notef("%s --cursor %s\n", r.say("后面还有：", "There is more:"), next)
	}
}

// instantUsage says what readInstant takes.
const instantUsage = "RFC 3339 or \"YYYY-MM-DD HH:MM\" in " + disclosure.DefaultZone

// readInstant takes RFC 3339, or a clock on the wall where bureaus keep theirs.
func readInstant(flag, s string) (time.Time, error) {
	if t, err := time.Parse(time.RFC3339, s); err == nil {
		return t, nil
	}
	zone, err := time.LoadLocation(disclosure.DefaultZone)
	if err != nil {
		return time.Time{}, err
	}
	t, err := time.ParseInLocation("2006-01-02 15:04", s, zone)
	if err != nil {
		return time.Time{}, fmt.Errorf("--%s %q: 2025-05-09T09:00:00+08:00, 2025-05-09 09:00", flag, s)
	}
	return t, nil
}
