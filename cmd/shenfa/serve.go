package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"shenfa/internal/engine"
	"shenfa/internal/reader"
	"shenfa/internal/store"
	"shenfa/internal/vault"
)

// serveOptions are the flags of serve.
type serveOptions struct {
	dir        string
	listen     string
	demo       bool
	engineOnly bool
	temporal   int
	tls        bool
	channels   channelFlags
	beacon     beaconFlags
	mail       mailFlags
	site       siteFlags
}

func serveCommand() *cobra.Command {
	var o serveOptions
	c := &cobra.Command{
		Use:   "serve",
		Short: "run everything in one process, on a private PostgreSQL and Temporal",
		Args:  cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return serve(c.Context(), o, c.OutOrStdout(), c.ErrOrStderr())
		},
	}
	f := c.Flags()
	f.StringVar(&o.dir, "data", "data", "`directory` for everything that is kept")
	f.StringVar(&o.listen, "listen", "127.0.0.1:8080", "`address` for API, console and portal")
	f.BoolVar(&o.demo, "demo", false, "make one bureau with an account for every role; see DIR/demo-accounts.json")
	f.BoolVar(&o.engineOnly, "engine-only", false, "run only PostgreSQL and Temporal, for `shenfa api` and `shenfa worker` on this machine; see DIR/client/connect.json")
	f.IntVar(&o.temporal, "temporal-port", 0, "loopback `port` of Temporal (default: any free one)")
	f.BoolVar(&o.tls, "behind-tls", false, "a proxy before us speaks TLS: send cookies only over https")
	o.channels.flags(f)
	o.beacon.flags(f)
	o.mail.flags(f)
	o.site.flags(f)
	return c
}

// serve runs until ctx ends or the database goes away.
func serve(ctx context.Context, o serveOptions, out, errOut io.Writer) (err error) {
	log := newLogger(errOut)
	var up closers
	defer func() { err = errors.Join(err, up.close()) }()

	site, err := o.site.options(o.channels.public)
	if err != nil {
		return err
	}
	hub, err := o.site.open(o.channels.public)
	if err != nil {
		return err
	}
	post, err := o.mail.open()
	if err != nil {
		return err
	}
	// A taken port is an error now, not a log line later.
	var listener net.Listener
	if !o.engineOnly {
		if listener, err = (&net.ListenConfig{}).Listen(ctx, "tcp", o.listen); err != nil {
			return fmt.Errorf("--listen: %w", err)
		}
		up.add(func() error { return ignoreClosed(listener.Close()) })
	}
	e, err := engine.Start(ctx, engine.Options{Dir: o.dir, FrontendPort: o.temporal, Logger: log, SDKLog: errOut, AppConnections: 3 * connections})
	if err != nil {
		return err
	}
	up.add(e.Stop)
	v, err := vault.Open(filepath.Join(o.dir, "keys"))
	if err != nil {
		return err
	}
	if err := migrate(ctx, e.DatabaseURL(), v); err != nil {
		return err
	}
	s, err := store.Open(ctx, e.AppDatabaseURL(), v, connections)
	if err != nil {
		return err
	}
	up.add(s.Close)
	var accounts []demoAccount
	if o.demo {
		if accounts, err = ensureDemo(ctx, s, o.dir); err != nil {
			return err
		}
	}
	if o.engineOnly {
		if err := writeConnection(e, o.dir); err != nil {
			return err
		}
		fmt.Fprintf(out, "engine ready: %s\n", filepath.Join(o.dir, "client", "connect.json"))
		return wait(ctx, e)
	}
	readers, err := reader.Start(ctx, reader.Config{Cache: filepath.Join(o.dir, "cache", "pdf"), Log: log})
	if err != nil {
		return err
	}
	up.add(readers.Close)
	c, err := e.Dial()
	if err != nil {
		return err
	}
	up.add(func() error { c.Close(); return nil })
	if o.channels.portal == "" {
		o.channels.portal = "http://" + listener.Addr().String()
	}
	cal, stop, err := openCalendar(ctx, s, log)
	if err != nil {
		return err
	}
	up.add(stop)
	acts, err := newActivities(s, cal, &o.channels, readers.Open)
	if err != nil {
		return err
	}
	up.add(startKeeper(c, acts, o.beacon, post, hub, log))
	if stop, err = startWorkers(c, acts); err != nil {
		return err
	}
	up.add(stop)
	if stop, err = startHTTP(listener, c, s, cal, o.channels, readers, site, !o.tls, log); err != nil {
		return err
	}
	up.add(stop)
	greet(out, "http://"+listener.Addr().String(), accounts)
	return wait(ctx, e)
}

func ignoreClosed(err error) error {
	if errors.Is(err, net.ErrClosed) {
		return nil
	}
	return err
}

func wait(ctx context.Context, e *engine.Engine) error {
	select {
	case <-ctx.Done():
		return nil
	case <-e.Done():
		return errors.New("the database has stopped; start again, and it recovers by itself")
	}
}

func greet(out io.Writer, base string, accounts []demoAccount) {
	fmt.Fprintf(out, "console  %s/console\nportal   %s/\nAPI      %s/api/v1/docs\n", base, base, base)
	if len(accounts) == 0 {
		return
	}
	fmt.Fprintf(out, "\n%-12s %-26s %-12s %s\n", "login", "role", "section", "password")
	for _, a := range accounts {
		fmt.Fprintf(out, "%-12s %-26s %-12s %s\n", a.Login, a.Role, a.Section, a.Password)
	}
}

// connection is DIR/client/connect.json: what another process of this machine needs.
type connection struct {
	DatabaseURL string        `json:"database_url"`
	OwnerURL    string        `json:"owner_url"`
	Temporal    engine.Remote `json:"temporal"`
	Keys        string        `json:"keys"`
}

func writeConnection(e *engine.Engine, dir string) error {
	client := filepath.Join(dir, "client")
	remote, err := e.WriteClientCredentials(client)
	if err != nil {
		return err
	}
	raw, err := json.MarshalIndent(connection{
		DatabaseURL: e.AppDatabaseURL(), OwnerURL: e.DatabaseURL(), Temporal: remote, Keys: filepath.Join(dir, "keys"),
	}, "", "  ")
	if err != nil {
		return err
	}
	fresh := filepath.Join(client, "connect.json.new")
	return errors.Join(os.WriteFile(fresh, raw, 0o600), os.Rename(fresh, filepath.Join(client, "connect.json")))
}

// startPatience bounds how long a process waits for a database or a Temporal that
// is still starting.
const startPatience = time.Minute
