package treatment

import (
	"bytes"
	"encoding/xml"
	"strconv"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/unicode"
)

// The kinds of tokens of an XML file.
type tokenKind uint8

const (
	opens  tokenKind = iota // <a>
	shuts                   // </a>
	single                  // <a/>
	chars                   // character data
	cdata                   // <![CDATA[ ]]>
	aside                   // comments, instructions, declarations
)

// token is a piece of an XML file.
type token struct {
	start, end int32
	mate       int32 // of a token that opens an element the one that shuts it, of others the element around, or -1
	edit       int32 // 0 as it stands, -1 dropped, else the number of what replaces it
	kind       tokenKind
}

// tape is an XML file as the row of its tokens. What is not edited keeps its
// bytes.
type tape struct {
	src    []byte
	tokens []token
	edits  []string
}

// readTape reads XML that the reader of documents has accepted. It declares no
// document type, its elements nest, and it is in UTF-8 from here on.
func readTape(data []byte) (*tape, error) {
	src, err := utf8XML(data)
	if err != nil {
		return nil, err
	}
	t := &tape{src: src, tokens: make([]token, 0, bytes.Count(src, []byte("<"))+bytes.Count(src, []byte(">"))-bytes.Count(src, []byte("><"))+1)}
	var open []int32
	for at := 0; at < len(src); {
		end, kind, err := next(src, at)
		if err != nil {
			return nil, err
		}
		tok := token{start: int32(at), end: int32(end), mate: -1, kind: kind}
		n := int32(len(t.tokens))
		if len(open) > 0 {
			tok.mate = open[len(open)-1]
		}
		switch kind {
		case opens:
			open = append(open, n)
		case shuts:
			if len(open) == 0 || !bytes.Equal(tagName(src[at+2:end]), tagName(src[t.tokens[tok.mate].start+1:])) {
				return nil, cannot("damaged", "xml")
			}
			t.tokens[tok.mate].mate, tok.mate = n, t.tokens[tok.mate].mate
			open = open[:len(open)-1]
		}
		t.tokens = append(t.tokens, tok)
		at = end
	}
	if len(open) > 0 {
		return nil, cannot("damaged", "xml")
	}
	return t, nil
}

// next finds the end and kind of the token that begins at a place.
func next(src []byte, at int) (int, tokenKind, error) {
	rest := src[at:]
	if rest[0] != '<' {
		if i := bytes.IndexByte(rest, '<'); i >= 0 {
			return at + i, chars, nil
		}
		return len(src), chars, nil
	}
	for _, known := range []struct {
		start, end string
		kind       tokenKind
	}{{"<!--", "-->", aside}, {"<![CDATA[", "]]>", cdata}, {"<?", "?>", aside}} {
		if bytes.HasPrefix(rest, []byte(known.start)) {
			i := bytes.Index(rest[len(known.start):], []byte(known.end))
			if i < 0 {
				return 0, 0, cannot("truncated", "xml")
			}
			return at + len(known.start) + i + len(known.end), known.kind, nil
		}
	}
	if bytes.HasPrefix(rest, []byte("<!")) {
		return 0, 0, cannot("xml_bomb", "")
	}
	quote := byte(0)
	for i := 1; i < len(rest); i++ {
		switch c := rest[i]; {
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '"' || c == '\'':
			quote = c
		case c == '>':
			switch {
			case rest[1] == '/':
				return at + i + 1, shuts, nil
			case rest[i-1] == '/':
				return at + i + 1, single, nil
			}
			return at + i + 1, opens, nil
		}
	}
	return 0, 0, cannot("truncated", "xml")
}

// utf8XML turns the encodings that the reader accepts into UTF-8.
func utf8XML(data []byte) ([]byte, error) {
	var out []byte
	var err error
	switch {
	case bytes.HasPrefix(data, []byte("\xFF\xFE")), bytes.HasPrefix(data, []byte("<\x00")):
		out, err = unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewDecoder().Bytes(data)
	case bytes.HasPrefix(data, []byte("\xFE\xFF")), bytes.HasPrefix(data, []byte("\x00<")):
		out, err = unicode.UTF16(unicode.BigEndian, unicode.UseBOM).NewDecoder().Bytes(data)
	case !utf8.Valid(data) || declaresGB(data):
		out, err = simplifiedchinese.GB18030.NewDecoder().Bytes(data)
	default:
		return bytes.TrimPrefix(data, []byte("\xEF\xBB\xBF")), nil
	}
	if err != nil {
		return nil, cannot("bad_encoding", "xml")
	}
	if bytes.HasPrefix(out, []byte("<?xml")) {
		out = out[bytes.Index(out, []byte("?>"))+2:]
	}
	return append([]byte(xml.Header), out...), nil
}

