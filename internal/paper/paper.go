// Package paper puts on paper what offices sign and file: one description of a sheet
// becomes a PDF or a .docx.
package paper

import (
	"cmp"
	"errors"
	"os"
)

// Sheet is one paper. Its texts may hold line breaks.
type Sheet struct {
	Title  string
	Mark   string   // beside the title, such as that it is not finished
	Under  []string // lines under the title
	Tables []Table
	Foot   []string
	QR     string // what the code at the foot says; empty: no code
	Wide   bool   // lies on its side
}

// Table is a part of a sheet.
type Table struct {
	Heading string
	Head    []string // of the columns, again on every page; empty: the first column holds labels
	Shares  []int    // of the width that each column has
	Rows    [][]string
	Joined  bool // no room between it and the table before
}

// ErrNoFont tells that the machine has no TrueType font with Chinese characters, of which a
// PDF takes what it needs.
var ErrNoFont = errors.New("no Chinese TrueType font: install fonts-droid-fallback and fonts-dejavu-core, or name one in SHENFA_FONT")

// Where the fonts stand on the systems that have them. Fonts of another make, such as Noto
// CJK, cannot be taken apart.
var (
	han = []string{
		"/usr/share/fonts/truetype/droid/DroidSansFallbackFull.ttf",
		"/usr/share/fonts/google-droid-sans-fonts/DroidSansFallbackFull.ttf",
		"C:/Windows/Fonts/simfang.ttf",
	}
	latin = []string{
		"/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf",
		"/usr/share/fonts/dejavu-sans-fonts/DejaVuSans.ttf",
	}
)

// Fonts are what a PDF is set in: a character is taken from the first that has it, the
// Chinese font first for what is Chinese.
type Fonts struct{ Han, Latin string }

// Installed finds the fonts of this machine. named is a font to take in place of the
// Chinese one that systems have; "" for none.
func Installed(named string) (Fonts, error) {
	if named != "" {
		if _, err := os.Stat(named); err != nil {
			return Fonts{}, errors.Join(ErrNoFont, err)
		}
	}
	first := func(paths []string) string {
		for _, path := range paths {
			if _, err := os.Stat(path); err == nil {
				return path
			}
		}
		return ""
	}
	f := Fonts{Han: cmp.Or(named, first(han)), Latin: first(latin)}
	if f.Han == "" {
		return Fonts{}, ErrNoFont
	}
	return f, nil
}
