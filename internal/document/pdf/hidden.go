package pdf

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// layers are the optional-content groups that a reader does not show.
type layers struct {
	off  map[string]bool // by name
	refs map[ref]bool
}

func (x *objects) layers() layers {
	l := layers{off: map[string]bool{}, refs: map[ref]bool{}}
	for i, o := range x.all {
		p := x.dict(o.dict()["OCProperties"])
		if p == nil || x.latest[o.num] != i {
			continue
		}
		d := x.dict(p["D"])
		on := map[ref]bool{}
		for _, v := range x.list(d["ON"]) {
			if r, ok := v.(ref); ok {
				on[r] = true
			}
		}
		switchOff := func(v any) {
			r, ok := v.(ref)
			if !ok {
				return
			}
			l.refs[r] = true
			l.off[strings.TrimRight(x.text(x.dict(r)["Name"]), "\x00")] = true
		}
		for _, v := range x.list(d["OFF"]) {
			switchOff(v)
		}
		for _, v := range x.list(p["OCGs"]) {
			r, ok := v.(ref)
			view := x.dict(x.dict(x.dict(v)["Usage"])["View"])
			if ok && (x.resolve(d["BaseState"]) == name("OFF") && !on[r] || x.resolve(view["ViewState"]) == name("OFF")) {
				switchOff(v)
			}
		}
	}
	return l
}

// objects makes parts of what the objects of the file say beside its pages. An
// object that a later one replaced counts as much, and its part says so.
func (o *opening) objects(x *objects) {
	h := &hoard{o: o, x: x, seen: map[string]bool{}, files: map[int]bool{}}
	infos := map[int]bool{} // numbers of the document information
	last := ref(-1)
	for _, t := range x.trailers {
		if r, ok := t["Info"].(ref); ok {
			infos[int(r)], last = true, r
		}
	}
	for i, obj := range x.all {
		if i%1024 == 0 && x.ctx.Err() != nil {
			x.full = true
			break
		}
		h.late = ""
		if x.latest[obj.num] != i {
			h.late = " of an earlier revision"
		}
		h.object(obj)
		if infos[obj.num] {
			if obj.num != int(last) {
				h.late = " of an earlier revision"
			}
			h.info(obj.dict())
		}
	}
	h.late = ""
	h.bookmarks()
	var off []string
	for n := range o.layers.off {
		off = append(off, n)
	}
	slices.Sort(off)
	o.part("names of layers that are off", true, strings.Join(off, "\n"))
	if x.full {
		o.unread("objects", "not all objects of the file", "too_large")
	} else if x.broken {
		o.unread("objects", "some objects of the file", "damaged")
	}
}

// hoard collects what stands beside the pages.
type hoard struct {
	o       *opening
	x       *objects
	seen    map[string]bool // parts by name and text
	files   map[int]bool    // by the number of their stream
	titles  []string
	late    string
	dropped bool
}

func (h *hoard) part(name, text string) {
	name += h.late
	if text = tidy(text); text == "" || h.seen[name+"\x00"+text] {
		return
	}
	h.seen[name+"\x00"+text] = true
	h.o.part(name, true, text)
}

func (h *hoard) object(obj object) {
	d := obj.dict()
	if d == nil {
		return
	}
	if obj.stream {
		h.stream(obj)
	}
	h.dict(d, 0)
}

// stream looks at streams that a page does not draw, and tells whether the ones
// it may draw can be unpacked.
func (h *hoard) stream(obj object) {
	d := obj.dict()
	kind, _ := d["Type"].(name)
	sub, _ := d["Subtype"].(name)
	switch {
	case kind == "Metadata" || sub == "XML":
		b, err := h.x.unpack(obj)
		h.part("metadata (XMP)", untagged(b))
		if err != nil {
			h.o.unread("metadata (XMP)"+h.late, "stream", "damaged")
		}
	case h.off(d) && (sub == "Form" || sub == "Image"):
		h.o.unread("drawing in a layer that is off"+h.late, h.x.text(h.x.dict(d["OC"])["Name"]), "unsupported_type")
	case kind == "" && (sub == "" || sub == "Form") && h.late == "" && d["Length1"] == nil && d["FunctionType"] == nil && d["N"] == nil:
		if _, err := h.x.unpack(obj); err != nil && !errors.Is(err, errFilter) && !h.dropped {
			h.dropped = true
			h.o.unread("content of a page", fmt.Sprintf("object %d", obj.num), "damaged")
		}
	}
}

