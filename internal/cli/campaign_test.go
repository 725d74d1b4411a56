package cli

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func campaignOf(searched string) string {
	return `{"id":"c1","reason":"通报","due":"2026-12-01T10:00:00Z","by":{"name":"赵敏"},"looked":200,"searched":` + searched +
		`,"progress":{"items":1,"waiting":1},"items":[{"disclosure":{"id":"d1","number":"SF-2026-000001","title":"通知"},"found":[{"file":"body","line":3,"excerpt":"示例"}]}]}`
}

func TestACampaignIsLookedThroughToItsEnd(t *testing.T) {
	t.Parallel()

	b := setup(t, map[string][]any{
		"POST /api/v1/campaigns": {campaignOf("false")}, "POST /api/v1/campaigns/c1/look": {campaignOf("false"), campaignOf("true")},
	})
	stdout, stderr, code := b.run(t, "campaign", "open", "--phrase", "示例", "--reason", "通报", "--due", "2026-12-01T18:00:00+08:00", "--recall")
	require.Zero(t, code, stderr)
	require.Equal(t, []string{"POST /api/v1/campaigns", "POST /api/v1/campaigns/c1/look", "POST /api/v1/campaigns/c1/look"}, b.lines())
	require.JSONEq(t, `{"query":{"phrase":"示例"},"reason":"通报","due":"2026-12-01T18:00:00+08:00","recall":true}`, b.seen[0].body)
	require.Contains(t, stdout, "SF-2026-000001")
	require.Contains(t, stdout, "body 3 示例")
}

func TestACampaignIsTriedWithoutBeingOpened(t *testing.T) {
	t.Parallel()

	b := setup(t, map[string][]any{"POST /api/v1/campaigns/try": {`{"items":[],"looked":200,"next":"n1"}`, `{"items":[],"looked":7,"next":""}`}})
	_, stderr, code := b.run(t, "campaign", "open", "--kind", "notice", "--dry-run")
	require.Zero(t, code, stderr)
	require.Contains(t, stderr, "207")
	require.JSONEq(t, `{"query":{"kind":"notice"},"cursor":"n1"}`, b.seen[1].body)
}

func TestCampaignsAreReviewedAndClosed(t *testing.T) {
	t.Parallel()

	for line, tt := range map[string]struct {
		args []string
		body string
	}{
		"GET /api/v1/campaigns":    {[]string{"campaign"}, ""},
		"GET /api/v1/campaigns/c1": {[]string{"campaign", "c1"}, ""},
		"POST /api/v1/campaigns/c1/items/d1/review": {
			[]string{"campaign", "review", "c1", "d1", "--outcome", "withdraw", "--reason", "有误"},
			`{"outcome":"withdraw","reason":"有误","type":"","successor":"","document":""}`,
		},
		"POST /api/v1/campaigns/c1/close":     {[]string{"campaign", "close", "c1", "--report", "办结"}, `{"report":"办结"}`},
		"GET /api/v1/disclosures/d1/evidence": {[]string{"evidence", "d1"}, ""},
	} {
		b := setup(t, map[string][]any{line: {campaignOf("true")}})
		_, stderr, code := b.run(t, tt.args...)
		require.Zero(t, code, stderr)
		require.Equal(t, []string{line}, b.lines())
		if tt.body != "" {
			require.JSONEq(t, tt.body, b.seen[0].body)
		}
	}
}
