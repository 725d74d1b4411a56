package channel

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
)

// Purger has a cache in front of the portal forget what it holds of an item. It speaks
// PURGE, as Varnish, nginx and most delivery networks understand it.
type Purger struct {
	base   string
	client *http.Client
}

// NewPurger purges below base, such as http://cache.example.
func NewPurger(base string, client *http.Client) (*Purger, error) {
	u, err := url.Parse(base)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" || u.RawQuery != "" {
		return nil, fmt.Errorf("purge address %q is not an http(s) address without a query", base)
	}
	return &Purger{base: strings.TrimRight(base, "/"), client: Direct(client)}, nil
}

// Purge asks for every address at which the item, or a list that names it, can be read.
func (p *Purger) Purge(ctx context.Context, item Item) error {
	for _, path := range PortalPaths(item) {
		req, err := http.NewRequestWithContext(ctx, "PURGE", p.base+path, nil)
		if err != nil {
			return err
		}
		res, err := p.client.Do(req)
		if err != nil {
			return fmt.Errorf("purge: %w", err)
		}
		if err := res.Body.Close(); err != nil {
			return fmt.Errorf("purge: %w", err)
		}
		if res.StatusCode/100 != 2 && res.StatusCode != http.StatusNotFound { // it holds nothing of it
			return fmt.Errorf("purge: status %d", res.StatusCode)
		}
	}
	return nil
}

// PortalPaths are the paths on the portal that tell of an item: its own first.
func PortalPaths(item Item) []string {
	own := "/items/" + url.PathEscape(item.Number)
	paths := []string{own, own + "/body"}
	for _, a := range item.Attachments {
		paths = append(paths, own+"/files/"+url.PathEscape(a.Name))
	}
	return append(paths, "/", "/feed.atom", "/feed.json", "/sitemap.xml")
}
