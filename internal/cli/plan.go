package cli

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"shenfa/internal/disclosure"
)

type plan struct {
	disclosure.Outlook
	Refused *struct {
		Zh string `json:"zh"`
		En string `json:"en"`
	} `json:"refused"`
}

func (r *run) planCommand() *cobra.Command {
	c := &cobra.Command{Use: "plan ID", Short: "Explain when an item may be released, and why 发布计划说明", Args: cobra.ExactArgs(1)}
	c.RunE = r.does(func(ctx context.Context, args []string) error {
		answer, err := r.call(ctx, request{method: http.MethodGet, path: "/disclosures/" + url.PathEscape(args[0]) + "/plan"})
		if err != nil {
			return err
		}
		return r.show(answer, func() error {
			var p plan
			if err := answer.into(&p); err != nil {
				return err
			}
			r.explain(p)
			return nil
		})
	})
	return c
}

func (r *run) explain(p plan) {
	kind := map[string]string{
		"exact": r.say("定时发布", "at an instant"), "on_approval": r.say("批准即发布", "on approval"), "next_window": r.say("获批后下一个发布时段", "in the next publishing window"),
	}[p.Plan]
	planned := "–"
	if !p.At.IsZero() {
		planned = r.instant(&p.At)
	}
	r.rows([][]string{
		{r.say("计划", "plan"), kind},
		{r.say("发布时间", "instant"), planned},
		{r.say("最早", "earliest"), r.instant(&p.Earliest)},
		{r.say("最晚", "latest"), r.instant(&p.Latest)},
	})
	for _, x := range append(p.Reasons, p.Late) {
		mark := "  "
		if x.Binds {
			mark = "* "
		}
		r.printf("%s%s\n", mark, r.say(x.Zh, x.En))
	}
	for _, b := range p.Blackouts {
		r.printf("  %s %s – %s\n", r.say("静默期", "blackout"), r.instant(&b.From), r.instant(&b.Until))
	}
	switch {
	case p.Refused != nil:
		r.printf("! %s\n", r.say(p.Refused.Zh, p.Refused.En))
	case !p.Possible:
		r.printf("! %s\n", r.say("已没有可以发布的时间。", "No instant is left at which it could be released."))
	}
}

type blackout struct {
	ID       string    `json:"id"`
	From     time.Time `json:"from"`
	Until    time.Time `json:"until"`
	Kinds    []string  `json:"kinds"`
	Channels []string  `json:"channels"`
	Exempt   []string  `json:"exempt"`
	Reason   string    `json:"reason"`
	By       ref       `json:"by"`
	Covers   []summary `json:"covers"`
	Hidden   int       `json:"hidden"`
}

func (r *run) blackoutCommand() *cobra.Command {
	var from, until, reason string
	var kinds, channels, exempt []string
	var lift bool
	c := &cobra.Command{
		Use:   "blackout [ID]",
		Short: "List blackouts, order one, or lift one 静默期",
		Example: `  shenfa release blackout
  shenfa release blackout --from "2026-03-04 00:00" --until "2026-03-12 00:00" --exempt warning --reason 会议期间
  shenfa release blackout ID --lift`,
		Args: cobra.MaximumNArgs(1),
	}
	c.Flags().StringVar(&from, "from", "", "its first instant")
	c.Flags().StringVar(&until, "until", "", "the first instant after it")
	c.Flags().StringSliceVar(&kinds, "kinds", nil, "only these kinds, separated by commas")
	c.Flags().StringSliceVar(&channels, "channels", nil, "only items for one of these channels")
	c.Flags().StringSliceVar(&exempt, "exempt", nil, "kinds that come out all the same")
	c.Flags().StringVar(&reason, "reason", "", "原因")
	c.Flags().BoolVar(&lift, "lift", false, "lift the blackout ID")
	c.MarkFlagsRequiredTogether("from", "until")
	c.MarkFlagsMutuallyExclusive("from", "lift")
	c.RunE = r.does(func(ctx context.Context, args []string) error {
		if lift != (len(args) == 1) {
			return errors.New("release blackout ID --lift")
		}
		if lift {
			_, err := r.call(ctx, request{method: http.MethodDelete, path: "/blackouts/" + url.PathEscape(args[0])})
			return err
		}
		if from == "" {
			return r.blackouts(ctx)
		}
		body := map[string]any{"reason": reason, "kinds": append([]string{}, kinds...), "channels": append([]string{}, channels...), "exempt": append([]string{}, exempt...)}
		for flag, value := range map[string]string{"from": from, "until": until} {
			t, err := readInstant(flag, value)
			if err != nil {
				return err
			}
			body[flag] = t
		}
		answer, err := r.call(ctx, request{method: http.MethodPost, path: "/blackouts", json: body})
		if err != nil {
			return err
		}
		return r.show(answer, func() error {
			var b blackout
			if err := answer.into(&b); err != nil {
				return err
			}
			r.showBlackouts(b)
			return nil
		})
	})
	return c
}

func (r *run) blackouts(ctx context.Context) error {
	answer, err := r.call(ctx, request{method: http.MethodGet, path: "/blackouts"})
	if err != nil {
		return err
	}
	return r.show(answer, func() error {
		var all list[blackout]
		if err := answer.into(&all); err != nil {
			return err
		}
		r.showBlackouts(all.Items...)
		return nil
	})
}

func (r *run) showBlackouts(all ...blackout) {
	for _, b := range all {
		var scope []string
		for _, part := range []struct {
			name  string
			items []string
		}{{"", b.Kinds}, {"", b.Channels}, {r.say("除外 ", "but "), b.Exempt}} {
			if len(part.items) > 0 {
				scope = append(scope, part.name+strings.Join(part.items, ","))
			}
		}
		r.rows([][]string{{b.ID, r.instant(&b.From) + " – " + r.instant(&b.Until), strings.Join(scope, "; "), b.By.Name, b.Reason}})
		for _, s := range b.Covers {
			r.printf("  %s %s %s\n", r.instant(s.ReleaseAt), s.ID, s.Title)
		}
		if b.Hidden > 0 {
			r.printf("  +%d\n", b.Hidden)
		}
	}
}
