package pdf

import (
	"bytes"
	"fmt"
	"slices"
)

// orphans reads pages that are in the file and in no place of its page tree, as
// programs leave them behind that delete pages. PDFium is given the same file
// with an update whose tree is made of them.
func (o *opening) orphans(data []byte, x *objects) {
	lost := x.orphans(o.limits.Pages)
	if len(lost) == 0 {
		return
	}
	highest := 0
	for _, obj := range x.all {
		highest = max(highest, obj.num)
	}
	var b bytes.Buffer
	b.Write(data)
	var offsets [2]int
	offsets[0] = b.Len() + 1
	fmt.Fprintf(&b, "\n%d 0 obj\n<</Type/Catalog/Pages %d 0 R>>\nendobj", highest+1, highest+2)
	offsets[1] = b.Len() + 1
	fmt.Fprintf(&b, "\n%d 0 obj\n<</Type/Pages/Count %d/Kids[", highest+2, len(lost))
	for _, n := range lost {
		fmt.Fprintf(&b, "%d 0 R ", n)
	}
	b.WriteString("]>>\nendobj\n")
	table := b.Len()
	prev := ""
	if at := bytes.LastIndex(data, []byte("startxref")); at >= 0 {
		p := parser{data: data, at: at + len("startxref"), work: new(int)}
		*p.work = 100
		if n, ok := p.value(0).(float64); ok {
			prev = fmt.Sprintf("/Prev %.0f", n)
		}
	}
	fmt.Fprintf(&b, "xref\n%d 2\n%010d 00000 n \n%010d 00000 n \ntrailer\n<</Size %d/Root %d 0 R%s>>\nstartxref\n%d\n%%%%EOF\n",
		highest+1, offsets[0], offsets[1], highest+3, highest+1, prev, table)
	o.revision("pages that are no longer shown", b.Bytes())
}

// orphans lists pages, by number, that no catalog leads to.
func (x *objects) orphans(most int) []int {
	reached := map[int]bool{}
	var walk func(v any, depth int)
	walk = func(v any, depth int) {
		r, ok := v.(ref)
		if !ok || reached[int(r)] || depth > deepValue {
			return
		}
		reached[int(r)] = true
		for _, kid := range x.list(x.dict(r)["Kids"]) {
			walk(kid, depth+1)
		}
	}
	for i, obj := range x.all {
		if d := obj.dict(); x.latest[obj.num] == i && x.resolve(d["Type"]) == name("Catalog") {
			walk(d["Pages"], 0)
		}
	}
	var lost []int
	for num, i := range x.latest {
		if d := x.all[i].dict(); d != nil && d["Type"] == name("Page") && !reached[num] && d["Contents"] != nil {
			lost = append(lost, num)
		}
	}
	slices.Sort(lost)
	return lost[:min(len(lost), most)]
}
