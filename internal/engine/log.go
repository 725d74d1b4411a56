package engine

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"sync/atomic"

	"go.temporal.io/server/common/log"
	"go.temporal.io/server/common/log/tag"
)

// serverLog brings what the Temporal server reports into the product's log. The
// server warns a great deal about nothing, so only errors count as errors; while
// it comes up or goes down even those are noise ("shard status unknown",
// "context canceled"), because Start and Stop return what matters.
type serverLog struct {
	to      *slog.Logger
	settled *atomic.Bool
}

var (
	_ log.Logger      = (*serverLog)(nil)
	_ log.WithLogger  = (*serverLog)(nil)
	_ log.SLogWrapper = (*serverLog)(nil)
)

func newServerLog(to *slog.Logger) *serverLog {
	return &serverLog{to: to.With(slog.String("part", "temporal")), settled: new(atomic.Bool)}
}

func (l *serverLog) settle(settled bool) { l.settled.Store(settled) }

// Debug implements log.Logger.
func (l *serverLog) Debug(string, ...tag.Tag) {}

// Info implements log.Logger.
func (l *serverLog) Info(string, ...tag.Tag) {}

// Warn implements log.Logger.
func (l *serverLog) Warn(msg string, tags ...tag.Tag) { l.write(slog.LevelDebug, msg, tags) }

// Error implements log.Logger.
func (l *serverLog) Error(msg string, tags ...tag.Tag) {
	if !l.settled.Load() {
		l.write(slog.LevelDebug, msg, tags)
		return
	}
	l.write(slog.LevelError, msg, tags)
}

// DPanic implements log.Logger: outside development it is an error.
func (l *serverLog) DPanic(msg string, tags ...tag.Tag) { l.write(slog.LevelError, msg, tags) }

// Panic implements log.Logger, whose callers rely on not coming back.
func (l *serverLog) Panic(msg string, tags ...tag.Tag) {
	l.write(slog.LevelError, msg, tags)
	panic(msg)
}

// Fatal implements log.Logger, whose callers rely on not coming back. PostgreSQL
// follows the process in order.
func (l *serverLog) Fatal(msg string, tags ...tag.Tag) {
	l.write(slog.LevelError, msg, tags)
	os.Exit(1)
}

// With implements log.WithLogger.
func (l *serverLog) With(tags ...tag.Tag) log.Logger {
	return &serverLog{to: slog.New(l.to.Handler().WithAttrs(attributes(tags))), settled: l.settled}
}

// SLog implements log.SLogWrapper, through which the server's libraries log. They
// get errors through and nothing else.
func (l *serverLog) SLog() *slog.Logger { return slog.New(errorsOnly{l.to.Handler()}) }

func (l *serverLog) write(level slog.Level, msg string, tags []tag.Tag) {
	l.to.LogAttrs(context.Background(), level, msg, attributes(tags)...)
}

func attributes(tags []tag.Tag) []slog.Attr {
	attrs := make([]slog.Attr, len(tags))
	for i, t := range tags {
		attrs[i] = slog.Any(t.Key(), t.Value())
	}
	return attrs
}

type errorsOnly struct{ slog.Handler }

func (h errorsOnly) Enabled(ctx context.Context, level slog.Level) bool {
	return level >= slog.LevelError && h.Handler.Enabled(ctx, level)
}

func (h errorsOnly) WithAttrs(attrs []slog.Attr) slog.Handler {
	return errorsOnly{h.Handler.WithAttrs(attrs)}
}

func (h errorsOnly) WithGroup(name string) slog.Handler { return errorsOnly{h.Handler.WithGroup(name)} }

// discreetLogger hides what the SDK would tell in clear: it logs the error of
// each failed activity with its message, and the message is content.
func discreetLogger(w io.Writer) *slog.Logger {
	return slog.New(slog.NewTextHandler(w, &slog.HandlerOptions{
		Level: slog.LevelWarn,
		ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
			switch a.Key {
			case "Error", "PanicError", "Result":
				return slog.String(a.Key, fmt.Sprintf("%T", a.Value.Any()))
			case "StackTrace", "PanicStack":
				return slog.Attr{}
			}
			return a
		},
	}))
}
