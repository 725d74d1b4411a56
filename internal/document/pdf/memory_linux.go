package pdf

import (
	"sync"
	"syscall"

	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/experimental"
)

// memories are the memories of all machines, each reserved whole and filled by
// the system as it is touched. Growing by copying, which is what happens
// without, takes twice the memory that the limit allows.
type memories struct {
	mu   sync.Mutex
	each map[*byte][]byte // by its first byte
}

// memory is one of them. Free does nothing: a machine that is stopped may still
// run a little, so its memory is only given back when the machine is closed.
type memory []byte

func (b memory) Reallocate(size uint64) []byte {
	if size > uint64(len(b)) {
		return nil
	}
	return b[:size]
}

func (memory) Free() {}

// none grows to nothing, so that a machine without memory is refused.
type none struct{}

func (none) Reallocate(uint64) []byte { return nil }
func (none) Free()                    {}

// Allocate reserves a memory.
func (a *memories) Allocate(_, most uint64) experimental.LinearMemory {
	b, err := syscall.Mmap(-1, 0, int(most), syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_ANON|syscall.MAP_PRIVATE|syscall.MAP_NORESERVE)
	if err != nil || len(b) == 0 {
		return none{}
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.each == nil {
		a.each = map[*byte][]byte{}
	}
	a.each[&b[0]] = b
	return memory(b)
}

// first is the first byte of a module's memory, which tells whose it is.
func first(m api.Module) *byte {
	if m.Memory() == nil {
		return nil
	}
	b, ok := m.Memory().Read(0, 1)
	if !ok {
		return nil
	}
	return &b[0]
}

// release gives back the memory that begins with first. Nothing may run in it.
func (a *memories) release(first *byte) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if b, ok := a.each[first]; ok {
		delete(a.each, first)
		_ = syscall.Munmap(b) // only fails for what is not mapped
	}
}
