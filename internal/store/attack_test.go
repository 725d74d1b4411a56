package store_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/jmoiron/sqlx"
	"github.com/stretchr/testify/require"

	"shenfa/internal/disclosure"
	"shenfa/internal/testkit"
)

// both runs an attack as the program's role and as the owner of the tables, whom
// triggers bind as long as they stand.
func both(t *testing.T, b bundle, name, want, query string, args ...any) {
	t.Helper()
	for role, db := range map[string]*sqlx.DB{"app": b.app, "owner": b.owner} {
		require.Equal(t, want, try(t, db, query, args...), "%s as %s", name, role)
	}
}

func TestDecisionsThatTheDatabaseRefuses(t *testing.T) {
	t.Parallel()

	b := setup(t)
	i := testkit.InReview(t, b.Stored, b.Bureau)
	older := i.Case.Manifest
	i.Must(t, i.Decision(t, b.Head, disclosure.ReturnToEarlier))
	i.Submit(t, b.Drafter)
	i.Must(t, disclosure.Act{Type: disclosure.Checked})
	i.Must(t, i.Decision(t, b.Head, disclosure.Disclose)) // passes the first step of version 2

	type row struct {
		version int
		hash    disclosure.Hash
		step    string
		seat    int
		by      disclosure.Person
		role    disclosure.Role
		outcome disclosure.Outcome
		counts  bool
	}
	bypass := func(by disclosure.Person, role disclosure.Role) func(*row) {
		return func(r *row) { r.step, r.outcome, r.by, r.role = disclosure.BypassStep, disclosure.BypassStep, by, role }
	}
	right := row{2, i.Case.Manifest, "confidentiality", 0, b.Confidentiality, disclosure.Confidentiality, disclosure.Disclose, true}
	for _, c := range []struct {
		name   string
		change func(*row)
		want   string
	}{
		{"as it should be", func(*row) {}, "nothing"},
		{"a bypass by a leader", bypass(b.Principal, disclosure.PrincipalLeader), "nothing"},
		{"a bypass by the head of the section", bypass(b.OtherHead, disclosure.SectionHead), "decisions_bypass"},
		{"a bypass by the drafter, as a leader", bypass(b.Drafter, disclosure.DeputyLeader), "decisions_not_by_contributor"},
		{"a bypass in a role the person does not hold", bypass(b.OtherHead, disclosure.DutyLeader), "decisions_role_held"},
		{"a bypass by who has decided", bypass(b.Head, disclosure.DutyLeader), "decisions_role_held"},
		{"a bypass under the name of a step", func(r *row) { r.outcome = disclosure.BypassStep }, "decisions_bypass"},
		{"by the drafter", func(r *row) { r.by, r.role = b.Drafter, disclosure.Drafter }, "decisions_not_by_contributor"},
		{"a second one by one person", func(r *row) { r.by, r.role = b.Head, disclosure.SectionHead }, "decisions_one_per_person"},
		{"in a seat that is filled", func(r *row) { r.step, r.by, r.role = "section", b.OtherHead, disclosure.SectionHead }, "decisions_one_per_seat"},
		{"on another hash", func(r *row) { r.hash = older }, "decisions_on_this_manifest"},
		{"on an earlier version", func(r *row) { r.version, r.hash = 1, older }, "decisions_on_this_manifest"},
		{"on a version to come", func(r *row) { r.version = 3 }, "decisions_on_this_manifest"},
		{"in a role the person does not hold", func(r *row) { r.role = disclosure.DeputyLeader }, "decisions_role_held"},
		{"by nobody", func(r *row) { r.by.ID = "00000000-0000-0000-0000-000000000000" }, "decisions_role_held"},
		{"counting, though it returns", func(r *row) { r.outcome = disclosure.ReturnToEarlier }, "decisions_counts_on_route"},
		{"counting, though it withholds", func(r *row) { r.outcome = disclosure.DoNotDisclose }, "decisions_counts_on_route"},
		{"counting at a step that is not on the route", func(r *row) { r.step = "principal" }, "decisions_counts_on_route"},
	} {
		r := right
		c.change(&r)
		both(t, b, c.name, c.want, decision, i.ID, r.version, r.hash, r.step, r.seat, r.by.ID, r.role, r.outcome, r.counts)
	}

	for name, set := range map[string]string{
		"made to count again":   `counts = true WHERE NOT counts`,
		"given to another":      `person_id = '` + b.Deputy.ID + `' WHERE counts`,
		"moved to another step": `step = 'leader' WHERE counts`,
		"turned round":          `outcome = 'disclose', counts = true WHERE outcome = 'return'`,
		"voided under a change": `counts = false, seat = 7 WHERE counts`,
	} {
		both(t, b, name, "decisions_only_void", `UPDATE decisions SET `+set)
	}
}

