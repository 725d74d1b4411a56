package store_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"shenfa/internal/disclosure"
	"shenfa/internal/store"
	"shenfa/internal/testkit"
)

// observe lets the observer look at everything once.
func observe(t *testing.T, b bundle) int {
	t.Helper()
	n, err := b.Observe(t.Context(), &store.Observation{}, true)
	require.NoError(t, err)
	return n
}

// numbers finds what is public and fits q.
func numbers(t *testing.T, b bundle, q store.PublicQuery) []string {
	t.Helper()
	if q.Limit == 0 {
		q.Limit = 100
	}
	items, err := b.PublicFind(t.Context(), q)
	require.NoError(t, err)
	found := []string{}
	for _, i := range items {
		found = append(found, i.Number)
	}
	return found
}

func TestPublicWordsAreFound(t *testing.T) {
	t.Parallel()

	b := setup(t)
	item := testkit.Armed(t, b.Stored, b.Bureau, testkit.ReleaseIn(0), testkit.Title("关于栖岭河防汛抗旱的通知"), func(r *testkit.Recipe) {
		r.Draft.DocumentNumber, r.Draft.IndexNumber, r.Draft.Keywords, r.Draft.Summary = "栖应急〔2026〕36号", "00008812-6/2026-00000131", []string{"ＦＬＯＯＤ"}, "水位与巡查安排"
		r.Draft.Topic = "水旱灾害"
	})
	other := testkit.Armed(t, b.Stored, b.Bureau, testkit.ReleaseIn(0), testkit.Kind("policy"), testkit.Title("防汛预案"))
	require.Equal(t, 2, observe(t, b))
	require.Zero(t, observe(t, b), "nothing new")
	for words, want := range map[string][]string{
		"防汛": {other.Number, item.Number}, "防汛 抗旱": {item.Number}, "汛": {other.Number, item.Number}, "预案": {other.Number}, "旱抗": {},
		item.Number: {item.Number}, "栖应急〔2026〕36号": {item.Number}, "栖应急[2026]36号": {item.Number}, "00008812-6": {item.Number}, "flood": {item.Number},
		"巡查": {item.Number}, "水旱灾害": {item.Number}, "防汛 水位": {item.Number}, "没有的": {}, "…、": {}, "%": {}, "防_": {other.Number, item.Number}, "\x00防汛": {other.Number, item.Number},
		"检查 的通知书": {},
	} {
		require.Equal(t, want, numbers(t, b, store.PublicQuery{Words: words}), words)
	}
	require.Equal(t, []string{item.Number}, numbers(t, b, store.PublicQuery{Topic: "水旱灾害"}))
	require.Equal(t, []string{other.Number}, numbers(t, b, store.PublicQuery{Kind: "policy"}))
	require.Equal(t, []string{other.Number}, numbers(t, b, store.PublicQuery{Kind: "policy", Words: "防汛"}))
	require.Empty(t, numbers(t, b, store.PublicQuery{Kind: "policy", Topic: "水旱灾害"}))
	topics, err := b.PublicTopics(t.Context())
	require.NoError(t, err)
	require.Equal(t, []string{"安全生产", "水旱灾害"}, topics)
}

