package directory

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// disk is one directory, and every step that is done in it. A step is done whole or
// not at all, but for Write and Remove, which may stop in the middle. All names are
// relative to the directory and cannot leave it.
type disk interface {
	// Lock waits until no other process, and nobody else in this one, has the lock.
	Lock(ctx context.Context) (unlock func() error, err error)
	// Free is how many bytes can be written.
	Free() (uint64, error)

	Read(name string) ([]byte, error)
	Hash(ctx context.Context, name string) (sum string, length int64, err error)
	Readlink(name string) (string, error)
	List(dir string) ([]string, error)

	Mkdir(name string) error // as often as one likes
	// Write makes a new file and returns when its bytes are on the disk.
	Write(name string, data []byte, perm fs.FileMode) error
	Symlink(target, name string) error
	Rename(from, to string) error
	// Sync returns when the names in a directory are on the disk.
	Sync(dir string) error
	// Remove removes a file or a tree, or what there is of it.
	Remove(name string) error

	Close() error
}

const (
	lockName  = "lock"
	lockEvery = 5 * time.Millisecond
)

// rooted is a directory of the machine.
type rooted struct {
	*os.Root
}

func openRooted(dir string) (disk, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	return rooted{root}, nil
}

func (d rooted) Lock(ctx context.Context) (func() error, error) {
	f, err := d.OpenFile(lockName, os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, err
	}
	for {
		err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB)
		if err == nil {
			return f.Close, nil
		}
		if !errors.Is(err, unix.EWOULDBLOCK) && !errors.Is(err, unix.EINTR) {
			return nil, errors.Join(fmt.Errorf("lock: %w", err), f.Close())
		}
		select {
		case <-ctx.Done():
			return nil, errors.Join(fmt.Errorf("lock: %w", ctx.Err()), f.Close())
		case <-time.After(lockEvery):
		}
	}
}

func (d rooted) Free() (uint64, error) {
	f, err := d.Open(".")
	if err != nil {
		return 0, err
	}
	defer f.Close()
	var s unix.Statfs_t
	if err := unix.Fstatfs(int(f.Fd()), &s); err != nil {
		return 0, fmt.Errorf("free space: %w", err)
	}
	return s.Bavail * uint64(s.Bsize), nil
}

func (d rooted) Read(name string) ([]byte, error) { return d.ReadFile(name) }

func (d rooted) Hash(ctx context.Context, name string) (string, int64, error) {
	f, err := d.Open(name)
	if err != nil {
		return "", 0, err
	}
	defer f.Close()
	h := sha256.New()
	n, err := io.Copy(h, readerFunc(func(p []byte) (int, error) {
		if err := ctx.Err(); err != nil {
			return 0, err
		}
		return f.Read(p)
	}))
	if err != nil {
		return "", 0, err
	}
	return hex.EncodeToString(h.Sum(nil)), n, nil
}

type readerFunc func(p []byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

func (d rooted) List(dir string) ([]string, error) {
	f, err := d.Open(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return f.Readdirnames(-1)
}

func (d rooted) Mkdir(name string) error {
	if err := d.Root.Mkdir(name, 0o755); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return nil
}

func (d rooted) Write(name string, data []byte, perm fs.FileMode) error {
	f, err := d.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, perm)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}

func (d rooted) Sync(dir string) error {
	f, err := d.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

func (d rooted) Remove(name string) error { return d.RemoveAll(name) }