// TestF10: from every route, whichever one approval is lacking, no grant; and with
// the last of them, a grant.
func TestF10_NoGrantWithoutEverySingleApproval(t *testing.T) {
	t.Parallel()

	b := setup(t)
	for _, kind := range []string{"notice", "decision_catalogue", "penalty", "warning"} {
		seats := []disclosure.Task{}
		i := testkit.InReview(t, b.Stored, b.Bureau, testkit.Kind(kind))
		for _, step := range i.Case.Route.Steps {
			for n, seat := range step.Seats {
				task := disclosure.Task{Step: step.ID, Seat: n, Role: seat.Role}
				if seat.SameSection {
					task.Section = b.Section
				}
				seats = append(seats, task)
			}
		}
		decide := func(tx *sqlx.Tx, task disclosure.Task, outcome disclosure.Outcome) {
			_, err := tx.Exec(decision, i.ID, 1, i.Case.Manifest, task.Step, task.Seat, b.For(task).ID, task.Role, outcome, outcome == disclosure.Disclose)
			require.NoError(t, err)
		}
		for lacking := range seats {
			for _, instead := range []disclosure.Outcome{"", disclosure.ReturnToEarlier} { // nothing, or a decision that does not pass
				tx, err := b.app.BeginTxx(t.Context(), nil)
				require.NoError(t, err)
				for n, task := range seats {
					if n != lacking {
						decide(tx, task, disclosure.Disclose)
					} else if instead != "" {
						decide(tx, task, instead)
					}
				}
				_, err = tx.Exec(grant, i.ID, 1, i.Case.Manifest)
				require.Equal(t, "grants_complete", stopped(err), "%s without %s/%d", kind, seats[lacking].Step, seats[lacking].Seat)
				require.NoError(t, tx.Rollback())
			}
			// A bypass stands in for the step of a leader, and never for the review.
			tx, err := b.app.BeginTxx(t.Context(), nil)
			require.NoError(t, err)
			for n, task := range seats {
				if n != lacking {
					decide(tx, task, disclosure.Disclose)
				}
			}
			leader, role := b.DutyLeader, disclosure.DutyLeader
			if kind == "warning" {
				leader, role = b.Principal, disclosure.PrincipalLeader
			}
			_, err = tx.Exec(decision, i.ID, 1, i.Case.Manifest, disclosure.BypassStep, 0, leader.ID, role, disclosure.BypassStep, true)
			require.NoError(t, err)
			_, err = tx.Exec(grant, i.ID, 1, i.Case.Manifest)
			want := "nothing"
			if slices.Contains([]string{"confidentiality", "joint_review", "duty"}, seats[lacking].Step) {
				want = "grants_complete"
			}
			require.Equal(t, want, stopped(err), "%s, bypassed, without %s/%d", kind, seats[lacking].Step, seats[lacking].Seat)
			require.NoError(t, tx.Rollback())
		}
		for meanwhile, want := range map[string]string{
			`SELECT $1::text`: "nothing",
			`UPDATE disclosures SET version = 2 WHERE id = $1`:             "grants_complete", // it has moved on to other bytes
			`UPDATE disclosures SET manifest_hash = 'other' WHERE id = $1`: "grants_complete",
			`UPDATE decisions SET counts = false WHERE disclosure_id = $1`: "grants_complete",
		} {
			tx, err := b.app.BeginTxx(t.Context(), nil)
			require.NoError(t, err)
			for _, task := range seats {
				decide(tx, task, disclosure.Disclose)
			}
			_, err = tx.Exec(meanwhile, i.ID)
			require.NoError(t, err)
			_, err = tx.Exec(grant, i.ID, 1, i.Case.Manifest)
			require.Equal(t, want, stopped(err), "%s: %s", kind, meanwhile)
			require.NoError(t, tx.Rollback())
		}
	}
}

