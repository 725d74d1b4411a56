package detect

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// TestFoldingCharacterByCharacter compares the view, which folds plain runs in
// bulk, with one that takes each character by itself.
func TestFoldingCharacterByCharacter(t *testing.T) {
	t.Parallel()
	piece := rapid.OneOf(
		rapid.SampledFrom([]string{"中文", "資料", "ＡＢ", "①", " ", "\u3000", "\n", "\t", "\u200b", "é", "𠀀", "𝟎", "😀", "a", "Z9", "\x00", "\x7f", "，", "\xff", "\xe4\xb8", "\xed\xa0\x80", "&#9733;", "&amp;", "&", "&#x1F600;"}),
		rapid.StringOfN(rapid.RuneFrom([]rune("政府信息公开条例")), 0, 40, -1),
		rapid.StringOfN(rapid.RuneFrom([]rune("abcXYZ0189-._@ ")), 0, 20, -1),
		rapid.String(),
	)
	rapid.Check(t, func(rt *rapid.T) {
		text := strings.Join(rapid.SliceOfN(piece, 0, 12).Draw(rt, "pieces"), "")
		v := newView(text, &scratch{units: make([]uint16, 3), at: make([]uint32, 3)})
		units, at := foldEachByItself(v.text)
		require.Equal(rt, string([]rune(text)), v.text)
		require.Equal(rt, units, append([]uint16{}, v.units...))
		require.Equal(rt, at, append([]uint32{}, v.at...))
		require.Equal(rt, utf8.RuneCountInString(v.text), runes(v.text))
	})
}

// foldEachByItself is newView without any haste. It writes a separator between
// two characters as the view promises.
func foldEachByItself(text string) (units []uint16, at []uint32) {
	f := folded()
	units, at = []uint16{}, []uint32{}
	lineStart, space, line := 0, -1, -1
	put := func(u rune, i int) { units, at = append(units, uint16(u)), append(at, uint32(i)) }
	for i, size := 0, 0; i < len(text); i += size {
		var r rune
		r, size = utf8.DecodeRuneInString(text[i:])
		if meant, n := entity(text[i:]); n > 0 && f.fold(meant) < 1<<16 {
			r, size = meant, n
		}
		r = f.fold(r)
		switch {
		case r == 0:
			continue
		case r == ' ':
			if space < 0 {
				space = i
			}
			continue
		case r == '\n':
			if line < 0 {
				line = i
			}
			continue
		case r < ' ':
			continue
		}
		this := r
		if r >= 1<<16 {
			this = 0xD800 + (r-0x10000)>>10
		}
		if n := len(units); n > 0 {
			before, behind := f.class[units[n-1]], f.class[this]
			if line >= 0 && text[line] == '\t' {
				lineStart = n
			}
			long := n-lineStart >= wrapUnits
			switch {
			case line >= 0 && long && before&behind&isHan != 0:
			case line >= 0 && long:
				put(softBreak, line)
				lineStart = len(units)
			case line >= 0:
				put('\n', line)
				lineStart = len(units)
			case space >= 0 && before&isAlnum != 0 && behind&isAlnum != 0:
				put(' ', space)
			}
		}
		space, line = -1, -1
		put(this, i)
		if r >= 1<<16 {
			put(0xDC00+(r-0x10000)&0x3FF, i)
		}
	}
	return units, at
}
