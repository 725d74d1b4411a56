package pdf

import (
	"bytes"
	"compress/flate"
	"compress/zlib"
	"crypto/sha256"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
)

// names are the resources of one content stream, under new names: those of the
// file may tell something.
type names struct{ entries map[string][]string }

// add is the name of a value, as it is written.
func (n *names) add(category, value string) string {
	if n.entries == nil {
		n.entries = map[string][]string{}
	}
	i := slices.Index(n.entries[category], value)
	if i < 0 {
		i = len(n.entries[category])
		n.entries[category] = append(n.entries[category], value)
	}
	return category[:1] + strconv.Itoa(i)
}

func (n *names) String() string {
	var b strings.Builder
	b.WriteString("<<")
	for _, category := range []string{"ColorSpace", "ExtGState", "Font", "Pattern", "Shading", "XObject"} {
		if len(n.entries[category]) == 0 {
			continue
		}
		b.WriteString("/" + category + "<<")
		for i, value := range n.entries[category] {
			fmt.Fprintf(&b, "/%s%d %s", category[:1], i, value)
		}
		b.WriteString(">>")
	}
	return b.String() + ">>"
}

// copier copies what pages draw with from one file into a new one, key by key
// of those that make it look as it does. Nothing else comes along.
type copier struct {
	x     *objects
	made  []made              // objects of the new file, from number 1
	known map[ref]string      // objects that were copied
	drawn map[ref]string      // graphics states and patterns that were
	same  map[[32]byte]string // objects by what they are
	queue []ref               // objects that have a number and are still to be written
	// images tells how many pictures had something beside their pixels.
	images int
}

// made is an object of the new file.
type made struct {
	value string
	data  []byte // of a stream; nil for others
}

func newCopier(x *objects) *copier {
	return &copier{x: x, known: map[ref]string{}, drawn: map[ref]string{}, same: map[[32]byte]string{}}
}

// reserve is the number of an object that is made later.
func (c *copier) reserve() int {
	c.made = append(c.made, made{})
	return len(c.made)
}

// object makes an object, or finds the one that is the same.
func (c *copier) object(value string) string { return c.add(made{value: value}) }

func (c *copier) add(m made) string {
	h := sha256.New()
	h.Write([]byte(m.value))
	h.Write(m.data)
	key := [32]byte(h.Sum(nil))
	if r, ok := c.same[key]; ok {
		return r
	}
	n := c.reserve()
	c.made[n-1] = m
	r := fmt.Sprintf("%d 0 R", n)
	c.same[key] = r
	return r
}

// unique makes an object that is no other, though it may look the same.
func (c *copier) unique(value string) string {
	n := c.reserve()
	c.made[n-1] = made{value: value}
	return fmt.Sprintf("%d 0 R", n)
}

// stream makes a stream; entries are those beside its length.
func (c *copier) stream(entries string, data []byte) string {
	if data == nil {
		data = []byte{}
	}
	return c.add(made{fmt.Sprintf("<<%s/Length %d>>", entries, len(data)), data})
}

// packed writes a stream that is packed here.
func (c *copier) packed(entries string, data []byte) string {
	return c.stream(entries+"/Filter/FlateDecode", packed(data))
}

func packed(data []byte) []byte {
	var b bytes.Buffer
	z := zlib.NewWriter(&b)
	_, _ = z.Write(data) // a buffer takes everything
	_ = z.Close()
	return b.Bytes()
}