// A shorter road cannot be chosen half way.
func TestF10_NoOtherRouteForAnItemInReview(t *testing.T) {
	t.Parallel()

	b := setup(t)
	i := testkit.InReview(t, b.Stored, b.Bureau)
	for _, change := range []string{`route = 'fast'`, `route = NULL`, `route_version = 2`} {
		require.Equal(t, "disclosures_keep_route", try(t, b.app, `UPDATE disclosures SET `+change+` WHERE id = $1`, i.ID), change)
	}

	important, _ := disclosure.Routes().Find(disclosure.RouteRef{ID: "important", Version: 1})
	long := act(t, i, disclosure.Reroute, b.Officer)
	long.Route = &important
	submitted := i.Case.Route
	i.Must(t, long)
	require.Equal(t, "ordinary/1", cell[string](t, b, `SELECT origin_route || '/' || origin_version FROM disclosures WHERE id = $1`, i.ID))
	require.Equal(t, "ordinary/1 important/1", cell[string](t, b, `SELECT detail ->> 'route_from' || ' ' || (detail ->> 'route_to') FROM audit WHERE action = 'reroute' AND object = $1`, i.ID))
	for _, change := range []string{`route = 'fast'`, `route = 'double_publicity'`, `route = NULL`, `origin_route = 'fast', route = 'fast'`, `state = 'approved', route = 'ordinary'`} {
		require.Equal(t, "disclosures_keep_route", try(t, b.app, `UPDATE disclosures SET `+change+` WHERE id = $1`, i.ID), change)
	}
	back := act(t, i, disclosure.Reroute, b.Officer)
	back.Route = &submitted
	i.Must(t, back)
	require.Zero(t, cell[int](t, b, `SELECT count(origin_route) FROM disclosures WHERE id = $1`, i.ID), "it is where it was")
	for i.Case.Step < 2 {
		i.Must(t, i.Decision(t, b.For(i.Case.Tasks()[0]), disclosure.Disclose))
	}
	again := act(t, i, disclosure.Reroute, b.Officer)
	again.Route = &important
	i.Must(t, again)
	i.Must(t, i.Decision(t, b.Deputy, disclosure.Disclose))
	both(t, b, "without the step that was added", "grants_complete", grant, i.ID, 1, i.Case.Manifest)
	i.Must(t, i.Decision(t, b.Principal, disclosure.Disclose))
	require.Equal(t, disclosure.Approved, i.Case.State)
}

func TestF10_NoGrantForOtherBytesOrByContributors(t *testing.T) {
	t.Parallel()

	b := setup(t)
	i := testkit.Approved(t, b.Stored, b.Bureau)
	approved := i.Case.Manifest
	both(t, b, "a second one while one lives", "grants_once", grant, i.ID, 1, approved)
	i.Must(t, act(t, i, disclosure.Withdraw, b.Drafter))
	both(t, b, "again after it was revoked", "grants_once", grant, i.ID, 1, approved)

	i.Submit(t, b.Drafter)
	i.Must(t, disclosure.Act{Type: disclosure.Checked})
	require.NotEqual(t, approved, i.Case.Manifest)
	both(t, b, "for the new version on the old approvals", "grants_complete", grant, i.ID, 2, i.Case.Manifest)
	both(t, b, "for the old hash under the new number", "grants_complete", grant, i.ID, 2, approved)
	both(t, b, "for a hash that nobody froze", "grants_complete", grant, i.ID, 2, strings.Repeat("0", 64))

	for i.Case.Step < 2 {
		i.Must(t, i.Decision(t, b.For(i.Case.Tasks()[0]), disclosure.Disclose))
	}
	tx, err := b.app.BeginTxx(t.Context(), nil)
	require.NoError(t, err)
	_, err = tx.Exec(`INSERT INTO contributors (disclosure_id, person_id) VALUES ($1, $2)`, i.ID, b.Confidentiality.ID)
	require.NoError(t, err)
	_, err = tx.Exec(decision, i.ID, 2, i.Case.Manifest, "leader", 0, b.Deputy.ID, disclosure.DeputyLeader, disclosure.Disclose, true)
	require.NoError(t, err)
	_, err = tx.Exec(grant, i.ID, 2, i.Case.Manifest)
	require.Equal(t, "grants_separated", stopped(err), "who decided has put a byte into it since")
	require.NoError(t, tx.Rollback())
}

