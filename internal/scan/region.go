package scan

import (
	"unicode/utf8"

	"shenfa/internal/document"
)

// region is a stretch of a text file, in lines and characters from 1, the end
// column one behind the last character.
type region struct {
	StartLine   int `json:"startLine"`
	StartColumn int `json:"startColumn"`
	EndLine     int `json:"endLine"`
	EndColumn   int `json:"endColumn"`
}

// regions are the places of findings in the bytes of the file itself: those in
// the body of a text, which is taken as it stands. The others are nil.
func regions(doc document.Document, found []Finding) []*region {
	if doc.Kind != document.Text || doc.Parts[0].Name != "body" {
		return nil
	}
	out := make([]*region, len(found))
	at := cursor{text: doc.Parts[0].Text, line: 1, column: 1}
	for i, f := range found {
		if f.Part != "body" || f.Line == 0 {
			continue
		}
		if f.Start < at.rune {
			at = cursor{text: doc.Parts[0].Text, line: 1, column: 1}
		}
		at.to(f.Start)
		end := at
		end.to(f.End)
		out[i] = &region{at.line, at.column, end.line, end.column}
	}
	return out
}

// cursor moves over a text.
type cursor struct {
	text         string
	byte, rune   int
	line, column int
}

func (c *cursor) to(target int) {
	for c.rune < target && c.byte < len(c.text) {
		_, size := utf8.DecodeRuneInString(c.text[c.byte:])
		if c.text[c.byte] == '\n' {
			c.line, c.column = c.line+1, 0
		}
		c.byte, c.rune, c.column = c.byte+size, c.rune+1, c.column+1
	}
}
