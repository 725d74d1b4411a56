package channel_test

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"shenfa/internal/channel"
	"shenfa/internal/disclosure"
)

const secret = "a secret of the test"

func now() time.Time { return time.Date(2026, 3, 2, 1, 0, 0, 0, time.UTC) }

// site is the far side of a channel, with an item that is there, and ways to fail.
type site struct {
	*httptest.Server
	mu      sync.Mutex
	online  map[string][]byte // by key
	effects int               // how often something became public
	// instead, if set, answers everything.
	instead http.HandlerFunc
}

func (s *site) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	instead := s.instead
	s.mu.Unlock()
	if instead != nil {
		instead(w, r)
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.answer(w, r)
}

func (s *site) fail(h http.HandlerFunc) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.instead = h
}

// answer is a receiver of webhooks under /in, and a portal elsewhere.
func (s *site) answer(w http.ResponseWriter, r *http.Request) {
	key := r.Header.Get("Idempotency-Key")
	switch {
	case strings.HasPrefix(r.URL.Path, "/items/"):
		for _, body := range s.online {
			_, _ = w.Write(body)
			return
		}
		w.WriteHeader(http.StatusNotFound)
	case r.Method == http.MethodPost:
		var post struct {
			HTML string `json:"html"`
		}
		if json.NewDecoder(r.Body).Decode(&post) != nil {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		if _, again := s.online[key]; !again {
			s.effects++
		}
		s.online[key] = []byte(post.HTML)
		_, _ = io.WriteString(w, `{"url": "https://site.test/1"}`)
	case r.Method == http.MethodDelete:
		delete(s.online, key)
	default:
		body, there := s.online[r.URL.Query().Get("key")]
		if !there {
			w.WriteHeader(http.StatusNotFound)
			return
		}
		_ = json.NewEncoder(w).Encode(map[string]string{"body_sha256": disclosure.Sum("", body).SHA256, "url": "https://site.test/1"})
	}
}

// subject is one channel under test. pulled says that it publishes nothing itself:
// the item is there when the site says so.
type subject struct {
	name   string
	pulled bool
	open   func(t *testing.T, s *site) channel.Channel
}

func subjects() []subject {
	return []subject{
		{"portal", true, func(_ *testing.T, s *site) channel.Channel { return channel.NewPortal(s.URL, s.Client()) }},
		{"webhook", false, func(t *testing.T, s *site) channel.Channel {
			w, err := channel.NewWebhook(s.URL+"/in", []byte(secret), s.Client(), now)
			require.NoError(t, err)
			return w
		}},
	}
}

func setup(t *testing.T, sub subject) (*site, channel.Channel, channel.Item) {
	t.Helper()
	s := &site{online: map[string][]byte{}}
	s.Server = httptest.NewServer(s)
	t.Cleanup(s.Close)
	body := []byte("<p>正文</p>")
	return s, sub.open(t, s), channel.Item{
		Key: "one/1/" + sub.name, Number: "TB-2026-0001", Hash: "00", Body: body, At: now(),
		Manifest: disclosure.Manifest{Body: disclosure.Sum("text/html; charset=utf-8", body)},
	}
}

// publish makes the item public as this channel does it.
func (sub subject) publish(t *testing.T, s *site, c channel.Channel, item channel.Item) {
	t.Helper()
	if sub.pulled {
		s.online[item.Key] = item.Body
	}
	_, err := c.Publish(t.Context(), item)
	require.NoError(t, err)
}

// TestChannels holds every channel to the same contract.
func TestChannels(t *testing.T) {
	t.Parallel()

	for _, sub := range subjects() {
		run := func(name string, f func(t *testing.T, s *site, c channel.Channel, item channel.Item)) {
			t.Run(sub.name+"/"+name, func(t *testing.T) {
				t.Parallel()
				s, c, item := setup(t, sub)
				f(t, s, c, item)
			})
		}
		run("PublishedTwiceIsThereOnceAndReadsBackEqual", func(t *testing.T, s *site, c channel.Channel, item channel.Item) {
			seen, err := c.ReadBack(t.Context(), item)
			require.NoError(t, err)
			require.False(t, seen.There)
			require.False(t, seen.Equals(item.Manifest))
			sub.publish(t, s, c, item)
			sub.publish(t, s, c, item)
			require.LessOrEqual(t, s.effects, 1)
			seen, err = c.ReadBack(t.Context(), item)
			require.NoError(t, err)
			require.True(t, seen.Equals(item.Manifest))
			require.NotEmpty(t, seen.URL)
			require.NoError(t, c.Ready(t.Context()))
		})
		run("WithdrawnTwiceIsGone", func(t *testing.T, s *site, c channel.Channel, item channel.Item) {
			sub.publish(t, s, c, item)
			require.NoError(t, c.Withdraw(t.Context(), item))
			require.NoError(t, c.Withdraw(t.Context(), item))
			seen, err := c.ReadBack(t.Context(), item)
			require.NoError(t, err)
			require.Equal(t, sub.pulled, seen.There, "what is pulled is withdrawn by its predicate")
		})
		run("OtherBytesOnlineAreSeen", func(t *testing.T, s *site, c channel.Channel, item channel.Item) {
			s.online[item.Key] = []byte("<p>别的正文</p>")
			seen, err := c.ReadBack(t.Context(), item)
			require.NoError(t, err)
			require.True(t, seen.There)
			require.False(t, seen.Equals(item.Manifest))
		})
		run("SilenceIsNoAnswer", func(t *testing.T, s *site, c channel.Channel, item channel.Item) {
			done := make(chan struct{})
			defer close(done)
			s.fail(func(http.ResponseWriter, *http.Request) { <-done })
			ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
			defer cancel()
			_, err := c.ReadBack(ctx, item)
			require.ErrorIs(t, err, context.DeadlineExceeded)
			require.Error(t, c.Ready(ctx))
			if !sub.pulled {
				_, err = c.Publish(ctx, item)
				require.ErrorIs(t, err, channel.ErrUnknown, "the request may have arrived")
				require.Error(t, c.Withdraw(ctx, item))
			}
		})
		run("ServerErrorIsNoAnswer", func(t *testing.T, s *site, c channel.Channel, item channel.Item) {
			s.fail(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadGateway) })
			_, err := c.ReadBack(t.Context(), item)
			require.Error(t, err)
			require.Error(t, c.Ready(t.Context()))
			if !sub.pulled {
				_, err = c.Publish(t.Context(), item)
				require.ErrorIs(t, err, channel.ErrUnknown)
				require.Error(t, c.Withdraw(t.Context(), item))
			}
		})
		run("RedirectIsNotFollowed", func(t *testing.T, s *site, c channel.Channel, item channel.Item) {
			var led atomic.Bool
			elsewhere := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				led.Store(true)
				_, _ = w.Write(item.Body)
			}))
			t.Cleanup(elsewhere.Close)
			s.fail(func(w http.ResponseWriter, r *http.Request) {
				http.Redirect(w, r, elsewhere.URL, http.StatusTemporaryRedirect)
			})
			_, err := c.ReadBack(t.Context(), item)
			require.Error(t, err)
			if !sub.pulled {
				_, err = c.Publish(t.Context(), item)
				require.ErrorIs(t, err, channel.ErrRefused)
				require.Error(t, c.Withdraw(t.Context(), item))
			}
			require.False(t, led.Load())
		})
		run("HugeAnswerIsCutOff", func(t *testing.T, s *site, c channel.Channel, item channel.Item) {
			var sent atomic.Int32 // MiB
			chunk := bytes.Repeat([]byte{' '}, 1<<20)
			s.fail(func(w http.ResponseWriter, _ *http.Request) {
				for sent.Load() < 256 {
					if _, err := w.Write(chunk); err != nil {
						return
					}
					sent.Add(1)
				}
			})
			_, err := c.ReadBack(t.Context(), item)
			require.Error(t, err)
			s.Close() // waits for the handler
			require.Less(t, sent.Load(), int32(256))
		})
	}
}

