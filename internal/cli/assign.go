package cli

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/spf13/cobra"
)

// onTask does one kind of act on the task of an item.
type onTask struct {
	use, path, short string
	person, where    bool
	must             bool // a reason
	step             bool // of the item that waits, unless one is named
}

func taskCommand(r *run) *cobra.Command {
	c := &cobra.Command{Use: "task", Short: "Claim, transfer, urge, add a signer 认领、转办、催办、加签"}
	for _, t := range []onTask{
		{use: "claim", path: "claim", short: "Claim it, or take it over with a reason 认领", step: true},
		{use: "unclaim", path: "unclaim", short: "Give it back 放回", step: true},
		{use: "transfer", path: "transfer", short: "Give it to a named person 转办", step: true, person: true, must: true},
		{use: "urge", path: "urge", short: "Urge whoever it waits for 催办", step: true},
		{use: "retract", path: "retract", short: "Take back one's own decision 撤回签批", must: true},
		{use: "sign-too", path: "signers", short: "Ask a named person to sign as well 加签", step: true, person: true, where: true, must: true},
		{use: "drop-signer", path: "signers/drop", short: "Take back an added signer 撤销加签", must: true},
	} {
		c.AddCommand(t.command(r))
	}
	return c
}

func (t onTask) command(r *run) *cobra.Command {
	var step, person, where, reason string
	c := &cobra.Command{Use: t.use + " ID", Short: t.short, Args: cobra.ExactArgs(1)}
	f := c.Flags()
	f.StringVar(&step, "step", "", "环节 (default: the current one)")
	f.StringVar(&reason, "reason", "", "原因")
	if t.person {
		f.StringVar(&person, "to", "", "`id` of a person: see shenfa colleagues")
		_ = c.MarkFlagRequired("to") // the flag is there
	}
	if t.where {
		f.StringVar(&where, "where", "after", "before, beside or after the step")
	}
	if t.must {
		_ = c.MarkFlagRequired("reason") // the flag is there
	}
	c.RunE = r.does(func(ctx context.Context, args []string) error {
		in := map[string]any{"step": step, "reason": reason}
		if t.person {
			in["person"] = person
		}
		if t.where {
			in["where"] = where
		}
		if step == "" && t.step {
			answer, err := r.call(ctx, request{method: http.MethodGet, path: "/disclosures/" + url.PathEscape(args[0])})
			if err != nil {
				return err
			}
			var d item
			if err := answer.into(&d); err != nil {
				return err
			}
			in["step"] = d.Step
		}
		return r.act(ctx, args[0], t.path, in)
	})
	return c
}

func followCommand(r *run) *cobra.Command {
	var stop bool
	c := &cobra.Command{Use: "follow ID", Short: "Follow an item 关注", Args: cobra.ExactArgs(1)}
	c.Flags().BoolVar(&stop, "stop", false, "follow it no longer")
	c.RunE = r.does(func(ctx context.Context, args []string) error {
		method := http.MethodPut
		if stop {
			method = http.MethodDelete
		}
		answer, err := r.call(ctx, request{method: method, path: "/disclosures/" + url.PathEscape(args[0]) + "/follow"})
		if err != nil {
			return err
		}
		return r.showItem(answer)
	})
	return c
}

type colleague struct {
	ID      string   `json:"id"`
	Name    string   `json:"name"`
	Section string   `json:"section"`
	Roles   []string `json:"roles"`
}

func colleaguesCommand(r *run) *cobra.Command {
	c := &cobra.Command{Use: "colleagues", Short: "List who may decide 可审签人员", Args: cobra.NoArgs}
	c.RunE = r.does(func(ctx context.Context, _ []string) error {
		answer, err := r.call(ctx, request{method: http.MethodGet, path: "/colleagues"})
		if err != nil {
			return err
		}
		return r.show(answer, func() error {
			var page list[colleague]
			if err := answer.into(&page); err != nil {
				return err
			}
			var rows [][]string
			for _, p := range page.Items {
				rows = append(rows, []string{p.ID, p.Name, p.Section, strings.Join(p.Roles, ", ")})
			}
			r.rows(rows)
			return nil
		})
	})
	return c
}

