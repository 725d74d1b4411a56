package cli

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"shenfa/internal/disclosure"
)

func inboxCommand(r *run) *cobra.Command {
	var cursor string
	c := &cobra.Command{Use: "inbox", Short: "Show what waits for me 待办", Args: cobra.NoArgs}
	c.Flags().StringVar(&cursor, "cursor", "", "where the page before ended")
	c.RunE = r.does(func(ctx context.Context, _ []string) error {
		q := url.Values{}
		if cursor != "" {
			q.Set("cursor", cursor)
		}
		answer, err := r.call(ctx, request{method: http.MethodGet, path: "/inbox", query: q})
		if err != nil {
			return err
		}
		return r.show(answer, func() error {
			var page list[task]
			if err := answer.into(&page); err != nil {
				return err
			}
			if len(page.Items) == 0 {
				r.printf("%s\n", r.say("没有待办。", "Nothing waits for you."))
			}
			var rows [][]string
			for _, t := range page.Items {
				due := r.say("截止 ", "due ") + r.instant(&t.DueAt) + r.late(t.Overdue)
				rows = append(rows, []string{t.Disclosure.ID, r.say(t.StepZh, t.StepEn), due, t.Disclosure.Title})
			}
			r.rows(rows)
			r.more(page.Next)
			return nil
		})
	})
	return c
}

// decision is what goes to the server.
type decision struct {
	Step         string `json:"step"`
	Outcome      string `json:"outcome"`
	ManifestHash string `json:"manifest_hash"`
	Opinion      string `json:"opinion,omitempty"`
	Basis        string `json:"basis,omitempty"`
	ReturnTo     string `json:"return_to,omitempty"`
	OnBehalf     string `json:"on_behalf,omitempty"`
}

func decideCommand(r *run) *cobra.Command {
	var in decision
	var yes bool
	c := &cobra.Command{
		Use:   "decide ID",
		Short: "Decide on what is shown 审查、审签",
		Long: `Decide on one manifest. Without --hash the current one is shown and has to be confirmed; a script says --yes, or better
the hash it has seen, in full or as the short code.`,
		Args: cobra.ExactArgs(1),
	}
	f := c.Flags()
	f.StringVar(&in.Step, "step", "", "环节 (default: the current one)")
	f.StringVar(&in.Outcome, "outcome", "", "disclose, partial, on_request, withhold, return or report_up")
	f.StringVar(&in.ManifestHash, "hash", "", "`hash` or short code of the manifest you have seen")
	f.StringVar(&in.Opinion, "opinion", "", "意见")
	f.StringVar(&in.Basis, "basis", "", "依据的条款")
	f.StringVar(&in.ReturnTo, "return-to", "", "退回到哪一环节")
	f.StringVar(&in.OnBehalf, "on-behalf", "", "`id` of whom to decide for 代理 (default: as one's own, or for whom one stands in)")
	f.BoolVar(&yes, "yes", false, "decide on the current manifest without asking")
	_ = c.MarkFlagRequired("outcome") // the flag is there

	c.RunE = r.does(func(ctx context.Context, args []string) error {
		path := "/disclosures/" + url.PathEscape(args[0])
		answer, err := r.call(ctx, request{method: http.MethodGet, path: path})
		if err != nil {
			return err
		}
		var d item
		if err := answer.into(&d); err != nil {
			return err
		}
		if in.Step == "" {
			in.Step = d.Step
		}
		outcome, _ := disclosure.OutcomeByID(disclosure.Outcome(in.Outcome))
		what := r.say("决定：", "Decide: ") + first(r.say(outcome.Zh, outcome.En), in.Outcome)
		if err := r.seen(d, &in.ManifestHash, what, yes); err != nil {
			return err
		}
		if answer, err = r.call(ctx, request{method: http.MethodPost, path: path + "/decisions", json: in}); err != nil {
			return err
		}
		return r.showItem(answer)
	})
	return c
}

