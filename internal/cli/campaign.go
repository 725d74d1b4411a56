package cli

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
)

type (
	campaignItem struct {
		Disclosure summary       `json:"disclosure"`
		Found      []changedSpot `json:"found"`
		Outcome    string        `json:"outcome"`
		By         *ref          `json:"by"`
		Reason     string        `json:"reason"`
		Mine       bool          `json:"mine"`
	}
	campaign struct {
		ID       string     `json:"id"`
		Reason   string     `json:"reason"`
		Due      time.Time  `json:"due"`
		By       ref        `json:"by"`
		Looked   int        `json:"looked"`
		Searched bool       `json:"searched"`
		ClosedAt *time.Time `json:"closed_at"`
		Report   string     `json:"report"`
		Progress struct {
			Items   int `json:"items"`
			Waiting int `json:"waiting"`
		} `json:"progress"`
		Items []campaignItem `json:"items"`
	}
)

// campaignQuery is what a campaign looks for, as flags.
type campaignQuery struct {
	Rule     string `json:"rule,omitempty"`
	Reviewer string `json:"reviewer,omitempty"`
	Phrase   string `json:"phrase,omitempty"`
	From     string `json:"from,omitempty"`
	To       string `json:"to,omitempty"`
	Kind     string `json:"kind,omitempty"`
	Rules    bool   `json:"rules,omitempty"`
}

func campaignCommand(r *run) *cobra.Command {
	c := &cobra.Command{
		Use:   "campaign [ID]",
		Short: "Review what is public once more: list, show, open, look, review, close 专项复核",
		Example: `  shenfa campaign open --phrase 示例装置 --from 2026-01-01 --dry-run
  shenfa campaign open --phrase 示例装置 --reason 上级通报 --due "2026-12-01 18:00"
  shenfa campaign review ID ITEM --outcome keep --reason 核对原件，可以公开
  shenfa campaign close ID --report 复核3件，下线1件，召回1件`,
		Args: cobra.MaximumNArgs(1),
	}
	c.RunE = r.does(func(ctx context.Context, args []string) error {
		if len(args) == 1 {
			return r.campaign(ctx, request{method: http.MethodGet, path: "/campaigns/" + url.PathEscape(args[0])})
		}
		answer, err := r.call(ctx, request{method: http.MethodGet, path: "/campaigns"})
		if err != nil {
			return err
		}
		return r.show(answer, func() error {
			var all list[campaign]
			if err := answer.into(&all); err != nil {
				return err
			}
			var rows [][]string
			for _, x := range all.Items {
				rows = append(rows, r.campaignRow(x))
			}
			r.rows(rows)
			return nil
		})
	})
	c.AddCommand(campaignOpen(r), campaignLook(r), campaignReview(r), campaignClose(r))
	return c
}

// Rerun looks with the rules in force over what is public; it belongs under rules.
func Rerun() *cobra.Command {
	r := &run{world: outside()}
	c := opening(r, &campaignQuery{Rules: true}, &cobra.Command{
		Use:   "rerun",
		Short: "Run the rules in force over what is public, and have what is new reviewed 用现行规则复查已公开事项",
		Long: `Run the rules and the word list in force over what is public. What they find at HOLD or above and nobody has disposed of opens a
campaign: each item waits for a confidentiality reviewer who had no part in it.`,
		Args: cobra.NoArgs,
	})
	r.flags(c)
	return c
}

func campaignOpen(r *run) *cobra.Command {
	q := &campaignQuery{}
	c := &cobra.Command{Use: "open", Short: "Open one, or see what it would be about with --dry-run", Args: cobra.NoArgs}
	f := c.Flags()
	f.StringVar(&q.Rule, "rule", "", "found by this `rule`, whatever was done about that")
	f.StringVar(&q.Reviewer, "reviewer", "", "`login` or id of somebody who let it pass")
	f.StringVar(&q.Phrase, "phrase", "", "`words` somewhere in what is public of it")
	f.StringVar(&q.From, "from", "", "first `day` of release")
	f.StringVar(&q.To, "to", "", "last `day` of release")
	f.StringVar(&q.Kind, "kind", "", "`kind` of disclosure")
	f.BoolVar(&q.Rules, "rules", false, "the rules in force find what nobody has disposed of")
	return opening(r, q, c)
}

// opening gives c the flags and the work of opening a campaign that looks for q.
func opening(r *run, q *campaignQuery, c *cobra.Command) *cobra.Command {
	var reason, due string
	var dry, recall bool
	f := c.Flags()
	f.StringVar(&reason, "reason", "", "原因")
	f.StringVar(&due, "due", "", "when the reviews are to be done")
	f.BoolVar(&dry, "dry-run", false, "open nothing, and show what it would be about")
	f.BoolVar(&recall, "recall", false, "take what is found off at once, and review it then")
	c.MarkFlagsMutuallyExclusive("dry-run", "recall")
	c.RunE = r.does(func(ctx context.Context, _ []string) error {
		if dry {
			return r.tryCampaign(ctx, q)
		}
		if due == "" {
			return errors.New("--due 2025-05-09T18:00:00+08:00")
		}
		at, err := readInstant("due", due)
		if err != nil {
			return err
		}
		return r.campaign(ctx, request{
			method: http.MethodPost, path: "/campaigns", json: map[string]any{"query": q, "reason": reason, "due": at, "recall": recall},
		})
	})
	return c
}