func declaresGB(data []byte) bool {
	head, _, _ := bytes.Cut(data[:min(len(data), 200)], []byte("?>"))
	head = bytes.ToLower(head)
	return bytes.HasPrefix(head, []byte("<?xml")) && (bytes.Contains(head, []byte("gb2312")) || bytes.Contains(head, []byte("gbk")) || bytes.Contains(head, []byte("gb18030")))
}

// raw is a token as it is written.
func (t *tape) raw(i int) []byte { return t.src[t.tokens[i].start:t.tokens[i].end] }

// element says whether a token begins an element.
func (t *tape) element(i int) bool { return t.tokens[i].kind == opens || t.tokens[i].kind == single }

// full is the name of the element that a token opens or shuts, prefix included.
func (t *tape) full(i int) string {
	return string(tagName(bytes.TrimPrefix(t.raw(i)[1:], []byte("/"))))
}

// tagName is the name that a tag begins with.
func tagName(raw []byte) []byte {
	for i, c := range raw {
		switch c {
		case ' ', '\t', '\r', '\n', '/', '>':
			return raw[:i]
		}
	}
	return raw
}

// name is [tape.full] without its prefix.
func (t *tape) name(i int) string { return local(t.full(i)) }

// within is the name of the element that character data stands in.
func (t *tape) within(i int) string {
	if t.tokens[i].mate < 0 {
		return ""
	}
	return t.name(int(t.tokens[i].mate))
}

func local(full string) string { return full[strings.LastIndexByte(full, ':')+1:] }

// last is the token that ends the element begun by a token.
func (t *tape) last(i int) int {
	if t.tokens[i].kind == opens {
		return int(t.tokens[i].mate)
	}
	return i
}

// up is the element around a token, or -1.
func (t *tape) up(i int) int {
	if t.tokens[i].kind == opens {
		i = t.last(i)
	}
	return int(t.tokens[i].mate)
}

func (t *tape) gone(i int) bool { return t.tokens[i].edit == -1 }

// drop takes an element out, or a token that is none.
func (t *tape) drop(i int) {
	end := i
	if t.element(i) {
		end = t.last(i)
	}
	for ; i <= end; i++ {
		t.tokens[i].edit = -1
	}
}

// unwrap takes an element out and leaves what is in it.
func (t *tape) unwrap(i int) {
	t.tokens[i].edit, t.tokens[t.last(i)].edit = -1, -1
}

// empty takes out what is in an element.
func (t *tape) empty(i int) {
	for n := i + 1; n < t.last(i); n++ {
		t.tokens[n].edit = -1
	}
}

// put writes something else for a token.
func (t *tape) put(i int, raw string) {
	t.edits = append(t.edits, raw)
	t.tokens[i].edit = int32(len(t.edits))
}

// now is a token as it will be written.
func (t *tape) now(i int) []byte {
	switch e := t.tokens[i].edit; {
	case e < 0:
		return nil
	case e > 0:
		return []byte(t.edits[e-1])
	}
	return t.raw(i)
}

// text is what character data says.
func (t *tape) text(i int) string {
	raw := t.now(i)
	if t.tokens[i].kind == cdata && len(raw) >= 12 && t.tokens[i].edit == 0 {
		return string(raw[9 : len(raw)-3])
	}
	return unescape(string(raw))
}

// inner is the text inside an element, as it will be written.
func (t *tape) inner(i int) string {
	var b strings.Builder
	for n := i + 1; n < t.last(i); n++ {
		if k := t.tokens[n].kind; k == chars || k == cdata {
			b.WriteString(t.text(n))
		}
	}
	return b.String()
}

