package store_test

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"shenfa/internal/disclosure"
	"shenfa/internal/store"
	"shenfa/internal/testkit"
)

// TestF13_EverySurfaceShowsWhatTheModelSaysAndNothingElse walks at random through the lives of
// many items and says after each step, from what happened alone, which of them anybody may
// see: list, page, file, search, category and addresses show exactly these, whatever an index
// has kept.
func TestF13_EverySurfaceShowsWhatTheModelSaysAndNothingElse(t *testing.T) {
	t.Parallel()

	b := setup(t)
	random := rand.New(rand.NewPCG(2026, 13))
	type life struct {
		*testkit.Item
		channels      []string
		planned, seen bool // armed for later; seen by anybody
	}
	var lives []*life
	frozen := map[string][2]string{} // what stands, by id
	covered := func(channels []string) bool {
		for _, f := range frozen {
			if f[0] == "all" || f[0] == "kind" && f[1] == "notice" || f[0] == "channel" && slices.Contains(channels, f[1]) {
				return true
			}
		}
		return false
	}
	arm := func(in time.Duration) {
		l := &life{channels: [][]string{{"portal"}, {"webhook", "portal"}, {"webhook"}}[random.IntN(3)], planned: in > 0}
		l.Item = testkit.Armed(t, b.Stored, b.Bureau, testkit.ReleaseIn(in), testkit.Channels(l.channels...), testkit.Title("冬季检查通知"))
		l.seen = in == 0 && slices.Contains(l.channels, "portal") && !covered(l.channels)
		lives = append(lives, l)
	}
	take := func(of func(*life) bool, kinds ...disclosure.Act) *life {
		var fit []*life
		for _, l := range lives {
			if of(l) {
				fit = append(fit, l)
			}
		}
		if len(fit) == 0 {
			return nil
		}
		l := fit[random.IntN(len(fit))]
		for _, k := range kinds {
			a := act(t, l.Item, k.Type, b.Officer)
			a.Withdrawal = k.Withdrawal
			if k.Type == disclosure.Due {
				a = k
			}
			l.Must(t, a)
		}
		return l
	}
	out := func(l *life) bool { return l.seen && l.Case.State == disclosure.Armed }
	moves := map[string]func(){
		"armed for now":   func() { arm(0) },
		"armed for later": func() { arm(time.Hour) },
		"approved": func() {
			lives = append(lives, &life{Item: testkit.Approved(t, b.Stored, b.Bureau, testkit.ReleaseIn(0), testkit.Title("冬季检查通知"))})
		},
		"its instant comes": func() {
			if l := take(func(l *life) bool { return l.planned && l.Case.State == disclosure.Armed }); l != nil {
				b.surgery(t, `UPDATE grants SET release_at = clock_timestamp(), not_before = clock_timestamp() WHERE disclosure_id = $1`, l.ID)
				b.surgery(t, `UPDATE disclosures SET release_at = g.release_at, state_of_case = jsonb_set(state_of_case, '{release_at}', to_jsonb(to_char(g.release_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')))
					FROM grants g WHERE g.disclosure_id = disclosures.id AND disclosures.id = $1`, l.ID)
				l.Reload(t)
				l.planned, l.seen = false, slices.Contains(l.channels, "portal") && !covered(l.channels)
			}
		},
		"recalled": func() {
			if l := take(out, disclosure.Act{Type: disclosure.Recall}); l != nil {
				l.seen = false
			}
		},
		"taken down": func() {
			if l := take(out, disclosure.Act{Type: disclosure.Due}, disclosure.Act{Type: disclosure.TakeDown, Withdrawal: "error"}); l != nil {
				l.seen = false
			}
		},
		"out of force, and still to be read": func() {
			take(out, disclosure.Act{Type: disclosure.Due}, disclosure.Act{Type: disclosure.TakeDown, Withdrawal: "out_of_force"})
		},
		"in force again": func() {
			take(func(l *life) bool { return l.Case.State == disclosure.OutOfForce }, disclosure.Act{Type: disclosure.Restore})
		},
		"its period ends": func() {
			if l := take(func(l *life) bool { return l.seen }); l != nil {
				b.surgery(t, `UPDATE grants SET public_until = clock_timestamp() WHERE disclosure_id = $1`, l.ID)
				l.seen = false
			}
		},
		"frozen": func() {
			id, what := newID(), [][2]string{{"all", ""}, {"kind", "notice"}, {"kind", "policy"}, {"channel", "webhook"}}[random.IntN(4)]
			require.NoError(t, b.AddFreeze(t.Context(), id, b.Officer, what[0], what[1], "演练"))
			frozen[id] = what
		},
		"thawed": func() {
			for id := range frozen {
				require.NoError(t, b.LiftFreeze(t.Context(), id, b.Officer))
				delete(frozen, id)
			}
		},
	}
	names := make([]string, 0, len(moves))
	for name := range moves {
		names = append(names, name)
	}
	slices.Sort(names)
	names = append(names, "armed for now", "armed for now", "armed for now", "armed for now", "its instant comes", "thawed", "thawed") // what happens most

	shown := func(items []store.Public, err error) []string {
		require.NoError(t, err)
		var numbers []string
		for _, i := range items {
			numbers = append(numbers, i.Number)
		}
		return numbers
	}
	most := 0
	for step := range 140 {
		name := names[random.IntN(len(names))]
		moves[name]()
		var want []string
		for _, l := range lives {
			if l.seen {
				want = append(want, l.Number)
			}
			item, err := b.PublicItem(t.Context(), l.Number)
			require.Equal(t, l.seen, err == nil, "step %d, %s: page of %s: %v", step, name, l.Number, err)
			if err == nil {
				_, _, err = b.PublicBytes(t.Context(), item, "")
				require.NoError(t, err)
			}
		}
		most = max(most, len(want))
		require.Subset(t, append([]string{""}, want...), append([]string{""}, numbers(t, b, store.PublicQuery{Words: "冬季"})...), "step %d, %s: an index that lags shows too little, never too much", step, name)
		observe(t, b)
		require.ElementsMatch(t, want, numbers(t, b, store.PublicQuery{Words: "冬季"}), "step %d, %s: search", step, name)
		require.ElementsMatch(t, want, shown(b.PublicItems(t.Context(), time.Time{}, "", 1000)), "step %d, %s: list and feeds", step, name)
		require.ElementsMatch(t, want, numbers(t, b, store.PublicQuery{Kind: "notice"}), "step %d, %s: category", step, name)
		addresses, err := b.PublicAddresses(t.Context(), 0, 1000)
		require.NoError(t, err)
		var listed []string
		for _, a := range addresses {
			listed = append(listed, a.Number)
		}
		require.ElementsMatch(t, want, listed, "step %d, %s: sitemap", step, name)
	}
	require.Greater(t, most, 4, "there was something to be seen")
}
