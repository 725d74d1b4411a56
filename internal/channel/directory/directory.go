// Package directory keeps what is public as a tree of files, for a web server, a CMS or
// rsync. The tree changes by one rename from one consistent state to the next, whatever
// fails and whenever it dies. docs/operations.md tells what lies where.
package directory

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"shenfa/internal/channel"
	"shenfa/internal/disclosure"
)

// Name is the channel that keeps a tree of files.
const Name = "directory"

// minFree is how many bytes must be free for the channel to be ready: an item with its
// largest attachment, and a new generation of a large tree.
const minFree = 64 << 20

// Config says where the tree is.
type Config struct {
	Dir string // must exist; the tree is in it, at "current"
	URL string // where the public sees the tree; may be empty
	Now func() time.Time
}

// Directory is one tree. Any number of them, in any number of processes, may keep the
// same one.
type Directory struct {
	url, id string // id is of this object alone
	now     func() time.Time
	open    func() (disk, error)
	staged  atomic.Int64

	mu      sync.Mutex
	waiting []*change
	busy    bool // somebody commits
	cached  *tree
}

// New does not look at the directory: it may be mounted later, and until then the channel
// is not ready.
func New(c Config) (*Directory, error) {
	if c.Dir == "" {
		return nil, errors.New("no directory is given")
	}
	if u, err := url.Parse(c.URL); err != nil || c.URL != "" && (u.Host == "" || u.RawQuery != "") {
		return nil, fmt.Errorf("public address %q is not an address without a query", c.URL)
	}
	return &Directory{
		id: rand.Text(), url: strings.TrimRight(c.URL, "/"), now: c.Now,
		open: func() (disk, error) { return openRooted(c.Dir) },
	}, nil
}

func (d *Directory) Name() string { return Name }

func (d *Directory) address(e *entry) string {
	if d.url == "" {
		return ""
	}
	return d.url + "/" + itemsDir + "/" + url.PathEscape(e.Dir) + "/"
}

func (d *Directory) Publish(ctx context.Context, item channel.Item) (channel.Receipt, error) {
	k, err := d.ready(ctx)
	if err != nil {
		return channel.Receipt{}, err
	}
	defer k.Close()
	t, err := d.load(k)
	if err != nil {
		return channel.Receipt{}, err
	}
	if e := t.Items[item.Number]; e.bears(item.Key) && e.Hash == item.Hash {
		whole, err := t.whole(ctx, k, e)
		if err != nil {
			return channel.Receipt{}, err
		}
		if whole {
			return channel.Receipt{URL: d.address(e)}, nil
		}
	}
	s, err := d.stage(ctx, k, item)
	if err != nil {
		return channel.Receipt{}, err
	}
	c := &change{publish: s, done: make(chan error, 1)}
	if err := d.commit(ctx, c); err != nil {
		if !errors.Is(err, channel.ErrUnknown) {
			err = errors.Join(err, k.Remove(s.dir))
		}
		return channel.Receipt{}, err
	}
	return channel.Receipt{URL: d.address(c.entry)}, nil
}

func (d *Directory) Withdraw(ctx context.Context, item channel.Item) error {
	k, err := d.ready(ctx)
	if err != nil {
		return fmt.Errorf("withdraw: %w", err)
	}
	defer k.Close()
	if err := d.commit(ctx, &change{withdraw: &item, done: make(chan error, 1)}); err != nil {
		return fmt.Errorf("withdraw: %w", err)
	}
	return nil
}

// ReadBack reads every file of the item and hashes it. If any but the body is not what
// was approved, the hash of the body is left empty: the item is not.
func (d *Directory) ReadBack(ctx context.Context, item channel.Item) (channel.Observed, error) {
	if err := ctx.Err(); err != nil {
		return channel.Observed{}, err
	}
	k, err := d.open()
	if err != nil {
		return channel.Observed{}, fmt.Errorf("read back: %w", err)
	}
	defer k.Close()
	for {
		t, err := d.load(k)
		if err != nil {
			return channel.Observed{}, fmt.Errorf("read back: %w", err)
		}
		seen, err := d.look(ctx, k, t, item)
		if err != nil {
			return channel.Observed{}, fmt.Errorf("read back: %w", err)
		}
		if still(k, t) {
			return seen, nil
		}
	}
}