type delegation struct {
	ID       string    `json:"id"`
	Giver    colleague `json:"giver"`
	Delegate colleague `json:"delegate"`
	From     time.Time `json:"from"`
	Until    time.Time `json:"until"`
	Reason   string    `json:"reason"`
}

func delegationsCommand(r *run) *cobra.Command {
	c := &cobra.Command{Use: "delegation", Short: "Have somebody decide in one's place 代理、委派"}
	c.AddCommand(listDelegations(r), addDelegation(r), revokeDelegation(r))
	return c
}

func listDelegations(r *run) *cobra.Command {
	c := &cobra.Command{Use: "list", Short: "Who decides for whom", Args: cobra.NoArgs}
	c.RunE = r.does(func(ctx context.Context, _ []string) error {
		answer, err := r.call(ctx, request{method: http.MethodGet, path: "/delegations"})
		if err != nil {
			return err
		}
		return r.show(answer, func() error {
			var page list[delegation]
			if err := answer.into(&page); err != nil {
				return err
			}
			var rows [][]string
			for _, d := range page.Items {
				rows = append(rows, []string{d.ID, d.Delegate.Name + r.say(" 代 ", " for ") + d.Giver.Name, r.instant(&d.From) + " – " + r.instant(&d.Until), d.Reason})
			}
			r.rows(rows)
			return nil
		})
	})
	return c
}

func addDelegation(r *run) *cobra.Command {
	var to, giver, item, from, until, reason string
	var kinds, steps []string
	c := &cobra.Command{
		Use:   "add",
		Short: "Have somebody decide in one's place for a time",
		Long: `Have somebody decide in one's place for a time. What keeps the giver from deciding keeps the delegate from it too. A delegate does not
delegate. With --item it is for that item only.`,
		Example: "  shenfa delegation add --to ID --until 2026-12-12T00:00:00+08:00 --step leader --reason 出差",
		Args:    cobra.NoArgs,
	}
	f := c.Flags()
	f.StringVar(&to, "to", "", "`id` of the delegate")
	f.StringVar(&giver, "giver", "", "whose seats (default: one's own; the security administrator names another)")
	f.StringVar(&item, "item", "", "only this item")
	f.StringSliceVar(&kinds, "kind", nil, "only these kinds")
	f.StringSliceVar(&steps, "step", nil, "only these steps")
	f.StringVar(&from, "from", "", instantUsage+" (default: now)")
	f.StringVar(&until, "until", "", instantUsage)
	f.StringVar(&reason, "reason", "", "原因")
	for _, name := range []string{"to", "until", "reason"} {
		_ = c.MarkFlagRequired(name) // the flag is there
	}
	c.RunE = r.does(func(ctx context.Context, _ []string) error {
		in := map[string]any{"delegate": to, "reason": reason}
		for name, text := range map[string]string{"from": from, "until": until} {
			if text == "" {
				continue
			}
			at, err := readInstant(name, text)
			if err != nil {
				return err
			}
			in[name] = at
		}
		for name, text := range map[string]string{"giver": giver, "disclosure": item} {
			if text != "" {
				in[name] = text
			}
		}
		if len(kinds) > 0 {
			in["kinds"] = kinds
		}
		if len(steps) > 0 {
			in["steps"] = steps
		}
		answer, err := r.call(ctx, request{method: http.MethodPost, path: "/delegations", json: in})
		if err != nil {
			return err
		}
		return r.show(answer, func() error {
			var d delegation
			if err := answer.into(&d); err != nil {
				return err
			}
			r.printf("%s  %s%s%s  %s – %s\n", d.ID, d.Delegate.Name, r.say(" 代 ", " for "), d.Giver.Name, r.instant(&d.From), r.instant(&d.Until))
			return nil
		})
	})
	return c
}

func revokeDelegation(r *run) *cobra.Command {
	c := &cobra.Command{Use: "revoke ID", Short: "End it at once", Args: cobra.ExactArgs(1)}
	c.RunE = r.does(func(ctx context.Context, args []string) error {
		_, err := r.call(ctx, request{method: http.MethodDelete, path: "/delegations/" + url.PathEscape(args[0])})
		return err
	})
	return c
}
