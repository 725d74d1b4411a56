package pdf

import (
	"bytes"
	"fmt"
	"math"
	"slices"
	"strings"
)

// texts follows a text operator (ISO 32000-1, 9.3 and 9.4).
func (w *walk) texts(op string) error {
	s := &w.state
	switch op {
	case "BT":
		w.text = identity
		w.moved, w.adrift = 0, false
	case "Tc":
		s.spacing = w.num(0)
	case "Tz":
		s.stretch = w.num(0) / 100
	case "Td", "TD", "T*":
		w.moved, w.adrift = 0, false
	case "Tm":
		w.text = w.matrix()
		w.moved, w.adrift = 0, false
	case "Tf":
		key, _ := first0(w.args).(name)
		s.font = typeface{string(key), w.resource("Font", key), w.num(1)}
		if s.font.value == nil {
			return fmt.Errorf("%w: no font of that name", errUncertain)
		}
		return nil // written where it is used
	case "Tj", "TJ", "'", "\"":
		return w.show(op)
	}
	w.emit(op, w.args...)
	return nil
}

func first0(args []any) any {
	if len(args) == 0 {
		return nil
	}
	return args[0]
}

// show writes what is left of an operator that shows text.
func (w *walk) show(op string) error {
	switch op {
	case "\"":
		w.state.spacing = w.num(1)
		w.emit("Tw", w.num(0))
		w.emit("Tc", w.num(1))
		fallthrough
	case "'":
		w.emit("T*")
		w.moved, w.adrift = 0, false
	}
	left, shows := w.pieces(op)
	if !shows {
		w.moved += w.distance(left)
		return nil
	}
	if w.e.fate == nil {
		return fmt.Errorf("%w: text where it is not looked for", errUncertain)
	}
	f, err := w.decide(kindText)
	if err != nil {
		return err
	}
	if w.off > 0 {
		f.drop = true
	}
	if f.letters != nil {
		if f.drop {
			for i := range f.letters {
				f.letters[i].gone = true
			}
		}
		left, err = w.without(left, f.letters)
		switch {
		case err != nil && !f.drop:
			return err
		case err != nil:
			w.adrift = true
			return nil
		case !slices.ContainsFunc(left, func(v any) bool { _, ok := v.(str); return ok }):
			w.moved += w.distance(left)
			return nil
		}
	} else if f.drop {
		w.adrift = true
		return nil
	}
	if w.adrift {
		return fmt.Errorf("%w: the place of a text depends on what was dropped", errUncertain)
	}
	s := &w.state
	if !s.font.same(s.wrote) {
		n, err := w.e.copier.font(w.e, s.font.value)
		if err != nil {
			return err
		}
		w.emit("Tf", name(w.names.add("Font", n)), s.font.size)
		s.wrote = s.font
	}
	if unit := w.unit(); w.moved != 0 && unit != 0 {
		left = append([]any{-w.moved * 1000 / unit}, left...)
	}
	w.moved = 0
	w.painted = true
	w.emit("TJ", left)
	return nil
}

// unit is what a thousand in a line of strings and distances moves the pen by.
func (w *walk) unit() float64 { return w.state.font.size * w.state.stretch }

// distance is how far the numbers in a line move the pen.
func (w *walk) distance(pieces []any) float64 {
	d := 0.0
	for _, p := range pieces {
		f, _ := p.(float64)
		d -= f * w.unit() / 1000
	}
	return d
}

// pieces are the strings and distances that an operator shows, and whether
// there is any character among them.
func (w *walk) pieces(op string) ([]any, bool) {
	var all []any
	shows := false
	args := []any{w.last()}
	if list, ok := w.last().([]any); ok && op == "TJ" {
		args = list
	}
	for _, a := range args {
		switch a := a.(type) {
		case str:
			if len(a) > 0 {
				all, shows = append(all, a), true
			}
		case float64:
			all = append(all, a)
		}
	}
	return all, shows
}

