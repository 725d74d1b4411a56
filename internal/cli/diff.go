package cli

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
)

type comparison struct {
	From   int    `json:"from"`
	To     int    `json:"to"`
	Why    string `json:"why"`
	By     *ref   `json:"by"`
	Fields []struct {
		Field  string `json:"field"`
		Before string `json:"before"`
		After  string `json:"after"`
		Spans  []span `json:"spans"`
	} `json:"fields"`
	Files []struct {
		Name       string `json:"name"`
		Was        string `json:"was"`
		What       string `json:"what"`
		Unread     bool   `json:"unread"`
		Same       int    `json:"same"`
		Paragraphs []struct {
			Kind  string `json:"kind"`
			Old   int    `json:"old"`
			New   int    `json:"new"`
			Spans []span `json:"spans"`
		} `json:"paragraphs"`
	} `json:"files"`
}

type span struct {
	Kind string `json:"kind"`
	Text string `json:"text"`
}

func diffCommand(r *run) *cobra.Command {
	var from, to int
	c := &cobra.Command{
		Use:   "diff ID",
		Short: "Show what changed since the last approved version 对比版本",
		Long:  "Shows what changed since the last version that anybody approved, or between two versions.\n[-…-] was removed, {+…+} added; values that are to be masked are.",
		Args:  cobra.ExactArgs(1),
	}
	c.Flags().IntVar(&from, "from", 0, "the earlier `version`")
	c.Flags().IntVar(&to, "to", 0, "the later `version` (default: the current one)")
	c.RunE = r.does(func(ctx context.Context, args []string) error {
		q := url.Values{}
		for name, n := range map[string]int{"from": from, "to": to} {
			if n != 0 {
				q.Set(name, strconv.Itoa(n))
			}
		}
		answer, err := r.call(ctx, request{method: http.MethodGet, path: "/disclosures/" + url.PathEscape(args[0]) + "/diff", query: q})
		if err != nil {
			return err
		}
		return r.show(answer, func() error {
			var d comparison
			if err := answer.into(&d); err != nil {
				return err
			}
			r.showComparison(d)
			return nil
		})
	})
	return c
}

func (r *run) showComparison(d comparison) {
	since := map[string]string{
		"approved": r.say("审签同意过的最后一版", "the last version that was approved"), "decided": r.say("审签过的最后一版", "the last version that was decided on"),
		"before": r.say("前一版", "the version before"), "public": r.say("已公开的原文", "what is public"),
	}[d.Why]
	switch {
	case d.Why == "public":
		r.printf(r.say("第 %d 版对比%s\n", "version %d against %s\n"), d.To, since)
	case d.From == 0:
		r.printf("%s\n", r.say("第一版，没有可比的。", "The first version: there is nothing before it."))
		return
	default:
		r.printf(r.say("第 %d 版对比第 %d 版", "version %d against version %d"), d.To, d.From)
		if since != "" {
			r.printf(r.say("（%s）", " (%s)"), since)
		}
		r.printf("\n")
	}
	for _, f := range d.Fields {
		text := marked(f.Spans)
		if text == "" {
			text = marked([]span{{"removed", f.Before}, {"added", f.After}})
		}
		r.printf("%s  %s\n", f.Field, text)
	}
	for _, f := range d.Files {
		r.printf("%s  %s", f.Name, f.What)
		if f.Was != "" {
			r.printf("  %s → %s", f.Was, f.Name)
		}
		if f.Unread {
			r.printf("  %s", r.say("有内容读不出", "not all of it could be read"))
		}
		r.printf("\n")
		for _, p := range f.Paragraphs {
			at := strconv.Itoa(p.New)
			if p.New == 0 {
				at = "-" + strconv.Itoa(p.Old)
			} else if p.Kind == "moved" {
				at = strconv.Itoa(p.Old) + ">" + at
			}
			r.printf("  %4s  %s\n", at, marked(p.Spans))
		}
	}
	if len(d.Fields)+len(d.Files) == 0 {
		r.printf("%s\n", r.say("没有改动。", "Nothing changed."))
	}
}

// marked writes what was removed and added in plain characters.
func marked(spans []span) string {
	var out strings.Builder
	for _, s := range spans {
		switch {
		case s.Text == "":
		case s.Kind == "removed":
			out.WriteString("[-" + s.Text + "-]")
		case s.Kind == "added":
			out.WriteString("{+" + s.Text + "+}")
		default:
			out.WriteString(s.Text)
		}
	}
	return out.String()
}
