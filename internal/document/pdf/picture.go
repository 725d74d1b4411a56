package pdf

import (
	"bytes"
	"fmt"
	"strings"
)

// image copies an image with its masks and without what is not a pixel.
func (c *copier) image(obj object) (string, error) {
	if s, ok := c.known[ref(obj.num)]; ok && obj.num >= 0 {
		return s, nil
	}
	d := obj.dict()
	entries := "/Type/XObject/Subtype/Image" + c.some(d, "Width", "Height", "ColorSpace", "BitsPerComponent", "Intent",
		"ImageMask", "Decode", "Interpolate", "SMaskInData", "Matte")
	for _, key := range []string{"Mask", "SMask"} {
		switch m := d[key].(type) {
		case ref:
			i, ok := c.x.latest[int(m)]
			if !ok || !c.x.all[i].stream {
				if l := c.x.list(m); l != nil {
					entries += c.some(dict{key: l}, key)
				}
				continue
			}
			mask := c.x.all[i]
			if mask.dict()["SMask"] != nil || mask.dict()["Mask"] != nil {
				return "", fmt.Errorf("%w: mask of a mask", errUncertain)
			}
			s, err := c.image(mask)
			if err != nil {
				return "", err
			}
			entries += "/" + key + " " + s
		case []any:
			entries += c.some(d, key)
		}
	}
	filters := c.x.filters(d)
	raw := c.ended(obj)
	var s string
	switch {
	case len(filters) == 0: // of an image within content; the engine packs all others
		s = c.packed(entries, raw)
	case filters[len(filters)-1] == "DCTDecode" || filters[len(filters)-1] == "JPXDecode":
		last := len(filters) - 1
		if last > 0 {
			inner := object{value: dict{"Filter": wrapped(filters[:last])}, raw: obj.raw, stream: true}
			var err error
			if raw, err = c.x.unpack(inner); err != nil {
				return "", fmt.Errorf("%w: image: %w", errUncertain, err)
			}
		} else {
			raw = obj.raw
		}
		bare, err := bareJPEG(raw)
		if filters[last] == "JPXDecode" {
			bare, err = bareJPEG2000(raw)
		}
		if err != nil {
			return "", err
		}
		if len(bare) < len(raw) {
			c.images++
		}
		parms := ""
		if p := c.x.parms(d, last); p != nil && filters[last] == "DCTDecode" {
			parms = c.some(dict{"DecodeParms": p}, "DecodeParms")
		}
		s = c.stream(entries+"/Filter/"+filters[last]+parms, bare)
	default:
		if len(filters) == 1 && filters[0] == "FlateDecode" && c.x.parms(d, 0) == nil {
			if n, ok := c.rawSize(d); ok {
				if all, err := c.x.unpack(object{value: d, raw: raw, stream: true}); err == nil && len(all) > n {
					c.images++
					s = c.packed(entries, all[:n])
					break
				}
			}
		}
		s = c.stream(entries+c.some(d, "Filter", "DecodeParms"), raw)
	}
	if obj.num >= 0 {
		c.known[ref(obj.num)] = s
	}
	return s, nil
}

func wrapped(filters []string) []any {
	all := make([]any, len(filters))
	for i, f := range filters {
		all[i] = name(f)
	}
	return all
}

// rawSize is how many bytes the pixels of an image are, if its colours are of a
// simple kind.
func (c *copier) rawSize(d dict) (int, bool) {
	get := func(key string) float64 { f, _ := c.x.resolve(d[key]).(float64); return f }
	width, height, bits, per := get("Width"), get("Height"), get("BitsPerComponent"), 0.0
	if stencil, _ := c.x.resolve(d["ImageMask"]).(bool); stencil {
		bits, per = 1, 1
	} else {
		per = c.components(d["ColorSpace"])
	}
	if per <= 0 || bits <= 0 || width <= 0 || height <= 0 || width*bits*per > 1<<30 || height > 1<<20 {
		return 0, false
	}
	size := float64(int(width*bits*per+7)/8) * height
	return int(size), size < 1<<31
}

