package store_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"shenfa/internal/disclosure"
	"shenfa/internal/store"
	"shenfa/internal/testkit"
)

// random is a route of the owner's making, of random steps, rules and conditions.
func random(t *rapid.T, b disclosure.Book) disclosure.Route {
	r := b[0]
	r.ID, r.For, r.Steps = "r_"+uuid.NewString()[:8]+fmt.Sprint(rapid.Uint16().Draw(t, "id")), nil, nil
	n := rapid.IntRange(1, 4).Draw(t, "steps")
	for i := range n {
		s := disclosure.Step{
			ID: fmt.Sprintf("step_%d", i), Zh: "环节", En: "Step", Rule: rapid.SampledFrom([]disclosure.Rule{disclosure.AllOf, disclosure.AnyOf, disclosure.SomeOf}).Draw(t, "rule"),
			Limit: disclosure.Limit{N: 1, Unit: "working_day"}, Outcomes: []disclosure.Outcome{disclosure.Disclose, disclosure.ReturnToEarlier}, Essential: i == n-1,
		}
		roles := rapid.SampledFrom([]disclosure.Role{disclosure.SectionHead, disclosure.Legal, disclosure.DeputyLeader, disclosure.PrincipalLeader})
		for range rapid.IntRange(1, 2).Draw(t, "seats") {
			s.Seats = append(s.Seats, disclosure.Seat{Role: roles.Draw(t, "role")})
		}
		if s.Rule == disclosure.SomeOf {
			s.Need = rapid.IntRange(1, len(s.Seats)).Draw(t, "need")
		}
		s.When = rapid.SampledFrom([]*disclosure.Condition{
			nil,
			{Flags: []disclosure.Flag{"important"}},
			{Flags: []disclosure.Flag{"work_secret", "third_party"}},
			{Channels: []string{"wechat"}},
			{Channels: []string{"portal"}},
			{Units: []string{"XX"}},
			{Kinds: []string{"notice"}},
			{Kinds: []string{"policy"}, Flags: []disclosure.Flag{"important"}},
		}).Draw(t, "when")
		if s.Essential {
			s.When = nil
		}
		r.Steps = append(r.Steps, s)
	}
	require.NoError(t, r.Validate())
	return r
}

// TestTheDatabaseCountsAsTheRulesDo lets random people decide on random routes: at every
// moment a grant can be written exactly when the rules say that all is decided.
func TestTheDatabaseCountsAsTheRulesDo(t *testing.T) {
	t.Parallel()

	b := setup(t)
	owner, err := store.Open(t.Context(), b.DSNs.Owner, b.Vault, 1)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, owner.Close()) })
	people := slices.Collect(func(yield func(disclosure.Person) bool) {
		for _, name := range []string{"drafter", "head", "other_head", "legal", "deputy", "principal", "officer"} {
			if !yield(b.Everyone()[name]) {
				return
			}
		}
	})
	approved, waiting := 0, 0
	rapid.Check(t, func(rt *rapid.T) {
		if approved+waiting >= 25 { // each takes a database some thirty writes
			return
		}
		route := random(rt, disclosure.Routes())
		require.NoError(rt, owner.SyncRoutes(t.Context(), disclosure.Book{route}))
		i := testkit.Draft(t, b.Stored, b.Bureau)
		f := i.Frozen(t, b.Drafter)
		notBefore, latest, err := f.Manifest.Release.Window()
		require.NoError(rt, err)
		i.Must(t, disclosure.Act{
			Type: disclosure.Submit, By: b.Drafter, Kind: "notice", Version: f.Version, Manifest: f.Hash, Route: &route, Contributors: f.Contributors,
			Channels: f.Draft.Channels, NotBefore: notBefore, Latest: latest, Late: disclosure.LateNow,
			Flags: rapid.SampledFrom([][]disclosure.Flag{nil, {"important"}}).Draw(rt, "draft"),
		})
		i.Must(t, disclosure.Act{Type: disclosure.Checked, Flags: rapid.SampledFrom([][]disclosure.Flag{nil, {"work_secret"}, {"personal_information"}}).Draw(rt, "found")})
		for range 12 {
			if i.Case.State != disclosure.InReview {
				break
			}
			require.False(rt, i.Case.Complete())
			require.Equal(rt, "grants_complete", try(t, b.owner, grant, i.ID, 1, i.Case.Manifest))
			_ = i.Take(t.Context(), i.Decision(t, rapid.SampledFrom(people).Draw(rt, "by"), disclosure.Disclose))
			i.Reload(t)
		}
		if i.Case.State == disclosure.Approved { // the database took the grant
			require.True(rt, i.Case.Complete())
			approved++
			return
		}
		waiting++
	})
	require.Positive(t, approved)
	require.Positive(t, waiting)
}

func TestWhatTheCheckFoundCannotBeLeftOutOfTheRoad(t *testing.T) {
	t.Parallel()

	b := setup(t)
	i := testkit.Submitted(t, b.Stored, b.Bureau)
	require.NoError(t, b.SaveCheck(t.Context(), i.ID, 1, testkit.RuleSet, []store.Found{found("HOLD", "张某身份证号")}))
	rules, err := b.RulesFound(t.Context(), i.ID, 1)
	require.NoError(t, err)
	require.Equal(t, []string{"id-card"}, rules)
	_, err = b.owner.Exec(`INSERT INTO flag_rules VALUES ('personal_information', 'id-card') ON CONFLICT DO NOTHING`)
	require.NoError(t, err)

	require.ErrorContains(t, i.Take(t.Context(), disclosure.Act{Type: disclosure.Checked, OpenFindings: 1}), "settled by the check")
	i.Must(t, disclosure.Act{Type: disclosure.Checked, OpenFindings: 1, Flags: []disclosure.Flag{"personal_information"}})
	for _, change := range []string{`flags = '{}'`, `flags = '{important,personal_information}'`, `kind = 'warning'`} {
		require.Equal(t, "disclosures_flags", try(t, b.app, `UPDATE disclosures SET `+change+` WHERE id = $1`, i.ID), change)
	}
}
