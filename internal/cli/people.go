package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
)

type (
	account struct {
		ID       string    `json:"id"`
		Login    string    `json:"login"`
		Name     string    `json:"name"`
		Section  ref       `json:"section"`
		Roles    []string  `json:"roles"`
		Disabled bool      `json:"disabled"`
		OneTime  bool      `json:"one_time"`
		Tokens   []token   `json:"tokens"`
		Password string    `json:"password"`
		Until    time.Time `json:"until"`
	}
	accountChange struct {
		At     time.Time       `json:"at"`
		By     ref             `json:"by"`
		Person ref             `json:"person"`
		What   string          `json:"what"`
		Before json.RawMessage `json:"before"`
		After  json.RawMessage `json:"after"`
		Reason string          `json:"reason"`
	}
	token struct {
		ID      string    `json:"id"`
		Name    string    `json:"name"`
		Scope   []string  `json:"scope"`
		Expires time.Time `json:"expires"`
		Secret  string    `json:"secret"`
	}
)

func peopleCommand(r *run) *cobra.Command {
	c := &cobra.Command{
		Use:   "people [ID]",
		Short: "List people, or keep their accounts and roles 账号",
		Example: `  shenfa people
  shenfa people add wangbai --name 王柏 --section plans --reason 调入
  shenfa people roles ID drafter,section_head --reason 任科长
  shenfa people disable ID --reason 离职`,
		Args: cobra.MaximumNArgs(1),
		RunE: r.does(func(ctx context.Context, args []string) error {
			if len(args) == 1 {
				return r.oneAccount(ctx, request{method: http.MethodGet, path: "/people/" + url.PathEscape(args[0])})
			}
			answer, err := r.call(ctx, request{method: http.MethodGet, path: "/people"})
			if err != nil {
				return err
			}
			return r.show(answer, func() error {
				var all list[account]
				if err := answer.into(&all); err != nil {
					return err
				}
				r.accounts(all.Items...)
				return nil
			})
		}),
	}
	var name, section, reason string
	add := &cobra.Command{Use: "add LOGIN", Short: "Make an account; its one-time password is shown once 新建", Args: cobra.ExactArgs(1)}
	add.RunE = r.does(func(ctx context.Context, args []string) error {
		return r.oneAccount(ctx, request{method: http.MethodPost, path: "/people", json: map[string]string{"login": args[0], "name": name, "section": section, "reason": reason}})
	})
	change := &cobra.Command{Use: "change ID", Short: "Change the name or the section 修改", Args: cobra.ExactArgs(1)}
	change.RunE = r.does(func(ctx context.Context, args []string) error {
		return r.oneAccount(ctx, request{method: http.MethodPatch, path: "/people/" + url.PathEscape(args[0]), json: map[string]string{"name": name, "section": section, "reason": reason}})
	})
	for _, cmd := range []*cobra.Command{add, change} {
		cmd.Flags().StringVar(&name, "name", "", "姓名")
		cmd.Flags().StringVar(&section, "section", "", "`id` of the section 科室")
	}
	roles := &cobra.Command{Use: "roles ID ROLE,…", Short: "Give a person these roles and no others; \"\" takes all 角色", Args: cobra.ExactArgs(2)}
	roles.RunE = r.does(func(ctx context.Context, args []string) error {
		wanted := slices.DeleteFunc(strings.Split(args[1], ","), func(s string) bool { return s == "" })
		return r.oneAccount(ctx, request{
			method: http.MethodPut, path: "/people/" + url.PathEscape(args[0]) + "/roles", json: map[string]any{"roles": append([]string{}, wanted...), "reason": reason},
		})
	})
	c.AddCommand(add, change, roles)
	for _, act := range []struct{ use, path, short string }{
		{"disable ID", "disable", "Sign a person out everywhere and let them in no more 停用"},
		{"enable ID", "enable", "Let a person in again 启用"},
		{"reset ID", "reset-password", "Give a person who lost theirs a one-time password 重置密码"},
	} {
		cmd := &cobra.Command{Use: act.use, Short: act.short, Args: cobra.ExactArgs(1)}
		cmd.RunE = r.does(func(ctx context.Context, args []string) error {
			return r.oneAccount(ctx, request{method: http.MethodPost, path: "/people/" + url.PathEscape(args[0]) + "/" + act.path, json: map[string]string{"reason": reason}})
		})
		c.AddCommand(cmd)
	}
	for _, cmd := range c.Commands() {
		cmd.Flags().StringVar(&reason, "reason", "", "原因")
	}
	c.AddCommand(r.sectionsCommand(), r.changesCommand())
	return c
}

func (r *run) oneAccount(ctx context.Context, q request) error {
	answer, err := r.call(ctx, q)
	if err != nil {
		return err
	}
	return r.show(answer, func() error {
		var a account
		if err := answer.into(&a); err != nil {
			return err
		}
		r.accounts(a)
		if a.Password != "" {
			r.printf("%s %s\n%s %s\n", r.say("一次性密码", "one-time password"), a.Password, r.say("有效至", "good until"), r.instant(&a.Until))
		}
		r.tokens(a.Tokens...)
		return nil
	})
}

