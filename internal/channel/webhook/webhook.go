// Package webhook posts what becomes public to a system of the bureau's own, as signed
// CloudEvents. docs/webhook.md is the contract with the receiver.
package webhook

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"

	"shenfa/internal/channel"
	"shenfa/internal/disclosure"
	wire "shenfa/webhook"
)

// Name is the channel that posts to one address.
const Name = "webhook"

const (
	// inline is how many bytes of attachments travel in one event. Many events are under
	// way at a time, each in memory more than twice.
	inline = 4 << 20

	maxAnswer = 64 << 10 // bytes

	// readyKey is one that no edition has: its ID is no UUID.
	readyKey = "ready"
)

// Config says where events go. All of it is required.
type Config struct {
	URL     string        // of the receiver; http or https, without a query
	Secrets []wire.Secret // every request is signed with each: one, or two while they change
	Portal  string        // public address of the portal, where large attachments are fetched
	Client  *http.Client
	Now     func() time.Time
}

// Webhook posts each item to one address, and asks there what is public.
type Webhook struct {
	Config
}

// New refuses a config with which no receiver could be reached or trust us.
func New(c Config) (*Webhook, error) {
	if !address(c.URL) {
		return nil, fmt.Errorf("webhook address %q is not an http(s) address without a query", c.URL)
	}
	if !address(c.Portal) {
		return nil, fmt.Errorf("public address %q of the portal is not an http(s) address without a query", c.Portal)
	}
	if len(c.Secrets) == 0 || len(c.Secrets) > 2 {
		return nil, fmt.Errorf("the webhook has %d secrets, not one or two", len(c.Secrets))
	}
	for _, s := range c.Secrets {
		if len(s) < wire.MinSecret {
			return nil, fmt.Errorf("a secret of the webhook has fewer than %d bytes", wire.MinSecret)
		}
	}
	c.Client, c.Portal = channel.Direct(c.Client), strings.TrimRight(c.Portal, "/")
	return &Webhook{c}, nil
}

// Secrets reads the lines of a secret file: the secret, and while it changes a second.
func Secrets(file []byte) ([]wire.Secret, error) {
	var secrets []wire.Secret
	for line := range strings.Lines(string(file)) {
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		s, err := wire.ParseSecret(line)
		if err != nil {
			return nil, err
		}
		secrets = append(secrets, s)
	}
	return secrets, nil
}

func address(s string) bool {
	u, err := url.Parse(s)
	return err == nil && u.Host != "" && (u.Scheme == "http" || u.Scheme == "https") && u.RawQuery == "" && u.Fragment == ""
}

func (w *Webhook) Name() string { return Name }

func (w *Webhook) Publish(ctx context.Context, item channel.Item) (channel.Receipt, error) {
	event, err := w.edition(ctx, item)
	if err != nil {
		return channel.Receipt{}, err
	}
	answer, err := w.post(ctx, event)
	if err != nil {
		return channel.Receipt{}, err
	}
	if answer.BodySHA256 != "" && answer.BodySHA256 != item.Manifest.Body.SHA256 {
		return channel.Receipt{}, fmt.Errorf("%w: the receiver has other bytes", channel.ErrUnknown)
	}
	return channel.Receipt{URL: answer.URL}, nil
}

func (w *Webhook) Withdraw(ctx context.Context, item channel.Item) error {
	data, at := of(item), w.Now()
	if why := item.Withdrawal; why != nil {
		data.Withdrawal = &wire.Withdrawal{Type: why.Type, Reason: why.Reason}
		if !why.At.IsZero() {
			at = why.At
		}
	}
	if _, err := w.post(ctx, wire.NewEvent(wire.Withdrawn, w.Portal, at, data)); err != nil {
		return fmt.Errorf("withdraw: %w", err)
	}
	return nil
}

func of(item channel.Item) wire.Data {
	return wire.Data{Key: item.Key, Number: item.Number, Edition: max(1, item.Manifest.Edition), ManifestHash: string(item.Hash)}
}

// edition is the event that makes item public.
func (w *Webhook) edition(ctx context.Context, item channel.Item) (wire.Event, error) {
	data, kind := of(item), wire.Released
	if data.Edition > 1 || len(item.Replaces) > 0 {
		kind = wire.Corrected
	}
	manifest, err := item.Manifest.Canonical()
	if err != nil {
		return wire.Event{}, fmt.Errorf("manifest: %w", err)
	}
	data.Manifest, data.HTML, data.BodySHA256, data.Replaces = manifest, string(item.Body), item.Manifest.Body.SHA256, item.Replaces
	room := int64(inline)
	for _, a := range item.Attachments {
		sent := wire.Attachment{Name: a.Name, Type: a.Type, Length: a.Length, SHA256: a.SHA256}
		switch {
		case a.Length <= room:
			if sent.Bytes, err = a.Open(ctx); err != nil {
				return wire.Event{}, fmt.Errorf("attachment %s: %w", a.SHA256, err)
			}
			if disclosure.Sum(a.Type, sent.Bytes) != a.Content {
				return wire.Event{}, fmt.Errorf("attachment %s has other bytes", a.SHA256)
			}
			if sent.Bytes == nil {
				sent.Bytes = []byte{}
			}
			room -= a.Length
		case onPortal(item):
			sent.URL = w.Portal + "/items/" + url.PathEscape(item.Number) + "/files/" + url.PathEscape(a.Name)
		default:
			return wire.Event{}, fmt.Errorf("%w: more than %d bytes of attachments, and the public does not find them on the portal", channel.ErrRefused, inline)
		}
		data.Attachments = append(data.Attachments, sent)
	}
	return wire.NewEvent(kind, w.Portal, item.At, data), nil
}

