package store_test

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"shenfa/internal/disclosure"
	"shenfa/internal/testkit"
)

// TestTheDatabaseAgreesOnWhoMayDecide lets random people decide for themselves and for each
// other. What the rules take, the database takes; and what they refuse for who it is, the
// database refuses too when it is written past them.
func TestTheDatabaseAgreesOnWhoMayDecide(t *testing.T) {
	t.Parallel()

	b := setup(t)
	random := rand.New(rand.NewPCG(2026, 6))
	people := map[string]disclosure.Person{}
	var ids []string
	for _, p := range b.Everyone() {
		people[p.ID] = p
		ids = append(ids, p.ID)
	}
	slices.Sort(ids)
	var mandates []*disclosure.Mandate
	for _, pair := range [][2]disclosure.Person{{b.Head, b.Legal}, {b.Confidentiality, b.OtherHead}, {b.Deputy, b.Principal}} {
		m, err := delegate(t, b, pair[0], pair[1], nil)
		require.NoError(t, err)
		mandates = append(mandates, m)
	}
	past := func(i *testkit.Item, a disclosure.Act) string {
		return try(t, b.owner, `WITH a AS (INSERT INTO acts (id, disclosure_id, revision, type, from_state, to_state, version, audit_id)
				VALUES ($1, $2, 100000, 'decide', 'in_review', 'in_review', 1, gen_random_uuid()))
			INSERT INTO decisions (act_id, disclosure_id, version, manifest_hash, step, seat, person_id, role, outcome, counts, on_behalf, delegation_id)
			VALUES ($1, $2, 1, $3, $4, 9, $5, $6, 'disclose', true, nullif($7, '')::uuid, nullif($8, '')::uuid)`,
			newID(), i.ID, i.Case.Manifest, a.Step, a.By.ID, a.SeatOf().RoleFor(disclosure.MayDecide), a.OnBehalf(), a.DelegationID())
	}
	taken, inPlace, refused := 0, 0, map[disclosure.Code]int{}
	for range 25 {
		i := testkit.InReview(t, b.Stored, b.Bureau)
		for range 14 {
			if i.Case.State != disclosure.InReview {
				break
			}
			a := i.Decision(t, people[ids[random.IntN(len(ids))]], disclosure.Disclose)
			if random.IntN(2) == 0 {
				a.Mandate = mandates[random.IntN(len(mandates))]
				if random.IntN(3) > 0 {
					a.By = people[a.Mandate.Delegate]
				}
			}
			a.At = time.Now()
			switch code := disclosure.CodeOf(i.Case.Check(a)); code {
			case "":
				i.Must(t, a)
				taken++
				if a.Mandate != nil {
					inPlace++
				}
			case disclosure.ContributorDecides, disclosure.AlreadyDecided, disclosure.NoMandate:
				require.NotEqual(t, "nothing", past(i, a), "%s: %s for %q", code, a.By.ID, a.OnBehalf())
				refused[code]++
			}
		}
	}
	require.Positive(t, taken)
	require.Positive(t, inPlace)
	require.Len(t, refused, 3, "%v", refused)
}
