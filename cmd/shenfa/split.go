package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"go.temporal.io/sdk/client"

	"shenfa/internal/engine"
	"shenfa/internal/reader"
	"shenfa/internal/store"
	"shenfa/internal/vault"
)

// splitFlags say where database, Temporal and keys are when they are not ours.
type splitFlags struct {
	database string
	keys     string
	remote   engine.Remote
}

func (s *splitFlags) register(f *pflag.FlagSet, temporal bool) {
	f.StringVar(&s.database, "database-url", os.Getenv("SHENFA_DATABASE_URL"), "PostgreSQL `URL` (SHENFA_DATABASE_URL), search_path beginning with our schema")
	f.StringVar(&s.keys, "keys", os.Getenv("SHENFA_KEYS"), "`directory` of the keys (SHENFA_KEYS), the same for every process")
	if !temporal {
		return
	}
	f.StringVar(&s.remote.HostPort, "temporal", os.Getenv("SHENFA_TEMPORAL"), "Temporal frontend as `host:port` (SHENFA_TEMPORAL)")
	f.StringVar(&s.remote.Namespace, "temporal-namespace", "shenfa", "`namespace` in Temporal")
	f.StringVar(&s.remote.CertFile, "temporal-cert", os.Getenv("SHENFA_TEMPORAL_CERT"), "our certificate, a PEM `file`")
	f.StringVar(&s.remote.KeyFile, "temporal-key", os.Getenv("SHENFA_TEMPORAL_KEY"), "its key, a PEM `file`")
	f.StringVar(&s.remote.CAFile, "temporal-ca", os.Getenv("SHENFA_TEMPORAL_CA"), "their authority, a PEM `file` (default: the system's)")
	f.StringVar(&s.remote.ServerName, "temporal-server-name", os.Getenv("SHENFA_TEMPORAL_SERVER_NAME"), "the `name` their certificate bears (default: the host)")
}

// open connects to both, or says which flag is missing.
func (s *splitFlags) open(ctx context.Context, errOut io.Writer, up *closers) (*store.Store, client.Client, error) {
	for flag, value := range map[string]string{"--database-url": s.database, "--keys": s.keys, "--temporal": s.remote.HostPort} {
		if value == "" {
			return nil, nil, fmt.Errorf("%s is required", flag)
		}
	}
	ctx, cancel := context.WithTimeout(ctx, startPatience)
	defer cancel()
	v, err := vault.Open(s.keys)
	if err != nil {
		return nil, nil, err
	}
	db, err := store.Open(ctx, s.database, v, connections)
	if err != nil {
		return nil, nil, err
	}
	up.add(db.Close)
	if err := db.UpToDate(ctx); err != nil {
		return nil, nil, err
	}
	c, err := engine.DialRemote(ctx, s.remote, v, errOut)
	if err != nil {
		return nil, nil, err
	}
	up.add(func() error { c.Close(); return nil })
	return db, c, nil
}

func apiCommand() *cobra.Command {
	var s splitFlags
	var channels channelFlags
	var public siteFlags
	var listen string
	var behindTLS bool
	c := &cobra.Command{
		Use:   "api",
		Short: "run API, console and portal against a database and a Temporal elsewhere",
		Args:  cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return split(c, &s, func(ctx context.Context, db *store.Store, t client.Client, log *slog.Logger, up *closers) error {
				site, err := public.options(channels.public)
				if err != nil {
					return err
				}
				l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", listen)
				if err != nil {
					return fmt.Errorf("--listen: %w", err)
				}
				readers, err := reader.Start(ctx, reader.Config{Log: log})
				if err != nil {
					return errors.Join(err, l.Close())
				}
				up.add(readers.Close)
				cal, stop, err := openCalendar(ctx, db, log)
				if err != nil {
					return errors.Join(err, l.Close())
				}
				up.add(stop)
				stop, err = startHTTP(l, t, db, cal, channels, readers, site, !behindTLS, log)
				if err != nil {
					return errors.Join(err, l.Close())
				}
				up.add(stop)
				greet(c.OutOrStdout(), "http://"+l.Addr().String(), nil)
				return nil
			})
		},
	}
	s.register(c.Flags(), true)
	channels.flags(c.Flags())
	public.flags(c.Flags())
	c.Flags().StringVar(&listen, "listen", "127.0.0.1:8080", "`address` for API, console and portal")
	c.Flags().BoolVar(&behindTLS, "behind-tls", false, "a proxy before us speaks TLS: send cookies only over https")
	return c
}

func workerCommand() *cobra.Command {
	var s splitFlags
	var flags channelFlags
	var beacon beaconFlags
	var mail mailFlags
	var public siteFlags
	c := &cobra.Command{
		Use:   "worker",
		Short: "run workflows, activities and the keeper's loops against a database and a Temporal elsewhere",
		Args:  cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if flags.portal == "" {
				return errors.New("--portal-url is required: where the worker reads back what is online")
			}
			return split(c, &s, func(ctx context.Context, db *store.Store, t client.Client, log *slog.Logger, up *closers) error {
				hub, err := public.open(flags.public)
				if err != nil {
					return err
				}
				post, err := mail.open()
				if err != nil {
					return err
				}
				readers, err := reader.Start(ctx, reader.Config{Log: log})
				if err != nil {
					return err
				}
				up.add(readers.Close)
				cal, stop, err := openCalendar(ctx, db, log)
				if err != nil {
					return err
				}
				up.add(stop)
				acts, err := newActivities(db, cal, &flags, readers.Open)
				if err != nil {
					return err
				}
				up.add(startKeeper(t, acts, beacon, post, hub, log))
				if stop, err = startWorkers(t, acts); err != nil {
					return err
				}
				up.add(stop)
				fmt.Fprintln(c.OutOrStdout(), "worker ready")
				return nil
			})
		},
	}
	s.register(c.Flags(), true)
	flags.flags(c.Flags())
	beacon.flags(c.Flags())
	mail.flags(c.Flags())
	public.flags(c.Flags())
	return c
}

// split starts one part and keeps it until the context ends.
func split(c *cobra.Command, s *splitFlags,
	start func(ctx context.Context, db *store.Store, t client.Client, log *slog.Logger, up *closers) error,
) (err error) {
	ctx := c.Context()
	var up closers
	defer func() { err = errors.Join(err, up.close()) }()
	db, t, err := s.open(ctx, c.ErrOrStderr(), &up)
	if err != nil {
		return err
	}
	if err := start(ctx, db, t, newLogger(c.ErrOrStderr()), &up); err != nil {
		return err
	}
	<-ctx.Done()
	return nil
}

func migrateCommand() *cobra.Command {
	var s splitFlags
	c := &cobra.Command{
		Use:   "migrate",
		Short: "bring the schema of a database elsewhere up to date, as its owner",
		Args:  cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if s.database == "" || s.keys == "" {
				return errors.New("--database-url and --keys are required")
			}
			v, err := vault.Open(s.keys)
			if err != nil {
				return err
			}
			return migrate(c.Context(), s.database, v)
		},
	}
	s.register(c.Flags(), false)
	return c
}
