package pdf

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
)

// inlineKeys are the keys of an image within content, and their short forms
// (ISO 32000-1, table 93).
var inlineKeys = map[string]string{
	"BPC": "BitsPerComponent", "CS": "ColorSpace", "D": "Decode", "DP": "DecodeParms", "F": "Filter",
	"H": "Height", "IM": "ImageMask", "I": "Interpolate", "W": "Width",
}

var inlineNames = map[name]name{
	"G": "DeviceGray", "RGB": "DeviceRGB", "CMYK": "DeviceCMYK", "I": "Indexed", "AHx": "ASCIIHexDecode", "A85": "ASCII85Decode",
	"LZW": "LZWDecode", "Fl": "FlateDecode", "RL": "RunLengthDecode", "CCF": "CCITTFaxDecode", "DCT": "DCTDecode",
}

// inline turns an image within the content into one outside of it.
func (w *walk) inline(p *parser) error {
	var all []any
	for {
		p.space()
		v := p.value(0)
		if p.broken || len(all) > 64 {
			return fmt.Errorf("%w: image in content", errUncertain)
		}
		if v == keyword("ID") {
			break
		}
		all = append(all, v)
	}
	d := dict{"Subtype": name("Image")}
	for i := 0; i+1 < len(all); i += 2 {
		key, _ := all[i].(name)
		long := inlineKeys[string(key)]
		if long == "" {
			long = string(key)
		}
		d[long] = spelled(all[i+1], long)
	}
	if n, ok := d["ColorSpace"].(name); ok {
		if v := w.resource("ColorSpace", n); v != nil {
			d["ColorSpace"] = v
		}
	}
	p.at++ // one white character
	length, ok := w.inlineLength(d, p.data[min(p.at, len(p.data)):])
	if !ok {
		return fmt.Errorf("%w: image in content", errUncertain)
	}
	obj := object{num: -1, value: d, raw: p.data[p.at : p.at+length], stream: true}
	p.at += length
	p.space()
	if !bytes.HasPrefix(p.data[p.at:], []byte("EI")) {
		return fmt.Errorf("%w: image in content", errUncertain)
	}
	p.at += len("EI")
	f, err := w.decide(kindImage)
	if err != nil || f.drop || w.off > 0 {
		return err
	}
	n, err := w.e.copier.image(obj)
	if err != nil {
		return err
	}
	w.painted = true
	w.emit("Do", name(w.names.add("XObject", n)))
	return nil
}

func spelled(v any, key string) any {
	if key != "ColorSpace" && key != "Filter" {
		return v
	}
	switch v := v.(type) {
	case name:
		if long, ok := inlineNames[v]; ok {
			return long
		}
	case []any:
		out := slices.Clone(v)
		for i := range out {
			out[i] = spelled(out[i], key)
		}
		return out
	}
	return v
}

// inlineLength is how long the data of an image within content is.
func (w *walk) inlineLength(d dict, data []byte) (int, bool) {
	if n, ok := w.e.copier.rawSize(d); ok && d["Filter"] == nil {
		return n, n <= len(data)
	}
	for at := 0; ; {
		n := bytes.Index(data[at:], []byte("EI"))
		if n < 0 {
			return 0, false
		}
		at += n
		after := data[at+2 : min(at+12, len(data))]
		plain := strings.IndexFunc(string(after), func(r rune) bool { return r > '~' || r < ' ' && !white0(byte(r)) }) < 0
		if at > 0 && white0(data[at-1]) && plain && (len(after) == 0 || white0(after[0])) {
			return at - 1, true
		}
		at += 2
	}
}
