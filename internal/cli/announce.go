package cli

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strconv"

	"github.com/spf13/cobra"
)

// What the commands read of an announcement.
type announcement struct {
	ID        string `json:"id"`
	State     string `json:"state"`
	Title     string `json:"title"`
	Planned   string `json:"planned"`
	Item      *ref   `json:"item"`
	Otherwise bool   `json:"otherwise"`
	Lines     []struct {
		Line       int    `json:"line"`
		State      string `json:"state"`
		Title      string `json:"title"`
		Planned    string `json:"planned"`
		Reason     string `json:"reason"`
		ProposedBy ref    `json:"proposed_by"`
		SettledBy  ref    `json:"settled_by"`
	} `json:"lines"`
}

func announceCommand(r *run) *cobra.Command {
	c := &cobra.Command{
		Use:   "announce",
		Short: "Tell the public of releases to come 发布预告",
		Example: `  shenfa announce new --title 年度统计公报 --planned 2026-12
  shenfa announce confirm ID
  shenfa announce change ID --title 年度统计公报 --planned "2026-12-08 09:00" --reason 日期已定
  shenfa announce change ID --title 年度统计公报 --cancelled --reason 数据须复核`,
	}
	all := &cobra.Command{Use: "list", Short: "Every announcement of the unit 列表", Args: cobra.NoArgs}
	var after string
	all.Flags().StringVar(&after, "cursor", "", "where the page before ended")
	all.RunE = r.does(func(ctx context.Context, _ []string) error {
		query := url.Values{}
		if after != "" {
			query.Set("cursor", after)
		}
		answer, err := r.call(ctx, request{method: http.MethodGet, path: "/announcements", query: query})
		if err != nil {
			return err
		}
		return r.show(answer, func() error {
			var found list[announcement]
			if err := answer.into(&found); err != nil {
				return err
			}
			var rows [][]string
			for _, a := range found.Items {
				rows = append(rows, []string{a.ID, a.State, a.Planned, a.Title})
			}
			r.rows(rows)
			r.more(found.Next)
			return nil
		})
	})
	show := &cobra.Command{Use: "show ID", Short: "One, with every line 查看", Args: cobra.ExactArgs(1)}
	show.RunE = r.does(func(ctx context.Context, args []string) error {
		return r.announced(ctx, request{method: http.MethodGet, path: announcementPath(args[0])})
	})
	c.AddCommand(all, show, proposeAnnouncement(r, "new", "Propose one 提出", false), proposeAnnouncement(r, "change ID", "Propose another line of one, with a public reason 改动", true))
	for _, verb := range []struct {
		name, short string
		confirm     bool
	}{{"confirm", "Confirm what another proposed: public at once 确认", true}, {"refuse", "Refuse or take back what was proposed 驳回", false}} {
		cmd := &cobra.Command{Use: verb.name + " ID", Short: verb.short, Args: cobra.ExactArgs(1)}
		cmd.RunE = r.does(func(ctx context.Context, args []string) error {
			answer, err := r.call(ctx, request{method: http.MethodGet, path: announcementPath(args[0])})
			if err != nil {
				return err
			}
			var a announcement
			if err := answer.into(&a); err != nil {
				return err
			}
			if len(a.Lines) == 0 {
				return fmt.Errorf("%s: no lines", args[0])
			}
			path := announcementPath(args[0]) + "/lines/" + strconv.Itoa(a.Lines[0].Line) + "/settle"
			return r.announced(ctx, request{method: http.MethodPost, path: path, json: map[string]bool{"confirm": verb.confirm}})
		})
		c.AddCommand(cmd)
	}
	var reason string
	withdraw := &cobra.Command{Use: "withdraw ID", Short: "Hide one whose words should not have been told 撤下", Args: cobra.ExactArgs(1)}
	withdraw.Flags().StringVar(&reason, "reason", "", "原因")
	withdraw.RunE = r.does(func(ctx context.Context, args []string) error {
		return r.announced(ctx, request{method: http.MethodPost, path: announcementPath(args[0]) + "/withdraw", json: map[string]string{"reason": reason}})
	})
	c.AddCommand(withdraw)
	return c
}

func proposeAnnouncement(r *run, use, short string, change bool) *cobra.Command {
	var in struct {
		Title     string `json:"title"`
		Planned   string `json:"planned,omitempty"`
		Cancelled bool   `json:"cancelled,omitempty"`
		Reason    string `json:"reason,omitempty"`
		Item      string `json:"item,omitempty"`
	}
	c := &cobra.Command{Use: use, Short: short, Args: cobra.NoArgs}
	c.Flags().StringVar(&in.Title, "title", "", "what it says will come out 名称")
	c.Flags().StringVar(&in.Planned, "planned", "", "`TIME`: 2026-12, 2026-12-08 or \"2026-12-08 09:00\" 时间")
	c.Flags().StringVar(&in.Reason, "reason", "", "public 原因（对外公开）")
	c.Flags().StringVar(&in.Item, "item", "", "`ID` of what is to be released; told to nobody before 对应的信息")
	if change {
		c.Args = cobra.ExactArgs(1)
		c.Flags().BoolVar(&in.Cancelled, "cancelled", false, "it will not come out 取消")
		c.MarkFlagsMutuallyExclusive("planned", "cancelled")
	}
	c.RunE = r.does(func(ctx context.Context, args []string) error {
		path := "/announcements"
		if change {
			path = announcementPath(args[0]) + "/lines"
		}
		return r.announced(ctx, request{method: http.MethodPost, path: path, json: in})
	})
	return c
}

func announcementPath(id string) string { return "/announcements/" + url.PathEscape(id) }

func (r *run) announced(ctx context.Context, q request) error {
	answer, err := r.call(ctx, q)
	if err != nil {
		return err
	}
	return r.show(answer, func() error {
		var a announcement
		if err := answer.into(&a); err != nil {
			return err
		}
		r.printf("%s %s %s %s\n", a.ID, a.State, a.Planned, a.Title)
		if a.Item != nil {
			r.printf("  "+r.say("对应 %s", "of %s")+"\n", a.Item.Name)
		}
		if a.Otherwise {
			r.printf("  %s\n", r.say("与它的发布计划不一致", "the plan of its release is another"))
		}
		for _, l := range a.Lines {
			r.printf("  %d %s %s %s %s %s → %s\n", l.Line, l.State, l.Planned, l.Title, l.Reason, l.ProposedBy.Name, l.SettledBy.Name)
		}
		return nil
	})
}
