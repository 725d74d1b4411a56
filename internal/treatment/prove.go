package treatment

import (
	"regexp"
	"slices"
	"strings"
	"unicode"

	"shenfa/internal/document"
)

// prove says why a derivative does not hold: it shows something else than the
// original, or holds something its reader does not see. Fewer are the parts by
// role that were left behind although the reader of documents takes them for
// visible: a header no section has, a chart no page shows.
func prove(original, derivative document.Document, fewer map[string]int) error {
	if err := sameText(original, derivative, fewer); err != nil {
		return err
	}
	for _, p := range derivative.Parts {
		if p.Hidden && !harmless(p, original) {
			return cannot("not_proved", "%s", kindOf(p.Name))
		}
	}
	return nil
}

// kindOf is the first word of a part's name: the rest can be content.
func kindOf(name string) string {
	kind, _, _ := strings.Cut(name, " ")
	return kind
}

// roleOf is what a part is, whatever its number or file.
func roleOf(name string) string {
	for _, r := range []string{"header and footer", "header", "footer", "footnote", "endnote", "image", "chart", "diagram", "drawing", "list label", "formulas", "rules", "defined names", "layout", "master", "link target", "attribute"} {
		if strings.HasPrefix(name, r) {
			return r
		}
	}
	return name
}

// supple are the roles of which a derivative may show less: what they say is no
// part of a page, or stands on none.
var supple = set("header footer footnote endnote image chart diagram drawing formulas rules layout master attribute")

func sameText(original, derivative document.Document, fewer map[string]int) error {
	left := map[string][]string{} // texts of the supple roles
	var want, got []string
	for _, p := range original.Parts {
		switch role := roleOf(p.Name); {
		case p.Hidden || p.Name == "file name":
		case supple[role] || role == "list label" || role == "defined names" || role == "link target":
			left[role] = append(left[role], squash(p))
		default:
			want = append(want, p.Name+"\x00"+squash(p))
		}
	}
	counts := map[string]int{}
	for _, p := range derivative.Parts {
		role := roleOf(p.Name)
		switch {
		case p.Hidden || p.Name == "file name":
		case len(left[role]) > 0:
			if !slices.ContainsFunc(left[role], func(s string) bool { return within(squash(p), s, role) }) {
				return cannot("not_proved", "another %s", role)
			}
			counts[role]++
		default:
			got = append(got, p.Name+"\x00"+squash(p))
		}
	}
	if !slices.Equal(want, got) {
		return cannot("not_proved", "another text")
	}
	for role, all := range left {
		if role == "header" || role == "footer" || role == "footnote" || role == "endnote" || role == "list label" {
			if len(all)-counts[role] > fewer[role] {
				return cannot("not_proved", "no more %s", role)
			}
		}
	}
	return nil
}

// squash is a text without space; a picture that is not read says only that.
func squash(p document.Part) string {
	if p.Unread != "" {
		return p.Unread
	}
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) {
			return -1
		}
		return r
	}, p.Text)
}

// within says whether a text is the other one; of formulas and what lies behind
// a drawing it may be less.
func within(s, other, role string) bool {
	switch role {
	case "chart", "diagram", "rules", "formulas", "defined names", "link target", "attribute":
		return other == s || subsequence(s, other)
	}
	return s == other
}

// subsequence says whether a text is another one with pieces left out.
func subsequence(s, other string) bool {
	at := 0
	for i := 0; i < len(other) && at < len(s); i++ {
		if other[i] == s[at] {
			at++
		}
	}
	return at == len(s)
}

// technical are the values that programs write into attributes: numbers and
// measures, colours, identifiers of the format, punctuation.
var technical = regexp.MustCompile(`^(?:-?[0-9.]{1,10}(?:pt|cm|mm|in|px|%|f)?(?:[ ,;]-?[0-9.]{0,10}(?:pt|cm|mm|in|px|%|f)?)*|#?_x0000_[a-z][0-9]{1,5}|urn:(?:schemas-)?microsoft[-.]com[:/][A-Za-z0-9:/_.-]*|` +
	`[0-9A-F]{8}(?:-[0-9A-F]{4}){0,3}(?:-[0-9A-F]{12})?|[A-Za-z]+[A-Za-z0-9]*-[A-Za-z-]+|[A-Za-z_]+[0-9]{0,3}|@[0-9][^\p{Han}]*|(?:sum|prod|val|if|mid|abs|min|max|ellipse|sqrt|mod|sin|cos|tan|atan2|cosatan2|sinatan2|sumangle|pin|at2|cat2|sat2|\*/|\+-|\+/|\?:)[ 0-9A-Za-z@#-]*|#[0-9A-Fa-f]{3,8}(?: \[[0-9]{1,5}\])?|\{[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}\}|[\p{P}\p{S}\p{Co}\p{Lm} ]+)$`)

