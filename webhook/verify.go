package webhook

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// The headers of a signed request, as Standard Webhooks names them.
const (
	HeaderID        = "Webhook-Id"
	HeaderTimestamp = "Webhook-Timestamp"
	HeaderSignature = "Webhook-Signature"
)

const (
	// Tolerance is how far the clocks of sender and receiver may be apart, the way
	// between them included. What is older was kept by somebody and sent again.
	Tolerance = 5 * time.Minute

	// MinSecret is how many bytes a secret has at least.
	MinSecret = 16

	scheme       = "v1"
	secretPrefix = "whsec_"
)

var (
	// ErrForged says that none of the secrets made the signature, or that there is none.
	ErrForged = errors.New("the request is not signed with a known secret")
	// ErrStale says that the request was signed too long ago, or too far ahead.
	ErrStale = errors.New("the request was not signed just now")
)

// Secret is shared by sender and receiver.
type Secret []byte

// ParseSecret reads "whsec_" and base64, or else takes the characters as they are.
func ParseSecret(s string) (Secret, error) {
	secret := Secret(s)
	if encoded, found := strings.CutPrefix(s, secretPrefix); found {
		var err error
		if secret, err = base64.StdEncoding.DecodeString(encoded); err != nil {
			return nil, errors.New("a secret of the webhook is not base64 after " + secretPrefix)
		}
	}
	if len(secret) < MinSecret {
		return nil, fmt.Errorf("a secret of the webhook has fewer than %d bytes", MinSecret)
	}
	return secret, nil
}

// ReadID is the ID under which a question for key is signed.
func ReadID(key string) string { return "read:" + key }

// Sign signs the body of one request with each secret, so that a receiver which knows
// any of them accepts it: that is how secrets are changed.
func Sign(h http.Header, id string, at time.Time, body []byte, secrets ...Secret) {
	t := strconv.FormatInt(at.Unix(), 10)
	signatures := make([]string, len(secrets))
	for i, s := range secrets {
		signatures[i] = scheme + "," + base64.StdEncoding.EncodeToString(mac(s, id, t, body))
	}
	h.Set(HeaderID, id)
	h.Set(HeaderTimestamp, t)
	h.Set(HeaderSignature, strings.Join(signatures, " "))
}

// Verify says whether r with this body came from who knows one of the secrets, and came
// just now. It returns ErrForged or ErrStale. An event may rightly come again, under the
// same ID and a new timestamp: whoever has it already answers as the first time.
func Verify(r *http.Request, body []byte, now time.Time, secrets ...Secret) error {
	id, t := r.Header.Get(HeaderID), r.Header.Get(HeaderTimestamp)
	if id == "" || r.Method != http.MethodPost && id != ReadID(r.URL.Query().Get("key")) {
		return ErrForged
	}
	if !signed(r.Header.Values(HeaderSignature), id, t, body, secrets) {
		return ErrForged
	}
	seconds, err := strconv.ParseInt(t, 10, 64)
	if err != nil {
		return ErrForged
	}
	if age := now.Sub(time.Unix(seconds, 0)); age > Tolerance || age < -Tolerance {
		return ErrStale
	}
	return nil
}

func signed(headers []string, id, t string, body []byte, secrets []Secret) bool {
	for _, secret := range secrets {
		if len(secret) < MinSecret {
			continue // of a secret that was not configured
		}
		want := mac(secret, id, t, body)
		for _, one := range strings.Fields(strings.Join(headers, " ")) {
			version, encoded, _ := strings.Cut(one, ",")
			got, err := base64.StdEncoding.DecodeString(encoded)
			if err == nil && version == scheme && hmac.Equal(got, want) {
				return true
			}
		}
	}
	return false
}

func mac(secret Secret, id, t string, body []byte) []byte {
	m := hmac.New(sha256.New, secret)
	for _, part := range []string{id, t} {
		m.Write([]byte(part + "."))
	}
	m.Write(body)
	return m.Sum(nil)
}
