package wechat_test

import (
	"context"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"shenfa/internal/channel"
	"shenfa/internal/channel/channeltest"
)

// engine uses the channel as the engine does: it stages before the instant, and time passes
// until WeChat has made up its mind.
type engine struct {
	*bundle
	failing atomic.Bool
}

func (e *engine) Publish(ctx context.Context, item channel.Item) (channel.Receipt, error) {
	receipt, err := e.Channel.Publish(ctx, item)
	if err == nil && !e.failing.Load() {
		_, err = e.ReadBack(ctx, item)
	}
	return receipt, err
}

func (e *engine) ReadBack(ctx context.Context, item channel.Item) (channel.Observed, error) {
	e.pass(6 * time.Second)
	seen, err := e.Channel.ReadBack(ctx, item)
	if err != nil && !e.failing.Load() {
		e.pass(31 * time.Minute) // what became of a lost answer is known by then
		seen, err = e.Channel.ReadBack(ctx, item)
	}
	return seen, err
}

// TestConformance holds the channel to the contract of all channels.
func TestConformance(t *testing.T) {
	t.Parallel()

	// WeChat cannot put one article in the place of another: after a lost answer both editions
	// show until the channel has looked. TestFaults loses answers too.
	faults := slices.DeleteFunc(channeltest.HTTPFaults(), func(f channeltest.Fault) bool { return f == channeltest.Gone })
	channeltest.Run(t, channeltest.Subject{Bodies: true, Silent: true, Faults: faults, Open: func(t *testing.T) channeltest.Far {
		e := &engine{bundle: setup(t)}
		site := channeltest.NewSite(t, e.far)
		cfg := e.Config
		cfg.Base, cfg.Client = site.URL, site.Client()
		e.Channel = e.another(t, cfg)

		first := channeltest.Item(t, e.Name())
		next := channeltest.Correction(t, first, e.Name())
		shown := map[string][]byte{} // what WeChat makes of a body, and the body
		for _, i := range []channel.Item{first, next} {
			apart := setup(t)
			i.Replaces = nil
			_, err := apart.Publish(t.Context(), i)
			require.NoError(t, err)
			shown[apart.far.Articles()[0].Content] = i.Body
		}
		return channeltest.Far{
			Channel: e,
			Online: func(number string) (all []channeltest.Seen) {
				for _, a := range e.far.Articles() {
					if strings.Contains(a.Source, "/items/"+number+"?") {
						all = append(all, channeltest.Seen{Body: shown[a.Content]})
					}
				}
				return all
			},
			Effects: func() (n int) {
				for _, times := range e.far.Effects() {
					n += times
				}
				return n
			},
			Fail: func(f channeltest.Fault) {
				if f != channeltest.None {
					require.NoError(t, e.Stage(t.Context(), next))
				}
				e.failing.Store(f != channeltest.None)
				site.Fail(f)
			},
			Put: func(_ channel.Item, body []byte) { e.far.Edit(e.far.Articles()[0].ID, string(body)) },
			Led: site.Led,
		}
	}})
}
