package compare

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// drawn writes a comparison as a reader marks it: [-gone-]{+come+}, > for what moved.
func drawn(all []Paragraph) (out []string) {
	for _, p := range all {
		if p.Kind == Same {
			continue
		}
		line := ""
		if p.Kind == Moved {
			line = fmt.Sprintf("%d>%d ", p.Old, p.New)
		}
		for _, s := range p.Spans {
			line += map[Kind]string{Same: s.Text, Removed: "[-" + s.Text + "-]", Added: "{+" + s.Text + "+}"}[s.Kind]
		}
		out = append(out, line)
	}
	return out
}

func TestWhatAReaderSeesOfAChange(t *testing.T) {
	t.Parallel()

	for name, tc := range map[string]struct {
		before, after string
		want          []string
	}{
		"Nothing":          {"各科室：\n\n请按时报送。", " 各科室：\n请按时报送。 \n", nil},
		"AWord":            {"并将整改报告报我局危化科。", "并将整改报告送我局危化科。", []string{"并将整改报告[-报-]{+送+}我局危化科。"}},
		"AFigureIsWhole":   {"共检查企业31家，占比9.5%。", "共检查企业33家，占比9.8%。", []string{"共检查企业[-31-]{+33+}家，占比[-9.5%-]{+9.8%+}。"}},
		"ADateIsWhole":     {"应于2026-11-30前完成整改。", "应于2026-12-15前完成整改。", []string{"应于[-2026-11-30-]{+2026-12-15+}前完成整改。"}},
		"AWordOfLetters":   {"见附件Table A。", "见附件Tables A。", []string{"见附件[-Table-]{+Tables+} A。"}},
		"SomethingBetween": {"相关企业应于月底前完成整改。", "相关企业应于月底前完成整改，整改前先报进展。", []string{"相关企业应于月底前完成整改{+，整改前先报进展+}。"}},
		"OneChangeNotThree": {
			"由区安监局负责组织实施。", "由县应急局负责组织实施。", []string{"由[-区安监-]{+县应急+}局负责组织实施。"},
		},
		"AParagraphMore": {"一、总体要求\n三、保障措施", "一、总体要求\n二、重点任务和时间安排\n三、保障措施", []string{"{+二、重点任务和时间安排+}"}},
		"AParagraphLess": {"一、总体要求\n讨论稿意见：期限拟放宽。\n三、保障措施", "一、总体要求\n三、保障措施", []string{"[-讨论稿意见：期限拟放宽。-]"}},
		"AParagraphMoves": {
			"第一段的内容在这里写明。\n第二段的内容在后面写明。\n第三段说明有关的情况和要求。\n第四段。", "第三段说明有关的情况和要求。\n第一段的内容在这里写明。\n第二段的内容在后面写明。\n第四段。",
			[]string{"3>1 第三段说明有关的情况和要求。"},
		},
		"NotEveryNeighbourIsTheSame": {"安全检查每季度一次。", "联系电话见网站首页。", []string{"[-安全检查每季度一次。-]", "{+联系电话见网站首页。+}"}},
		"ACell":                      {"甲\n3\n乙\n4", "甲\n5\n乙\n4", []string{"[-3-]{+5+}"}},
		"EachToItsOwn": {
			"甲企业整改期限为十日。\n乙企业整改期限为二十日。", "甲企业整改期限为十五日。\n丙企业责令停业。\n乙企业整改期限为三十日。",
			[]string{"甲企业整改期限为十{+五+}日。", "{+丙企业责令停业。+}", "乙企业整改期限为[-二-]{+三+}十日。"},
		},
	} {
		require.Equal(t, tc.want, drawn(Texts(tc.before, tc.after)), name)
	}
}

// text draws paragraphs of few different characters, so that much is alike.
func text(t *rapid.T, name string) []string {
	line := rapid.StringOfN(rapid.SampledFrom([]rune("甲乙丙丁局一二12.,-ab ，。")), 1, 24, -1)
	said := line.Filter(func(s string) bool { return strings.TrimSpace(s) != "" })
	return rapid.SliceOfN(rapid.Map(said, strings.TrimSpace), 0, 12).Draw(t, name)
}

// told is one of the two texts as a comparison tells it.
func told(all []Paragraph, not Kind, place func(Paragraph) int) []string {
	all = slices.DeleteFunc(slices.Clone(all), func(p Paragraph) bool { return place(p) == 0 })
	slices.SortFunc(all, func(a, b Paragraph) int { return place(a) - place(b) })
	out := []string{}
	for _, p := range all {
		line := ""
		for _, s := range p.Spans {
			if s.Kind != not {
				line += s.Text
			}
		}
		out = append(out, line)
	}
	return out
}

func TestNothingIsLostAndNothingInvented(t *testing.T) {
	t.Parallel()

	rapid.Check(t, func(t *rapid.T) {
		before, after := text(t, "before"), text(t, "after")
		all := Texts(strings.Join(before, "\n"), strings.Join(after, "\n\n"))
		require.Equal(t, append([]string{}, before...), told(all, Added, func(p Paragraph) int { return p.Old }))
		require.Equal(t, append([]string{}, after...), told(all, Removed, func(p Paragraph) int { return p.New }))
		for _, p := range Texts(strings.Join(before, "\n"), strings.Join(before, "\n")) {
			require.Equal(t, Same, p.Kind)
		}
	})
}

func TestALongTextIsComparedInSeconds(t *testing.T) {
	t.Parallel()

	var a, b strings.Builder
	for i := range 20000 { // 2 MB
		fmt.Fprintf(&a, "第%d条 企业应当建立安全生产责任制度并定期检查落实情况。\n", i)
		fmt.Fprintf(&b, "第%d条 单位应当建立消防安全管理制度并按月检查落实情况%d。\n", i, i%7)
	}
	for name, sep := range map[string]string{"lines": "\n", "seven paragraphs": ""} {
		x, y := a.String(), b.String()
		if sep == "" {
			x, y = joined(x, 3000), joined(y, 3000)
		}
		began := time.Now()
		Texts(x, y)
		require.Less(t, time.Since(began), 5*time.Second, name)
	}
	all := Texts(a.String(), b.String())
	require.Len(t, told(all, Added, func(p Paragraph) int { return p.Old }), 20000)
	require.Len(t, told(all, Removed, func(p Paragraph) int { return p.New }), 20000)
}

// joined makes one paragraph of every n lines.
func joined(text string, n int) string {
	var out []string
	for part := range slices.Chunk(strings.Split(text, "\n"), n) {
		out = append(out, strings.Join(part, ""))
	}
	return strings.Join(out, "\n")
}
