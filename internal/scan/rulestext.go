package scan

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"shenfa/internal/detect"
)

// Set is what is told of a rule set in a list.
type Set struct {
	Version       string `json:"version"`
	EffectiveFrom string `json:"effective_from"`
	InForce       bool   `json:"in_force"`
	Rules         int    `json:"rules"`
	Digest        string `json:"digest"` // SHA-256 in hex
	Note          string `json:"note"`
}

// Sets lists the shipped rule sets, oldest first, with the one in force at an
// instant marked.
func Sets(at time.Time) ([]Set, error) {
	shipped, err := detect.Shipped()
	if err != nil {
		return nil, err
	}
	current, _ := shipped.At(at) // before the first there is none
	out := []Set{}
	for _, rs := range shipped {
		digest, err := rs.Digest()
		if err != nil {
			return nil, err
		}
		out = append(out, Set{
			Version: rs.Version, EffectiveFrom: rs.EffectiveFrom, InForce: rs.Version == current.Version,
			Rules: len(rs.Rules), Digest: digest, Note: rs.Note,
		})
	}
	return out, nil
}

// Teller tells of rules and what they do.
type Teller struct {
	voice
	w   io.Writer
	err error

	files, moved     int
	more, less, turn int
}

// Tell makes a teller. Err is to be asked for in the end.
func Tell(w io.Writer, lang Language) (*Teller, error) {
	v, err := speak(lang)
	return &Teller{voice: v, w: w}, err
}

// Err is the first error of writing.
func (t *Teller) Err() error { return t.err }

func (t *Teller) print(indent int, line string) {
	if _, err := fmt.Fprintf(t.w, "%*s%s\n", indent, "", line); t.err == nil {
		t.err = err
	}
}

// Sets tells a list of rule sets.
func (t *Teller) Sets(all []Set) {
	for _, s := range all {
		force := ""
		if s.InForce {
			force = t.say("in force")
		}
		t.print(0, t.count("rule set", s.Rules, "version", s.Version, "from", s.EffectiveFrom, "digest", s.Digest, "force", force))
		t.print(8, s.Note)
	}
}

// Rule tells one rule with its examples.
func (t *Teller) Rule(version string, r detect.Rule) {
	t.print(0, r.ID+" ["+version+"]")
	t.print(2, t.say("rule class", "class", string(r.Class), "name", t.say(string(r.Class))))
	t.print(2, t.say("rule detector", "", r.Detector))
	t.print(2, t.say("rule reason", "", t.pick(r.Reason.ZH, r.Reason.EN)))
	t.print(2, t.say("basis", "basis", r.Basis))
	t.print(2, t.say("rule todo", "", t.todo(Finding{Class: r.Class, Treatment: r.Treatment, Quarantine: r.Quarantine})))
	for _, l := range r.Lower {
		t.print(2, t.say("rule lower", "class", string(l.Class), "reason", t.pick(l.Reason.ZH, l.Reason.EN), "words", strings.Join(slices.Concat(l.Words, []string{l.Behind}), " ")))
	}
	if len(r.Examples) > 0 {
		t.print(2, t.say("examples"))
	}
	for _, e := range r.Examples {
		hits := t.hits(e.Hits)
		if e.Class != "" {
			hits += " (" + string(e.Class) + ")"
		}
		t.print(4, t.say("rule example", "text", plain(e.Text), "hits", hits))
	}
}

func (t *Teller) hits(all []string) string {
	if len(all) == 0 {
		return t.say("nothing")
	}
	out := make([]string, len(all))
	for i, h := range all {
		out[i] = t.say("quote", "", plain(h))
	}
	return strings.Join(out, " ")
}

// Examples tells how the examples of a rule set came out.
func (t *Teller) Examples(rs detect.RuleSet, run int, failed []Failure) {
	for _, f := range failed {
		if f.None {
			t.print(0, t.say("no example", "rule", f.Rule))
			continue
		}
		class := ""
		if f.Class != "" {
			class = " (" + f.Class + ")"
		}
		t.print(0, t.say("failure", "rule", f.Rule, "text", plain(f.Text), "want", t.hits(f.Want), "got", t.hits(f.Got), "class", class))
	}
	if len(failed) == 0 {
		t.print(0, t.count("test passed", run, "version", rs.Version, "rules", strconv.Itoa(len(rs.Rules))))
		return
	}
	t.print(0, t.count("test failed", run, "version", rs.Version, "m", strconv.Itoa(len(failed))))
}

