package ledger

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// proofFormat is the first line of a C2SP tlog-proof file.
const proofFormat = "c2sp.org/tlog-proof@v1"

// maxProof bounds a proof file in bytes: a leaf in base64, 63 hashes, a checkpoint.
const maxProof = 2*MaxLeaf + 63*45 + maxCheckpoint

// ProveInclusion writes one file that proves offline that leaf is at index in
// the log of the signed checkpoint: a C2SP tlog-proof whose extra line carries
// the leaf itself. Read returns the tree's stored hashes. A proof that would not
// hold is an error: the hashes, the leaf or the checkpoint are then not ours.
func ProveInclusion(leaf []byte, index int64, signed []byte, read tlog.HashReader) ([]byte, error) {
	c, err := claimed(signed)
	if err != nil {
		return nil, fmt.Errorf("prove entry %d: %w", index, err)
	}
	path, err := tlog.ProveRecord(c.Size, index, read)
	if err != nil {
		return nil, fmt.Errorf("prove entry %d: %w", index, err)
	}
	if err := tlog.CheckRecord(path, c.Size, c.Root, index, tlog.RecordHash(leaf)); err != nil {
		return nil, fmt.Errorf("prove entry %d: %w", index, err)
	}
	b := fmt.Appendf(nil, "%s\nextra %s\nindex %d\n", proofFormat, base64.StdEncoding.EncodeToString(leaf), index)
	for _, h := range path {
		b = fmt.Appendf(b, "%s\n", h)
	}
	return append(append(b, '\n'), signed...), nil
}

// CheckInclusion returns the entry that a file of ProveInclusion proves, its
// place in Seq, and the checkpoint it is proved under. It needs no other data
// than the log's verifiers.
func CheckInclusion(proof []byte, verifiers ...note.Verifier) (Entry, Checkpoint, error) {
	if len(proof) > maxProof {
		return Entry{}, Checkpoint{}, fmt.Errorf("proof of %d bytes is larger than %d", len(proof), maxProof)
	}
	head, signed, found := bytes.Cut(proof, []byte("\n\n"))
	if !found {
		return Entry{}, Checkpoint{}, errors.New("proof has no checkpoint")
	}
	lines := strings.Split(string(head), "\n")
	if len(lines) < 3 || lines[0] != proofFormat {
		return Entry{}, Checkpoint{}, fmt.Errorf("proof is not a %s with an entry", proofFormat)
	}
	leaf, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(lines[1], "extra "))
	if err != nil || lines[1] != "extra "+base64.StdEncoding.EncodeToString(leaf) {
		return Entry{}, Checkpoint{}, errors.New("proof carries no readable entry")
	}
	index, err := strconv.ParseInt(strings.TrimPrefix(lines[2], "index "), 10, 64)
	if err != nil || lines[2] != "index "+strconv.FormatInt(index, 10) {
		return Entry{}, Checkpoint{}, fmt.Errorf("proof has %q for an index", lines[2])
	}
	path := make(tlog.RecordProof, 0, len(lines)-3)
	for _, line := range lines[3:] {
		h, err := tlog.ParseHash(line)
		if err != nil || line != h.String() {
			return Entry{}, Checkpoint{}, fmt.Errorf("proof has %q for a hash", line)
		}
		path = append(path, h)
	}

	c, err := OpenCheckpoint(signed, verifiers...)
	if err != nil {
		return Entry{}, Checkpoint{}, err
	}
	if err := tlog.CheckRecord(path, c.Size, c.Root, index, tlog.RecordHash(leaf)); err != nil {
		return Entry{}, Checkpoint{}, fmt.Errorf("check entry %d: %w", index, err)
	}
	e, err := ParseLeaf(leaf)
	if err != nil {
		return Entry{}, Checkpoint{}, err
	}
	e.Seq = index
	return e, c, nil
}

// ProveConsistency proves that the log of size older is the beginning of the log
// of size newer.
func ProveConsistency(older, newer int64, read tlog.HashReader) (tlog.TreeProof, error) {
	proof, err := tlog.ProveTree(newer, older, read)
	if err != nil {
		return nil, fmt.Errorf("prove that %d begins %d: %w", older, newer, err)
	}
	return proof, nil
}

// CheckConsistency checks that the log of older is the beginning of the log of
// newer. Both must have been opened with a trusted key.
func CheckConsistency(older, newer Checkpoint, proof tlog.TreeProof) error {
	if older.Origin != newer.Origin {
		return fmt.Errorf("checkpoints of two logs: %q and %q", older.Origin, newer.Origin)
	}
	if err := tlog.CheckTree(proof, newer.Size, newer.Root, older.Size, older.Root); err != nil {
		return fmt.Errorf("check that %d begins %d: %w", older.Size, newer.Size, err)
	}
	return nil
}
