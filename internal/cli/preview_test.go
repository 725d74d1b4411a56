package cli

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestAPreviewNamesTheVersionThatStandsAndPrintsItsLinkOnce(t *testing.T) {
	t.Parallel()

	const one = "/api/v1/disclosures/d1"
	made := `{"id":"v1","reader":"韩玥","version":2,"expires":"2026-11-26T02:00:00Z","state":"open","reads":0`
	b := setup(t, map[string][]any{
		"GET " + one:                     {`{"id":"d1","manifest_hash":"0f3c"}`},
		"POST " + one + "/previews":      {made + `,"path":"/preview/s3cret"}`},
		"GET " + one + "/previews":       {`{"items":[` + made + `}],"next":""}`},
		"DELETE " + one + "/previews/v1": {`{"id":"v1","reader":"韩玥","version":2,"state":"revoked"}`},
	})
	out, errs, code := b.run(t, "preview", "create", "d1", "--reader", "韩玥", "--hours", "24")
	require.Zero(t, code, errs)
	require.JSONEq(t, `{"manifest_hash":"0f3c","reader":"韩玥","person":"","hours":24,"embargo":false}`, b.seen[1].body)
	require.Regexp(t, `http://\S+/preview/s3cret\n`, out)
	out, errs, code = b.run(t, "preview", "list", "d1")
	require.Zero(t, code, errs)
	require.Contains(t, out, "v1  v2  韩玥  open\n")
	require.NotContains(t, out, "/preview/")
	out, errs, code = b.run(t, "preview", "revoke", "d1", "v1")
	require.Zero(t, code, errs)
	require.Contains(t, out, "revoked")
	_, _, code = b.run(t, "preview", "create", "d1")
	require.Equal(t, 2, code, "somebody is named")
}
