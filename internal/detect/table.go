package detect

import (
	"slices"
	"strings"
)

// table is a run of lines whose cells are parted by tabs, as the readers of
// sheets and slides write them.
type table struct {
	from, to int        // bytes
	heads    [][]string // nil for a line that is no table
}

// maxColumns bounds what is looked at of one line.
const maxColumns = 64

// headLines is how many lines at the top of a table may name its columns: a
// title over them is common.
const headLines = 3

// tableAround returns the table whose lines hold byte at, nil if that line has
// no tab. The latest one is kept: places are asked for in order.
func (s *scan) tableAround(at int) *table {
	if k := &s.table; k.from <= at && at < k.to {
		if k.heads == nil {
			return nil
		}
		return k
	}
	text := s.view.text
	from, to := lineAround(text, at)
	if strings.IndexByte(text[from:to], '\t') < 0 {
		s.table = table{from: from, to: to}
		return nil
	}
	for from > 0 {
		before, _ := lineAround(text, from-1)
		if strings.IndexByte(text[before:from], '\t') < 0 {
			break
		}
		from = before
	}
	for to < len(text) {
		_, next := lineAround(text, to+1)
		if to+1 >= len(text) || strings.IndexByte(text[to+1:next], '\t') < 0 {
			break
		}
		to = next
	}
	s.table = table{from: from, to: to + 1}
	for line := range strings.Lines(text[from:to]) {
		if len(s.table.heads) == headLines {
			break
		}
		row := strings.SplitN(strings.TrimRight(line, "\r\n"), "\t", maxColumns)
		for i := range row {
			row[i] = strings.ReplaceAll(strings.ReplaceAll(row[i], " ", ""), "　", "")
		}
		s.table.heads = append(s.table.heads, row)
	}
	return &s.table
}

// lineAround is the line that holds byte at, without its end, and no more than
// 16 KiB of it to either side: a whole text may be one line.
func lineAround(text string, at int) (from, to int) {
	const most = 1 << 14
	from, to = max(0, at-most), min(len(text), at+most)
	from += strings.LastIndexByte(text[from:at], '\n') + 1
	if n := strings.IndexByte(text[at:to], '\n'); n >= 0 {
		to = at + n
	}
	return from, to
}

// cell is the place of a byte in its line: the line's start and the column.
type cell struct{ at, line, column int }

// cellAt finds the cell of byte at. Places asked for in order cost one pass.
func (s *scan) cellAt(at int) cell {
	text, c := s.view.text, s.latestCell
	if c.at > at || at-c.at > 1<<14 {
		from, _ := lineAround(text, at)
		c = cell{at: from, line: from}
	}
	for i := c.at; i < at; i++ {
		switch text[i] {
		case '\n':
			c.line, c.column = i+1, 0
		case '\t':
			c.column++
		}
	}
	c.at = at
	s.latestCell = c
	return c
}

// heads are the cells that name the number at unit i: those over it and the
// first one of its line. They are nil outside tables.
func (s *scan) heads(i int) []string {
	at := int(s.view.at[i])
	t := s.tableAround(at)
	if t == nil {
		return nil
	}
	c := s.cellAt(at)
	var names []string
	if c.column > 0 {
		first, _, _ := strings.Cut(s.view.text[c.line:at], "\t")
		names = append(names, first)
	}
	for _, row := range t.heads {
		if c.column < len(row) {
			names = append(names, row[c.column])
		}
	}
	return names
}

// column calls use with the first unit of every cell under the one that is
// [start,end), if that is a whole cell of a table. A column is read once for
// each rule.
func (s *scan) column(r *Rule, start, end int, use func(unit int)) {
	from, to := s.view.original(start, end)
	text := s.view.text
	if !cellEdge(text, from, -1) || !cellEdge(text, to, 1) {
		return
	}
	t := s.tableAround(from)
	if t == nil {
		return
	}
	column := s.cellAt(from).column
	seen := columnRead{r, column, t.to}
	if column >= maxColumns || slices.Contains(s.columns, seen) {
		return
	}
	s.columns = append(s.columns, seen)
	_, rest := lineAround(text, from)
	for rest+1 < t.to && rest+1 < len(text) {
		from := rest + 1
		_, rest = lineAround(text, from)
		at := from
		for range column {
			n := strings.IndexByte(text[at:rest], '\t')
			if n < 0 {
				at = rest
				break
			}
			at += n + 1
		}
		if at < rest && text[at] != '\t' {
			unit, _ := slices.BinarySearch(s.view.at, uint32(at))
			if unit < len(s.view.at) && int(s.view.at[unit]) < rest {
				use(unit)
			}
		}
	}
}

// columnRead is a column that a rule has read, of the table that ends at a byte.
type columnRead struct {
	rule   *Rule
	column int
	to     int
}

// cellEdge says whether nothing but space stands between byte at and the edge
// of its cell to the left (step -1) or right (step 1).
func cellEdge(text string, at, step int) bool {
	for range 16 {
		if step < 0 {
			at--
		}
		if at < 0 || at >= len(text) {
			return true
		}
		switch text[at] {
		case '\n', '\t', '|':
			return true
		case ' ', '\r':
		default:
			return false
		}
		if step > 0 {
			at++
		}
	}
	return false
}
