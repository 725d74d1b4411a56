package document

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"strconv"
	"unicode/utf8"

	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

// The kinds of events of an XML file.
type eventKind int

const (
	opens  eventKind = iota // an element opens; self-closing ones close next
	shuts                   // an element closes
	chars                   // character data, entities resolved
	remark                  // a comment or processing instruction
)

// event is one piece of an XML file. Prefixes are the writer's choice and are
// left out of names. Everything but name is valid until the next event only.
type event struct {
	kind  eventKind
	name  string
	attrs []attribute
	text  []byte
	at    int // the element it opens, shuts or stands in, counting elements as they open
	sc    *xmlScan
}

type attribute struct{ name, raw []byte }

// attr is an attribute by local name, empty if there is none.
func (e *event) attr(name string) string {
	for _, a := range e.attrs {
		if string(a.name) == name {
			return e.value(a)
		}
	}
	return ""
}

func (e *event) value(a attribute) string {
	text, err := e.sc.resolve(a.raw)
	if err != nil {
		e.stop(err)
		return ""
	}
	return string(text)
}

// stop ends the walk with err after this event.
func (e *event) stop(err error) {
	if e.sc.failed == nil {
		e.sc.failed = err
	}
}

// xmlScan reads XML in one pass and in memory bounded by its longest token.
// Office files declare no document type and no entities; one that does is an
// attack and is refused.
type xmlScan struct {
	r       io.Reader
	buf     []byte
	pos     int
	eof     bool
	gb      bool // what is not UTF-8 is GB 18030
	wide    bool // text beyond ASCII was read, so the encoding is settled
	names   map[string]string
	stack   []string // full names of the open elements
	ats     []int    // their numbers
	opened  int
	depth   int
	ev      event
	scratch []byte
	failed  error
}

// walkXML calls visit for each event of an XML file. An empty file has none.
func walkXML(r io.Reader, depth int, visit func(*event)) error {
	br := bufio.NewReader(r)
	head, _ := br.Peek(4)
	s := &xmlScan{r: br, names: map[string]string{}, depth: depth}
	switch {
	case bytes.HasPrefix(head, []byte("\xEF\xBB\xBF")):
		_, _ = br.Discard(3)
	case bytes.HasPrefix(head, []byte("\xFF\xFE")), bytes.HasPrefix(head, []byte("<\x00")):
		s.r = transform.NewReader(br, unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewDecoder())
	case bytes.HasPrefix(head, []byte("\xFE\xFF")), bytes.HasPrefix(head, []byte("\x00<")):
		s.r = transform.NewReader(br, unicode.UTF16(unicode.BigEndian, unicode.UseBOM).NewDecoder())
	}
	s.ev.sc = s
	return s.run(visit)
}

func (s *xmlScan) run(visit func(*event)) error {
	for s.failed == nil {
		text, err := s.until('<')
		if err != nil {
			return err
		}
		if len(text) > 0 {
			if len(s.stack) > 0 {
				s.chars(text, visit)
			} else if len(bytes.TrimSpace(text)) > 0 {
				return unreadable("damaged", "xml: text outside")
			}
		}
		if s.failed != nil {
			break
		}
		if s.pos == len(s.buf) { // the end
			if len(s.stack) > 0 {
				return unreadable("truncated", "xml")
			}
			return nil
		}
		if err := s.markup(visit); err != nil {
			return err
		}
	}
	return s.failed
}

// chars passes character data on, its entities resolved.
func (s *xmlScan) chars(raw []byte, visit func(*event)) {
	text, err := s.resolve(raw)
	if err != nil {
		s.failed = err
		return
	}
	s.ev.kind, s.ev.text, s.ev.attrs = chars, text, nil
	s.ev.at = s.ats[len(s.ats)-1]
	visit(&s.ev)
}

// markup reads one thing that begins with <.
func (s *xmlScan) markup(visit func(*event)) error {
	head, err := s.peek(9)
	if err != nil {
		return err
	}
	switch {
	case bytes.HasPrefix(head, []byte("<!--")):
		return s.aside(4, "-->", remark, visit)
	case bytes.HasPrefix(head, []byte("<![CDATA[")):
		return s.aside(9, "]]>", chars, visit)
	case bytes.HasPrefix(head, []byte("<?")):
		return s.aside(2, "?>", remark, visit)
	case bytes.HasPrefix(head, []byte("<!")):
		return unreadable("xml_bomb", "")
	}
	raw, err := s.element()
	if err != nil {
		return err
	}
	if raw[0] == '/' {
		return s.shut(bytes.TrimRight(raw[1:], " \t\r\n"), visit)
	}
	return s.open(raw, visit)
}

