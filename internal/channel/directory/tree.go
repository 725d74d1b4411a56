package directory

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
	"time"

	"shenfa/internal/channel"
	"shenfa/internal/disclosure"
)

// What lies where. The public sees what is under current; nobody looks at the others.
const (
	currentName    = "current" // a link to one generation
	generationsDir = ".generations"
	versionsDir    = ".versions"
	stageDir       = ".stage"

	itemsDir     = "items"
	filesDir     = "files"
	indexName    = "index.html"
	bodyName     = "body.html"
	manifestName = "manifest.json"
	feedName     = "feed.json"
	sumsName     = "SHA256SUMS"
)

// treeFormat names the layout of a tree manifest.
const treeFormat = "shenfa-tree/1"

// tree is one generation: what its manifest says.
type tree struct {
	Format     string            `json:"format"`
	Generation int               `json:"generation"`
	At         time.Time         `json:"generated_at"`
	Items      map[string]*entry `json:"items"` // by number
	Leaving    []leaving         `json:"leaving"`
	// Gone are prefixes of the keys that were withdrawn and left no entry that says so: they
	// must not come back, and nobody need know what they were.
	Gone []string `json:"gone,omitempty"`

	target string // of current
}

// leaving is a generation or a version that an earlier tree was made of. It stays until
// whoever is in the middle of reading that tree is through.
type leaving struct {
	Path string    `json:"path"`
	At   time.Time `json:"since"`
}

// entry is what the public finds under one number, and what it found there before.
type entry struct {
	Dir        string              `json:"dir"` // under items
	Key        string              `json:"key"`
	Number     string              `json:"number"`
	Edition    int                 `json:"edition"`
	Correction string              `json:"correction,omitempty"`
	Hash       disclosure.Hash     `json:"manifest_hash"`
	At         time.Time           `json:"released_at"`
	Unit       string              `json:"unit"`
	Metadata   disclosure.Metadata `json:"metadata"`
	BodySHA256 string              `json:"body_sha256,omitempty"`
	Files      []file              `json:"files"`
	Withdrawal *withdrawal         `json:"withdrawal,omitempty"`
	History    []past              `json:"history,omitempty"`
	Version    string              `json:"version"` // of the files, under versionsDir

	sum string // of the manifest of the item
}

// file is one file of an item. Path is relative to the directory of the item; Name is the
// public name of an attachment.
type file struct {
	Path   string `json:"path"`
	SHA256 string `json:"sha256"`
	Length int64  `json:"length"`
	Type   string `json:"type"`
	Name   string `json:"name,omitempty"`
}

type withdrawal struct {
	Type   string    `json:"type"`
	Reason string    `json:"reason"`
	At     time.Time `json:"at"`
}

// past is an edition that was there. Its files are not.
type past struct {
	Key        string          `json:"key"`
	Edition    int             `json:"edition,omitempty"`
	Correction string          `json:"correction,omitempty"`
	Hash       disclosure.Hash `json:"manifest_hash,omitempty"`
	At         time.Time       `json:"released_at,omitzero"`
	Withdrawal *withdrawal     `json:"withdrawal,omitempty"`
}

// bears says whether the edition of a key is what the public finds.
func (e *entry) bears(key string) bool { return e != nil && e.Key == key && e.Withdrawal == nil }

func (e *entry) knew(key string) bool {
	return e != nil && slices.ContainsFunc(e.History, func(p past) bool { return p.Key == key })
}

func (e *entry) past() past {
	return past{Key: e.Key, Edition: e.Edition, Correction: e.Correction, Hash: e.Hash, At: e.At, Withdrawal: e.Withdrawal}
}

// path is where the public finds a file of an item.
func (t *tree) path(e *entry, name string) string { return path.Join(t.target, itemsDir, e.Dir, name) }

// whole reads every file of the item as the public finds it and says whether all are
// what was written.
func (t *tree) whole(ctx context.Context, k disk, e *entry) (bool, error) {
	for _, f := range e.Files {
		sum, length, err := k.Hash(ctx, t.path(e, f.Path))
		if errors.Is(err, fs.ErrNotExist) {
			return false, nil
		}
		if err != nil {
			return false, err
		}
		if sum != f.SHA256 || length != f.Length {
			return false, nil
		}
	}
	found, err := k.Read(t.path(e, manifestName))
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	want, err := encode(e)
	return bytes.Equal(found, want), err
}

// approved says whether the files are those of the manifest.
func (e *entry) approved(m disclosure.Manifest) bool {
	var named []disclosure.Named
	for _, f := range e.Files {
		if f.Name != "" {
			named = append(named, disclosure.Named{Name: f.Name, Content: disclosure.Content{SHA256: f.SHA256, Length: f.Length, Type: f.Type}})
		}
	}
	return e.BodySHA256 == m.Body.SHA256 && slices.Equal(named, m.Attachments)
}

func encode(v any) ([]byte, error) {
	raw, err := json.MarshalIndent(v, "", " ")
	if err != nil {
		return nil, err
	}
	return append(raw, '\n'), nil
}

// load reads the manifest of the tree that the public sees now.
func (d *Directory) load(k disk) (*tree, error) {
	for {
		t, err := d.read(k)
		if !errors.Is(err, fs.ErrNotExist) || still(k, t) {
			return t, err
		}
	}
}

