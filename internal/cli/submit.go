package cli

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"shenfa/internal/disclosure"
)

const pollEvery = time.Second

func submitCommand(r *run) *cobra.Command {
	var (
		title, kind, formedOn, number, index, topic, summary string
		attribute, basis, reason, late                       string
		releaseAt, latest, until, batch                      string
		interprets, uninterpreted, continues, as             string
		days                                                 int
		channels, keywords, attach                           []string
		onApproval, nextWindow, important, wait              bool
	)
	c := &cobra.Command{
		Use:     "submit FILE",
		Short:   "Submit a file for review and release 报送",
		Example: `  shenfa submit 通知.docx --title 关于开展防汛演练的通知 --kind notice --formed-on 2025-05-06 --channels portal --release-at "2025-05-09 09:00"`,
		Args:    cobra.ExactArgs(1),
	}
	f := c.Flags()
	f.StringVar(&title, "title", "", "标题")
	f.StringVar(&kind, "kind", "", "事项类别, such as notice")
	f.StringVar(&formedOn, "formed-on", "", "成文日期, YYYY-MM-DD")
	f.StringVar(&number, "document-number", "", "发文字号")
	f.StringVar(&index, "index-number", "", "索引号")
	f.StringVar(&topic, "topic", "", "主题分类")
	f.StringVar(&summary, "summary", "", "摘要")
	f.StringSliceVar(&keywords, "keywords", nil, "关键词, separated by commas")
	f.BoolVar(&important, "important", false, "重大敏感: adds the principal leader")
	f.StringVar(&attribute, "attribute", disclosure.Proactive, "公开属性")
	f.StringVar(&basis, "basis", "", "依据")
	f.StringVar(&reason, "reason", "", "说明")
	f.StringSliceVar(&channels, "channels", nil, "渠道, separated by commas")
	f.StringVar(&releaseAt, "release-at", "", "发布时间, "+instantUsage)
	f.StringVar(&latest, "latest", "", "最迟发布时间")
	f.BoolVar(&onApproval, "on-approval", false, "批准即发布")
	f.BoolVar(&nextWindow, "next-window", false, "获批后下一个发布时段发布")
	f.StringVar(&late, "late", string(disclosure.LateHold), "if the system was down at that time: now, next_window or hold")
	f.StringVar(&until, "public-until", "", "公示截止, "+instantUsage)
	f.IntVar(&days, "public-days", 0, "公示期, in days")
	f.StringVar(&batch, "batch", "", "同批发布: `ID` of the batch")
	f.StringVar(&interprets, "interprets", "", "解读: `NUMBER` of the policy")
	f.StringVar(&uninterpreted, "no-interpretation", "", "不需解读的理由, of a policy")
	f.StringVar(&continues, "continues", "", "接续: `NUMBER` of the earlier warning")
	f.StringVar(&as, "as", "", "how: update, upgrade, downgrade or cancel")
	f.StringArrayVar(&attach, "attach", nil, "附件 `FILE`, may be repeated")
	f.BoolVar(&wait, "wait", false, "wait until the check is done")
	c.MarkFlagsOneRequired("release-at", "on-approval", "next-window")
	c.MarkFlagsMutuallyExclusive("release-at", "on-approval", "next-window")
	c.MarkFlagsRequiredTogether("continues", "as")
	for _, name := range []string{"title", "kind", "formed-on", "channels"} {
		_ = c.MarkFlagRequired(name) // the flag is there
	}

	c.RunE = r.does(func(ctx context.Context, args []string) error {
		plan := map[string]any{"on_approval": onApproval, "zone": disclosure.DefaultZone, "late": late}
		if nextWindow {
			plan["next_window"] = true
		}
		for flag, at := range map[string]struct{ field, value string }{"release-at": {"at", releaseAt}, "latest": {"latest", latest}, "public-until": {"until", until}} {
			if at.value == "" {
				continue
			}
			t, err := readInstant(flag, at.value)
			if err != nil {
				return err
			}
			plan[at.field] = t
		}
		if days != 0 {
			plan["public_days"] = days
		}
		// Everything is read before anything is sent: a missing file leaves no draft.
		files := make([]upload, 0, 1+len(attach))
		for _, name := range append([]string{args[0]}, attach...) {
			data, err := os.ReadFile(name)
			if err != nil {
				return err
			}
			files = append(files, upload{filepath.Base(name), data})
		}
		draft := map[string]any{
			"title": title, "kind": kind, "formed_on": formedOn, "document_number": number, "index_number": index, "topic": topic,
			"summary": summary, "important": important, "attribute": attribute, "basis": basis, "reason": reason,
			"channels": channels, "release": plan,
		}
		for field, value := range map[string]string{"batch": batch, "interprets": interprets, "no_interpretation": uninterpreted} {
			if value != "" {
				draft[field] = value
			}
		}
		if continues != "" {
			draft["continues"] = disclosure.Continuation{Number: continues, As: as}
		}
		if len(keywords) > 0 {
			draft["keywords"] = keywords
		}
		return r.submit(ctx, draft, files, wait)
	})
	return c
}

