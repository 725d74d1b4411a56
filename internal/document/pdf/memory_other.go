//go:build !linux

package pdf

import (
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/experimental"
)

// memories leaves memory to the engine, which grows it by copying.
type memories struct{}

// Allocate lets a Go slice grow.
func (*memories) Allocate(least, _ uint64) experimental.LinearMemory {
	m := make(memory, 0, least)
	return &m
}

type memory []byte

func (b *memory) Reallocate(size uint64) []byte {
	if n := uint64(cap(*b)); size > n {
		*b = append((*b)[:n], make([]byte, size-n)...)
	}
	*b = (*b)[:size]
	return *b
}

func (*memory) Free() {}

func first(api.Module) *byte { return nil }

func (*memories) release(*byte) {}