// aside reads what ends with a fixed mark: comments, instructions, CDATA.
func (s *xmlScan) aside(skip int, end string, kind eventKind, visit func(*event)) error {
	s.pos += skip
	for from := 0; ; {
		if i := bytes.Index(s.buf[s.pos+from:], []byte(end)); i >= 0 {
			raw := s.buf[s.pos : s.pos+from+i]
			s.pos += from + i + len(end)
			if end == "?>" && bytes.HasPrefix(raw, []byte("xml")) {
				s.gb = s.gb || declaresGB(raw)
				return nil
			}
			text, err := s.settle(raw)
			if err != nil {
				return err
			}
			s.ev.kind, s.ev.text, s.ev.attrs = kind, text, nil
			if n := len(s.ats); n > 0 {
				s.ev.at = s.ats[n-1]
			}
			visit(&s.ev)
			return nil
		}
		from = max(0, len(s.buf)-s.pos-len(end))
		if s.eof {
			return unreadable("truncated", "xml")
		}
		if err := s.fill(); err != nil {
			return err
		}
	}
}

func declaresGB(declaration []byte) bool {
	d := bytes.ToLower(declaration)
	return bytes.Contains(d, []byte("gb2312")) || bytes.Contains(d, []byte("gbk")) || bytes.Contains(d, []byte("gb18030"))
}

// element reads a tag and returns what is between < and >.
func (s *xmlScan) element() ([]byte, error) {
	quote := byte(0)
	for i := 1; ; i++ {
		for s.pos+i >= len(s.buf) {
			if s.eof {
				return nil, unreadable("truncated", "xml")
			}
			if err := s.fill(); err != nil {
				return nil, err
			}
		}
		switch c := s.buf[s.pos+i]; {
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '"' || c == '\'':
			quote = c
		case c == '<':
			return nil, unreadable("damaged", "xml")
		case c == '>':
			raw := s.buf[s.pos+1 : s.pos+i]
			if s.pos += i + 1; len(raw) == 0 {
				return nil, unreadable("damaged", "xml")
			}
			return raw, nil
		}
	}
}

func (s *xmlScan) open(raw []byte, visit func(*event)) error {
	single := raw[len(raw)-1] == '/'
	if single {
		raw = raw[:len(raw)-1]
	}
	n := nameLen(raw)
	if n == 0 {
		return unreadable("damaged", "xml: name")
	}
	full := s.intern(raw[:n])
	if err := s.attributes(raw[n:]); err != nil {
		return err
	}
	if s.stack = append(s.stack, full); len(s.stack) > s.depth {
		return unreadable("too_deep", "xml")
	}
	s.ev.kind, s.ev.name, s.ev.text, s.ev.at = opens, local(full), nil, s.opened
	s.ats = append(s.ats, s.opened)
	s.opened++
	if visit(&s.ev); single && s.failed == nil {
		s.pop(visit)
	}
	return nil
}

func (s *xmlScan) shut(full []byte, visit func(*event)) error {
	last := len(s.stack) - 1
	if last < 0 || s.stack[last] != string(full) {
		return unreadable("damaged", "xml: tags cross")
	}
	s.pop(visit)
	return nil
}

func (s *xmlScan) pop(visit func(*event)) {
	last := len(s.stack) - 1
	s.ev.kind, s.ev.name, s.ev.text, s.ev.attrs = shuts, local(s.stack[last]), nil, nil
	s.ev.at = s.ats[last]
	s.stack, s.ats = s.stack[:last], s.ats[:last]
	visit(&s.ev)
}

// attributes splits name="value" pairs.
func (s *xmlScan) attributes(raw []byte) error {
	s.ev.attrs = s.ev.attrs[:0]
	for {
		raw = bytes.TrimLeft(raw, " \t\r\n")
		if len(raw) == 0 {
			return nil
		}
		n := nameLen(raw)
		name := raw[:n]
		raw = bytes.TrimLeft(raw[n:], " \t\r\n")
		if n == 0 || len(raw) == 0 || raw[0] != '=' {
			return unreadable("damaged", "xml: attribute")
		}
		raw = bytes.TrimLeft(raw[1:], " \t\r\n")
		if len(raw) == 0 || raw[0] != '"' && raw[0] != '\'' {
			return unreadable("damaged", "xml: attribute")
		}
		end := bytes.IndexByte(raw[1:], raw[0])
		if end < 0 {
			return unreadable("damaged", "xml: attribute")
		}
		if i := bytes.LastIndexByte(name, ':'); i >= 0 && !bytes.HasPrefix(name, []byte("xmlns:")) {
			name = name[i+1:]
		}
		s.ev.attrs = append(s.ev.attrs, attribute{name, raw[1 : 1+end]})
		raw = raw[end+2:]
	}
}

