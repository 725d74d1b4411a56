package cli

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"
)

type trailRow struct {
	At       time.Time `json:"at"`
	Actor    ref       `json:"actor"`
	OnBehalf *ref      `json:"on_behalf"`
	Action   string    `json:"action"`
	Outcome  string    `json:"outcome"`
	Version  int       `json:"version"`
	Seq      *int64    `json:"log_seq"`
	Digest   string    `json:"digest"`
	Act      *struct {
		Zh string `json:"act_zh"`
		En string `json:"act_en"`
	} `json:"act"`
}

func trailCommand(r *run) *cobra.Command {
	var sort, cursor string
	c := &cobra.Command{
		Use:   "trail ID",
		Short: "Show all that the ledger holds about an item 全程留痕",
		Args:  cobra.ExactArgs(1),
	}
	c.Flags().StringVar(&sort, "sort", "", "act, read or refused")
	c.Flags().StringVar(&cursor, "cursor", "", "the page after")
	c.RunE = r.does(func(ctx context.Context, args []string) error {
		q := url.Values{}
		for name, value := range map[string]string{"sort": sort, "cursor": cursor} {
			if value != "" {
				q.Set(name, value)
			}
		}
		answer, err := r.call(ctx, request{method: http.MethodGet, path: "/disclosures/" + url.PathEscape(args[0]) + "/trail", query: q})
		if err != nil {
			return err
		}
		return r.show(answer, func() error {
			var page list[trailRow]
			if err := answer.into(&page); err != nil {
				return err
			}
			var rows [][]string
			for _, e := range page.Items {
				rows = append(rows, r.trailLine(e))
			}
			r.rows(rows)
			r.more(page.Next)
			return nil
		})
	})
	return c
}

func (r *run) trailLine(e trailRow) []string {
	who, what, place, version := e.Actor.Name, e.Action, "—", ""
	if e.Actor.ID == "system" {
		who = r.say("系统", "system")
	}
	if e.OnBehalf != nil {
		who = e.Actor.Name + r.say(" 代 ", " for ") + e.OnBehalf.Name
	}
	if e.Act != nil {
		what = r.say(e.Act.Zh, e.Act.En)
	}
	if e.Outcome != "ok" {
		what += " (" + e.Outcome + ")"
	}
	if e.Seq != nil {
		place = fmt.Sprint(*e.Seq)
	}
	if e.Version > 0 {
		version = fmt.Sprintf("v%d", e.Version)
	}
	return []string{place, r.instant(&e.At), who, what, version, e.Digest}
}

func formCommand(r *run) *cobra.Command {
	var as, to string
	c := &cobra.Command{
		Use:   "form ID",
		Short: "Take the form of the confidentiality review 保密审查单",
		Args:  cobra.ExactArgs(1),
	}
	c.Flags().StringVar(&as, "as", "pdf", "pdf or docx")
	c.Flags().StringVarP(&to, "output", "o", "", "`file` to write; - is standard output (default: ID.pdf or ID.docx)")
	c.RunE = r.does(func(ctx context.Context, args []string) error {
		answer, err := r.call(ctx, request{
			method: http.MethodGet, path: "/disclosures/" + url.PathEscape(args[0]) + "/review-form", query: url.Values{"as": {as}},
		})
		if err != nil {
			return err
		}
		return r.save(answer, cmp.Or(to, filepath.Base(args[0])+"."+as))
	})
	return c
}

func recordCommand(r *run) *cobra.Command {
	c := &cobra.Command{Use: "record", Short: "Records of an office 台账"}
	for _, kind := range []struct{ name, short string }{
		{"reviews", "The confidentiality reviews of some days 保密审查汇总表"},
		{"opinions", "What a person said on every item of some days 意见台账"},
	} {
		q := map[string]*string{"from": new(string), "until": new(string), "as": new(string)}
		var to string
		one := &cobra.Command{Use: kind.name, Short: kind.short, Args: cobra.NoArgs}
		one.Flags().StringVar(q["from"], "from", "", "first `day`, YYYY-MM-DD")
		one.Flags().StringVar(q["until"], "until", "", "last `day`, YYYY-MM-DD")
		one.Flags().StringVar(q["as"], "as", "pdf", "pdf, docx or csv")
		one.Flags().StringVarP(&to, "output", "o", "", "`file` to write; - is standard output (default: the name of the record)")
		if kind.name == "opinions" {
			q["person"] = one.Flags().String("person", "", "`id` of whose (default: your own)")
		}
		one.RunE = r.does(func(ctx context.Context, _ []string) error {
			values := url.Values{}
			for name, value := range q {
				if *value != "" {
					values.Set(name, *value)
				}
			}
			answer, err := r.call(ctx, request{method: http.MethodGet, path: "/records/" + kind.name, query: values})
			if err != nil {
				return err
			}
			return r.save(answer, cmp.Or(to, kind.name+"."+*q["as"]))
		})
		c.AddCommand(one)
	}
	return c
}

// save writes an answer to a file, or to standard output where it is called -.
func (r *run) save(answer reply, name string) error {
	if name == "-" {
		_, err := r.cmd.OutOrStdout().Write(answer.body)
		return err
	}
	if err := os.WriteFile(name, answer.body, 0o600); err != nil {
		return err
	}
	r.printf("%s\n", name)
	return nil
}
