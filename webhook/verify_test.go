package webhook_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"shenfa/webhook"
)

var (
	at     = time.Date(2026, 3, 2, 1, 0, 0, 0, time.UTC)
	secret = webhook.Secret("0123456789abcdef")
)

// request is one that was signed at the instant, and its body.
func request(method, target, id string, body string) *http.Request {
	r := httptest.NewRequest(method, target, strings.NewReader(body))
	webhook.Sign(r.Header, id, at, []byte(body), secret)
	return r
}

func TestVerify(t *testing.T) {
	t.Parallel()

	const id, body = "k/1/webhook:released", `{"data":{}}`
	for name, tc := range map[string]struct {
		change func(r *http.Request)
		body   string
		now    time.Time
		known  []webhook.Secret
		want   error
	}{
		"genuine":             {nil, body, at, []webhook.Secret{secret}, nil},
		"one of two secrets":  {nil, body, at, []webhook.Secret{webhook.Secret("another secret of 16"), secret}, nil},
		"as late as allowed":  {nil, body, at.Add(webhook.Tolerance), []webhook.Secret{secret}, nil},
		"kept and sent again": {nil, body, at.Add(webhook.Tolerance + time.Second), []webhook.Secret{secret}, webhook.ErrStale},
		"from the future":     {nil, body, at.Add(-webhook.Tolerance - time.Second), []webhook.Secret{secret}, webhook.ErrStale},
		"another body":        {nil, body + " ", at, []webhook.Secret{secret}, webhook.ErrForged},
		"another ID":          {func(r *http.Request) { r.Header.Set(webhook.HeaderID, "k/2/webhook:released") }, body, at, []webhook.Secret{secret}, webhook.ErrForged},
		"made new":            {func(r *http.Request) { r.Header.Set(webhook.HeaderTimestamp, fmt.Sprint(at.Add(time.Hour).Unix())) }, body, at.Add(time.Hour), []webhook.Secret{secret}, webhook.ErrForged},
		"boundary moved":      {func(r *http.Request) { r.Header.Set(webhook.HeaderID, id+"."+fmt.Sprint(at.Unix())) }, body, at, []webhook.Secret{secret}, webhook.ErrForged},
		"no ID":               {func(r *http.Request) { r.Header.Del(webhook.HeaderID) }, body, at, []webhook.Secret{secret}, webhook.ErrForged},
		"no signature":        {func(r *http.Request) { r.Header.Del(webhook.HeaderSignature) }, body, at, []webhook.Secret{secret}, webhook.ErrForged},
		"empty signature":     {func(r *http.Request) { r.Header.Set(webhook.HeaderSignature, "v1,") }, body, at, []webhook.Secret{secret}, webhook.ErrForged},
		"other scheme": {func(r *http.Request) {
			v := r.Header.Get(webhook.HeaderSignature)
			r.Header.Set(webhook.HeaderSignature, "v0"+v[2:])
		}, body, at, []webhook.Secret{secret}, webhook.ErrForged},
		"other secret":           {nil, body, at, []webhook.Secret{webhook.Secret("another secret of 16")}, webhook.ErrForged},
		"no secret known":        {nil, body, at, nil, webhook.ErrForged},
		"empty secret known":     {func(r *http.Request) { webhook.Sign(r.Header, id, at, []byte(body), webhook.Secret{}) }, body, at, []webhook.Secret{{}}, webhook.ErrForged},
		"event sent as deletion": {func(r *http.Request) { r.Method = http.MethodDelete }, body, at, []webhook.Secret{secret}, webhook.ErrForged},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := request(http.MethodPost, "/in", id, body)
			if tc.change != nil {
				tc.change(r)
			}
			err := webhook.Verify(r, []byte(tc.body), tc.now, tc.known...)
			if tc.want == nil {
				require.NoError(t, err)
				return
			}
			require.ErrorIs(t, err, tc.want)
		})
	}
	t.Run("question for another key", func(t *testing.T) {
		t.Parallel()
		r := request(http.MethodGet, "/in?key=k%2F1", webhook.ReadID("k/1"), "")
		require.NoError(t, webhook.Verify(r, nil, at, secret))
		r.URL.RawQuery = "key=k%2F2"
		require.ErrorIs(t, webhook.Verify(r, nil, at, secret), webhook.ErrForged)
	})
}

// TestSignatureIsThatOfStandardWebhooks holds the scheme to one computed elsewhere:
// printf 'msg_1.1772413200.{"a":1}' | openssl dgst -sha256 -hmac 0123456789abcdef -binary | base64
func TestSignatureIsThatOfStandardWebhooks(t *testing.T) {
	t.Parallel()

	key, err := webhook.ParseSecret("whsec_" + base64.StdEncoding.EncodeToString([]byte("0123456789abcdef")))
	require.NoError(t, err)
	h := http.Header{}
	webhook.Sign(h, "msg_1", at, []byte(`{"a":1}`), key)
	require.Equal(t, "v1,ZuALdyWHca5+7eXgj3dKus0i2EAihk4/V9/3Y2CSmkA=", h.Get(webhook.HeaderSignature))
	require.Equal(t, "1772413200", h.Get(webhook.HeaderTimestamp))
}

func TestManifestTravelsByteForByte(t *testing.T) {
	t.Parallel()

	const manifest = `{"title":"<甲> & 乙"}`
	raw, err := webhook.NewEvent(webhook.Released, "https://portal.test", at, webhook.Data{Key: "k", Manifest: json.RawMessage(manifest)}).Marshal()
	require.NoError(t, err)
	require.Contains(t, string(raw), `"manifest":`+manifest)
}

// Example is a receiver that keeps what it got in a map.
func Example() {
	now := func() time.Time { return at }
	public := map[string]string{}
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 64<<20))
		if err != nil || webhook.Verify(r, body, now(), secret) != nil {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		var e webhook.Event
		if err := json.Unmarshal(body, &e); err != nil {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		if _, again := public[e.Data.Key]; !again && e.Type == webhook.Released {
			public[e.Data.Key] = e.Data.HTML
		}
		_ = json.NewEncoder(w).Encode(webhook.Answer{BodySHA256: e.Data.BodySHA256, URL: "https://site.test/" + e.Subject})
	})

	event, _ := webhook.NewEvent(webhook.Released, "https://portal.test", at, webhook.Data{Key: "k", Number: "1", HTML: "<p>正文</p>"}).Marshal()
	for range 2 {
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, request(http.MethodPost, "/in", "k:released", string(event)))
		fmt.Println(w.Code, len(public))
	}
	// Output:
	// 200 1
	// 200 1
}