// tryCampaign goes on until all was looked at.
func (r *run) tryCampaign(ctx context.Context, q *campaignQuery) error {
	looked, next := 0, ""
	for {
		answer, err := r.call(ctx, request{method: http.MethodPost, path: "/campaigns/try", json: map[string]any{"query": q, "cursor": next}})
		if err != nil {
			return err
		}
		var found struct {
			Items  []campaignItem `json:"items"`
			Looked int            `json:"looked"`
			Next   string         `json:"next"`
		}
		if err := answer.into(&found); err != nil {
			return err
		}
		if err := r.show(answer, func() error { r.campaignItems(found.Items); return nil }); err != nil {
			return err
		}
		looked += found.Looked
		if next = found.Next; next == "" {
			break
		}
	}
	r.notef(r.say("查看了已公开的 %d 件。\n", "Looked at %d public items.\n"), looked)
	return nil
}

// campaign does what leads to a campaign, and has it look until it has looked at all.
func (r *run) campaign(ctx context.Context, q request) error {
	for {
		answer, err := r.call(ctx, q)
		if err != nil {
			return err
		}
		var c campaign
		if err := answer.into(&c); err != nil {
			return err
		}
		if q.method == http.MethodPost && !c.Searched && c.ClosedAt == nil {
			r.notef(r.say("已查看 %d 件……\n", "%d items looked at so far …\n"), c.Looked)
			q = request{method: http.MethodPost, path: "/campaigns/" + url.PathEscape(c.ID) + "/look"}
			continue
		}
		return r.show(answer, func() error {
			r.rows([][]string{r.campaignRow(c)})
			r.campaignItems(c.Items)
			if c.Report != "" {
				r.printf("%s\n", c.Report)
			}
			return nil
		})
	}
}

func (r *run) campaignRow(c campaign) []string {
	state := r.say("进行中", "open")
	if c.ClosedAt != nil {
		state = r.say("已办结 ", "closed ") + r.instant(c.ClosedAt)
	}
	waiting := fmt.Sprintf(r.say("%d 件，待复核 %d 件", "%d items, %d wait"), c.Progress.Items, c.Progress.Waiting)
	return []string{c.ID, state, waiting, r.say("期限 ", "due ") + r.instant(&c.Due), c.By.Name, c.Reason}
}

func (r *run) campaignItems(all []campaignItem) {
	names := map[string]string{
		"": r.say("待复核", "waits"), "keep": r.say("维持公开", "kept"), "withdraw": r.say("已下线", "withdrawn"), "recall": r.say("已召回", "recalled"),
	}
	for _, i := range all {
		r.printf("  %s  %s  %s  %s\n", i.Disclosure.ID, i.Disclosure.Number, names[i.Outcome], i.Disclosure.Title)
		for _, s := range i.Found {
			r.printf("    %s\n", strings.Join(strings.Fields(strings.Join([]string{s.Class, s.Rule, s.File, s.Part, strconv.Itoa(s.Line), s.Excerpt}, " ")), " "))
		}
	}
}

func campaignLook(r *run) *cobra.Command {
	c := &cobra.Command{Use: "look ID", Short: "Go on looking, and recalling what could not be recalled", Args: cobra.ExactArgs(1)}
	c.RunE = r.does(func(ctx context.Context, args []string) error {
		return r.campaign(ctx, request{method: http.MethodPost, path: "/campaigns/" + url.PathEscape(args[0]) + "/look"})
	})
	return c
}

func campaignReview(r *run) *cobra.Command {
	var outcome, reason, kind, successor, document string
	c := &cobra.Command{Use: "review ID ITEM", Short: "Say what becomes of an item: keep, withdraw or recall", Args: cobra.ExactArgs(2)}
	f := c.Flags()
	f.StringVar(&outcome, "outcome", "", "keep, withdraw or recall")
	f.StringVar(&reason, "reason", "", "原因")
	f.StringVar(&kind, "type", "", "of a withdrawal, as for take-down (default: error)")
	f.StringVar(&successor, "successor", "", "number of the item it became part of")
	f.StringVar(&document, "document", "", "document that approves, where the law asks for one")
	_ = c.MarkFlagRequired("outcome") // the flag is there
	_ = c.MarkFlagRequired("reason")  // the flag is there
	c.RunE = r.does(func(ctx context.Context, args []string) error {
		answer, err := r.call(ctx, request{
			method: http.MethodPost, path: "/campaigns/" + url.PathEscape(args[0]) + "/items/" + url.PathEscape(args[1]) + "/review",
			json: map[string]string{"outcome": outcome, "reason": reason, "type": kind, "successor": successor, "document": document},
		})
		if err != nil {
			return err
		}
		return r.show(answer, func() error {
			var c campaign
			if err := answer.into(&c); err != nil {
				return err
			}
			r.rows([][]string{r.campaignRow(c)})
			r.campaignItems(c.Items)
			return nil
		})
	})
	return c
}

func campaignClose(r *run) *cobra.Command {
	var report string
	c := &cobra.Command{Use: "close ID", Short: "End one whose items are all reviewed 办结", Args: cobra.ExactArgs(1)}
	c.Flags().StringVar(&report, "report", "", "结果报告")
	_ = c.MarkFlagRequired("report") // the flag is there
	c.RunE = r.does(func(ctx context.Context, args []string) error {
		return r.campaign(ctx, request{method: http.MethodPost, path: "/campaigns/" + url.PathEscape(args[0]) + "/close", json: map[string]string{"report": report}})
	})
	return c
}

func evidenceCommand(r *run) *cobra.Command {
	c := &cobra.Command{Use: "evidence ID", Short: "Print what was kept of a recall, as JSON 召回证据", Args: cobra.ExactArgs(1)}
	c.RunE = r.does(func(ctx context.Context, args []string) error {
		answer, err := r.call(ctx, request{method: http.MethodGet, path: "/disclosures/" + url.PathEscape(args[0]) + "/evidence"})
		if err != nil {
			return err
		}
		_, err = r.cmd.OutOrStdout().Write(answer.body)
		return err
	})
	return c
}
