//go:build linux

package desk

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"shenfa/internal/detect"
	"shenfa/internal/disclosure"
	"shenfa/internal/store"
	"shenfa/internal/testkit"
)

func TestFiguresAreThoseOfOneUnitAndPeriod(t *testing.T) {
	t.Parallel()

	o := newOffice(t)
	from, until := time.Now().Add(-time.Hour), time.Now().Add(time.Hour)
	report := func(from, until time.Time) Report {
		r, err := o.desk.Report(t.Context(), as(o.Deputy), from, until)
		require.NoError(t, err)
		return r
	}

	out := o.released(t)
	waits := testkit.InReview(t, o.Stored, o.Bureau)
	testkit.Exec(t, o.Stored, `UPDATE tasks SET due_at = now() - interval '1 hour' WHERE disclosure_id = $1`, waits.ID)
	back := testkit.Submitted(t, o.Stored, o.Bureau)
	require.NoError(t, o.SaveCheck(t.Context(), back.ID, 1, testkit.RuleSet, []store.Found{
		{File: "body", Finding: detect.Finding{Rule: "id-card", Class: detect.Hold, Part: "body", Excerpt: "甲"}},
		{File: "body", Finding: detect.Finding{Rule: "id-card", Class: detect.Info, Part: "body", Excerpt: "乙"}},
	}))
	back.Must(t, disclosure.Act{Type: disclosure.Checked})
	back.Must(t, back.Decision(t, o.Head, disclosure.ReturnToEarlier))
	testkit.Draft(t, o.Stored, o.Bureau)

	r := report(from, until)
	require.Len(t, r.Backlog, 1, "a draft is nobody's backlog")
	b := r.Backlog[0]
	require.Equal(t, []any{o.Section, 2, 1, [4]int{2, 0, 0, 0}}, []any{b.Section.ID, b.N, b.Overdue, b.Ages})
	var steps []string
	seats := 0
	for _, s := range r.Steps {
		steps, seats = append(steps, s.Step), seats+s.N
	}
	require.Equal(t, []string{"section", "confidentiality", "leader"}, steps)
	require.Equal(t, 4, seats)
	returned := 0
	for _, x := range r.Outcomes {
		if x.Outcome == disclosure.ReturnToEarlier {
			returned += x.N
			require.Equal(t, "section", x.Step)
		}
	}
	require.Equal(t, 1, returned)
	require.Equal(t, ClassFound{Class: "HOLD", N: 1, Open: 1}, r.Classes[1])
	require.Equal(t, "id-card", r.Rules[0].Rule)
	_, err := testkit.Open(t, o.Superuser).Exec(`UPDATE disclosures SET version = version + 1 WHERE id = $1`, back.ID)
	require.NoError(t, err)
	require.Equal(t, ClassFound{Class: "HOLD", N: 1, Changed: 1}, report(from, until).Classes[1], "a later version took the place of the one it was found in")
	_, err = testkit.Open(t, o.Superuser).Exec(`UPDATE disclosures SET version = version - 1 WHERE id = $1`, back.ID)
	require.NoError(t, err)
	require.Equal(t, map[string]int{"never": 1}, r.Channels, "nobody has seen it yet")
	require.NoError(t, o.Confirmed(t.Context(), disclosure.EffectKey(out.ID, 1, "portal"), "/items"))
	r = report(from, until)
	require.Equal(t, 1, r.Channels["1s"]+r.Channels["10s"]+r.Channels["60s"])
	require.Equal(t, 1, r.Limits["met"]+r.Limits["none"]+r.Limits["missed"])
	require.Empty(t, r.Bypasses)

	before := report(from.Add(-48*time.Hour), from)
	require.Empty(t, before.Steps)
	require.Empty(t, before.Outcomes)
	require.Len(t, before.Backlog, 1, "what is in hand is so now")

	neighbours := testkit.AddBureau(t, o.Stored, "BB")
	other, err := o.desk.Report(t.Context(), as(neighbours.Deputy), from, until)
	require.NoError(t, err)
	require.Empty(t, other.Backlog)
	require.Empty(t, other.Steps)
	require.Empty(t, other.Channels)
	require.Equal(t, map[string]int{"waiting": 0}, other.Limits)

	_, err = o.desk.Report(t.Context(), as(o.Drafter), from, until)
	refused(t, disclosure.Forbidden, err)
	for _, end := range []time.Time{from, from.AddDate(2, 0, 0)} {
		_, err = o.desk.Report(t.Context(), as(o.Deputy), from, end)
		refused(t, disclosure.WrongType, err)
	}
}

