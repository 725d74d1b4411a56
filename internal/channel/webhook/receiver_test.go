package webhook_test

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"sync"
	"time"

	"shenfa/internal/channel"
	"shenfa/internal/channel/channeltest"
	wire "shenfa/webhook"
)

// receiver is a bureau's own system that keeps the contract of docs/webhook.md.
type receiver struct {
	now     func() time.Time
	secrets []wire.Secret

	mu      sync.Mutex
	kept    map[string]*kept // by key
	effects int
	events  [][]byte
}

type kept struct {
	wire.Data
	at   time.Time
	gone bool // replaced or withdrawn: it never comes back
}

func newReceiver(now func() time.Time, secrets ...wire.Secret) *receiver {
	return &receiver{now: now, secrets: secrets, kept: map[string]*kept{}}
}

func (r *receiver) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	body, err := io.ReadAll(req.Body)
	if err != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	if err := wire.Verify(req, body, r.now(), r.secrets...); err != nil {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if req.Method == http.MethodGet {
		r.answer(w, req.URL.Query().Get("key"), http.StatusNotFound)
		return
	}
	var e wire.Event
	if req.Header.Get("Content-Type") != wire.ContentType || json.Unmarshal(body, &e) != nil || e.ID != req.Header.Get(wire.HeaderID) {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	r.events = append(r.events, body)
	r.take(e)
	r.answer(w, e.Data.Key, http.StatusOK)
}

func (r *receiver) take(e wire.Event) {
	one := r.kept[e.Data.Key]
	switch {
	case e.Type == wire.Withdrawn:
		if one == nil {
			r.kept[e.Data.Key] = &kept{gone: true} // whatever comes later came too late
		} else if !one.gone {
			one.gone, one.Data, one.at = true, e.Data, e.Time
		}
	case one == nil:
		for _, key := range e.Data.Replaces {
			r.kept[key] = &kept{gone: true}
		}
		r.kept[e.Data.Key] = &kept{Data: e.Data, at: e.Time}
		r.effects++
	}
}

func (r *receiver) answer(w http.ResponseWriter, key string, otherwise int) {
	one := r.kept[key]
	if one == nil || one.gone {
		w.WriteHeader(otherwise)
		return
	}
	sum := sha256.Sum256([]byte(one.HTML))
	_ = json.NewEncoder(w).Encode(wire.Answer{BodySHA256: hex.EncodeToString(sum[:]), URL: "https://site.test/" + key})
}

func (r *receiver) seen(number string) []channeltest.Seen {
	r.mu.Lock()
	defer r.mu.Unlock()
	var all []channeltest.Seen
	for _, one := range r.kept {
		switch {
		case one.Number != number:
		case one.Withdrawal != nil:
			all = append(all, channeltest.Seen{Withdrawal: &channel.Withdrawal{Type: one.Withdrawal.Type, Reason: one.Withdrawal.Reason, At: one.at}})
		case !one.gone:
			s := channeltest.Seen{Body: []byte(one.HTML), Attachments: map[string][]byte{}}
			for _, a := range one.Attachments {
				s.Attachments[a.Name] = a.Bytes
			}
			all = append(all, s)
		}
	}
	return all
}

func (r *receiver) put(item channel.Item, body []byte) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.kept[item.Key].HTML = string(body)
}

func (r *receiver) count() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.effects
}

func (r *receiver) all() [][]byte {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.events)
}
