package vault

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

const (
	keySize = 32 // bytes, of every key in the vault

	// maxSecretFile bounds what is read, in bytes: a mistaken path must not fill memory.
	maxSecretFile = 64 << 10
)

// PrepareDir makes dir with mode 0700 if need be and refuses one that others
// can enter or change, for whoever can rename a key file can replace it.
func PrepareDir(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("key directory: %w", err)
	}
	info, err := os.Stat(dir)
	if err != nil {
		return fmt.Errorf("key directory: %w", err)
	}
	if mode := info.Mode().Perm(); mode&0o077 != 0 {
		return fmt.Errorf("key directory %s is open to others (mode %04o, want 0700)", dir, mode)
	}
	return nil
}

// LoadOrCreate returns the secret kept at path, making it on first use. It
// refuses a file that others can read.
//
// The file appears under its name only when complete and on disk, and the first
// of several processes wins: all of them return the same secret, and a crash half
// way leaves none that a later start would take for the real one.
func LoadOrCreate(path string, create func() ([]byte, error)) ([]byte, error) {
	secret, err := load(path)
	if !errors.Is(err, fs.ErrNotExist) {
		return secret, err
	}
	if secret, err = create(); err != nil {
		return nil, fmt.Errorf("create %s: %w", path, err)
	}
	switch err := writeNew(path, secret); {
	case errors.Is(err, fs.ErrExist):
		return load(path)
	case err != nil:
		return nil, fmt.Errorf("create %s: %w", path, err)
	}
	return secret, nil
}

// NewKey returns 32 random bytes.
func NewKey() ([]byte, error) {
	key := make([]byte, keySize)
	_, err := rand.Read(key)
	return key, err
}

// NewPassword returns 256 random bits in hexadecimal, which needs no quoting in
// SQL or in a URL.
func NewPassword() ([]byte, error) {
	key, err := NewKey()
	return []byte(hex.EncodeToString(key)), err
}

func load(path string) (_ []byte, err error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	info, err := f.Stat() // of the open file: the name could lead elsewhere a moment later
	if err != nil {
		return nil, err
	}
	if mode := info.Mode(); !mode.IsRegular() || mode.Perm()&0o077 != 0 {
		return nil, fmt.Errorf("%s is readable by others or no plain file (mode %v, want 0600)", path, mode)
	}
	return io.ReadAll(io.LimitReader(f, maxSecretFile))
}

// loadKey is load for a key, whose length is part of its strength: AES would
// quietly accept 16 or 24 bytes.
func loadKey(path string) ([]byte, error) {
	key, err := load(path)
	if err != nil {
		return nil, err
	}
	return key, checkKey(path, key)
}

func loadOrCreateKey(path string) ([]byte, error) {
	key, err := LoadOrCreate(path, NewKey)
	if err != nil {
		return nil, err
	}
	return key, checkKey(path, key)
}

func checkKey(path string, key []byte) error {
	if len(key) != keySize {
		return fmt.Errorf("%s holds %d bytes, want %d", path, len(key), keySize)
	}
	return nil
}

// writeNew fails with fs.ErrExist if path is taken. A hard link can, unlike a
// rename, never replace what another process has put there.
func writeNew(path string, secret []byte) (err error) {
	dir := filepath.Dir(path)
	f, err := os.CreateTemp(dir, ".new-*") // makes 0600
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.Remove(f.Name())) }()
	_, err = f.Write(secret)
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := os.Link(f.Name(), path); err != nil {
		return err
	}
	return SyncDir(dir)
}

// SyncDir makes a name that has appeared in dir survive a power cut.
func SyncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
