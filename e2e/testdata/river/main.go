// River measures how late River starts scheduled jobs, as a baseline for releases.
// It is a module of its own, so that a baseline is no dependency of the product.
//
// usage: river DATABASE_URL N SPACING LEAD
//
// N jobs are scheduled, the first LEAD from now, each SPACING after the one before.
// How late each was is printed in nanoseconds, as a JSON array.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivermigrate"
)

func main() {
	if err := run(context.Background(), os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// item is a job that does nothing but note when it ran.
type item struct {
	At time.Time `json:"at"`
}

func (item) Kind() string { return "item" }

type worker struct {
	river.WorkerDefaults[item]
	late chan time.Duration
}

func (w *worker) Work(_ context.Context, job *river.Job[item]) error {
	w.late <- time.Since(job.Args.At)
	return nil
}

func run(ctx context.Context, args []string) error {
	if len(args) != 4 {
		return errors.New("usage: river DATABASE_URL N SPACING LEAD")
	}
	n, err := strconv.Atoi(args[1])
	if err != nil {
		return err
	}
	spacing, err := time.ParseDuration(args[2])
	if err != nil {
		return err
	}
	lead, err := time.ParseDuration(args[3])
	if err != nil {
		return err
	}
	config, err := pgxpool.ParseConfig(args[0])
	if err != nil {
		return err
	}
	config.MaxConns = 24 // as many as one of our processes has
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return err
	}
	defer pool.Close()
	late, err := measure(ctx, pool, n, spacing, lead)
	if err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(late)
}

const schema = "river"

func measure(ctx context.Context, pool *pgxpool.Pool, n int, spacing, lead time.Duration) ([]time.Duration, error) {
	if _, err := pool.Exec(ctx, "CREATE SCHEMA IF NOT EXISTS "+pgx.Identifier{schema}.Sanitize()); err != nil {
		return nil, err
	}
	driver := riverpgxv5.New(pool)
	log := slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelError}))
	migrator, err := rivermigrate.New(driver, &rivermigrate.Config{Schema: schema, Logger: log})
	if err != nil {
		return nil, err
	}
	if _, err := migrator.Migrate(ctx, rivermigrate.DirectionUp, nil); err != nil {
		return nil, err
	}
	w := &worker{late: make(chan time.Duration, n)}
	workers := river.NewWorkers()
	river.AddWorker(workers, w)
	client, err := river.NewClient(driver, &river.Config{
		Queues: map[string]river.QueueConfig{river.QueueDefault: {MaxWorkers: 100}}, Workers: workers, Schema: schema, Logger: log,
	})
	if err != nil {
		return nil, err
	}
	if err := client.Start(ctx); err != nil {
		return nil, err
	}
	at := time.Now().Add(lead)
	var jobs []river.InsertManyParams
	for i := range n {
		at := at.Add(time.Duration(i) * spacing)
		jobs = append(jobs, river.InsertManyParams{Args: item{At: at}, InsertOpts: &river.InsertOpts{ScheduledAt: at}})
	}
	if _, err := client.InsertMany(ctx, jobs); err != nil {
		return nil, err
	}
	late := make([]time.Duration, 0, n)
	for range n {
		select {
		case d := <-w.late:
			late = append(late, d)
		case <-time.After(time.Until(at) + time.Duration(n)*spacing + 2*time.Minute):
			return nil, fmt.Errorf("only %d of %d jobs ran", len(late), n)
		}
	}
	return late, client.Stop(ctx)
}
