package detect

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestWhatSeveralDisclosuresTellTogether(t *testing.T) {
	t.Parallel()

	rs, err := Current(time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC))
	require.NoError(t, err)
	traces := func(text string) []Trace { return rs.Traces([]Part{{Name: "body", Text: text}}, nil) }

	here := traces("为检验预案，“蓝盾一号”演练定于5月9日9时开始。\n欢迎监督。")
	require.Len(t, here, 1)
	require.Equal(t, "蓝盾一号", here[0].Subject)
	require.Equal(t, []string{"time"}, here[0].Facts)

	there := traces("“蓝盾一号”演练的集结地点位于东风路18号，出动车辆20辆。")
	require.Equal(t, []string{"place", "strength"}, there[0].Facts)
	require.Equal(t, here[0].Subject, there[0].Subject)
	require.Equal(t, here[0].Subject, traces("“藍盾 一號”演练")[0].Subject, "however it is written")

	f, ok := rs.Aggregate(here[0], []Known{{"SF-2026-000003", there[0].Facts}})
	require.True(t, ok)
	require.Equal(t, []any{"aggregation", Warn, "body", "蓝盾一号", 1}, []any{f.Rule, f.Class, f.Part, f.Excerpt, f.Line})
	require.Equal(t, "与已公开的事项合在一起，会说出单独一件没有说的事（SF-2026-000003 已说明地点，本件又说明时间）", f.Reason)

	for name, tc := range map[string]struct {
		facts  []string
		others []Known
	}{
		"it tells nothing that matters":               {nil, []Known{{"a", []string{"place"}}}},
		"both tell the same":                          {[]string{"time"}, []Known{{"a", []string{"time"}}}},
		"it tells all by itself, for all to see":      {[]string{"place", "time"}, []Known{{"a", []string{"place"}}}},
		"everything is out already, in one or in two": {[]string{"time"}, []Known{{"a", []string{"place"}}, {"b", []string{"time"}}}},
		"nobody else speaks of it":                    {[]string{"time"}, nil},
	} {
		_, ok := rs.Aggregate(Trace{Facts: tc.facts}, tc.others)
		require.False(t, ok, name)
	}
	require.Empty(t, traces("“一网通办”改革于5月9日在东风路18号推进，参加“安全生产月”活动。“未完"), "a slogan is no project")
	require.Empty(t, rs.Traces([]Part{{Name: "body", Text: "“蓝盾一号”演练", Hidden: true}}, nil), "what nobody sees is not public")
}
