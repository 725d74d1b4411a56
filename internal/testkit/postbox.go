package testkit

import (
	"bufio"
	"encoding/base64"
	"fmt"
	"io"
	"mime"
	"net"
	"net/mail"
	"strings"
	"sync"
	"testing"
)

// Postbox is an SMTP server that keeps what it is given.
type Postbox struct {
	URL string

	mu      sync.Mutex
	letters []Received
	refuse  int // answers RCPT with this code, if not 0
}

// Received is one letter as it came.
type Received struct {
	To, Subject, ID, Text string
	Raw                   []byte
}

// NewPostbox listens on a loopback port until the end of the test.
func NewPostbox(t testing.TB) *Postbox {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &Postbox{URL: "smtp://" + l.Addr().String()}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go p.serve(c)
		}
	}()
	return p
}

// Refuse makes it answer every recipient with a code; 0 takes letters again.
func (p *Postbox) Refuse(code int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.refuse = code
}

// Letters are those it took so far.
func (p *Postbox) Letters() []Received {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]Received(nil), p.letters...)
}

func (p *Postbox) serve(c net.Conn) {
	defer c.Close()
	in := bufio.NewReader(c)
	say := func(line string) { fmt.Fprint(c, line+"\r\n") }
	say("220 postbox")
	to := ""
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			return
		}
		verb := strings.ToUpper(line[:min(4, len(line))])
		p.mu.Lock()
		refuse := p.refuse
		p.mu.Unlock()
		switch {
		case verb == "RCPT" && refuse != 0:
			say(fmt.Sprintf("%d no such box", refuse))
		case verb == "RCPT":
			to = strings.Trim(strings.TrimSpace(line[len("RCPT TO:"):]), "<>")
			say("250 ok")
		case verb == "DATA":
			say("354 go on")
			var raw strings.Builder
			for {
				l, err := in.ReadString('\n')
				if err != nil {
					return
				}
				if l == ".\r\n" {
					break
				}
				raw.WriteString(strings.TrimPrefix(l, "."))
			}
			p.take(to, raw.String())
			say("250 taken")
		case verb == "QUIT":
			say("221 bye")
			return
		default:
			say("250 ok")
		}
	}
}

func (p *Postbox) take(to, raw string) {
	r := Received{To: to, Raw: []byte(raw)}
	if m, err := mail.ReadMessage(strings.NewReader(raw)); err == nil {
		r.ID = m.Header.Get("Message-ID")
		r.Subject, _ = new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject"))
		text, _ := io.ReadAll(base64.NewDecoder(base64.StdEncoding, m.Body))
		r.Text = string(text)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.letters = append(p.letters, r)
}
