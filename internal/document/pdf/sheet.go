package pdf

import (
	"bytes"
	"fmt"
)

// sheet is a page object with what it inherits.
type sheet dict

// sheets lists the pages in their order.
func (x *objects) sheets(most int) []sheet {
	var root any
	for _, t := range x.trailers {
		if t["Root"] != nil {
			root = t["Root"]
		}
	}
	var all []sheet
	seen := map[ref]bool{}
	var walk func(v any, from sheet, depth int)
	walk = func(v any, from sheet, depth int) {
		if r, ok := v.(ref); ok && depth > 0 {
			if x.dict(v)["Kids"] != nil && seen[r] {
				return
			}
			seen[r] = true
		}
		d := x.dict(v)
		if d == nil || depth > deepValue || len(all) > most {
			return
		}
		own := sheet{}
		for _, key := range []string{"Resources", "MediaBox", "CropBox", "Rotate"} {
			if own[key] = from[key]; d[key] != nil {
				own[key] = d[key]
			}
		}
		if kids := x.list(d["Kids"]); kids != nil {
			for _, kid := range kids {
				walk(kid, own, depth+1)
			}
			return
		}
		for _, key := range []string{"Contents", "Group", "UserUnit"} {
			own[key] = d[key]
		}
		all = append(all, own)
	}
	walk(x.dict(root)["Pages"], sheet{}, 0)
	return all
}

// content is what a page draws; its streams are one.
func (c *copier) content(v any) ([]byte, error) {
	streams := c.x.list(v)
	if streams == nil && v != nil {
		streams = []any{v}
	}
	var b bytes.Buffer
	for _, s := range streams {
		r, _ := s.(ref)
		i, ok := c.x.latest[int(r)]
		if !ok || !c.x.all[i].stream {
			continue
		}
		body, err := c.x.unpack(c.x.all[i])
		if err != nil {
			return nil, fmt.Errorf("%w: content: %w", errUncertain, err)
		}
		b.Write(body)
		b.WriteByte('\n')
	}
	return b.Bytes(), nil
}

// switchedOff tells whether what names a layer is not shown (ISO 32000-1, 8.11).
func (x *objects) switchedOff(l layers) func(any) (bool, error) {
	return func(v any) (bool, error) {
		if v == nil || len(l.refs) == 0 {
			return false, nil
		}
		if r, ok := v.(ref); ok && l.refs[r] {
			return true, nil
		}
		d := x.dict(v)
		if d["VE"] != nil {
			return false, fmt.Errorf("%w: rule over layers", errUncertain)
		}
		groups := x.list(d["OCGs"])
		if r, ok := d["OCGs"].(ref); ok && groups == nil {
			groups = []any{r}
		}
		if len(groups) == 0 {
			return false, nil
		}
		on, off := 0, 0
		for _, g := range groups {
			if r, ok := g.(ref); ok && l.refs[r] {
				off++
			} else {
				on++
			}
		}
		switch x.resolve(d["P"]) {
		case name("AllOn"):
			return off > 0, nil
		case name("AnyOff"):
			return off == 0, nil
		case name("AllOff"):
			return on > 0, nil
		}
		return on == 0, nil
	}
}
