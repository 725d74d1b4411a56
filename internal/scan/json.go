package scan

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
)

// JSON tells outcomes as a list with one object a file.
func JSON(w io.Writer) Report { return &list{w: bufio.NewWriter(w)} }

// list writes the items of a JSON array one by one, so that a long one needs no
// memory.
type list struct {
	w     *bufio.Writer
	items int
}

// add writes one more item, every line of it behind prefix.
func (l *list) add(prefix string, item any) error {
	raw, err := json.MarshalIndent(item, prefix, "  ")
	if err != nil {
		return fmt.Errorf("encode: %w", err)
	}
	between := ",\n"
	if l.items == 0 {
		between = "\n"
	}
	l.items++
	_, err = l.w.WriteString(between + prefix + string(raw))
	return err
}

func (l *list) File(f File) error {
	if l.items == 0 {
		if err := l.w.WriteByte('['); err != nil {
			return err
		}
	}
	if err := l.add("  ", f); err != nil {
		return err
	}
	return l.w.Flush()
}

func (l *list) Close(Summary) error {
	end := "\n]\n"
	if l.items == 0 {
		end = "[]\n"
	}
	if _, err := l.w.WriteString(end); err != nil {
		return err
	}
	return l.w.Flush()
}
