package pdf

import (
	"bytes"
	"fmt"
	"strings"
)

// mostRevisions is how many earlier revisions are read, from the newest.
const mostRevisions = 16

var endMark = []byte("%%EOF")

// ends lists where the revisions of a file end, the last one too. A mark inside
// a stream belongs to a file in the file.
func ends(data []byte, streams [][2]int) []int {
	var all []int
	k := 0
	for at := 0; ; {
		n := bytes.Index(data[at:], endMark)
		if n < 0 {
			break
		}
		at += n + len(endMark)
		for k < len(streams) && streams[k][1] < at {
			k++
		}
		if k < len(streams) && streams[k][0] < at {
			continue
		}
		all = append(all, at)
	}
	// The first part of a file made for the web has an end of its own.
	if len(all) > 1 && bytes.Contains(data[:min(len(data), 1024)], []byte("/Linearized")) {
		all = all[1:]
	}
	return all
}

// revisions reads what earlier revisions showed and the last does not, and what
// stands after the end.
func (o *opening) revisions(data []byte, x *objects, secured bool) {
	if secured { // x is of another file
		x = sweep(o.m.ctx, data, o.limits)
	}
	all := ends(data, x.streams)
	if len(all) == 0 {
		return
	}
	o.stray("bytes after the end", data[all[len(all)-1]:])
	all = all[:len(all)-1]
	if len(all) > mostRevisions {
		o.unread("earlier revisions", fmt.Sprintf("%d revisions", len(all)-mostRevisions), "too_many_parts")
		all = all[len(all)-mostRevisions:]
	}
	if secured && len(all) > 0 {
		o.unread("objects of earlier revisions", "encrypted", "encrypted")
	}
	for i := len(all) - 1; i >= 0; i-- {
		o.revision(fmt.Sprintf("earlier revision %d", i+1), data[:all[i]])
	}
}

// revision reads one earlier revision as the file it was.
func (o *opening) revision(name string, data []byte) {
	m := o.m
	if m.err != nil {
		o.unread(name, "revision", reason(m.failure()))
		return
	}
	if err := m.load(data); err != nil {
		o.unread(name, "revision", reason(err))
		return
	}
	var gone []string
	n := min(number(m.call("FPDF_GetPageCount", m.document)), o.limits.Pages)
	for i := 0; i < n && m.err == nil; i++ {
		page := m.call("FPDF_LoadPage", m.document, uint64(i))
		if page == 0 {
			continue
		}
		s := o.scene(page)
		if words := m.call("FPDFText_LoadPage", page); words != 0 {
			glyphs := s.glyphs(words)
			for _, l := range s.lines(glyphs, func(glyph) bool { return true }) {
				if key := squeeze(l.Text); !o.shown[key] {
					o.shown[key] = true
					gone = append(gone, l.Text)
				}
			}
			m.call("FPDFText_ClosePage", words)
		}
		m.call("FPDF_ClosePage", page)
	}
	o.part("text of "+name, true, strings.Join(gone, "\n"))
	if m.err != nil {
		o.unread(name, "revision", reason(m.failure()))
	}
}
