package wechat

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/sha1" //nolint:gosec // WeChat signs with it; a callback is only a hint
	"crypto/subtle"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// finish is what a callback said: where to look.
type finish struct {
	Status  int       `json:"status"`
	Article string    `json:"article,omitempty"`
	At      time.Time `json:"at"` // when it was first told so
}

func finishKey(publish string) string { return "finish/" + publish }

// ReceiverConfig is what stands on the account's page “服务器配置”.
type ReceiverConfig struct {
	Token  string // 令牌
	AESKey string // 消息加解密密钥, 43 characters; empty: messages come in clear
	AppID  string
	Memory Memory
	Now    func() time.Time
}

// Receiver answers WeChat's callbacks. A forged, repeated, reordered or late one does no
// harm: all it can do is to have us ask WeChat, which alone is believed.
type Receiver struct {
	config ReceiverConfig
	aes    cipher.Block // nil: in clear
	first  []byte       // block of a message
	rate   rate
}

const (
	maxCallback = 64 << 10 // bytes
	// freshness is how old a callback may be: WeChat tries three times, and clocks differ.
	freshness = 15 * time.Minute
	perSecond = 200 // a crowded instant ends for all its items at about the same time
)

// NewReceiver checks the configuration.
func NewReceiver(cfg ReceiverConfig) (*Receiver, error) {
	if cfg.Token == "" {
		return nil, errors.New("wechat: the token of the callbacks is empty")
	}
	r := &Receiver{config: cfg}
	if cfg.AESKey == "" {
		return r, nil
	}
	key, err := base64.StdEncoding.DecodeString(cfg.AESKey + "=")
	if err != nil || len(key) != 32 {
		return nil, errors.New("wechat: the AES key of the callbacks is not 43 characters of base64")
	}
	r.first = key[:aes.BlockSize]
	r.aes, err = aes.NewCipher(key)
	return r, err
}

var (
	publishID = regexp.MustCompile(`^\d{1,20}$`)
	articleID = regexp.MustCompile(`^[\w-]{0,128}$`)
)

// ServeHTTP answers GET, with which WeChat asks whether the address is ours, and POST.
func (r *Receiver) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	h := w.Header()
	h.Set("Content-Type", "text/plain; charset=utf-8")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "no-store")
	status, answer := r.answer(w, req)
	w.WriteHeader(status)
	_, _ = io.WriteString(w, answer)
}

func (r *Receiver) answer(w http.ResponseWriter, req *http.Request) (status int, answer string) {
	now, query := r.config.Now(), req.URL.Query()
	at, nonce := query.Get("timestamp"), query.Get("nonce")
	seconds, err := strconv.ParseInt(at, 10, 64)
	if err != nil || now.Sub(time.Unix(seconds, 0)).Abs() > freshness || !same(query.Get("signature"), r.sign(at, nonce)) {
		return http.StatusForbidden, ""
	}
	if !r.rate.allow(now) { // after the signature: strangers cannot use it up
		return http.StatusTooManyRequests, ""
	}
	switch req.Method {
	case http.MethodGet:
		return http.StatusOK, query.Get("echostr")
	case http.MethodPost:
	default:
		return http.StatusMethodNotAllowed, ""
	}
	raw, err := io.ReadAll(http.MaxBytesReader(w, req.Body, maxCallback))
	if err != nil {
		return http.StatusBadRequest, ""
	}
	event, err := r.open(raw, at, nonce, query.Get("msg_signature"))
	if err != nil {
		return http.StatusForbidden, ""
	}
	if err := r.note(req.Context(), event, now); err != nil {
		return http.StatusInternalServerError, "" // WeChat tries again
	}
	return http.StatusOK, "success"
}

// sign is WeChat's signature: the SHA-1 of the parts and the token in alphabetical order.
func (r *Receiver) sign(parts ...string) string {
	parts = append(parts, r.config.Token)
	slices.Sort(parts)
	sum := sha1.Sum([]byte(strings.Join(parts, ""))) //nolint:gosec // as above
	return hex.EncodeToString(sum[:])
}

func same(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }

// event is the part of a message that concerns us.
type event struct {
	Encrypt string `xml:"Encrypt"`
	Event   string `xml:"Event"`
	Publish struct {
		ID      string `xml:"publish_id"`
		Status  string `xml:"publish_status"`
		Article string `xml:"article_id"`
	} `xml:"PublishEventInfo"`
}

var errForged = errors.New("not a message of WeChat")

// open reads a message. Where a key was agreed on, one in clear is forged.
func (r *Receiver) open(raw []byte, at, nonce, signature string) (e event, err error) {
	if err := xml.Unmarshal(raw, &e); err != nil {
		return e, fmt.Errorf("%w: %w", errForged, err)
	}
	if r.aes == nil {
		return e, nil
	}
	sealed, err := base64.StdEncoding.DecodeString(e.Encrypt)
	if err != nil || len(sealed) == 0 || len(sealed)%aes.BlockSize != 0 || !same(signature, r.sign(at, nonce, e.Encrypt)) {
		return e, errForged
	}
	plain, err := r.decrypt(sealed)
	if err != nil {
		return e, err
	}
	e = event{}
	return e, xml.Unmarshal(plain, &e)
}

// decrypt opens 16 random bytes, the length, the message and the AppID, padded to 32 bytes,
// under AES-CBC with the first half of the key as first block (page “消息加解密说明”).
func (r *Receiver) decrypt(sealed []byte) ([]byte, error) {
	plain := make([]byte, len(sealed))
	cipher.NewCBCDecrypter(r.aes, r.first).CryptBlocks(plain, sealed)
	padding := int(plain[len(plain)-1])
	if padding < 1 || padding > 32 || padding > len(plain)-20 {
		return nil, errForged
	}
	plain = plain[16 : len(plain)-padding]
	n := int64(binary.BigEndian.Uint32(plain))
	if n > int64(len(plain)-4) || string(plain[4+n:]) != r.config.AppID {
		return nil, errForged
	}
	return plain[4 : 4+n], nil
}

// note writes down what a callback says, if it says something new.
func (r *Receiver) note(ctx context.Context, e event, now time.Time) error {
	status, err := strconv.Atoi(e.Publish.Status)
	if e.Event != "PUBLISHJOBFINISH" || err != nil || !publishID.MatchString(e.Publish.ID) || !articleID.MatchString(e.Publish.Article) {
		return nil // of no concern to us
	}
	return amend(ctx, r.config.Memory, finishKey(e.Publish.ID), func(f *finish) (bool, error) {
		said := finish{Status: status, Article: e.Publish.Article, At: f.At}
		if *f == said && !f.At.IsZero() {
			return false, nil
		}
		said.At = now
		*f = said
		return true, nil
	})
}

// rate lets so many requests through a second.
type rate struct {
	mu     sync.Mutex
	second int64
	n      int
}

func (r *rate) allow(now time.Time) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if s := now.Unix(); s != r.second {
		r.second, r.n = s, 0
	}
	r.n++
	return r.n <= perSecond
}
