package store_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"shenfa/internal/disclosure"
	"shenfa/internal/store"
	"shenfa/internal/testkit"
)

func announced(t *testing.T, b bundle, id string, line int, when time.Time, item *testkit.Item) store.Announced {
	t.Helper()
	a := store.Announced{ID: id, Line: line, Title: "年度统计公报", Precision: disclosure.ByInstant, From: &when, Until: &when, Reason: "公布时间"}
	if item != nil {
		a.Disclosure = &item.ID
	}
	require.NoError(t, b.Announce(t.Context(), b.Drafter, a))
	return a
}

// PostgreSQL itself wants two people, one open proposal, a time to come, and keeps every line.
func TestAnnouncementsThatTheDatabaseRefuses(t *testing.T) {
	t.Parallel()

	b := setup(t)
	soon := time.Now().Add(48 * time.Hour).Truncate(time.Second)
	id := newID()
	a := announced(t, b, id, 1, soon, nil)
	const settle = `UPDATE announcement_lines SET confirmed = $2, settled_by = $3, settled_at = clock_timestamp() WHERE announcement_id = $1`
	const propose = `INSERT INTO announcement_lines (announcement_id, line, title, granularity, planned_from, planned_until, reason, proposed_by) VALUES ($1, $2, '题', 'instant', $3, $3, $4, $5)`
	both(t, b, "who proposed it confirms", "announcements_role_held", settle, id, true, b.Drafter.ID)
	both(t, b, "a reviewer confirms", "announcements_role_held", settle, id, true, b.Legal.ID)
	both(t, b, "another before this one is settled", "announcements_one_proposal", propose, id, 2, soon, "改期", b.Drafter.ID)
	both(t, b, "nothing was announced yet", "announcements_untold",
		`INSERT INTO announcement_lines (announcement_id, line, title, granularity, reason, proposed_by) VALUES ($1, 2, '题', 'cancelled', '不办了', $2)`, id, b.Drafter.ID)
	require.NoError(t, b.SettleAnnouncement(t.Context(), b.Officer, a, true))
	both(t, b, "settled once more", "announcements_append_only", settle, id, false, b.Officer.ID)
	both(t, b, "without a reason", "announcements_reason", propose, id, 2, soon, "", b.Drafter.ID)
	both(t, b, "a gap", "announcements_append_only", propose, id, 3, soon, "改期", b.Drafter.ID)
	both(t, b, "a time that has passed", "announcements_past", propose, id, 2, time.Now(), "改期", b.Drafter.ID)
	both(t, b, "nobody of the unit", "announcements_role_held", propose, id, 2, soon, "改期", newID())
	require.Equal(t, "announcements_append_only", try(t, b.owner, `UPDATE announcement_lines SET title = '别的' WHERE announcement_id = $1`, id))
	require.Equal(t, "denied", try(t, b.app, `UPDATE announcement_lines SET title = '别的' WHERE announcement_id = $1`, id))
	require.NotEmpty(t, try(t, b.owner, `DELETE FROM announcement_lines WHERE announcement_id = $1`, id))

	own := store.Announced{ID: id, Line: 2, Title: "题", Precision: disclosure.ByInstant, From: &soon, Until: &soon, Reason: "改题"}
	require.NoError(t, b.Announce(t.Context(), b.Officer, own))
	code(t, disclosure.AnnouncedSecond, b.SettleAnnouncement(t.Context(), b.Officer, own, true))
	require.NoError(t, b.SettleAnnouncement(t.Context(), b.Deputy, own, true))
	require.NoError(t, b.WithdrawAnnouncement(t.Context(), b.Officer, id, "写错"))
	code(t, disclosure.AnnouncedOver, b.WithdrawAnnouncement(t.Context(), b.Officer, id, "写错"))
	both(t, b, "after it was withdrawn", "announcements_over", propose, id, 3, soon, "改期", b.Drafter.ID)
}

// Nobody is told of an item by its announcement before it is public, and then of its actual
// instant; one that is recalled is told no more.
func TestAnAnnouncementLeadsToItsItemOnlyWhileThatIsPublic(t *testing.T) {
	t.Parallel()

	b := setup(t)
	i := testkit.Armed(t, b.Stored, b.Bureau, testkit.ReleaseIn(2*time.Second))
	id := newID()
	a := announced(t, b, id, 1, i.Case.ReleaseAt, i)
	_, err := b.PublicAnnouncement(t.Context(), id)
	code(t, disclosure.NotFound, err)
	all, err := b.PublicAnnouncements(t.Context(), time.Hour, 10)
	require.NoError(t, err)
	require.Empty(t, all, "what is proposed is told to nobody")

	require.NoError(t, b.SettleAnnouncement(t.Context(), b.Officer, a, true))
	before, err := b.PublicAnnouncement(t.Context(), id)
	require.NoError(t, err)
	if !before[0].Passed {
		require.Nil(t, before[0].Number)
	}
	require.Eventually(t, func() bool {
		rows, err := b.PublicAnnouncement(t.Context(), id)
		require.NoError(t, err)
		require.Equal(t, rows[0].Passed, rows[0].Number != nil, "it is there from the instant on, and not before")
		return rows[0].Number != nil
	}, 5*time.Second, 20*time.Millisecond)
	i.Must(t, disclosure.Act{Type: disclosure.Due})
	rows, err := b.PublicAnnouncements(t.Context(), time.Hour, 10)
	require.NoError(t, err)
	require.Len(t, rows, 1)
	require.Equal(t, i.Number, *rows[0].Number)
	require.True(t, rows[0].ReleasedAt.Equal(i.Case.ReleaseAt))
	require.Nil(t, rows[0].Disclosure, "nor is its id told")

	words := i.Words(t, "recall"+i.ID, "有误")
	i.Must(t, disclosure.Act{ID: "recall" + i.ID, Type: disclosure.Recall, By: b.Officer, Opinion: words})
	rows, err = b.PublicAnnouncement(t.Context(), id)
	require.NoError(t, err)
	require.Nil(t, rows[0].Number)
}

