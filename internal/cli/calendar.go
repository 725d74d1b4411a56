package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
)

type calendarYear struct {
	Year struct {
		Year    int    `json:"year"`
		Version int    `json:"version"`
		Source  string `json:"source"`
		Off     []struct {
			From string `json:"from"`
			To   string `json:"to"`
			Zh   string `json:"zh"`
			En   string `json:"en"`
		} `json:"off"`
		Working []string `json:"working"`
	} `json:"year"`
	Status     string `json:"status"`
	ProposedBy ref    `json:"proposed_by"`
	SettledBy  ref    `json:"settled_by"`
	Free       int    `json:"free"`
	Law        int    `json:"law"`
	Changes    []struct {
		Date   string `json:"date"`
		Before string `json:"before"`
		After  string `json:"after"`
	} `json:"changes"`
	Moves []struct {
		Kind   string    `json:"kind"`
		Number string    `json:"number"`
		Step   string    `json:"step"`
		From   time.Time `json:"from"`
		To     time.Time `json:"to"`
		Stands bool      `json:"stands"`
	} `json:"moves"`
}

func calendarCommand(r *run) *cobra.Command {
	c := &cobra.Command{
		Use:   "calendar",
		Short: "Show and keep the years of the working-day calendar 工作日历",
		Example: `  shenfa calendar show
  shenfa calendar show 2026/1 --json > 2027.json
  shenfa calendar propose 2027.json --reason 国务院办公厅通知
  shenfa calendar confirm 2027/1`,
	}
	var reason string
	propose := &cobra.Command{Use: "propose FILE", Short: "Propose a year, or another version of one, from its JSON 提出", Args: cobra.ExactArgs(1)}
	propose.Flags().StringVar(&reason, "reason", "", "原因")
	propose.RunE = r.does(func(ctx context.Context, args []string) error {
		raw, err := os.ReadFile(args[0])
		if err != nil {
			return err
		}
		// What show --json prints can be edited and given back.
		var shown struct {
			Year json.RawMessage `json:"year"`
		}
		if err := json.Unmarshal(raw, &shown); err != nil {
			return fmt.Errorf("%s: %w", args[0], err)
		}
		if !strings.HasPrefix(strings.TrimSpace(string(shown.Year)), "{") {
			shown.Year = raw
		}
		return r.oneYear(ctx, request{method: http.MethodPost, path: "/calendar-years", json: map[string]any{"year": shown.Year, "reason": reason}})
	})
	show := &cobra.Command{Use: "show [YEAR/VERSION]", Short: "Every version, or one with what it would change 查看", Args: cobra.MaximumNArgs(1)}
	show.RunE = r.does(func(ctx context.Context, args []string) error {
		if len(args) == 0 {
			return r.years(ctx)
		}
		path, err := yearPath(args[0])
		if err != nil {
			return err
		}
		return r.oneYear(ctx, request{method: http.MethodGet, path: path})
	})
	c.AddCommand(show, propose)
	for _, verb := range []struct {
		name, short string
		confirm     bool
	}{{"confirm", "Confirm what another proposed 确认", true}, {"refuse", "Refuse or take back what was proposed 驳回", false}} {
		cmd := &cobra.Command{Use: verb.name + " YEAR/VERSION", Short: verb.short, Args: cobra.ExactArgs(1)}
		cmd.RunE = r.does(func(ctx context.Context, args []string) error {
			path, err := yearPath(args[0])
			if err != nil {
				return err
			}
			return r.oneYear(ctx, request{method: http.MethodPost, path: path + "/settle", json: map[string]bool{"confirm": verb.confirm}})
		})
		c.AddCommand(cmd)
	}
	return c
}

func yearPath(name string) (string, error) {
	year, version, _ := strings.Cut(name, "/")
	for _, part := range []string{year, version} {
		if n, err := strconv.Atoi(part); err != nil || n < 1 {
			return "", fmt.Errorf("%s: YEAR/VERSION", name)
		}
	}
	return "/calendar-years/" + year + "/" + version, nil
}

func (r *run) years(ctx context.Context) error {
	answer, err := r.call(ctx, request{method: http.MethodGet, path: "/calendar-years"})
	if err != nil {
		return err
	}
	return r.show(answer, func() error {
		var all list[calendarYear]
		if err := answer.into(&all); err != nil {
			return err
		}
		var rows [][]string
		for _, v := range all.Items {
			rows = append(rows, []string{fmt.Sprintf("%d/%d", v.Year.Year, v.Year.Version), v.Status, v.Year.Source, v.ProposedBy.Name, v.SettledBy.Name})
		}
		r.rows(rows)
		return nil
	})
}

func (r *run) oneYear(ctx context.Context, q request) error {
	answer, err := r.call(ctx, q)
	if err != nil {
		return err
	}
	return r.show(answer, func() error {
		var v calendarYear
		if err := answer.into(&v); err != nil {
			return err
		}
		r.showYear(v)
		return nil
	})
}

func (r *run) showYear(v calendarYear) {
	r.printf("%d/%d %s %s\n", v.Year.Year, v.Year.Version, v.Status, v.Year.Source)
	for _, h := range v.Year.Off {
		r.printf("  %s … %s %s\n", h.From, h.To, r.say(h.Zh, h.En))
	}
	r.printf("  "+r.say("调休上班 %s", "worked in exchange %s")+"\n", strings.Join(v.Year.Working, " "))
	if v.Free != v.Law {
		r.printf("  "+r.say("存疑：净放假 %d 天，法定 %d 天", "doubtful: %d days off on balance, by law %d")+"\n", v.Free, v.Law)
	}
	for _, d := range v.Changes {
		r.printf("  %s %s → %s\n", d.Date, d.Before, d.After)
	}
	for _, m := range v.Moves {
		stands := ""
		if m.Stands {
			stands = r.say("（不自动改动，由人决定）", " (stands until a person decides)")
		}
		r.printf("  %s %s %s %s → %s%s\n", m.Kind, m.Number, m.Step, r.instant(&m.From), r.instant(&m.To), stands)
	}
}
