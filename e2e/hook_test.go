package e2e

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"shenfa/internal/disclosure"
	wire "shenfa/webhook"
)

const hookSecret = "synthetic secret of a test"

// hook is a receiver of the webhook channel that keeps what it got, by key.
type hook struct {
	server *httptest.Server
	secret string // file
	mu     sync.Mutex
	posts  map[string][]time.Time
	bodies map[string]string
	// answer, if set, decides what a post is answered; 0 hangs up without a word.
	answer func(key string, try int) int
}

func newHook(t testing.TB) *hook {
	t.Helper()
	h := &hook{posts: map[string][]time.Time{}, bodies: map[string]string{}, secret: filepath.Join(t.TempDir(), "secret")}
	require.NoError(t, os.WriteFile(h.secret, []byte(hookSecret), 0o600))
	h.server = httptest.NewServer(h)
	t.Cleanup(h.server.Close)
	return h
}

func (h *hook) flags() []string {
	return []string{"--webhook", h.server.URL, "--webhook-secret-file", h.secret}
}

func (h *hook) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h.mu.Lock()
	defer h.mu.Unlock()
	body, err := io.ReadAll(r.Body)
	if err != nil || wire.Verify(r, body, time.Now(), wire.Secret(hookSecret)) != nil {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	if r.Method == http.MethodGet {
		key := r.URL.Query().Get("key")
		sum, ok := h.bodies[key]
		if !ok {
			w.WriteHeader(http.StatusNotFound)
			return
		}
		_ = json.NewEncoder(w).Encode(wire.Answer{BodySHA256: sum, URL: "https://example.invalid/" + key})
		return
	}
	var e wire.Event
	if err := json.Unmarshal(body, &e); err != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	key := e.Data.Key
	if e.Type == wire.Withdrawn {
		delete(h.bodies, key)
		return
	}
	h.posts[key] = append(h.posts[key], time.Now())
	status := http.StatusOK
	if h.answer != nil {
		status = h.answer(key, len(h.posts[key]))
	}
	if status == 0 {
		panic(http.ErrAbortHandler)
	}
	if status == http.StatusOK {
		h.bodies[key] = disclosure.Sum("", []byte(e.Data.HTML)).SHA256
	}
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(wire.Answer{URL: "https://example.invalid/" + key})
}

// sent returns when a key was posted.
func (h *hook) sent(key string) []time.Time {
	h.mu.Lock()
	defer h.mu.Unlock()
	return append([]time.Time(nil), h.posts[key]...)
}

func (h *hook) has(key string) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	_, ok := h.bodies[key]
	return ok
}
