package pdf

import (
	"bytes"
	"compress/flate"
	"context"
	"encoding/ascii85"
	"errors"
	"io"
)

// object is one object of the file, in whatever revision.
type object struct {
	num    int
	value  any
	raw    []byte // of its stream, as it stands in the file
	stream bool
}

func (o object) dict() dict {
	d, _ := o.value.(dict)
	return d
}

// objects are all objects of a file, found without its cross-reference table:
// also those that it no longer lists.
type objects struct {
	ctx      context.Context
	data     []byte
	all      []object
	latest   map[int]int // number to place in all
	trailers []dict
	streams  [][2]int // where streams stand, from and to
	work     int
	unpacked int
	full     bool // there were more objects than may be
	broken   bool
}

// sweep finds all objects.
func sweep(ctx context.Context, data []byte, limits Limits) *objects {
	x := &objects{ctx: ctx, data: data, latest: map[int]int{}, work: 4*len(data) + 1<<20, unpacked: limits.Unpacked}
	for at := 0; ; {
		n := bytes.Index(data[at:], []byte("obj"))
		t := bytes.Index(data[at:at+max(n, 0)], []byte("trailer"))
		if n < 0 {
			t = bytes.Index(data[at:], []byte("trailer"))
		}
		if t >= 0 {
			p := parser{data: data, at: at + t + len("trailer"), work: &x.work}
			if d, ok := p.value(0).(dict); ok && len(x.trailers) < 1000 {
				x.trailers = append(x.trailers, d)
			}
		}
		if n < 0 {
			return x
		}
		at += n + len("obj")
		num, ok := numbered(data[:at-len("obj")])
		if !ok {
			continue
		}
		if len(x.all) >= limits.Objects || x.work <= 0 || ctx.Err() != nil {
			x.full = true
			return x
		}
		at = x.object(num, at, limits)
	}
}

// numbered reads the number of an object from what precedes the word obj.
func numbered(before []byte) (int, bool) {
	num, digits := 0, 0
	i := len(before)
	back := func(want func(byte) bool, most int) int {
		from := i
		for i > 0 && from-i < most && want(before[i-1]) {
			i--
		}
		return from - i
	}
	digit := func(c byte) bool { return c >= '0' && c <= '9' }
	back(white0, 16)
	if back(digit, 5) == 0 || back(white0, 16) == 0 {
		return 0, false
	}
	end := i
	if digits = back(digit, 10); digits == 0 {
		return 0, false
	}
	for _, c := range before[i:end] {
		num = num*10 + int(c-'0')
	}
	return num, true
}

// object reads the object that begins at and answers where to go on.
func (x *objects) object(num, at int, limits Limits) int {
	p := parser{data: x.data, at: at, work: &x.work}
	o := object{num: num, value: p.value(0)}
	if p.broken {
		x.broken = true
		x.keep(o)
		return at
	}
	p.space()
	end := p.at
	if d := o.dict(); d != nil && bytes.HasPrefix(x.data[p.at:], []byte("stream")) {
		from := p.at + len("stream")
		if from < len(x.data) && x.data[from] == '\r' {
			from++
		}
		if from < len(x.data) && x.data[from] == '\n' {
			from++
		}
		end = x.streamEnd(d, from)
		o.raw, o.stream = x.data[from:end], true
		x.streams = append(x.streams, [2]int{from, end})
	}
	x.keep(o)
	switch o.dict()["Type"] {
	case name("ObjStm"):
		x.packed(o, limits)
	case name("XRef"):
		x.trailers = append(x.trailers, o.dict())
	}
	return max(end, at)
}

func (x *objects) keep(o object) {
	x.latest[o.num] = len(x.all)
	x.all = append(x.all, o)
}

// streamEnd believes the length of a stream only if the stream ends there.
func (x *objects) streamEnd(d dict, from int) int {
	if n, ok := d["Length"].(float64); ok && n >= 0 && n <= float64(len(x.data)-from) {
		end := from + int(n)
		if bytes.HasPrefix(bytes.TrimLeft(x.data[end:min(end+20, len(x.data))], whitespace), []byte("endstream")) {
			return end
		}
	}
	if n := bytes.Index(x.data[from:], []byte("endstream")); n >= 0 {
		return from + n
	}
	x.broken = true
	return len(x.data)
}

