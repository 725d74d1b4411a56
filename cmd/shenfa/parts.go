package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"runtime"
	"sync"
	"time"

	"github.com/labstack/echo/v4"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/worker"

	"shenfa/activities"
	"shenfa/api"
	"shenfa/api/console"
	"shenfa/api/portal"
	"shenfa/internal/calendar"
	"shenfa/internal/check"
	"shenfa/internal/desk"
	"shenfa/internal/disclosure"
	"shenfa/internal/keeper"
	"shenfa/internal/reader"
	"shenfa/internal/store"
	"shenfa/internal/vault"
	"shenfa/migrations"
	"shenfa/workflows"
)

// ledgerOrigin names our ledger; it stands in every checkpoint.
const ledgerOrigin = "shenfa/ledger"

const (
	connections   = 24
	shutdownGrace = 10 * time.Second
	// heartbeatEvery leaves room for a lost heartbeat before an activity counts as dead.
	heartbeatEvery = 3 * time.Second
)

// closers undoes in reverse what was started.
type closers []func() error

func (c *closers) add(f func() error) { *c = append(*c, f) }

func (c closers) close() error {
	var errs []error
	for i := len(c) - 1; i >= 0; i-- {
		errs = append(errs, c[i]())
	}
	return errors.Join(errs...)
}

func newLogger(w io.Writer) *slog.Logger {
	return slog.New(slog.NewTextHandler(w, &slog.HandlerOptions{Level: slog.LevelInfo}))
}

// migrate brings the schema up to date as its owner.
func migrate(ctx context.Context, ownerURL string, v *vault.Vault) error {
	db, err := sql.Open("postgres", ownerURL)
	if err != nil {
		return fmt.Errorf("open database: %w", err)
	}
	defer db.Close()
	if err := migrations.Up(ctx, db); err != nil {
		return err
	}
	s, err := store.Open(ctx, ownerURL, v, 1)
	if err != nil {
		return err
	}
	return errors.Join(s.SyncRoutes(ctx, disclosure.Routes()), s.Close())
}

func newActivities(s *store.Store, cal *calendar.Holder, flags *channelFlags, open check.Open) (*activities.Activities, error) {
	channels, err := flags.open(s)
	if err != nil {
		return nil, err
	}
	purge, err := flags.purger()
	if err != nil {
		return nil, err
	}
	return &activities.Activities{Store: s, Calendar: cal, Channels: channels, Purge: purge, Open: open, Now: time.Now}, nil
}

// startWorkers polls both queues until it is closed.
func startWorkers(c client.Client, acts *activities.Activities) (func() error, error) {
	road := worker.New(c, workflows.Queue, worker.Options{
		MaxConcurrentActivityExecutionSize:     16, // about as many as there are connections for
		MaxConcurrentWorkflowTaskExecutionSize: 64,
		MaxConcurrentActivityTaskPollers:       2, // most tasks come with the answer to the one before
		MaxConcurrentWorkflowTaskPollers:       2,
		WorkerStopTimeout:                      shutdownGrace,
		MaxHeartbeatThrottleInterval:           heartbeatEvery,
	})
	workflows.Register(road, acts)
	release := worker.New(c, workflows.ReleaseQueue, worker.Options{
		MaxConcurrentActivityExecutionSize: 8, MaxConcurrentWorkflowTaskPollers: 2, WorkerStopTimeout: shutdownGrace, MaxHeartbeatThrottleInterval: heartbeatEvery,
	})
	workflows.RegisterRelease(release, acts)
	for _, w := range []worker.Worker{road, release} {
		if err := w.Start(); err != nil {
			return nil, fmt.Errorf("start workers: %w", err)
		}
	}
	return func() error {
		release.Stop()
		road.Stop()
		return nil
	}, nil
}

// startKeeper runs the loops until it is closed.
func startKeeper(c client.Client, acts *activities.Activities, beacon beaconFlags, post *keeper.Post, hub keeper.Hub, log *slog.Logger) func() error {
	ctx, cancel := context.WithCancel(context.Background())
	k := &keeper.Keeper{Store: acts.Store, Temporal: c, Origin: ledgerOrigin, Log: log, Patrol: acts.Patrol, Beacon: beacon.open(), Hub: hub, Calendar: acts.Calendar, Post: post}
	var wg sync.WaitGroup
	wg.Go(func() { k.Run(ctx) })
	return func() error {
		cancel()
		wg.Wait()
		return nil
	}
}

// startHTTP serves API, console and portal on l until it is closed.
func startHTTP(l net.Listener, c client.Client, s *store.Store, cal *calendar.Holder, channels channelFlags, readers *reader.Pool, site portal.Options, insecure bool, log *slog.Logger) (func() error, error) {
	callbacks, err := channels.wechat.receiver(s)
	if err != nil {
		return nil, err
	}
	d := desk.New(desk.Config{
		CacheLife: channels.cacheLife,
		Store:     s, Temporal: c, Calendar: cal, Channels: channels.names(), Origin: ledgerOrigin, Open: readers.Open, Treatment: treatments{readers}, Log: log, Cores: runtime.NumCPU(),
		Font: os.Getenv("SHENFA_FONT"),
	})
	e := echo.New()
	e.HideBanner, e.HidePort = true, true
	site.Logger = log
	public := portal.New(d, site)
	public.Register(e)
	console.New(d, console.Options{Logger: log, Insecure: insecure}).Register(e)
	api.New(d, api.Options{Logger: log, Insecure: insecure, WeChat: callbacks, Collectors: public.Collectors()}).Register(e)
	server := &http.Server{
		Handler: e, ReadHeaderTimeout: 10 * time.Second, ReadTimeout: 2 * time.Minute, WriteTimeout: 15 * time.Minute, IdleTimeout: 2 * time.Minute,
		ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelWarn),
	}
	served := make(chan error, 1)
	go func() { served <- server.Serve(l) }()
	return func() error {
		ctx, cancel := context.WithTimeout(context.Background(), shutdownGrace)
		defer cancel()
		err := server.Shutdown(ctx)
		if serr := <-served; !errors.Is(serr, http.ErrServerClosed) {
			err = errors.Join(err, serr)
		}
		return err
	}, nil
}
