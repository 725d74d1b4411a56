package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
)

const (
	attempts = 4
	firstTry = 300 * time.Millisecond // doubled for every further one
	maxReply = 64 << 20
)

// request is one call of the API.
type request struct {
	method, path string
	query        url.Values
	json         any    // or
	raw          []byte // bytes with their
	name         string // name
	match        string // the draft's ETag
	anonymous    bool
	proof        string // of who asks, for this act
}

// reply is what the server answered.
type reply struct {
	body []byte
	etag string
}

// into reads the answer.
func (a reply) into(v any) error {
	if err := json.Unmarshal(a.body, v); err != nil {
		return fmt.Errorf("answer of the server: %w", err)
	}
	return nil
}

// call asks the server, again if it must, always under the same idempotency key,
// so that an act happens once however often it is asked for.
func (r *run) call(ctx context.Context, q request) (reply, error) {
	base, token, err := r.where()
	if err != nil {
		return reply{}, err
	}
	if token == "" && !q.anonymous {
		return reply{}, errors.New(r.say("请先登录：shenfa login", "please sign in first: shenfa login"))
	}
	key := r.key()
	for n, wait := 1, firstTry; ; n, wait = n+1, 2*wait {
		answer, err := r.once(ctx, base, token, key, q)
		if no := (*Refused)(nil); errors.As(err, &no) && no.Code == "proof_required" && q.proof == "" && !q.anonymous {
			if q.proof, err = r.prove(ctx, base, token, no.Message); err != nil {
				return reply{}, err
			}
			answer, err = r.once(ctx, base, token, key, q)
		}
		if err == nil || n == attempts || !again(q.method, err) || ctx.Err() != nil {
			return answer, err
		}
		if err := r.pause(ctx, wait); err != nil {
			return reply{}, err
		}
	}
}

// prove asks for the password or the one-time code, and gets proof for one act with it.
func (r *run) prove(ctx context.Context, base, token, why string) (string, error) {
	typed, err := r.identity(why)
	if err != nil {
		return "", err
	}
	answer, err := r.once(ctx, base, token, r.key(), request{method: http.MethodPost, path: "/proofs", json: map[string]string{"password": typed}})
	if err != nil {
		return "", err
	}
	var given struct {
		Proof string `json:"proof"`
	}
	return given.Proof, answer.into(&given)
}

// identity is what somebody shows who they are with: SHENFA_PROOF, or what they type.
func (r *run) identity(why string) (string, error) {
	if given := r.getenv("SHENFA_PROOF"); given != "" {
		return given, nil
	}
	if !r.interactive() {
		return "", errors.New(why + r.say("没有人可以输入：请设 SHENFA_PROOF。", " Nobody can type it: set SHENFA_PROOF."))
	}
	r.notef("%s\n%s", why, r.say("密码或动态口令：", "Password or one-time code: "))
	typed, err := r.password()
	r.notef("\n")
	if err != nil {
		return "", fmt.Errorf("read proof: %w", err)
	}
	return typed, nil
}

// again says whether asking once more is safe and may help. PUT and PATCH are
// tied to the draft's revision, which the lost attempt may have moved.
func again(method string, err error) bool {
	if method != http.MethodGet && method != http.MethodPost {
		return false
	}
	no := (*Refused)(nil)
	return !errors.As(err, &no) || no.Code == "busy" || no.Code == "unavailable"
}

func (r *run) once(ctx context.Context, base, token, key string, q request) (reply, error) {
	body, kind := q.raw, "application/octet-stream"
	if q.json != nil {
		var err error
		if body, err = json.Marshal(q.json); err != nil {
			return reply{}, fmt.Errorf("encode request: %w", err)
		}
		kind = "application/json"
	}
	address := base + "/api/v1" + q.path
	if q.name != "" {
		q.query = url.Values{"name": {q.name}}
	}
	if len(q.query) > 0 {
		address += "?" + q.query.Encode()
	}
	req, err := http.NewRequestWithContext(ctx, q.method, address, bytes.NewReader(body))
	if err != nil {
		return reply{}, fmt.Errorf("address of the server: %w", err)
	}
	h := req.Header
	if len(body) > 0 {
		h.Set("Content-Type", kind)
	}
	if token != "" && !q.anonymous {
		h.Set("Authorization", "Bearer "+token)
	}
	if q.method == http.MethodPost && !q.anonymous {
		h.Set("Idempotency-Key", key)
	}
	if q.proof != "" {
		h.Set("Shenfa-Proof", q.proof)
	}
	if q.match != "" {
		h.Set("If-Match", q.match)
	}
	h.Set("Accept-Language", r.say("zh-CN", "en"))

	resp, err := r.client.Do(req)
	if err != nil {
		return reply{}, fmt.Errorf("%s: %w", r.say("服务器没有应答", "no answer from the server"), err)
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(io.LimitReader(resp.Body, maxReply))
	if err != nil {
		return reply{}, fmt.Errorf("%s: %w", r.say("连接中断", "connection lost"), err)
	}
	if resp.StatusCode < 300 {
		return reply{raw, resp.Header.Get("ETag")}, nil
	}
	no := &Refused{Status: resp.StatusCode}
	if json.Unmarshal(raw, no) != nil || no.Code == "" {
		return reply{}, fmt.Errorf("%s: %s", r.say("这不像是审发的服务器", "this does not look like a Shenfa server"), resp.Status)
	}
	return reply{}, no
}

// where finds the server and the token: flag, environment, then the last login. A
// stored token goes only to the server that gave it.
func (r *run) where() (base, token string, err error) {
	stored, err := r.stored()
	if err != nil {
		return "", "", err
	}
	base = first(r.server, r.getenv("SHENFA_SERVER"), stored.Server)
	if base == "" {
		return "", "", errors.New(r.say("请用 --server 或 SHENFA_SERVER 说明服务器", "say which server, with --server or SHENFA_SERVER"))
	}
	base = strings.TrimRight(base, "/")
	if u, err := url.Parse(base); err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		return "", "", fmt.Errorf("--server %s: https://…", base)
	}
	if token = first(r.token, r.getenv("SHENFA_TOKEN")); token == "" && base == stored.Server {
		token = stored.Token
	}
	return base, token, nil
}

func first(values ...string) string {
	for _, v := range values {
		if v != "" {
			return v
		}
	}
	return ""
}
