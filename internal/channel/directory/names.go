package directory

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"path"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// maxName is how many bytes a name has at most before its suffix: file systems allow 255,
// and whoever copies the tree may prefix it.
const maxName = 120

// names gives out names that any file system can hold, each once, upper and lower case
// being the same.
type names map[string]bool

// take is a name like name: the same if it can be, otherwise with a hash of it.
func (n names) take(name string) string {
	free := func(s string) bool { return !n[strings.ToLower(s)] }
	out := safe(name)
	if out != name || !free(out) {
		ext := path.Ext(out)
		stem := strings.TrimSuffix(out, ext)
		sum := sha256.Sum256([]byte(name))
		out = stem + "-" + hex.EncodeToString(sum[:6]) + ext
		for i := 2; !free(out); i++ {
			out = fmt.Sprintf("%s-%s-%d%s", stem, hex.EncodeToString(sum[:6]), i, ext)
		}
	}
	n[strings.ToLower(out)] = true
	return out
}

// safe is name without what some file system, shell or address takes for something else.
func safe(name string) string {
	clean := strings.Map(func(r rune) rune {
		if !unicode.IsGraphic(r) || r == utf8.RuneError || unicode.IsSpace(r) && r != ' ' || strings.ContainsRune(`<>:"/\|?*`, r) {
			return '_'
		}
		return r
	}, norm.NFC.String(name))
	ext := path.Ext(clean)
	if len(ext) > 16 {
		ext = ""
	}
	stem := strings.TrimSuffix(clean, ext)
	for len(stem)+len(ext) > maxName {
		_, size := utf8.DecodeLastRuneInString(stem)
		stem = stem[:len(stem)-size]
	}
	out := strings.TrimRight(strings.TrimLeft(stem+ext, ".-~ "), ". ")
	if base, _, _ := strings.Cut(out, "."); out == "" || isDevice(strings.TrimSpace(base)) {
		out = "_" + out
	}
	return out
}

// isDevice says whether Windows would open a device of that name.
func isDevice(base string) bool {
	switch base = strings.ToUpper(base); base {
	case "CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$":
		return true
	}
	port, number := base[:min(3, len(base))], base[min(3, len(base)):]
	return (port == "COM" || port == "LPT") && len([]rune(number)) == 1 && strings.Contains("0123456789¹²³", number)
}
