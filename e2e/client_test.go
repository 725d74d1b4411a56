package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"shenfa/internal/desk"
	"shenfa/internal/disclosure"
)

// person is somebody at the API of one server.
type person struct {
	t        testing.TB
	base     string
	token    string
	password string
	key      string // the next request's idempotency key, if a test wants to repeat it
	patient  bool   // asks again while the house says that it cannot answer now
}

func (s *server) as(login string) *person {
	s.t.Helper()
	require.Contains(s.t, s.accounts, login)
	return &person{t: s.t, base: s.base, token: s.accounts[login].Token, password: s.accounts[login].Password}
}

// reply is an answer of the API.
type reply struct {
	status int
	header http.Header
	body   []byte
	err    error // no answer at all
}

// refusal is the error body of the API.
type refusal struct {
	Code    disclosure.Code   `json:"code"`
	Message string            `json:"message"`
	Field   string            `json:"field"`
	Details map[string]string `json:"details"`
}

func (r reply) code() disclosure.Code {
	var e refusal
	_ = json.Unmarshal(r.body, &e)
	return e.Code
}

func decode[T any](t testing.TB, r reply) T {
	t.Helper()
	require.NoError(t, r.err)
	require.Less(t, r.status, 300, "%s", r.body)
	var v T
	require.NoError(t, json.Unmarshal(r.body, &v), "%s", r.body)
	return v
}

var httpClient = &http.Client{Timeout: 60 * time.Second, Transport: &http.Transport{MaxIdleConnsPerHost: 128}}

// do asks the API, and shows who asks where that is wanted.
func (p *person) do(method, path string, body any, header ...string) reply {
	p.t.Helper()
	if method == http.MethodPost && p.key == "" {
		header = append([]string{"Idempotency-Key", uuid.NewString()}, header...)
	}
	r := p.ask(method, path, body, header...)
	if r.code() == disclosure.ProofRequired && p.password != "" {
		given := decode[desk.ProofToken](p.t, p.ask(http.MethodPost, "/api/v1/proofs", map[string]string{"password": p.password}))
		header = append(header, "Shenfa-Proof", given.Token)
		r = p.ask(method, path, body, header...)
	}
	for tries := 0; tries < 50 && (r.code() == disclosure.Busy || p.patient && r.status == http.StatusServiceUnavailable); tries++ { // as the command line does
		time.Sleep(200 * time.Millisecond)
		r = p.ask(method, path, body, header...)
	}
	return r
}