type upload struct {
	name string
	data []byte
}

// submit makes a draft, fills it and hands it in. What it got as far as is said
// when it cannot go on.
func (r *run) submit(ctx context.Context, draft map[string]any, files []upload, wait bool) error {
	answer, err := r.call(ctx, request{method: http.MethodPost, path: "/disclosures", json: draft})
	if err != nil {
		return err
	}
	var d item
	if err := answer.into(&d); err != nil {
		return err
	}
	path := "/disclosures/" + url.PathEscape(d.ID)
	steps := []request{{method: http.MethodPut, path: path + "/body", name: files[0].name, raw: files[0].data}}
	for _, f := range files[1:] {
		steps = append(steps, request{method: http.MethodPost, path: path + "/attachments", name: f.name, raw: f.data})
	}
	for _, step := range append(steps, request{method: http.MethodPost, path: path + "/submit"}) {
		step.match = answer.etag
		if answer, err = r.call(ctx, step); err != nil {
			r.notef("%s %s\n", r.say("没有报送，草稿保留在：", "Not submitted; the draft is kept as"), d.ID)
			return err
		}
	}
	for wait {
		if err := answer.into(&d); err != nil {
			return err
		}
		if d.State != disclosure.Checking {
			break
		}
		if err := r.pause(ctx, pollEvery); err != nil {
			return err
		}
		if answer, err = r.call(ctx, request{method: http.MethodGet, path: path}); err != nil {
			return err
		}
	}
	return r.showItem(answer)
}

func statusCommand(r *run) *cobra.Command {
	var state, kind, cursor string
	var all bool
	c := &cobra.Command{
		Use:   "status [ID]",
		Short: "Show one disclosure, or list mine 查看进度",
		Args:  cobra.MaximumNArgs(1),
	}
	c.Flags().StringVar(&state, "state", "", "only in this state")
	c.Flags().StringVar(&kind, "kind", "", "only of this kind")
	c.Flags().BoolVar(&all, "all", false, "all that I may see, not only mine")
	c.Flags().StringVar(&cursor, "cursor", "", "where the page before ended")
	c.RunE = r.does(func(ctx context.Context, args []string) error {
		if len(args) == 1 {
			answer, err := r.call(ctx, request{method: http.MethodGet, path: "/disclosures/" + url.PathEscape(args[0])})
			if err != nil {
				return err
			}
			return r.showItem(answer)
		}
		q := url.Values{}
		for name, value := range map[string]string{"state": state, "kind": kind, "cursor": cursor} {
			if value != "" {
				q.Set(name, value)
			}
		}
		if !all {
			q.Set("mine", "true")
		}
		answer, err := r.call(ctx, request{method: http.MethodGet, path: "/disclosures", query: q})
		if err != nil {
			return err
		}
		return r.show(answer, func() error {
			var page list[summary]
			if err := answer.into(&page); err != nil {
				return err
			}
			var rows [][]string
			for _, s := range page.Items {
				rows = append(rows, []string{s.ID, s.Number, r.state(s.State), r.instant(s.ReleaseAt), s.Title})
			}
			r.rows(rows)
			r.more(page.Next)
			return nil
		})
	})
	return c
}

func findingsCommand(r *run) *cobra.Command {
	return &cobra.Command{
		Use:   "findings ID",
		Short: "Show what the check points at 查看疑点",
		Args:  cobra.ExactArgs(1),
		RunE: r.does(func(ctx context.Context, args []string) error {
			answer, err := r.call(ctx, request{method: http.MethodGet, path: "/disclosures/" + url.PathEscape(args[0]) + "/findings"})
			if err != nil {
				return err
			}
			return r.show(answer, func() error {
				var found list[finding]
				if err := answer.into(&found); err != nil {
					return err
				}
				for _, f := range found.Items {
					r.printf("%s  %s  %s:%d  %s\n    %s\n", f.ID, f.Class, f.File, f.Line, first(f.Disposition, r.say("未处置", "open")), f.Excerpt)
					r.printf("    %s\n", r.say(f.Reason, f.ReasonEn))
				}
				return nil
			})
		}),
	}
}

func disposeCommand(r *run) *cobra.Command {
	var as, reason string
	c := &cobra.Command{
		Use:   "dispose ID FINDING",
		Short: "Dispose of a finding 处置疑点",
		Args:  cobra.ExactArgs(2),
	}
	c.Flags().StringVar(&as, "as", "", "false_alarm 误报 or lawful 依法可公开")
	c.Flags().StringVar(&reason, "reason", "", "why")
	c.MarkFlagsRequiredTogether("as", "reason")
	c.RunE = r.does(func(ctx context.Context, args []string) error {
		if as == "" {
			return errors.New("--as false_alarm|lawful --reason …")
		}
		path := fmt.Sprintf("/disclosures/%s/findings/%s/disposition", url.PathEscape(args[0]), url.PathEscape(args[1]))
		answer, err := r.call(ctx, request{method: http.MethodPost, path: path, json: map[string]string{"disposition": as, "reason": reason}})
		if err != nil {
			return err
		}
		return r.showItem(answer)
	})
	return c
}
