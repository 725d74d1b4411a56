package wechat

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

// step is how far one item has come. The steps in -ing are written down before a call, and
// stand for as long as its answer is not known.
type step string

const (
	nothing    step = ""
	adding     step = "adding"     // a draft may be there
	staged     step = "staged"     // the draft is there
	submitting step = "submitting" // it may have been submitted
	submitted  step = "submitted"  // WeChat works on it
	public     step = "public"
	failed     step = "failed"    // WeChat took it, and then refused it
	withdrawn  step = "withdrawn" // and never to be there again
)

// record is what is remembered of one item. It holds ids, and nothing of content.
type record struct {
	Step      step      `json:"step"`
	Since     time.Time `json:"since"`
	Until     time.Time `json:"until,omitzero"` // of the lease: until then somebody works on it
	Print     string    `json:"print,omitempty"`
	MediaID   string    `json:"media_id,omitempty"`
	PublishID string    `json:"publish_id,omitempty"`
	ArticleID string    `json:"article_id,omitempty"`
	URL       string    `json:"url,omitempty"`
	Status    int       `json:"status,omitempty"` // publish_status of what failed, or was removed
	Doubt     time.Time `json:"doubt,omitzero"`   // until then, not being found proves nothing
	Looks     int       `json:"looks,omitempty"`
	Asked     time.Time `json:"asked,omitzero"` // when it was last asked about
	Next      time.Time `json:"next,omitzero"`  // not to be asked about before
	Hint      time.Time `json:"hint,omitzero"`  // the last callback that was looked into
	Deleting  bool      `json:"deleting,omitempty"`
}

// held is a record that nobody else works on.
type held struct {
	record
	memory   Memory
	mark     string
	key      string
	revision int64
	now      func() time.Time
	seen     *shown // the article, if it was read just now
}

const (
	// lease is how long a dead process keeps others from an item. It covers one call, and
	// is renewed before each.
	lease = callTimeout + 5*time.Second
	// leasePoll is how often the others look.
	leasePoll = 100 * time.Millisecond
)

var errLost = errors.New("somebody else works on the item now")

func recordKey(mark string) string { return "item/" + mark }

// hold calls f with the record of an item that is ours meanwhile: of several callers, in
// whichever process, one works and the others wait.
func (c *Channel) hold(ctx context.Context, mark string, f func(*held) error) error {
	unlock, err := c.locks.lock(ctx, recordKey(mark))
	if err != nil {
		return fmt.Errorf("%w: %w", errLost, err)
	}
	defer unlock()
	h := &held{memory: c.config.Memory, mark: mark, key: recordKey(mark), now: c.config.Now}
	for {
		taken, err := h.take(ctx)
		if err != nil {
			return err
		}
		if taken {
			break
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%w: %w", errLost, ctx.Err())
		case <-time.After(leasePoll):
		}
	}
	err = f(h)
	// A lease that is not given back runs out.
	after, cancel := lasting(ctx)
	defer cancel()
	_ = h.giveBack(after)
	return err
}

// lasting is for what is known now and must not be lost with the time of the caller.
func lasting(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
}

func (h *held) take(ctx context.Context) (bool, error) {
	var err error
	if h.record, h.revision, err = recall[record](ctx, h.memory, h.key); err != nil {
		return false, err
	}
	if h.now().Before(h.Until) {
		return false, nil
	}
	err = h.save(ctx)
	if errors.Is(err, errLost) {
		return false, nil
	}
	return err == nil, err
}

func (h *held) to(s step) { h.Step, h.Since = s, h.now() }

// save writes the record down and keeps it for another lease. It fails if somebody else
// holds it since: nothing may be done then.
func (h *held) save(ctx context.Context) error {
	h.Until = h.now().Add(lease)
	return h.write(ctx)
}

func (h *held) giveBack(ctx context.Context) error {
	h.Until = time.Time{}
	return h.write(ctx)
}

func (h *held) write(ctx context.Context) error {
	ok, err := remember(ctx, h.memory, h.key, h.record, h.revision)
	if err == nil && !ok {
		err = errLost
	}
	if err == nil {
		h.revision++
	}
	return err
}

// pauses stand between questions about one item. There are few, for they are counted.
var pauses = [...]time.Duration{5 * time.Second, time.Minute, 5 * time.Minute, 15 * time.Minute, time.Hour}

// rest puts the next question off.
func (h *held) rest() {
	h.Asked = h.now()
	h.Next = h.Asked.Add(pauses[min(h.Looks, len(pauses)-1)])
	h.Looks++
}

// due says whether it may be asked about. A withdrawal asks sooner, but not without end.
func (h *held) due(urgent bool) bool {
	now := h.now()
	return !now.Before(h.Next) || urgent && now.Sub(h.Asked) >= time.Minute
}

// locks are mutexes by name, for which one waits no longer than one has time.
type locks struct {
	sync.Mutex
	held map[string]*lock
}

type lock struct {
	free  chan struct{} // holds one when nobody has it
	users int
}

func (l *locks) lock(ctx context.Context, name string) (unlock func(), err error) {
	l.Lock()
	k, there := l.held[name]
	if !there {
		k = &lock{free: make(chan struct{}, 1)}
		k.free <- struct{}{}
		l.held[name] = k
	}
	k.users++
	l.Unlock()
	leave := func() {
		l.Lock()
		defer l.Unlock()
		if k.users--; k.users == 0 {
			delete(l.held, name)
		}
	}
	select {
	case <-k.free:
		return func() { k.free <- struct{}{}; leave() }, nil
	case <-ctx.Done():
		leave()
		return nil, ctx.Err()
	}
}
