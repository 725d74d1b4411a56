package detect

import (
	"slices"
	"strings"
)

// linkAt looks at an address that begins with the scheme or the WWW in the
// token: a broken one, one of a file on somebody's disk, or one of a host that
// only an internal network knows.
func (s *scan) linkAt(tok token) {
	t := s.view.units
	if n := tok.len(); n < 3 || n > 6 || tok.start < s.linked || tok.end+2 >= len(t) || !slices.Contains([]uint16{'H', 'F', 'W'}, t[tok.start]) {
		return
	}
	scheme := unfold(t[tok.start:tok.end])
	end := s.linkEnd(tok.end)
	s.linked = end
	broken := func(code string) {
		r := s.rules.only[brokenLink]
		if r == nil {
			return
		}
		why := r.Params.Codes[code]
		s.add(match{rule: r, start: tok.start, end: end, class: r.Class, why: &why})
	}
	rest := unfold(t[tok.end:end])
	host, proper := strings.CutPrefix(rest, "://")
	host, _, _ = strings.Cut(host, "/")
	switch {
	case scheme == "WWWW" || scheme == "WWW":
		if tok.start > 0 && t[tok.start-1] == '/' { // the scheme before it tells
			return
		}
		if scheme == "WWWW" && strings.HasPrefix(rest, ".") || strings.HasPrefix(rest, ".") && strings.Contains(host, "..") {
			broken("host")
		}
	case scheme == "FILE":
		if proper {
			broken("file")
		}
	case misspelt(scheme):
		if strings.HasPrefix(rest, ":/") || strings.HasPrefix(rest, ":\\") {
			broken("scheme")
		}
	case scheme != "HTTP" && scheme != "HTTPS" && scheme != "FTP":
	case !proper:
		if s.slashes(rest) {
			broken("scheme")
		}
	case s.innerHost(tok.start, end, host):
	case s.view.text[s.view.at[tok.end]] >= 0x80: // a full-width colon
		broken("scheme")
	case host == "" || strings.Contains(host, "..") || strings.HasPrefix(host, "HTTP"):
		if end > tok.end+3 {
			broken("host")
		}
	}
}

// linkEnd is the end of the address whose scheme ends at unit i.
func (s *scan) linkEnd(i int) int {
	const longest = 512
	t, v := s.view.units, s.view
	end := i
	for end < len(t) && end-i < longest && t[end] > ' ' && t[end] < 0x7F && !strings.ContainsRune("\"<>,;'()[]{}", rune(t[end])) &&
		(v.text[v.at[end]] < 0x80 || v.text[v.at[i]] >= 0x80) && !(end > i && v.spaceBefore(end)) {
		end++
	}
	for end > i && strings.ContainsRune(".:!?", rune(t[end-1])) {
		end--
	}
	return end
}

// misspelt says whether a scheme is a slip of http.
func misspelt(scheme string) bool {
	plain := strings.TrimSuffix(scheme, "S")
	return plain != "HTTP" && strings.HasPrefix(plain, "H") && strings.Trim(plain, "HTP") == "" && strings.HasSuffix(plain, "P") && len(plain) > 2
}

// slashes says whether what follows http is a colon and strokes that are not
// :// and then a name: an address, not the word http.
func (s *scan) slashes(rest string) bool {
	name := strings.TrimLeft(rest, ":;/\\")
	strokes := rest[:len(rest)-len(name)]
	return name != "" && (name[0] >= 'A' && name[0] <= 'Z') && strings.ContainsAny(strokes, "/\\") && (len(strokes) > 1)
}

// innerHost reports an address whose host has no domain or one that only
// internal networks use.
func (s *scan) innerHost(start, end int, host string) bool {
	r := s.rules.only[innerHost]
	name, _, _ := strings.Cut(host, ":")
	if r == nil || name == "" || name == "LOCALHOST" || strings.Trim(name, "X") == "" || strings.ContainsAny(name, "@*") ||
		name == "HTTP" || name == "HTTPS" {
		return false
	}
	last := name[strings.LastIndexByte(name, '.')+1:]
	if last != name && !slices.Contains(r.Params.Domains, last) || allDigits(last) {
		return false
	}
	s.add(match{rule: r, start: start, end: end, class: r.Class, mask: "***"})
	return true
}

// userInfoAt reports the user and password before the @ at unit i, if an
// address begins before them: mysql://user:password@host.
func (s *scan) userInfoAt(i int) bool {
	const longest = 80
	t := s.view.units
	from, colon := i, false
	for from > 0 && i-from < longest && t[from-1] > ' ' && t[from-1] < 0x7F && t[from-1] != '/' && t[from-1] != '@' {
		from--
		colon = colon || t[from] == ':'
	}
	if !hasAt(t, from-3, "://") || !colon || i-from < 3 {
		return false
	}
	r := s.rules.only[credential]
	if r == nil || slices.Contains(t[from:i], '*') || slices.Contains(t[from:i], '{') || slices.Contains(t[from:i], '<') {
		return true
	}
	s.secret(from, i)
	s.add(match{rule: r, start: from, end: i, class: r.Class, mask: "******"})
	return true
}
