package cli

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"
)

// What the commands read of a question.
type question struct {
	ID         string     `json:"id"`
	Disclosure summary    `json:"disclosure"`
	Zh         string     `json:"zh"`
	En         string     `json:"en"`
	State      string     `json:"state"`
	Holds      bool       `json:"holds"`
	Asked      *ref       `json:"asked"`
	Addressee  string     `json:"addressee"`
	Ask        string     `json:"ask"`
	Due        *time.Time `json:"due"`
	DueZh      string     `json:"due_zh"`
	DueEn      string     `json:"due_en"`
	ReplyZh    string     `json:"reply_zh"`
	ReplyEn    string     `json:"reply_en"`
	Words      string     `json:"words"`
	Grounds    []named    `json:"grounds"`
	Letters    []struct {
		Number string `json:"number"`
		Hash   string `json:"hash"`
	} `json:"letters"`
	Can []string `json:"can"`
}

type named struct {
	ID string `json:"id"`
	Zh string `json:"zh"`
	En string `json:"en"`
}

// pursuit records one kind of thing about a question.
type pursuit struct {
	use, path, short string
	flags            []string // of those below; the first must be there
}

// questionFlags are what acts on questions take, by the name of the field.
var questionFlags = map[string]string{
	"on": "`day` of it, YYYY-MM-DD (default: today)", "how": "送达方式", "reply": "see shenfa question kinds", "words": "答复内容",
	"ground": "see shenfa question list", "reason": "理由", "addressee": "对方单位或姓名", "person": "`id` of a colleague: see shenfa colleagues", "ask": "征询内容",
}

func questionCommand(r *run) *cobra.Command {
	c := &cobra.Command{Use: "question", Short: "Ask others: originator, third party, superior, colleague 征询"}
	c.AddCommand(questionKinds(r), openQuestions(r), listQuestions(r), askQuestion(r), questionFile(r))
	for _, p := range []pursuit{
		{"send ID QUESTION", "send", "Issue the letter 发函", []string{"", "on"}},
		{"receive ID QUESTION", "receive", "Record the receipt 登记送达", []string{"how", "on"}},
		{"answer ID QUESTION", "answer", "Record the answer, or give it 登记答复", []string{"reply", "words", "on"}},
		{"notify ID QUESTION", "notify", "Issue the letter of notice 书面告知", []string{"ground", "reason"}},
		{"override ID QUESTION", "override", "Disclose without consent 未获同意决定公开", []string{"ground", "reason"}},
		{"close ID QUESTION", "close", "End it 结束征询", []string{"reason"}},
	} {
		c.AddCommand(p.command(r))
	}
	return c
}

func questionsOf(item string) string { return "/disclosures/" + url.PathEscape(item) + "/questions" }

func (p pursuit) command(r *run) *cobra.Command {
	c := &cobra.Command{Use: p.use, Short: p.short, Args: cobra.ExactArgs(2)}
	values := map[string]*string{}
	for i, name := range p.flags {
		if name == "" {
			continue
		}
		values[name] = c.Flags().String(name, "", questionFlags[name])
		if i == 0 {
			_ = c.MarkFlagRequired(name) // the flag is there
		}
	}
	var scan string
	if p.path == "answer" {
		c.Flags().StringVar(&scan, "scan", "", "`FILE` with the paper that came in 来函扫描件")
	}
	c.RunE = r.does(func(ctx context.Context, args []string) error {
		in := map[string]string{}
		for name, value := range values {
			if *value != "" {
				in[name] = *value
			}
		}
		path := questionsOf(args[0]) + "/" + url.PathEscape(args[1])
		if scan != "" {
			kept, err := r.keepScan(ctx, path, scan)
			if err != nil {
				return err
			}
			in["scan"] = kept
		}
		answer, err := r.call(ctx, request{method: http.MethodPost, path: path + "/" + p.path, json: in})
		if err != nil {
			return err
		}
		return r.showQuestion(answer)
	})
	return c
}

func (r *run) keepScan(ctx context.Context, path, file string) (string, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return "", fmt.Errorf("%s: %w", r.say("扫描件", "scan"), err)
	}
	answer, err := r.call(ctx, request{method: http.MethodPut, path: path + "/scan", name: filepath.Base(file), raw: data})
	if err != nil {
		return "", err
	}
	var kept struct {
		Scan string `json:"scan"`
	}
	return kept.Scan, answer.into(&kept)
}

