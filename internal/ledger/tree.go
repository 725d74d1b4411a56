package ledger

import (
	"fmt"
	"math/bits"

	"golang.org/x/mod/sumdb/tlog"
)

// Append adds leaves to a tree of the given size whose hashes read returns. It
// returns the hashes to store, in order from index tlog.StoredHashCount(size)
// on, and the root of the larger tree.
//
// It reads once, at most 1 + log₂ size hashes: the roots of the complete
// subtrees at the right edge are all that a tree needs in order to grow.
func Append(size int64, read tlog.HashReader, leaves [][]byte) ([]tlog.Hash, tlog.Hash, error) {
	if size < 0 {
		return nil, tlog.Hash{}, fmt.Errorf("append to a tree of size %d", size)
	}
	edge, err := readEdge(size, read)
	if err != nil {
		return nil, tlog.Hash{}, err
	}

	first := tlog.StoredHashCount(size)
	added := make([]tlog.Hash, 0, 2*len(leaves))
	known := tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
		hashes := make([]tlog.Hash, len(indexes))
		for i, index := range indexes {
			if n := index - first; n >= 0 && n < int64(len(added)) {
				hashes[i] = added[n]
				continue
			}
			h, ok := edge[index]
			if !ok {
				return nil, fmt.Errorf("hash %d of a tree of size %d is not at its edge", index, size)
			}
			hashes[i] = h
		}
		return hashes, nil
	})

	for i, leaf := range leaves {
		hashes, err := tlog.StoredHashes(size+int64(i), leaf, known)
		if err != nil {
			return nil, tlog.Hash{}, fmt.Errorf("append leaf %d: %w", size+int64(i), err)
		}
		added = append(added, hashes...)
	}
	root, err := tlog.TreeHash(size+int64(len(leaves)), known)
	if err != nil {
		return nil, tlog.Hash{}, fmt.Errorf("hash tree: %w", err)
	}
	return added, root, nil
}

// readEdge reads the roots of the complete subtrees that make up a tree, by
// stored hash index.
func readEdge(size int64, read tlog.HashReader) (map[int64]tlog.Hash, error) {
	if size == 0 {
		return nil, nil
	}
	var indexes []int64
	for done := int64(0); done < size; {
		level := bits.Len64(uint64(size-done)) - 1
		indexes = append(indexes, tlog.StoredHashIndex(level, done>>level))
		done += 1 << level
	}
	hashes, err := read.ReadHashes(indexes)
	if err != nil {
		return nil, fmt.Errorf("read edge of the tree: %w", err)
	}
	if len(hashes) != len(indexes) {
		return nil, fmt.Errorf("read edge of the tree: asked for %d hashes, got %d", len(indexes), len(hashes))
	}
	edge := make(map[int64]tlog.Hash, len(indexes))
	for i, index := range indexes {
		edge[index] = hashes[i]
	}
	return edge, nil
}
