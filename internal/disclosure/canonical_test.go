package disclosure

import (
	"encoding/json"
	"math"
	"strings"
	"testing"

	"github.com/gowebpki/jcs"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// The vectors of RFC 8785 §3.2.2–3.2.3 whose numbers are integers.
func TestCanonicalFollowsRFC8785(t *testing.T) {
	t.Parallel()

	for _, c := range []struct{ name, in, want string }{
		{"literals", `{"literals":[null,true,false]}`, `{"literals":[null,true,false]}`},
		{
			"strings", `{"string":"\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/"}`,
			`{"string":"€$\u000f\nA'B\"\\\\\"/"}`,
		},
		{
			"sorted by UTF-16 units", `{"\u20ac":1,"\r":2,"\ufb33":3,"1":4,"\ud83d\ude00":5,"\u0080":6,"\u00f6":7}`,
			"{\"\\r\":2,\"1\":4,\"\u0080\":6,\"ö\":7,\"€\":1,\"😀\":5,\"\ufb33\":3}",
		},
		{"control characters", `"\u0000\u0008\u0009\u000a\u000c\u000d\u001f\u007f"`, "\"\\u0000\\b\\t\\n\\f\\r\\u001f\u007f\""},
		{"what HTML would escape", `"<&>\u2028\u2029"`, "\"<&>\u2028\u2029\""},
		{"nested and empty", `{"b":[],"a":{"d":{},"c":[[1],{"x":-1}]}}`, `{"a":{"c":[[1],{"x":-1}],"d":{}},"b":[]}`},
		{"largest integers", `[9007199254740991,-9007199254740991,-0]`, `[9007199254740991,-9007199254740991,0]`},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()

			got, err := Canonical(json.RawMessage(c.in))
			require.NoError(t, err)
			require.Equal(t, c.want, string(got))
		})
	}
}

func TestCanonicalRefusesWhatTwoReadersCouldReadDifferently(t *testing.T) {
	t.Parallel()

	for name, v := range map[string]any{
		"fraction":             1.5,
		"exponent":             json.RawMessage(`1e2`),
		"integer of 54 bits":   int64(1 << 53),
		"integer of 65 bits":   json.RawMessage(`18446744073709551616`),
		"not a number":         math.NaN(),
		"string not UTF-8":     "\xff",
		"key not UTF-8":        map[string]int{"\xc3": 1},
		"field not UTF-8":      Manifest{Metadata: Metadata{Keywords: []string{"a", "\xed\xa0\x80"}}},
		"pointer to not UTF-8": &Named{Name: "a\xfe"},
		"any that is not":      []any{map[string]any{"a": "\x80"}},
		"no JSON at all":       make(chan int),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			_, err := Canonical(v)
			require.Error(t, err)
		})
	}
	_, err := Canonical("\uFFFD")
	require.NoError(t, err, "U+FFFD itself is a character like any other")
}

// The oracle is an implementation by the authors of the RFC.
func TestCanonicalEqualsTheReferenceImplementation(t *testing.T) {
	t.Parallel()

	text := rapid.OneOf(rapid.String(), rapid.StringOf(rapid.SampledFrom([]rune("a\"\\/\b\f\n\r\t\x00\x1f\x7f\u0080\u2028中€\ufb33\U0001F600<&>"))))
	integer := rapid.Int64Range(-(1<<53 - 1), 1<<53-1)
	var value func(depth int) *rapid.Generator[any]
	value = func(depth int) *rapid.Generator[any] {
		kinds := []*rapid.Generator[any]{text.AsAny(), integer.AsAny(), rapid.Bool().AsAny(), rapid.Just[any](nil)}
		if depth > 0 {
			kinds = append(kinds, rapid.SliceOfN(value(depth-1), 0, 5).AsAny(), rapid.MapOfN(text, value(depth-1), 0, 5).AsAny())
		}
		return rapid.OneOf(kinds...)
	}
	rapid.Check(t, func(t *rapid.T) {
		v := value(3).Draw(t, "value")
		got, err := Canonical(v)
		require.NoError(t, err)
		var plain strings.Builder
		require.NoError(t, json.NewEncoder(&plain).Encode(v))
		want, err := jcs.Transform([]byte(plain.String()))
		require.NoError(t, err)
		require.Equal(t, string(want), string(got))
	})
}