func (p *person) ask(method, path string, body any, header ...string) reply {
	p.t.Helper()
	var reader io.Reader
	contentType := "application/json"
	switch b := body.(type) {
	case nil:
	case []byte:
		reader, contentType = bytes.NewReader(b), "application/octet-stream"
	default:
		raw, err := json.Marshal(b)
		require.NoError(p.t, err)
		reader = bytes.NewReader(raw)
	}
	req, err := http.NewRequestWithContext(context.Background(), method, p.base+path, reader)
	require.NoError(p.t, err)
	if p.token != "" {
		req.Header.Set("Authorization", "Bearer "+p.token)
	}
	if reader != nil {
		req.Header.Set("Content-Type", contentType)
	}
	if method == http.MethodPost {
		key := p.key
		if key == "" {
			key = uuid.NewString()
		}
		req.Header.Set("Idempotency-Key", key)
	}
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	res, err := httpClient.Do(req)
	if err != nil {
		return reply{err: err}
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	return reply{status: res.StatusCode, header: res.Header, body: raw, err: err}
}

func (p *person) get(id string) desk.Disclosure {
	p.t.Helper()
	return decode[desk.Disclosure](p.t, p.do(http.MethodGet, "/api/v1/disclosures/"+id, nil))
}

func etag(d desk.Disclosure) string { return `"` + itoa(d.DraftRevision) + `"` }

func itoa(n int64) string {
	raw, _ := json.Marshal(n)
	return string(raw)
}

// item is what a draft is made of.
type item struct {
	title    string
	kind     string
	fileName string
	body     []byte
	channels []string
	at       time.Time // zero: on approval
	latest   time.Time
	late     string
}

func today() string { return time.Now().In(time.FixedZone("", 8*3600)).Format(time.DateOnly) }

func (i item) patch() map[string]any {
	release := map[string]any{"zone": disclosure.DefaultZone, "late": i.late}
	if i.late == "" {
		release["late"] = "now"
	}
	if i.at.IsZero() {
		release["on_approval"] = true
	} else {
		release["at"] = i.at.Format(time.RFC3339Nano)
	}
	if !i.latest.IsZero() {
		release["latest"] = i.latest.Format(time.RFC3339Nano)
	}
	kind, channels := i.kind, i.channels
	if kind == "" {
		kind = "notice"
	}
	if channels == nil {
		channels = []string{"portal"}
	}
	return map[string]any{"title": i.title, "kind": kind, "formed_on": today(), "channels": channels, "release": release}
}

// draft creates a disclosure with a body.
func (p *person) draft(i item) desk.Disclosure {
	p.t.Helper()
	d := decode[desk.Disclosure](p.t, p.do(http.MethodPost, "/api/v1/disclosures", i.patch()))
	return p.putBody(d, i.fileName, i.body)
}

func (p *person) putBody(d desk.Disclosure, name string, body []byte) desk.Disclosure {
	p.t.Helper()
	return decode[desk.Disclosure](p.t, p.do(http.MethodPut, "/api/v1/disclosures/"+d.ID+"/body?name="+url.QueryEscape(name), body, "If-Match", etag(d)))
}

func (p *person) submit(d desk.Disclosure) reply {
	p.t.Helper()
	return p.do(http.MethodPost, "/api/v1/disclosures/"+d.ID+"/submit", map[string]any{}, "If-Match", etag(d))
}

// submitted submits and waits for the check.
func (p *person) submitted(d desk.Disclosure) desk.Disclosure {
	p.t.Helper()
	decode[desk.Disclosure](p.t, p.submit(d))
	return p.await(d.ID, 30*time.Second, func(d desk.Disclosure) bool { return d.State != disclosure.Checking })
}

func (p *person) await(id string, patience time.Duration, until func(desk.Disclosure) bool) desk.Disclosure {
	p.t.Helper()
	var d desk.Disclosure
	for begin := time.Now(); time.Since(begin) < patience; time.Sleep(50 * time.Millisecond) {
		if d = p.get(id); until(d) {
			return d
		}
	}
	p.t.Fatalf("disclosure %s is still %s (%s) after %s", id, d.State, d.Cause, patience)
	return d
}

func (p *person) awaitState(id string, state disclosure.State) desk.Disclosure {
	p.t.Helper()
	return p.await(id, 60*time.Second, func(d desk.Disclosure) bool { return d.State == state })
}

func (p *person) decide(d desk.Disclosure, step string, outcome disclosure.Outcome, more ...string) reply {
	p.t.Helper()
	body := map[string]any{"step": step, "outcome": outcome, "manifest_hash": d.ManifestHash, "opinion": "经审查，意见如上。"}
	for i := 0; i+1 < len(more); i += 2 {
		body[more[i]] = more[i+1]
	}
	return p.do(http.MethodPost, "/api/v1/disclosures/"+d.ID+"/decisions", body)
}

// signers decide the ordinary route, in order.
var signers = []struct{ login, step string }{{"linlan", "section"}, {"shenyan", "confidentiality"}, {"guning", "leader"}}

// approve walks d through the ordinary route.
func (s *server) approve(d desk.Disclosure) desk.Disclosure {
	s.t.Helper()
	for _, x := range signers {
		d = decode[desk.Disclosure](s.t, s.as(x.login).decide(d, x.step, disclosure.Disclose))
	}
	return d
}

// public fetches a page like anybody.
func (s *server) public(path string) reply {
	s.t.Helper()
	return (&person{t: s.t, base: s.base}).do(http.MethodGet, path, nil)
}

// online says whether the item's approved bytes are public.
func (s *server) online(d desk.Disclosure) bool {
	s.t.Helper()
	r := s.public("/items/" + d.Number + "/body")
	if r.status != http.StatusOK {
		return false
	}
	require.Equal(s.t, d.Manifest.Body.SHA256, disclosure.Sum("", r.body).SHA256, "what is online is not what was approved")
	return true
}

func lines(s string) []string { return strings.Split(strings.TrimSpace(s), "\n") }
