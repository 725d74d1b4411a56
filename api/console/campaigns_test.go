package console

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"shenfa/internal/desk"
	"shenfa/internal/disclosure"
	"shenfa/internal/store"
)

// campaign is one that waits for whoever looks, with words that strangers typed.
func (f *fake) campaign() desk.Campaign {
	mark := f.item.Draft.Reason
	item := desk.CampaignItem{
		Disclosure: f.item.Summary, Found: []desk.ChangedSpot{{File: "body" + mark, Part: "p" + mark, Line: 3, Class: "HOLD", Rule: "r", Excerpt: "示例" + mark}}, Mine: true,
	}
	kept := item
	kept.Disclosure.ID, kept.Mine, kept.Outcome, kept.Reason, kept.By = "d2", false, disclosure.ReviewKeep, "可以公开"+mark, &desk.Ref{ID: "p9", Name: "赵敏" + mark}
	return desk.Campaign{
		ID: "c1", Reason: "上级通报" + mark, Due: morning, OpenedAt: morning, By: desk.Ref{ID: "p3", Name: "孙洁" + mark}, Looked: 200, Report: "办结" + mark,
		Progress: desk.CampaignProgress{Items: 2, Waiting: 1, Kept: 1}, Items: []desk.CampaignItem{item, kept},
	}
}

func (f *fake) TryCampaign(_ context.Context, _ desk.Actor, q desk.CampaignQuery, cursor string) (desk.CampaignTrial, error) {
	return desk.CampaignTrial{Items: f.campaign().Items, Looked: 200, Next: "n"}, f.called("TryCampaign", "%s %t %s", q.Phrase, q.Rules, cursor)
}

func (f *fake) OpenCampaign(_ context.Context, _ desk.Actor, key string, in desk.CampaignInput) (desk.Campaign, error) {
	return f.campaign(), f.called("OpenCampaign", "%s %s %s %s %t", key, in.Query.Kind, in.Reason, in.Due.Format("2006-01-02T15:04Z07:00"), in.Recall)
}

func (f *fake) LookOn(_ context.Context, _ desk.Actor, id string) (desk.Campaign, error) {
	return f.campaign(), f.called("LookOn", "%s", id)
}

func (f *fake) Campaigns(context.Context, desk.Actor) ([]desk.Campaign, error) {
	return []desk.Campaign{f.campaign()}, f.called("Campaigns", "")
}

func (f *fake) Campaign(_ context.Context, _ desk.Actor, id string) (desk.Campaign, error) {
	return f.campaign(), f.called("Campaign", "%s", id)
}

func (f *fake) Review(_ context.Context, _ desk.Actor, campaign, id, key string, in desk.ReviewInput) (desk.Campaign, error) {
	return f.campaign(), f.called("Review", "%s %s %s %s %s", campaign, id, key, in.Outcome, in.Reason)
}

func (f *fake) CloseCampaign(_ context.Context, _ desk.Actor, id, report string) (desk.Campaign, error) {
	return f.campaign(), f.called("CloseCampaign", "%s %s", id, report)
}

func TestACampaignIsTriedOpenedReviewedAndClosed(t *testing.T) {
	t.Parallel()

	for name, tt := range map[string]struct {
		path  string
		pairs []string
		call  string
		code  int
	}{
		"Tried":    {"/console/campaigns", []string{"do", "try", "phrase", "示例", "rules", "yes"}, "TryCampaign 示例 true", http.StatusOK},
		"Opened":   {"/console/campaigns", []string{"do", "open", "kind", "notice", "reason", "通报", "due", "2026-12-01T18:00", "recall", "yes"}, "OpenCampaign KEY1 /console/campaigns notice 通报 2026-12-01T10:00Z true", http.StatusSeeOther},
		"LookedOn": {"/console/campaigns/c1/look", nil, "LookOn c1", http.StatusSeeOther},
		"Reviewed": {"/console/campaigns/c1/items/d1", []string{"outcome", "recall", "reason", "涉密"}, "Review c1 d1 KEY1 /console/campaigns/c1/items/d1 recall 涉密", http.StatusSeeOther},
		"Closed":   {"/console/campaigns/c1/close", []string{"report", "办结"}, "CloseCampaign c1 办结", http.StatusSeeOther},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			b := setup(t, plain())
			w := b.post(t, "officer", tt.path, tt.pairs...)
			require.Equal(t, tt.code, w.Code, w.Body)
			require.Contains(t, b.desk.calls, tt.call)
		})
	}
}

func TestWhatWasTypedIntoACampaignIsNotLost(t *testing.T) {
	t.Parallel()

	f := plain()
	f.fail = map[string]error{"OpenCampaign": disclosure.Refuse(disclosure.QueryEmpty, "query"), "Review": disclosure.Refuse(disclosure.CampaignByDecider, "")}
	b := setup(t, f)
	w := b.post(t, "officer", "/console/campaigns", "do", "open", "reason", "要紧的原因", "due", "2026-12-01T18:00")
	require.Equal(t, http.StatusUnprocessableEntity, w.Code)
	require.Contains(t, w.Body.String(), "要紧的原因")
	require.Contains(t, w.Body.String(), disclosure.Refuse(disclosure.QueryEmpty, "").Sentence("zh"))
	w = b.post(t, "officer", "/console/campaigns/c1/items/d1", "outcome", "keep", "reason", "仔细看过")
	require.Equal(t, http.StatusForbidden, w.Code)
	require.Contains(t, w.Body.String(), "仔细看过")
}

func (f *fake) Evidence(_ context.Context, _ desk.Actor, id string) (desk.Evidence, error) {
	mark := f.item.Draft.Reason
	return desk.Evidence{
		Evidence: store.Evidence{
			At: morning, Public: true, Readers: []store.EvidenceReader{{Person: "p1", Name: "周衡" + mark, Action: "read", Times: 2, Last: morning}},
			Siblings: []store.EvidenceSibling{{ID: "d2", Number: "2026-0035"}},
		},
		Sightings: []store.Sighting{{Channel: "webhook", When: "before", There: true, Approved: true, At: morning}, {Channel: "portal", When: "after", At: morning}},
	}, f.called("Evidence", "%s", id)
}

func TestTheEvidenceOfARecallIsForThoseWhoDealWithIt(t *testing.T) {
	t.Parallel()

	for as, sees := range map[string]bool{"officer": true, "drafter": false} {
		f := plain()
		f.item.State = disclosure.Recalled
		b := setup(t, f)
		page := b.get(t, as, "/console/items/d1").Body.String()
		require.Equal(t, sees, strings.Contains(page, say(chinese, "evidence.title")), as)
		require.Equal(t, sees, strings.Contains(page, say(chinese, "evidence.approved")), as)
	}
}
