package paper

import (
	"bytes"
	"encoding/csv"
	"strings"
	"unicode/utf8"
)

// CSV is a table for a spreadsheet: UTF-8 with its mark, or old programs take it for
// something else.
type CSV struct {
	out bytes.Buffer
	csv *csv.Writer
}

// NewCSV begins an empty table.
func NewCSV() *CSV {
	s := &CSV{}
	s.out.WriteString("\ufeff")
	s.csv = csv.NewWriter(&s.out)
	s.csv.UseCRLF = true
	return s
}

// Row writes cells of which none is a formula.
func (s *CSV) Row(cells ...string) error {
	safe := make([]string, len(cells))
	for i, c := range cells {
		safe[i] = inert(c)
	}
	return s.csv.Write(safe)
}

// Bytes is all that was written.
func (s *CSV) Bytes() ([]byte, error) {
	s.csv.Flush()
	return s.out.Bytes(), s.csv.Error()
}

// inert is a cell that no spreadsheet takes for a formula: what begins as one gets an
// apostrophe before it (OWASP, CSV injection).
func inert(cell string) string {
	first, _ := utf8.DecodeRuneInString(strings.TrimLeft(cell, " \u3000\u00a0"))
	if strings.ContainsRune("=+-@\t\r\n＝＋－＠", first) && cell != "" {
		return "'" + cell
	}
	return cell
}

// CSV is the tables of the sheet for a spreadsheet, without what stands around them.
func (s Sheet) CSV() ([]byte, error) {
	out := NewCSV()
	for _, t := range s.Tables {
		for _, row := range append([][]string{t.Head}, t.Rows...) {
			if err := out.Row(row...); err != nil {
				return nil, err
			}
		}
	}
	return out.Bytes()
}