// pageFields are the field codes whose value the page decides.
func pageFields(text string) bool {
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" && !layout.MatchString(line) {
			return false
		}
	}
	return true
}

// harmless says whether a hidden part of a derivative is what every file has.
func harmless(p document.Part, original document.Document) bool {
	if p.Unread != "" {
		return false
	}
	lines := strings.Split(strings.TrimSpace(p.Text), "\n")
	switch {
	case strings.HasPrefix(p.Name, "link target"):
		return !slices.ContainsFunc(lines, func(l string) bool { return !plainLink(l) })
	case strings.HasPrefix(p.Name, "field code"):
		return pageFields(p.Text)
	case p.Name == "attribute rel" || p.Name == "attribute charset" || p.Name == "attribute colspan" || p.Name == "attribute rowspan":
		return plainHTML.MatchString(p.Text)
	case p.Name == "property DocID":
		return strings.Trim(p.Text, "0") == ""
	case strings.HasPrefix(p.Name, "property of annotations"):
		return !slices.ContainsFunc(lines, func(l string) bool {
			return !slices.Contains([]string{"Link", "Path", "Highlight", "Stamp", "Watermark"}, l)
		})
	case ownResource.MatchString(p.Name):
		return !slices.ContainsFunc(lines, func(l string) bool {
			return !ownFont.MatchString(strings.TrimPrefix(l, "/")) && !technical.MatchString(l) && !fontName.MatchString(l)
		})
	case strings.HasPrefix(p.Name, "font font_"):
		return ownFont.MatchString(p.Text)
	case strings.HasPrefix(p.Name, "property EXIF"):
		return !slices.ContainsFunc(lines, func(l string) bool { return !strings.HasPrefix(l, "Orientation: ") || len(l) > 20 })
	case p.Name == "attribute of number formats": // 年, 月, 万元: what stands beside a number
		return !slices.ContainsFunc(lines, func(l string) bool { return !unitOf.MatchString(l) })
	case strings.HasPrefix(p.Name, "attribute of table"):
		return !slices.ContainsFunc(lines, func(l string) bool {
			return !technical.MatchString(l) && !seenIn(original, l) && !tableRef.MatchString(l)
		})
	case strings.HasPrefix(p.Name, "attribute") && !strings.HasPrefix(p.Name, "attribute alt"), strings.HasPrefix(p.Name, "style"):
		return !slices.ContainsFunc(lines, func(l string) bool { return !technical.MatchString(strings.TrimSpace(l)) })
	}
	return false
}

var (
	unitOf      = regexp.MustCompile(`^[^0-9]{0,8}$`)
	plainHTML   = regexp.MustCompile(`^(?:(?:nofollow noreferrer|utf-8|[0-9]{1,3})\n?)+$`)
	ownResource = regexp.MustCompile(`^(?:property|attribute) of other part [0-9]{4}_res\.xml$`)
	fontName    = regexp.MustCompile(`^[\p{Han}A-Za-z_+ -]{1,30}(?:[0-9]{1,5}[A-Za-z_ -]*)?$`)
	ownFont     = regexp.MustCompile(`^Doc_[0-9]+/Res/(?:font|image)_[0-9]+\.[a-z]{3}$`)
)

var tableRef = regexp.MustCompile(`^(?:[A-Z]{1,3}[0-9]{1,7}(?::[A-Z]{1,3}[0-9]{1,7})?|TableStyle[A-Za-z]+[0-9]*)$`)

// seenIn says whether somebody who reads the original sees these words.
func seenIn(d document.Document, words string) bool {
	return slices.ContainsFunc(d.Parts, func(p document.Part) bool { return !p.Hidden && strings.Contains(p.Text, words) })
}
