package scan

import (
	"bufio"
	"fmt"
	"io"
	"strconv"
	"strings"

	"shenfa/internal/detect"
)

// Summary counts what was told.
type Summary struct {
	Files   int // without empty folders
	Passed  int // links and devices
	By      map[Status]int
	Classes map[detect.Class]int
	Worst   Status // the one that wins
}

// Add counts one more.
func (s *Summary) Add(f File) {
	if s.By == nil {
		s.By, s.Classes, s.Worst = map[Status]int{}, map[detect.Class]int{}, Empty
	}
	s.By[f.Status]++
	if f.Status != Empty {
		s.Files++
	}
	for _, x := range f.Findings {
		s.Classes[x.Class]++
	}
	if f.Status.Code() >= s.Worst.Code() && f.Status != Empty {
		s.Worst = f.Status
	}
}

// Code is the exit code: that of the worst file, and 2 if nothing was checked.
func (s Summary) Code() int {
	if s.Files == 0 {
		return Unreadable.Code()
	}
	return s.Worst.Code()
}

// Report tells outcomes as they come.
type Report interface {
	File(f File) error
	// Close tells the rest. Nothing may follow.
	Close(s Summary) error
}

// fewTold is how many findings of one kind in one part are told one by one.
const fewTold = 3

// Text tells outcomes as a colleague would remark on them, all of them one by one
// or only the first of many alike.
func (s *Scanner) Text(w io.Writer, lang Language, all bool) (Report, error) {
	v, err := speak(lang)
	if err != nil {
		return nil, err
	}
	return &text{w: bufio.NewWriter(w), voice: v, s: s, all: all}, nil
}

type text struct {
	w *bufio.Writer
	voice
	s   *Scanner
	all bool
	err error
}

func (t *text) print(indent int, line string) {
	if _, err := fmt.Fprintf(t.w, "%*s%s\n", indent, "", line); t.err == nil {
		t.err = err
	}
}

func (t *text) File(f File) error {
	t.print(0, t.headline(f))
	type kind struct {
		rule, part string
		class      detect.Class
	}
	told, more, bases := map[kind]int{}, map[kind][]Finding{}, map[string]bool{}
	var order []kind
	for _, x := range f.Findings {
		k := kind{x.Rule, x.Part, x.Class}
		if told[k]++; told[k] <= fewTold || t.all {
			t.finding(x, f.Type, bases[x.Rule])
			bases[x.Rule] = true
			continue
		}
		if more[k] == nil {
			order = append(order, k)
		}
		more[k] = append(more[k], x)
	}
	for _, k := range order {
		t.alike(more[k], f.Type)
	}
	t.print(0, "")
	if err := t.w.Flush(); t.err == nil {
		t.err = err
	}
	return t.err
}

func (t *text) headline(f File) string {
	var grave, lesser int
	for _, x := range f.Findings {
		if x.Class.Rank() >= detect.Hold.Rank() {
			grave++
		} else {
			lesser++
		}
	}
	file, key, n := plain(f.File), string(f.Status), grave
	switch {
	case f.Status == Unreadable:
		return t.say(key, "file", file, "why", t.say(f.Error))
	case f.Status == Clean && lesser > 0:
		key, n = "lesser", lesser
	case f.Status == Found && lesser > 0:
		key = "and lesser"
	}
	return t.count(key, n, "file", file, "m", strconv.Itoa(lesser))
}

// finding tells where, what, why and what to do; on what it rests only once.
func (t *text) finding(f Finding, media string, known bool) {
	whole := t.s.whole(f)
	t.print(2, t.place(f, whole, media)+t.say("colon")+t.quoted(f, whole))
	t.print(6, t.say(string(f.Class))+t.say("colon")+t.pick(f.Reason, f.ReasonEN)+t.say("stop")+t.pick("", " ")+t.todo(f)+" ["+f.Rule+"]")
	if !known {
		t.print(6, t.say("basis", "basis", f.Basis))
	}
}

func (t *text) quoted(f Finding, whole bool) string {
	text := f.Excerpt
	if f.Context != "" && !whole && !f.Quarantine {
		text = f.Context
	}
	if text == stars {
		return t.count("length", f.End-f.Start)
	}
	return t.say("quote", "", short(plain(text), nameRunes))
}

// alike tells of findings like some that were told.
func (t *text) alike(all []Finding, media string) {
	from, to := all[0].Line, all[len(all)-1].Line
	where := t.say(unit(media)+"s", "from", strconv.Itoa(from), "to", strconv.Itoa(to))
	if from == to {
		where = t.say("near")
	}
	t.print(2, t.part(all[0].Part)+t.say("colon")+t.pick(all[0].Reason, all[0].ReasonEN)+t.say("comma")+t.count("more", len(all), "where", where))
}

func (t *text) Close(s Summary) error {
	var files, classes []string
	n := 0
	for _, status := range []Status{Quarantine, Unreadable, Found, Clean} {
		if s.By[status] > 0 {
			files = append(files, t.count("count "+string(status), s.By[status]))
		}
	}
	for _, c := range []detect.Class{detect.Block, detect.Hold, detect.Warn, detect.Info} {
		if s.Classes[c] > 0 {
			n += s.Classes[c]
			classes = append(classes, t.count("class", s.Classes[c], "class", t.say(string(c))))
		}
	}
	comma := t.say("comma")
	switch s.Files {
	case 0:
		t.print(0, t.say("summary none"))
	case 1:
		t.print(0, t.say("summary one", "counts", strings.Join(files, comma)))
	default:
		t.print(0, t.count("summary", s.Files, "counts", strings.Join(files, comma)))
	}
	switch {
	case n == 1:
		t.print(0, t.say("classes one", "counts", strings.Join(classes, comma)))
	case n > 0:
		t.print(0, t.count("classes", n, "counts", strings.Join(classes, comma)))
	}
	if s.Passed > 0 {
		t.print(0, t.count("passed", s.Passed))
	}
	t.print(0, t.say("rules", "version", t.s.options.Checker.Version()))
	if err := t.w.Flush(); t.err == nil {
		t.err = err
	}
	return t.err
}
