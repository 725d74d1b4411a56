package detect

import (
	"errors"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func rules(t require.TestingT) RuleSet {
	rs, err := Current(time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC))
	require.NoError(t, err)
	return rs
}

// TestRuleExamples runs the examples that every rule carries: the rule finds
// exactly what its examples say, whatever other rules find beside it.
func assertSame(t *testing.T, e Example, hits []string) {
	t.Helper()
	if !slices.Equal(e.Hits, hits) && len(e.Hits)+len(hits) > 0 {
		t.Errorf("%q: want %q, found %q", e.Text, e.Hits, hits)
	}
}

func TestRuleExamples(t *testing.T) {
	t.Parallel()
	rs := rules(t)
	for _, r := range rs.Rules {
		if !slices.Contains([]string{unreadFile, lexicon, aggregation, untreated}, r.Detector) {
			require.NotEmpty(t, r.Examples, r.ID)
		}
		t.Run(r.ID, func(t *testing.T) { examples(t, rs, r) })
	}
}

func examples(t *testing.T, rs RuleSet, r Rule) {
	t.Parallel()
	for _, e := range r.Examples {
		name := e.Part
		if name == "" {
			name = "body"
		}
		var hits []string
		for _, f := range rs.Check([]Part{{Name: name, Hidden: e.Hidden, Text: e.Text, Unread: e.Unread}}, Lexicon{}, e.Kind) {
			if f.Rule == r.ID {
				hits = append(hits, f.Excerpt)
				want := e.Class
				if want == "" {
					want = r.Class
				}
				require.Equal(t, want, f.Class, "%s: %q", r.ID, e.Text)
			}
		}
		assertSame(t, e, hits)
	}
}

// TestOrdinaryDocumentIsClean checks a real published document: nothing in it
// needs a person, though it speaks of secrecy, drafts and discussion.
func TestOrdinaryDocumentIsClean(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("testdata/origin.txt")
	require.NoError(t, err)
	lex, err := DemoLexicon()
	require.NoError(t, err)
	require.Empty(t, rules(t).Check([]Part{{Name: "file name", Text: "origin.txt"}, {Name: "body", Text: string(text)}}, lex, "policy"))
}

func TestFindingTellsWhereWhyAndWhatToDo(t *testing.T) {
	t.Parallel()
	text := "第一行\n第二行\n联系人：王某，１３８ １２３４ ５６７８。\n"
	got := rules(t).Check([]Part{{Name: "footnote 2", Text: text}}, Lexicon{}, "policy")
	require.Len(t, got, 1)
	require.Equal(t, Finding{
		Rule: "mobile", RuleSet: "2026.1", Class: Hold, Part: "footnote 2", Start: 15, End: 28, Line: 3,
		Excerpt: "１３８ １２３４ ５６７８", Context: "联系人：王某，１３８ １２３４ ５６７８。",
		Reason: "手机号码，公开前请隐去中间四位或改留办公电话", ReasonEN: "a mobile number: mask it, or give an office number instead", Basis: got[0].Basis, Treatment: "mask", Mask: "138****5678",
	}, got[0])

	mark := rules(t).Check([]Part{{Name: "header 1", Text: "机密★10年"}}, Lexicon{}, "warning")
	require.Len(t, mark, 1)
	require.True(t, mark[0].Quarantine)
	require.Equal(t, Block, mark[0].Class)
}

// TestStrongerIdentifierWins: overlapping kinds give one finding.
func TestStrongerIdentifierWins(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"310114199003070010":                     "resident-id",
		"6217001234567890122":                    "bank-card",
		"6222 0210 0111 2223 331":                "bank-card",
		"13812345678":                            "mobile",
		"914403001922038216":                     "",
		"20250520138123456789012345678901234567": "",
	} {
		var ids []string
		for _, f := range rules(t).Check([]Part{{Name: "body", Text: text}}, Lexicon{}, "policy") {
			ids = append(ids, f.Rule)
		}
		require.Equal(t, want, strings.Join(ids, " "), text)
	}
}

// TestWrappedProse: a word cut by a hard line break is found; the cells of a
// table, which are short lines, are never read together.
func TestWrappedProse(t *testing.T) {
	t.Parallel()
	long := "这是一份由扫描件转换而来并且每行末尾都有硬换行的内部资\n\n料，请阅后退还。"
	require.Len(t, rules(t).Check([]Part{{Name: "body", Text: long}}, Lexicon{}, "policy"), 1)
	require.Empty(t, rules(t).Check([]Part{{Name: "body", Text: "企业内部\n资料齐全"}}, Lexicon{}, "policy"))
	require.Empty(t, rules(t).Check([]Part{{Name: "body", Text: "138\n12345678"}}, Lexicon{}, "policy"))
}