// Words stand in clear only while their item is public: not before, and not from the
// transaction on that ends it.
func TestWordsLeaveWithTheirItem(t *testing.T) {
	t.Parallel()

	b := setup(t)
	kept := func(i *testkit.Item) int {
		return cell[int](t, b, `SELECT count(*) FROM public_words WHERE disclosure_id = $1`, i.ID)
	}
	title := testkit.Title("栖岭河防汛")
	soon := testkit.Armed(t, b.Stored, b.Bureau, testkit.ReleaseIn(time.Hour), title)
	elsewhere := testkit.Armed(t, b.Stored, b.Bureau, testkit.ReleaseIn(0), testkit.Channels("webhook"), title)
	draft := testkit.Draft(t, b.Stored, b.Bureau, title)
	out := testkit.Armed(t, b.Stored, b.Bureau, testkit.ReleaseIn(0), title)
	erased := testkit.Armed(t, b.Stored, b.Bureau, testkit.ReleaseIn(0), title)
	require.Equal(t, 2, observe(t, b))
	for _, i := range []*testkit.Item{soon, elsewhere, draft} {
		require.Zero(t, kept(i))
	}
	require.Equal(t, 1, kept(out))

	out.Must(t, act(t, out, disclosure.Recall, b.Officer))
	require.Zero(t, kept(out), "gone with the recall, before anybody looked")
	require.Equal(t, []string{erased.Number}, numbers(t, b, store.PublicQuery{Words: "防汛"}))
	_, err := b.root.Exec(`UPDATE item_keys SET wrapped = '' WHERE disclosure_id = $1`, erased.ID)
	require.NoError(t, err)
	require.Zero(t, kept(erased), "gone with the key")
	require.Empty(t, numbers(t, b, store.PublicQuery{Words: "防汛"}))

	require.Equal(t, 2, observe(t, b), "one ceased to be public, one is seen anew and cannot be read")
	require.Zero(t, cell[int](t, b, `SELECT count(*) FROM public_words`))
	require.Zero(t, observe(t, b), "and is not tried again and again")

	// The predicate may change its mind for reasons that leave no trace: it is asked
	// of every finding, and everything seen is looked at again in its turn.
	late := testkit.Armed(t, b.Stored, b.Bureau, testkit.ReleaseIn(0), title)
	observe(t, b)
	require.Equal(t, 1, kept(late))
	b.surgery(t, `UPDATE grants SET channels = '{webhook}' WHERE disclosure_id = $1`, late.ID)
	require.Empty(t, numbers(t, b, store.PublicQuery{Words: "防汛"}))
	require.Empty(t, numbers(t, b, store.PublicQuery{Topic: "安全生产"}))
	topics, err := b.PublicTopics(t.Context())
	require.NoError(t, err)
	require.Empty(t, topics)
	require.Equal(t, 1, observe(t, b))
	require.Zero(t, kept(late))
}

// An observer that looks all the time, and recalls: whoever comes first, no words stay.
func TestARecallWaitsForTheWordsToBeThere(t *testing.T) {
	t.Parallel()

	b := setup(t)
	ctx, stop := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	for range 2 {
		wg.Go(func() {
			for ctx.Err() == nil {
				if _, err := b.Observe(ctx, &store.Observation{}, true); err != nil && ctx.Err() == nil {
					t.Error(err)
				}
			}
		})
	}
	for n := range 30 {
		out := testkit.Armed(t, b.Stored, b.Bureau, testkit.ReleaseIn(0))
		recall := act(t, out, disclosure.Recall, b.Officer)
		time.Sleep(time.Duration(n%10) * 500 * time.Microsecond)
		out.Must(t, recall)
		require.Zero(t, cell[int](t, b, `SELECT count(*) FROM public_words WHERE disclosure_id = $1`, out.ID))
	}
	stop()
	wg.Wait()
	require.Zero(t, cell[int](t, b, `SELECT count(*) FROM public_words`))

	observe(t, b)
	last := testkit.Armed(t, b.Stored, b.Bureau, testkit.ReleaseIn(0))
	tx, err := b.app.Beginx()
	require.NoError(t, err)
	_, err = tx.Exec(`UPDATE grants SET revoked_at = clock_timestamp() WHERE disclosure_id = $1`, last.ID)
	require.NoError(t, err)
	require.Zero(t, observe(t, b), "what is being recalled is left alone")
	require.NoError(t, tx.Rollback())
	require.Equal(t, 1, observe(t, b))
}

func TestARecallAndAnObserverDoNotWaitForEachOther(t *testing.T) {
	t.Parallel()

	b := setup(t)
	out := testkit.Armed(t, b.Stored, b.Bureau, testkit.ReleaseIn(0))
	require.Equal(t, 1, observe(t, b))
	b.surgery(t, `UPDATE grants SET revoked_at = clock_timestamp() WHERE disclosure_id = $1`, out.ID)
	recall, err := b.app.Beginx()
	require.NoError(t, err)
	defer recall.Rollback()
	_, err = recall.Exec(`DELETE FROM public_words WHERE disclosure_id = $1`, out.ID)
	require.NoError(t, err)
	done := make(chan error, 1)
	go func() {
		_, err := b.Observe(context.Background(), &store.Observation{}, true)
		done <- err
	}()
	require.Eventually(t, func() bool {
		return cell[int](t, b, `SELECT count(*) FROM pg_locks WHERE NOT granted AND locktype = 'transactionid'`) > 0
	}, 10*time.Second, 10*time.Millisecond, "it waits for the recall")
	_, err = recall.Exec(`UPDATE public_seen SET doubt = true WHERE grant_id IN (SELECT id FROM grants WHERE disclosure_id = $1)`, out.ID)
	require.NoError(t, err, "and the recall not for it")
	require.NoError(t, recall.Commit())
	require.NoError(t, <-done)
	require.Zero(t, cell[int](t, b, `SELECT count(*) FROM public_seen`))
}