// TestF10: whatever the row of the disclosure says, and however often a workflow goes
// wrong, nothing is public and nothing can be sent.
func TestF10_AScheduleAloneMakesNothingPublic(t *testing.T) {
	t.Parallel()

	b := setup(t)
	i := testkit.InReview(t, b.Stored, b.Bureau, testkit.Channels("portal", "webhook"))
	for _, state := range disclosure.States() {
		require.NoError(t, run(t.Context(), b, `UPDATE disclosures SET state = $2, release_at = now() - interval '1 hour', generation = 1 WHERE id = $1`, i.ID, state.ID))
		_, err := b.PublicItem(t.Context(), i.Number)
		code(t, disclosure.NotFound, err)
		both(t, b, "effect without grant", "effects_granted", `INSERT INTO effects (key, disclosure_id, version, channel, generation, state, due_at)
			VALUES ('k', $1, 1, 'webhook', 1, 'pending', now())`, i.ID)
	}
	b.surgery(t, `INSERT INTO effects (key, disclosure_id, version, channel, generation, state, due_at) VALUES ('k', $1, 1, 'webhook', 1, 'pending', now())`, i.ID)
	claimed, err := b.Claim(t.Context(), "k")
	require.NoError(t, err)
	require.Empty(t, claimed, "not even an effect that should never have been there")
	unsent, err := b.Unsent(t.Context(), later(t, b), 0, 10)
	require.NoError(t, err)
	require.Empty(t, unsent)
}

func TestAGrantCannotBeChangedOnlyMovedInItsWindow(t *testing.T) {
	t.Parallel()

	b := setup(t)
	i := testkit.Armed(t, b.Stored, b.Bureau)
	other := testkit.Submitted(t, b.Stored, b.Bureau)
	for name, set := range map[string]string{
		"hash":                         `manifest_hash = '` + string(other.Case.Manifest) + `'`,
		"channels":                     `channels = '{portal,webhook}'`,
		"version":                      `version = 2`,
		"disclosure":                   `disclosure_id = '` + other.ID + `'`,
		"window start":                 `not_before = not_before - interval '1 day'`,
		"window end":                   `latest = latest + interval '1 day'`,
		"late policy":                  `late = 'hold'`,
		"unit":                         `unit_id = 'BB'`,
		"kind":                         `kind = 'policy'`,
		"a little too, while revoking": `revoked_at = now(), channels = '{webhook}'`,
	} {
		both(t, b, name, "grants_fixed", `UPDATE grants SET `+set)
	}
	for name, set := range map[string]string{
		"sooner in the same generation": `release_at = release_at + interval '1 second', armed_at = NULL`,
		"moved and still armed":         `release_at = release_at + interval '1 second', generation = generation + 1`,
		"an old generation revived":     `generation = generation - 1`,
	} {
		both(t, b, name, "grants_rearm", `UPDATE grants SET `+set)
	}
	for name, set := range map[string]string{
		"before the window": `release_at = not_before - interval '1 microsecond'`,
		"after the window":  `release_at = latest + interval '1 microsecond'`,
	} {
		both(t, b, name, "grants_in_window", `UPDATE grants SET armed_at = NULL, generation = generation + 1, `+set)
	}
	both(t, b, "moved as it may be", "nothing", `UPDATE grants SET release_at = latest, armed_at = NULL, generation = generation + 1`)

	i.Must(t, act(t, i, disclosure.Withdraw, b.Drafter))
	for _, set := range []string{`revoked_at = NULL`, `armed_at = now()`, `release_at = latest, generation = 99, armed_at = NULL`} {
		both(t, b, "revoked: "+set, "grants_fixed", `UPDATE grants SET `+set)
	}
}

