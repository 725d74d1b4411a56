package cli

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestACommentNamesTheVersionThatStands(t *testing.T) {
	t.Parallel()

	const one = "/api/v1/disclosures/d1"
	said := `{"id":"c1","file":"body","quote":"检查对象","version":2,"gone":true,"said":[{"by":{"id":"p1","name":"周衡"},"at":"2026-11-23T02:00:00Z","words":"是否含个体户"}]}`
	b := setup(t, map[string][]any{
		"GET " + one:                           {`{"id":"d1","manifest_hash":"0f3c"}`},
		"POST " + one + "/comments":            {said},
		"GET " + one + "/comments":             {`{"items":[` + said + `],"next":""}`},
		"POST " + one + "/comments/c1/reply":   {said},
		"POST " + one + "/comments/c1/resolve": {said},
	})
	_, errs, code := b.run(t, "comment", "add", "d1", "--quote", "检查对象", "--comment", "是否含个体户")
	require.Zero(t, code, errs)
	require.JSONEq(t, `{"manifest_hash":"0f3c","file":"body","part":"","quote":"检查对象","comment":"是否含个体户"}`, b.seen[1].body)
	out, errs, code := b.run(t, "comment", "list", "d1")
	require.Zero(t, code, errs)
	require.Contains(t, out, "c1  body  v2  原文已不在，未解决\n")
	require.Contains(t, out, "周衡：是否含个体户\n")
	_, errs, code = b.run(t, "comment", "reply", "d1", "c1", "--comment", "含")
	require.Zero(t, code, errs)
	_, errs, code = b.run(t, "comment", "resolve", "d1", "c1")
	require.Zero(t, code, errs)
	require.Len(t, b.seen, 5)
}
