//go:build linux

package desk

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"

	"shenfa/activities"
	"shenfa/internal/calendar"
	"shenfa/internal/detect"
	"shenfa/internal/disclosure"
	"shenfa/internal/store"
	"shenfa/internal/testkit"
)

// roads takes acts as the workflows would, for a desk without a server behind it.
type roads struct {
	client.Client
	items map[string]*testkit.Item // by workflow
}

func (r *roads) UpdateWorkflow(ctx context.Context, o client.UpdateWorkflowOptions) (client.WorkflowUpdateHandle, error) {
	err := r.items[o.WorkflowID].Take(ctx, o.Args[0].(disclosure.Act))
	if refusal, ok := activities.RefusalOf(err); ok {
		err = activities.Refused(refusal)
	}
	return taken{err: err}, nil
}

type taken struct {
	client.WorkflowUpdateHandle
	err error
}

func (t taken) Get(context.Context, any) error { return t.err }

type office struct {
	testkit.Stored
	testkit.Bureau
	desk  *Desk
	roads *roads
}

func newOffice(t *testing.T) office {
	t.Helper()
	s := testkit.Store(t)
	o := office{Stored: s, Bureau: testkit.AddBureau(t, s, "AA"), roads: &roads{items: map[string]*testkit.Item{}}}
	days, err := calendar.Default()
	require.NoError(t, err)
	o.desk = New(Config{Store: s.Store, Calendar: calendar.Hold(days), Temporal: o.roads, Channels: []string{"portal"}, Log: slog.New(slog.DiscardHandler)})
	return o
}

// released is public, approved by everybody whom its route asks; but the second reviewer
// had no part in it.
func (o office) released(t *testing.T, options ...testkit.Option) *testkit.Item {
	t.Helper()
	i := testkit.Armed(t, o.Stored, o.Bureau, append([]testkit.Option{testkit.ReleaseIn(0)}, options...)...)
	i.Must(t, disclosure.Act{Type: disclosure.Due})
	i.Must(t, disclosure.Act{Type: disclosure.Confirm})
	o.roads.items["disclosure/"+i.ID] = i
	return i
}

func as(p disclosure.Person) Actor { return Actor{Person: p, proved: true} }

func body(text string) testkit.Option {
	return func(r *testkit.Recipe) { r.Body = "<p>" + text + "</p>" }
}

func refused(t *testing.T, want disclosure.Code, err error) {
	t.Helper()
	require.Equal(t, want, disclosure.CodeOf(err), "%v", err)
}

func (o office) open(t *testing.T, who disclosure.Person, in CampaignInput) Campaign {
	t.Helper()
	in.Reason, in.Due = "上级通报", time.Now().Add(24*time.Hour)
	c, err := o.desk.OpenCampaign(t.Context(), as(who), t.Name(), in)
	require.NoError(t, err)
	return c
}

