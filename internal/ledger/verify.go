package ledger

import (
	"bufio"
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// maxLine bounds a line of an export in bytes; JSON may double a checkpoint.
const maxLine = 2*maxCheckpoint + 64

// Trust is what a verifier knows from elsewhere. Without an anchor nobody can
// tell a whole log from one that lost its end, or from one that whoever holds
// the key wrote anew; so keep checkpoints where the log's keeper cannot reach.
type Trust struct {
	Keys    []string     // verifier keys the log has had, all named as its origin; at least one
	Anchors []Checkpoint // kept apart from the log, opened with a trusted key
}

func (t Trust) open() (origin string, keys []note.Verifier, err error) {
	if len(t.Keys) == 0 {
		return "", nil, errors.New("no trusted key")
	}
	for _, text := range t.Keys {
		key, err := note.NewVerifier(text)
		if err != nil {
			return "", nil, fmt.Errorf("trusted key %q: %w", text, err)
		}
		if origin != "" && key.Name() != origin {
			return "", nil, fmt.Errorf("trusted keys of two logs: %q and %q", origin, key.Name())
		}
		origin, keys = key.Name(), append(keys, key)
	}
	return origin, keys, nil
}

// VerifyExport reads an export from start to end, computes the whole tree again
// from the leaves and compares it with every checkpoint and anchor. It shares no
// hashing with the code that writes the log, keeps one line and 63 hashes in
// memory, and goes on after a failure in order to find the others.
//
// What is wrong with the log is in the report. An error means that no verdict
// was reached: r could not be read, or trust names no key.
func VerifyExport(r io.Reader, trust Trust) (Report, error) {
	origin, keys, err := trust.open()
	if err != nil {
		return Report{}, fmt.Errorf("verify export: %w", err)
	}
	v := &verifier{
		trust:   trust,
		anchors: slices.SortedFunc(slices.Values(trust.Anchors), func(a, b Checkpoint) int { return cmp.Compare(a.Size, b.Size) }),
		keys:    keys,
		report:  Report{Origin: origin},
	}
	in := bufio.NewReaderSize(r, maxLine)
	for {
		line, err := in.ReadSlice('\n')
		switch {
		case err == nil:
			v.line++
			v.read(line[:len(line)-1])
			continue
		case errors.Is(err, bufio.ErrBufferFull):
			v.line++
			v.fail(CheckFormat, 0, fmt.Sprintf("line is longer than %d bytes", maxLine))
		case !errors.Is(err, io.EOF):
			return Report{}, fmt.Errorf("verify export: %w", err)
		case len(line) > 0:
			v.line++
			v.fail(CheckFormat, 0, "last line has no end")
		}
		return v.finish(), nil
	}
}

type verifier struct {
	trust   Trust
	keys    []note.Verifier
	anchors []Checkpoint // not reached yet, by rising size
	report  Report
	tree    edge
	line    int64
	sound   int64 // size up to which the leaves are known to be what was signed
}

func (v *verifier) read(line []byte) {
	switch {
	case v.line == 1:
		v.header(line)
		v.reachAnchors()
	case bytes.HasPrefix(line, []byte(`{"checkpoint":`)):
		v.checkpoint(line)
	default:
		v.leaf(line)
		v.reachAnchors()
	}
}

func (v *verifier) header(line []byte) {
	var h exportHeader
	if !strict(line, &h) || h.Format != ExportFormat {
		v.fail(CheckFormat, 0, "first line is not a header of "+ExportFormat)
		return
	}
	if h.Origin != v.report.Origin {
		v.fail(CheckOrigin, 0, fmt.Sprintf("export of %q", h.Origin))
	}
	for _, text := range h.Keys {
		if !slices.Contains(v.trust.Keys, text) {
			v.fail(CheckKey, 0, text)
		}
	}
}

// leaf hashes the line whatever it holds, so that one damaged entry does not
// shift those after it.
func (v *verifier) leaf(line []byte) {
	e, err := ParseLeaf(line)
	if err != nil {
		v.fail(CheckFormat, v.tree.size+1, err.Error())
	} else {
		if v.report.First.IsZero() {
			v.report.First = e.At
		}
		v.report.Last = e.At
	}
	v.tree.add(line)
}

func (v *verifier) checkpoint(line []byte) {
	var text exportCheckpoint
	if !strict(line, &text) {
		v.fail(CheckFormat, v.tree.size, "checkpoint line is damaged")
		return
	}
	v.report.Checkpoints++
	c, err := OpenCheckpoint([]byte(text.Checkpoint), v.keys...)
	switch {
	case err != nil:
		v.fail(CheckSignature, v.tree.size, err.Error())
	case c.Origin != v.report.Origin:
		v.fail(CheckOrigin, v.tree.size, fmt.Sprintf("checkpoint of %q", c.Origin))
	case c.Size != v.tree.size:
		v.fail(CheckCount, max(c.Size, v.tree.size), fmt.Sprintf("signed for %d entries, stands after %d", c.Size, v.tree.size))
	case c.Root != v.tree.root():
		v.fail(CheckRoot, v.tree.size, fmt.Sprintf("signed root %s, computed %s", c.Root, v.tree.root()))
	default:
		v.sound = c.Size
		v.report.Newest = c
	}
}

func (v *verifier) reachAnchors() {
	for len(v.anchors) > 0 && v.anchors[0].Size <= v.tree.size {
		a := v.anchors[0]
		v.anchors = v.anchors[1:]
		switch {
		case a.Origin != v.report.Origin:
			v.fail(CheckOrigin, a.Size, fmt.Sprintf("anchor of %q", a.Origin))
		case a.Root != v.tree.root():
			v.fail(CheckAnchor, a.Size, fmt.Sprintf("anchored root %s, computed %s", a.Root, v.tree.root()))
		default:
			v.report.Anchors++
		}
	}
}

func (v *verifier) finish() Report {
	if v.line == 0 {
		v.fail(CheckFormat, 0, "export is empty")
	}
	for _, a := range v.anchors {
		v.fail(CheckTruncated, a.Size, fmt.Sprintf("anchored at %d entries, the log has %d", a.Size, v.tree.size))
	}
	if newest := v.report.Newest; newest.Origin == "" || newest.Size < v.tree.size {
		v.fail(CheckTail, v.tree.size, fmt.Sprintf("newest good checkpoint covers %d of %d entries", newest.Size, v.tree.size))
	}
	v.report.Entries = v.tree.size
	v.report.Root = v.tree.root()
	v.report.Verified = len(v.report.Failures) == 0
	return v.report
}

// fail notes that a check failed; the fault lies between the last sound size and
// to. One failure a check is kept, the first: the later ones mostly follow from it.
func (v *verifier) fail(check Check, to int64, why string) {
	for i := range v.report.Failures {
		if f := &v.report.Failures[i]; f.Check == check {
			f.Times++
			return
		}
	}
	v.report.Failures = append(v.report.Failures, Failure{
		Check: check, Line: v.line, From: min(v.sound, to), To: to, Why: why, Times: 1,
	})
}

// strict reads line into out and tells whether line is exactly what out writes.
func strict(line []byte, out any) bool {
	if json.Unmarshal(line, out) != nil {
		return false
	}
	again, err := json.Marshal(out)
	return err == nil && bytes.Equal(again, line)
}

// edge is a growing tree of which only the roots of the complete subtrees are
// kept, largest first. It is written from RFC 6962 §2.1 on purpose, apart from
// the library that writes the log: a fault in one does not hide in the other.
type edge struct {
	size  int64
	roots []tlog.Hash
}

func (t *edge) add(leaf []byte) {
	h := sha256.New()
	h.Write([]byte{0})
	h.Write(leaf)
	top := tlog.Hash(h.Sum(nil))
	for n := t.size; n&1 == 1; n >>= 1 {
		last := len(t.roots) - 1
		top = join(t.roots[last], top)
		t.roots = t.roots[:last]
	}
	t.roots = append(t.roots, top)
	t.size++
}

func (t *edge) root() tlog.Hash {
	if t.size == 0 {
		return sha256.Sum256(nil)
	}
	last := len(t.roots) - 1
	top := t.roots[last]
	for i := last - 1; i >= 0; i-- {
		top = join(t.roots[i], top)
	}
	return top
}

func join(left, right tlog.Hash) tlog.Hash {
	var b [1 + 2*sha256.Size]byte
	b[0] = 1
	copy(b[1:], left[:])
	copy(b[1+sha256.Size:], right[:])
	return sha256.Sum256(b[:])
}
