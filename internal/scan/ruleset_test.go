package scan

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"shenfa/internal/check"
	"shenfa/internal/detect"
)

// changed is the shipped rule set, changed, as a file.
func changed(t *testing.T, change func(set map[string]any, rule func(id string) map[string]any)) string {
	t.Helper()
	raw, err := os.ReadFile("../detect/rulesets/2026.1.json")
	require.NoError(t, err)
	var set map[string]any
	require.NoError(t, json.Unmarshal(raw, &set))
	change(set, func(id string) map[string]any {
		for _, r := range set["rules"].([]any) {
			if r := r.(map[string]any); r["id"] == id {
				return r
			}
		}
		t.Fatalf("no rule %s", id)
		return nil
	})
	raw, err = json.Marshal(set)
	require.NoError(t, err)
	return write(t, t.TempDir(), "rules.json", raw)
}

// other has another class of one rule, a word more, a rule less and one more.
func other(t *testing.T) detect.RuleSet {
	t.Helper()
	rs, err := RuleSet(changed(t, func(set map[string]any, rule func(string) map[string]any) {
		set["version"] = "2027.1"
		rule("resident-id-doubtful")["class"] = "HOLD"
		marks := rule("work-secret")["params"].(map[string]any)
		marks["marks"] = append(marks["marks"].([]any), "合成标记")
		rule("mailbox")["id"] = "mail-address"
	}))
	require.NoError(t, err)
	return rs
}

func TestAShippedRuleSetIsFoundByVersionAndAnyInAFile(t *testing.T) {
	t.Parallel()

	rs, err := RuleSet("2026.1")
	require.NoError(t, err)
	require.Equal(t, "2026.1", rs.Version)
	require.Equal(t, "2027.1", other(t).Version)
	_, err = RuleSet("2019.9")
	require.ErrorContains(t, err, "there are: 2026.1")
	bad := changed(t, func(_ map[string]any, rule func(string) map[string]any) { rule("mobile")["clas"] = "HOLD" })
	_, err = RuleSet(bad)
	require.ErrorContains(t, err, `rule "mobile": json: unknown field "clas"`)
	require.ErrorContains(t, err, filepath.Base(bad))

	sets, err := Sets(time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC))
	require.NoError(t, err)
	digest, err := rs.Digest()
	require.NoError(t, err)
	require.Equal(t, Set{Version: "2026.1", EffectiveFrom: "2024-09-01", InForce: true, Rules: len(rs.Rules), Digest: digest, Note: rs.Note}, sets[0])
}

func TestExamplesThatDoNotComeOutAreTold(t *testing.T) {
	t.Parallel()

	shipped, err := RuleSet("2026.1")
	require.NoError(t, err)
	n, failed := Examples(shipped)
	require.Greater(t, n, 200)
	require.Empty(t, failed)

	rs, err := RuleSet(changed(t, func(_ map[string]any, rule func(string) map[string]any) {
		mobile := rule("mobile")
		mobile["examples"] = append(mobile["examples"].([]any),
			map[string]any{"text": "座机021-55550100", "hits": []string{"021-55550100"}},
			map[string]any{"text": "手机13812345678", "hits": []string{"13812345678"}, "class": "WARN"})
		delete(rule("passport"), "examples")
	}))
	require.NoError(t, err)
	_, failed = Examples(rs)
	require.Equal(t, []Failure{
		{Rule: "mobile", Text: "座机021-55550100", Want: []string{"021-55550100"}, Got: []string{}},
		{Rule: "mobile", Text: "手机13812345678", Want: []string{"13812345678"}, Got: []string{"13812345678"}, Class: "HOLD ≠ WARN"},
		{Rule: "passport", Want: []string{}, Got: []string{}, None: true},
	}, failed)
}

func TestADiffNamesRulesAndFields(t *testing.T) {
	t.Parallel()

	shipped, err := RuleSet("2026.1")
	require.NoError(t, err)
	none, err := Diff(shipped, shipped)
	require.NoError(t, err)
	require.Empty(t, none)
	got, err := Diff(shipped, other(t))
	require.NoError(t, err)
	require.Equal(t, []Change{
		{What: "changed", Fields: []Field{{Field: "version", Old: "2026.1", New: "2027.1"}}},
		{Rule: "work-secret", What: "changed", Fields: []Field{{Field: "params.marks", Added: []string{"合成标记"}}}},
		{Rule: "resident-id-doubtful", What: "changed", Fields: []Field{{Field: "class", Old: "WARN", New: "HOLD"}}},
		{Rule: "mail-address", What: "added", Fields: []Field{}},
		{Rule: "mailbox", What: "removed", Fields: []Field{}},
	}, got)

	turned, err := RuleSet(changed(t, func(_ map[string]any, rule func(string) map[string]any) {
		areas := rule("mobile")["examples"].([]any)
		areas[0], areas[1] = areas[1], areas[0]
	}))
	require.NoError(t, err)
	got, err = Diff(shipped, turned)
	require.NoError(t, err)
	require.Equal(t, []Change{{Rule: "mobile", What: "changed", Fields: []Field{{Field: "examples"}}}}, got)
}

func TestWhatAnotherRuleSetWouldChangeInFiles(t *testing.T) {
	t.Parallel()

	shipped, err := RuleSet("2026.1")
	require.NoError(t, err)
	newer := other(t)
	against := check.Of(shipped, detect.Lexicon{})
	s := scanner(t, Options{Checker: check.Of(newer, detect.Lexicon{}), Against: &against})
	path := write(t, t.TempDir(), "a.txt", []byte("合成标记\n人员 310114198811230023，手机13812345678\n邮箱li.mei@example.com\n"))
	f, err := s.Check(t.Context(), path, []byte("合成标记\n人员 310114198811230023，手机13812345678\n邮箱li.mei@example.com\n"))
	require.NoError(t, err)
	var told []string
	for _, x := range f.Shifts().Shifts {
		said := ""
		if x.Old != nil {
			said += x.Old.Rule + " " + string(x.Old.Class) + " " + x.Old.Excerpt
		}
		said += " →"
		if x.New != nil {
			said += " " + x.New.Rule + " " + string(x.New.Class) + " " + x.New.Excerpt
		}
		told = append(told, said)
	}
	require.Equal(t, []string{
		" → work-secret HOLD 合成标记",
		"resident-id-doubtful WARN 31*************023 → resident-id-doubtful HOLD 31*************023",
		" → mail-address WARN l***@example.com",
		"mailbox WARN l***@example.com →",
	}, told)

	for _, lang := range []Language{Chinese, English} {
		var b bytes.Buffer
		teller, err := Tell(&b, lang)
		require.NoError(t, err)
		changes, err := Diff(shipped, newer)
		require.NoError(t, err)
		teller.Diff(shipped, newer, changes)
		teller.Shifts(f)
		require.True(t, teller.Over())
		require.NoError(t, teller.Err())
		for _, want := range []string{"resident-id-doubtful", "WARN → HOLD", "+ ", "- ", "~ ", "31*************023"} {
			require.Contains(t, b.String(), want)
		}
		require.NotContains(t, b.String(), "{")
		require.NotContains(t, b.String(), "310114198811230023")
	}
}