func TestWebhook(t *testing.T) {
	t.Parallel()

	hook := subjects()[1]
	for _, tc := range []struct {
		status int
		want   error // nil: surely not there, to be tried again
	}{
		{http.StatusTooManyRequests, nil},
		{http.StatusRequestTimeout, nil},
		{http.StatusInternalServerError, channel.ErrUnknown},
		{http.StatusServiceUnavailable, channel.ErrUnknown},
		{http.StatusForbidden, channel.ErrRefused},
		{http.StatusUnprocessableEntity, channel.ErrRefused},
		{http.StatusMovedPermanently, channel.ErrRefused},
	} {
		t.Run("AnswerMeans/"+http.StatusText(tc.status), func(t *testing.T) {
			t.Parallel()
			s, c, item := setup(t, hook)
			s.fail(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(tc.status) })
			_, err := c.Publish(t.Context(), item)
			require.Error(t, err)
			if tc.want != nil {
				require.ErrorIs(t, err, tc.want)
				return
			}
			require.NotErrorIs(t, err, channel.ErrUnknown)
			require.NotErrorIs(t, err, channel.ErrRefused)
		})
	}
	t.Run("BrokenConnectionIsNotSentAgainBehindOurBack", func(t *testing.T) {
		t.Parallel()
		s, c, item := setup(t, hook)
		require.NoError(t, c.Ready(t.Context())) // a connection to be used again
		var posts atomic.Int32
		s.fail(func(http.ResponseWriter, *http.Request) {
			posts.Add(1)
			panic(http.ErrAbortHandler)
		})
		_, err := c.Publish(t.Context(), item)
		require.ErrorIs(t, err, channel.ErrUnknown)
		require.EqualValues(t, 1, posts.Load())
	})
	t.Run("EveryRequestIsSigned", func(t *testing.T) {
		t.Parallel()
		s, c, item := setup(t, hook)
		var seen atomic.Int32
		s.fail(func(w http.ResponseWriter, r *http.Request) {
			body, err := io.ReadAll(r.Body)
			mac := hmac.New(sha256.New, []byte(secret))
			mac.Write([]byte("1772413200." + r.Method + "." + item.Key + "." + string(body)))
			if err == nil && r.Header.Get("Shenfa-Signature") == "t=1772413200,v1="+hex.EncodeToString(mac.Sum(nil)) {
				seen.Add(1)
			}
			w.WriteHeader(http.StatusNotFound)
		})
		_, _ = c.Publish(t.Context(), item)
		_, _ = c.ReadBack(t.Context(), item)
		_ = c.Withdraw(t.Context(), item)
		require.EqualValues(t, 3, seen.Load())
	})
	t.Run("AddressMustBeOne", func(t *testing.T) {
		t.Parallel()
		for _, bad := range []string{"", "/in", "ftp://site.test/in", "https://", "https://site.test/in?key=1", ":"} {
			_, err := channel.NewWebhook(bad, nil, http.DefaultClient, now)
			require.Error(t, err, bad)
		}
	})
}
