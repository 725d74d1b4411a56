package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"shenfa/internal/check"
	"shenfa/internal/cli"
	"shenfa/internal/detect"
	"shenfa/internal/document"
	"shenfa/internal/scan"
)

// different is the exit code of diff and test when there is something to tell, as
// diff and grep have it.
const different exit = 1

func rulesCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "rules",
		Short: "the rule sets of the check: list, show, test, diff, rerun",
		Long: `The rule sets of the check. SET is the version of a shipped one, or a file.

test and diff end with 0 if there is nothing to tell, 1 if there is, 2 on trouble:
asked wrongly, or a file that cannot be read.`,
	}
	c.AddCommand(rulesList(), rulesShow(), rulesTest(), rulesDiff(), cli.Rerun())
	return c
}

// telling are the flags of every command about rules.
type telling struct {
	lang string
	json bool
}

func (o *telling) flags(c *cobra.Command) *cobra.Command {
	c.Flags().StringVar(&o.lang, "lang", "", "`zh` or en (default: by LC_ALL, LC_MESSAGES, LANG)")
	c.Flags().BoolVar(&o.json, "json", false, "print JSON")
	return c
}

// tell prints v as JSON if that was asked for, and else what the teller says.
func (o *telling) tell(w io.Writer, v any, say func(*scan.Teller)) error {
	if o.json {
		enc := json.NewEncoder(w)
		enc.SetIndent("", "  ")
		enc.SetEscapeHTML(false)
		return enc.Encode(v)
	}
	lang, err := language(o.lang)
	if err != nil {
		return err
	}
	t, err := scan.Tell(w, lang)
	if err != nil {
		return err
	}
	say(t)
	return t.Err()
}

func rulesList() *cobra.Command {
	var o telling
	return o.flags(&cobra.Command{
		Use:   "list",
		Short: "list the shipped rule sets with the digest of their content",
		Args:  cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			sets, err := scan.Sets(time.Now())
			if err != nil {
				return err
			}
			return o.tell(c.OutOrStdout(), sets, func(t *scan.Teller) { t.Sets(sets) })
		},
	})
}

func rulesShow() *cobra.Command {
	var o telling
	var set string
	c := o.flags(&cobra.Command{
		Use:   "show RULE",
		Short: "show one rule with its examples",
		Args:  cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			rs, err := ruleSet(set)
			if err != nil {
				return err
			}
			for _, r := range rs.Rules {
				if r.ID == args[0] {
					return o.tell(c.OutOrStdout(), r, func(t *scan.Teller) { t.Rule(rs.Version, r) })
				}
			}
			return fmt.Errorf("no rule %q in %s", args[0], rs.Version)
		},
	})
	c.Flags().StringVar(&set, "rules", "", "rule `SET` (default: the one in force)")
	return c
}

func rulesTest() *cobra.Command {
	var o telling
	return o.flags(&cobra.Command{
		Use:   "test [SET]",
		Short: "run the examples that every rule carries: 0 all pass, 1 some do not",
		Args:  cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			rs, err := ruleSet(append(args, "")[0])
			if err != nil {
				return err
			}
			run, failed := scan.Examples(rs)
			err = o.tell(c.OutOrStdout(), struct {
				Version  string         `json:"version"`
				Examples int            `json:"examples"`
				Failures []scan.Failure `json:"failures"`
			}{rs.Version, run, append([]scan.Failure{}, failed...)}, func(t *scan.Teller) { t.Examples(rs, run, failed) })
			if err == nil && len(failed) > 0 {
				return different
			}
			return err
		},
	})
}

func rulesDiff() *cobra.Command {
	var o telling
	var over []string
	var kind string
	c := o.flags(&cobra.Command{
		Use:   "diff OLD NEW",
		Short: "tell what differs between two rule sets, and with --over what that does to files",
		Args:  cobra.ExactArgs(2),
		RunE: func(c *cobra.Command, args []string) error {
			if err := knownKind(kind); err != nil {
				return err
			}
			older, err := scan.RuleSet(args[0])
			if err != nil {
				return err
			}
			newer, err := scan.RuleSet(args[1])
			if err != nil {
				return err
			}
			changes, err := scan.Diff(older, newer)
			if err != nil {
				return err
			}
			told := diffed{Changes: changes}
			files, err := compare(c.Context(), older, newer, over, kind)
			if err != nil {
				return err
			}
			code := exit(0)
			if len(changes) > 0 {
				code = different
			}
			for _, f := range files {
				if x := f.Shifts(); len(x.Shifts) > 0 || x.Error != "" {
					told.Files = append(told.Files, x)
				}
				if f.Status == scan.Unreadable {
					code = 2
				}
			}
			err = o.tell(c.OutOrStdout(), told, func(t *scan.Teller) {
				t.Diff(older, newer, changes)
				for _, f := range files {
					t.Shifts(f)
				}
				if len(over) > 0 {
					t.Over()
				}
			})
			if err == nil && code != 0 {
				return code
			}
			return err
		},
	})
	c.Flags().StringArrayVar(&over, "over", nil, "file or folder `path` to compare the findings of; may be given more than once")
	c.Flags().StringVar(&kind, "kind", "", "`kind` of the disclosure the files are of")
	return c
}

// diffed is what diff prints as JSON: of the files, those that could not be read or
// whose findings differ.
type diffed struct {
	Changes []scan.Change `json:"changes"`
	Files   []scan.Shifts `json:"files,omitempty"`
}

// compare checks files with both rule sets.
func compare(ctx context.Context, older, newer detect.RuleSet, paths []string, kind string) ([]scan.File, error) {
	if len(paths) == 0 {
		return nil, nil
	}
	lexicon, err := detect.DemoLexicon()
	if err != nil {
		return nil, err
	}
	lexicon = lexicon.At(time.Now())
	against := check.Of(older, lexicon)
	s := scan.New(scan.Options{Checker: check.Of(newer, lexicon), Against: &against, Kind: kind, Tools: document.Installed})
	var out []scan.File
	_, err = s.Run(ctx, scan.Source{Paths: paths}, func(f scan.File) error {
		f.Findings = nil // of thousands of files only what changes is kept
		out = append(out, f)
		return nil
	})
	if errors.Is(err, context.Canceled) {
		return nil, interrupted
	}
	return out, err
}

// ruleSet is the one named, or the one in force.
func ruleSet(name string) (detect.RuleSet, error) {
	if name == "" {
		return detect.Current(time.Now())
	}
	return scan.RuleSet(name)
}
