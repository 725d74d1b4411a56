package wechat

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net"
	"net/http"
	"net/url"
	"time"

	"shenfa/internal/channel"
)

const (
	// callTimeout bounds one request; a lease covers it.
	callTimeout = 15 * time.Second
	// Bounds on what is read of an answer, in bytes: an id or a verdict; and an article, or
	// a page of them without content.
	maxAnswer  = 64 << 10
	maxArticle = 8 << 20
)

var errShape = errors.New("not the answer that was expected")

// call makes one call with a token, with another one if WeChat refuses the first.
func (c *Channel) call(ctx context.Context, api string, in, out any) error {
	return c.reserved(ctx, api, 0, in, out)
}

// reserved is call, but only if more than reserve calls of today are left.
func (c *Channel) reserved(ctx context.Context, api string, reserve int, in, out any) error {
	body, kind, err := encode(in)
	if err != nil {
		return err
	}
	if err := c.spend(ctx, api, reserve); err != nil {
		return err
	}
	var stale string
	for {
		token, err := c.access(ctx, stale)
		if err != nil {
			return c.told(ctx, err)
		}
		err = c.send(ctx, api, token, kind, body, out)
		var f *fault
		switch {
		case errors.As(err, &f) && f.nature() == badToken && stale == "":
			stale = token
			continue
		case errors.As(err, &f) && f.code == 45009:
			err = errors.Join(err, c.exhaust(ctx, api))
		}
		return c.told(ctx, err)
	}
}

// told notes what a person must mend, so that Ready looks closer the next time.
func (c *Channel) told(ctx context.Context, err error) error {
	var f *fault
	if errors.As(err, &f) && (f.nature() == mendable || f.nature() == badToken || errors.Is(err, channel.ErrRefused) && f.code/100 != 536) {
		return errors.Join(err, doubtful(ctx, c.config.Memory))
	}
	return err
}

// post makes a call whose body is JSON.
func (c *Channel) post(ctx context.Context, api, token string, in, out any) error {
	body, kind, err := encode(in)
	if err != nil {
		return err
	}
	return c.send(ctx, api, token, kind, body, out)
}

// upload is a body that is a file.
type upload struct {
	name string
	data []byte
}

// encode writes what a call sends: nothing, JSON in plain UTF-8 (WeChat shows escapes as
// they are), or a form with a file.
func encode(in any) (body []byte, kind string, err error) {
	var buf bytes.Buffer
	switch in := in.(type) {
	case nil:
		return nil, "", nil
	case upload:
		form := multipart.NewWriter(&buf)
		part, err := form.CreateFormFile("media", in.name)
		if err != nil {
			return nil, "", err
		}
		if _, err := part.Write(in.data); err != nil {
			return nil, "", err
		}
		if err := form.Close(); err != nil {
			return nil, "", err
		}
		return buf.Bytes(), form.FormDataContentType(), nil
	}
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(in); err != nil {
		return nil, "", fmt.Errorf("encode: %w", err)
	}
	return buf.Bytes(), "application/json; charset=utf-8", nil
}

// send makes one request and reads its answer into out.
func (c *Channel) send(ctx context.Context, api, token, kind string, body []byte, out any) error {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	query := url.Values{}
	if token != "" {
		query.Set("access_token", token)
	}
	if api == apiMaterial {
		query.Set("type", "image")
	}
	method := http.MethodPost
	if body == nil {
		method = http.MethodGet
	}
	req, err := http.NewRequestWithContext(ctx, method, c.config.Base+"/cgi-bin/"+api+"?"+query.Encode(), bytes.NewReader(body))
	if err != nil {
		return errors.New(api + ": the address is not valid") // the error would quote the token
	}
	req.GetBody = nil // whether to send again is not for net/http to decide
	if kind != "" {
		req.Header.Set("Content-Type", kind)
	}
	res, err := c.client.Do(req)
	if err != nil {
		return broken(api, err)
	}
	defer res.Body.Close()
	switch {
	case res.StatusCode == http.StatusTooManyRequests, res.StatusCode == http.StatusRequestTimeout:
		return fmt.Errorf("%s: status %d", api, res.StatusCode)
	case res.StatusCode >= 500:
		return &unclear{api, fmt.Errorf("status %d", res.StatusCode)}
	case res.StatusCode != http.StatusOK:
		return fmt.Errorf("%w: %s: status %d", channel.ErrRefused, api, res.StatusCode)
	}
	most := maxAnswer
	if api == apiArticle || api == apiList || api == apiDraftList {
		most = maxArticle
	}
	raw, err := io.ReadAll(io.LimitReader(res.Body, int64(most)+1))
	if err != nil {
		return &unclear{api, redacted(err)}
	}
	if len(raw) > most {
		return &unclear{api, fmt.Errorf("more than %d bytes", most)}
	}
	var verdict struct {
		Code    int    `json:"errcode"`
		Message string `json:"errmsg"`
	}
	if err := json.Unmarshal(raw, &verdict); err != nil {
		return &unclear{api, errShape}
	}
	if verdict.Code != 0 {
		return &fault{api, verdict.Code, telling.FindString(verdict.Message)}
	}
	if out != nil && json.Unmarshal(raw, out) != nil {
		return &unclear{api, errShape}
	}
	return nil
}

// broken is the error of a request without an answer. One that never reached a server was
// surely not carried out.
func broken(api string, err error) error {
	err = redacted(err)
	var op *net.OpError
	if errors.As(err, &op) && op.Op == "dial" {
		return fmt.Errorf("%s: %w", api, err)
	}
	return &unclear{api, err}
}

// redacted takes the address, and the token in it, out of an error.
func redacted(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		return u.Err
	}
	return err
}
