package channel

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"shenfa/internal/disclosure"
)

// WebhookName is the channel that posts to a system of the bureau's own.
const WebhookName = "webhook"

// Webhook posts each item to one address. The receiver must treat the header
// Idempotency-Key as what it is, and answer
//
//	POST   url           2xx {"url": "…"} once the item is public there
//	GET    url?key=KEY   200 {"body_sha256": "…", "url": "…"}, or 404
//	DELETE url?key=KEY   2xx or 404
//
// Every request carries Shenfa-Signature: t=<unix seconds>,v1=<hex HMAC-SHA-256
// over "t.method.key.body">.
type Webhook struct {
	target string
	secret []byte
	client *http.Client
	now    func() time.Time
}

// NewWebhook posts to target, signing with secret. Redirects are not followed: an
// item goes where it was configured to go or nowhere.
func NewWebhook(target string, secret []byte, client *http.Client, now func() time.Time) (*Webhook, error) {
	u, err := url.Parse(target)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" || u.RawQuery != "" {
		return nil, fmt.Errorf("webhook address %q is not an http(s) address without a query", target)
	}
	return &Webhook{target: target, secret: secret, client: unredirected(client), now: now}, nil
}

func (w *Webhook) Name() string { return WebhookName }

type webhookPost struct {
	Event        disclosure.ActType  `json:"event"`
	Key          string              `json:"key"`
	Number       string              `json:"number"`
	ManifestHash disclosure.Hash     `json:"manifest_hash"`
	Manifest     disclosure.Manifest `json:"manifest"`
	HTML         string              `json:"html"`
}

func (w *Webhook) Publish(ctx context.Context, item Item) (Receipt, error) {
	body, err := json.Marshal(webhookPost{
		Event: "release", Key: item.Key, Number: item.Number, ManifestHash: item.Hash, Manifest: item.Manifest, HTML: string(item.Body),
	})
	if err != nil {
		return Receipt{}, err
	}
	res, err := w.do(ctx, http.MethodPost, item.Key, body)
	if err != nil {
		// The bytes may have arrived before the connection broke.
		return Receipt{}, fmt.Errorf("%w: %w", ErrUnknown, err)
	}
	defer res.Body.Close()
	switch {
	case res.StatusCode/100 == 2:
		var answer struct {
			URL string `json:"url"`
		}
		if err := json.NewDecoder(io.LimitReader(res.Body, 1<<16)).Decode(&answer); err != nil && !errors.Is(err, io.EOF) {
			return Receipt{}, fmt.Errorf("%w: answer of the receiver: %w", ErrUnknown, err)
		}
		return Receipt{URL: answer.URL}, nil
	case res.StatusCode == http.StatusTooManyRequests || res.StatusCode == http.StatusRequestTimeout:
		return Receipt{}, fmt.Errorf("status %d", res.StatusCode)
	case res.StatusCode/100 == 5:
		return Receipt{}, fmt.Errorf("%w: status %d", ErrUnknown, res.StatusCode)
	}
	return Receipt{}, fmt.Errorf("%w: status %d", ErrRefused, res.StatusCode)
}

func (w *Webhook) ReadBack(ctx context.Context, item Item) (Observed, error) {
	res, err := w.do(ctx, http.MethodGet, item.Key, nil)
	if err != nil {
		return Observed{}, err
	}
	defer res.Body.Close()
	switch res.StatusCode {
	case http.StatusNotFound:
		return Observed{}, nil
	case http.StatusOK:
		var answer struct {
			BodySHA256 string `json:"body_sha256"`
			URL        string `json:"url"`
		}
		if err := json.NewDecoder(io.LimitReader(res.Body, 1<<16)).Decode(&answer); err != nil {
			return Observed{}, fmt.Errorf("read back: %w", err)
		}
		return Observed{There: true, BodySHA256: answer.BodySHA256, URL: answer.URL}, nil
	}
	return Observed{}, fmt.Errorf("read back: status %d", res.StatusCode)
}

func (w *Webhook) Withdraw(ctx context.Context, item Item) error {
	res, err := w.do(ctx, http.MethodDelete, item.Key, nil)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if res.StatusCode/100 == 2 || res.StatusCode == http.StatusNotFound {
		return nil
	}
	return fmt.Errorf("withdraw: status %d", res.StatusCode)
}

// Ready asks for a key that cannot exist: a receiver that answers is there.
func (w *Webhook) Ready(ctx context.Context) error {
	res, err := w.do(ctx, http.MethodGet, "ready", nil)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if res.StatusCode/100 == 5 {
		return fmt.Errorf("status %d", res.StatusCode)
	}
	return nil
}

func (w *Webhook) do(ctx context.Context, method, key string, body []byte) (*http.Response, error) {
	target := w.target
	if method != http.MethodPost {
		target += "?key=" + url.QueryEscape(key)
	}
	req, err := http.NewRequestWithContext(ctx, method, target, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	// net/http takes an Idempotency-Key for leave to send again by itself when a
	// connection breaks. Whether to send again is not its to decide.
	req.GetBody = nil
	t := strconv.FormatInt(w.now().Unix(), 10)
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Idempotency-Key", key)
	req.Header.Set("Shenfa-Signature", "t="+t+",v1="+sign(w.secret, t, method, key, body))
	res, err := w.client.Do(req)
	if err != nil {
		return nil, fmt.Errorf("%s webhook: %w", method, err)
	}
	return res, nil
}

func sign(secret []byte, t, method, key string, body []byte) string {
	m := hmac.New(sha256.New, secret)
	for _, part := range []string{t, method, key} {
		m.Write([]byte(part + "."))
	}
	m.Write(body)
	return hex.EncodeToString(m.Sum(nil))
}
