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
	name   string
	office string // file
	hub    string
}

func (f *siteFlags) flags(s *pflag.FlagSet) {
	s.StringVar(&f.name, "site-name", os.Getenv("SHENFA_SITE_NAME"), "`name` of the bureau, in the head of the portal (SHENFA_SITE_NAME)")
	s.StringVar(&f.office, "site-office", os.Getenv("SHENFA_SITE_OFFICE"), "JSON `file` with name, address, hours, phone, fax, postcode and email of the disclosure office, for the guide (SHENFA_SITE_OFFICE)")
	s.StringVar(&f.hub, "websub-hub", os.Getenv("SHENFA_WEBSUB_HUB"), "`URL` of the WebSub hub that is told of every change on the portal; needs --public-url (SHENFA_WEBSUB_HUB)")
}

// options are those of the portal that the flags set; url is where the public reaches it.
func (f *siteFlags) options(url string) (portal.Options, error) {
	o := portal.Options{BaseURL: url, Site: f.name, Hub: f.hub}
	if _, err := f.open(url); err != nil {
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
func (f *siteFlags) open(url string) (keeper.Hub, error) {
	if f.hub == "" {
		return nil, nil
	}
	if url == "" {
		return nil, errors.New("--websub-hub needs --public-url: a hub fetches the feeds from there")
	}
	base := strings.TrimRight(url, "/")
	h, err := channel.NewHub(f.hub, []string{base + "/feed.atom", base + "/feed.json"}, &http.Client{})
	if err != nil {
		return nil, fmt.Errorf("--websub-hub: %w", err)
	}
	return h, nil
}