// bytes writes the file.
func (t *tape) bytes() []byte { return t.between(0, len(t.tokens)) }

// between writes the tokens from one up to another.
func (t *tape) between(from, to int) []byte {
	var out bytes.Buffer
	out.Grow(len(t.src))
	for i := from; i < to; i++ {
		switch e := t.tokens[i].edit; {
		case e == 0:
			out.Write(t.raw(i))
		case e > 0:
			out.WriteString(t.edits[e-1])
		}
	}
	return out.Bytes()
}

// attribute is a name and the value it has.
type attribute struct{ full, value string }

// attributes lists the attributes of an element.
func (t *tape) attributes(i int) []attribute {
	raw := string(t.now(i))
	if len(raw) < 2 {
		return nil
	}
	raw = strings.TrimSuffix(strings.TrimSuffix(raw[1:], ">"), "/")
	at := strings.IndexAny(raw, " \t\r\n")
	if at < 0 {
		return nil
	}
	var all []attribute
	for raw = raw[at:]; ; {
		name, rest, ok := strings.Cut(raw, "=")
		rest = strings.TrimLeft(rest, " \t\r\n")
		if !ok || rest == "" {
			return all
		}
		value, after, ok := strings.Cut(rest[1:], rest[:1])
		if !ok {
			return all
		}
		all = append(all, attribute{strings.TrimSpace(name), unescape(value)})
		raw = after
	}
}

// attr is the value of an attribute by its name without prefix.
func (t *tape) attr(i int, name string) string {
	for _, a := range t.attributes(i) {
		if local(a.full) == name && !strings.HasPrefix(a.full, "xmlns") {
			return a.value
		}
	}
	return ""
}

// setAttributes writes an element's tag anew.
func (t *tape) setAttributes(i int, all []attribute) {
	var b strings.Builder
	b.WriteString("<" + t.full(i))
	for _, a := range all {
		b.WriteString(" " + a.full + `="` + escape(a.value) + `"`)
	}
	if t.tokens[i].kind == single {
		b.WriteString("/")
	}
	b.WriteString(">")
	t.put(i, b.String())
}

// change lets every attribute of an element be kept, with another value or not,
// or dropped.
func (t *tape) change(i int, to func(a attribute) (string, bool)) {
	all := t.attributes(i)
	out, changed := all[:0:0], false
	for _, a := range all {
		v, keep := to(a)
		changed = changed || !keep || v != a.value
		if keep {
			out = append(out, attribute{a.full, v})
		}
	}
	if changed {
		t.setAttributes(i, out)
	}
}

var escaper = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;", "\n", "&#10;", "\r", "&#13;", "\t", "&#9;")

// escape writes text so that XML reads it back as it is; what XML cannot hold
// becomes U+FFFD.
func escape(s string) string {
	return escaper.Replace(strings.Map(func(r rune) rune {
		if r < ' ' && r != '\t' && r != '\n' && r != '\r' || r == 0xFFFE || r == 0xFFFF {
			return utf8.RuneError
		}
		return r
	}, s))
}

// unescape resolves the entities that a file without a document type can use.
func unescape(s string) string {
	if strings.IndexByte(s, '&') < 0 {
		return s
	}
	var b strings.Builder
	for {
		i := strings.IndexByte(s, '&')
		if i < 0 {
			b.WriteString(s)
			return b.String()
		}
		b.WriteString(s[:i])
		name, rest, ok := strings.Cut(s[i+1:], ";")
		if !ok {
			b.WriteString(s[i:])
			return b.String()
		}
		b.WriteString(entity(name))
		s = rest
	}
}

func entity(name string) string {
	switch name {
	case "lt":
		return "<"
	case "gt":
		return ">"
	case "amp":
		return "&"
	case "quot":
		return `"`
	case "apos":
		return "'"
	}
	digits, base := strings.TrimPrefix(name, "#"), 10
	if strings.HasPrefix(digits, "x") || strings.HasPrefix(digits, "X") {
		digits, base = digits[1:], 16
	}
	n, err := strconv.ParseUint(digits, base, 32)
	if err != nil || n > utf8.MaxRune {
		return "&" + name + ";"
	}
	return string(rune(n))
}
