package workflows_test

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	wire "shenfa/webhook"
)

// receiver is a bureau's own system at the other end of a webhook.
type receiver struct {
	*httptest.Server
	now func() time.Time

	mu     sync.Mutex
	online map[string]string      // hash of the body by key
	posts  map[string][]time.Time // when each key was posted
	// behave, if set, is asked before a post is answered: whether to take it, what
	// to say, and whether to say it at all.
	behave func(key string) (take bool, status int, hangUp bool)
	spoil  bool // what is online is not what was sent
}

func newReceiver(t testing.TB, now func() time.Time) *receiver {
	r := &receiver{now: now}
	r.reset()
	r.Server = httptest.NewServer(r)
	t.Cleanup(r.Close)
	return r
}

func (r *receiver) reset() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.online, r.posts, r.behave, r.spoil = map[string]string{}, map[string][]time.Time{}, nil, false
}

func (r *receiver) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch req.Method {
	case http.MethodPost:
		var e wire.Event
		if err := json.NewDecoder(req.Body).Decode(&e); err != nil {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		if e.Type == wire.Withdrawn {
			delete(r.online, e.Data.Key)
			return
		}
		r.post(w, e.Data)
	default:
		hash, there := r.online[req.URL.Query().Get("key")]
		if !there {
			w.WriteHeader(http.StatusNotFound)
			return
		}
		if r.spoil {
			hash = hex.EncodeToString(make([]byte, sha256.Size))
		}
		_ = json.NewEncoder(w).Encode(map[string]string{"body_sha256": hash})
	}
}

func (r *receiver) post(w http.ResponseWriter, data wire.Data) {
	key := data.Key
	r.posts[key] = append(r.posts[key], r.now().UTC())
	take, status, hangUp := true, http.StatusOK, false
	if r.behave != nil {
		take, status, hangUp = r.behave(key)
	}
	if take {
		sum := sha256.Sum256([]byte(data.HTML))
		r.online[key] = hex.EncodeToString(sum[:])
	}
	if hangUp {
		panic(http.ErrAbortHandler)
	}
	w.WriteHeader(status)
}

// of is when a key was posted and whether it is online.
func (r *receiver) of(key string) (posts []time.Time, online bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	_, online = r.online[key]
	return r.posts[key], online
}

// drop loses what was posted under a key.
func (r *receiver) drop(key string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.online, key)
}