func nameLen(b []byte) int {
	for i, c := range b {
		switch c {
		case ' ', '\t', '\r', '\n', '=', '/', '"', '\'':
			return i
		}
	}
	return len(b)
}

func local(full string) string {
	for i := len(full) - 1; i >= 0; i-- {
		if full[i] == ':' {
			return full[i+1:]
		}
	}
	return full
}

func (s *xmlScan) intern(b []byte) string {
	name, ok := s.names[string(b)]
	if !ok {
		name = string(b)
		s.names[name] = name
	}
	return name
}

// until returns everything before the next c, or to the end.
func (s *xmlScan) until(c byte) ([]byte, error) {
	for from := 0; ; {
		if i := bytes.IndexByte(s.buf[s.pos+from:], c); i >= 0 {
			text := s.buf[s.pos : s.pos+from+i]
			s.pos += from + i
			return text, nil
		}
		if s.eof {
			text := s.buf[s.pos:]
			s.pos = len(s.buf)
			return text, nil
		}
		from = len(s.buf) - s.pos
		if err := s.fill(); err != nil {
			return nil, err
		}
	}
}

func (s *xmlScan) peek(n int) ([]byte, error) {
	for len(s.buf)-s.pos < n && !s.eof {
		if err := s.fill(); err != nil {
			return nil, err
		}
	}
	return s.buf[s.pos:min(len(s.buf), s.pos+n)], nil
}

// fill reads more behind what is not yet used.
func (s *xmlScan) fill() error {
	const window = 64 << 10
	if s.pos > 0 {
		s.buf = s.buf[:copy(s.buf, s.buf[s.pos:])]
		s.pos = 0
	}
	if cap(s.buf)-len(s.buf) < window/2 {
		grown := make([]byte, len(s.buf), max(window, 2*cap(s.buf)))
		copy(grown, s.buf)
		s.buf = grown
	}
	n, err := s.r.Read(s.buf[len(s.buf):cap(s.buf)])
	s.buf = s.buf[:len(s.buf)+n]
	if errors.Is(err, io.EOF) {
		s.eof, err = true, nil
	}
	return err
}

// settle makes a token UTF-8. The first one that is not settles that the file
// is GB 18030; after text that was UTF-8 it means damage.
func (s *xmlScan) settle(raw []byte) ([]byte, error) {
	i := 0
	for i < len(raw) && raw[i] < utf8.RuneSelf {
		i++
	}
	if i == len(raw) {
		return raw, nil
	}
	if !s.gb && utf8.Valid(raw) {
		s.wide = true
		return raw, nil
	}
	if s.wide && !s.gb {
		return nil, unreadable("bad_encoding", "xml")
	}
	s.gb, s.wide = true, true
	out, err := simplifiedchinese.GB18030.NewDecoder().Bytes(raw)
	if err != nil || bytes.ContainsRune(out, utf8.RuneError) {
		return nil, unreadable("bad_encoding", "xml")
	}
	return out, nil
}

// resolve settles the encoding of a token and replaces its entities.
func (s *xmlScan) resolve(raw []byte) ([]byte, error) {
	raw, err := s.settle(raw)
	if err != nil || bytes.IndexByte(raw, '&') < 0 {
		return raw, err
	}
	out := s.scratch[:0]
	for len(raw) > 0 {
		i := bytes.IndexByte(raw, '&')
		if i < 0 {
			out = append(out, raw...)
			break
		}
		out = append(out, raw[:i]...)
		end := bytes.IndexByte(raw[i:], ';')
		r, ok := rune(0), false
		if end > 0 {
			r, ok = entity(string(raw[i+1 : i+end]))
		}
		if !ok {
			return nil, unreadable("damaged", "xml: entity")
		}
		out = utf8.AppendRune(out, r)
		raw = raw[i+end+1:]
	}
	s.scratch = out
	return out, nil
}

func entity(name string) (rune, bool) {
	switch name {
	case "lt":
		return '<', true
	case "gt":
		return '>', true
	case "amp":
		return '&', true
	case "quot":
		return '"', true
	case "apos":
		return '\'', true
	}
	if len(name) < 2 || name[0] != '#' {
		return 0, false
	}
	digits, base := name[1:], 10
	if digits[0] == 'x' || digits[0] == 'X' {
		digits, base = digits[1:], 16
	}
	n, err := strconv.ParseUint(digits, base, 32)
	return rune(n), err == nil && n <= utf8.MaxRune
}