func (r *run) accounts(all ...account) {
	var rows [][]string
	for _, a := range all {
		state := ""
		switch {
		case a.Disabled:
			state = r.say("已停用", "disabled")
		case a.OneTime:
			state = r.say("未首次登录", "never signed in")
		}
		rows = append(rows, []string{a.ID, a.Login, a.Name, a.Section.Name, strings.Join(a.Roles, ","), state})
	}
	r.rows(rows)
}

func (r *run) sectionsCommand() *cobra.Command {
	var reason string
	c := &cobra.Command{Use: "sections [ID NAME]", Short: "List the sections of the unit, or make one 科室", Args: cobra.MaximumNArgs(2)}
	c.Flags().StringVar(&reason, "reason", "", "原因")
	c.RunE = r.does(func(ctx context.Context, args []string) error {
		if len(args) == 2 {
			_, err := r.call(ctx, request{method: http.MethodPost, path: "/sections", json: map[string]string{"id": args[0], "name": args[1], "reason": reason}})
			return err
		}
		answer, err := r.call(ctx, request{method: http.MethodGet, path: "/sections"})
		if err != nil {
			return err
		}
		return r.show(answer, func() error {
			var all list[ref]
			if err := answer.into(&all); err != nil {
				return err
			}
			for _, s := range all.Items {
				r.rows([][]string{{s.ID, s.Name}})
			}
			return nil
		})
	})
	return c
}

func (r *run) changesCommand() *cobra.Command {
	var person string
	c := &cobra.Command{Use: "changes", Short: "What the administrators changed, before and after 变更记录", Args: cobra.NoArgs}
	c.Flags().StringVar(&person, "person", "", "only about this `ID`")
	c.RunE = r.does(func(ctx context.Context, _ []string) error {
		answer, err := r.call(ctx, request{method: http.MethodGet, path: "/account-changes?" + url.Values{"person": {person}}.Encode()})
		if err != nil {
			return err
		}
		return r.show(answer, func() error {
			var all list[accountChange]
			if err := answer.into(&all); err != nil {
				return err
			}
			for _, x := range all.Items {
				by := x.By.Name
				if by == "" {
					by = r.say("本机", "at the machine")
				}
				r.rows([][]string{{r.instant(&x.At), by, x.What, x.Person.Name, x.Reason}})
				if !bytes.Equal(x.Before, x.After) {
					r.printf("  - %s\n  + %s\n", x.Before, x.After)
				}
			}
			return nil
		})
	})
	return c
}

func tokenCommand(r *run) *cobra.Command {
	c := &cobra.Command{
		Use: "token", Short: "List my tokens, make one, or revoke one 令牌", Args: cobra.NoArgs,
		Example: `  shenfa token add 日历同步 --scope read --expires "2027-11-01 00:00"
  shenfa token revoke ID`,
		RunE: r.does(func(ctx context.Context, _ []string) error {
			answer, err := r.call(ctx, request{method: http.MethodGet, path: "/tokens"})
			if err != nil {
				return err
			}
			return r.show(answer, func() error {
				var all list[token]
				if err := answer.into(&all); err != nil {
					return err
				}
				r.tokens(all.Items...)
				return nil
			})
		}),
	}
	var scope []string
	var expires string
	add := &cobra.Command{Use: "add NAME", Short: "Make a token of my own; its secret is shown once 新建", Args: cobra.ExactArgs(1)}
	add.Flags().StringSliceVar(&scope, "scope", nil, "`permissions`, separated by commas (default: all that I have)")
	add.Flags().StringVar(&expires, "expires", "", "its last instant")
	add.RunE = r.does(func(ctx context.Context, args []string) error {
		at, err := readInstant("expires", expires)
		if err != nil {
			return err
		}
		answer, err := r.call(ctx, request{method: http.MethodPost, path: "/tokens", json: map[string]any{"name": args[0], "scope": append([]string{}, scope...), "expires": at}})
		if err != nil {
			return err
		}
		return r.show(answer, func() error {
			var t token
			if err := answer.into(&t); err != nil {
				return err
			}
			r.tokens(t)
			r.printf("%s\n", t.Secret)
			return nil
		})
	})
	var reason string
	revoke := &cobra.Command{Use: "revoke ID", Short: "Revoke a token 吊销", Args: cobra.ExactArgs(1)}
	revoke.Flags().StringVar(&reason, "reason", "", "原因")
	revoke.RunE = r.does(func(ctx context.Context, args []string) error {
		_, err := r.call(ctx, request{method: http.MethodDelete, path: "/tokens/" + url.PathEscape(args[0]) + "?" + url.Values{"reason": {reason}}.Encode()})
		return err
	})
	c.AddCommand(add, revoke)
	return c
}

func (r *run) tokens(all ...token) {
	for _, t := range all {
		r.rows([][]string{{t.ID, t.Name, strings.Join(t.Scope, ","), r.instant(&t.Expires)}})
	}
}
