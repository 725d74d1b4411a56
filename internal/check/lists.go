package check

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"shenfa/internal/detect"
	"shenfa/internal/document"
)

// Lists knows the bureaus' own word lists.
type Lists interface {
	// Lexicon returns the list of a unit in force at an instant, and a zero one if it
	// has none.
	Lexicon(ctx context.Context, unit string, at time.Time) (detect.Lexicon, error)
}

// For returns the checker in force in a unit at an instant: the rules, and the unit's
// own list in place of the one for trials.
func For(ctx context.Context, lists Lists, unit string, at time.Time) (Checker, error) {
	c, err := At(at)
	if err != nil {
		return Checker{}, err
	}
	own, err := lists.Lexicon(ctx, unit, at)
	if err != nil {
		return Checker{}, fmt.Errorf("lexicon of %s: %w", unit, err)
	}
	return c.WithLexicon(own), nil
}

// WithLexicon replaces the list for trials, unless l is zero.
func (c Checker) WithLexicon(l detect.Lexicon) Checker {
	if l.Version != "" {
		c.lexicon = l
	}
	return c
}

// ErrNoTable says that a workbook has no sheet that could be a list.
var ErrNoTable = errors.New("no visible sheet")

// ReadList reads a word list from a CSV file in any of the usual encodings, or from the
// first visible sheet of a workbook. It returns the list and its rows as CSV in UTF-8.
// The error names the rows and columns that are wrong.
func ReadList(name string, data []byte) (detect.Lexicon, []byte, error) {
	doc, err := document.Open(name, data, document.DefaultLimits())
	if err != nil {
		return detect.Lexicon{}, nil, fmt.Errorf("read list: %w", err)
	}
	var rows []byte
	switch doc.Kind {
	case document.XLSX:
		rows, err = sheetRows(doc.Parts)
	case document.Text, document.Markdown:
		rows = []byte(doc.Parts[0].Text)
	default:
		err = fmt.Errorf("%s is neither CSV nor a workbook", doc.Kind)
	}
	if err != nil {
		return detect.Lexicon{}, nil, fmt.Errorf("read list: %w", err)
	}
	l, err := detect.ParseLexicon(bytes.NewReader(rows))
	return l, rows, err
}

// sheetRows writes the first visible sheet as CSV, its rows as wide as its heading. The
// reader gives a line for each row, with a tab between cells.
func sheetRows(parts []document.Part) ([]byte, error) {
	i := slices.IndexFunc(parts, func(p document.Part) bool { return strings.HasPrefix(p.Name, "sheet ") && !p.Hidden })
	if i < 0 {
		return nil, ErrNoTable
	}
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	width := 0
	for line := range strings.SplitSeq(parts[i].Text, "\n") {
		cells := strings.Split(line, "\t")
		if width == 0 {
			width = len(cells)
		}
		for len(cells) < width {
			cells = append(cells, "")
		}
		for len(cells) > width && cells[len(cells)-1] == "" {
			cells = cells[:len(cells)-1]
		}
		if strings.TrimSpace(line) == "" {
			continue
		}
		if err := w.Write(cells); err != nil {
			return nil, err
		}
	}
	w.Flush()
	return b.Bytes(), w.Error()
}