func (h *hoard) off(d dict) bool {
	r, ok := d["OC"].(ref)
	if !ok {
		return false
	}
	if h.o.layers.refs[r] {
		return true
	}
	group := h.x.dict(r)["OCGs"]
	if g, ok := group.(ref); ok && h.o.layers.refs[g] {
		return true
	}
	return slices.ContainsFunc(h.x.list(group), func(v any) bool {
		g, ok := v.(ref)
		return ok && h.o.layers.refs[g]
	})
}

// dict looks at a dictionary and those written into it.
func (h *hoard) dict(d dict, depth int) {
	if depth > deepValue {
		return
	}
	x := h.x
	if js, ok := d["JS"]; ok {
		h.part("JavaScript", x.text(js))
	}
	switch x.resolve(d["S"]) {
	case name("Launch"):
		h.part("launch action", strings.Join([]string{
			h.filename(d), x.text(x.dict(d["Win"])["F"]), x.text(x.dict(d["Win"])["P"]), x.text(d["Unix"]), x.text(d["Mac"]),
		}, "\n"))
	case name("URI"):
		h.part("link target", x.text(d["URI"]))
	case name("GoToR"), name("GoToE"), name("SubmitForm"), name("ImportData"):
		h.part("link target", h.filename(d))
	}
	if d["EF"] != nil {
		h.attachment(d)
	}
	if d["XFA"] != nil {
		h.xfa(d["XFA"])
	}
	if d["Title"] != nil && d["Parent"] != nil {
		h.titles = append(h.titles, x.text(d["Title"]))
	}
	if d["V"] != nil || d["DV"] != nil || d["Opt"] != nil {
		h.field(d)
	}
	for _, key := range []string{"Alt", "ActualText"} {
		if _, ok := x.resolve(d[key]).(str); ok {
			h.part("alternative text", x.text(d[key]))
		}
	}
	if d["Rect"] != nil { // of an annotation, on a page or not
		for _, key := range []string{"Contents", "Subj"} {
			if text := x.text(d[key]); !h.o.said[squeeze(text)] {
				h.part("annotation", text)
			}
		}
	}
	switch sub := x.resolve(d["Subtype"]); sub {
	case name("3D"), name("RichMedia"), name("Sound"), name("Movie"), name("Screen"):
		if d["Rect"] != nil {
			h.o.unread("multimedia"+h.late, fmt.Sprint(sub), "unsupported_type")
		}
	}
	for _, key := range sorted(d) {
		h.stray(key, d[key])
		h.inner(d[key], depth)
	}
}

// stray looks at a string under a key that nothing above knows: tooltips, labels
// of pages, what programs keep for themselves.
func (h *hoard) stray(key string, v any) {
	s, ok := h.x.resolve(v).(str)
	if _, known := knownStrings[key]; !ok || known || len(s) < 4 {
		return
	}
	text := h.x.text(s)
	if telling(text) {
		h.part("property "+clip(key), text)
	}
}

// knownStrings are read elsewhere, or are no words: numbers in bytes, fonts,
// dates.
var knownStrings = map[string]struct{}{
	"Author": {}, "Title": {}, "Subject": {}, "Keywords": {}, "Creator": {}, "Producer": {}, "CreationDate": {}, "ModDate": {}, "M": {},
	"Contents": {}, "Subj": {}, "JS": {}, "URI": {}, "F": {}, "UF": {}, "Desc": {}, "V": {}, "DV": {}, "Opt": {}, "Alt": {}, "ActualText": {},
	"ID": {}, "O": {}, "U": {}, "OE": {}, "UE": {}, "Perms": {}, "DA": {}, "CharSet": {}, "Panose": {}, "FontFamily": {}, "Registry": {}, "Ordering": {}, "CheckSum": {}, "NM": {}, "T": {}, "Name": {}, "RC": {},
}

// telling says whether a string may be a person's words or numbers.
func telling(s string) bool {
	wide := 0
	for _, r := range s {
		switch {
		case r < ' ' && r != '\n' && r != '\r' && r != '\t', r == '\uFFFD':
			return false
		case r >= 0x2000:
			wide++
		}
	}
	return wide > 1 || strings.ContainsAny(s, "0123456789") && len(s) >= 8
}

// inner looks at the dictionaries in a value, not at those it refers to.
func (h *hoard) inner(v any, depth int) {
	switch v := v.(type) {
	case dict:
		h.dict(v, depth+1)
	case []any:
		for _, e := range v {
			if depth < deepValue {
				h.inner(e, depth+1)
			}
		}
	}
}

