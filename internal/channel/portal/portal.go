// Package portal looks at the built-in public site as any reader does.
package portal

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"

	"shenfa/internal/channel"
	"shenfa/internal/disclosure"
)

// Portal is pulled: an item is there by predicate on the database clock, so there
// is nothing to send. Reading back goes over HTTP like any reader.
type Portal struct {
	base   string
	client *http.Client
}

// New looks at the portal at base, such as http://127.0.0.1:8080. Redirects are
// not followed: what stands elsewhere is not on the portal.
func New(base string, client *http.Client) *Portal {
	return &Portal{base: base, client: channel.Direct(client)}
}

func (p *Portal) Name() string { return channel.PortalName }

// URL is where the public finds an item.
func (p *Portal) URL(number string) string { return p.base + "/items/" + url.PathEscape(number) }

func (p *Portal) Publish(_ context.Context, item channel.Item) (channel.Receipt, error) {
	return channel.Receipt{URL: p.URL(item.Number)}, nil
}

func (p *Portal) Withdraw(context.Context, channel.Item) error { return nil }

// Ready reads an item that cannot exist: a portal that says so can show the others.
func (p *Portal) Ready(ctx context.Context) error {
	seen, err := p.ReadBack(ctx, channel.Item{Number: "ready"})
	if err == nil && seen.There {
		return errors.New("the portal shows an item that does not exist")
	}
	return err
}

func (p *Portal) ReadBack(ctx context.Context, item channel.Item) (channel.Observed, error) {
	seen := channel.Observed{URL: p.URL(item.Number)}
	res, err := get(ctx, p.client, seen.URL+"/body")
	if err != nil {
		return seen, err
	}
	defer res.Body.Close()
	switch res.StatusCode {
	case http.StatusOK:
	case http.StatusNotFound:
		return seen, nil
	case http.StatusUnauthorized, http.StatusForbidden:
		return seen, fmt.Errorf("read back: %w: status %d", channel.ErrRefused, res.StatusCode)
	default:
		return seen, fmt.Errorf("read back: status %d", res.StatusCode)
	}
	seen.There = true
	if seen.BodySHA256, err = hashOf(res.Body); err != nil {
		return seen, err
	}
	return seen, nil
}

func get(ctx context.Context, client *http.Client, target string) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, target, nil)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Cache-Control", "no-cache")
	res, err := client.Do(req)
	if err != nil {
		return nil, fmt.Errorf("get: %w", err)
	}
	return res, nil
}

// hashOf hashes at most one byte more than a body may have, so that a channel
// cannot keep us reading.
func hashOf(r io.Reader) (string, error) {
	h := sha256.New()
	n, err := io.Copy(h, io.LimitReader(r, 4*disclosure.MaxBody+1))
	if err != nil {
		return "", fmt.Errorf("read back: %w", err)
	}
	if n > 4*disclosure.MaxBody {
		return "", fmt.Errorf("read back: more than %d bytes", 4*disclosure.MaxBody)
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}
