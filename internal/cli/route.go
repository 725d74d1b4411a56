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

type (
	routeStep struct {
		ID        string `json:"id"`
		Zh        string `json:"zh"`
		En        string `json:"en"`
		Rule      string `json:"rule"`
		Need      int    `json:"need"`
		Essential bool   `json:"essential"`
		Seats     []struct {
			Role string `json:"role"`
		} `json:"seats"`
		Limit struct {
			N    int    `json:"n"`
			Unit string `json:"unit"`
		} `json:"limit"`
		When json.RawMessage `json:"when"`
	}
	routeVersion struct {
		Route struct {
			ID      string      `json:"id"`
			Version int         `json:"version"`
			Zh      string      `json:"zh"`
			En      string      `json:"en"`
			From    string      `json:"effective_from"`
			Steps   []routeStep `json:"steps"`
		} `json:"route"`
		Status     string `json:"status"`
		ProposedBy ref    `json:"proposed_by"`
		SettledBy  ref    `json:"settled_by"`
		InFlight   int    `json:"in_flight"`
		Changes    []struct {
			Field  string `json:"field"`
			Before string `json:"before"`
			After  string `json:"after"`
		} `json:"changes"`
	}
	simulation struct {
		Route struct {
			ID      string `json:"id"`
			Version int    `json:"version"`
		} `json:"route"`
		Zh    string          `json:"zh"`
		En    string          `json:"en"`
		Rule  json.RawMessage `json:"rule"`
		Steps []struct {
			Step   routeStep  `json:"step"`
			Asked  bool       `json:"asked"`
			Done   bool       `json:"done"`
			Due    *time.Time `json:"due"`
			People [][]ref    `json:"people"`
			Short  int        `json:"short"`
		} `json:"steps"`
	}
)

func routeCommand(r *run) *cobra.Command {
	c := &cobra.Command{
		Use:   "route",
		Short: "Show and keep the routes of sign-off, and ask who would have to decide 审签路线",
		Example: `  shenfa route list
  shenfa route show ordinary/1 --json > route.json
  shenfa route add route.json --reason 机构调整
  shenfa route diff ordinary/2
  shenfa route confirm ordinary/2
  shenfa route simulate --kind notice --flags important`,
	}
	list := &cobra.Command{Use: "list", Short: "Every version of every route 列表", Args: cobra.NoArgs}
	list.RunE = r.does(func(ctx context.Context, _ []string) error { return r.routes(ctx) })
	c.AddCommand(list, r.routeAdd(), r.routeSimulate())
	for _, verb := range []struct {
		name, short string
		show        func(routeVersion)
		body        map[string]bool
	}{
		{"show", "One version 查看", r.showRoute, nil},
		{"diff", "What a version changes 比较", r.showChanges, nil},
		{"confirm", "Confirm what another proposed 确认", r.showChanges, map[string]bool{"confirm": true}},
		{"refuse", "Refuse or take back what was proposed 驳回", r.showChanges, map[string]bool{"confirm": false}},
	} {
		cmd := &cobra.Command{Use: verb.name + " ROUTE/VERSION", Short: verb.short, Args: cobra.ExactArgs(1)}
		cmd.RunE = r.does(func(ctx context.Context, args []string) error {
			path, err := routePath(args[0])
			if err != nil {
				return err
			}
			q := request{method: http.MethodGet, path: path}
			if verb.body != nil {
				q = request{method: http.MethodPost, path: path + "/settle", json: verb.body}
			}
			return r.oneRoute(ctx, q, verb.show)
		})
		c.AddCommand(cmd)
	}
	return c
}

func routePath(name string) (string, error) {
	id, version, _ := strings.Cut(name, "/")
	if n, err := strconv.Atoi(version); err != nil || n < 1 || id == "" || strings.ContainsAny(id, "?#%/") {
		return "", fmt.Errorf("%s: ROUTE/VERSION", name)
	}
	return "/routes/" + id + "/" + version, nil
}

func (r *run) routeAdd() *cobra.Command {
	var reason string
	c := &cobra.Command{Use: "add FILE", Short: "Propose the next version of a route from its JSON 提出新版本", Args: cobra.ExactArgs(1)}
	c.Flags().StringVar(&reason, "reason", "", "原因")
	c.RunE = r.does(func(ctx context.Context, args []string) error {
		raw, err := os.ReadFile(args[0])
		if err != nil {
			return err
		}
		// What show --json prints can be edited and given back.
		var shown struct {
			Route json.RawMessage `json:"route"`
		}
		if err := json.Unmarshal(raw, &shown); err != nil {
			return fmt.Errorf("%s: %w", args[0], err)
		}
		if shown.Route == nil {
			shown.Route = raw
		}
		return r.oneRoute(ctx, request{method: http.MethodPost, path: "/routes", json: map[string]any{"route": shown.Route, "reason": reason}}, r.showChanges)
	})
	return c
}