func askQuestion(r *run) *cobra.Command {
	in := map[string]*string{}
	c := &cobra.Command{
		Use:   "ask ID KIND",
		Short: "Ask a question 发起征询",
		Long: `Ask a question about an item in review. Outside, --addressee says who is asked, and the letter goes out with send; of a colleague, --person does.
Nobody signs off while a question is open, but for a colleague's opinion (consult).`,
		Example: "  shenfa question ask ID third_party --addressee 示例化工有限公司 --ask 是否同意公开整改情况",
		Args:    cobra.ExactArgs(2),
	}
	for _, name := range []string{"ask", "addressee", "person"} {
		in[name] = c.Flags().String(name, "", questionFlags[name])
	}
	_ = c.MarkFlagRequired("ask") // the flag is there
	c.RunE = r.does(func(ctx context.Context, args []string) error {
		answer, err := r.call(ctx, request{method: http.MethodPost, path: questionsOf(args[0]), json: map[string]string{
			"kind": args[1], "ask": *in["ask"], "addressee": *in["addressee"], "person": *in["person"],
		}})
		if err != nil {
			return err
		}
		return r.showQuestion(answer)
	})
	return c
}

func listQuestions(r *run) *cobra.Command {
	c := &cobra.Command{Use: "list ID", Short: "What was asked about an item", Args: cobra.ExactArgs(1)}
	c.RunE = r.does(func(ctx context.Context, args []string) error { return r.questions(ctx, questionsOf(args[0])) })
	return c
}

func openQuestions(r *run) *cobra.Command {
	c := &cobra.Command{Use: "open", Short: "What concerns me and is not settled 等待答复", Args: cobra.NoArgs}
	c.RunE = r.does(func(ctx context.Context, _ []string) error { return r.questions(ctx, "/questions") })
	return c
}

func (r *run) questions(ctx context.Context, path string) error {
	answer, err := r.call(ctx, request{method: http.MethodGet, path: path})
	if err != nil {
		return err
	}
	return r.show(answer, func() error {
		var page list[question]
		if err := answer.into(&page); err != nil {
			return err
		}
		if len(page.Items) == 0 {
			r.printf("%s\n", r.say("没有征询。", "Nothing was asked."))
		}
		for _, q := range page.Items {
			r.printQuestion(q)
		}
		return nil
	})
}

func (r *run) showQuestion(answer reply) error {
	return r.show(answer, func() error {
		var q question
		if err := answer.into(&q); err != nil {
			return err
		}
		r.printQuestion(q)
		return nil
	})
}

func (r *run) printQuestion(q question) {
	whom := q.Addressee
	if q.Asked != nil {
		whom = q.Asked.Name
	}
	r.printf("%s  %s  %s  %s\n", q.ID, r.say(q.Zh, q.En), whom, q.State)
	r.fact("事项", "Item", strings.TrimSpace(q.Disclosure.Number+" "+q.Disclosure.Title))
	r.fact("内容", "Asked", q.Ask)
	r.fact("截止", "Due", strings.TrimSpace(r.instant(q.Due)+" "+r.say(q.DueZh, q.DueEn)))
	r.fact("答复", "Answer", strings.TrimSpace(r.say(q.ReplyZh, q.ReplyEn)+" "+q.Words))
	for _, l := range q.Letters {
		r.fact("函件", "Letter", l.Number+" "+l.Hash)
	}
	for _, g := range q.Grounds {
		r.fact("可选情形", "Ground", g.ID+" "+r.say(g.Zh, g.En))
	}
}

func questionKinds(r *run) *cobra.Command {
	c := &cobra.Command{Use: "kinds", Short: "What can be asked, and the replies", Args: cobra.NoArgs}
	c.RunE = r.does(func(ctx context.Context, _ []string) error {
		answer, err := r.call(ctx, request{method: http.MethodGet, path: "/question-kinds"})
		if err != nil {
			return err
		}
		return r.show(answer, func() error {
			var page list[struct {
				named
				Replies []named `json:"replies"`
				Basis   string  `json:"basis"`
				Limit   struct {
					N    int    `json:"n"`
					Unit string `json:"unit"`
				} `json:"limit"`
			}]
			if err := answer.into(&page); err != nil {
				return err
			}
			var rows [][]string
			for _, k := range page.Items {
				var replies []string
				for _, o := range k.Replies {
					replies = append(replies, o.ID)
				}
				rows = append(rows, []string{k.ID, r.say(k.Zh, k.En), fmt.Sprintf("%d %s", k.Limit.N, k.Limit.Unit), strings.Join(replies, ", "), k.Basis})
			}
			r.rows(rows)
			return nil
		})
	})
	return c
}

func questionFile(r *run) *cobra.Command {
	var out string
	c := &cobra.Command{Use: "file ID QUESTION ask|notice|scan", Short: "Save a letter, or the paper of the answer 下载函件", Args: cobra.ExactArgs(3)}
	c.Flags().StringVarP(&out, "output", "o", "", "`FILE` to write")
	_ = c.MarkFlagRequired("output") // the flag is there
	c.RunE = r.does(func(ctx context.Context, args []string) error {
		answer, err := r.call(ctx, request{method: http.MethodGet, path: questionsOf(args[0]) + "/" + url.PathEscape(args[1]) + "/files/" + url.PathEscape(args[2])})
		if err != nil {
			return err
		}
		return os.WriteFile(out, answer.body, 0o600)
	})
	return c
}
