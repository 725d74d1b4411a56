package wechat

import (
	"errors"
	"fmt"
	"regexp"
	"time"

	"shenfa/internal/channel"
)

// nature is what an answer of WeChat means for us.
type nature int

const (
	refused   nature = iota // surely not done, and never will be
	mendable                // surely not done; a person of the account can mend it, and then it works
	busy                    // said to be not done; not to be trusted
	badToken                // surely not done: the access token is not the newest
	exhausted               // surely not done: a quota is gone
)

// fault is an errcode of WeChat. The meanings are those of the global return codes and of
// the pages of each call on developers.weixin.qq.com.
type fault struct {
	api  string
	code int
	hint string // of what WeChat says besides, what helps: our address, or the number of the request
}

// telling finds it.
var telling = regexp.MustCompile(`invalid ip [0-9a-f.:]+|rid: [0-9a-f-]+`)

// meanings says what an operator must know of a code. What is not here is refused.
var meanings = map[int]struct {
	nature
	words string
}{
	-1:    {busy, "WeChat is busy"},
	40001: {badToken, "the AppSecret or the access token is not valid"},
	40014: {badToken, "the access token is not valid"},
	41001: {badToken, "the access token is missing"},
	42001: {badToken, "the access token has expired"},
	42007: {badToken, "the access token was revoked by a change of password"},
	40164: {mendable, "the address of this server is not on the account's IP allow list (IP 白名单)"},
	61004: {mendable, "the address of this server is not on the account's IP allow list (IP 白名单)"},
	89503: {mendable, "this server waits for the account's administrator to confirm it"},
	45009: {exhausted, "the quota of this call is used up for today"},
	45011: {exhausted, "too many calls within a minute"},
	40013: {refused, "the AppID is not valid"},
	40125: {refused, "the AppSecret is not valid: it was reset"},
	40243: {refused, "the AppSecret was frozen by the account's administrator"},
	48001: {refused, "the account may not use this call: it is not verified (未认证)"},
	48004: {refused, "this call was forbidden to the account for a violation"},
	50002: {refused, "the account is restricted"},
	40007: {refused, "the draft or the picture is not there"},
	40009: {refused, "the picture is too large"},
	40033: {refused, "the text holds characters that WeChat refuses"},
	44003: {refused, "the content is empty"},
	45002: {refused, "the content is too long"},
	45003: {refused, "the title is too long"},
	45004: {refused, "the digest is too long"},
	45166: {refused, "the content is not valid"},
	47001: {refused, "the request is not valid JSON"},
	53404: {refused, "the account is restricted: it may not publish"},
	53405: {refused, "the content breaks the rules of the platform"},
	53406: {refused, "the content breaks the rules of the platform"},
	53503: {refused, "the draft did not pass the check before publication (未通过发布检查)"},
	53504: {refused, "the draft must be published by hand on the platform's site"},
	53505: {refused, "the draft must be saved by hand on the platform's site first"},
	53600: {refused, "there is no such article"},
}

func (f *fault) nature() nature {
	if f.api == apiToken && f.code == 40001 {
		return refused // here it is the AppSecret
	}
	return meanings[f.code].nature
}

func (f *fault) Error() string {
	words := meanings[f.code].words
	if words == "" {
		words = "WeChat refused"
	}
	if f.hint != "" {
		words += " (" + f.hint + ")"
	}
	return fmt.Sprintf("%s: errcode %d: %s", f.api, f.code, words)
}

// Unwrap makes what is refused for good a refusal of the channel.
func (f *fault) Unwrap() error {
	if f.nature() == refused {
		return channel.ErrRefused
	}
	return nil
}

func codeOf(err error) int {
	var f *fault
	if errors.As(err, &f) {
		return f.code
	}
	return 0
}

// spent says that a quota of ours is gone: no call was made.
type spent struct {
	api   string
	limit int
	until time.Time
}

func (s *spent) Error() string {
	return fmt.Sprintf("%s: the quota of %d calls a day is used up until %s", s.api, s.limit, s.until.Format(time.RFC3339))
}

// unclear says that a call may have been carried out.
type unclear struct {
	api string
	err error
}

func (u *unclear) Error() string { return fmt.Sprintf("%s: no clear answer: %v", u.api, u.err) }
func (u *unclear) Unwrap() error { return u.err }

// isUnclear says whether err leaves open that the call was carried out. A call for a
// token that failed before it does not.
func isUnclear(err error, api string) bool {
	var u *unclear
	var f *fault
	return errors.As(err, &u) && u.api == api || errors.As(err, &f) && f.api == api && f.nature() == busy
}