// seen settles which manifest is decided on: the one named, or the one shown and
// confirmed. The server refuses any other than the current one.
func (r *run) seen(d item, hash *string, what string, yes bool) error {
	switch {
	case len(*hash) == 64:
		return nil
	case *hash != "" && strings.EqualFold(*hash, d.ShortCode):
		*hash = d.ManifestHash
		return nil
	case *hash != "":
		no := disclosure.Refuse(disclosure.ManifestChanged, "manifest_hash", "seen", *hash, "current", d.ShortCode)
		return &Refused{Status: http.StatusConflict, Code: string(no.Code), Message: no.Sentence(r.say("zh", "en")), Field: no.Field, Details: no.Params}
	}
	r.notef("%s\n%s %d  %s  %s\n%s %s  %s\n", d.Title,
		r.say("版本", "Version"), d.Version, d.ShortCode, r.state(d.State),
		r.say("发布", "Release"), r.instant(d.ReleaseAt), strings.Join(d.Draft.Channels, ", "))
	if !yes && !r.interactive() {
		return errors.New(r.say("没有人可以确认：请带上 --hash 或 --yes", "nobody to confirm: give --hash or --yes"))
	}
	if !yes {
		ok, err := r.confirm(fmt.Sprintf("%s %s?", what, d.ShortCode))
		if err != nil {
			return err
		}
		if !ok {
			return errors.New(r.say("没有作决定", "nothing was decided"))
		}
	}
	*hash = d.ManifestHash
	return nil
}

func bypassCommand(r *run) *cobra.Command {
	var hash, reason string
	var yes bool
	c := &cobra.Command{
		Use:   "bypass ID",
		Short: "Shorten the sign-off in an emergency 应急放行",
		Long: `Shorten the sign-off of one manifest in an emergency. Only the steps that are never skipped are left, the confidentiality review among
them. It is flagged from then on. --hash and --yes are as with decide.`,
		Args: cobra.ExactArgs(1),
	}
	f := c.Flags()
	f.StringVar(&hash, "hash", "", "`hash` or short code of the manifest you have seen")
	f.StringVar(&reason, "reason", "", "原因")
	f.BoolVar(&yes, "yes", false, "act on the current manifest without asking")
	_ = c.MarkFlagRequired("reason") // the flag is there
	c.RunE = r.does(func(ctx context.Context, args []string) error {
		answer, err := r.call(ctx, request{method: http.MethodGet, path: "/disclosures/" + url.PathEscape(args[0])})
		if err != nil {
			return err
		}
		var d item
		if err := answer.into(&d); err != nil {
			return err
		}
		if err := r.seen(d, &hash, r.say("应急放行", "Bypass the rest of the sign-off"), yes); err != nil {
			return err
		}
		return r.act(ctx, args[0], "bypass", map[string]any{"manifest_hash": hash, "reason": reason})
	})
	return c
}

func ratifyCommand(r *run) *cobra.Command {
	var reason string
	var object bool
	c := &cobra.Command{
		Use:   "ratify ID",
		Short: "Judge a bypass afterwards 追认应急放行",
		Long: `Say of the bypass that an item was approved after that it was right, or with --object that it was not. Nobody does so who contributed,
decided, bypassed or moved the release. An objection opens an incident; "shenfa recall" takes the item back.`,
		Args: cobra.ExactArgs(1),
	}
	f := c.Flags()
	f.StringVar(&reason, "reason", "", "原因")
	f.BoolVar(&object, "object", false, "object instead 提出异议")
	_ = c.MarkFlagRequired("reason") // the flag is there
	c.RunE = r.does(func(ctx context.Context, args []string) error {
		answer, err := r.call(ctx, request{method: http.MethodGet, path: "/disclosures/" + url.PathEscape(args[0])})
		if err != nil {
			return err
		}
		var d struct {
			Ratification struct {
				Bypass string `json:"bypass"`
			} `json:"ratification"`
		}
		if err := answer.into(&d); err != nil {
			return err
		}
		if d.Ratification.Bypass == "" {
			return errors.New(r.say("没有等待追认的应急放行", "no bypass waits to be ratified"))
		}
		outcome := "ratified"
		if object {
			outcome = "objected"
		}
		return r.act(ctx, args[0], "ratify", map[string]any{"bypass": d.Ratification.Bypass, "outcome": outcome, "reason": reason})
	})
	return c
}