func TestUnreadableFileIsHeldAndSaysWhy(t *testing.T) {
	t.Parallel()
	f := rules(t).Unreadable("附件1.pdf", "encrypted")
	require.Equal(t, Hold, f.Class)
	require.Equal(t, "附件1.pdf", f.Excerpt)
	require.Contains(t, f.Reason, "因为已加密")
	require.Contains(t, rules(t).Unreadable("x", "new_code").Reason, "new_code")
}

func TestLexicon(t *testing.T) {
	t.Parallel()
	lex, err := ParseLexicon(strings.NewReader("term,class,reason,exceptions,expires\n" +
		"甲工程,HOLD,未公布,甲工程学院,2026-06-30\n工程学,WARN,nested,,\noa系统,INFO,latin,,\n"))
	require.NoError(t, err)
	check := func(l Lexicon, text string) (out []string) {
		for _, f := range rules(t).Check([]Part{{Name: "body", Text: text}}, l, "policy") {
			require.Equal(t, lex.Version, f.RuleSet)
			out = append(out, string(f.Class)+" "+f.Excerpt)
		}
		return out
	}
	require.Equal(t, []string{"HOLD 甲 工程"}, check(lex, "关于甲 工程的说明"))
	require.Equal(t, []string{"INFO 甲工程", "WARN 工程学"}, check(lex, "甲工程学院"), "excepted, nested: both are told")
	require.Equal(t, []string{"INFO ＯＡ系统"}, check(lex, "ＯＡ系统"))
	require.Empty(t, check(lex, "BOA系统"))
	twice := Lexicon{Terms: []Term{{Term: "甲工程", Class: Block, Reason: "a"}, {Term: "甲 工程", Class: Info, Reason: "b"}}}
	found := rules(t).Check([]Part{{Name: "body", Text: "甲工程"}}, twice, "policy")
	require.Len(t, found, 2, "the same term twice, by hand, is told twice")
	require.ElementsMatch(t, []Class{Block, Info}, []Class{found[0].Class, found[1].Class})
	require.False(t, found[0].Quarantine || found[1].Quarantine, "a blocking term is no state-secret mark")
	lastMoment := time.Date(2026, 6, 30, 15, 59, 59, 0, time.UTC)
	require.Len(t, lex.At(lastMoment).Terms, 3)
	require.Empty(t, check(lex.At(lastMoment.Add(time.Second)), "甲工程"))
	require.NotEmpty(t, check(Lexicon{Version: lex.Version, Terms: lex.Terms}, "甲工程"), "a lexicon put together by hand works too")

	_, err = ParseLexicon(strings.NewReader("term,class,reason,exceptions,expires\n甲,HOLD,r,,\n乙乙,BAD,r,,\n丙丙,WARN,,,\n丁丁,WARN,r,别的,\n戊戊,WARN,r,,2026-13-01\n己己,WARN\n庚庚,WARN,r,,\n庚 庚,WARN,r,,\n"))
	for _, row := range []string{"row 2:", "row 3:", "row 4:", "row 5:", "row 6:", "row 7:", "row 9: term: same term as row 8"} {
		require.ErrorContains(t, err, row)
	}
}

