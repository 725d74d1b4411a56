package console

import (
	"regexp"
	"slices"
	"strings"
)

// placeRule reads one kind of part name: "header {n}" is "header 3". The words for
// it stand in the catalogue under that very pattern.
type placeRule struct {
	key   string
	slots []string
	form  *regexp.Regexp
}

const placeGroup = "place."

// placeRules are made of the catalogue's keys, those that say more first.
var placeRules = func() []placeRule {
	slot := regexp.MustCompile(`\\\{(\w+)\\\}`)
	var all []placeRule
	for key := range catalogues[chinese] {
		pattern, ok := strings.CutPrefix(key, placeGroup)
		if !ok {
			continue
		}
		r := placeRule{key: key}
		quoted := slot.ReplaceAllStringFunc(regexp.QuoteMeta(pattern), func(s string) string {
			name := strings.Trim(s, `\{}`)
			r.slots = append(r.slots, name)
			switch name {
			case "n", "m":
				return `(\d+)`
			case "cell":
				return `([A-Z]+\d+)`
			}
			return `(.+)`
		})
		r.form = regexp.MustCompile(`^(?s:` + quoted + `)$`)
		all = append(all, r)
	}
	slices.SortFunc(all, func(a, b placeRule) int {
		if n := len(a.slots) - len(b.slots); n != 0 {
			return n
		}
		if n := len(b.key) - len(a.key); n != 0 {
			return n
		}
		return strings.Compare(a.key, b.key)
	})
	return all
}()

// inside separate a part from what it is a part of.
var insides = regexp.MustCompile(` (?:in|of|on) `)

// PartName says in words what a part of a file is called: the reader's names are codes,
// made of what the file itself calls things.
func (f Frame) PartName(part string) string { return f.placeIn(part, 8) }

func (f Frame) placeIn(part string, depth int) string {
	if depth == 0 {
		return part
	}
	// "hidden text in header 2": what is known before the first joint stands in the rest.
	for _, at := range insides.FindAllStringIndex(part, -1) {
		inner, outer := part[:at[0]], part[at[1]:]
		if name, ok := f.known(inner, false); ok || fileName.MatchString(inner) {
			if !ok {
				name = inner
			}
			if _, whole := f.known(part, false); whole {
				break
			}
			return f.T("places.within", "inner", name, "outer", f.placeIn(outer, depth-1))
		}
	}
	if name, ok := f.known(part, true); ok {
		return name
	}
	return part
}

// fileName is what a file inside a container is called.
var fileName = regexp.MustCompile(`\.\w{1,5}$`)

// known finds the words for a part that stands in nothing. With free, a name in it
// may be anything; otherwise it must not hold a joint, which belongs to what follows.
func (f Frame) known(part string, free bool) (string, bool) {
	for _, r := range placeRules {
		m := r.form.FindStringSubmatch(part)
		if m == nil || !free && slices.ContainsFunc(m[1:], insides.MatchString) {
			continue
		}
		pairs := make([]any, 0, 2*len(r.slots))
		for i, slot := range r.slots {
			pairs = append(pairs, slot, m[i+1])
		}
		return f.T(r.key, pairs...), true
	}
	return "", false
}
