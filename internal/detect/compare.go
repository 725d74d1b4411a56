package detect

import (
	"reflect"
	"slices"
)

// Compare counts the terms that next has and l has not, those it no longer has, and
// those it treats otherwise.
func (l Lexicon) Compare(next Lexicon) (added, removed, changed int) {
	before := make(map[string]Term, len(l.Terms))
	for _, t := range l.Terms {
		before[unfold(foldAll(t.Term))] = t
	}
	for _, t := range next.Terms {
		key := unfold(foldAll(t.Term))
		old, there := before[key]
		switch {
		case !there:
			added++
		case old.Class != t.Class || old.Reason != t.Reason || !reflect.DeepEqual(old.Only, t.Only):
			changed++
		}
		delete(before, key)
	}
	return added, len(before), changed
}

// Differ sets apart what only one of two checks of the same file found. A finding is
// the same if its rule, place and class are.
func Differ(before, after []Finding) (gone, added []Finding) {
	type key struct {
		rule, part string
		start, end int
		class      Class
	}
	of := func(f Finding) key { return key{f.Rule, f.Part, f.Start, f.End, f.Class} }
	only := func(all, others []Finding) (rest []Finding) {
		there := map[key]bool{}
		for _, f := range others {
			there[of(f)] = true
		}
		return slices.DeleteFunc(slices.Clone(all), func(f Finding) bool { return there[of(f)] })
	}
	return only(before, after), only(after, before)
}
