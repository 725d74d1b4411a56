package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"strings"

	"github.com/spf13/pflag"

	"shenfa/api/portal"
	"shenfa/internal/channel"
	"shenfa/internal/keeper"
)

// siteFlags configure the public site.
type siteFlags struct {
	url    string
	name   string
	office string // file
	hub    string
}

func (f *siteFlags) flags(s *pflag.FlagSet) {
	s.StringVar(&f.url, "public-url", os.Getenv("SHENFA_PUBLIC_URL"), "`URL` of the portal as the public reaches it, for feeds and the sitemap (SHENFA_PUBLIC_URL)")
	s.StringVar(&f.name, "site-name", os.Getenv("SHENFA_SITE_NAME"), "`name` of the bureau, in the head of the portal (SHENFA_SITE_NAME)")
	s.StringVar(&f.office, "site-office", os.Getenv("SHENFA_SITE_OFFICE"), "JSON `file` with name, address, hours, phone, fax, postcode and email of the disclosure office, for the guide (SHENFA_SITE_OFFICE)")
	s.StringVar(&f.hub, "websub-hub", os.Getenv("SHENFA_WEBSUB_HUB"), "`URL` of the WebSub hub that is told of every change on the portal; needs --public-url (SHENFA_WEBSUB_HUB)")
}

// options are those of the portal that the flags set.
func (f *siteFlags) options() (portal.Options, error) {
	o := portal.Options{BaseURL: f.url, Site: f.name, Hub: f.hub}
	if _, err := f.open(); err != nil {
		return o, err
	}
	if f.office == "" {
		return o, nil
	}
	raw, err := os.ReadFile(f.office)
	if err == nil {
		err = json.Unmarshal(raw, &o.Office)
	}
	if err != nil {
		return o, fmt.Errorf("--site-office: %w", err)
	}
	return o, nil
}

// open is the hub, nil if there is none.
func (f *siteFlags) open() (keeper.Hub, error) {
	if f.hub == "" {
		return nil, nil
	}
	if f.url == "" {
		return nil, errors.New("--websub-hub needs --public-url: a hub fetches the feeds from there")
	}
	base := strings.TrimRight(f.url, "/")
	h, err := channel.NewHub(f.hub, []string{base + "/feed.atom", base + "/feed.json"}, &http.Client{})
	if err != nil {
		return nil, fmt.Errorf("--websub-hub: %w", err)
	}
	return h, nil
}
