package cli

import (
	"context"
	"net/http"
	"net/url"
	"time"

	"github.com/spf13/cobra"
)

// What the commands read of a thread.
type thread struct {
	ID         string     `json:"id"`
	File       string     `json:"file"`
	Quote      string     `json:"quote"`
	Version    int        `json:"version"`
	Gone       bool       `json:"gone"`
	ResolvedAt *time.Time `json:"resolved_at"`
	Said       []struct {
		By    ref       `json:"by"`
		At    time.Time `json:"at"`
		Words string    `json:"words"`
	} `json:"said"`
}

func commentCommand(r *run) *cobra.Command {
	c := &cobra.Command{Use: "comment", Short: "Comment on passages of an item 批注"}
	c.AddCommand(listComments(r), addComment(r), replyComment(r), settleComment(r, "resolve", "End a thread 标为已解决"), settleComment(r, "reopen", "Open a thread again 重新打开"))
	return c
}

func commentsOf(item string) string { return "/disclosures/" + url.PathEscape(item) + "/comments" }

func listComments(r *run) *cobra.Command {
	c := &cobra.Command{Use: "list ID", Short: "What was said, and where it stands now", Args: cobra.ExactArgs(1)}
	c.RunE = r.does(func(ctx context.Context, args []string) error {
		answer, err := r.call(ctx, request{method: http.MethodGet, path: commentsOf(args[0])})
		if err != nil {
			return err
		}
		return r.show(answer, func() error {
			var page list[thread]
			if err := answer.into(&page); err != nil {
				return err
			}
			if len(page.Items) == 0 {
				r.printf("%s\n", r.say("没有批注。", "No comments."))
			}
			for _, t := range page.Items {
				r.printThread(t)
			}
			return nil
		})
	})
	return c
}

func addComment(r *run) *cobra.Command {
	var file, part, quote, words string
	c := &cobra.Command{
		Use:     "add ID",
		Short:   "Say something about a passage of the current version",
		Long:    "Say something about a passage of the current version. The quote has to stand there exactly once.",
		Example: "  shenfa comment add ID --quote 检查对象为辖区企业 --comment 是否包括个体工商户",
		Args:    cobra.ExactArgs(1),
	}
	c.Flags().StringVar(&file, "file", "body", "`NAME` of an attachment 附件名")
	c.Flags().StringVar(&part, "part", "", "part of the file, where more than one has the quote")
	c.Flags().StringVar(&quote, "quote", "", "原文")
	c.Flags().StringVar(&words, "comment", "", "批注")
	for _, name := range []string{"quote", "comment"} {
		_ = c.MarkFlagRequired(name) // the flag is there
	}
	c.RunE = r.does(func(ctx context.Context, args []string) error {
		answer, err := r.call(ctx, request{method: http.MethodGet, path: "/disclosures/" + url.PathEscape(args[0])})
		if err != nil {
			return err
		}
		var item struct {
			Manifest string `json:"manifest_hash"`
		}
		if err := answer.into(&item); err != nil {
			return err
		}
		return r.comment(ctx, commentsOf(args[0]), map[string]string{"manifest_hash": item.Manifest, "file": file, "part": part, "quote": quote, "comment": words})
	})
	return c
}

func replyComment(r *run) *cobra.Command {
	var words string
	c := &cobra.Command{Use: "reply ID THREAD", Short: "Answer in a thread 回复", Args: cobra.ExactArgs(2)}
	c.Flags().StringVar(&words, "comment", "", "回复")
	_ = c.MarkFlagRequired("comment") // the flag is there
	c.RunE = r.does(func(ctx context.Context, args []string) error {
		return r.comment(ctx, commentsOf(args[0])+"/"+url.PathEscape(args[1])+"/reply", map[string]string{"comment": words})
	})
	return c
}

func settleComment(r *run, act, short string) *cobra.Command {
	c := &cobra.Command{Use: act + " ID THREAD", Short: short, Args: cobra.ExactArgs(2)}
	c.RunE = r.does(func(ctx context.Context, args []string) error {
		return r.comment(ctx, commentsOf(args[0])+"/"+url.PathEscape(args[1])+"/"+act, map[string]string{})
	})
	return c
}

func (r *run) comment(ctx context.Context, path string, in map[string]string) error {
	answer, err := r.call(ctx, request{method: http.MethodPost, path: path, json: in})
	if err != nil {
		return err
	}
	return r.show(answer, func() error {
		var t thread
		if err := answer.into(&t); err != nil {
			return err
		}
		r.printThread(t)
		return nil
	})
}

func (r *run) printThread(t thread) {
	state := r.say("未解决", "open")
	switch {
	case t.ResolvedAt != nil:
		state = r.say("已解决", "resolved")
	case t.Gone:
		state = r.say("原文已不在，未解决", "passage gone, open")
	}
	r.printf("%s  %s  v%d  %s\n", t.ID, t.File, t.Version, state)
	r.fact("原文", "Quote", t.Quote)
	for _, s := range t.Said {
		r.fact(s.By.Name, s.By.Name, s.Words)
	}
}