func reevaluateCommand(r *run) *cobra.Command {
	var reason string
	var disclose bool
	c := &cobra.Command{
		Use:   "reevaluate ID",
		Short: "Judge again what was not made public 评估不予公开事项",
		Long: `Say that an item that was not made public stays so, or with --disclose that it may be public: then a new draft with its content waits for who
wrote it, and takes the road from the beginning. The disclosure office does so when it is asked, once a year, or at any time.`,
		Args: cobra.ExactArgs(1),
	}
	f := c.Flags()
	f.StringVar(&reason, "reason", "", "评估意见")
	f.BoolVar(&disclose, "disclose", false, "it may be public 可以公开")
	_ = c.MarkFlagRequired("reason") // the flag is there
	c.RunE = r.does(func(ctx context.Context, args []string) error {
		outcome := "stays"
		if disclose {
			outcome = "disclose"
		}
		return r.act(ctx, args[0], "reevaluate", map[string]any{"outcome": outcome, "reason": reason})
	})
	return c
}

func correctCommand(r *run) *cobra.Command {
	c := &cobra.Command{
		Use:   "correct ID",
		Short: "Begin the correction of what is public 更正",
		Long: `Begin the correction of what is public: a draft of the next edition under the same number, with the released content. What is public
stays until the correction has been reviewed, signed and released itself.`,
		Args: cobra.ExactArgs(1),
	}
	var note, how string
	var closeEarlier bool
	c.Flags().StringVar(&note, "note", "", "更正说明, public")
	c.Flags().StringVar(&how, "type", "", "`minor` (wording only, a short route) or substantive")
	c.Flags().BoolVar(&closeEarlier, "close-earlier", false, "the texts before it are readable no more, for what stands in them does harm")
	c.RunE = r.does(func(ctx context.Context, args []string) error {
		answer, err := r.call(ctx, request{method: http.MethodPost, path: "/disclosures/" + url.PathEscape(args[0]) + "/corrections"})
		if err != nil {
			return err
		}
		if note != "" || how != "" || closeEarlier {
			patch := map[string]any{"close_earlier": closeEarlier}
			for field, value := range map[string]string{"correction": note, "correction_type": how} {
				if value != "" {
					patch[field] = value
				}
			}
			var d item
			if err := answer.into(&d); err != nil {
				return err
			}
			if answer, err = r.call(ctx, request{
				method: http.MethodPatch, path: "/disclosures/" + url.PathEscape(d.ID), json: patch, match: answer.etag,
			}); err != nil {
				return err
			}
		}
		return r.showItem(answer)
	})
	return c
}

func withdrawCommand(r *run) *cobra.Command {
	return r.reasoned("withdraw", "Withdraw before release 撤回")
}

func takeDownCommand(r *run) *cobra.Command {
	var in struct{ kind, reason, successor, document string }
	c := &cobra.Command{
		Use:     "take-down ID",
		Short:   "End its public life for a typed reason 下线",
		Long:    "End its public life: error, legal_change, period_ended, consolidated; or leave it to be read: out_of_force. For a leak use recall.",
		Example: "  shenfa take-down ID --type legal_change --reason 处罚决定已被撤销",
		Args:    cobra.ExactArgs(1),
	}
	f := c.Flags()
	f.StringVar(&in.kind, "type", "", "类型")
	f.StringVar(&in.reason, "reason", "", "原因: public where the type leaves a notice")
	f.StringVar(&in.successor, "successor", "", "number of the item it became part of")
	f.StringVar(&in.document, "document", "", "document that approves, where the law asks for one")
	_ = c.MarkFlagRequired("type")   // the flag is there
	_ = c.MarkFlagRequired("reason") // the flag is there
	c.RunE = r.does(func(ctx context.Context, args []string) error {
		return r.act(ctx, args[0], "take-down", map[string]any{"type": in.kind, "reason": in.reason, "successor": in.successor, "document": in.document})
	})
	return c
}

