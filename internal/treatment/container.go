package treatment

import (
	"bytes"
	"errors"
	"fmt"
	"html"
	"path"
	"slices"
	"strings"

	"shenfa/internal/document"
)

// page makes the derivative of a page: its text with its structure and plain
// links, without styles or scripts. What draws is lost with them, so a page with
// pictures is not treated.
func (s *sanitiser) page(name string, original document.Document) (Derivative, error) {
	title := ""
	for _, p := range original.Parts {
		if p.Name == "title" {
			title = p.Text
		}
		if !p.Hidden && strings.HasPrefix(p.Name, "image") || p.Unread != "" && strings.HasPrefix(p.Name, "embedded") {
			return Derivative{}, cannot("unsupported", "a page with pictures")
		}
	}
	var out bytes.Buffer
	out.WriteString("<!DOCTYPE html>\n<html><head><meta charset=\"utf-8\"><title>" + html.EscapeString(title) + "</title></head>\n<body>\n" + original.HTML() + "\n</body></html>\n")
	d := Derivative{Name: ending(name, ".html"), MediaType: original.MediaType, Data: out.Bytes()}
	for _, p := range original.Parts {
		what := ""
		switch {
		case !p.Hidden:
		case strings.HasPrefix(p.Name, "hidden text"):
			what = "hidden_text"
		case strings.HasPrefix(p.Name, "html comment"):
			what = "comments"
		case strings.HasPrefix(p.Name, "script"):
			what = "macros"
		case strings.HasPrefix(p.Name, "style"), strings.HasPrefix(p.Name, "attribute"):
			what = "metadata"
		}
		if r := (Removed{p.Name, what}); what != "" && !slices.Contains(d.Removed, r) {
			d.Removed = append(d.Removed, r)
		}
	}
	return d, s.prove(original, d, nil)
}

// container makes the derivative of a zip: the derivatives of its files, proved
// one by one, under names that unpack where they should.
func (s *sanitiser) container(name string, data []byte, original document.Document) (Derivative, error) {
	if s.nested >= s.limits.Nested {
		return Derivative{}, cannot("too_deep", "")
	}
	a, err := readArchive(data, s.limits)
	if err != nil {
		return Derivative{}, err
	}
	d := Derivative{Name: ending(name, ".zip"), MediaType: original.MediaType}
	var members []member
	taken := map[string]bool{}
	for i, entry := range a.names {
		if base := path.Base(entry); strings.HasPrefix(entry, "__MACOSX/") || base == ".DS_Store" || base == "Thumbs.db" {
			d.Removed = append(d.Removed, Removed{entry, "foreign"})
			continue
		}
		content, err := a.read(entry)
		if err != nil {
			return Derivative{}, err
		}
		s.nested++
		inner := Derivative{Name: path.Base(entry)}
		if len(content) > 0 {
			inner, err = s.file(path.Base(entry), content)
		}
		s.nested--
		if bad := (*CannotTreat)(nil); errors.As(because(err), &bad) {
			return Derivative{}, cannot(bad.Reason, "file %d of the zip", i+1)
		}
		if err != nil {
			return Derivative{}, err
		}
		to := safeName(path.Join(path.Dir(entry), inner.Name))
		for n := 2; taken[strings.ToLower(to)]; n++ {
			to = safeName(path.Join(path.Dir(entry), strings.TrimSuffix(inner.Name, path.Ext(inner.Name))+fmt.Sprintf(" (%d)", n)+path.Ext(inner.Name)))
		}
		taken[strings.ToLower(to)] = true
		members = append(members, member{to, inner.Data})
		for _, r := range inner.Removed {
			d.Removed = append(d.Removed, Removed{to + ": " + r.Part, r.What})
		}
	}
	if d.Data, err = writeArchive(members); err != nil {
		return Derivative{}, err
	}
	got, err := document.OpenWith(s.ctx, s.tools.Tools, d.Name, d.Data, s.limits)
	if err != nil {
		return Derivative{}, cannot("not_proved", "the derivative cannot be read")
	}
	for _, p := range got.Parts {
		if p.Hidden && !harmless(p, original) && !strings.Contains(p.Name, " in ") { // what is inside was proved before
			return Derivative{}, cannot("not_proved", "%s", kindOf(p.Name))
		}
	}
	return d, nil
}

// safeName is a name that stays in the folder it is unpacked to, on any system.
func safeName(name string) string {
	var kept []string
	for folder := range strings.SplitSeq(name, "/") {
		folder = strings.Map(func(r rune) rune {
			if r < ' ' || strings.ContainsRune(`\:*?"<>|`, r) || r >= 0x202A && r <= 0x202E || r >= 0x2066 && r <= 0x2069 || r >= 0x200B && r <= 0x200F {
				return -1
			}
			return r
		}, folder)
		if folder = strings.TrimRight(folder, ". "); folder != "" {
			kept = append(kept, folder)
		}
	}
	if len(kept) == 0 {
		return "file"
	}
	return strings.Join(kept, "/")
}
