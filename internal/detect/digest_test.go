package detect

import (
	"bytes"
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestADigestIsOfTheContentAndNothingElse(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile("rulesets/2026.1.json")
	require.NoError(t, err)
	digest := func(raw []byte) string {
		rs, err := ParseRuleSet(bytes.NewReader(raw))
		require.NoError(t, err)
		d, err := rs.Digest()
		require.NoError(t, err)
		require.Regexp(t, "^[0-9a-f]{64}$", d)
		return d
	}
	first := digest(raw)
	shipped, err := Shipped()
	require.NoError(t, err)
	again, err := shipped[0].Digest()
	require.NoError(t, err)
	require.Equal(t, first, again)

	var loose map[string]any
	require.NoError(t, json.Unmarshal(raw, &loose))
	laid, err := json.Marshal(loose) // other order, no spaces
	require.NoError(t, err)
	require.Equal(t, first, digest(laid))
	require.Equal(t, first, digest(bytes.Replace(raw, []byte(`"id": "work-secret",`), []byte(`"id": "work-secret", "quarantine": false, "lower": [],`), 1)))
	require.NotEqual(t, first, digest(bytes.Replace(raw, []byte("内部资料"), []byte("内部材料"), 1)))
}

func TestARuleSetFileSaysWhichRuleAndFieldIsWrong(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile("rulesets/2026.1.json")
	require.NoError(t, err)
	for name, tt := range map[string]struct{ old, with, want string }{
		"UnknownField":  {`"id": "mobile",`, `"id": "mobile", "clas": "HOLD",`, `rule "mobile": json: unknown field "clas"`},
		"WrongType":     {`"id": "mobile",`, `"id": "mobile", "quarantine": "no",`, `rule "mobile": json: cannot unmarshal string into Go struct field Rule.quarantine`},
		"UnknownClass":  {"\"detector\": \"mobile\",\n      \"class\": \"HOLD\"", `"detector": "mobile", "class": "HOLDS"`, `rule "mobile": unknown class "HOLDS"`},
		"NoId":          {`"id": "mobile",`, ``, `rule "": no id`},
		"UnknownAtRoot": {`"version"`, `"versions": 1, "version"`, `unknown field "versions"`},
		"Trailing":      {"", "", "more stands behind it"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			file := strings.Replace(string(raw), tt.old, tt.with, 1)
			if name == "Trailing" {
				file += "{}"
			}
			_, err := ParseRuleSet(strings.NewReader(file))
			require.ErrorContains(t, err, tt.want)
		})
	}
}
