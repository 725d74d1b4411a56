package e2e

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"shenfa/internal/disclosure"
	"shenfa/internal/engine"
)

// connection is DIR/client/connect.json.
type connection struct {
	DatabaseURL string        `json:"database_url"`
	OwnerURL    string        `json:"owner_url"`
	Keys        string        `json:"keys"`
	Temporal    engine.Remote `json:"temporal"`
}

// flags are what every split process is told.
func (c connection) flags() []string {
	return []string{
		"--database-url", c.DatabaseURL, "--keys", c.Keys, "--temporal", c.Temporal.HostPort, "--temporal-cert", c.Temporal.CertFile,
		"--temporal-key", c.Temporal.KeyFile, "--temporal-ca", c.Temporal.CAFile, "--temporal-server-name", c.Temporal.ServerName,
	}
}

// split starts a server process with the engine alone, and n API and n worker
// processes against it.
func split(t testing.TB, n int, h *hook) ([]*server, connection) {
	t.Helper()
	dir := dataDir(t)
	engine := spawn(t, "serve", "--data", dir, "--engine-only", "--demo")
	connect := filepath.Join(dir, "client", "connect.json")
	require.Eventually(t, func() bool {
		_, err := os.Stat(connect)
		return err == nil
	}, 90*time.Second, 100*time.Millisecond, "engine: %s", engine.out)
	raw, err := os.ReadFile(connect)
	require.NoError(t, err)
	var c connection
	require.NoError(t, json.Unmarshal(raw, &c))
	code, _, errOut := command(t, nil, "migrate", "--database-url", c.OwnerURL, "--keys", c.Keys)
	require.Zero(t, code, errOut)

	common := append(c.flags(), h.flags()...)
	var apis []*server
	for range n {
		addr := freePort(t)
		p := spawn(t, append([]string{"api", "--listen", addr}, common...)...)
		apis = append(apis, &server{process: p, dir: dir, base: "http://" + addr, accounts: readAccounts(t, dir)})
	}
	for range n {
		spawn(t, append([]string{"worker", "--portal-url", apis[0].base}, common...)...)
	}
	for _, a := range apis {
		a.awaitReady(90 * time.Second)
	}
	return apis, c
}

// TestSplit runs two API and two worker processes against a separate server
// process, with mutual TLS to Temporal. Whoever is asked answers, and the webhook
// still gets each item once.
func TestSplit(t *testing.T) {
	h := newHook(t)
	apis, c := split(t, 2, h)
	text, _ := origin(t)
	one, two := apis[0], apis[1]
	d := one.as("zhouheng").draft(item{title: "分开跑也一样", fileName: "origin.txt", body: text, at: time.Now().Add(15 * time.Second), late: "now", channels: []string{"portal", "webhook"}})
	d = two.as("zhouheng").submitted(d)
	d = one.approve(d)
	d = two.as("zhouheng").awaitState(d.ID, disclosure.Released)
	require.True(t, one.online(d))
	require.True(t, two.online(d))
	key := disclosure.EffectKey(d.ID, d.Version, "webhook")
	require.Len(t, h.sent(key), 1)
	require.True(t, h.has(key))

	t.Run("WithoutCertificateTemporalIsRefused", func(t *testing.T) {
		bad := append([]string{"worker", "--portal-url", one.base}, c.flags()...)
		for i, a := range bad {
			if a == "--temporal-ca" {
				bad[i+1] = c.Temporal.CertFile
			}
		}
		code, _, errOut := command(t, nil, bad...)
		require.NotZero(t, code)
		require.NotContains(t, strings.ToLower(errOut), "worker ready")
	})
}
