package channel

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// hubPatience is how long a hub may take to say that it has heard.
const hubPatience = 5 * time.Second

// Hub is a WebSub hub: told that a topic changed, it fetches the topic and passes it
// on to whoever subscribed there. It gets addresses of feeds and nothing else.
type Hub struct {
	url    string
	topics []string
	client *http.Client
}

// NewHub tells the hub at address about topics, which are absolute URLs. Redirects are
// not followed.
func NewHub(address string, topics []string, client *http.Client) (*Hub, error) {
	for _, a := range append([]string{address}, topics...) {
		u, err := url.Parse(a)
		if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || strings.ContainsAny(a, "<>\"") {
			return nil, errors.New("a hub and its topics are http or https URLs")
		}
	}
	return &Hub{url: address, topics: topics, client: Direct(client)}, nil
}

// URL is where the hub is.
func (h *Hub) URL() string { return h.url }

// Publish tells the hub that its topics changed. The way to tell it is that of
// PubSubHubbub 0.4, section 7; WebSub leaves it to hub and publisher.
func (h *Hub) Publish(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, hubPatience)
	defer cancel()
	form := url.Values{"hub.mode": {"publish"}, "hub.url": h.topics}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, h.url, strings.NewReader(form.Encode()))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	res, err := h.client.Do(req)
	if err != nil {
		return fmt.Errorf("hub: %w", err)
	}
	defer res.Body.Close()
	if _, err := io.Copy(io.Discard, io.LimitReader(res.Body, 1<<16)); err != nil {
		return fmt.Errorf("hub: %w", err)
	}
	if res.StatusCode < 200 || res.StatusCode > 299 {
		return fmt.Errorf("hub: status %d", res.StatusCode)
	}
	return nil
}