func restoreCommand(r *run) *cobra.Command {
	return r.reasoned("restore", "Take back that it is out of force 恢复")
}

func recallCommand(r *run) *cobra.Command {
	return r.reasoned("recall", "Take it off every channel at once 召回")
}

func (r *run) reasoned(act, short string) *cobra.Command {
	var reason string
	c := &cobra.Command{Use: act + " ID", Short: short, Args: cobra.ExactArgs(1)}
	c.Flags().StringVar(&reason, "reason", "", "原因")
	_ = c.MarkFlagRequired("reason") // the flag is there
	c.RunE = r.does(func(ctx context.Context, args []string) error {
		return r.act(ctx, args[0], act, map[string]any{"reason": reason})
	})
	return c
}

func rescheduleCommand(r *run) *cobra.Command {
	var at, reason string
	c := &cobra.Command{Use: "reschedule ID", Short: "Move the release within the approved window 改期", Args: cobra.ExactArgs(1)}
	c.Flags().StringVar(&at, "at", "", instantUsage)
	c.Flags().StringVar(&reason, "reason", "", "原因")
	_ = c.MarkFlagRequired("at") // the flag is there
	c.RunE = r.does(func(ctx context.Context, args []string) error {
		t, err := readInstant("at", at)
		if err != nil {
			return err
		}
		return r.act(ctx, args[0], "reschedule", map[string]any{"at": t, "reason": reason})
	})
	return c
}

func (r *run) act(ctx context.Context, id, act string, in map[string]any) error {
	answer, err := r.call(ctx, request{method: http.MethodPost, path: "/disclosures/" + url.PathEscape(id) + "/" + act, json: in})
	if err != nil {
		return err
	}
	return r.showItem(answer)
}

func rerouteCommand(r *run) *cobra.Command {
	var to, reason string
	c := &cobra.Command{
		Use:   "reroute ID",
		Short: "Put an item in review on a longer route, or back 改线",
		Long: `Without --to, list the routes that the item can be put on, with which decisions would stand. With --to ROUTE/VERSION and --reason, put it on
that one. Only a route with every step of its own will do, or the one it was submitted on.`,
		Args: cobra.ExactArgs(1),
	}
	f := c.Flags()
	f.StringVar(&to, "to", "", "路线，如 important/1")
	f.StringVar(&reason, "reason", "", "原因")
	c.RunE = r.does(func(ctx context.Context, args []string) error {
		if to != "" {
			id, n, _ := strings.Cut(to, "/")
			version, err := strconv.Atoi(n)
			if err != nil {
				return errors.New(r.say("--to 应为 路线/版本，如 important/1", "--to is ROUTE/VERSION, as important/1"))
			}
			return r.act(ctx, args[0], "reroute", map[string]any{"route": map[string]any{"id": id, "version": version}, "reason": reason})
		}
		answer, err := r.call(ctx, request{method: http.MethodGet, path: "/disclosures/" + url.PathEscape(args[0]) + "/reroutes"})
		if err != nil {
			return err
		}
		return r.show(answer, func() error {
			var page list[struct {
				Route struct {
					ID      string `json:"id"`
					Version int    `json:"version"`
				} `json:"route"`
				Zh     string   `json:"zh"`
				En     string   `json:"en"`
				Stands []string `json:"stands"`
				Falls  []string `json:"falls"`
			}]
			if err := answer.into(&page); err != nil {
				return err
			}
			var rows [][]string
			for _, o := range page.Items {
				rows = append(rows, []string{o.Route.ID + "/" + strconv.Itoa(o.Route.Version), r.say(o.Zh, o.En), "+" + strings.Join(o.Stands, " +"), strings.Join(o.Falls, " ")})
			}
			r.rows(rows)
			return nil
		})
	})
	return c
}
