package cli

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
)

type lexiconVersion struct {
	Version int       `json:"version"`
	Digest  string    `json:"digest"`
	Terms   int       `json:"terms"`
	From    time.Time `json:"effective_from"`
	By      ref       `json:"by"`
}

type lexiconImport struct {
	Version int    `json:"version"`
	Digest  string `json:"digest"`
	Terms   int    `json:"terms"`
	Added   int    `json:"added"`
	Removed int    `json:"removed"`
	Changed int    `json:"changed"`
	Over    *struct {
		Looked int  `json:"looked"`
		More   bool `json:"more"`
		Items  []struct {
			Number string        `json:"number"`
			Title  string        `json:"title"`
			Gone   []changedSpot `json:"gone"`
			Added  []changedSpot `json:"added"`
		} `json:"items"`
	} `json:"over"`
}

type changedSpot struct {
	File    string `json:"file"`
	Part    string `json:"part"`
	Line    int    `json:"line"`
	Rule    string `json:"rule"`
	Class   string `json:"class"`
	Excerpt string `json:"excerpt"`
}

func lexiconCommand(r *run) *cobra.Command {
	var try bool
	var version int
	c := &cobra.Command{
		Use:   "lexicon [FILE]",
		Short: "Show, fetch or import the unit's own word list 词表",
		Example: `  shenfa lexicon
  shenfa lexicon 词表.xlsx --try
  shenfa lexicon 词表.xlsx
  shenfa lexicon --get 3 > 词表.csv`,
		Args: cobra.MaximumNArgs(1),
	}
	c.Flags().BoolVar(&try, "try", false, "import nothing, and tell what would change, also over what is public")
	c.Flags().IntVar(&version, "get", 0, "print version `N` as CSV")
	c.MarkFlagsMutuallyExclusive("try", "get")
	c.RunE = r.does(func(ctx context.Context, args []string) error {
		switch {
		case version > 0:
			answer, err := r.call(ctx, request{method: http.MethodGet, path: "/lexicon/" + strconv.Itoa(version)})
			if err != nil {
				return err
			}
			_, err = r.cmd.OutOrStdout().Write(answer.body)
			return err
		case len(args) == 0:
			return r.lexicons(ctx)
		}
		data, err := os.ReadFile(args[0])
		if err != nil {
			return err
		}
		q := url.Values{"name": {filepath.Base(args[0])}}
		if try {
			q.Set("try", "true")
		}
		answer, err := r.call(ctx, request{method: http.MethodPut, path: "/lexicon", query: q, raw: data})
		if err != nil {
			return err
		}
		return r.show(answer, func() error {
			var done lexiconImport
			if err := answer.into(&done); err != nil {
				return err
			}
			r.imported(done, try)
			return nil
		})
	})
	return c
}

func (r *run) lexicons(ctx context.Context) error {
	answer, err := r.call(ctx, request{method: http.MethodGet, path: "/lexicon"})
	if err != nil {
		return err
	}
	return r.show(answer, func() error {
		var all list[lexiconVersion]
		if err := answer.into(&all); err != nil {
			return err
		}
		var rows [][]string
		for _, v := range all.Items {
			rows = append(rows, []string{strconv.Itoa(v.Version), r.instant(&v.From), fmt.Sprintf(r.say("%d 条", "%d terms"), v.Terms), v.By.Name, v.Digest})
		}
		r.rows(rows)
		return nil
	})
}

func (r *run) imported(done lexiconImport, try bool) {
	out := r.cmd.OutOrStdout()
	verb := r.say("已导入第 %d 版，共 %d 条：新增 %d，删除 %d，改动 %d。\n", "Version %d is in force, %d terms: %d added, %d removed, %d changed.\n")
	if try {
		verb = r.say("试导入（现为第 %d 版），共 %d 条：新增 %d，删除 %d，改动 %d。没有保存。\n", "A trial (version %d is in force), %d terms: %d added, %d removed, %d changed. Nothing was kept.\n")
	}
	fmt.Fprintf(out, verb, done.Version, done.Terms, done.Added, done.Removed, done.Changed)
	if done.Over == nil {
		return
	}
	fmt.Fprintf(out, r.say("看了已公开的 %d 件，%d 件的结果会变：\n", "Of %d public items, %d would be judged otherwise:\n"), done.Over.Looked, len(done.Over.Items))
	for _, i := range done.Over.Items {
		fmt.Fprintf(out, "  %s %s\n", i.Number, i.Title)
		for sign, spots := range map[string][]changedSpot{"+": i.Added, "-": i.Gone} {
			for _, s := range spots {
				fmt.Fprintf(out, "    %s %s %s:%s:%d %s\n", sign, s.Class, s.File, s.Part, s.Line, strings.TrimSpace(s.Excerpt))
			}
		}
	}
}