// without takes the letters that go out of a line of strings and distances, and
// puts the distance in their place that the pen went.
func (w *walk) without(pieces []any, letters []letter) ([]any, error) {
	split, err := w.e.copier.codes(w.state.font.value)
	if err != nil {
		return nil, err
	}
	type code struct {
		bytes  str
		before []any // distances
	}
	var codes []code
	var kerns []any
	for _, p := range pieces {
		s, ok := p.(str)
		if !ok {
			kerns = append(kerns, p)
			continue
		}
		for len(s) > 0 {
			n := split.length(s)
			if n == 0 || n > len(s) {
				return nil, fmt.Errorf("%w: half a character", errUncertain)
			}
			codes = append(codes, code{s[:n], kerns})
			s, kerns = s[n:], nil
		}
	}
	if len(codes) != len(letters) {
		return nil, fmt.Errorf("%w: %d codes are %d characters", errUncertain, len(codes), len(letters))
	}
	to := w.text.then(w.state.at)
	ux, uy := to.a, to.b
	unit := w.unit()
	if split.vertical {
		ux, uy, unit = to.c, to.d, w.state.font.size
	}
	if unit == 0 || ux*ux+uy*uy == 0 {
		return nil, fmt.Errorf("%w: text without size", errUncertain)
	}
	moved := func(x, y float64) float64 {
		d := (x*ux + y*uy) / (ux*ux + uy*uy)
		return math.Round(-d*1e6/unit) / 1e3
	}
	var out []any
	for i := 0; i < len(codes); {
		out = append(out, codes[i].before...)
		if !letters[i].gone {
			if n := len(out); n > 0 {
				if s, ok := out[n-1].(str); ok {
					out[n-1] = str(append(bytes.Clone(s), codes[i].bytes...))
					i++
					continue
				}
			}
			out = append(out, codes[i].bytes)
			i++
			continue
		}
		j := i
		for j < len(codes) && letters[j].gone {
			j++
		}
		if j < len(codes) { // from where the pen stood to where it goes on
			out = append(out, moved(letters[j].from.x-letters[i].from.x, letters[j].from.y-letters[i].from.y))
			codes[j].before = nil
		} else {
			l := letters[j-1]
			d := moved(l.from.x-letters[i].from.x, l.from.y-letters[i].from.y)
			wide := moved(math.Copysign(l.width, ux), math.Copysign(l.height, uy))
			if split.vertical {
				wide = -wide
			}
			out = append(out, d+wide-w.state.spacing*w.unit()/w.state.font.size/unit*1000)
		}
		i = j
	}
	return append(out, kerns...), nil
}

// codes tells how many bytes the next character of a font takes.
type codes struct {
	vertical bool
	single   bool
	ranges   []codeRange
}

// codeRange is a range of codes of one length (ISO 32000-1, 9.7.6.2).
type codeRange struct{ low, high str }

func (c codes) length(s str) int {
	if c.single {
		return 1
	}
	for n := 1; n <= 4 && n <= len(s); n++ {
		for _, r := range c.ranges {
			if len(r.low) == n && within(s[:n], r) {
				return n
			}
		}
	}
	return 0
}

func within(s str, r codeRange) bool {
	for i, b := range s {
		if b < r.low[i] || b > r.high[i] {
			return false
		}
	}
	return true
}

func ranges(pairs ...string) []codeRange {
	var all []codeRange
	for i := 0; i+1 < len(pairs); i += 2 {
		all = append(all, codeRange{unhex([]byte(pairs[i])), unhex([]byte(pairs[i+1]))})
	}
	return all
}

// codes reads the code space of a font: of the CMaps by name those that offices
// in China write, and every one that is in the file.
func (c *copier) codes(font any) (codes, error) {
	d := c.x.dict(font)
	if c.x.resolve(d["Subtype"]) != name("Type0") {
		return codes{single: true}, nil
	}
	if r, ok := d["Encoding"].(ref); ok {
		if i, ok := c.x.latest[int(r)]; ok && c.x.all[i].stream {
			return c.embedded(c.x.all[i])
		}
	}
	encoding, _ := c.x.resolve(d["Encoding"]).(name)
	base := strings.TrimSuffix(strings.TrimSuffix(string(encoding), "-H"), "-V")
	out := codes{vertical: strings.HasSuffix(string(encoding), "V")}
	switch base {
	case "Identity", "UniGB-UCS2", "UniCNS-UCS2", "UniJIS-UCS2", "UniKS-UCS2":
		out.ranges = ranges("0000", "FFFF")
	case "GBK-EUC", "GBKp-EUC":
		out.ranges = ranges("00", "80", "8140", "FEFE")
	case "GB-EUC":
		out.ranges = ranges("00", "80", "A1A1", "FEFE")
	case "GBK2K":
		out.ranges = ranges("00", "7F", "81308130", "FE39FE39", "8140", "FEFE")
	case "UniGB-UTF16", "UniCNS-UTF16", "UniJIS-UTF16", "UniKS-UTF16":
		out.ranges = ranges("0000", "D7FF", "D800DC00", "DBFFDFFF", "E000", "FFFF")
	default:
		return codes{}, fmt.Errorf("%w: codes of %s", errUncertain, clip(string(encoding)))
	}
	return out, nil
}

// embedded reads the code space of a CMap in the file.
func (c *copier) embedded(obj object) (codes, error) {
	body, err := c.x.unpack(obj)
	if err != nil || obj.dict()["UseCMap"] != nil {
		return codes{}, fmt.Errorf("%w: codes of a font", errUncertain)
	}
	mode, _ := c.x.resolve(obj.dict()["WMode"]).(float64)
	out := codes{vertical: mode == 1}
	work := 4*len(body) + 1024
	for rest := body; ; {
		from := bytes.Index(rest, []byte("begincodespacerange"))
		if from < 0 {
			break
		}
		p := parser{data: rest, at: from + len("begincodespacerange"), work: &work}
		for {
			low, ok := p.value(0).(str)
			high, fine := p.value(0).(str)
			if !ok || !fine || len(low) != len(high) || len(low) == 0 {
				break
			}
			out.ranges = append(out.ranges, codeRange{low, high})
		}
		rest = rest[p.at:]
	}
	if len(out.ranges) == 0 {
		return codes{}, fmt.Errorf("%w: codes of a font", errUncertain)
	}
	return out, nil
}