// P4 on figures and calendar, with 10,000 items that went all the way.
func TestP4_FiguresAndCalendarAnswerIn200msAt10000Items(t *testing.T) {
	t.Parallel()

	o := newOffice(t)
	testkit.Pile(t, o.Stored, o.Bureau, 10_000, func(int, *disclosure.Draft) string { return "<p>检查</p>" })
	db := testkit.Open(t, o.Superuser)
	for _, q := range []string{
		`INSERT INTO versions (disclosure_id, version, manifest_hash, sealed_manifest, sealed_draft, rule_set, draft_revision, frozen_by, frozen_at)
			SELECT id, 1, id::text, '', '', '', 1, drafter_id, updated_at - interval '3 days' FROM disclosures WHERE number LIKE 'PILE%'`,
		`UPDATE disclosures SET state = 'released' WHERE state = 'in_review' AND number LIKE 'PILE%' AND right(number, 1) < '8'`,
		`UPDATE tasks t SET closed_at = t.opened_at + interval '20 hours' FROM disclosures d WHERE d.id = t.disclosure_id AND d.state = 'released'`,
		`INSERT INTO tasks (disclosure_id, version, step, seat, role, unit_id, opened_at, due_at, closed_at)
			SELECT disclosure_id, 1, s, 0, role, unit_id, opened_at, due_at, closed_at FROM tasks, unnest('{confidentiality,leader}'::text[]) s WHERE closed_at IS NOT NULL`,
		`INSERT INTO acts (id, disclosure_id, revision, type, actor, from_state, to_state, version, outcome, step, audit_id, at)
			SELECT gen_random_uuid(), d.id, n, 'decide', 'HEAD', '', '', 1, CASE WHEN n = 4 THEN 'return' ELSE 'disclose' END, 'section', gen_random_uuid(), d.updated_at
			FROM disclosures d, generate_series(1, 4) n WHERE d.number LIKE 'PILE%'`,
		`INSERT INTO findings (id, disclosure_id, version, n, class, rule, rule_set, fingerprint, sealed)
			SELECT gen_random_uuid(), v.disclosure_id, 1, n, CASE WHEN n = 1 THEN 'HOLD' ELSE 'WARN' END, 'rule-' || n, '', '', '' FROM versions v, generate_series(1, 3) n`,
		`INSERT INTO effects (key, disclosure_id, version, channel, generation, state, due_at, sent_at)
			SELECT d.id::text, d.id, 1, 'portal', 0, 'sent', d.release_at, d.release_at FROM disclosures d WHERE state = 'released'`,
		`ANALYZE`,
	} {
		tx, err := db.BeginTxx(t.Context(), nil)
		require.NoError(t, err)
		_, err = tx.Exec(`SET LOCAL session_replication_role = replica`)
		require.NoError(t, err)
		_, err = tx.Exec(strings.ReplaceAll(q, "HEAD", o.Head.ID))
		require.NoError(t, err, q)
		require.NoError(t, tx.Commit())
	}
	now := time.Now()
	quick(t, "a month of figures", func(ctx context.Context) {
		r, err := o.desk.Report(ctx, as(o.Deputy), now.AddDate(0, -1, 0), now)
		require.NoError(t, err)
		require.Len(t, r.Steps, 3)
	})
	quick(t, "a year of figures", func(ctx context.Context) {
		r, err := o.desk.Report(ctx, as(o.Deputy), now.AddDate(-1, 0, 0), now)
		require.NoError(t, err)
		require.Greater(t, r.Channels["1s"], 3000)
	})
	quick(t, "a week of releases", func(ctx context.Context) {
		_, err := o.desk.Releases(ctx, as(o.Officer), now.AddDate(0, 0, -3), now.AddDate(0, 0, 4))
		require.NoError(t, err)
	})
	quick(t, "a month counted", func(ctx context.Context) {
		_, err := o.desk.Agenda(ctx, as(o.Officer), now.AddDate(0, 0, -20), now.AddDate(0, 0, 20))
		require.NoError(t, err)
	})
	quick(t, "a month listed", func(ctx context.Context) {
		_, err := o.desk.Releases(ctx, as(o.Officer), now, now.AddDate(0, 0, 31))
		require.NoError(t, err)
	})
}
