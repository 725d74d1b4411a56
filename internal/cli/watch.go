package cli

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
)

// errDrift makes the exit code say that something differs.
var errDrift = errors.New("something that is out is not as it was approved")

// releaseCommand gathers what the disclosure office does about releases.
func releaseCommand(r *run) *cobra.Command {
	c := &cobra.Command{
		Use:   "release",
		Short: "Plans, rehearsals, freezes, recalls, drift 发布管理",
		Example: `  shenfa release plan ID
  shenfa release rehearse ID
  shenfa release freeze --scope channel --value portal --reason 门户维护
  shenfa release drift`,
	}
	calendar := releasesCommand(r)
	calendar.Use = "calendar"
	freeze := freezeCommand(r)
	repair := r.reasoned("repair", "Send again what a channel refused 重新发送")
	settle := r.reasoned("settle-companion", "Leave a policy or its interpretation out without the other 解读与政策不同步")
	c.AddCommand(settle, r.planCommand(), r.blackoutCommand(), calendar, r.rehearseCommand(), freeze, recallCommand(r), takeDownCommand(r), repair, r.driftCommand(), r.channelsCommand(), batchCommand(r))
	return c
}

type rehearsal struct {
	Rung   string    `json:"rung"`
	Ready  bool      `json:"ready"`
	Causes []string  `json:"causes"`
	At     time.Time `json:"at"`
}

// verdict says how a rehearsal went.
func (r *run) verdict(x *rehearsal) string {
	switch {
	case x == nil:
		return ""
	case x.Ready:
		return r.say("演练通过 ", "ready ") + r.instant(&x.At)
	}
	return r.say("演练未通过 ", "not ready ") + r.instant(&x.At) + " " + strings.Join(x.Causes, ",")
}

// rehearseCommand asks for a rehearsal and waits for its result.
func (r *run) rehearseCommand() *cobra.Command {
	return &cobra.Command{
		Use: "rehearse ID", Short: "Go through a release now, without its effect 演练", Args: cobra.ExactArgs(1),
		RunE: r.does(func(ctx context.Context, args []string) error {
			path := "/disclosures/" + url.PathEscape(args[0])
			look := func() (*rehearsal, reply, error) {
				answer, err := r.call(ctx, request{method: http.MethodGet, path: path})
				if err != nil {
					return nil, answer, err
				}
				var d struct {
					Rehearsal *rehearsal `json:"rehearsal"`
				}
				return d.Rehearsal, answer, answer.into(&d)
			}
			before, _, err := look()
			if err != nil {
				return err
			}
			if _, err := r.call(ctx, request{method: http.MethodPost, path: path + "/rehearse"}); err != nil {
				return err
			}
			for range 60 {
				now, answer, err := look()
				if err != nil {
					return err
				}
				if now != nil && (before == nil || now.At.After(before.At)) {
					return r.show(answer, func() error {
						r.printf("%s\n", r.verdict(now))
						return nil
					})
				}
				if err := r.pause(ctx, time.Second/2); err != nil {
					return err
				}
			}
			return errors.New("no rehearsal yet: is a worker running?")
		}),
	}
}

func (r *run) driftCommand() *cobra.Command {
	return &cobra.Command{
		Use: "drift", Short: "List what is out and does not show what was approved 偏离; exit 1 if something does not", Args: cobra.NoArgs,
		RunE: r.does(func(ctx context.Context, _ []string) error {
			answer, err := r.call(ctx, request{method: http.MethodGet, path: "/drift"})
			if err != nil {
				return err
			}
			var all list[struct {
				ID, Number, Channel, Seen, URL string
				At                             time.Time
			}]
			if err := answer.into(&all); err != nil {
				return err
			}
			err = r.show(answer, func() error {
				var rows [][]string
				for _, s := range all.Items {
					rows = append(rows, []string{r.instant(&s.At), s.ID, s.Number, s.Channel, s.Seen, s.URL})
				}
				r.rows(rows)
				return nil
			})
			if err == nil && len(all.Items) > 0 {
				err = errDrift
			}
			return err
		}),
	}
}

func (r *run) channelsCommand() *cobra.Command {
	return &cobra.Command{
		Use: "channels", Short: "Show how the channels stand 渠道状况", Args: cobra.NoArgs,
		RunE: r.does(func(ctx context.Context, _ []string) error {
			answer, err := r.call(ctx, request{method: http.MethodGet, path: "/channels"})
			if err != nil {
				return err
			}
			return r.show(answer, func() error {
				var all list[struct {
					Name             string
					Ready            bool
					Since            time.Time
					Waiting, Drifted int
				}]
				if err := answer.into(&all); err != nil {
					return err
				}
				var rows [][]string
				for _, c := range all.Items {
					state := r.say("无应答", "silent")
					if c.Ready {
						state = r.say("正常", "ready")
					}
					rows = append(rows, []string{c.Name, state, r.instant(&c.Since), r.say("待发 ", "waiting ") + strconv.Itoa(c.Waiting), r.say("偏离 ", "drifted ") + strconv.Itoa(c.Drifted)})
				}
				r.rows(rows)
				return nil
			})
		}),
	}
}