// What an index offers to the predicate holds all that the predicate lets through.
func TestNothingPublicIsOverlooked(t *testing.T) {
	t.Parallel()

	b := setup(t)
	tx, err := b.root.BeginTxx(t.Context(), nil)
	require.NoError(t, err)
	defer tx.Rollback()
	now := cell[time.Time](t, b, `SELECT now()`)
	var grants []permission
	instants := []time.Time{now.Add(-time.Hour), now.Add(-time.Second), now, now.Add(time.Second)}
	for _, release := range instants {
		for _, armed := range append([]time.Time{{}}, instants...) {
			for _, revoked := range append([]time.Time{{}}, instants...) {
				p := permission{"AA", "notice", []string{"portal"}, "now", release, &armed, &revoked}
				if armed.IsZero() {
					p.Armed = nil
				}
				if revoked.IsZero() {
					p.Revoked = nil
				}
				grants = append(grants, p)
			}
		}
	}
	raw, err := json.Marshal(grants)
	require.NoError(t, err)
	var count struct {
		Public     int `db:"public"`
		Overlooked int `db:"overlooked"`
	}
	require.NoError(t, tx.Get(&count, `SELECT count(*) FILTER (WHERE is_public(g)) AS public, count(*) FILTER (WHERE is_public(g) AND NOT coalesce(`+store.Shown+`, false)) AS overlooked
		FROM (SELECT (jsonb_populate_record(NULL::grants, x)).* FROM jsonb_array_elements($1) x) r, LATERAL (SELECT r.*) g`, raw))
	require.Greater(t, count.Public, 3)
	require.Zero(t, count.Overlooked)
}

// A corrected item keeps its first day, shows its editions, and is one entry of the
// list; its words are those of the correction.
func TestThePublicHistoryOfACorrection(t *testing.T) {
	t.Parallel()

	b := setup(t)
	first := dueNow(t, b)
	page, err := b.PublicPage(t.Context(), first.Number)
	require.NoError(t, err)
	require.Empty(t, page.Earlier)
	require.Equal(t, page.ReleasedAt, page.FirstAt)
	require.Equal(t, first.Body, string(page.Body))
	require.Equal(t, 1, observe(t, b))

	crowd := testkit.Crowd(t, b.Stored, b.Bureau, "X", 1, func(int) time.Time { return time.Now().Add(-time.Millisecond) }, testkit.Title("更正后的标题"))
	b.surgery(t, `UPDATE disclosures SET number = $1, edition = 2, corrects = $2 WHERE id = $3`, first.Number, first.ID, crowd[0].ID)
	b.surgery(t, `UPDATE grants SET number = $1, release_at = clock_timestamp(), armed_at = clock_timestamp() WHERE disclosure_id = $2`, first.Number, crowd[0].ID)
	page, err = b.PublicPage(t.Context(), first.Number)
	require.NoError(t, err)
	require.Equal(t, crowd[0].ID, page.ID)
	require.Equal(t, 2, page.Edition)
	require.Len(t, page.Earlier, 1)
	require.Equal(t, 1, page.Earlier[0].Edition)
	require.Equal(t, first.Case.Manifest, page.Earlier[0].Hash)
	require.Equal(t, page.Earlier[0].ReleasedAt, page.FirstAt)
	require.True(t, page.FirstAt.Before(page.ReleasedAt))
	require.Equal(t, []string{first.Number}, numbers(t, b, store.PublicQuery{}))
	require.Empty(t, numbers(t, b, store.PublicQuery{Words: "安全生产检查"}), "the old words lead nowhere, before anybody looked")
	require.Equal(t, 2, observe(t, b), "one came, one went")
	require.Equal(t, []string{first.Number}, numbers(t, b, store.PublicQuery{Words: "更正后"}))
	require.Equal(t, 1, cell[int](t, b, `SELECT count(*) FROM public_words`))

	b.surgery(t, `UPDATE grants SET revoked_at = clock_timestamp() WHERE disclosure_id = $1`, first.ID)
	page, err = b.PublicPage(t.Context(), first.Number)
	require.NoError(t, err)
	require.Empty(t, page.Earlier, "an edition that was recalled is not spoken of")
	require.Equal(t, page.ReleasedAt, page.FirstAt)
}