// What was announced stays public when the item is corrected, with the instant of its first edition.
func TestAnAnnouncementLeadsToTheEditionThatIsPublic(t *testing.T) {
	t.Parallel()

	b := setup(t)
	first := dueNow(t, b)
	a := announced(t, b, newID(), 1, time.Now().Add(time.Hour), first)
	require.NoError(t, b.SettleAnnouncement(t.Context(), b.Officer, a, true))
	crowd := testkit.Crowd(t, b.Stored, b.Bureau, "X", 1, func(int) time.Time { return time.Now().Add(-time.Millisecond) })
	b.surgery(t, `UPDATE disclosures SET number = $1, edition = 2, corrects = $2 WHERE id = $3`, first.Number, first.ID, crowd[0].ID)
	b.surgery(t, `UPDATE grants SET number = $1, release_at = clock_timestamp(), armed_at = clock_timestamp() WHERE disclosure_id = $2`, first.Number, crowd[0].ID)
	page, err := b.PublicPage(t.Context(), first.Number)
	require.NoError(t, err)
	require.Equal(t, 2, page.Edition)
	rows, err := b.PublicAnnouncement(t.Context(), a.ID)
	require.NoError(t, err)
	require.Equal(t, first.Number, *rows[0].Number)
	require.True(t, page.FirstAt.Equal(*rows[0].ReleasedAt))
}

// A plan that is another than was announced is told the disclosure office, once for each plan.
func TestAPlanThatIsAnotherThanWasAnnounced(t *testing.T) {
	t.Parallel()

	slack := store.Slack{Armed: 20 * time.Second, Rehearsed: 3 * time.Minute, Sent: 10 * time.Minute, Checked: 30 * time.Minute}
	for name, x := range map[string]struct {
		at    time.Duration // from the planned release
		state string
		want  bool
	}{
		"as it was announced": {0, "", false},
		"an hour later":       {-time.Hour, "", true},
		"held over":           {0, "held", true},
		"withdrawn":           {0, "withdrawn", true},
		"not decided yet":     {time.Hour, "in_review", false},
		"at its very instant": {0, "releasing", false},
		"out already":         {0, "released", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			b := setup(t)
			i := testkit.Approved(t, b.Stored, b.Bureau, testkit.ReleaseIn(30*time.Hour))
			require.NoError(t, b.SaveRehearsal(t.Context(), store.Rehearsal{ID: i.ID, Generation: i.Case.Generation, Rung: "asked"}))
			a := announced(t, b, newID(), 1, i.Case.ReleaseAt.Add(x.at), i)
			require.NoError(t, b.SettleAnnouncement(t.Context(), b.Officer, a, true))
			if x.state == "releasing" { // it is public, and the road takes note of it in its turn
				b.surgery(t, `UPDATE disclosures SET release_at = now() - interval '1 minute', updated_at = now() WHERE id = $1`, i.ID)
				b.surgery(t, `UPDATE announcement_lines l SET planned_from = d.release_at, planned_until = d.release_at FROM disclosures d WHERE d.id = l.disclosure_id AND l.announcement_id = $1`, a.ID)
			}
			if x.state != "" {
				b.surgery(t, `UPDATE disclosures SET state = $2 WHERE id = $1`, i.ID, x.state)
			}
			rows, err := b.Troubles(t.Context(), slack)
			require.NoError(t, err)
			if !x.want {
				require.Empty(t, rows)
				return
			}
			require.Len(t, rows, 1)
			require.Equal(t, []any{store.TroubleAnnounced, true}, []any{rows[0].Trouble, rows[0].Fresh})
			again, err := b.Troubles(t.Context(), slack)
			require.NoError(t, err)
			require.False(t, again[0].Fresh)
			require.Equal(t, 1, cell[int](t, b, `SELECT count(*) FROM notices WHERE kind = 'trouble' AND person_id = $1 AND disclosure_id = $2`, b.Officer.ID, i.ID))
			lines, err := b.Announcement(t.Context(), b.Officer.Unit, a.ID)
			require.NoError(t, err)
			require.True(t, lines[0].Otherwise)
		})
	}
}
