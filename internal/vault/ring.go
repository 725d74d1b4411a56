package vault

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
)

// ring is one family of keys, kept as NAME-1.key, NAME-2.key and so on. The
// newest seals and all of them open. T is what is derived from each key.
type ring[T any] struct {
	dir, name string
	derive    func(key []byte) (T, error)

	mu     sync.RWMutex
	keys   map[uint32]T
	newest uint32
}

// openRing reads the whole family and makes its first key if there is none.
func openRing[T any](dir, name string, derive func([]byte) (T, error)) (*ring[T], error) {
	r := &ring[T]{dir: dir, name: name, derive: derive, keys: map[uint32]T{}}
	files, err := os.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("%s keys: %w", name, err)
	}
	for _, file := range files {
		number, ours := strings.CutPrefix(file.Name(), name+"-")
		if !ours {
			continue
		}
		id, err := strconv.ParseUint(strings.TrimSuffix(number, ".key"), 10, 32)
		if err != nil || id == 0 || filepath.Base(r.path(uint32(id))) != file.Name() {
			return nil, fmt.Errorf("%s in %s is not the name of a key", file.Name(), dir)
		}
		if _, err := r.read(uint32(id)); err != nil {
			return nil, err
		}
		r.newest = max(r.newest, uint32(id))
	}
	if r.newest == 0 {
		return r, r.grow()
	}
	return r, nil
}

// grow makes the next key and seals with it from now on. Two processes that grow
// at once arrive at the same key.
func (r *ring[T]) grow() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	id := r.newest + 1
	key, err := loadOrCreateKey(r.path(id))
	if err != nil {
		return err
	}
	if r.keys[id], err = r.derive(key); err != nil {
		return err
	}
	r.newest = id
	return nil
}

// current returns the key that seals and its id.
func (r *ring[T]) current() (uint32, T) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return r.newest, r.keys[r.newest]
}

// get returns the key with the given id. It looks on disk for one that it does
// not know: another process may have rotated.
func (r *ring[T]) get(id uint32) (T, error) {
	r.mu.RLock()
	key, ok := r.keys[id]
	r.mu.RUnlock()
	if ok {
		return key, nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	key, err := r.read(id)
	if errors.Is(err, fs.ErrNotExist) {
		return key, fmt.Errorf("%s key %d is not in the vault", r.name, id)
	}
	return key, err
}

func (r *ring[T]) read(id uint32) (derived T, err error) {
	key, err := loadKey(r.path(id))
	if err != nil {
		return derived, err
	}
	if derived, err = r.derive(key); err != nil {
		return derived, fmt.Errorf("%s key %d: %w", r.name, id, err)
	}
	r.keys[id] = derived
	return derived, nil
}

func (r *ring[T]) path(id uint32) string {
	return filepath.Join(r.dir, fmt.Sprintf("%s-%d.key", r.name, id))
}