func TestEffectsThatTheDatabaseRefuses(t *testing.T) {
	t.Parallel()

	b := setup(t)
	const effect = `INSERT INTO effects (key, disclosure_id, version, channel, generation, state, due_at) VALUES ($1, $2, $3, $4, $5, $6, now())`
	later := testkit.Armed(t, b.Stored, b.Bureau, testkit.Channels("portal", "webhook"))
	due := testkit.Armed(t, b.Stored, b.Bureau, testkit.Channels("portal", "webhook"), testkit.ReleaseIn(0))
	key := func(i *testkit.Item) string { return disclosure.EffectKey(i.ID, i.Case.Version, "webhook") }

	for _, c := range []struct {
		name, want, channel, state string
		i                          *testkit.Item
		version, generation        int
	}{
		{"a second one of the same", "effects_disclosure_id_version_channel_key", "webhook", "pending", due, 1, due.Case.Generation},
		{"of another generation", "effects_granted", "webhook", "pending", due, 1, due.Case.Generation - 1},
		{"of another version", "effects_granted", "webhook", "pending", due, 2, due.Case.Generation},
		{"on a channel that is not granted", "effects_granted", "wechat", "pending", due, 1, due.Case.Generation},
		{"sending before the instant", "effects_not_early", "webhook", "sending", later, 1, later.Case.Generation},
	} {
		both(t, b, c.name, c.want, effect, "another key", c.i.ID, c.version, c.channel, c.generation, c.state)
	}
	both(t, b, "claimed early", "effects_not_early", `UPDATE effects SET state = 'sending' WHERE key = $1`, key(later))
	both(t, b, "claimed in time", "nothing", `UPDATE effects SET state = 'sending' WHERE key = $1`, key(due))
	both(t, b, "given another key", "effects_fixed", `UPDATE effects SET key = 'another' WHERE key = $1`, key(due))
	both(t, b, "given another channel", "effects_fixed", `UPDATE effects SET channel = 'wechat' WHERE key = $1`, key(due))

	for _, state := range []string{"sent", "confirmed", "recalled"} {
		b.surgery(t, `UPDATE effects SET state = $2 WHERE key = $1`, key(due), state)
		for _, again := range []string{"pending", "sending"} {
			both(t, b, state+" and again "+again, "effects_once", `UPDATE effects SET state = $2 WHERE key = $1`, key(due), again)
		}
	}
	b.surgery(t, `UPDATE effects SET state = 'pending' WHERE key = $1`, key(due))

	frozen := testkit.Approved(t, b.Stored, b.Bureau, testkit.Channels("portal", "webhook"), testkit.ReleaseIn(0))
	require.NoError(t, b.AddFreeze(t.Context(), newID(), b.Officer, "channel", "webhook", "演练"))
	frozen.Must(t, disclosure.Act{Type: disclosure.Arm})
	both(t, b, "claimed during a freeze", "effects_frozen", `UPDATE effects SET state = 'sending' WHERE key = $1`, key(frozen))
	claimed, err := b.Claim(t.Context(), key(frozen), key(due), key(later))
	require.NoError(t, err)
	require.Equal(t, []string{key(due)}, claimed, "a freeze ordered afterwards leaves alone what had come out")

	revoked := testkit.Armed(t, b.Stored, b.Bureau, testkit.Channels("portal", "webhook"))
	revoked.Must(t, act(t, revoked, disclosure.Withdraw, b.Drafter))
	both(t, b, "of a revoked grant", "effects_granted", `UPDATE effects SET state = 'sending' WHERE key = $1`, key(revoked))
}