// A page shows the approved body or none, wherever the row says that it is.
func TestF9_APageIsAsApprovedOrNotThere(t *testing.T) {
	t.Parallel()

	b := setup(t)
	i := dueNow(t, b)
	page, err := b.PublicPage(t.Context(), i.Number)
	require.NoError(t, err)
	require.Equal(t, i.Body, string(page.Body))
	b.surgery(t, `UPDATE versions SET body_blob = NULL WHERE disclosure_id = $1`, i.ID)
	page, err = b.PublicPage(t.Context(), i.Number)
	require.NoError(t, err)
	require.Equal(t, i.Body, string(page.Body), "frozen before rows said where")

	key, err := b.Vault.Unwrap(cell[[]byte](t, b, `SELECT wrapped FROM item_keys WHERE disclosure_id = $1`, i.ID))
	require.NoError(t, err)
	blob := page.Draft.Body.Blob
	b.surgery(t, `UPDATE versions SET body_blob = $2 WHERE disclosure_id = $1`, i.ID, blob)
	b.surgery(t, `UPDATE blobs SET sealed = $3 WHERE disclosure_id = $1 AND id = $2`, i.ID, blob, key.Seal("disclosure/"+i.ID+"/blob/"+blob, []byte("<p>没有批准的正文</p>")))
	_, err = b.PublicPage(t.Context(), i.Number)
	require.ErrorContains(t, err, "not the approved ones")
	b.surgery(t, `UPDATE versions SET body_blob = 'elsewhere' WHERE disclosure_id = $1`, i.ID)
	_, err = b.PublicPage(t.Context(), i.Number)
	require.ErrorContains(t, err, "not the approved ones")
}

// That something was public and is not any more is told only where its
// withdrawal leaves a notice, and not while the number is public again.
func TestWhatEndedIsToldWhereItMayBe(t *testing.T) {
	t.Parallel()

	b := setup(t)
	ended := func() []string {
		list, err := b.PublicEnded(t.Context(), time.Hour, 10)
		require.NoError(t, err)
		told := []string{}
		for _, a := range list {
			told = append(told, a.Number)
			require.WithinDuration(t, time.Now(), a.At, time.Minute)
		}
		return told
	}
	recalled := dueNow(t, b)
	recalled.Must(t, act(t, recalled, disclosure.Recall, b.Officer))
	withdrawn := testkit.Armed(t, b.Stored, b.Bureau)
	withdrawn.Must(t, act(t, withdrawn, disclosure.Withdraw, b.Drafter))
	require.Empty(t, ended(), "neither what leaked nor what never was public")

	over := dueNow(t, b)
	over.Must(t, disclosure.Act{Type: disclosure.Due})
	down := act(t, over, disclosure.TakeDown, b.Officer)
	down.Withdrawal = "error"
	over.Must(t, down)
	gone := dueNow(t, b)
	gone.Must(t, disclosure.Act{Type: disclosure.Due})
	down = act(t, gone, disclosure.TakeDown, b.Officer)
	down.Withdrawal = disclosure.PeriodEnded
	gone.Must(t, down)
	require.Equal(t, []string{over.Number}, ended())
	again := testkit.Crowd(t, b.Stored, b.Bureau, "Y", 1, func(int) time.Time { return time.Now().Add(-time.Second) })
	b.surgery(t, `UPDATE grants SET number = $1 WHERE disclosure_id = $2`, over.Number, again[0].ID)
	require.Empty(t, ended(), "public again")
	b.surgery(t, `UPDATE grants SET revoked_at = clock_timestamp() - interval '2 hours' WHERE disclosure_id IN ($1, $2)`, over.ID, again[0].ID)
	require.Empty(t, ended(), "long ago")
}