func TestACampaignFindsWhatIsMeant(t *testing.T) {
	t.Parallel()

	o := newOffice(t)
	plainItem := o.released(t, testkit.Title("普通通知"))
	phrase := o.released(t, testkit.Title("内部"), body("由 ＡＢＣ 装置\n提供"))
	attached := o.released(t, testkit.Attach("表.txt", "第一行\nabc装置"))
	warning := o.released(t, testkit.Kind("warning"))
	require.NoError(t, o.SaveCheck(t.Context(), plainItem.ID, 1, "rules/1", []store.Found{
		{File: "body", Finding: detect.Finding{Rule: "id_number", Class: "HOLD", Excerpt: "示例"}},
	}))
	testkit.Approved(t, o.Stored, o.Bureau, testkit.Title("abc装置")) // not out yet
	other := testkit.AddBureau(t, o.Stored, "BB")
	testkit.Armed(t, o.Stored, other, testkit.ReleaseIn(0), testkit.Title("abc装置"))

	today := time.Now().In(time.FixedZone("", 8*60*60))
	everything := []*testkit.Item{warning, attached, phrase, plainItem}
	for name, tc := range map[string]struct {
		q    store.CampaignQuery
		want []*testkit.Item
	}{
		"ByPhraseHoweverItIsWritten": {store.CampaignQuery{Phrase: "Abc装置"}, []*testkit.Item{attached, phrase}},
		"ByRule":                     {store.CampaignQuery{Rule: "id_number"}, []*testkit.Item{plainItem}},
		"ByReviewer":                 {store.CampaignQuery{Reviewer: "AA/confidentiality"}, everything[1:]},
		"ByAReviewerWhoDecidedNone":  {store.CampaignQuery{Reviewer: o.SecondReviewer.ID}, nil},
		"ByKind":                     {store.CampaignQuery{Kind: "warning"}, []*testkit.Item{warning}},
		"ByDay":                      {store.CampaignQuery{From: today.Format(time.DateOnly), To: today.Format(time.DateOnly)}, everything},
		"OfAnotherDay":               {store.CampaignQuery{To: today.AddDate(0, 0, -1).Format(time.DateOnly)}, nil},
		"ByAllAtOnce":                {store.CampaignQuery{Phrase: "abc装置", Kind: "warning"}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			got, err := o.desk.TryCampaign(t.Context(), as(o.Confidentiality), tc.q, "")
			require.NoError(t, err)
			require.Empty(t, got.Next)
			var ids, want []string
			for _, i := range got.Items {
				ids = append(ids, i.Disclosure.ID)
			}
			for _, i := range tc.want {
				want = append(want, i.ID)
			}
			require.Equal(t, want, ids)
		})
	}
	t.Run("AndWhere", func(t *testing.T) {
		t.Parallel()

		got, err := o.desk.TryCampaign(t.Context(), as(o.Confidentiality), store.CampaignQuery{Phrase: "abc装置"}, "")
		require.NoError(t, err)
		require.Equal(t, []ChangedSpot{{File: "表.txt", Part: got.Items[0].Found[0].Part, Line: 2, Excerpt: "abc装置"}}, got.Items[0].Found)
	})
	t.Run("NothingToLookForIsRefused", func(t *testing.T) {
		t.Parallel()

		for code, q := range map[disclosure.Code]store.CampaignQuery{
			disclosure.QueryEmpty: {Phrase: " "}, disclosure.WrongType: {From: "2026-13-01"}, disclosure.BadValue: {Kind: "nothing"},
		} {
			_, err := o.desk.TryCampaign(t.Context(), as(o.Confidentiality), q, "")
			refused(t, code, err)
		}
		_, err := o.desk.TryCampaign(t.Context(), as(o.Drafter), store.CampaignQuery{Kind: "warning"}, "")
		refused(t, disclosure.Forbidden, err)
	})
}

func TestACampaignIsReviewedByWhoHadNoPartInIt(t *testing.T) {
	t.Parallel()

	o := newOffice(t)
	keep, down, leak := o.released(t), o.released(t), o.released(t)
	c := o.open(t, o.Confidentiality, CampaignInput{Query: store.CampaignQuery{Kind: "notice"}})
	require.True(t, c.Searched)
	require.Equal(t, CampaignProgress{Items: 3, Waiting: 3}, c.Progress)
	again := o.open(t, o.Confidentiality, CampaignInput{Query: store.CampaignQuery{Kind: "notice"}})
	require.Equal(t, c.ID, again.ID)
	require.Equal(t, 3, again.Progress.Items)

	inbox := func(p disclosure.Person) (n int) {
		page, err := o.desk.Inbox(t.Context(), as(p), "", 0)
		require.NoError(t, err)
		for _, task := range page.Items {
			if task.Step == disclosure.ReReviewStep {
				n++
			}
		}
		return n
	}
	require.Equal(t, 3, inbox(o.SecondReviewer))
	require.Zero(t, inbox(o.Confidentiality), "who let it pass")

	review := func(p disclosure.Person, i *testkit.Item, in ReviewInput) error {
		_, err := o.desk.Review(t.Context(), as(p), c.ID, i.ID, string(in.Outcome)+i.ID+p.ID, in)
		return err
	}
	why := ReviewInput{Outcome: disclosure.ReviewKeep, Reason: "核对原件，可以公开"}
	refused(t, disclosure.CampaignByDecider, review(o.Confidentiality, keep, why))
	refused(t, disclosure.CampaignByDecider, review(o.Confidentiality, leak, ReviewInput{Outcome: disclosure.ReviewRecall, Reason: "涉密"}))
	refused(t, disclosure.Forbidden, review(o.Drafter, keep, why))
	refused(t, disclosure.NotYourTask, review(o.Officer, keep, why))
	refused(t, disclosure.ReasonRequired, review(o.SecondReviewer, keep, ReviewInput{Outcome: disclosure.ReviewKeep}))
	refused(t, disclosure.BadValue, review(o.SecondReviewer, keep, ReviewInput{Outcome: "whatever", Reason: "理由"}))
	require.Error(t, o.roads.items["disclosure/"+keep.ID].Take(t.Context(), disclosure.Act{
		Type: disclosure.Recall, By: o.SecondReviewer, Opinion: keep.Words(t, "x", "理由"), Campaign: store.Derive("no campaign"),
	}), "a campaign that is not one gives no right")
	keep.Reload(t)

	require.NoError(t, review(o.SecondReviewer, keep, why))
	refused(t, disclosure.CampaignItemDone, review(o.SecondReviewer, keep, ReviewInput{Outcome: disclosure.ReviewRecall, Reason: "又想了想"}))
	_, err := o.desk.CloseCampaign(t.Context(), as(o.Officer), c.ID, "办结")
	refused(t, disclosure.CampaignUnfinished, err)
	require.NoError(t, review(o.SecondReviewer, down, ReviewInput{Outcome: disclosure.ReviewWithdraw, Reason: "数据有误"}))
	require.NoError(t, review(o.SecondReviewer, leak, ReviewInput{Outcome: disclosure.ReviewRecall, Reason: "发现涉密内容"}))
	for i, public := range map[*testkit.Item]bool{keep: true, down: false, leak: false} {
		_, err := o.PublicItem(t.Context(), i.Number)
		require.Equal(t, public, err == nil)
	}
	require.Zero(t, inbox(o.SecondReviewer))
	incident, err := o.Incident(t.Context(), leak.ID)
	require.NoError(t, err)
	require.NotNil(t, incident, "a recall by a campaign is a recall")

	done, err := o.desk.CloseCampaign(t.Context(), as(o.Officer), c.ID, "复核3件，下线1件，召回1件。")
	require.NoError(t, err)
	require.Equal(t, CampaignProgress{Items: 3, Kept: 1, Withdrawn: 1, Recalled: 1}, done.Progress)
	require.Equal(t, "复核3件，下线1件，召回1件。", done.Report)
	require.Equal(t, "核对原件，可以公开", done.Items[0].Reason)
	_, err = o.desk.CloseCampaign(t.Context(), as(o.Officer), c.ID, "又办结")
	refused(t, disclosure.CampaignClosed, err)
	_, err = o.desk.Campaign(t.Context(), as(testkit.AddBureau(t, o.Stored, "BB").Confidentiality), c.ID)
	refused(t, disclosure.NotFound, err)
}