// still says whether t is what the public sees. If it is not, files that are missing from
// it mean nothing.
func still(k disk, t *tree) bool {
	target, err := k.Readlink(currentName)
	if errors.Is(err, fs.ErrNotExist) {
		target, err = "", nil
	}
	return err != nil || target == t.target
}

// read returns with fs.ErrNotExist a tree that knows its place.
func (d *Directory) read(k disk) (*tree, error) {
	target, err := k.Readlink(currentName)
	if errors.Is(err, fs.ErrNotExist) {
		return &tree{Format: treeFormat, Items: map[string]*entry{}}, nil
	}
	if err != nil {
		return nil, err
	}
	d.mu.Lock()
	t := d.cached
	d.mu.Unlock()
	if t != nil && t.target == target {
		return t, nil
	}
	t = &tree{target: target}
	raw, err := k.Read(path.Join(target, manifestName))
	if err != nil {
		return t, err
	}
	if err := json.Unmarshal(raw, t); err != nil {
		return nil, fmt.Errorf("manifest of the tree: %w", err)
	}
	if t.Format != treeFormat || t.Items == nil {
		return nil, fmt.Errorf("the tree has the format %q, not %q", t.Format, treeFormat)
	}
	d.keep(t)
	return t, nil
}

func (d *Directory) keep(t *tree) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.cached = t
}

// next is a tree to change; t stays as it is.
func (t *tree) next(now time.Time) *tree {
	n := &tree{Format: treeFormat, Generation: t.Generation + 1, At: now.UTC(), Items: maps.Clone(t.Items), Leaving: slices.Clone(t.Leaving), Gone: slices.Clone(t.Gone)}
	if t.target != "" {
		n.leave(t.target)
	}
	return n
}

func (t *tree) leave(what string) { t.Leaving = append(t.Leaving, leaving{what, t.At}) }

// put lets the staged item take the place under its number.
func (t *tree) put(s *staged) (*entry, error) {
	item, before := s.item, t.Items[s.item.Number]
	if before != nil && before.Key == item.Key && before.Withdrawal != nil {
		return nil, fmt.Errorf("%w: it was withdrawn", channel.ErrRefused)
	}
	if slices.Contains(t.Gone, prefix(item.Key)) {
		return nil, fmt.Errorf("%w: it was withdrawn", channel.ErrRefused)
	}
	if before.knew(item.Key) {
		return nil, fmt.Errorf("%w: a later edition has taken its place", channel.ErrRefused)
	}
	e := &entry{
		Key: item.Key, Number: item.Number, Edition: max(1, item.Manifest.Edition), Correction: item.Manifest.Correction, Hash: item.Hash, At: item.At.UTC(),
		Unit: item.Manifest.Unit, Metadata: item.Manifest.Metadata, BodySHA256: item.Manifest.Body.SHA256, Files: s.files, Version: path.Base(s.dir),
	}
	if before == nil {
		e.Dir = t.free(item.Number)
	} else {
		e.Dir, e.History = before.Dir, slices.Clone(before.History)
		if before.Key != item.Key {
			e.History = append(e.History, before.past())
		}
		t.leave(path.Join(versionsDir, before.Version))
	}
	for _, key := range item.Replaces {
		if key != item.Key && !e.knew(key) {
			e.History = append(e.History, past{Key: key})
		}
	}
	t.Items[item.Number] = e
	return e, nil
}

// free is a directory for a number that no other number has.
func (t *tree) free(number string) string {
	taken := names{}
	for _, e := range t.Items {
		taken[strings.ToLower(e.Dir)] = true
	}
	return taken.take(number)
}

// take takes an edition off. It returns the tombstone that needs pages, if there is to be
// one. What is not there, or was withdrawn before, stays as it is: off for good.
func (t *tree) take(item channel.Item, version string) *entry {
	before := t.Items[item.Number]
	why := item.Withdrawal
	switch {
	case before != nil && before.Key == item.Key && before.Withdrawal != nil || before.knew(item.Key):
		return nil
	case !before.bears(item.Key):
		t.forget(item.Key)
		return nil
	case why == nil:
		t.forget(item.Key)
		for _, p := range before.History {
			t.forget(p.Key)
		}
		delete(t.Items, item.Number)
		return nil
	}
	e := *before
	e.Withdrawal = &withdrawal{Type: why.Type, Reason: why.Reason, At: why.At.UTC()}
	e.Files, e.BodySHA256, e.Metadata.Summary, e.Metadata.Keywords, e.Version, e.sum = nil, "", "", nil, version, ""
	t.Items[item.Number] = &e
	return &e
}

func (t *tree) forget(key string) {
	if p := prefix(key); !slices.Contains(t.Gone, p) {
		t.Gone = append(t.Gone, p)
	}
}

// sorted are the entries, the latest first.
func (t *tree) sorted() []*entry {
	return slices.SortedFunc(maps.Values(t.Items), func(a, b *entry) int {
		if c := b.At.Compare(a.At); c != 0 {
			return c
		}
		return strings.Compare(a.Number, b.Number)
	})
}