// file writes the new file: the pages, what they lead to, and nothing else.
func (c *copier) file(pages []string) []byte {
	c.drain()
	tree := len(c.made) + 1
	var list strings.Builder
	fmt.Fprintf(&list, "<</Type/Pages/Count %d/Kids[%s]>>", len(pages), strings.Join(pages, " "))
	size := len("%PDF-1.7")
	reached := map[int]bool{}
	for stack := []string{list.String()}; len(stack) > 0; {
		top := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		for _, n := range named(top) {
			if n < tree && !reached[n] {
				reached[n] = true
				size += len(c.made[n-1].value) + len(c.made[n-1].data) + 64
				stack = append(stack, c.made[n-1].value)
			}
		}
	}
	b := bytes.NewBuffer(make([]byte, 0, size+list.Len()+32*tree))
	b.WriteString("%PDF-1.7\n%\xE2\xE3\xCF\xD3\n")
	var table strings.Builder
	write := func(n int, m made) {
		fmt.Fprintf(&table, "%d 1\n%010d 00000 n \n", n, b.Len())
		fmt.Fprintf(b, "%d 0 obj\n%s", n, strings.ReplaceAll(m.value, treeMark, fmt.Sprintf("%d 0 R", tree)))
		if m.data != nil {
			b.WriteString("stream\n")
			b.Write(m.data)
			b.WriteString("\nendstream")
		}
		b.WriteString("\nendobj\n")
	}
	for i, m := range c.made {
		if reached[i+1] {
			write(i+1, m)
		}
	}
	write(tree, made{value: list.String()})
	write(tree+1, made{value: "<</Type/Catalog/Pages " + treeMark + ">>"})
	end := b.Len()
	fmt.Fprintf(b, "xref\n0 1\n0000000000 65535 f \n%strailer\n<</Size %d/Root %d 0 R>>\nstartxref\n%d\n%%%%EOF\n", table.String(), tree+2, tree+1, end)
	return b.Bytes()
}

// treeMark stands for the page tree, whose number is known last.
const treeMark = "\x00tree\x00"

// named are the numbers of the objects that a value names.
func named(value string) []int {
	work := 4*len(value) + 1024
	p := parser{data: []byte(strings.ReplaceAll(value, treeMark, "null")), work: &work}
	var all []int
	var walk func(v any)
	walk = func(v any) {
		switch v := v.(type) {
		case ref:
			all = append(all, int(v))
		case []any:
			for _, e := range v {
				walk(e)
			}
		case dict:
			for _, key := range sorted(v) {
				walk(v[key])
			}
		}
	}
	walk(p.value(0))
	return all
}

// drain makes the objects that were promised.
func (c *copier) drain() {
	for len(c.queue) > 0 {
		r := c.queue[0]
		c.queue = c.queue[1:]
		var n int
		_, _ = fmt.Sscanf(c.known[r], "%d", &n)
		obj := c.x.all[c.x.latest[int(r)]]
		var b bytes.Buffer
		if !obj.stream {
			c.put(&b, obj.value, 0)
			c.made[n-1] = made{value: b.String()}
			continue
		}
		raw := c.ended(obj)
		c.entries(&b, obj.dict(), 0)
		c.made[n-1] = made{fmt.Sprintf("<<%s/Length %d>>", b.String(), len(raw)), raw}
	}
}

// kept are the keys of fonts, colours, functions, patterns and streams that
// make a page look as it does (ISO 32000-1, chapters 7 to 11).
var kept = func() map[string]bool {
	all := map[string]bool{}
	for _, key := range strings.Fields(`
		Filter DecodeParms Predictor Colors Columns EarlyChange K EndOfLine EncodedByteAlign Rows EndOfBlock BlackIs1
		DamagedRowsBeforeError JBIG2Globals ColorTransform BitsPerComponent
		Type Subtype BaseFont FirstChar LastChar Widths FontDescriptor Encoding ToUnicode DescendantFonts CIDSystemInfo
		DW W DW2 W2 CIDToGIDMap FontBBox FontMatrix Registry Ordering Supplement BaseEncoding Differences
		FontName FontStretch FontWeight Flags ItalicAngle Ascent Descent Leading CapHeight XHeight StemV StemH AvgWidth
		MaxWidth MissingWidth FontFile FontFile2 FontFile3 CharSet CIDSet Style Panose FD Length1 Length2 Length3
		CMapName WMode UseCMap
		FunctionType Domain Range Size BitsPerSample Order Encode Decode C0 C1 N Functions Bounds
		ShadingType ColorSpace Background BBox AntiAlias Coords Extend Function Matrix VerticesPerRow BitsPerCoordinate BitsPerFlag
		Alternate WhitePoint BlackPoint Gamma PatternType PaintType TilingType XStep YStep Shading
		LW LC LJ ML D RI OP op OPM BG BG2 UCR UCR2 TR TR2 HT FL SM SA BM CA ca AIS TK`) {
		all[key] = true
	}
	return all
}()

