//go:build linux

package store_test

import (
	"strings"
	"testing"

	"github.com/lib/pq"
	"github.com/stretchr/testify/require"

	"shenfa/internal/disclosure"
	"shenfa/internal/testkit"
)

func TestPostgreSQLKnowsTheSameLawsOfCompanions(t *testing.T) {
	t.Parallel()

	b := setup(t)
	var rows []struct {
		Kind, Companion string
		From            string         `db:"effective_from"`
		WaivedBy        pq.StringArray `db:"waived_by"`
	}
	require.NoError(t, b.root.SelectContext(t.Context(), &rows, `SELECT kind, companion, effective_from::text, waived_by FROM companion_laws ORDER BY kind, effective_from`))
	laws := disclosure.CompanionLaws()
	require.Len(t, rows, len(laws))
	for i, l := range laws {
		roles := make([]string, len(l.WaivedBy))
		for j, r := range l.WaivedBy {
			roles[j] = string(r)
		}
		require.Equal(t, []any{l.Kind, l.Companion, l.EffectiveFrom, strings.Join(roles, " ")},
			[]any{rows[i].Kind, rows[i].Companion, rows[i].From, strings.Join(rows[i].WaivedBy, " ")})
	}
}

// lastStep takes every decision but the last, and returns that.
func lastStep(t *testing.T, i *testkit.Item) disclosure.Act {
	t.Helper()
	for i.Case.Step < len(i.Case.Route.Steps)-1 {
		i.Must(t, i.Decision(t, i.For(i.Case.Tasks()[0]), disclosure.Disclose))
	}
	return i.Decision(t, i.For(i.Case.Tasks()[0]), disclosure.Disclose)
}

func TestAPolicyIsNotApprovedBeforeItsInterpretation(t *testing.T) {
	t.Parallel()

	for name, c := range map[string]struct {
		policy testkit.Option
		before func(t *testing.T, b bundle, policy *testkit.Item)
		code   disclosure.Code
	}{
		"without one": {testkit.Explained(), func(*testing.T, bundle, *testkit.Item) {}, disclosure.CompanionMissing},
		"in review": {testkit.Explained(), func(t *testing.T, b bundle, p *testkit.Item) {
			testkit.InReview(t, b.Stored, b.Bureau, testkit.Interprets(p.Number))
		}, disclosure.CompanionMissing},
		"approved": {testkit.Explained(), func(t *testing.T, b bundle, p *testkit.Item) {
			testkit.Approved(t, b.Stored, b.Bureau, testkit.Interprets(p.Number))
		}, ""},
		"approved and withdrawn": {testkit.Explained(), func(t *testing.T, b bundle, p *testkit.Item) {
			i := testkit.Approved(t, b.Stored, b.Bureau, testkit.Interprets(p.Number))
			i.Must(t, act(t, i, disclosure.Withdraw, b.Drafter))
		}, disclosure.CompanionMissing},
		"that of another policy": {testkit.Explained(), func(t *testing.T, b bundle, _ *testkit.Item) {
			other := testkit.Draft(t, b.Stored, b.Bureau, testkit.Explained())
			testkit.Approved(t, b.Stored, b.Bureau, testkit.Interprets(other.Number))
		}, disclosure.CompanionMissing},
		"not needed, and the section head agreed": {testkit.Kind("policy"), func(*testing.T, bundle, *testkit.Item) {}, ""},
		"not needed, and nobody agreed who may": {testkit.Kind("policy"), func(t *testing.T, b bundle, p *testkit.Item) {
			b.surgery(t, `UPDATE companion_laws SET waived_by = '{principal_leader}'`)
		}, disclosure.CompanionWaiver},
		"a notice": {testkit.Kind("notice"), func(*testing.T, bundle, *testkit.Item) {}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setup(t)
			policy := testkit.InReview(t, b.Stored, b.Bureau, c.policy)
			last := lastStep(t, policy)
			c.before(t, b, policy)
			err := policy.Take(t.Context(), last)
			require.Equal(t, c.code, disclosure.CodeOf(err), "%v", err)
			granted := cell[int](t, b, `SELECT count(*) FROM grants WHERE disclosure_id = $1`, policy.ID)
			require.Equal(t, c.code == "", granted == 1)
			if c.code == disclosure.CompanionMissing {
				policy.Reload(t)
				testkit.Approved(t, b.Stored, b.Bureau, testkit.Interprets(policy.Number))
				policy.Must(t, lastStep(t, policy))
			}
		})
	}
}