func sorted(d dict) []string {
	keys := make([]string, 0, len(d))
	for k := range d {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// filename is what a file specification names.
func (h *hoard) filename(d dict) string {
	for _, key := range []string{"UF", "F", "FS"} {
		if spec := h.x.dict(d[key]); spec != nil {
			if spec["EF"] == nil && depthless(spec) {
				return h.filename(dict{"UF": spec["UF"], "F": spec["F"]})
			}
			continue
		}
		if s := h.x.text(d[key]); s != "" {
			return s
		}
	}
	return ""
}

// depthless says whether a file specification names a file by a string.
func depthless(d dict) bool {
	_, a := d["UF"].(str)
	_, b := d["F"].(str)
	return a || b
}

func (h *hoard) attachment(d dict) {
	x := h.x
	title := "attachment " + clip(h.filename(d)) + h.late
	h.part("description of "+title, x.text(d["Desc"]))
	files := x.dict(d["EF"])
	for _, key := range sorted(files) {
		r, _ := files[key].(ref)
		i, ok := x.latest[int(r)]
		if !ok || !x.all[i].stream {
			h.o.unread(title, h.filename(d), "damaged")
			continue
		}
		if h.files[i] {
			continue
		}
		h.files[i] = true
		if len(h.o.doc.Files)+len(h.o.doc.Images) >= h.o.limits.Files {
			h.o.left++
			continue
		}
		b, err := x.unpack(x.all[i])
		switch {
		case errors.Is(err, errRoom):
			h.o.unread(title, h.filename(d), "too_large")
		case err != nil:
			h.o.unread(title, h.filename(d), "damaged")
		default:
			h.o.file(strings.TrimSpace(h.filename(d)), bytes.Clone(b))
		}
	}
}

// xfa reads the packets of an XFA form (ISO 32000-1, 12.7.8).
func (h *hoard) xfa(v any) {
	packets := h.x.list(v)
	if packets == nil {
		packets = []any{v}
	}
	for _, p := range packets {
		if _, ok := p.(ref); ok {
			h.part("XFA form", untagged([]byte(h.x.text(p))))
		}
	}
}

func (h *hoard) field(d dict) {
	x := h.x
	title := x.text(d["T"])
	if title == "" {
		title = x.text(x.dict(d["Parent"])["T"])
	}
	if title == "" && d["FT"] == nil && d["Parent"] == nil {
		return // the value of something else
	}
	title = "form field " + clip(title)
	h.part(title, h.values(d["V"], 0))
	h.part(title+" (default)", h.values(d["DV"], 0))
	h.part(title+" (choices)", h.values(d["Opt"], 0))
}

func (h *hoard) values(v any, depth int) string {
	if l := h.x.list(v); l != nil && depth < 4 {
		var all []string
		for _, e := range l {
			all = append(all, h.values(e, depth+1))
		}
		return strings.Join(all, "\n")
	}
	if n, ok := h.x.resolve(v).(name); ok && (n == "Off" || n == "Yes") {
		return ""
	}
	if f, ok := h.x.resolve(v).(float64); ok {
		return strconv.FormatFloat(f, 'f', -1, 64)
	}
	return h.x.text(v)
}

func (h *hoard) info(d dict) {
	var all []string
	for _, key := range sorted(d) {
		if text := tidy(h.values(d[key], 0)); text != "" {
			all = append(all, key+": "+text)
		}
	}
	h.part("document information", strings.Join(all, "\n"))
}

func (h *hoard) bookmarks() {
	var all []string
	for _, t := range h.titles {
		if t = clip(t); t != "" && !slices.Contains(all[max(0, len(all)-64):], t) {
			all = append(all, t)
		}
	}
	h.part("bookmarks", strings.Join(all, "\n"))
}

// untagged is the text of XML with the values of its attributes, but for
// those that name its vocabularies.
func untagged(data []byte) string {
	d := xml.NewDecoder(bytes.NewReader(data))
	d.Strict = false
	d.CharsetReader = nil
	var b strings.Builder
	for {
		t, err := d.RawToken()
		if err != nil {
			if d.InputOffset() < int64(len(data)) { // no XML from here on; its letters still count
				b.Write(data[d.InputOffset():])
			}
			return tidy(squash(b.String()))
		}
		switch t := t.(type) {
		case xml.CharData:
			b.Write(t)
		case xml.Comment:
			b.Write(t)
			b.WriteByte('\n')
		case xml.StartElement:
			for _, a := range t.Attr {
				if a.Name.Space != "xmlns" && a.Name.Local != "xmlns" {
					b.WriteString(a.Value + "\n")
				}
			}
		case xml.EndElement:
			b.WriteByte('\n')
		}
	}
}

// squash drops blank lines.
func squash(s string) string {
	var all []string
	for _, l := range strings.Split(s, "\n") {
		if l = strings.TrimSpace(l); l != "" {
			all = append(all, l)
		}
	}
	return strings.Join(all, "\n")
}
