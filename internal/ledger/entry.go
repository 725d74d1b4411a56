// Package ledger is the Merkle log of everything that happened: entries, signed
// checkpoints, proofs, and a verifier that needs nothing but one file and a
// public key. It does no I/O of its own; hashes and rows are the caller's.
//
// The tree is that of RFC 6962 with SHA-256, checkpoints follow C2SP
// tlog-checkpoint, and proof files follow C2SP tlog-proof, so other people's
// tools can check ours.
package ledger

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"
	"unicode/utf16"
	"unicode/utf8"
)

// EntryFormat names the layout that is hashed. A new layout gets a new name, so
// that an old leaf can never be read as a new one.
const EntryFormat = "shenfa-entry/1"

// MaxLeaf is the largest leaf in bytes. Entries hold names of things, so a
// larger one is a mistake; the limit also bounds the verifier's memory.
const MaxLeaf = 64 << 10

// OK is the outcome of an act that was done; any other outcome is the code of
// its refusal.
const OK = "ok"

// instant is RFC 3339 in UTC with exactly six digits, what PostgreSQL keeps.
const instant = "2006-01-02T15:04:05.000000Z"

// Entry is one thing that happened.
type Entry struct {
	Seq      int64             // place in the log from 0, given by the sequencer
	ID       string            // unique; lets a repeated insert be recognised
	At       time.Time         // whole microseconds
	Actor    string            // who acted
	OnBehalf string            // whom a delegate acted for, or ""
	Action   string            // what was done
	Object   string            // id of what it was done to, or ""
	Unit     string            // unit the object belongs to, or ""
	Outcome  string            // OK or the code of the refusal
	Detail   map[string]string // ids, hashes and step names; never content
}

// Leaf returns the canonical bytes that are hashed into the tree: one line of
// RFC 8785 JSON whose values are all strings. Seq is not part of it: the tree
// itself proves the position, and so the bytes can be fixed in the transaction
// that records the act, before the entry is sequenced.
//
// It refuses an entry without ID, actor, action or outcome, an instant finer
// than a microsecond (the database would round it and so change the leaf), text
// that is not UTF-8, and more than MaxLeaf bytes.
func (e Entry) Leaf() ([]byte, error) {
	for _, f := range []struct{ name, value string }{
		{"id", e.ID},
		{"actor", e.Actor},
		{"action", e.Action},
		{"outcome", e.Outcome},
	} {
		if f.value == "" {
			return nil, fmt.Errorf("entry %q has no %s", e.ID, f.name)
		}
	}
	at := e.At.UTC()
	if at.IsZero() || at.Nanosecond()%1000 != 0 || at.Year() < 0 || at.Year() > 9999 {
		return nil, fmt.Errorf("entry %q: instant %v is not in whole microseconds", e.ID, e.At)
	}

	w := leafWriter{buf: make([]byte, 0, 384)}
	w.field("action", e.Action)
	w.field("actor", e.Actor)
	w.field("at", at.Format(instant))
	w.detail(e.Detail)
	w.field("format", EntryFormat)
	w.field("id", e.ID)
	w.field("object", e.Object)
	w.field("on_behalf", e.OnBehalf)
	w.field("outcome", e.Outcome)
	w.field("unit", e.Unit)
	leaf := append(w.buf, '}')

	if w.err != nil {
		return nil, fmt.Errorf("entry %q: %w", e.ID, w.err)
	}
	if len(leaf) > MaxLeaf {
		return nil, fmt.Errorf("entry %q: %d bytes are more than %d", e.ID, len(leaf), MaxLeaf)
	}
	return leaf, nil
}

// ParseLeaf reads a leaf back; Seq is 0. It accepts only the bytes that Leaf
// writes: a doubled key or a stray space would let two readers see two things
// under one hash.
func ParseLeaf(leaf []byte) (Entry, error) {
	if len(leaf) > MaxLeaf {
		return Entry{}, fmt.Errorf("leaf of %d bytes is larger than %d", len(leaf), MaxLeaf)
	}
	var raw struct {
		Action   string            `json:"action"`
		Actor    string            `json:"actor"`
		At       string            `json:"at"`
		Detail   map[string]string `json:"detail"`
		Format   string            `json:"format"`
		ID       string            `json:"id"`
		Object   string            `json:"object"`
		OnBehalf string            `json:"on_behalf"`
		Outcome  string            `json:"outcome"`
		Unit     string            `json:"unit"`
	}
	if err := json.Unmarshal(leaf, &raw); err != nil {
		return Entry{}, fmt.Errorf("read leaf: %w", err)
	}
	if raw.Format != EntryFormat {
		return Entry{}, fmt.Errorf("leaf format %q is not %s", raw.Format, EntryFormat)
	}
	at, err := time.Parse(instant, raw.At)
	if err != nil {
		return Entry{}, fmt.Errorf("read leaf: %w", err)
	}
	e := Entry{
		ID: raw.ID, At: at, Actor: raw.Actor, OnBehalf: raw.OnBehalf, Action: raw.Action,
		Object: raw.Object, Unit: raw.Unit, Outcome: raw.Outcome,
	}
	if len(raw.Detail) > 0 {
		e.Detail = raw.Detail
	}
	again, err := e.Leaf()
	if err != nil {
		return Entry{}, err
	}
	if !bytes.Equal(again, leaf) {
		return Entry{}, errors.New("leaf is not in canonical form")
	}
	return e, nil
}

// leafWriter writes an object of strings; the caller names fields in order.
type leafWriter struct {
	buf []byte
	err error
}

func (w *leafWriter) field(name, value string) {
	w.separate()
	w.string(name)
	w.buf = append(w.buf, ':')
	w.string(value)
}

func (w *leafWriter) detail(pairs map[string]string) {
	keys := make([]string, 0, len(pairs))
	for k := range pairs {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, compareUTF16)

	w.separate()
	w.string("detail")
	w.buf = append(w.buf, ':', '{')
	for _, k := range keys {
		w.field(k, pairs[k])
	}
	w.buf = append(w.buf, '}')
}

func (w *leafWriter) separate() {
	switch {
	case len(w.buf) == 0:
		w.buf = append(w.buf, '{')
	case w.buf[len(w.buf)-1] != '{':
		w.buf = append(w.buf, ',')
	}
}

// string escapes only what RFC 8785 §3.2.2.2 names.
func (w *leafWriter) string(s string) {
	if !utf8.ValidString(s) {
		w.err = errors.New("text is not valid UTF-8")
		return
	}
	w.buf = append(w.buf, '"')
	for i := range len(s) {
		switch c := s[i]; {
		case c == '"' || c == '\\':
			w.buf = append(w.buf, '\\', c)
		case c >= 0x20:
			w.buf = append(w.buf, c)
		case c == '\b':
			w.buf = append(w.buf, '\\', 'b')
		case c == '\t':
			w.buf = append(w.buf, '\\', 't')
		case c == '\n':
			w.buf = append(w.buf, '\\', 'n')
		case c == '\f':
			w.buf = append(w.buf, '\\', 'f')
		case c == '\r':
			w.buf = append(w.buf, '\\', 'r')
		default:
			w.buf = fmt.Appendf(w.buf, `\u%04x`, c)
		}
	}
	w.buf = append(w.buf, '"')
}

// compareUTF16 orders keys by UTF-16 code units, not by bytes: RFC 8785 §3.2.3.
func compareUTF16(a, b string) int {
	return slices.Compare(utf16.Encode([]rune(a)), utf16.Encode([]rune(b)))
}