func TestAddressesComeInParts(t *testing.T) {
	t.Parallel()

	b := setup(t)
	const size = 7
	parts, err := b.PublicParts(t.Context(), size)
	require.NoError(t, err)
	require.Empty(t, parts)
	now := cell[time.Time](t, b, `SELECT now()`)
	crowd := testkit.Crowd(t, b.Stored, b.Bureau, "C", 23, func(k int) time.Time { return now.Add(time.Duration(k-20)*time.Minute - time.Second) })
	public := crowd[:21]
	hidden := public[7:16] // a whole part, and what makes others shorter
	for _, m := range hidden {
		b.surgery(t, `UPDATE grants SET channels = '{webhook}' WHERE disclosure_id = $1`, m.ID)
	}
	parts, err = b.PublicParts(t.Context(), size)
	require.NoError(t, err)
	require.Len(t, parts, 3, "what is still to come is not counted")
	var got []string
	for n := range 4 {
		list, err := b.PublicAddresses(t.Context(), n, size)
		require.NoError(t, err)
		newest := time.Time{}
		for _, a := range list {
			got = append(got, a.Number)
			newest = a.At
		}
		if n < 3 {
			require.True(t, newest.Equal(parts[n]), "part %d: %s, %s", n, newest, parts[n])
		}
	}
	want := []string{}
	for _, m := range slices.Concat(public[:7], public[16:]) {
		want = append(want, m.Number)
	}
	require.Equal(t, want, got)
}

// A page of any list is there within 20 ms when 10,000 items are public, a thousand of
// them since the same instant; an answer to a question within 100 ms, even if all of
// them have the word. Of many reads the quicker quarter counts: the others
// may have waited for whatever else the machine does.
func TestP4_ListsAreQuickAmongTenThousand(t *testing.T) {
	b := setup(t)
	now := cell[time.Time](t, b, `SELECT now()`)
	testkit.Crowd(t, b.Stored, b.Bureau, "C", 9000, func(k int) time.Time { return now.Add(-time.Duration(k+1000) * time.Second) })
	testkit.Crowd(t, b.Stored, b.Bureau, "D", 1000, func(int) time.Time { return now.Add(-time.Second) })
	testkit.Crowd(t, b.Stored, b.Bureau, "E", 1000, func(int) time.Time { return now.Add(time.Hour) })
	observe(t, b)
	_, err := b.root.Exec(`ANALYZE`)
	require.NoError(t, err)
	const page = 51
	for name, c := range map[string]struct {
		q    store.PublicQuery
		want int
	}{
		"newest":           {store.PublicQuery{}, page},
		"in a crowd":       {store.PublicQuery{Before: now.Add(-time.Second), Number: "D-000500"}, page},
		"far back":         {store.PublicQuery{Before: now.Add(-9000 * time.Second)}, page},
		"kind":             {store.PublicQuery{Kind: "notice"}, page},
		"empty kind":       {store.PublicQuery{Kind: "policy"}, 0},
		"topic":            {store.PublicQuery{Topic: "安全生产"}, page},
		"word of all":      {store.PublicQuery{Words: "检查"}, page},
		"word of one":      {store.PublicQuery{Words: "C-000777"}, 1},
		"word of none":     {store.PublicQuery{Words: "没有"}, 0},
		"word of the hour": {store.PublicQuery{Words: "E-000001"}, 0},
	} {
		c.q.Limit = page
		var times []time.Duration
		for range 21 {
			start := time.Now()
			require.Len(t, numbers(t, b, c.q), c.want, name)
			times = append(times, time.Since(start))
		}
		slices.Sort(times)
		t.Log(fmt.Sprintf("%-18s", name), times[len(times)/4])
		within := 20 * time.Millisecond
		if c.q.Words != "" {
			within = 100 * time.Millisecond
		}
		if os.Getenv("SHENFA_SOAK") == "" {
			within *= 5 // beside other tests: only what grew out of all proportion is seen
		}
		require.Less(t, times[len(times)/4], within, name)
	}
}