// put writes a value with the keys that are kept.
func (c *copier) put(b *bytes.Buffer, v any, depth int) {
	if depth > deepValue {
		b.WriteString("null")
		return
	}
	switch v := v.(type) {
	case bool:
		b.WriteString(strconv.FormatBool(v))
	case float64:
		if v == math.Trunc(v) && math.Abs(v) < 1<<31 {
			b.WriteString(strconv.FormatInt(int64(v), 10))
			return
		}
		b.WriteString(strconv.FormatFloat(v, 'f', -1, 64))
	case name:
		b.WriteByte('/')
		for _, ch := range []byte(v) {
			if regular(ch) && ch > ' ' && ch < 0x7F && ch != '#' {
				b.WriteByte(ch)
			} else {
				fmt.Fprintf(b, "#%02X", ch)
			}
		}
	case str:
		fmt.Fprintf(b, "<%X>", []byte(v))
	case ref:
		b.WriteString(c.ref(v))
	case []any:
		b.WriteByte('[')
		for i, e := range v {
			if i > 0 {
				b.WriteByte(' ')
			}
			c.put(b, e, depth+1)
		}
		b.WriteByte(']')
	case dict:
		b.WriteString("<<")
		c.entries(b, v, depth)
		b.WriteString(">>")
	default:
		b.WriteString("null")
	}
}

func (c *copier) entries(b *bytes.Buffer, d dict, depth int) {
	for _, key := range sorted(d) {
		if kept[key] {
			c.put(b, name(key), 0)
			b.WriteByte(' ')
			c.put(b, d[key], depth+1)
		}
	}
}

// ref promises to copy an object.
func (c *copier) ref(r ref) string {
	if s, ok := c.known[r]; ok {
		return s
	}
	if _, ok := c.x.latest[int(r)]; !ok {
		return "null"
	}
	s := fmt.Sprintf("%d 0 R", c.reserve())
	c.known[r] = s
	c.queue = append(c.queue, r)
	return s
}

// resource is a value as it stands in resources.
func (c *copier) resource(v any) string {
	var b bytes.Buffer
	c.put(&b, v, 0)
	return b.String()
}

// ended is the data of a stream up to the end of what it packs.
func (c *copier) ended(obj object) []byte {
	filters := c.x.filters(obj.dict())
	if len(filters) == 0 || filters[0] != "FlateDecode" || len(obj.raw) < 2 {
		return obj.raw
	}
	r := bytes.NewReader(obj.raw[2:])
	z := flate.NewReader(r)
	var sink [32 << 10]byte
	for {
		n, err := z.Read(sink[:])
		if err != nil {
			break
		}
		if c.x.unpacked -= n; c.x.unpacked < 0 {
			return obj.raw[:2] // a bomb; nobody will see it
		}
	}
	const checksum = 4
	return obj.raw[:min(len(obj.raw)-r.Len()+checksum, len(obj.raw))]
}

func (c *copier) numbers(v any) []float64 {
	var all []float64
	for _, e := range c.x.list(v) {
		f, _ := c.x.resolve(e).(float64)
		all = append(all, f)
	}
	return all
}

func (c *copier) matrix(v any) matrix {
	if f := c.numbers(v); len(f) == 6 {
		return matrix{f[0], f[1], f[2], f[3], f[4], f[5]}
	}
	return identity
}

func (c *copier) box(v any) (Box, bool) {
	f := c.numbers(v)
	if len(f) != 4 {
		return Box{}, false
	}
	return around(point{f[0], f[1]}, point{f[2], f[3]}), true
}

// some are those entries of a dictionary that are wanted.
func (c *copier) some(d dict, keys ...string) string {
	var b bytes.Buffer
	for _, key := range keys {
		if v := d[key]; v != nil {
			b.WriteString("/" + key + " ")
			c.put(&b, v, 0)
		}
	}
	return b.String()
}
