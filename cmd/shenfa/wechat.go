package main

import (
	"errors"
	"fmt"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"shenfa/internal/channel/wechat"
	"shenfa/internal/store"
)

// wechatFlags configure the WeChat official account. Without an AppID there is none.
type wechatFlags struct {
	appID  string
	secret string // file
	token  string // file
	aesKey string // file
	base   string
	author string
	title  int
	quotas map[string]int
}

func (f *wechatFlags) register(s *pflag.FlagSet) {
	s.StringVar(&f.appID, "wechat-appid", os.Getenv("SHENFA_WECHAT_APPID"), "`AppID` of the WeChat official account that is the channel wechat (SHENFA_WECHAT_APPID)")
	s.StringVar(&f.secret, "wechat-secret-file", os.Getenv("SHENFA_WECHAT_SECRET_FILE"), "`file` with its AppSecret")
	s.StringVar(&f.token, "wechat-token-file", os.Getenv("SHENFA_WECHAT_TOKEN_FILE"), "`file` with the token of its callbacks to /wechat/callback; without it they are not taken")
	s.StringVar(&f.aesKey, "wechat-aes-key-file", os.Getenv("SHENFA_WECHAT_AES_KEY_FILE"), "`file` with the key of its callbacks, if they are encrypted")
	s.StringVar(&f.base, "wechat-base", wechat.Address, "`URL` of WeChat, or of a proxy or a test in its place")
	s.StringVar(&f.author, "wechat-author", "", "`name` under the title of an article, 16 characters at the most")
	s.IntVar(&f.title, "wechat-title-max", 32, "`characters` that the account takes in a title, 32 to 64; longer ones are cut, and stand whole in the text")
	s.StringToIntVar(&f.quotas, "wechat-quota", nil, "calls a day where the account has others than a new one, as `call=number,…`, such as freepublish/submit=500")
}

// memory is that of the account.
func (f wechatFlags) memory(s *store.Store) store.ChannelMemory {
	return s.ChannelMemory(wechat.Name + "/" + f.appID)
}

// open is for the workers, who publish.
func (f wechatFlags) open(s *store.Store, portal string, client *http.Client) (*wechat.Channel, error) {
	secret, err := secretFile("--wechat-secret-file", f.secret)
	if err != nil {
		return nil, err
	}
	return wechat.New(wechat.Config{
		AppID: f.appID, Secret: secret, Base: f.base, Portal: portal, Author: f.author, TitleMax: f.title, Quotas: f.quotas,
		Memory: f.memory(s), Client: client, Now: time.Now,
	})
}

// receiver is for the API, which WeChat calls back. Nil: it does not.
func (f wechatFlags) receiver(s *store.Store) (http.Handler, error) {
	if f.appID == "" || f.token == "" {
		return nil, nil
	}
	token, err := secretFile("--wechat-token-file", f.token)
	if err != nil {
		return nil, err
	}
	cfg := wechat.ReceiverConfig{Token: token, AppID: f.appID, Memory: f.memory(s), Now: time.Now}
	if f.aesKey != "" {
		if cfg.AESKey, err = secretFile("--wechat-aes-key-file", f.aesKey); err != nil {
			return nil, err
		}
	}
	return wechat.NewReceiver(cfg)
}

// secretFile reads a secret that stands alone in a file.
func secretFile(flag, name string) (string, error) {
	if name == "" {
		return "", errors.New(flag + " is required")
	}
	raw, err := os.ReadFile(name)
	if err != nil {
		return "", fmt.Errorf("%s: %w", flag, err)
	}
	return strings.TrimSpace(string(raw)), nil
}
