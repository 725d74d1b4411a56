package cli

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/spf13/cobra"
)

func releasesCommand(r *run) *cobra.Command {
	var from, to string
	c := &cobra.Command{Use: "releases", Short: "Show planned and past releases 发布日程", Args: cobra.NoArgs}
	c.Flags().StringVar(&from, "from", "", "first instant (default: a day ago)")
	c.Flags().StringVar(&to, "to", "", "instant before which it ends (default: 31 days later)")
	c.RunE = r.does(func(ctx context.Context, _ []string) error {
		q := url.Values{}
		for flag, value := range map[string]string{"from": from, "to": to} {
			if value == "" {
				continue
			}
			t, err := readInstant(flag, value)
			if err != nil {
				return err
			}
			q.Set(flag, t.Format(time.RFC3339))
		}
		answer, err := r.call(ctx, request{method: http.MethodGet, path: "/releases", query: q})
		if err != nil {
			return err
		}
		return r.show(answer, func() error {
			var all list[release]
			if err := answer.into(&all); err != nil {
				return err
			}
			var rows [][]string
			for _, x := range all.Items {
				state := r.state(x.Disclosure.State)
				if x.Frozen {
					state += r.say("（冻结）", " (frozen)")
				}
				rows = append(rows, []string{r.instant(&x.At), x.Disclosure.ID, state, strings.Join(x.Channels, ","), x.Disclosure.Title})
			}
			r.rows(rows)
			return nil
		})
	})
	return c
}

func freezeCommand(r *run) *cobra.Command {
	var scope, value, reason, until string
	var lift bool
	c := &cobra.Command{
		Use:   "freeze [ID]",
		Short: "List freezes, order one, or lift one 冻结发布",
		Example: `  shenfa freeze
  shenfa freeze --scope channel --value portal --reason 门户维护
  shenfa freeze --lift`,
		Args: cobra.MaximumNArgs(1),
	}
	c.Flags().StringVar(&scope, "scope", "", "all (every unit), unit, channel or kind")
	c.Flags().StringVar(&value, "value", "", "which channel or kind")
	c.Flags().StringVar(&until, "until", "", "instant at which it ends by itself")
	c.Flags().StringVar(&reason, "reason", "", "原因")
	c.Flags().BoolVar(&lift, "lift", false, "lift the freeze ID, or the only one that stands")
	c.MarkFlagsMutuallyExclusive("scope", "lift")
	c.RunE = r.does(func(ctx context.Context, args []string) error {
		switch {
		case lift:
			path := "/freeze"
			if len(args) == 1 {
				path += "/" + url.PathEscape(args[0])
			}
			_, err := r.call(ctx, request{method: http.MethodDelete, path: path})
			return err
		case len(args) > 0:
			return errors.New("freeze ID --lift")
		case scope == "":
			return r.freezes(ctx)
		}
		order := map[string]string{"scope": scope, "value": value, "reason": reason}
		if until != "" {
			end, err := readInstant("until", until)
			if err != nil {
				return err
			}
			order["until"] = end.Format(time.RFC3339)
		}
		answer, err := r.call(ctx, request{method: http.MethodPost, path: "/freeze", json: order})
		if err != nil {
			return err
		}
		return r.show(answer, func() error {
			var f freeze
			if err := answer.into(&f); err != nil {
				return err
			}
			r.rows([][]string{r.freezeRow(f)})
			return nil
		})
	})
	return c
}

func (r *run) freezes(ctx context.Context) error {
	answer, err := r.call(ctx, request{method: http.MethodGet, path: "/freeze"})
	if err != nil {
		return err
	}
	return r.show(answer, func() error {
		var all list[freeze]
		if err := answer.into(&all); err != nil {
			return err
		}
		var rows [][]string
		for _, f := range all.Items {
			rows = append(rows, r.freezeRow(f))
		}
		r.rows(rows)
		return nil
	})
}

func (r *run) freezeRow(f freeze) []string {
	standing := r.say("生效中", "standing")
	if f.Until != nil {
		standing = r.say("至 ", "until ") + r.instant(f.Until)
	}
	if f.LiftedAt != nil {
		standing = r.say("已解除 ", "lifted ") + r.instant(f.LiftedAt)
	}
	return []string{f.ID, standing, strings.TrimSpace(f.Scope + " " + f.Value), f.By.Name, f.Reason}
}
