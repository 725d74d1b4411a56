package main

import (
	"fmt"
	"os"
	"time"

	"github.com/spf13/pflag"

	"shenfa/internal/calendar"
	"shenfa/internal/keeper"
	"shenfa/internal/notice"
)

// mailFlags say how notices are mailed.
type mailFlags struct{ server, from, site string }

func (f *mailFlags) flags(s *pflag.FlagSet) {
	s.StringVar(&f.server, "smtp-url", os.Getenv("SHENFA_SMTP_URL"), "`URL` of the SMTP server that mails notices, smtp://user:password@host:port or smtps:// (SHENFA_SMTP_URL; default: no mail)")
	s.StringVar(&f.from, "mail-from", os.Getenv("SHENFA_MAIL_FROM"), "`address` that mails come from (SHENFA_MAIL_FROM)")
	s.StringVar(&f.site, "console-url", os.Getenv("SHENFA_CONSOLE_URL"), "`URL` under which people reach the console, for the links in mails (SHENFA_CONSOLE_URL; default: mails hold no links)")
}

// open returns nil where there is no mail.
func (f mailFlags) open() (*keeper.Post, error) {
	if f.server == "" {
		return nil, nil
	}
	m, err := notice.NewMailer(f.server, f.from, time.Now)
	if err != nil {
		return nil, fmt.Errorf("--smtp-url, --mail-from: %w", err)
	}
	rules, err := notice.Load()
	if err != nil {
		return nil, err
	}
	zone, err := time.LoadLocation(calendar.Zone)
	if err != nil {
		return nil, fmt.Errorf("mail: %w", err)
	}
	return &keeper.Post{Rules: rules, Send: m.Send, Site: f.site, Zone: zone}, nil
}
