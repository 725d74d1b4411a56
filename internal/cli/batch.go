package cli

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
)

type batch struct {
	ID    string    `json:"id"`
	Title string    `json:"title"`
	At    time.Time `json:"at"`
	Ready bool      `json:"ready"`
	Items []struct {
		Disclosure summary `json:"disclosure"`
		Lacking    string  `json:"lacking"`
	} `json:"items"`
	Hidden int `json:"hidden"`
}

func batchCommand(r *run) *cobra.Command {
	c := &cobra.Command{
		Use:   "batch",
		Short: "Release items together or not at all 同批发布",
		Example: `  shenfa batch create --title 办法和解读 --at "2026-12-01 09:00"
  shenfa submit notice.docx --batch ID …
  shenfa batch show ID
  shenfa batch recall ID --reason 附件有误`,
	}
	c.AddCommand(r.batchCreate(), r.batchList(), r.batchShow(), r.batchReschedule(), r.batchRecall(), r.batchLeave())
	return c
}

func (r *run) batchCreate() *cobra.Command {
	var title, at string
	c := &cobra.Command{Use: "create", Short: "Make an empty batch for an instant", Args: cobra.NoArgs}
	c.Flags().StringVar(&title, "title", "", "名称")
	c.Flags().StringVar(&at, "at", "", instantUsage)
	_ = c.MarkFlagRequired("title") // the flags are there
	_ = c.MarkFlagRequired("at")
	c.RunE = r.does(func(ctx context.Context, _ []string) error {
		t, err := readInstant("at", at)
		if err != nil {
			return err
		}
		return r.batchCall(ctx, request{method: http.MethodPost, path: "/batches", json: map[string]any{"title": title, "at": t}})
	})
	return c
}

func (r *run) batchList() *cobra.Command {
	return &cobra.Command{Use: "list", Short: "List the batches of the unit", Args: cobra.NoArgs, RunE: r.does(func(ctx context.Context, _ []string) error {
		answer, err := r.call(ctx, request{method: http.MethodGet, path: "/batches"})
		if err != nil {
			return err
		}
		return r.show(answer, func() error {
			var all list[batch]
			if err := answer.into(&all); err != nil {
				return err
			}
			var rows [][]string
			for _, b := range all.Items {
				rows = append(rows, []string{r.instant(&b.At), b.ID, r.readiness(b), strconv.Itoa(len(b.Items) + b.Hidden), b.Title})
			}
			r.rows(rows)
			return nil
		})
	})}
}

func (r *run) readiness(b batch) string {
	if b.Ready {
		return r.say("齐备", "ready")
	}
	return r.say("未齐备", "not ready")
}

func (r *run) batchShow() *cobra.Command {
	return &cobra.Command{Use: "show ID", Short: "Show a batch, and what keeps it back", Args: cobra.ExactArgs(1), RunE: r.does(func(ctx context.Context, args []string) error {
		return r.batchCall(ctx, request{method: http.MethodGet, path: "/batches/" + url.PathEscape(args[0])})
	})}
}

func (r *run) batchReschedule() *cobra.Command {
	var at, reason string
	c := &cobra.Command{Use: "reschedule ID", Short: "Move the whole batch within the approved windows 整批改期", Args: cobra.ExactArgs(1)}
	c.Flags().StringVar(&at, "at", "", instantUsage)
	c.Flags().StringVar(&reason, "reason", "", "原因")
	_ = c.MarkFlagRequired("at") // the flag is there
	c.RunE = r.does(func(ctx context.Context, args []string) error {
		t, err := readInstant("at", at)
		if err != nil {
			return err
		}
		path := "/batches/" + url.PathEscape(args[0]) + "/reschedule"
		return r.batchCall(ctx, request{method: http.MethodPost, path: path, json: map[string]any{"at": t, "reason": reason}})
	})
	return c
}

func (r *run) batchLeave() *cobra.Command {
	var reason string
	c := &cobra.Command{Use: "leave ID ITEM", Short: "Take an item out: it needs new approvals, the others no longer wait 移出", Args: cobra.ExactArgs(2)}
	c.Flags().StringVar(&reason, "reason", "", "原因")
	_ = c.MarkFlagRequired("reason") // the flag is there
	c.RunE = r.does(func(ctx context.Context, args []string) error {
		path := "/batches/" + url.PathEscape(args[0]) + "/leave"
		return r.batchCall(ctx, request{method: http.MethodPost, path: path, json: map[string]any{"disclosure": args[1], "reason": reason}})
	})
	return c
}

func (r *run) batchRecall() *cobra.Command {
	var reason string
	c := &cobra.Command{Use: "recall ID", Short: "Recall everything of it that is out 整批召回", Args: cobra.ExactArgs(1)}
	c.Flags().StringVar(&reason, "reason", "", "原因")
	_ = c.MarkFlagRequired("reason") // the flag is there
	c.RunE = r.does(func(ctx context.Context, args []string) error {
		path := "/batches/" + url.PathEscape(args[0]) + "/recall"
		answer, err := r.call(ctx, request{method: http.MethodPost, path: path, json: map[string]any{"reason": reason}})
		if err != nil {
			return err
		}
		return r.show(answer, func() error {
			var all list[struct {
				ID, Number, Message string
			}]
			if err := answer.into(&all); err != nil {
				return err
			}
			var rows [][]string
			for _, o := range all.Items {
				rows = append(rows, []string{o.ID, o.Number, first(o.Message, r.say("已召回", "recalled"))})
			}
			r.rows(rows)
			return nil
		})
	})
	return c
}

func (r *run) batchCall(ctx context.Context, q request) error {
	answer, err := r.call(ctx, q)
	if err != nil {
		return err
	}
	return r.show(answer, func() error {
		var b batch
		if err := answer.into(&b); err != nil {
			return err
		}
		r.printf("%s  %s  %s  %s\n", b.ID, r.instant(&b.At), r.readiness(b), b.Title)
		var rows [][]string
		for _, i := range b.Items {
			rows = append(rows, []string{"  " + i.Disclosure.ID, i.Disclosure.Number, r.state(i.Disclosure.State), strings.ReplaceAll(i.Lacking, "_", " "), i.Disclosure.Title})
		}
		r.rows(rows)
		if b.Hidden > 0 {
			r.printf(r.say("另有 %d 件您看不到。\n", "%d more that you may not see.\n"), b.Hidden)
		}
		return nil
	})
}
