package wechat

import (
	"context"
	"time"
)

// The calls of WeChat that we make, as they stand behind /cgi-bin/.
const (
	apiToken      = "stable_token"
	apiForce      = "stable_token/force" // the same, forced: a quota of its own
	apiUploadImg  = "media/uploadimg"
	apiMaterial   = "material/add_material"
	apiDraftAdd   = "draft/add"
	apiDraftDel   = "draft/delete"
	apiDraftList  = "draft/batchget"
	apiDraftCount = "draft/count"
	apiSubmit     = "freepublish/submit"
	apiStatus     = "freepublish/get"
	apiList       = "freepublish/batchget"
	apiArticle    = "freepublish/getarticle"
	apiDelete     = "freepublish/delete"
)

// Quotas are the calls a day that a new account has (developers.weixin.qq.com,
// “接口调用频次限制说明”). WeChat gives more to some; Config.Quotas says so.
func Quotas() map[string]int {
	return map[string]int{
		apiForce: 20, apiDraftAdd: 1000, apiDraftDel: 1000, apiDraftList: 1000,
		apiSubmit: 100, apiStatus: 100, apiList: 100, apiArticle: 100, apiDelete: 10,
	}
}

// china is where WeChat's days begin.
var china = time.FixedZone("CST", 8*60*60)

func quotaKey(now time.Time) string { return "quota/" + now.In(china).Format(time.DateOnly) }

func tomorrow(now time.Time) time.Time {
	y, m, d := now.In(china).Date()
	return time.Date(y, m, d+1, 0, 0, 0, 0, china)
}

// spend counts a call before it is made, over all processes, and refuses it when no more
// than reserve would be left: those are for what matters more.
func (c *Channel) spend(ctx context.Context, api string, reserve int) error {
	limit, counted := c.quotas[api]
	if !counted {
		return nil
	}
	now := c.config.Now()
	c.counting.Lock() // one of us at a time, or we would contend with ourselves
	defer c.counting.Unlock()
	return amend(ctx, c.config.Memory, quotaKey(now), func(used *map[string]int) (bool, error) {
		if (*used)[api]+reserve >= limit {
			return false, &spent{api, limit, tomorrow(now)}
		}
		if *used == nil {
			*used = map[string]int{}
		}
		(*used)[api]++
		return true, nil
	})
}

// exhaust notes that WeChat counts otherwise than we do: others use the account too.
func (c *Channel) exhaust(ctx context.Context, api string) error {
	limit, counted := c.quotas[api]
	if !counted {
		return nil
	}
	return amend(ctx, c.config.Memory, quotaKey(c.config.Now()), func(used *map[string]int) (bool, error) {
		if (*used)[api] >= limit {
			return false, nil
		}
		if *used == nil {
			*used = map[string]int{}
		}
		(*used)[api] = limit
		return true, nil
	})
}

// left says how many calls of today remain.
func (c *Channel) left(ctx context.Context, api string) (int, error) {
	used, _, err := recall[map[string]int](ctx, c.config.Memory, quotaKey(c.config.Now()))
	return c.quotas[api] - used[api], err
}
