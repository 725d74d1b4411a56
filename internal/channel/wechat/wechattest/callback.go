package wechattest

import (
	"bytes"
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/sha1" //nolint:gosec // WeChat signs with it
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

type event struct{ xml string }

// Callback is one message to the address of callbacks, signed.
type Callback struct {
	Query url.Values
	Body  []byte
}

// tell writes the event PUBLISHJOBFINISH.
func (s *Server) tell(j *job) {
	var info strings.Builder
	fmt.Fprintf(&info, "<publish_id>%s</publish_id><publish_status>%d</publish_status>", j.id, j.status)
	if len(j.articles) > 0 {
		fmt.Fprintf(&info, "<article_id><![CDATA[%s]]></article_id><article_detail><count>1</count><item><idx>1</idx></item></article_detail>", j.articles[0])
	} else {
		info.WriteString("<fail_idx>1</fail_idx>")
	}
	s.events = append(s.events, event{fmt.Sprintf("<xml><ToUserName><![CDATA[gh_test]]></ToUserName><FromUserName><![CDATA[test]]></FromUserName>"+
		"<CreateTime>%d</CreateTime><MsgType><![CDATA[event]]></MsgType><Event><![CDATA[PUBLISHJOBFINISH]]></Event><PublishEventInfo>%s</PublishEventInfo></xml>",
		s.config.Now().Unix(), info.String())})
}

// Callbacks are the messages that wait to be delivered, each signed anew. It may be called
// often: whoever wants a message repeated has it.
func (s *Server) Callbacks() []Callback {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.advance()
	var out []Callback
	for _, e := range s.events {
		out = append(out, s.sign(e.xml))
	}
	return out
}

// Deliver posts all messages that wait to an address, and forgets those that were taken.
func (s *Server) Deliver(ctx context.Context, client *http.Client, address string) error {
	for _, c := range s.Callbacks() {
		req, err := http.NewRequestWithContext(ctx, http.MethodPost, address+"?"+c.Query.Encode(), bytes.NewReader(c.Body))
		if err != nil {
			return err
		}
		req.Header.Set("Content-Type", "text/xml")
		res, err := client.Do(req)
		if err != nil {
			return err
		}
		if err := res.Body.Close(); err != nil {
			return err
		}
		if res.StatusCode != http.StatusOK {
			return fmt.Errorf("callback: status %d", res.StatusCode)
		}
		s.mu.Lock()
		s.events = s.events[1:]
		s.mu.Unlock()
	}
	return nil
}

// Hello is the question with which WeChat asks whether an address is ours.
func (s *Server) Hello(echo string) url.Values {
	s.mu.Lock()
	defer s.mu.Unlock()
	q := s.sign("").Query
	q.Set("echostr", echo)
	return q
}

func (s *Server) sign(xml string) Callback {
	at, nonce := strconv.FormatInt(s.config.Now().Unix(), 10), strconv.Itoa(s.next())
	c := Callback{Query: url.Values{"timestamp": {at}, "nonce": {nonce}, "signature": {Sign(s.config.Token, at, nonce)}}, Body: []byte(xml)}
	if s.config.AESKey != "" {
		sealed := s.seal(xml)
		c.Query.Set("encrypt_type", "aes")
		c.Query.Set("msg_signature", Sign(s.config.Token, at, nonce, sealed))
		c.Body = []byte("<xml><ToUserName><![CDATA[gh_test]]></ToUserName><Encrypt><![CDATA[" + sealed + "]]></Encrypt></xml>")
	}
	return c
}

// Sign is the signature over the parts.
func Sign(parts ...string) string {
	parts = slices.Clone(parts)
	slices.Sort(parts)
	sum := sha1.Sum([]byte(strings.Join(parts, ""))) //nolint:gosec // as above
	return hex.EncodeToString(sum[:])
}

func (s *Server) seal(xml string) string {
	key, err := base64.StdEncoding.DecodeString(s.config.AESKey + "=")
	if err != nil {
		return ""
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return ""
	}
	plain := []byte("0123456789abcdef") // random at WeChat
	plain = binary.BigEndian.AppendUint32(plain, uint32(len(xml)))
	plain = append(append(plain, xml...), s.config.AppID...)
	padding := 32 - len(plain)%32
	plain = append(plain, bytes.Repeat([]byte{byte(padding)}, padding)...)
	cipher.NewCBCEncrypter(block, key[:aes.BlockSize]).CryptBlocks(plain, plain)
	return base64.StdEncoding.EncodeToString(plain)
}
