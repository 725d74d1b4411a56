package console

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"net/http"
	"strings"
	"unicode/utf8"
)

// spreadsheet is a table for a spreadsheet: UTF-8 with its mark, or old programs take it for
// something else.
type spreadsheet struct {
	out bytes.Buffer
	csv *csv.Writer
}

func newSheet() *spreadsheet {
	s := &spreadsheet{}
	s.out.WriteString("\ufeff")
	s.csv = csv.NewWriter(&s.out)
	s.csv.UseCRLF = true
	return s
}

// row writes cells of which none is a formula.
func (s *spreadsheet) row(cells ...string) error {
	safe := make([]string, len(cells))
	for i, c := range cells {
		safe[i] = inert(c)
	}
	return s.csv.Write(safe)
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

// send sends the table to be saved under name.
func (s *spreadsheet) send(v *visit, name string) error {
	s.csv.Flush()
	if err := s.csv.Error(); err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	v.Response().Header().Set("Content-Disposition", disposition(name))
	return v.Blob(http.StatusOK, "text/csv; charset=utf-8", s.out.Bytes())
}