func onPortal(item channel.Item) bool {
	for _, name := range item.Manifest.Channels {
		if name == channel.PortalName {
			return true
		}
	}
	return false
}

// post sends one event. Its errors are those of channel.Channel.
func (w *Webhook) post(ctx context.Context, event wire.Event) (wire.Answer, error) {
	body, err := event.Marshal()
	if err != nil {
		return wire.Answer{}, fmt.Errorf("event: %w", err)
	}
	res, err := w.do(ctx, http.MethodPost, w.URL, event.ID, body)
	var dial *net.OpError
	switch {
	case errors.As(err, &dial) && dial.Op == "dial":
		return wire.Answer{}, err // nobody was there to take it
	case err != nil:
		return wire.Answer{}, fmt.Errorf("%w: %w", channel.ErrUnknown, err)
	}
	defer res.Body.Close()
	status := res.StatusCode
	switch {
	case status/100 == 2:
		return taken(res.Body)
	case status == http.StatusTooManyRequests || status == http.StatusRequestTimeout:
		return wire.Answer{}, fmt.Errorf("status %d", status)
	case status/100 == 5:
		return wire.Answer{}, fmt.Errorf("%w: status %d", channel.ErrUnknown, status)
	}
	return wire.Answer{}, fmt.Errorf("%w: status %d", channel.ErrRefused, status)
}

// taken reads the answer to an event that was taken: an object, or nothing. Anything else
// comes from somebody who does not know what we talk about.
func taken(r io.Reader) (wire.Answer, error) {
	raw, err := io.ReadAll(io.LimitReader(r, maxAnswer+1))
	if err != nil {
		return wire.Answer{}, fmt.Errorf("%w: %w", channel.ErrUnknown, err)
	}
	var answer wire.Answer
	if len(raw) == 0 {
		return answer, nil
	}
	if err := json.Unmarshal(raw, &answer); err != nil {
		return wire.Answer{}, fmt.Errorf("%w: answer of the receiver: %w", channel.ErrUnknown, err)
	}
	return answer, nil
}

var sha256Hex = regexp.MustCompile(`^[0-9a-f]{64}$`)

func (w *Webhook) ReadBack(ctx context.Context, item channel.Item) (channel.Observed, error) {
	res, err := w.ask(ctx, item.Key)
	if err != nil {
		return channel.Observed{}, fmt.Errorf("read back: %w", err)
	}
	defer res.Body.Close()
	if res.StatusCode == http.StatusNotFound {
		return channel.Observed{}, nil
	}
	var answer wire.Answer
	if err := json.NewDecoder(io.LimitReader(res.Body, maxAnswer)).Decode(&answer); err != nil {
		return channel.Observed{}, fmt.Errorf("read back: %w", err)
	}
	if !sha256Hex.MatchString(answer.BodySHA256) {
		return channel.Observed{}, errors.New("read back: the answer has no body_sha256")
	}
	return channel.Observed{There: true, BodySHA256: answer.BodySHA256, URL: answer.URL}, nil
}

// Ready asks for a key that cannot exist: a receiver that says so knows our secret.
func (w *Webhook) Ready(ctx context.Context) error {
	res, err := w.ask(ctx, readyKey)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusNotFound {
		return errors.New("the receiver has an item that does not exist")
	}
	return nil
}

// ask is answered 200 or 404; all else is an error.
func (w *Webhook) ask(ctx context.Context, key string) (*http.Response, error) {
	res, err := w.do(ctx, http.MethodGet, w.URL+"?key="+url.QueryEscape(key), wire.ReadID(key), nil)
	if err != nil {
		return nil, err
	}
	switch res.StatusCode {
	case http.StatusOK, http.StatusNotFound:
		return res, nil
	case http.StatusUnauthorized, http.StatusForbidden:
		err = fmt.Errorf("%w: status %d", channel.ErrRefused, res.StatusCode)
	default:
		err = fmt.Errorf("status %d", res.StatusCode)
	}
	return nil, errors.Join(err, res.Body.Close())
}

func (w *Webhook) do(ctx context.Context, method, target, id string, body []byte) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, method, target, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	// With it, net/http may send again by itself when a connection breaks. Whether to send
	// again is not its to decide.
	req.GetBody = nil
	req.Header.Set("Accept", "application/json")
	if method == http.MethodPost {
		req.Header.Set("Content-Type", wire.ContentType)
	}
	wire.Sign(req.Header, id, w.Now(), body, w.Secrets...)
	res, err := w.Client.Do(req)
	if err != nil {
		return nil, fmt.Errorf("%s webhook: %w", method, err)
	}
	return res, nil
}