func TestWhatHappenedCannotBeUnwritten(t *testing.T) {
	t.Parallel()

	b := setup(t)
	i := testkit.Armed(t, b.Stored, b.Bureau)
	i.Must(t, act(t, i, disclosure.Withdraw, b.Drafter))
	disposed(t, b, testkit.Submitted(t, b.Stored, b.Bureau))
	placed, err := b.Sequence(t.Context(), origin)
	require.NoError(t, err)
	require.Positive(t, placed)

	for table, column := range map[string]string{
		"acts": "cause", "versions": "rule_set", "contributors": "at", "opinions": "sealed", "dispositions": "disposition", "route_steps": "quorum",
		"audit": "outcome", "ledger_hashes": "hash", "ledger_checkpoints": "note",
	} {
		require.Positive(t, cell[int](t, b, `SELECT count(*) FROM `+table), "%s is empty and proves nothing", table)
		for _, attack := range []string{`UPDATE ` + table + ` SET ` + column + ` = ` + column, `DELETE FROM ` + table} {
			require.Contains(t, []string{"denied", table + "_append_only"}, try(t, b.app, attack), attack)
			require.Equal(t, table+"_append_only", try(t, b.owner, attack), attack)
		}
	}
	for _, table := range []string{"decisions", "grants", "effects"} {
		require.Equal(t, "denied", try(t, b.app, `DELETE FROM `+table))
		require.Equal(t, table+"_append_only", try(t, b.owner, `DELETE FROM `+table))
	}
	require.Equal(t, "audit_append_only", try(t, b.app, `UPDATE audit SET seq = NULL`))
	require.Equal(t, "audit_append_only", try(t, b.app, `UPDATE audit SET seq = seq + 1000`))
}

// The program owns nothing: what it may not do, no bug of ours can do either.
func TestTheProgramsRoleCannotSwitchTheGuardsOff(t *testing.T) {
	t.Parallel()

	b := setup(t)
	_, err := b.root.Exec(`CREATE SCHEMA temporal; CREATE TABLE temporal.executions (data text); CREATE TABLE public.other (data text)`)
	require.NoError(t, err)
	attacks := []string{
		`SELECT * FROM temporal.executions`, `SELECT * FROM public.other`, `CREATE TABLE mine (a int)`, `CREATE TABLE public.mine (a int)`,
		`SET session_replication_role = replica`, `SET ROLE shenfa_owner`, `CREATE SCHEMA mine`, `CREATE ROLE mine`,
		`INSERT INTO goose_db_version (version_id, is_applied) VALUES (99, true)`,
		`INSERT INTO route_steps VALUES ('short', 1, 'duty', 1, false)`,
		`CREATE OR REPLACE FUNCTION guard_grant() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'`,
		`CREATE OR REPLACE FUNCTION is_public(g grants) RETURNS boolean LANGUAGE sql AS 'SELECT true'`,
		`ALTER FUNCTION is_public(grants) RENAME TO was_public`,
	}
	var tables []string
	require.NoError(t, b.root.Select(&tables, `SELECT tablename FROM pg_tables WHERE schemaname = 'shenfa'`))
	require.Greater(t, len(tables), 25)
	for _, table := range tables {
		attacks = append(attacks, `ALTER TABLE `+table+` DISABLE TRIGGER ALL`, `TRUNCATE `+table+` CASCADE`, `DROP TABLE `+table+` CASCADE`)
	}
	for _, attack := range attacks {
		got := try(t, b.app, attack)
		require.True(t, got == "denied" || strings.Contains(got, "must be owner"), "%s: %s", attack, got)
	}
	t.Run("NorCanAdministratorsHoldAnotherRole", func(t *testing.T) { administratorsHoldNoOtherRole(t, b) })
}

func administratorsHoldNoOtherRole(t *testing.T, b bundle) {
	t.Helper()
	for _, c := range []struct {
		p    disclosure.Person
		role disclosure.Role
		want string
	}{
		{b.SystemAdmin, disclosure.Drafter, "roles_separated"},
		{b.Auditor, disclosure.SecurityAdmin, "roles_separated"},
		{b.SecurityAdmin, disclosure.SystemAdmin, "roles_separated"},
		{b.Deputy, disclosure.Auditor, "roles_separated"},
		{b.Deputy, disclosure.DisclosureOfficer, "nothing"},
	} {
		both(t, b, string(c.role), c.want, `INSERT INTO person_roles VALUES ($1, $2)`, c.p.ID, c.role)
	}
}
