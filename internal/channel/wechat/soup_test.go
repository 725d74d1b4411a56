package wechat_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// TestAnyBodyReadsBackEqual holds that what we send survives what WeChat makes of it,
// however badly the tags of the body are nested.
func TestAnyBodyReadsBackEqual(t *testing.T) {
	t.Parallel()

	b := setup(t)
	i := item("wechat")
	n := 0
	rapid.Check(t, func(rt *rapid.T) {
		body := strings.Join(rapid.SliceOfN(rapid.SampledFrom([]string{
			"甲", "乙丙", " ", "\n", "\u00a0", "&amp;", "&lt;b&gt;", "&#34;", "<p>", "</p>", "<b>", "</b>", "<h2>", "</h2>", "<br>", "<hr>",
			"<table>", "<tr>", "<td>", `<td colspan="2">`, "</td>", "</tr>", "</table>", "<caption>", "</caption>", "<ul>", "<li>", "</li>", "</ul>",
			"<dl>", "<dt>", "<dd>", "</dl>", "<pre>", "</pre>", "<blockquote>", "</blockquote>",
			`<a href="https://gov.test/?a=1&amp;b=2">`, `<a href="mailto:office@gov.test">`, "</a>", "<div>", "</div>",
		}), 0, 40).Draw(rt, "body"), "")
		n++
		one := with(i, body)
		one.Key += strings.Repeat("x", n)
		_, err := b.Publish(t.Context(), one)
		require.NoError(rt, err)
		b.pass(6 * time.Second)
		seen, err := b.ReadBack(t.Context(), one)
		require.NoError(rt, err)
		require.True(rt, seen.Equals(one.Manifest), "%s", body)
		b.pass(30 * time.Minute) // some more quota
		i.At = b.Now()
	})
}
