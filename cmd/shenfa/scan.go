package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"shenfa/internal/check"
	"shenfa/internal/detect"
	"shenfa/internal/disclosure"
	"shenfa/internal/document"
	"shenfa/internal/scan"
)

// interrupted is the exit code of what was broken off, as shells have it.
const interrupted exit = 130

// scanFlags are the flags of scan.
type scanFlags struct {
	json, sarif, show, all          bool
	lang, kind, lexicon, rules, day string
	name                            string
}

func scanCommand() *cobra.Command {
	var o scanFlags
	c := &cobra.Command{
		Use:   "scan FILE|FOLDER|-…",
		Short: "check files and folders without a server",
		Long: `Check files and folders without a server. Nothing is kept.

Folders are read with everything below them, hidden files included; links in them
are not followed. - is standard input. What was found is masked unless --show.

Exit codes; of several, the first of this order wins:
  3  a file bears what looks like a state-secret mark (BLOCK, to be quarantined)
  2  a file could not be read, nothing was checked, or the command was asked wrongly
  1  something at HOLD or BLOCK was found
  0  nothing at HOLD or above
A scan that is broken off ends with 130.`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(c *cobra.Command, paths []string) error {
			return o.run(c.Context(), paths, c.InOrStdin(), c.OutOrStdout(), c.ErrOrStderr())
		},
	}
	f := c.Flags()
	f.BoolVar(&o.json, "json", false, "print a JSON list with one object a file")
	f.BoolVar(&o.sarif, "sarif", false, "print SARIF 2.1.0")
	f.BoolVar(&o.show, "show", false, "print what was found unmasked")
	f.BoolVar(&o.all, "all", false, "as text, print every finding, not only the first of many alike")
	f.StringVar(&o.lang, "lang", "", "`zh` or en (default: by LC_ALL, LC_MESSAGES, LANG)")
	f.StringVar(&o.kind, "kind", "", "`kind` of the disclosure, such as notice or consultation_draft")
	f.StringVar(&o.lexicon, "lexicon", "", "CSV `file` with the bureau's own terms, instead of the list for trials")
	f.StringVar(&o.rules, "rules", "", "rule set by `version`, or a file with one (default: what is in force)")
	f.StringVar(&o.day, "at", "", "`date` whose rules and terms count, such as 2026-01-31 (default: today)")
	f.StringVar(&o.name, "name", "", "file `name` of standard input")
	c.MarkFlagsMutuallyExclusive("json", "sarif")
	return c
}

func (o scanFlags) run(ctx context.Context, paths []string, in io.Reader, out, errOut io.Writer) error {
	lang, err := language(o.lang)
	if err != nil {
		return err
	}
	stdin := 0
	for _, p := range paths {
		if p == "-" {
			stdin++
		}
	}
	switch {
	case stdin > 1:
		return errors.New("- may stand once")
	case o.name != "" && stdin == 0:
		return errors.New("--name goes with -")
	case o.name == "":
		o.name = "-"
	}
	checker, err := o.checker()
	if err != nil {
		return err
	}
	s := scan.New(scan.Options{Checker: checker, Kind: o.kind, Show: o.show, Tools: document.Installed})
	report := scan.JSON(out)
	switch {
	case o.sarif:
		report, err = s.SARIF(out, lang, version())
	case !o.json:
		report, err = s.Text(out, lang, o.all)
	}
	if err != nil {
		return err
	}
	var sum scan.Summary
	sum.Passed, err = s.Run(ctx, scan.Source{Paths: paths, Stdin: in, Name: o.name}, func(f scan.File) error {
		sum.Add(f)
		return report.File(f)
	})
	if errors.Is(err, context.Canceled) {
		fmt.Fprintln(errOut, "shenfa: interrupted; the rest was not checked")
		return interrupted
	}
	if err == nil {
		err = report.Close(sum)
	}
	if code := sum.Code(); err == nil && code != 0 {
		return exit(code)
	}
	return err
}

// checker is the one the flags ask for.
func (o scanFlags) checker() (check.Checker, error) {
	var none check.Checker
	if err := knownKind(o.kind); err != nil {
		return none, err
	}
	at := time.Now()
	if o.day != "" {
		day, err := time.ParseInLocation(time.DateOnly, o.day, time.FixedZone("CST", 8*60*60))
		if err != nil {
			return none, fmt.Errorf("--at %s: a date such as 2026-01-31", o.day)
		}
		at = day
	}
	lexicon, err := detect.DemoLexicon()
	if o.lexicon != "" {
		var file *os.File
		if file, err = os.Open(o.lexicon); err == nil {
			lexicon, err = detect.ParseLexicon(file)
			err = errors.Join(err, file.Close())
		}
	}
	if err != nil {
		return none, fmt.Errorf("--lexicon: %w", err)
	}
	rules, err := detect.Current(at)
	if o.rules != "" {
		rules, err = scan.RuleSet(o.rules)
	}
	if err != nil {
		return none, fmt.Errorf("--rules: %w", err)
	}
	return check.Of(rules, lexicon.At(at)), nil
}

func knownKind(kind string) error {
	var ids []string
	for _, k := range disclosure.Kinds() {
		if k.ID == kind {
			return nil
		}
		ids = append(ids, k.ID)
	}
	if kind == "" {
		return nil
	}
	return fmt.Errorf("--kind %s: one of %s", kind, strings.Join(ids, ", "))
}

// language is the one asked for, or else that of the environment.
func language(asked string) (scan.Language, error) {
	switch asked {
	case "zh", "en":
		return scan.Language(asked), nil
	case "":
	default:
		return "", fmt.Errorf("--lang %s: zh or en", asked)
	}
	for _, name := range []string{"LC_ALL", "LC_MESSAGES", "LANG"} {
		if v := os.Getenv(name); v != "" {
			if strings.HasPrefix(v, "en") {
				return scan.English, nil
			}
			break
		}
	}
	return scan.Chinese, nil
}

// version is that of the program, as it was built.
func version() string {
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" && info.Main.Version != "(devel)" {
		return info.Main.Version
	}
	return "devel"
}