// TestLexiconConditions: a term may count only near a word, only away from
// one, only from a day on; what is wrong with a file is told by row and column.
func TestLexiconConditions(t *testing.T) {
	t.Parallel()
	lex, err := ParseLexicon(strings.NewReader("\ufeffreason,term,class,near,without,within,from,exceptions\n" +
		"未公布,甲项目,HOLD,选址|拆迁,,10,,\n已公布,乙项目,HOLD,,公示,5,,乙项目部\n将公布,丙项目,HOLD,,,,2026-07-01,\n"))
	require.NoError(t, err)
	at := func(day int, text string) (out []string) {
		for _, f := range rules(t).Check([]Part{{Name: "body", Text: text}}, lex.At(time.Date(2026, 6, day, 16, 0, 0, 0, time.UTC)), "policy") {
			out = append(out, string(f.Class)+" "+f.Excerpt+" "+f.Reason)
		}
		return out
	}
	require.Empty(t, at(1, "关于甲项目的说明"))
	require.Equal(t, []string{"HOLD 甲项目 词表用语：未公布"}, at(1, "甲项目的选 址意见"))
	require.Empty(t, at(1, "甲项目的基本情况已经在会上说明清楚，选址"))
	require.Equal(t, []string{"HOLD 乙项目 词表用语：已公布"}, at(1, "乙项目"))
	require.Equal(t, []string{"INFO 乙项目 词表用语：已公布（附近有限定用语，已降级）"}, at(1, "公示：乙项目"))
	require.Equal(t, []string{"INFO 乙项目 词表用语：已公布（处于例外用语中，已降级）"}, at(1, "乙项目部"))
	require.Empty(t, at(29, "丙项目"), "the last moment of June 30 in China")
	require.Len(t, at(30, "丙项目"), 1)

	for file, fault := range map[string]string{
		"term,class\n甲乙,HOLD\n":                                             "row 1: no column reason",
		"term,class,reason,colour\n":                                        `row 1: column 4: "colour" is unknown`,
		"term,class,reason,term\n":                                          "row 1: column 4",
		"term,class,reason,within\n甲乙,HOLD,r,0\n":                           "row 2: within:",
		"term,class,reason,from,expires\n甲乙,HOLD,r,2026-2-1,\n":             "row 2: from:",
		"term,class,reason,from,expires\n甲乙,HOLD,r,2026-02-01,2026-01-31\n": "row 2: expires: before from",
		"term,class,reason\n甲乙,HOLD,\"r\n":                                  "row 2:",
		"term,class,reason\n":                                               "no terms",
		"term,class,reason\n" + strings.Repeat("甲,HOLD,r\n", 200):           "row 51:",
	} {
		_, err := ParseLexicon(strings.NewReader(file))
		require.ErrorContains(t, err, fault)
		require.NotContains(t, err.Error(), "row 60:", "a hopeless file gives no endless list")
	}
}

// TestTooManyPlacesAreCounted: beyond fifty thousand places of one part the
// rest are one finding that tells their number.
func TestTooManyPlacesAreCounted(t *testing.T) {
	t.Parallel()
	found := rules(t).Check([]Part{{Name: "body", Text: strings.Repeat("甲乙。", maxFindings+5) + "机密★10年"}, {Name: "header 1", Text: "甲乙"}},
		Lexicon{Terms: []Term{{Term: "甲乙", Class: Warn, Reason: "r"}}}, "policy")
	require.Len(t, found, maxFindings+3)
	require.Contains(t, found[maxFindings].Reason, "另有4处未逐一列出")
	require.True(t, found[maxFindings+1].Quarantine, "a mark is never only counted")
	require.Equal(t, "header 1", found[maxFindings+2].Part)
}

func TestRuleSetsAreDatedAndComplete(t *testing.T) {
	t.Parallel()
	shippedRules, err := os.ReadFile("rulesets/2026.1.json")
	require.NoError(t, err)
	next := strings.NewReplacer("2026.1", "2027.1", "2024-09-01", "2027-01-01").Replace(string(shippedRules))
	all, err := Load(fstest.MapFS{"b.json": {Data: []byte(next)}, "a.json": {Data: shippedRules}})
	require.NoError(t, err)
	newYear := time.Date(2026, 12, 31, 16, 0, 0, 0, time.UTC) // midnight in China
	for at, want := range map[time.Time]string{newYear.Add(-time.Second): "2026.1", newYear: "2027.1"} {
		rs, err := all.At(at)
		require.NoError(t, err)
		require.Equal(t, want, rs.Version)
	}
	_, err = all.At(time.Date(2024, 8, 31, 15, 0, 0, 0, time.UTC))
	require.True(t, errors.Is(err, ErrNoRuleSet))

	for fault, text := range map[string]string{
		"unknown detector":      strings.Replace(string(shippedRules), `"detector": "mobile"`, `"detector": "mobil"`, 1),
		"no rule for detector":  strings.Replace(string(shippedRules), `"detector": "hidden_part"`, `"detector": "words"`, 1),
		"must block":            strings.Replace(string(shippedRules), `"class": "BLOCK"`, `"class": "HOLD"`, 1),
		"unknown field":         strings.Replace(string(shippedRules), `"params"`, `"parms"`, 1),
		"share a version":       string(shippedRules),
		"already taken":         strings.Replace(string(shippedRules), `"detector": "bank_card"`, `"detector": "mobile"`, 1),
		"unknown class \"LOW\"": strings.Replace(string(shippedRules), `"class": "WARN"`, `"class": "LOW"`, 1),
	} {
		_, err := Load(fstest.MapFS{"a.json": {Data: shippedRules}, "b.json": {Data: []byte(text)}})
		require.ErrorContains(t, err, fault)
	}
}

