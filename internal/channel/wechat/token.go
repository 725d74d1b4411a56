package wechat

import (
	"context"
	"errors"
	"time"
)

const (
	tokenKey = "token"
	// tokenMargin is how long before its end a token is no longer used. WeChat renews it
	// five minutes early, and both are good meanwhile.
	tokenMargin = 5 * time.Minute
	// forceEvery is how far apart WeChat wants forced refreshes.
	forceEvery = 30 * time.Second
)

// errForced asks for patience: another process is about to have a new token.
var errForced = errors.New("the access token was refreshed by force within the last half minute")

// token is the access token. All processes share it: a second one would be the same.
type token struct {
	Value   string    `json:"value"`
	Expires time.Time `json:"expires"`
	Forced  time.Time `json:"forced"` // when a refresh was last forced
}

func (t token) good(now time.Time) bool {
	return t.Value != "" && now.Before(t.Expires.Add(-tokenMargin))
}

// access returns a token that is not the stale one, which WeChat refused.
func (c *Channel) access(ctx context.Context, stale string) (string, error) {
	unlock, err := c.locks.lock(ctx, tokenKey)
	if err != nil {
		return "", err
	}
	defer unlock()
	usable := func(t token) bool { return t.good(c.config.Now()) && t.Value != stale }
	if usable(c.token) {
		return c.token.Value, nil
	}
	known, _, err := recall[token](ctx, c.config.Memory, tokenKey)
	if err != nil {
		return "", err
	}
	if usable(known) {
		c.token = known
		return known.Value, nil
	}
	fresh, err := c.fetchToken(ctx, false)
	if err == nil && fresh.Value == stale {
		fresh, err = c.forceToken(ctx)
	}
	if err != nil {
		return "", err
	}
	c.token = fresh
	return fresh.Value, amend(ctx, c.config.Memory, tokenKey, func(t *token) (bool, error) {
		t.Value, t.Expires = fresh.Value, fresh.Expires
		return true, nil
	})
}

// forceToken makes WeChat give out another token. Of several processes, the one that
// writes down first that it does so does it; the others use what it got.
func (c *Channel) forceToken(ctx context.Context) (token, error) {
	now, mine := c.config.Now(), false
	err := amend(ctx, c.config.Memory, tokenKey, func(t *token) (bool, error) {
		mine = now.Sub(t.Forced) >= forceEvery
		t.Forced = now
		return mine, nil
	})
	if err != nil {
		return token{}, err
	}
	if !mine {
		return token{}, errForced
	}
	if err := c.spend(ctx, apiForce, 0); err != nil {
		return token{}, err
	}
	return c.fetchToken(ctx, true)
}

func (c *Channel) fetchToken(ctx context.Context, force bool) (token, error) {
	var out struct {
		Token   string `json:"access_token"`
		Seconds int    `json:"expires_in"`
	}
	asked := c.config.Now()
	err := c.post(ctx, apiToken, "", map[string]any{
		"grant_type": "client_credential", "appid": c.config.AppID, "secret": c.config.Secret, "force_refresh": force,
	}, &out)
	if err != nil {
		return token{}, err
	}
	if out.Token == "" {
		return token{}, &unclear{apiToken, errShape}
	}
	return token{Value: out.Token, Expires: asked.Add(time.Duration(out.Seconds) * time.Second)}, nil
}