// packed reads the objects of an object stream (ISO 32000-1, 7.5.7).
func (x *objects) packed(o object, limits Limits) {
	body, err := x.unpack(o)
	if err != nil {
		x.broken = true
	}
	count, _ := o.dict()["N"].(float64)
	first, _ := o.dict()["First"].(float64)
	if first < 0 || int(first) > len(body) {
		x.broken = true
		return
	}
	head := parser{data: body[:int(first)], work: &x.work}
	for range int(min(max(count, 0), float64(limits.Objects))) {
		num, ok := head.value(0).(float64)
		offset, fine := head.value(0).(float64)
		if !ok || !fine || offset < 0 || first+offset > float64(len(body)) {
			x.broken = true
			return
		}
		if len(x.all) >= limits.Objects || x.work <= 0 {
			x.full = true
			return
		}
		p := parser{data: body, at: int(first + offset), work: &x.work}
		x.keep(object{num: int(num), value: p.value(0)})
	}
}

// resolve follows references.
func (x *objects) resolve(v any) any {
	for range 32 {
		r, ok := v.(ref)
		if !ok {
			return v
		}
		i, ok := x.latest[int(r)]
		if !ok {
			return nil
		}
		v = x.all[i].value
	}
	return nil
}

func (x *objects) dict(v any) dict {
	d, _ := x.resolve(v).(dict)
	return d
}

func (x *objects) list(v any) []any {
	l, _ := x.resolve(v).([]any)
	return l
}

// text is the text of a string, a name, or a stream.
func (x *objects) text(v any) string {
	if r, ok := v.(ref); ok {
		if i, ok := x.latest[int(r)]; ok && x.all[i].stream {
			b, _ := x.unpack(x.all[i]) // what there is of it
			return decoded(b)
		}
	}
	switch v := x.resolve(v).(type) {
	case str:
		return decoded(v)
	case name:
		return string(v)
	}
	return ""
}

var (
	errFilter = errors.New("unknown filter")
	errRoom   = errors.New("too large")
)

// unpack undoes the filters of a stream, as far as they are those of text.
// What was unpacked before an error is returned with it.
func (x *objects) unpack(o object) ([]byte, error) {
	b := o.raw
	filters := x.filters(o.dict())
	if len(filters) > 8 {
		return nil, errFilter
	}
	for i, f := range filters {
		if p, _ := x.resolve(x.parms(o.dict(), i)["Predictor"]).(float64); p > 1 {
			return nil, errFilter // for pictures and tables
		}
		var r io.Reader
		switch f {
		case "FlateDecode", "Fl":
			if len(b) < 2 {
				return nil, io.ErrUnexpectedEOF
			}
			r = flate.NewReader(bytes.NewReader(b[2:])) // many files lack a right checksum
		case "ASCIIHexDecode", "AHx":
			r = bytes.NewReader(unhex(bytes.TrimRight(b, whitespace+">")))
		case "ASCII85Decode", "A85":
			b = bytes.TrimSuffix(bytes.TrimRight(b, whitespace), []byte("~>"))
			r = ascii85.NewDecoder(bytes.NewReader(bytes.TrimPrefix(b, []byte("<~"))))
		default:
			return nil, errFilter
		}
		var out bytes.Buffer
		n, err := io.Copy(&out, io.LimitReader(stopping{x.ctx, r}, int64(x.unpacked)+1))
		if n > int64(x.unpacked) {
			x.full = true
			return nil, errRoom
		}
		b = out.Bytes()
		if err != nil {
			x.unpacked -= len(b)
			return b, err
		}
	}
	x.unpacked -= len(b)
	return b, nil
}

// stopping ends with its context.
type stopping struct {
	ctx context.Context
	r   io.Reader
}

func (s stopping) Read(b []byte) (int, error) {
	if err := s.ctx.Err(); err != nil {
		return 0, err
	}
	return s.r.Read(b)
}

func (x *objects) filters(d dict) []string {
	var all []string
	v := x.resolve(d["Filter"])
	if l, ok := v.([]any); ok {
		for _, f := range l {
			n, _ := x.resolve(f).(name)
			all = append(all, string(n))
		}
	} else if n, ok := v.(name); ok {
		all = append(all, string(n))
	}
	return all
}

func (x *objects) parms(d dict, i int) dict {
	v := x.resolve(d["DecodeParms"])
	if l, ok := v.([]any); ok {
		if i >= len(l) {
			return nil
		}
		v = x.resolve(l[i])
	} else if i > 0 {
		return nil
	}
	p, _ := v.(dict)
	return p
}
