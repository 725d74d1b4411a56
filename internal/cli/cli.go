// Package cli is the command line for people and scripts. It knows the HTTP API
// and nothing behind it.
//
// A command ends with 0 when it was done, with 1 when the server refused it and
// with 2 when it was asked wrongly or the server did not answer; ExitCode tells.
package cli

import (
	"bufio"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"
)

// world is what a command takes from outside; tests bring their own.
type world struct {
	getenv      func(string) string
	configDir   func() (string, error)
	client      *http.Client
	key         func() string // a new idempotency key
	pause       func(ctx context.Context, d time.Duration) error
	interactive func() bool // somebody can answer a question
	password    func() (string, error)
}

// Commands are the subcommands of shenfa that talk to a server.
func Commands() []*cobra.Command {
	return commands(outside())
}

// outside is the world as it is.
func outside() world {
	return world{
		getenv:    os.Getenv,
		configDir: os.UserConfigDir,
		client: &http.Client{
			Timeout: 5 * time.Minute,
			// A redirect could carry the token elsewhere.
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
		key:         rand.Text,
		pause:       pause,
		interactive: func() bool { return term.IsTerminal(int(os.Stdin.Fd())) },
		password: func() (string, error) {
			raw, err := term.ReadPassword(int(os.Stdin.Fd()))
			return string(raw), err
		},
	}
}

func commands(w world) []*cobra.Command {
	var all []*cobra.Command
	for _, make := range []func(*run) *cobra.Command{
		loginCommand, logoutCommand, whoamiCommand,
		submitCommand, statusCommand, trailCommand, formCommand, checklistCommand, rollBackCommand, recordCommand, clocksCommand, extendCommand, diffCommand, findingsCommand, disposeCommand,
		inboxCommand, decideCommand, correctCommand, bypassCommand, ratifyCommand, reevaluateCommand, rerouteCommand, taskCommand, delegationsCommand, colleaguesCommand, followCommand, withdrawCommand, recallCommand, takeDownCommand, restoreCommand, rescheduleCommand, questionCommand, commentCommand, previewCommand,
		releaseCommand, releasesCommand, freezeCommand, batchCommand, lexiconCommand, campaignCommand, evidenceCommand, peopleCommand, tokenCommand, routeCommand, calendarCommand, announceCommand,
	} {
		r := &run{world: w}
		c := make(r)
		r.flags(c)
		all = append(all, c)
	}
	return all
}

// run is one command being run.
type run struct {
	world

	server, token, language string
	asJSON                  bool

	cmd *cobra.Command
}

func (r *run) flags(c *cobra.Command) {
	f := c.PersistentFlags()
	f.StringVar(&r.server, "server", "", "server's `URL` (SHENFA_SERVER; default: where you logged in)")
	f.StringVar(&r.token, "token", "", "`token` (SHENFA_TOKEN; default: that of your login)")
	f.BoolVar(&r.asJSON, "json", false, "print the server's JSON as it is")
	f.StringVar(&r.language, "lang", "", "`zh` or en (default: by LC_ALL, LC_MESSAGES, LANG)")
}

// does wraps a command's work: from here on a fault is no longer one of usage.
func (r *run) does(work func(ctx context.Context, args []string) error) func(*cobra.Command, []string) error {
	return func(c *cobra.Command, args []string) error {
		c.SilenceUsage = true
		r.cmd = c
		if r.language != "" && r.language != "zh" && r.language != "en" {
			return fmt.Errorf("--lang %s: zh or en", r.language)
		}
		ctx := c.Context()
		if ctx == nil {
			ctx = context.Background()
		}
		return work(ctx, args)
	}
}

// english says whether people are answered in English; Chinese unless they ask.
func (r *run) english() bool {
	lang := r.language
	for _, name := range []string{"LC_ALL", "LC_MESSAGES", "LANG"} {
		if lang == "" {
			lang = r.getenv(name)
		}
	}
	return strings.HasPrefix(lang, "en")
}

// say chooses between the two languages.
func (r *run) say(zh, en string) string {
	if r.english() {
		return en
	}
	return zh
}

func (r *run) printf(format string, args ...any) {
	_, _ = fmt.Fprintf(r.cmd.OutOrStdout(), format, args...) // nobody is there to be told
}

func (r *run) notef(format string, args ...any) {
	_, _ = fmt.Fprintf(r.cmd.ErrOrStderr(), format, args...)
}

// confirm asks for a yes.
func (r *run) confirm(question string) (bool, error) {
	r.notef("%s [y/N] ", question)
	line, err := r.line()
	return strings.EqualFold(line, "y") || strings.EqualFold(line, "yes"), err
}

// line reads one line of what is typed or piped in.
func (r *run) line() (string, error) {
	line, err := bufio.NewReader(r.cmd.InOrStdin()).ReadString('\n')
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return strings.TrimRight(line, "\r\n"), err
}

func pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}

// Refused is the server's no.
type Refused struct {
	Status  int               `json:"-"`
	Code    string            `json:"code"`
	Message string            `json:"message"`
	Field   string            `json:"field"`
	Details map[string]string `json:"details"`
}

func (r *Refused) Error() string { return fmt.Sprintf("%s (%s)", r.Message, r.Code) }

// ExitCode is the status a command ends with. A server in trouble counts as one
// that did not answer: the same command may work later.
func ExitCode(err error) int {
	var no *Refused
	switch {
	case err == nil:
		return 0
	case errors.As(err, &no) && no.Status < http.StatusInternalServerError:
		return 1
	}
	return 2
}
