package console

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"shenfa/internal/desk"
)

// layer is some of the cells of a sheet: those that are seen, or those of one way of
// hiding. All layers of a sheet have the same rows and columns.
type layer struct {
	lines  []line
	hidden bool
}

// sheetCell is what stands in one place of a sheet.
type sheetCell struct {
	runs   []desk.Segment
	hidden bool
}

// sheet lays out the layers of a sheet as one table. Rows and columns in which
// nothing stands are left out; one in which nothing is seen is hidden.
func (s *setter) sheet(layers []layer) block {
	rows := map[int]map[int]sheetCell{}
	seenRow, seenColumn, found, used := map[int]bool{}, map[int]bool{}, map[int]bool{}, map[int]bool{}
	for _, l := range layers {
		for _, at := range l.lines {
			for n, runs := range cellsOf(at) {
				if len(runs) == 0 {
					continue
				}
				if rows[at.N] == nil {
					rows[at.N] = map[int]sheetCell{}
				}
				c := rows[at.N][n]
				c.runs, c.hidden = append(c.runs, runs...), c.hidden || l.hidden
				rows[at.N][n] = c
				used[n] = true
				if !l.hidden {
					seenRow[at.N], seenColumn[n] = true, true
				}
				if slices.ContainsFunc(runs, func(r desk.Segment) bool { return len(r.Findings) > 0 }) {
					found[n] = true
				}
			}
		}
	}
	columns := slices.Sorted(maps.Keys(used))
	plain, most, short := 0, widest, 0
	if s.clip {
		most, short = widest/5, longRun/5
	}
	columns = slices.DeleteFunc(columns, func(n int) bool {
		if !found[n] {
			plain++
		}
		return !found[n] && plain > most
	})
	var b block
	if plain > most {
		b.Narrow = s.skip("findings.columns", plain-most)
	}
	for _, n := range columns {
		b.Columns = append(b.Columns, column{columnName(n), !seenColumn[n]})
	}
	for _, at := range slices.Sorted(maps.Keys(rows)) {
		row := tableRow{N: at, Hidden: !seenRow[at]}
		for _, n := range columns {
			c := rows[at][n]
			for _, r := range c.runs {
				for _, id := range r.Findings {
					if s.cells[id] == "" {
						s.cells[id] = columnName(n) + strconv.Itoa(at)
					}
				}
			}
			if at := byteOf(text(c.runs), short); short > 0 && !found[n] && at < len(text(c.runs)) {
				c.runs = []desk.Segment{{Text: text(c.runs)[:at] + "…"}}
			}
			row.Cells = append(row.Cells, cell{s.runs(c.runs), c.hidden || row.Hidden || !seenColumn[n]})
		}
		b.Rows = append(b.Rows, row)
	}
	return b
}

// text is what stretches of text say together.
func text(segments []desk.Segment) string {
	var b strings.Builder
	for _, g := range segments {
		b.WriteString(g.Text)
	}
	return b.String()
}

// columnName names a column of a sheet: 0 is A.
func columnName(n int) string {
	name := ""
	for n++; n > 0; n = (n - 1) / 26 {
		name = string(rune('A'+(n-1)%26)) + name
	}
	return name
}

// hiding are the ways in which cells of a sheet are hidden, as parts are called.
var hiding = []string{"hidden rows", "filtered or hidden rows", "hidden columns", "invisible cells"}

// over finds the parts with the hidden cells of a sheet, each with its way of hiding.
func over(parts []desk.ReadingPart, sheet desk.ReadingPart) map[int]string {
	out := map[int]string{}
	if !sheet.Grid || sheet.Quoted {
		return out
	}
	for i, p := range parts {
		if way, ok := strings.CutSuffix(p.Name, " of "+sheet.Name); ok && p.Grid && slices.Contains(hiding, way) {
			out[i] = way
		}
	}
	return out
}

// whole lays out a sheet with its hidden cells where they stand.
func (s *setter) whole(parts []desk.ReadingPart, sheet int, hidden map[int]string) []block {
	all := func(p desk.ReadingPart) (lines []line) {
		for l := range linesOf(p) {
			l.Runs = slices.Clone(l.Runs)
			lines = append(lines, l)
		}
		return lines
	}
	layers := []layer{{all(parts[sheet]), false}}
	for _, i := range slices.Sorted(maps.Keys(hidden)) {
		layers = append(layers, layer{all(parts[i]), true})
	}
	return []block{s.sheet(layers)}
}
