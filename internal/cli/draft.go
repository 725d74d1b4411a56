package cli

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strconv"

	"github.com/spf13/cobra"
)

func checklistCommand(r *run) *cobra.Command {
	c := &cobra.Command{Use: "checklist ID", Short: "What its submission would be refused for, and warnings 提交前清单", Args: cobra.ExactArgs(1)}
	c.RunE = r.does(func(ctx context.Context, args []string) error {
		answer, err := r.call(ctx, request{method: http.MethodGet, path: "/disclosures/" + url.PathEscape(args[0]) + "/checklist"})
		if err != nil {
			return err
		}
		return r.show(answer, func() error {
			var page list[struct {
				Field string `json:"field"`
				Error bool   `json:"error"`
				Done  bool   `json:"done"`
				Code  string `json:"code"`
				Zh    string `json:"zh"`
				En    string `json:"en"`
			}]
			if err := answer.into(&page); err != nil {
				return err
			}
			var rows [][]string
			for _, p := range page.Items {
				mark, words := r.say("提醒", "warning"), r.say(p.Zh, p.En)
				switch {
				case p.Done:
					mark, words = "ok", ""
				case p.Error:
					mark = r.say("必须", "error")
					if words == "" {
						words = p.Code
					}
				}
				rows = append(rows, []string{mark, p.Field, words})
			}
			r.rows(rows)
			return nil
		})
	})
	return c
}

func rollBackCommand(r *run) *cobra.Command {
	c := &cobra.Command{Use: "rollback ID VERSION", Short: "Give the draft the content of an earlier version 回到以前的版本", Args: cobra.ExactArgs(2)}
	c.RunE = r.does(func(ctx context.Context, args []string) error {
		version, err := strconv.Atoi(args[1])
		if err != nil || version < 1 {
			return fmt.Errorf("%s: %s", args[1], r.say("版本是从 1 开始的整数", "a version is a number from 1"))
		}
		path := "/disclosures/" + url.PathEscape(args[0])
		seen, err := r.call(ctx, request{method: http.MethodGet, path: path})
		if err != nil {
			return err
		}
		answer, err := r.call(ctx, request{method: http.MethodPost, path: path + "/rollback", json: map[string]int{"version": version}, match: seen.etag})
		if err != nil {
			return err
		}
		return r.showItem(answer)
	})
	return c
}
