package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/spf13/cobra"

	"shenfa/internal/check"
	"shenfa/internal/detect"
	"shenfa/internal/document"
)

// Exit codes of scan.
const (
	scanClean      exit = 0
	scanFound      exit = 1
	scanUnreadable exit = 2
	scanQuarantine exit = 3
)

// scanned is one file's outcome as --json prints it.
type scanned struct {
	File     string           `json:"file"`
	Error    string           `json:"error,omitempty"`
	Findings []detect.Finding `json:"findings"`
}

func scanCommand() *cobra.Command {
	var asJSON, show bool
	var kind string
	c := &cobra.Command{
		Use:   "scan FILE…",
		Short: "check files without a server: 0 clean, 1 findings, 2 unreadable or misuse, 3 state-secret mark",
		Args:  cobra.MinimumNArgs(1),
		RunE: func(c *cobra.Command, files []string) error {
			checker, err := check.At(time.Now())
			if err != nil {
				return err
			}
			checker = checker.With(document.Installed(c.Context()))
			worst := scanClean
			var all []scanned
			for _, name := range files {
				s, code := scanFile(c.Context(), checker, name, kind, show)
				worst = max(worst, code)
				all = append(all, s)
			}
			if asJSON {
				enc := json.NewEncoder(c.OutOrStdout())
				enc.SetIndent("", "  ")
				if err := enc.Encode(all); err != nil {
					return err
				}
			} else {
				for _, s := range all {
					printScan(c.OutOrStdout(), s)
				}
			}
			if worst == scanClean {
				return nil
			}
			return worst
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	c.Flags().BoolVar(&show, "show", false, "print what was found unmasked")
	c.Flags().StringVar(&kind, "kind", "", "kind of the disclosure, such as notice or consultation_draft")
	return c
}

func scanFile(ctx context.Context, checker check.Checker, name, kind string, show bool) (scanned, exit) {
	out := scanned{File: name, Findings: []detect.Finding{}}
	data, err := os.ReadFile(name)
	if err != nil {
		var path *os.PathError
		if errors.As(err, &path) {
			err = path.Err
		}
		out.Error = err.Error()
		return out, scanUnreadable
	}
	doc, found, err := checker.File(ctx, name, data, kind)
	if err != nil {
		out.Error = err.Error()
		return out, scanUnreadable
	}
	code := scanClean
	if len(doc.Parts) == 0 {
		code = scanUnreadable
	}
	for _, f := range found {
		switch {
		case f.Quarantine:
			code = scanQuarantine
		case f.Class.Rank() >= detect.Hold.Rank():
			code = max(code, scanFound)
		}
		if !show {
			f.Excerpt, f.Context = masked(f), ""
		}
		out.Findings = append(out.Findings, f)
	}
	return out, code
}

// masked shows enough of an excerpt to find it again and no more.
func masked(f detect.Finding) string {
	if f.Mask != "" {
		return f.Mask
	}
	r := []rune(f.Excerpt)
	if f.Rule == "hidden-content" { // all of it, whatever it holds
		return fmt.Sprintf("（%d 字）", len(r))
	}
	if f.Treatment != "mask" && !f.Quarantine {
		return f.Excerpt
	}
	for i := range r {
		if i > 0 {
			r[i] = '*'
		}
	}
	return string(r)
}

func printScan(w io.Writer, s scanned) {
	switch {
	case s.Error != "":
		fmt.Fprintf(w, "%s: 无法读取：%s\n", s.File, s.Error)
	case len(s.Findings) == 0:
		fmt.Fprintf(w, "%s: 没有疑点\n", s.File)
	}
	for _, f := range s.Findings {
		place := f.Part
		if f.Line > 0 {
			place = fmt.Sprintf("%s 第 %d 行", f.Part, f.Line)
		}
		fmt.Fprintf(w, "%s: %s %s：%s。%s［%s %s］\n", s.File, f.Class, place, f.Excerpt, f.Reason, f.Rule, f.RuleSet)
	}
}