func (r *run) routeSimulate() *cobra.Command {
	var kind, section, from string
	var channels, flags []string
	c := &cobra.Command{Use: "simulate [ID]", Short: "Who would have to decide, and by when 推演", Args: cobra.MaximumNArgs(1)}
	c.Flags().StringVar(&kind, "kind", "", "事项类别")
	c.Flags().StringVar(&section, "section", "", "`id` of the drafter's section 科室")
	c.Flags().StringSliceVar(&channels, "channels", nil, "separated by commas 渠道")
	c.Flags().StringSliceVar(&flags, "flags", nil, "separated by commas, such as important 标记")
	c.Flags().StringVar(&from, "from", "", "when it is submitted")
	c.RunE = r.does(func(ctx context.Context, args []string) error {
		body := map[string]any{}
		if len(args) == 1 {
			body["disclosure"] = args[0]
		}
		for name, value := range map[string]string{"kind": kind, "section": section} {
			if value != "" {
				body[name] = value
			}
		}
		for name, value := range map[string][]string{"channels": channels, "flags": flags} {
			if len(value) > 0 {
				body[name] = value
			}
		}
		if from != "" {
			t, err := readInstant("from", from)
			if err != nil {
				return err
			}
			body["from"] = t
		}
		answer, err := r.call(ctx, request{method: http.MethodPost, path: "/routes/simulate", json: body})
		if err != nil {
			return err
		}
		return r.show(answer, func() error {
			var s simulation
			if err := answer.into(&s); err != nil {
				return err
			}
			r.showSimulation(s)
			return nil
		})
	})
	return c
}

func (r *run) routes(ctx context.Context) error {
	answer, err := r.call(ctx, request{method: http.MethodGet, path: "/routes"})
	if err != nil {
		return err
	}
	return r.show(answer, func() error {
		var all list[routeVersion]
		if err := answer.into(&all); err != nil {
			return err
		}
		var rows [][]string
		for _, v := range all.Items {
			rows = append(rows, []string{
				fmt.Sprintf("%s/%d", v.Route.ID, v.Route.Version), v.Route.From, v.Status, r.say(v.Route.Zh, v.Route.En),
				fmt.Sprintf(r.say("在办 %d 件", "%d in flight"), v.InFlight), v.ProposedBy.Name, v.SettledBy.Name,
			})
		}
		r.rows(rows)
		return nil
	})
}

func (r *run) oneRoute(ctx context.Context, q request, show func(routeVersion)) error {
	answer, err := r.call(ctx, q)
	if err != nil {
		return err
	}
	return r.show(answer, func() error {
		var v routeVersion
		if err := answer.into(&v); err != nil {
			return err
		}
		show(v)
		return nil
	})
}

func (r *run) showRoute(v routeVersion) {
	r.printf("%s/%d %s %s %s\n", v.Route.ID, v.Route.Version, v.Status, v.Route.From, r.say(v.Route.Zh, v.Route.En))
	for _, s := range v.Route.Steps {
		r.printf("  %s\n", r.step(s))
	}
}

func (r *run) step(s routeStep) string {
	var roles []string
	for _, seat := range s.Seats {
		roles = append(roles, seat.Role)
	}
	rule := s.Rule
	if s.Need > 0 {
		rule += " " + strconv.Itoa(s.Need)
	}
	text := fmt.Sprintf("%s %s (%s: %s) %d %s", s.ID, r.say(s.Zh, s.En), rule, strings.Join(roles, ", "), s.Limit.N, s.Limit.Unit)
	if len(s.When) > 0 {
		text += " " + string(s.When)
	}
	return text
}

func (r *run) showChanges(v routeVersion) {
	r.printf("%s/%d %s %s\n", v.Route.ID, v.Route.Version, v.Status, v.Route.From)
	for _, c := range v.Changes {
		r.printf("  %s\n    - %s\n    + %s\n", c.Field, c.Before, c.After)
	}
}

func (r *run) showSimulation(s simulation) {
	r.printf("%s/%d %s %s\n", s.Route.ID, s.Route.Version, r.say(s.Zh, s.En), s.Rule)
	for _, step := range s.Steps {
		if step.Done || !step.Asked {
			continue
		}
		r.printf("  %s %s\n", r.instant(step.Due), r.step(step.Step))
		for _, seat := range step.People {
			var names []string
			for _, p := range seat {
				names = append(names, p.Name)
			}
			r.printf("    %s\n", strings.Join(names, "、"))
		}
		if step.Short > 0 {
			r.printf("    "+r.say("缺 %d 人，无人可签", "%d deciders are lacking")+"\n", step.Short)
		}
	}
}