// Diff tells what differs between two rule sets.
func (t *Teller) Diff(older, newer detect.RuleSet, changes []Change) {
	if len(changes) == 0 {
		t.print(0, t.say("same"))
	}
	for _, c := range changes {
		if c.What != "changed" {
			of := newer
			if c.What == "removed" {
				of = older
			}
			for _, r := range of.Rules {
				if r.ID == c.Rule {
					t.print(0, t.say(c.What, "rule", r.ID, "reason", t.pick(r.Reason.ZH, r.Reason.EN), "class", string(r.Class)))
				}
			}
			continue
		}
		if c.Rule == "" {
			t.print(0, t.say("set changed"))
		} else {
			t.print(0, t.say("changed", "rule", c.Rule))
		}
		for _, f := range c.Fields {
			t.field(f)
		}
	}
}

func (t *Teller) field(f Field) {
	none := func(s string) string {
		if s == "" {
			return t.say("nothing")
		}
		return s
	}
	if f.Old != "" || f.New != "" {
		t.print(2, t.say("field value", "field", f.Field, "old", none(f.Old), "new", none(f.New)))
		return
	}
	if len(f.Added)+len(f.Removed) == 0 {
		t.print(2, t.say("field order", "field", f.Field))
	}
	if len(f.Added) > 0 {
		t.print(2, t.say("field added", "field", f.Field, "", t.hits(f.Added)))
	}
	if len(f.Removed) > 0 {
		t.print(2, t.say("field removed", "field", f.Field, "", t.hits(f.Removed)))
	}
}

// Shifts tells what changes in one file, if anything does.
func (t *Teller) Shifts(f File) {
	if f.Status == Empty || f.Status == Unreadable {
		why := string(f.Status)
		t.print(0, t.say(why, "file", plain(f.File), "why", t.say(f.Error)))
		return
	}
	t.files++
	var more, less, turn int
	for _, s := range f.shifts {
		switch {
		case s.Old == nil:
			more++
		case s.New == nil:
			less++
		default:
			turn++
		}
	}
	if more+less+turn == 0 {
		return
	}
	t.moved, t.more, t.less, t.turn = t.moved+1, t.more+more, t.less+less, t.turn+turn
	t.print(0, t.say("shifts", "file", plain(f.File), "counts", t.counts(more, less, turn)))
	for _, s := range f.shifts {
		x, sign, class := s.New, "+", ""
		switch {
		case s.New == nil:
			x, sign, class = s.Old, "-", t.say(string(s.Old.Class))
		case s.Old == nil:
			class = t.say(string(s.New.Class))
		default:
			sign, class = "~", t.say("as", "old", t.say(string(s.Old.Class)), "new", t.say(string(s.New.Class)))
		}
		t.print(2, sign+" "+t.place(*x, false, f.Type)+t.say("colon")+t.say("quote", "", short(plain(x.Excerpt), nameRunes)))
		t.print(6, class+t.say("colon")+t.pick(x.Reason, x.ReasonEN)+t.say("stop")+" ["+x.Rule+"]")
	}
}

// Over tells what was compared in all, and says whether anything changes.
func (t *Teller) Over() bool {
	if t.moved == 0 {
		t.print(0, t.count("over same", t.files))
		return false
	}
	t.print(0, t.count("over", t.files, "m", strconv.Itoa(t.moved), "counts", t.counts(t.more, t.less, t.turn)))
	return true
}

func (t *Teller) counts(more, less, turn int) string {
	var out []string
	for _, c := range []struct {
		key string
		n   int
	}{{"shift new", more}, {"shift gone", less}, {"shift class", turn}} {
		if c.n > 0 {
			out = append(out, t.count(c.key, c.n))
		}
	}
	return strings.Join(out, t.say("comma"))
}