// holds asserts what is true of any finding in any text.
func holds(t require.TestingT, parts []Part, found []Finding) {
	byName := map[string][]rune{}
	for _, p := range parts {
		byName[p.Name] = []rune(p.Text)
	}
	for _, f := range found {
		text := byName[f.Part]
		require.LessOrEqual(t, 0, f.Start)
		require.LessOrEqual(t, f.Start, f.End)
		require.LessOrEqual(t, f.End, len(text))
		require.Equal(t, string(text[f.Start:f.End]), f.Excerpt)
		require.Equal(t, strings.Count(string(text[:f.Start]), "\n")+1, f.Line)
		require.LessOrEqual(t, len([]rune(f.Context)), contextRunes)
	}
}

// disguises change how one character of an item is written, or what stands
// between two of them; matching must see through any mixture of them.
var disguises = map[rune][]string{
	'机': {"機", "机\u20dd"}, '密': {"密\u0336", "密\ufe00"}, '内': {"內", "\u200d内"}, '资': {"資"}, '长': {"長", "⻓"}, '★': {"☆", "⭐", "＊"},
	'0': {"０", "⁰", "𝟎", "٠"}, '1': {"１", "𝟏", "¹"}, '2': {"２", "₂", "𝟮"}, '3': {"３", "³"}, '8': {"８", "𝟾"}, '9': {"９", "₉"},
}

// TestOffsets: whatever noise stands around and inside it, a planted item is
// found at its very place.
func TestOffsets(t *testing.T) {
	t.Parallel()
	rs := rules(t)
	items := map[string]string{
		"310114199003070010": "resident-id", "13812345678": "mobile", "6222021001112223331": "bank-card",
		"机密★10年": "secret-mark", "机密★长期": "secret-mark", "内部资料": "work-secret",
	}
	names := slices.Sorted(maps.Keys(items))
	rapid.Check(t, func(rt *rapid.T) {
		noise := rapid.StringOfN(rapid.RuneFrom([]rune("公开，。\n\n  \t\u200b（）《》a1：★𠀀é\u0301")), 0, 40, -1)
		item := rapid.SampledFrom(names).Draw(rt, "item")
		han := item[0] > 0x7F
		var noisy strings.Builder
		for i, r := range item {
			if i > 0 {
				between := []string{"", "", "", "\u200b", "\u202e", "\ufe0f", "\u2066\u2069"}
				if han {
					between = append(between, " ", "\u3000", "\u00a0 ")
				}
				noisy.WriteString(rapid.SampledFrom(between).Draw(rt, "between"))
			}
			noisy.WriteString(rapid.SampledFrom(append(disguises[r], string(r))).Draw(rt, "form"))
		}
		before := noise.Draw(rt, "before") + "。\n"
		parts := []Part{{Name: "body", Text: before + noisy.String() + "\n。" + noise.Draw(rt, "after")}}
		found := rs.Check(parts, Lexicon{}, "policy")
		holds(rt, parts, found)
		at := len([]rune(before))
		require.True(rt, slices.ContainsFunc(found, func(f Finding) bool {
			return f.Rule == items[item] && f.Class.Rank() >= Hold.Rank() && f.Start >= at && f.Start <= at+1 &&
				strings.Contains(noisy.String(), f.Excerpt) && len([]rune(noisy.String()))-len([]rune(f.Excerpt)) <= 2
		}), "%q in %q: %v", item, parts[0].Text, found)
	})
}

func FuzzCheck(f *testing.F) {
	rs := rules(f)
	lex, err := DemoLexicon()
	require.NoError(f, err)
	for _, r := range rs.Rules {
		for _, e := range r.Examples {
			f.Add(e.Text, e.Part, e.Hidden)
		}
	}
	f.Add("绝密\n★\n*秘密*长期后〔2025〕第\u20000号\xff", "file name", false)
	f.Fuzz(func(t *testing.T, text, name string, hidden bool) {
		parts := []Part{{Name: name, Text: text, Hidden: hidden}}
		found := rs.Check(parts, lex, "policy")
		holds(t, parts, found)
		require.Equal(t, found, rs.Check(parts, lex, "policy"))
	})
}
