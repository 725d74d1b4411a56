package ledger

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"iter"
)

// ExportFormat names the layout of an export: JSON Lines, each line ended by one
// newline.
//
//	{"format":"shenfa-ledger/1","origin":…,"keys":[…]}   first line
//	{"action":…}                                         a leaf, its very bytes, in order
//	{"checkpoint":"…"}                                   a signed checkpoint, after the last leaf it covers
//
// The leaf hash is SHA-256 of a zero byte and the line without its newline. The
// last line is a checkpoint over all leaves.
const ExportFormat = "shenfa-ledger/1"

// Export is what an export is made of. The sequences end at their first error.
type Export struct {
	Origin      string
	Keys        []string                 // verifier keys the log has had, newest last
	Leaves      iter.Seq2[[]byte, error] // from the first entry on
	Checkpoints iter.Seq2[[]byte, error] // signed, by rising size
}

type exportHeader struct {
	Format string   `json:"format"`
	Origin string   `json:"origin"`
	Keys   []string `json:"keys"`
}

type exportCheckpoint struct {
	Checkpoint string `json:"checkpoint"`
}

// WriteExport writes a whole log to w, in memory that does not grow with it. It
// writes what it is given: whether that is a sound log is for VerifyExport to
// say, also when it is not.
func WriteExport(w io.Writer, x Export) error {
	out := bufio.NewWriterSize(w, 1<<16)
	next, stop := iter.Pull2(x.Checkpoints)
	defer stop()

	if err := writeLine(out, exportHeader{Format: ExportFormat, Origin: x.Origin, Keys: x.Keys}); err != nil {
		return err
	}
	signed, err, more := next()
	size := int64(0)
	// due writes the checkpoints that the leaves written so far have reached.
	due := func(all bool) error {
		for more {
			if err != nil {
				return fmt.Errorf("export checkpoint: %w", err)
			}
			c, bad := claimed(signed)
			if bad != nil {
				return fmt.Errorf("export checkpoint: %w", bad)
			}
			if !all && c.Size > size {
				return nil
			}
			if err := writeLine(out, exportCheckpoint{string(signed)}); err != nil {
				return err
			}
			signed, err, more = next()
		}
		return nil
	}

	if err := due(false); err != nil {
		return err
	}
	for leaf, err := range x.Leaves {
		if err != nil {
			return fmt.Errorf("export entry %d: %w", size, err)
		}
		if bytes.IndexByte(leaf, '\n') >= 0 {
			return fmt.Errorf("export entry %d: leaf is not one line", size)
		}
		if err := writeBytes(out, leaf); err != nil {
			return err
		}
		size++
		if err := due(false); err != nil {
			return err
		}
	}
	if err := due(true); err != nil {
		return err
	}
	if err := out.Flush(); err != nil {
		return fmt.Errorf("write export: %w", err)
	}
	return nil
}

func writeLine(w *bufio.Writer, v any) error {
	line, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("write export: %w", err)
	}
	return writeBytes(w, line)
}

func writeBytes(w *bufio.Writer, line []byte) error {
	if _, err := w.Write(line); err != nil {
		return fmt.Errorf("write export: %w", err)
	}
	if err := w.WriteByte('\n'); err != nil {
		return fmt.Errorf("write export: %w", err)
	}
	return nil
}
