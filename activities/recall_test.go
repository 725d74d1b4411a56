//go:build linux

package activities_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/testsuite"

	"shenfa/activities"
	"shenfa/internal/channel"
	"shenfa/internal/disclosure"
	"shenfa/internal/store"
	"shenfa/internal/testkit"
)

func TestMain(m *testing.M) { testkit.Main(m) }

// site is a channel whose outside can be seen and set.
type site struct {
	name string
	sync.Mutex
	online    map[string]string // body hash by key
	published int
	deaf      bool // withdrawing is answered and not done
	hangs     bool
}

func (s *site) Name() string                { return s.name }
func (s *site) Ready(context.Context) error { return nil }

func (s *site) Publish(_ context.Context, item channel.Item) (channel.Receipt, error) {
	s.Lock()
	defer s.Unlock()
	s.published++
	s.online[item.Key] = item.Manifest.Body.SHA256
	return channel.Receipt{}, nil
}

func (s *site) ReadBack(ctx context.Context, item channel.Item) (channel.Observed, error) {
	if s.hangs {
		<-ctx.Done()
		return channel.Observed{}, ctx.Err()
	}
	s.Lock()
	defer s.Unlock()
	sum, there := s.online[item.Key]
	return channel.Observed{There: there, BodySHA256: sum}, nil
}

func (s *site) Withdraw(_ context.Context, item channel.Item) error {
	if s.hangs {
		return errors.New("no answer")
	}
	s.Lock()
	defer s.Unlock()
	if !s.deaf {
		delete(s.online, item.Key)
	}
	return nil
}

// pulled is the portal: what the predicate lets through.
type pulled struct {
	site
	store *store.Store
}

func (p *pulled) ReadBack(ctx context.Context, item channel.Item) (channel.Observed, error) {
	i, err := p.store.PublicItem(ctx, item.Number)
	if disclosure.CodeOf(err) == disclosure.NotFound {
		return channel.Observed{}, nil
	}
	return channel.Observed{There: true, BodySHA256: i.Manifest.Body.SHA256}, err
}

func (p *pulled) Withdraw(context.Context, channel.Item) error { return nil }

// world is a bureau with a portal and four sites that are pushed to.
type world struct {
	testkit.Stored
	testkit.Bureau
	sites  map[string]*site
	acts   *activities.Activities
	purged *[]string
}

var pushed = []string{"a", "b", "c", "d"}

func setup(t *testing.T) world {
	t.Helper()
	w := world{Stored: testkit.Store(t), sites: map[string]*site{}, purged: new([]string)}
	w.Bureau = testkit.AddBureau(t, w.Stored, "AA")
	w.acts = &activities.Activities{
		Store: w.Store, Channels: []channel.Channel{&pulled{site{name: channel.PortalName}, w.Store}},
		Purge: func(_ context.Context, item channel.Item) error {
			*w.purged = append(*w.purged, channel.PortalPaths(item)...)
			return nil
		},
	}
	for _, name := range pushed {
		w.sites[name] = &site{name: name, online: map[string]string{}}
		w.acts.Channels = append(w.acts.Channels, w.sites[name])
	}
	return w
}

// due is an item whose instant has come and of which only the predicate knows.
func (w world) due(t *testing.T) *testkit.Item {
	t.Helper()
	return testkit.Armed(t, w.Stored, w.Bureau, testkit.ReleaseIn(0), testkit.Channels(append([]string{channel.PortalName}, pushed...)...))
}

// run runs an activity.
func run(t *testing.T, a *activities.Activities, activity, in any) error {
	t.Helper()
	var suite testsuite.WorkflowTestSuite
	env := suite.NewTestActivityEnvironment()
	env.RegisterActivity(a)
	_, err := env.ExecuteActivity(activity, in)
	return err
}

func (w world) recall(t *testing.T, i *testkit.Item) {
	t.Helper()
	act := disclosure.Act{Type: disclosure.Recall, By: w.Officer}
	act.ID = "recall/" + i.ID
	act.Opinion = i.Words(t, act.ID, "发现涉密内容")
	i.Must(t, act)
}

func (w world) states(t *testing.T, i *testkit.Item) map[string]string {
	t.Helper()
	effects, err := w.Effects(t.Context(), i.ID, i.Case.Version)
	require.NoError(t, err)
	out := map[string]string{}
	for _, e := range effects {
		out[e.Channel] = e.State
	}
	return out
}