func TestACampaignMayRecallAtOnce(t *testing.T) {
	t.Parallel()

	o := newOffice(t)
	leaks := []*testkit.Item{o.released(t, testkit.Title("泄露 甲")), o.released(t, testkit.Title("泄露 乙"))}
	other := o.released(t, testkit.Title("普通"))
	in := CampaignInput{Query: store.CampaignQuery{Phrase: "泄露"}, Recall: true, Reason: "紧急", Due: time.Now().Add(time.Hour)}
	_, err := o.desk.OpenCampaign(t.Context(), as(o.Confidentiality), "k", in)
	refused(t, disclosure.Forbidden, err)
	c := o.open(t, o.Deputy, CampaignInput{Query: in.Query, Recall: true})
	require.Equal(t, CampaignProgress{Items: 2, Recalled: 2}, c.Progress)
	for _, i := range leaks {
		_, err := o.PublicItem(t.Context(), i.Number)
		refused(t, disclosure.NotFound, err)
		e, err := o.Evidence(t.Context(), i.ID)
		require.NoError(t, err)
		require.True(t, e.Moment.Public)
	}
	_, err = o.PublicItem(t.Context(), other.Number)
	require.NoError(t, err)
	_, err = o.desk.CloseCampaign(t.Context(), as(o.Deputy), c.ID, "全部召回")
	require.NoError(t, err)
}

func TestNewRulesAreRunOverWhatIsPublic(t *testing.T) {
	t.Parallel()

	o := newOffice(t)
	const id = "11010519491231002X" // made up
	fresh := o.released(t, body("身份证号 "+id))
	known := o.released(t, body("身份证号 "+id))
	o.released(t, body("没有什么"))
	got, err := o.desk.TryCampaign(t.Context(), as(o.Confidentiality), store.CampaignQuery{Rules: true}, "")
	require.NoError(t, err)
	require.Len(t, got.Items, 2)
	spot := got.Items[1].Found[0]
	require.Equal(t, fresh.ID, got.Items[1].Disclosure.ID)
	require.Contains(t, []string{"HOLD", "BLOCK"}, spot.Class)

	var before []store.Found
	for _, s := range got.Items[0].Found {
		before = append(before, store.Found{File: s.File, Finding: detect.Finding{Rule: s.Rule, Class: detect.Class(s.Class), Excerpt: s.Excerpt}})
	}
	require.NoError(t, o.SaveCheck(t.Context(), known.ID, 1, "rules/1", before))
	c := o.open(t, o.Confidentiality, CampaignInput{Query: store.CampaignQuery{Rules: true}})
	require.Len(t, c.Items, 1, "what was disposed of is not found anew")
	require.Equal(t, fresh.ID, c.Items[0].Disclosure.ID)
}
