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
	root.AddCommand(serveCommand(), apiCommand(), workerCommand(), migrateCommand(), scanCommand(), rulesCommand(), logCommand())
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

// exit ends the program with a code, after everything was said.
type exit int

func (e exit) Error() string { return fmt.Sprintf("exit %d", int(e)) }
