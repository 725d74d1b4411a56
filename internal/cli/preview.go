package cli

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/spf13/cobra"
)

// What the commands read of a preview.
type preview struct {
	ID       string     `json:"id"`
	Reader   string     `json:"reader"`
	Version  int        `json:"version"`
	Embargo  bool       `json:"embargo"`
	Hours    int        `json:"hours"`
	OpensAt  *time.Time `json:"opens_at"`
	Expires  *time.Time `json:"expires"`
	State    string     `json:"state"`
	Reads    int        `json:"reads"`
	LastRead *time.Time `json:"last_read_at"`
	Path     string     `json:"path"`
}

func previewCommand(r *run) *cobra.Command {
	c := &cobra.Command{Use: "preview", Short: "Let named people read an item before it is public 预览"}
	c.AddCommand(createPreview(r), listPreviews(r), revokePreview(r))
	return c
}

func previewsOf(item string) string { return "/disclosures/" + url.PathEscape(item) + "/previews" }

func createPreview(r *run) *cobra.Command {
	var in struct {
		Manifest string `json:"manifest_hash"`
		Reader   string `json:"reader"`
		Person   string `json:"person"`
		Hours    int    `json:"hours"`
		Embargo  bool   `json:"embargo"`
	}
	c := &cobra.Command{
		Use:     "create ID",
		Short:   "Let somebody read the version that stands, by a link or their account",
		Long:    "Let somebody read the version that stands, by a link or their account. The link is shown only here.",
		Example: "  shenfa preview create ID --reader 韩玥 --hours 24",
		Args:    cobra.ExactArgs(1),
	}
	c.Flags().StringVar(&in.Reader, "reader", "", "`NAME` of who gets a link 阅读人")
	c.Flags().StringVar(&in.Person, "person", "", "`ID` of the account that reads 账号")
	c.Flags().IntVar(&in.Hours, "hours", 0, "how long it is good; of an embargo, how long before the release it opens 小时")
	c.Flags().BoolVar(&in.Embargo, "embargo", false, "from shortly before the release until it is out 提前知悉")
	c.MarkFlagsOneRequired("reader", "person")
	c.MarkFlagsMutuallyExclusive("reader", "person")
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
		in.Manifest = item.Manifest
		return r.previewed(ctx, request{method: http.MethodPost, path: previewsOf(args[0]), json: in})
	})
	return c
}

func listPreviews(r *run) *cobra.Command {
	c := &cobra.Command{Use: "list ID", Short: "Who may read it ahead, and how often they did", Args: cobra.ExactArgs(1)}
	c.RunE = r.does(func(ctx context.Context, args []string) error {
		answer, err := r.call(ctx, request{method: http.MethodGet, path: previewsOf(args[0])})
		if err != nil {
			return err
		}
		return r.show(answer, func() error {
			var page list[preview]
			if err := answer.into(&page); err != nil {
				return err
			}
			if len(page.Items) == 0 {
				r.printf("%s\n", r.say("没有预览。", "No previews."))
			}
			for _, p := range page.Items {
				r.printPreview("", p)
			}
			return nil
		})
	})
	return c
}

func revokePreview(r *run) *cobra.Command {
	c := &cobra.Command{Use: "revoke ID PREVIEW", Short: "End a preview at once 撤销预览", Args: cobra.ExactArgs(2)}
	c.RunE = r.does(func(ctx context.Context, args []string) error {
		return r.previewed(ctx, request{method: http.MethodDelete, path: previewsOf(args[0]) + "/" + url.PathEscape(args[1])})
	})
	return c
}

func (r *run) previewed(ctx context.Context, q request) error {
	answer, err := r.call(ctx, q)
	if err != nil {
		return err
	}
	return r.show(answer, func() error {
		var p preview
		if err := answer.into(&p); err != nil {
			return err
		}
		base, _, err := r.where()
		if err != nil {
			return err
		}
		r.printPreview(base, p)
		return nil
	})
}

func (r *run) printPreview(base string, p preview) {
	r.printf("%s  v%d  %s  %s\n", p.ID, p.Version, p.Reader, p.State)
	if p.OpensAt != nil {
		r.fact("开放", "Opens", r.instant(p.OpensAt))
	}
	if p.Expires != nil {
		r.fact("有效期至", "Until", r.instant(p.Expires))
	}
	if p.LastRead != nil {
		r.fact("最近阅读", "Last read", r.instant(p.LastRead))
	}
	if p.Path != "" {
		r.fact("链接", "Link", strings.TrimRight(base, "/")+p.Path)
	}
}
