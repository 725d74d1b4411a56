package directory

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"shenfa/internal/channel"
	"shenfa/internal/disclosure"
)

const (
	// grace is how long an earlier generation stays for whoever is in the middle of
	// reading or copying it.
	grace = time.Hour

	// generations is how many earlier ones stay at most: in a crowded second there are many,
	// each with a link for every item.
	generations = 32

	// writers are how many items are written at a time.
	writers = 16

	// lockPatience is how long one waits for another process.
	lockPatience = 15 * time.Second
)

// change is one item to be put in or taken out. done gets one error.
type change struct {
	publish  *staged
	withdraw *channel.Item
	done     chan error

	entry *entry // of what was published
}

// commit makes c part of the tree, together with whatever else waits: a crowded second is
// a few generations, not one an item.
func (d *Directory) commit(ctx context.Context, c *change) error {
	d.mu.Lock()
	d.waiting = append(d.waiting, c)
	lead := !d.busy
	d.busy = true
	d.mu.Unlock()
	if lead {
		go d.lead(context.WithoutCancel(ctx))
	}
	select {
	case err := <-c.done:
		return err
	case <-ctx.Done():
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if i := slices.Index(d.waiting, c); i >= 0 {
		d.waiting = slices.Delete(d.waiting, i, i+1)
		return ctx.Err()
	}
	return fmt.Errorf("%w: %w", channel.ErrUnknown, ctx.Err())
}

// lead commits until nothing waits.
func (d *Directory) lead(ctx context.Context) {
	for {
		d.mu.Lock()
		batch := d.waiting
		d.waiting, d.busy = nil, len(batch) > 0
		d.mu.Unlock()
		if len(batch) == 0 {
			return
		}
		d.together(ctx, batch)
	}
}

func (d *Directory) together(ctx context.Context, batch []*change) {
	tell := func(err error) {
		for _, c := range batch {
			c.done <- err
		}
	}
	k, err := d.open()
	if err != nil {
		tell(err)
		return
	}
	defer k.Close()
	waiting, cancel := context.WithTimeout(ctx, lockPatience)
	defer cancel()
	unlock, err := k.Lock(waiting)
	if err != nil {
		tell(err)
		return
	}
	defer func() { _ = unlock() }() // the lock ends with the file, whatever closing it says
	before, err := d.load(k)
	if err != nil {
		tell(err)
		return
	}
	after := before.next(d.now())
	var part []*change
	var fresh []*entry
	for _, c := range batch {
		e, err := d.apply(ctx, k, before, after, c)
		if err != nil {
			c.done <- err
			continue
		}
		part = append(part, c)
		if e != nil {
			fresh = append(fresh, e)
		}
	}
	batch = part
	if maps.Equal(after.Items, before.Items) && slices.Equal(after.Gone, before.Gone) {
		after = before
	} else {
		d.sweep(k, after)
		if err := d.flip(k, after, fresh); err != nil {
			tell(err)
			return
		}
	}
	if err := d.erase(k, after, batch); err != nil {
		tell(fmt.Errorf("%w: %w", channel.ErrUnknown, err))
		return
	}
	tell(nil)
}

// apply changes after by c. It returns the entry that needs pages, if any.
func (d *Directory) apply(ctx context.Context, k disk, before, after *tree, c *change) (*entry, error) {
	if c.withdraw != nil {
		return after.take(*c.withdraw, path.Base(d.fresh("withdrawn"))), nil
	}
	item := c.publish.item
	if e := after.Items[item.Number]; e.bears(item.Key) && e.Hash == item.Hash {
		whole := e != before.Items[item.Number] // put in by this very batch
		if !whole {
			var err error
			if whole, err = before.whole(ctx, k, e); err != nil {
				return nil, err
			}
		}
		if whole {
			c.entry = e
			return nil, k.Remove(c.publish.dir)
		}
	}
	e, err := after.put(c.publish)
	c.entry = e
	return e, err
}

// erase takes what was withdrawn off the disk: its files, and the earlier generations, whose
// lists bear its title. Who is in the middle of copying one of them has to begin again. It
// is done every time: the time before may have died in the middle.
func (d *Directory) erase(k disk, t *tree, batch []*change) error {
	withdrawn := map[string]bool{}
	for _, c := range batch {
		if c.withdraw != nil && !t.Items[c.withdraw.Number].bears(c.withdraw.Key) {
			withdrawn[prefix(c.withdraw.Key)] = true
		}
	}
	if len(withdrawn) == 0 {
		return nil
	}
	return each(k, []string{generationsDir, versionsDir, stageDir}, func(dir, name string) bool {
		if dir == generationsDir {
			return path.Join(dir, name) != t.target
		}
		of, _, _ := strings.Cut(name, "-")
		return withdrawn[of]
	})
}

// prefix begins the names of all versions of a key.
func prefix(key string) string { return disclosure.Sum("", []byte(key)).SHA256[:32] }

// each removes what remove says from the directories.
func each(k disk, dirs []string, remove func(dir, name string) bool) error {
	for _, dir := range dirs {
		names, err := k.List(dir)
		if err != nil {
			return err
		}
		for _, name := range names {
			if !remove(dir, name) {
				continue
			}
			if err := k.Remove(path.Join(dir, name)); err != nil {
				return err
			}
		}
	}
	return nil
}

// flip writes the files of fresh entries and a generation of t, and shows it to the
// public by one rename. An error before the rename leaves everything as it was.
func (d *Directory) flip(k disk, t *tree, fresh []*entry) error {
	var together errgroup.Group // the disk takes many at a time in the time of one
	together.SetLimit(writers)
	for _, e := range fresh {
		if t.Items[e.Number] != e {
			continue // another change of the batch took its place
		}
		together.Go(func() error { return d.finish(k, e) })
	}
	if err := together.Wait(); err != nil {
		return err
	}
	if err := k.Sync(versionsDir); err != nil {
		return err
	}
	dir := d.fresh("tree")
	if err := d.write(k, t, dir); err != nil {
		return errors.Join(err, k.Remove(dir))
	}
	// A generation that was written and never shown may have the name.
	t.target = path.Join(generationsDir, fmt.Sprintf("%010d", t.Generation))
	if err := k.Remove(t.target); err != nil {
		return errors.Join(err, k.Remove(dir))
	}
	if err := k.Rename(dir, t.target); err != nil {
		return errors.Join(err, k.Remove(dir))
	}
	if err := k.Sync(generationsDir); err != nil {
		return err
	}
	link := d.fresh("link")
	if err := k.Symlink(t.target, link); err != nil {
		return err
	}
	if err := k.Rename(link, currentName); err != nil {
		return errors.Join(err, k.Remove(link))
	}
	if err := k.Sync("."); err != nil {
		return fmt.Errorf("%w: %w", channel.ErrUnknown, err)
	}
	d.keep(t)
	return nil
}

// finish writes the pages of an entry beside its files, and puts them where links may
// point to.
func (d *Directory) finish(k disk, e *entry) error {
	dir := path.Join(stageDir, e.Version)
	var body []byte
	if e.Withdrawal != nil {
		if err := k.Mkdir(dir); err != nil {
			return err
		}
	} else {
		var err error
		if body, err = k.Read(path.Join(dir, bodyName)); err != nil {
			return err
		}
	}
	page, err := itemPage(e, body)
	if err != nil {
		return err
	}
	sum := disclosure.Sum("text/html; charset=utf-8", page)
	e.Files = append(e.Files, file{Path: indexName, SHA256: sum.SHA256, Length: sum.Length, Type: sum.Type})
	manifest, err := encode(e)
	if err != nil {
		return err
	}
	if err := k.Write(path.Join(dir, indexName), page, 0o644); err != nil {
		return err
	}
	if err := k.Write(path.Join(dir, manifestName), manifest, 0o644); err != nil {
		return err
	}
	if err := k.Sync(dir); err != nil {
		return err
	}
	return k.Rename(dir, path.Join(versionsDir, e.Version))
}

// write makes a generation in dir.
func (d *Directory) write(k disk, t *tree, dir string) error {
	for _, name := range []string{dir, path.Join(dir, itemsDir)} {
		if err := k.Mkdir(name); err != nil {
			return err
		}
	}
	var sums strings.Builder
	entries := t.sorted()
	for _, e := range entries {
		// From generation/items to versions.
		if err := k.Symlink(path.Join("../../..", versionsDir, e.Version), path.Join(dir, itemsDir, e.Dir)); err != nil {
			return err
		}
		for _, f := range e.Files {
			fmt.Fprintf(&sums, "%s  %s\n", f.SHA256, path.Join(itemsDir, e.Dir, f.Path))
		}
		if e.sum == "" {
			manifest, err := encode(e)
			if err != nil {
				return err
			}
			e.sum = disclosure.Sum("", manifest).SHA256
		}
		fmt.Fprintf(&sums, "%s  %s\n", e.sum, path.Join(itemsDir, e.Dir, manifestName))
	}
	index, err := indexPage(entries)
	if err != nil {
		return err
	}
	feed, err := encode(d.feed(entries))
	if err != nil {
		return err
	}
	manifest, err := encode(t)
	if err != nil {
		return err
	}
	for _, f := range []struct {
		name string
		data []byte
	}{{indexName, index}, {feedName, feed}, {manifestName, manifest}} {
		fmt.Fprintf(&sums, "%s  %s\n", disclosure.Sum("", f.data).SHA256, f.name)
		if err := k.Write(path.Join(dir, f.name), f.data, 0o644); err != nil {
			return err
		}
	}
	if err := k.Write(path.Join(dir, sumsName), []byte(sums.String()), 0o644); err != nil {
		return err
	}
	if err := k.Sync(path.Join(dir, itemsDir)); err != nil {
		return err
	}
	return k.Sync(dir)
}

// sweep removes what nobody reads any more: what left long ago, and what somebody began
// and died. What cannot be removed is tried again with the next change.
func (d *Directory) sweep(k disk, t *tree) {
	used := map[string]bool{}
	for _, e := range t.Items {
		used[path.Join(versionsDir, e.Version)] = true
	}
	excess := -generations
	for _, l := range t.Leaving {
		used[l.Path] = true
		if path.Dir(l.Path) == generationsDir {
			excess++
		}
	}
	t.Leaving = slices.DeleteFunc(t.Leaving, func(l leaving) bool {
		generation := path.Dir(l.Path) == generationsDir
		if generation {
			excess--
		}
		if t.At.Sub(l.At) <= grace && (!generation || excess < 0) {
			return false
		}
		return k.Remove(l.Path) == nil
	})
	_ = each(k, []string{stageDir, versionsDir}, func(dir, name string) bool {
		return !used[path.Join(dir, name)] && stale(name, t.At)
	})
}

// stale says whether a name of fresh is of long ago.
func stale(name string, now time.Time) bool {
	parts := strings.SplitN(name, "-", 3)
	if len(parts) < 3 {
		return false
	}
	at, err := strconv.ParseInt(parts[1], 10, 64)
	return err == nil && now.Sub(time.UnixMilli(at)) > grace
}
