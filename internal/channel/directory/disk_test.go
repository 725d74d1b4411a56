package directory

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"syscall"

	"shenfa/internal/channel/channeltest"
)

var errKilled = errors.New("killed")

// faulty is a disk on which a process dies, or which is full.
type faulty struct {
	disk
	*faults
}

// faults are shared by all disks of one directory.
type faults struct {
	mu     sync.Mutex
	full   bool
	left   int // steps until the process is dead; negative: it lives
	torn   bool
	steps  int
	keys   map[string]bool // of what is public
	became int             // how often something became public
	path   string
}

func (f *faults) step() (err error, dies bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.steps++
	switch {
	case f.full:
		return syscall.ENOSPC, false
	case f.left < 0:
		return nil, false
	case f.left == 0:
		return errKilled, f.torn
	}
	f.left--
	return nil, false
}

func (f *faults) look() {
	raw, err := os.ReadFile(filepath.Join(f.path, currentName, manifestName))
	if err != nil {
		return
	}
	var t tree
	if json.Unmarshal(raw, &t) != nil {
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	now := map[string]bool{}
	for _, e := range t.Items {
		if e.Withdrawal == nil {
			now[e.Key] = true
			if !f.keys[e.Key] {
				f.became++
			}
		}
	}
	f.keys = now
}

func (f faulty) Lock(ctx context.Context) (func() error, error) {
	if err, _ := f.step(); err != nil {
		return nil, err
	}
	return f.disk.Lock(ctx)
}

func (f faulty) Mkdir(name string) error {
	if err, _ := f.step(); err != nil {
		return err
	}
	return f.disk.Mkdir(name)
}

func (f faulty) Write(name string, data []byte, perm fs.FileMode) error {
	err, torn := f.step()
	if err == nil {
		return f.disk.Write(name, data, perm)
	}
	if torn {
		_ = f.disk.Write(name, data[:len(data)/2], perm)
	}
	return err
}

func (f faulty) Symlink(target, name string) error {
	if err, _ := f.step(); err != nil {
		return err
	}
	return f.disk.Symlink(target, name)
}

func (f faulty) Rename(from, to string) error {
	if err, _ := f.step(); err != nil {
		return err
	}
	err := f.disk.Rename(from, to)
	if to == currentName {
		f.look()
	}
	return err
}

func (f faulty) Sync(dir string) error {
	if err, _ := f.step(); err != nil {
		return err
	}
	return f.disk.Sync(dir)
}

// Remove works on a full disk.
func (f faulty) Remove(name string) error {
	if err, _ := f.step(); err != nil && !errors.Is(err, syscall.ENOSPC) {
		return err
	}
	return f.disk.Remove(name)
}

// over lets d work on a disk with faults.
func over(d *Directory, dir string) *faults {
	f := &faults{left: -1, path: dir, keys: map[string]bool{}}
	d.open = func() (disk, error) {
		k, err := openRooted(dir)
		return faulty{k, f}, err
	}
	return f
}

func (f *faults) fail(fault channeltest.Fault) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.full = fault == channeltest.Full
}