func (c *copier) components(v any) float64 {
	v = c.x.resolve(v)
	if l, ok := v.([]any); ok && len(l) > 0 {
		if c.x.resolve(l[0]) == name("ICCBased") && len(l) > 1 {
			n, _ := c.x.dict(l[1])["N"].(float64)
			return n
		}
		v = c.x.resolve(l[0])
	}
	n, _ := v.(name)
	return map[name]float64{
		"DeviceGray": 1, "CalGray": 1, "Indexed": 1, "Separation": 1, "DeviceRGB": 3, "CalRGB": 3, "Lab": 3, "DeviceCMYK": 4,
	}[n]
}

// bareJPEG is a JPEG without its application data and comments, but for what
// tells how its colours are to be read (ITU-T T.81, B.2.4.6, and Adobe's APP14),
// and without anything after its end.
func bareJPEG(data []byte) ([]byte, error) {
	bad := fmt.Errorf("%w: jpeg", errUncertain)
	if !bytes.HasPrefix(data, []byte{0xFF, 0xD8}) {
		return nil, bad
	}
	out := append(make([]byte, 0, len(data)), 0xFF, 0xD8)
	for at := 2; ; {
		for at < len(data) && data[at] == 0xFF && at+1 < len(data) && data[at+1] == 0xFF {
			at++ // fill bytes
		}
		if at+4 > len(data) || data[at] != 0xFF {
			return nil, bad
		}
		marker := data[at+1]
		n := int(data[at+2])<<8 | int(data[at+3])
		if marker == 0xD9 {
			return append(out, 0xFF, 0xD9), nil
		}
		if n < 2 || at+2+n > len(data) {
			return nil, bad
		}
		segment := data[at : at+2+n]
		at += 2 + n
		switch {
		case marker == 0xEE && n == 14 && bytes.HasPrefix(segment[4:], []byte("Adobe")):
			out = append(out, segment...)
		case marker >= 0xE0 && marker <= 0xEF || marker == 0xFE:
		default:
			out = append(out, segment...)
		}
		if marker != 0xDA {
			continue
		}
		from := at // of the packed pixels, which end at a marker that is none of theirs
		for at+1 < len(data) && (data[at] != 0xFF || data[at+1] == 0 || data[at+1] == 0xFF || data[at+1] >= 0xD0 && data[at+1] <= 0xD7) {
			at++
		}
		if at+1 >= len(data) { // no end; some programs leave it out
			return append(append(out, data[from:]...), 0xFF, 0xD9), nil
		}
		out = append(out, data[from:at]...)
		if data[at+1] == 0xD9 {
			return append(out, 0xFF, 0xD9), nil
		}
	}
}

// bareJPEG2000 is a JPEG 2000 file of the boxes that say how it looks
// (ISO 15444-1, annex I). Comments within its codes are not looked for: with
// one of those the image is uncertain.
func bareJPEG2000(data []byte) ([]byte, error) {
	bad := fmt.Errorf("%w: jpeg 2000", errUncertain)
	codes := data
	var out []byte
	if !bytes.HasPrefix(data, []byte{0xFF, 0x4F}) {
		codes = nil
		for at := 0; at < len(data); {
			if at+8 > len(data) {
				return nil, bad
			}
			n := int(data[at])<<24 | int(data[at+1])<<16 | int(data[at+2])<<8 | int(data[at+3])
			if n == 0 {
				n = len(data) - at
			}
			if n < 8 || n > len(data)-at {
				return nil, bad
			}
			kind := string(data[at+4 : at+8])
			if strings.Contains("jP  ftypjp2hjp2c", kind) {
				out = append(out, data[at:at+n]...)
			}
			if kind == "jp2c" {
				codes = data[at+8 : at+n]
			}
			at += n
		}
	} else {
		out = data
	}
	for at := 2; at+4 <= len(codes); { // the main header
		marker, n := codes[at+1], int(codes[at+2])<<8|int(codes[at+3])
		if codes[at] != 0xFF || marker == 0x64 {
			return nil, bad
		}
		if marker == 0x90 {
			return out, nil
		}
		at += 2 + n
	}
	return nil, bad
}