// half sends an item as a bad morning would: it is on a, b refused it, c may or may not
// have it and has, d was not reached.
func (w world) half(t *testing.T, i *testkit.Item) {
	t.Helper()
	key := func(name string) string { return disclosure.EffectKey(i.ID, i.Case.Version, name) }
	frozen, err := w.Version(t.Context(), i.ID, i.Case.Version)
	require.NoError(t, err)
	mine, err := w.Claim(t.Context(), key("a"), key("b"), key("c"))
	require.NoError(t, err)
	require.Len(t, mine, 3)
	for _, name := range []string{"a", "c"} {
		w.sites[name].online[key(name)] = frozen.Manifest.Body.SHA256
	}
	require.NoError(t, w.Sent(t.Context(),
		store.Outcome{Key: key("a"), State: "sent"}, store.Outcome{Key: key("b"), State: "failed", Cause: activities.CauseRefused},
		store.Outcome{Key: key("c"), State: "unknown"}))
}

// F20: whatever state an item is in after its instant, one act takes it off every channel,
// and what each of them showed is kept.
func TestF20_RecallWorksInEveryStateAfterTheInstant(t *testing.T) {
	t.Parallel()

	for name, prepare := range map[string]func(*testing.T, world, *testkit.Item){
		"NobodyHasNoticedYet": func(*testing.T, world, *testkit.Item) {},
		"NothingIsSentYet":    func(t *testing.T, _ world, i *testkit.Item) { i.Must(t, disclosure.Act{Type: disclosure.Due}) },
		"HalfOfItIsOut": func(t *testing.T, w world, i *testkit.Item) {
			i.Must(t, disclosure.Act{Type: disclosure.Due})
			w.half(t, i)
		},
		"HalfOfItFailed": func(t *testing.T, w world, i *testkit.Item) {
			i.Must(t, disclosure.Act{Type: disclosure.Due})
			w.half(t, i)
			i.Must(t, disclosure.Act{Type: disclosure.Fail, Cause: activities.CauseRefused})
		},
		"AllOfItIsOut": func(t *testing.T, w world, i *testkit.Item) {
			i.Must(t, disclosure.Act{Type: disclosure.Due})
			require.NoError(t, run(t, w.acts, w.acts.Send, activities.SendInput{Instant: i.Case.ReleaseAt}))
			require.NoError(t, run(t, w.acts, w.acts.Confirm, activities.ConfirmInput{Case: i.Case}))
			i.Must(t, disclosure.Act{Type: disclosure.Confirm})
		},
		"ItIsOutOfForce": func(t *testing.T, w world, i *testkit.Item) {
			i.Must(t, disclosure.Act{Type: disclosure.Due})
			w.half(t, i)
			a := disclosure.Act{ID: "down/" + i.ID, Type: disclosure.TakeDown, By: w.Officer, Withdrawal: "out_of_force"}
			a.Opinion = i.Words(t, a.ID, "已停止执行")
			i.Must(t, a)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			w := setup(t)
			i := w.due(t)
			prepare(t, w, i)
			_, err := w.PublicItem(t.Context(), i.Number)
			require.NoError(t, err)
			state, before, sent := i.Case.State, w.states(t, i), map[string]bool{}
			for name, s := range w.sites {
				sent[name] = len(s.online) > 0
			}

			w.recall(t, i)
			_, err = w.PublicItem(t.Context(), i.Number)
			require.Equal(t, disclosure.NotFound, disclosure.CodeOf(err), "at once, and before any work is done")
			require.NoError(t, run(t, w.acts, w.acts.Retract, activities.RetractInput{Case: i.Case}))
			for name, s := range w.sites {
				require.Empty(t, s.online, name)
			}
			for name, state := range w.states(t, i) {
				require.Equal(t, "recalled", state, name)
			}
			require.Contains(t, *w.purged, "/items/"+i.Number)

			e, err := w.Evidence(t.Context(), i.ID)
			require.NoError(t, err)
			require.Equal(t, state, e.Moment.State)
			require.True(t, e.Moment.Public)
			require.Equal(t, i.Case.Manifest, e.Moment.ManifestHash)
			kept := map[string]string{}
			for _, x := range e.Moment.Effects {
				kept[x.Channel] = x.State
			}
			require.Equal(t, before, kept)
			for _, s := range e.Sightings {
				require.Equal(t, s.When == "before" && sent[s.Channel], s.There, "%s %s", s.Channel, s.When)
				require.Equal(t, s.There, s.Approved)
			}
			for name, on := range sent {
				if on {
					require.Contains(t, e.SHA256, name+"/before")
					require.Contains(t, e.SHA256, name+"/after")
				}
			}
			require.Contains(t, e.SHA256, "portal/after")
			require.NoError(t, run(t, w.acts, w.acts.Retract, activities.RetractInput{Case: i.Case}), "and again")
			again, err := w.Evidence(t.Context(), i.ID)
			require.NoError(t, err)
			require.Equal(t, e, again, "evidence is kept once")
		})
	}
}

