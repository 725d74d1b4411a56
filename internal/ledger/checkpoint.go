package ledger

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// maxCheckpoint bounds a signed checkpoint in bytes; witnesses may add lines.
const maxCheckpoint = 64 << 10

// Checkpoint is the head of a log at one size.
type Checkpoint struct {
	Origin string    `json:"origin"` // name of the log and of the keys that sign it
	Size   int64     `json:"size"`
	Root   tlog.Hash `json:"root"`
	At     time.Time `json:"at,omitzero"` // when it was signed, if it says so
}

// Sign writes a checkpoint as a signed note (C2SP tlog-checkpoint). The signer's
// name must be the origin. At, in whole microseconds, goes into an extension
// line that checkers may ignore; a zero At is left out.
func Sign(origin string, size int64, root tlog.Hash, at time.Time, signer note.Signer) ([]byte, error) {
	switch {
	case signer.Name() != origin:
		return nil, fmt.Errorf("sign checkpoint: key of %q cannot sign for %q", signer.Name(), origin)
	case size < 0:
		return nil, fmt.Errorf("sign checkpoint: size %d", size)
	}
	text := fmt.Sprintf("%s\n%d\n%s\n", origin, size, root)
	if !at.IsZero() {
		text += "at " + at.UTC().Format(instant) + "\n"
	}
	signed, err := note.Sign(&note.Note{Text: text}, signer)
	if err != nil {
		return nil, fmt.Errorf("sign checkpoint: %w", err)
	}
	return signed, nil
}

// OpenCheckpoint reads a signed checkpoint and returns it only if one of the
// verifiers signed it and that verifier's name is the origin. Signatures of keys
// it does not know, such as those of witnesses, are ignored.
func OpenCheckpoint(data []byte, verifiers ...note.Verifier) (Checkpoint, error) {
	if len(data) > maxCheckpoint {
		return Checkpoint{}, fmt.Errorf("checkpoint of %d bytes is larger than %d", len(data), maxCheckpoint)
	}
	signed, err := note.Open(data, note.VerifierList(verifiers...))
	if err != nil {
		return Checkpoint{}, fmt.Errorf("open checkpoint: %w", err)
	}
	c, err := parseCheckpoint(signed.Text)
	if err != nil {
		return Checkpoint{}, err
	}
	own := false
	for _, s := range signed.Sigs {
		// The note package reads base64 leniently; one checkpoint has one spelling.
		if _, err := base64.StdEncoding.Strict().DecodeString(s.Base64); err != nil {
			return Checkpoint{}, fmt.Errorf("signature of checkpoint: %w", err)
		}
		own = own || s.Name == c.Origin
	}
	if own {
		return c, nil
	}
	return Checkpoint{}, fmt.Errorf("checkpoint of %q is signed by %q", c.Origin, signed.Sigs[0].Name)
}

// claimed reads what a signed checkpoint says, without asking who signed it.
func claimed(data []byte) (Checkpoint, error) {
	text, _, found := strings.Cut(string(data), "\n\n")
	if !found {
		return Checkpoint{}, errors.New("checkpoint has no signature")
	}
	return parseCheckpoint(text + "\n")
}

func parseCheckpoint(text string) (Checkpoint, error) {
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	if len(lines) < 3 || lines[0] == "" {
		return Checkpoint{}, errors.New("checkpoint has no origin, size and root")
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil || size < 0 || strconv.FormatInt(size, 10) != lines[1] {
		return Checkpoint{}, fmt.Errorf("checkpoint size %q is not a number", lines[1])
	}
	root, err := tlog.ParseHash(lines[2])
	if err != nil || root.String() != lines[2] {
		return Checkpoint{}, fmt.Errorf("checkpoint root %q is not a hash", lines[2])
	}
	c := Checkpoint{Origin: lines[0], Size: size, Root: root}
	for _, line := range lines[3:] {
		if line == "" {
			return Checkpoint{}, errors.New("checkpoint has an empty line")
		}
		if at, ok := strings.CutPrefix(line, "at "); ok {
			if c.At, err = time.Parse(instant, at); err != nil {
				return Checkpoint{}, fmt.Errorf("checkpoint time: %w", err)
			}
		}
	}
	return c, nil
}
