package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"shenfa/internal/channel"
	"shenfa/internal/channel/directory"
	"shenfa/internal/channel/portal"
	"shenfa/internal/channel/webhook"
	"shenfa/internal/channel/wechat"
	"shenfa/internal/store"
)

// channelFlags configure where disclosures go besides the portal.
type channelFlags struct {
	webhook       string
	webhookSecret string // file
	directory     string
	directoryURL  string
	portal        string // base address at which workers see the portal
	public        string // base address at which the public sees it; empty: the same
	wechat        wechatFlags
	cacheLife     time.Duration
	purge         string // base address of the cache in front of the portal
}

func (f *channelFlags) flags(s *pflag.FlagSet) {
	s.StringVar(&f.webhook, "webhook", os.Getenv("SHENFA_WEBHOOK"), "`URL` that gets every release on the channel webhook (SHENFA_WEBHOOK); see docs/webhook.md")
	s.StringVar(&f.webhookSecret, "webhook-secret-file", os.Getenv("SHENFA_WEBHOOK_SECRET_FILE"), "`file` with the secret that signs it, one a line; two while they change")
	s.StringVar(&f.directory, "directory", os.Getenv("SHENFA_DIRECTORY"), "`directory` in which the channel directory keeps a static tree for a web server, a CMS or rsync, at DIR/current (SHENFA_DIRECTORY)")
	s.StringVar(&f.directoryURL, "directory-url", os.Getenv("SHENFA_DIRECTORY_URL"), "`URL` at which the public sees that tree")
	s.StringVar(&f.portal, "portal-url", os.Getenv("SHENFA_PORTAL_URL"), "`URL` of the portal as workers reach it, for reading back")
	s.StringVar(&f.public, "public-url", os.Getenv("SHENFA_PUBLIC_URL"), "`URL` of the portal as the public reaches it, for feeds and the sitemap, and for channels that lead there (SHENFA_PUBLIC_URL)")
	s.StringVar(&f.purge, "purge", os.Getenv("SHENFA_PURGE"), "`URL` of the cache in front of the portal, which gets PURGE for what is taken down (SHENFA_PURGE)")
	s.DurationVar(&f.cacheLife, "cache-life", 0, "how long caches in front of the portal may go on to show an old `page`: no release is planned nearer than that; 0 if there are none")
	f.wechat.register(s)
}

func (f *channelFlags) names() []string {
	names := []string{channel.PortalName}
	if f.webhook != "" {
		names = append(names, webhook.Name)
	}
	if f.directory != "" {
		names = append(names, directory.Name)
	}
	if f.wechat.appID != "" {
		names = append(names, wechat.Name)
	}
	return names
}

// open makes the channels, in the order of their names.
func (f *channelFlags) open(s *store.Store) ([]channel.Channel, error) {
	client := &http.Client{Timeout: 20 * time.Second, Transport: &http.Transport{MaxIdleConnsPerHost: 32, IdleConnTimeout: time.Minute}}
	channels := []channel.Channel{portal.New(strings.TrimRight(f.portal, "/"), client)}
	if f.webhook != "" {
		hook, err := f.openWebhook(client)
		if err != nil {
			return nil, err
		}
		channels = append(channels, hook)
	}
	if f.directory != "" {
		tree, err := directory.New(directory.Config{Dir: f.directory, URL: f.directoryURL, Now: time.Now})
		if err != nil {
			return nil, fmt.Errorf("--directory: %w", err)
		}
		channels = append(channels, tree)
	}
	if f.wechat.appID != "" {
		account, err := f.wechat.open(s, f.seen(), client)
		if err != nil {
			return nil, err
		}
		channels = append(channels, account)
	}
	return channels, nil
}

func (f *channelFlags) openWebhook(client *http.Client) (channel.Channel, error) {
	if f.webhookSecret == "" {
		return nil, errors.New("--webhook-secret-file is required with --webhook")
	}
	raw, err := os.ReadFile(f.webhookSecret)
	if err != nil {
		return nil, fmt.Errorf("--webhook-secret-file: %w", err)
	}
	secrets, err := webhook.Secrets(raw)
	if err != nil {
		return nil, fmt.Errorf("--webhook-secret-file: %w", err)
	}
	return webhook.New(webhook.Config{URL: f.webhook, Secrets: secrets, Portal: f.seen(), Client: client, Now: time.Now})
}

// seen is where the public sees the portal.
func (f *channelFlags) seen() string {
	if f.public != "" {
		return f.public
	}
	return f.portal
}

// purger has the cache in front of the portal forget; nil if there is none.
func (f *channelFlags) purger() (func(context.Context, channel.Item) error, error) {
	if f.purge == "" {
		return nil, nil
	}
	p, err := channel.NewPurger(f.purge, &http.Client{Timeout: 10 * time.Second})
	if err != nil {
		return nil, fmt.Errorf("--purge: %w", err)
	}
	return p.Purge, nil
}
