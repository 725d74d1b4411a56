package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"time"

	"github.com/spf13/pflag"

	"shenfa/internal/keeper"
)

// beaconFlags say who outside is told how the house stands.
type beaconFlags struct{ alert, heartbeat string }

func (f *beaconFlags) flags(s *pflag.FlagSet) {
	s.StringVar(&f.alert, "alert-url", os.Getenv("SHENFA_ALERT_URL"), "`URL` that is told, in numbers, when something is late or differs, and when nothing does any longer (SHENFA_ALERT_URL)")
	s.StringVar(&f.heartbeat, "heartbeat-url", os.Getenv("SHENFA_HEARTBEAT_URL"), "`URL` that is told every minute that the watchdog lives, so that silence is an alarm (SHENFA_HEARTBEAT_URL)")
}

func (f beaconFlags) open() *keeper.Beacon {
	if f.alert == "" && f.heartbeat == "" {
		return nil
	}
	return &keeper.Beacon{Post: poster(&http.Client{Timeout: 10 * time.Second}), Alert: f.alert, Heartbeat: f.heartbeat}
}

// poster posts JSON and takes every answer but 2xx for an error.
func poster(client *http.Client) func(ctx context.Context, to string, body []byte) error {
	return func(ctx context.Context, to string, body []byte) error {
		req, err := http.NewRequestWithContext(ctx, http.MethodPost, to, bytes.NewReader(body))
		if err != nil {
			return err
		}
		req.Header.Set("Content-Type", "application/json")
		res, err := client.Do(req)
		if err != nil {
			return err
		}
		defer res.Body.Close()
		_, _ = io.Copy(io.Discard, io.LimitReader(res.Body, 1<<16))
		if res.StatusCode/100 != 2 {
			return fmt.Errorf("status %d", res.StatusCode)
		}
		return nil
	}
}
