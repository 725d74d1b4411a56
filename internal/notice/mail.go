package notice

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"mime"
	"net"
	"net/mail"
	"net/smtp"
	"net/textproto"
	"net/url"
	"strings"
	"time"
)

// Letter is a mail of plain facts.
type Letter struct {
	To      string
	ID      string // names it, so that one sent twice is one
	Subject string
	Lines   []string
}

// ErrRefused says that the other side will not take a letter, now or later.
var ErrRefused = errors.New("the mail was refused for good")

// Mailer sends letters through one SMTP server.
type Mailer struct {
	host, addr string
	implicit   bool // TLS from the first byte
	auth       smtp.Auth
	from       mail.Address
	now        func() time.Time
}

// mailPatience bounds the sending of one letter.
const mailPatience = 30 * time.Second

// NewMailer reads smtp://user:password@host:port, or smtps:// for TLS from the first byte.
// A server that offers STARTTLS is spoken to through it; a password is never sent in clear
// to another machine.
func NewMailer(server, from string, now func() time.Time) (*Mailer, error) {
	u, err := url.Parse(server)
	if err != nil || u.Hostname() == "" || u.Scheme != "smtp" && u.Scheme != "smtps" {
		return nil, errors.New("the SMTP server is smtp://host:port or smtps://host:port")
	}
	a, err := mail.ParseAddress(from)
	if err != nil {
		return nil, fmt.Errorf("sender of mail: %w", err)
	}
	m := &Mailer{host: u.Hostname(), implicit: u.Scheme == "smtps", from: *a, now: now}
	port := u.Port()
	switch {
	case port == "" && m.implicit:
		port = "465"
	case port == "":
		port = "25"
	}
	m.addr = net.JoinHostPort(m.host, port)
	if u.User != nil {
		password, _ := u.User.Password()
		m.auth = smtp.PlainAuth("", u.User.Username(), password, m.host)
	}
	return m, nil
}

// Send hands one letter over. ErrRefused is in the error if it is of no use to try again.
func (m *Mailer) Send(ctx context.Context, l Letter) error {
	err := m.send(ctx, l)
	var answer *textproto.Error
	if errors.As(err, &answer) && answer.Code >= 500 {
		// The words of a server may name anything: only its code goes on.
		return fmt.Errorf("%w: %d", ErrRefused, answer.Code)
	}
	if err != nil {
		return fmt.Errorf("send mail: %w", err)
	}
	return nil
}

func (m *Mailer) send(ctx context.Context, l Letter) (err error) {
	ctx, cancel := context.WithTimeout(ctx, mailPatience)
	defer cancel()
	secure := &tls.Config{ServerName: m.host, MinVersion: tls.VersionTLS12}
	conn, err := m.dial(ctx, secure)
	if err != nil {
		return err
	}
	if until, ok := ctx.Deadline(); ok {
		if err := conn.SetDeadline(until); err != nil {
			return errors.Join(err, conn.Close())
		}
	}
	c, err := smtp.NewClient(conn, m.host)
	if err != nil {
		return errors.Join(err, conn.Close())
	}
	defer c.Close()
	if offered, _ := c.Extension("STARTTLS"); offered && !m.implicit {
		if err := c.StartTLS(secure); err != nil {
			return err
		}
	}
	if m.auth != nil {
		if err := c.Auth(m.auth); err != nil {
			return err
		}
	}
	if err := c.Mail(m.from.Address); err != nil {
		return err
	}
	if err := c.Rcpt(l.To); err != nil {
		return err
	}
	w, err := c.Data()
	if err != nil {
		return err
	}
	if _, err := w.Write(m.render(l)); err != nil {
		return errors.Join(err, w.Close())
	}
	if err := w.Close(); err != nil {
		return err
	}
	_ = c.Quit() // it is delivered already
	return nil
}

func (m *Mailer) dial(ctx context.Context, secure *tls.Config) (net.Conn, error) {
	if m.implicit {
		return (&tls.Dialer{Config: secure}).DialContext(ctx, "tcp", m.addr)
	}
	return (&net.Dialer{}).DialContext(ctx, "tcp", m.addr)
}

// render writes the letter as RFC 5322 says. The text is base64, so no line is too long.
func (m *Mailer) render(l Letter) []byte {
	_, domain, _ := strings.Cut(m.from.Address, "@")
	var b strings.Builder
	for _, h := range [][2]string{
		{"From", m.from.String()},
		{"To", (&mail.Address{Address: l.To}).String()},
		{"Subject", mime.BEncoding.Encode("utf-8", l.Subject)},
		{"Date", m.now().Format(time.RFC1123Z)},
		{"Message-ID", "<" + l.ID + "@" + domain + ">"},
		{"Auto-Submitted", "auto-generated"},
		{"MIME-Version", "1.0"},
		{"Content-Type", "text/plain; charset=utf-8"},
		{"Content-Transfer-Encoding", "base64"},
	} {
		b.WriteString(h[0] + ": " + h[1] + "\r\n")
	}
	b.WriteString("\r\n")
	b.WriteString(wrapped(strings.Join(l.Lines, "\r\n") + "\r\n"))
	return []byte(b.String())
}
