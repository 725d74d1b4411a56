package detect

import (
	"strings"
	"unicode/utf8"
)

// contextRunes bounds a finding's context.
const contextRunes = 80

// placer tells where bytes of a text stand, in characters and lines. It is
// quick for places asked in order: together they cost one pass.
type placer struct {
	text string
	at   spot // start of the latest place
	line int  // its number

	lineFrom, lineTo spot // the latest line that was looked at, without the spaces at its ends
	lineEnd          int  // byte of its end; -1 if there is none yet
	from, to         spot // latest ends of a context
}

// spot is a place in a text.
type spot struct{ byte, rune int }

// place fills the offsets, line, excerpt and context of f, which is about the
// bytes [from,to) of the text. Calls must come in order of from.
func (p *placer) place(f *Finding, from, to int) {
	p.move(from)
	f.Line, f.Start = p.line, p.at.rune
	f.Excerpt = p.text[from:to]
	f.End = f.Start + runes(f.Excerpt)
	if from > p.lineEnd {
		p.ends()
	}
	if p.lineTo.rune-p.lineFrom.rune <= contextRunes {
		f.Context = p.text[p.lineFrom.byte:p.lineTo.byte]
		return
	}
	lead := (contextRunes - min(f.End-f.Start, contextRunes)) / 2
	begin := min(max(p.lineFrom.rune, f.Start-lead), p.lineTo.rune-contextRunes)
	p.from = p.seek(p.from, begin)
	p.to = p.seek(p.to, begin+contextRunes)
	f.Context = p.text[p.from.byte:p.to.byte]
}

// move makes byte at the latest place.
func (p *placer) move(at int) {
	skipped := p.text[p.at.byte:at]
	if at > p.lineEnd {
		p.line += strings.Count(skipped, "\n")
	}
	p.at.rune += runes(skipped)
	p.at.byte = at
}

// ends finds the ends of the line of the latest place.
func (p *placer) ends() {
	at := p.at.byte
	start := strings.LastIndexByte(p.text[:at], '\n') + 1
	p.lineEnd = len(p.text)
	if n := strings.IndexByte(p.text[at:], '\n'); n >= 0 {
		p.lineEnd = at + n
	}
	first, last := p.trim(start, p.lineEnd)
	p.lineFrom = spot{first, p.at.rune - runes(p.text[min(first, at):at])}
	if first > at {
		p.lineFrom.rune += runes(p.text[at:first])
	}
	p.lineTo = spot{last, p.lineFrom.rune + runes(p.text[first:last])}
	p.from, p.to = p.at, p.at
}

// trim narrows a span of bytes by the spaces at its ends, 256 of them at most.
func (p *placer) trim(from, to int) (int, int) {
	f := folded()
	for range 256 {
		r, size := utf8.DecodeRuneInString(p.text[from:to])
		if size == 0 || f.fold(r) > ' ' {
			break
		}
		from += size
	}
	for range 256 {
		r, size := utf8.DecodeLastRuneInString(p.text[from:to])
		if size == 0 || f.fold(r) > ' ' {
			break
		}
		to -= size
	}
	return from, to
}

// seek finds the place of a character, from a place not far away.
func (p *placer) seek(s spot, to int) spot {
	if d := to - s.rune; d > 2*contextRunes || d < -2*contextRunes {
		s = p.at
	}
	for s.rune < to {
		s.byte += runeSize(p.text[s.byte])
		s.rune++
	}
	for s.rune > to {
		for s.byte--; p.text[s.byte]&0xC0 == 0x80; s.byte-- {
		}
		s.rune--
	}
	return s
}