func TestF20_AChannelThatHangsDoesNotKeepTheOthersOnline(t *testing.T) {
	t.Parallel()

	w := setup(t)
	i := w.due(t)
	i.Must(t, disclosure.Act{Type: disclosure.Due})
	require.NoError(t, run(t, w.acts, w.acts.Send, activities.SendInput{Instant: i.Case.ReleaseAt}))
	w.sites["b"].hangs = true
	w.recall(t, i)
	began := time.Now()
	require.Error(t, run(t, w.acts, w.acts.Retract, activities.RetractInput{Case: i.Case}), "it is tried again")
	require.Less(t, time.Since(began), 10*time.Second)
	for name, s := range w.sites {
		require.Equal(t, name == "b", len(s.online) > 0, name)
	}
	require.Equal(t, "sent", w.states(t, i)["b"])
	w.sites["b"].hangs = false
	require.NoError(t, run(t, w.acts, w.acts.Retract, activities.RetractInput{Case: i.Case}))
	require.Empty(t, w.sites["b"].online)
	e, err := w.Evidence(t.Context(), i.ID)
	require.NoError(t, err)
	at := slices.IndexFunc(e.Sightings, func(s store.Sighting) bool { return s.Channel == "b" && s.When == "before" })
	require.True(t, e.Sightings[at].Silent, "that nothing was seen is not that nothing was there")
}

// F17: what the database holds and what a channel shows are two things, and the channel's
// word decides.
func TestF17_TheDatabaseSaysPublishedAndTheChannelDoesNot(t *testing.T) {
	t.Parallel()

	w := setup(t)
	i := w.due(t)
	i.Must(t, disclosure.Act{Type: disclosure.Due})
	require.NoError(t, run(t, w.acts, w.acts.Send, activities.SendInput{Instant: i.Case.ReleaseAt}))
	online := w.sites["a"].online
	w.sites["a"].online = map[string]string{}
	confirm := func() (out activities.Confirmation) {
		out, err := w.acts.Confirm(t.Context(), activities.ConfirmInput{Case: i.Case})
		require.NoError(t, err)
		return out
	}
	require.Equal(t, activities.Confirmation{Cause: activities.CauseNotOnline}, confirm())
	require.Equal(t, "sent", w.states(t, i)["a"], "not confirmed")
	require.Equal(t, "confirmed", w.states(t, i)["b"])

	w.sites["a"].online = online
	require.True(t, confirm().Done)

	// The other bytes of another item.
	i = w.due(t)
	i.Must(t, disclosure.Act{Type: disclosure.Due})
	require.NoError(t, run(t, w.acts, w.acts.Send, activities.SendInput{Instant: i.Case.ReleaseAt}))
	w.sites["a"].online[disclosure.EffectKey(i.ID, i.Case.Version, "a")] = "0000"
	require.True(t, confirm().Failed)
	require.Equal(t, "failed", w.states(t, i)["a"])
}

func TestF17_TheChannelShowsWhatTheDatabaseDoesNotKnowOf(t *testing.T) {
	t.Parallel()

	w := setup(t)
	i := w.due(t)
	i.Must(t, disclosure.Act{Type: disclosure.Due})
	w.half(t, i)
	require.NoError(t, run(t, w.acts, w.acts.Send, activities.SendInput{Instant: i.Case.ReleaseAt}))
	require.Equal(t, "sent", w.states(t, i)["c"])
	require.Zero(t, w.sites["c"].published, "what may have gone out is asked about, not sent again")

	w.recall(t, i)
	w.sites["d"].deaf = true
	require.Error(t, run(t, w.acts, w.acts.Retract, activities.RetractInput{Case: i.Case}))
	require.Equal(t, "sent", w.states(t, i)["d"], "not recalled while it is still there")
	w.sites["d"].deaf = false
	require.NoError(t, run(t, w.acts, w.acts.Retract, activities.RetractInput{Case: i.Case}))
	require.Equal(t, "recalled", w.states(t, i)["d"])
}
