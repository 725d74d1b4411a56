package portal_test

import (
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"shenfa/internal/channel"
	"shenfa/internal/channel/channeltest"
	"shenfa/internal/channel/portal"
)

// site shows bodies by number, as the portal does.
type site struct {
	mu      sync.Mutex
	online  map[string][]byte
	key     map[string]string // of what is shown under a number
	effects int
}

func (s *site) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	number, isBody := strings.CutSuffix(strings.TrimPrefix(r.URL.Path, "/items/"), "/body")
	body, there := s.online[number]
	if !isBody || !there || r.Method != http.MethodGet {
		w.WriteHeader(http.StatusNotFound)
		return
	}
	_, _ = w.Write(body)
}

func (s *site) put(item channel.Item, body []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.key[item.Number] != item.Key {
		s.effects++
	}
	s.online[item.Number], s.key[item.Number] = body, item.Key
}

func (s *site) seen(number string) []channeltest.Seen {
	s.mu.Lock()
	defer s.mu.Unlock()
	body, there := s.online[number]
	if !there {
		return nil
	}
	return []channeltest.Seen{{Body: body}}
}

func TestPortalIsAChannel(t *testing.T) {
	t.Parallel()

	channeltest.Run(t, channeltest.Subject{
		Pulled: true, Bodies: true, Faults: channeltest.HTTPFaults(),
		Open: func(t *testing.T) channeltest.Far {
			s := &site{online: map[string][]byte{}, key: map[string]string{}}
			web := channeltest.NewSite(t, s)
			return channeltest.Far{
				Channel: portal.New(web.URL, web.Client()), Online: s.seen, Put: s.put, Fail: web.Fail, Led: web.Led,
				Effects: func() int {
					s.mu.Lock()
					defer s.mu.Unlock()
					return s.effects
				},
			}
		},
	})
}

func TestNumbersAreNoPaths(t *testing.T) {
	t.Parallel()

	require.Equal(t, "https://site.test/items/a%2F..%2Fb", portal.New("https://site.test", http.DefaultClient).URL("a/../b"))
}
