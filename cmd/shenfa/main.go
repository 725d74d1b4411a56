// Command shenfa is the review-and-release engine for government information
// disclosure: server, workers and command line in one binary.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"shenfa/internal/cli"
	"shenfa/internal/reader"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:])
	stop()
	os.Exit(code)
}

// run carries out one command line and returns the exit code.
func run(ctx context.Context, args []string) int {
	root := &cobra.Command{
		Use:           "shenfa",
		Short:         "审发 · review and release of government information",
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	root.AddCommand(serveCommand(), apiCommand(), workerCommand(), migrateCommand(), scanCommand(), rulesCommand(), logCommand(), readCommand(), adminCommand())
	root.AddCommand(cli.Commands()...)
	root.SetArgs(args)
	err := root.ExecuteContext(ctx)
	var done exit
	if errors.As(err, &done) {
		return int(done)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "shenfa:", err)
	}
	return cli.ExitCode(err)
}

// readCommand is what this program starts itself as, to open files nobody trusts.
func readCommand() *cobra.Command {
	return &cobra.Command{
		Use: "read", Hidden: true, DisableFlagParsing: true,
		RunE: func(c *cobra.Command, args []string) error {
			return reader.Run(context.WithoutCancel(c.Context()), args, os.Stdin, os.Stdout)
		},
	}
}

// exit ends the program with a code, after everything was said.
type exit int

func (e exit) Error() string { return fmt.Sprintf("exit %d", int(e)) }
