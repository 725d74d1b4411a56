package cli

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/spf13/cobra"
)

type clockRow struct {
	Law      string     `json:"law"`
	Step     string     `json:"step"`
	Due      time.Time  `json:"due"`
	N        int        `json:"n"`
	Consumed int        `json:"consumed"`
	Full     *time.Time `json:"full"`
	Zh       string     `json:"zh"`
	En       string     `json:"en"`
}

func clocksCommand(r *run) *cobra.Command {
	c := &cobra.Command{
		Use:   "clocks ID",
		Short: "Explain each deadline of an item 时限怎么算",
		Args:  cobra.ExactArgs(1),
	}
	c.RunE = r.does(func(ctx context.Context, args []string) error {
		answer, err := r.call(ctx, request{method: http.MethodGet, path: "/disclosures/" + url.PathEscape(args[0]) + "/clocks"})
		if err != nil {
			return err
		}
		return r.show(answer, func() error {
			var page list[clockRow]
			if err := answer.into(&page); err != nil {
				return err
			}
			var rows [][]string
			for _, k := range page.Items {
				why := r.say(k.Zh, k.En)
				if k.Full != nil {
					why += r.say("；距法定期限不足，按比例缩短，原应至 ", "; shortened for the limit of the law, else due ") + r.instant(k.Full)
				}
				rows = append(rows, []string{k.Law + k.Step, fmt.Sprintf("%d/%d", k.Consumed, k.N), r.instant(&k.Due), why})
			}
			r.rows(rows)
			return nil
		})
	})
	return c
}

func extendCommand(r *run) *cobra.Command {
	var step, reason string
	var n int
	c := &cobra.Command{
		Use:   "extend ID",
		Short: "Give a step that waits more time 延长期限",
		Long: `Give a step that waits more time, in the unit of its limit: once, before its time has run out, by nobody whom it waits for, and at most
its limit again. The limit of the law stays where it is.`,
		Args: cobra.ExactArgs(1),
	}
	f := c.Flags()
	f.StringVar(&step, "step", "", "步骤")
	f.IntVar(&n, "by", 1, "延长多少，单位同该步骤的期限")
	f.StringVar(&reason, "reason", "", "理由")
	for _, name := range []string{"step", "reason"} {
		_ = c.MarkFlagRequired(name) // the flag is there
	}
	c.RunE = r.does(func(ctx context.Context, args []string) error {
		return r.act(ctx, args[0], "extensions", map[string]any{"step": step, "n": n, "reason": reason})
	})
	return c
}
