package disclosure_test

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"shenfa/internal/disclosure"
)

func TestAPassageIsFoundAgainOrGone(t *testing.T) {
	t.Parallel()

	const text = "一、检查时间为三月。\n二、检查对象为企业。\n三、检查时间另行通知。"
	for name, c := range map[string]struct {
		quote string
		from  int
		next  string
		start int // -1: gone
	}{
		"text before it grew":                {"检查对象", -1, "新增一段。\n" + text, 19},
		"it was rewritten":                   {"检查对象", -1, strings.Replace(text, "检查对象", "抽查对象", 1), -1},
		"it is written twice now":            {"检查对象", -1, "检查对象\n" + text, 18},
		"the second of two":                  {"检查时间", 10, text, 24},
		"the first went, the second stays":   {"检查时间", 0, strings.Replace(text, "检查时间", "", 1), -1},
		"the text between two went":          {"检查时间", 0, strings.Replace(text, "二、检查对象为企业。\n", "", 1), -1},
		"all of it went":                     {"检查对象", -1, "", -1},
		"only one of three is left of a lot": {"检查对象", -1, "甲检查对象乙检查对象", -1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p, err := disclosure.NewPassage("body", "body", text, c.quote, c.from)
			require.NoError(t, err)
			start, ok := p.Find(c.next)
			if c.start < 0 {
				require.False(t, ok)
				return
			}
			require.True(t, ok)
			require.Equal(t, c.start, start)
			require.Equal(t, c.quote, string([]rune(c.next)[start:p.End(start)]))
		})
	}
	for quote, from := range map[string]int{"": 0, "检查时间": -1, "没有这句": 0, "检查对象": 20} {
		_, err := disclosure.NewPassage("body", "body", text, quote, from)
		require.Error(t, err, quote)
	}
}

// Characters carry an identity through the edits, so that two places that read alike are two.
func TestAnAnchorNeverLandsOnADifferentQuote(t *testing.T) {
	t.Parallel()

	rapid.Check(t, func(t *rapid.T) {
		type char struct {
			r  rune
			id int
		}
		next := 0
		letters := rapid.SliceOfN(rapid.SampledFrom([]rune("甲乙丙\n")), 1, 120)
		write := func(rs []rune) (out []char) {
			for _, r := range rs {
				next++
				out = append(out, char{r, next})
			}
			return out
		}
		read := func(cs []char) string {
			var b strings.Builder
			for _, c := range cs {
				b.WriteRune(c.r)
			}
			return b.String()
		}
		was := write(letters.Draw(t, "text"))
		from := rapid.IntRange(0, len(was)-1).Draw(t, "from")
		to := rapid.IntRange(from+1, min(len(was), from+8)).Draw(t, "to")
		quote := read(was[from:to])
		if strings.TrimSpace(quote) != quote {
			t.Skip("spaces at the edge are not part of a quote")
		}
		p, err := disclosure.NewPassage("body", "body", read(was), quote, from)
		require.NoError(t, err)
		require.Equal(t, from, p.Start)

		is := slices.Clone(was)
		for range rapid.IntRange(0, 4).Draw(t, "edits") {
			i := rapid.IntRange(0, len(is)).Draw(t, "at")
			j := rapid.IntRange(i, min(len(is), i+30)).Draw(t, "cut")
			is = slices.Replace(is, i, j, write(letters.Draw(t, "put"))[:rapid.IntRange(0, 1).Draw(t, "long")]...)
		}
		text := read(is)
		start, ok := p.Find(text)
		if slices.Equal(was, is) {
			require.True(t, ok, "in its own version it stands where it stood")
			require.Equal(t, from, start)
		}
		if !ok {
			return
		}
		require.Equal(t, quote, string([]rune(text)[start:p.End(start)]))
		// What was quoted stands there unhurt with all its neighbours: then it is the place.
		lo, hi := from-utf8.RuneCountInString(p.Prefix), to+utf8.RuneCountInString(p.Suffix)
		for i := 0; i+hi-lo <= len(is); i++ {
			if slices.Equal(is[i:i+hi-lo], was[lo:hi]) {
				require.Equal(t, i+from-lo, start, "another place that reads alike was taken for it")
			}
		}
	})
}