func (d *Directory) look(ctx context.Context, k disk, t *tree, item channel.Item) (channel.Observed, error) {
	e := t.Items[item.Number]
	if !e.bears(item.Key) {
		return channel.Observed{}, nil
	}
	body, _, err := k.Hash(ctx, t.path(e, bodyName))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return channel.Observed{}, nil
	case err != nil:
		return channel.Observed{}, err
	}
	seen := channel.Observed{There: true, BodySHA256: body, URL: d.address(e)}
	whole, err := t.whole(ctx, k, e)
	if err != nil {
		return channel.Observed{}, err
	}
	if !whole && body == item.Manifest.Body.SHA256 || !e.approved(item.Manifest) {
		seen.BodySHA256 = ""
	}
	return seen, nil
}

// Ready writes a file beside the tree, and reads what the tree is made of.
func (d *Directory) Ready(ctx context.Context) error {
	k, err := d.ready(ctx)
	if err != nil {
		return err
	}
	defer k.Close()
	if _, err := d.load(k); err != nil {
		return err
	}
	free, err := k.Free()
	if err != nil {
		return err
	}
	if free < minFree {
		return fmt.Errorf("%d bytes are free, fewer than %d", free, minFree)
	}
	probe := d.fresh("probe")
	if err := k.Write(probe, make([]byte, 4<<10), 0o600); err != nil {
		return errors.Join(err, k.Remove(probe))
	}
	return k.Remove(probe)
}

// ready opens the directory with everything in it that the tree needs.
func (d *Directory) ready(ctx context.Context) (disk, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	k, err := d.open()
	if err != nil {
		return nil, err
	}
	for _, dir := range []string{versionsDir, generationsDir, stageDir} {
		if err := k.Mkdir(dir); err != nil {
			return nil, errors.Join(err, k.Close())
		}
	}
	return k, nil
}

// fresh is a name in the staging place that nobody else has. kind has no hyphen.
func (d *Directory) fresh(kind string) string {
	return fmt.Sprintf("%s/%s-%d-%s-%d", stageDir, kind, d.now().UnixMilli(), d.id, d.staged.Add(1))
}

// staged is an item whose files are on the disk where nobody looks.
type staged struct {
	item  channel.Item
	dir   string
	files []file
}

// stage writes body and attachments. What it began and could not end is taken away.
func (d *Directory) stage(ctx context.Context, k disk, item channel.Item) (_ *staged, err error) {
	s := &staged{item: item, dir: d.fresh(prefix(item.Key))}
	defer func() {
		if err != nil {
			err = errors.Join(err, k.Remove(s.dir))
		}
	}()
	if err := k.Mkdir(s.dir); err != nil {
		return nil, err
	}
	if err := s.write(k, bodyName, item.Body, item.Manifest.Body, ""); err != nil {
		return nil, err
	}
	if len(item.Attachments) == 0 {
		return s, nil
	}
	if err := k.Mkdir(s.dir + "/" + filesDir); err != nil {
		return nil, err
	}
	taken := names{}
	for _, a := range item.Attachments {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		data, err := a.Open(ctx)
		if err != nil {
			return nil, fmt.Errorf("attachment %s: %w", a.SHA256, err)
		}
		if err := s.write(k, filesDir+"/"+taken.take(a.Name), data, a.Content, a.Name); err != nil {
			return nil, err
		}
	}
	return s, k.Sync(s.dir + "/" + filesDir)
}

// write refuses bytes that are not the approved ones.
func (s *staged) write(k disk, path string, data []byte, want disclosure.Content, name string) error {
	if disclosure.Sum(want.Type, data) != want {
		return fmt.Errorf("%s has other bytes than were approved", want.SHA256)
	}
	s.files = append(s.files, file{Path: path, SHA256: want.SHA256, Length: want.Length, Name: name, Type: want.Type})
	return k.Write(s.dir+"/"+path, data, 0o644)
}
