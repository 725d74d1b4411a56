package scan

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"slices"
	"strings"

	"shenfa/internal/detect"
)

// RuleSet is the shipped rule set of that version, or the one in a file of that
// name.
func RuleSet(versionOrFile string) (detect.RuleSet, error) {
	shipped, err := detect.Shipped()
	if err != nil {
		return detect.RuleSet{}, err
	}
	var versions []string
	for _, rs := range shipped {
		if rs.Version == versionOrFile {
			return rs, nil
		}
		versions = append(versions, rs.Version)
	}
	raw, err := os.ReadFile(versionOrFile)
	if errors.Is(err, fs.ErrNotExist) {
		return detect.RuleSet{}, fmt.Errorf("%s is no file and no version; there are: %s", versionOrFile, strings.Join(versions, ", "))
	}
	if err != nil {
		return detect.RuleSet{}, err
	}
	rs, err := detect.ParseRuleSet(bytes.NewReader(raw))
	if err != nil {
		return detect.RuleSet{}, fmt.Errorf("%s: %w", versionOrFile, err)
	}
	return rs, nil
}

// Failure is an example of a rule that does not come out as it says.
type Failure struct {
	Rule  string   `json:"rule"`
	Text  string   `json:"text"`
	Want  []string `json:"want"` // what the rule must find
	Got   []string `json:"got"`  // what it finds
	Class string   `json:"class,omitempty"`
	None  bool     `json:"none,omitempty"` // the rule has no example at all
}

// Examples runs every rule's own examples. A rule must find in each exactly what
// it says, in the class it says, whatever others find; and it must have one,
// unless it is about whole files or the unit's own terms.
func Examples(rs detect.RuleSet) (run int, failed []Failure) {
	for _, r := range rs.Rules {
		if len(r.Examples) == 0 && !slices.Contains([]string{"unread_file", "untreated", "lexicon", "aggregation"}, r.Detector) {
			failed = append(failed, Failure{Rule: r.ID, Want: []string{}, Got: []string{}, None: true})
		}
		for _, e := range r.Examples {
			run++
			if f, ok := example(rs, r, e); !ok {
				failed = append(failed, f)
			}
		}
	}
	return run, failed
}

func example(rs detect.RuleSet, r detect.Rule, e detect.Example) (Failure, bool) {
	part := detect.Part{Name: cmp.Or(e.Part, "body"), Hidden: e.Hidden, Text: e.Text, Unread: e.Unread}
	out := Failure{Rule: r.ID, Text: e.Text, Want: append([]string{}, e.Hits...), Got: []string{}}
	want := cmp.Or(e.Class, r.Class)
	for _, f := range rs.Check([]detect.Part{part}, detect.Lexicon{}, e.Kind) {
		if f.Rule != r.ID {
			continue
		}
		out.Got = append(out.Got, f.Excerpt)
		if f.Class != want {
			out.Class = string(f.Class) + " ≠ " + string(want)
		}
	}
	return out, out.Class == "" && slices.Equal(out.Want, out.Got)
}

// Change is what differs between two rule sets in one rule.
type Change struct {
	Rule   string  `json:"rule"` // empty for the set itself
	What   string  `json:"what"` // added, removed or changed
	Fields []Field `json:"fields"`
}

// Field is what differs in one field: a value, or the items of a list. A list of
// which only the order differs has neither.
type Field struct {
	Field   string   `json:"field"`
	Old     string   `json:"old,omitempty"`
	New     string   `json:"new,omitempty"`
	Added   []string `json:"added,omitempty"`
	Removed []string `json:"removed,omitempty"`
}

// Diff lists what differs, the set itself first, then rules in the order of newer
// and those that are gone.
func Diff(older, newer detect.RuleSet) ([]Change, error) {
	out := []Change{}
	before, after := map[string]detect.Rule{}, map[string]detect.Rule{}
	for _, r := range older.Rules {
		before[r.ID] = r
	}
	compare := func(id string, a, b any) error {
		fields, err := fieldsOf(a, b)
		if len(fields) > 0 {
			out = append(out, Change{Rule: id, What: "changed", Fields: fields})
		}
		return err
	}
	head := func(rs detect.RuleSet) any {
		return map[string]string{"version": rs.Version, "effective_from": rs.EffectiveFrom, "note": rs.Note}
	}
	if err := compare("", head(older), head(newer)); err != nil {
		return nil, err
	}
	for _, r := range newer.Rules {
		after[r.ID] = r
		old, ok := before[r.ID]
		if !ok {
			out = append(out, Change{Rule: r.ID, What: "added", Fields: []Field{}})
			continue
		}
		if err := compare(r.ID, old, r); err != nil {
			return nil, err
		}
	}
	for _, r := range older.Rules {
		if _, ok := after[r.ID]; !ok {
			out = append(out, Change{Rule: r.ID, What: "removed", Fields: []Field{}})
		}
	}
	return out, nil
}

func fieldsOf(a, b any) ([]Field, error) {
	var out []Field
	x, err := generic(a)
	if err != nil {
		return nil, err
	}
	y, err := generic(b)
	if err != nil {
		return nil, err
	}
	walkFields("", x, y, &out)
	slices.SortFunc(out, func(a, b Field) int { return strings.Compare(a.Field, b.Field) })
	return out, nil
}

func generic(v any) (any, error) {
	raw, err := json.Marshal(v)
	if err != nil {
		return nil, fmt.Errorf("encode rule: %w", err)
	}
	var out any
	if err := json.Unmarshal(raw, &out); err != nil {
		return nil, fmt.Errorf("encode rule: %w", err)
	}
	return out, nil
}

func walkFields(path string, a, b any, out *[]Field) {
	m, okA := a.(map[string]any)
	n, okB := b.(map[string]any)
	if okA || okB {
		names := map[string]bool{}
		for k := range m {
			names[k] = true
		}
		for k := range n {
			names[k] = true
		}
		for k := range names {
			walkFields(strings.TrimPrefix(path+"."+k, "."), m[k], n[k], out)
		}
		return
	}
	l, okA := a.([]any)
	k, okB := b.([]any)
	if okA || okB {
		if f := listField(path, items(l), items(k)); f != nil {
			*out = append(*out, *f)
		}
		return
	}
	if x, y := written(a), written(b); x != y {
		*out = append(*out, Field{Field: path, Old: x, New: y})
	}
}

func listField(path string, old, now []string) *Field {
	if slices.Equal(old, now) {
		return nil
	}
	left := func(a, b []string) []string {
		count := map[string]int{}
		for _, s := range b {
			count[s]++
		}
		var out []string
		for _, s := range a {
			if count[s]--; count[s] < 0 {
				out = append(out, s)
			}
		}
		return out
	}
	return &Field{Field: path, Added: left(now, old), Removed: left(old, now)}
}

func items(list []any) []string {
	out := make([]string, len(list))
	for i, v := range list {
		out[i] = written(v)
	}
	return out
}

// written is a text as it is, nothing as nothing, and all else as JSON without
// what says nothing.
func written(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return v
	case bool:
		if !v {
			return ""
		}
	case map[string]any:
		maps.DeleteFunc(v, func(_ string, x any) bool { return written(x) == "" || written(x) == "[]" })
	}
	raw, _ := json.Marshal(v) // it came from JSON
	return string(raw)
}
