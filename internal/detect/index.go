package detect

import (
	"cmp"
	"math/bits"
	"slices"
)

// hit is one occurrence of a term: units [start,end).
type hit struct{ start, end, term int32 }

// index finds many folded terms in one pass. All occurrences are reported,
// overlapping and nested ones too: a longer term must not hide a shorter one.
//
// Two bitmaps say of every place whether a term of two units, or the first
// three of a longer one, can begin there. They are small enough for the cache
// and the probes do not wait for each other; only places that pass walk a trie
// whose edges lie in one hash table.
type index struct {
	pairs, heads         []uint64 // bitmaps
	pairShift, headShift uint8
	slots                []slot
	shift                uint8
	used                 int
	trie                 []node
	text                 []uint16 // all terms, one after another
	from                 []uint32 // where each begins; one more at the end
	edge                 []uint8  // of each term: 1 begins, 2 ends with a letter or digit
	same                 []int32  // the next term of the same form; nil if there are none
}

// slot is one entry of the hash table.
type slot struct {
	key  uint64
	node int32  // in the trie, or a term of two units; -1 if the slot is free
	next uint16 // the unit that must follow, if there is but one
}

// node is a place in the trie, three units or more below its root.
type node struct {
	term int32 // ends here, or -1
	only int32 // the one term below, or -1, or many
}

const many = -2

const (
	mixer   = 0x9E3779B97F4A7C15
	pairKey = 1 << 62
	edgeKey = 1 << 63
)

// newIndex takes folded terms of two units or more; their numbers are their
// places in the list.
func newIndex(terms [][]uint16, class *[1 << 16]uint8) *index {
	x := &index{from: make([]uint32, 1, len(terms)+1), edge: make([]uint8, len(terms))}
	order := make([]int32, len(terms))
	short := 0
	size := 0
	for i, t := range terms {
		size += len(t)
		order[i] = int32(i)
		if len(t) == 2 {
			short++
		}
	}
	x.text = make([]uint16, 0, size)
	for i, t := range terms {
		x.text = append(x.text, t...)
		x.from = append(x.from, uint32(len(x.text)))
		if class[t[0]]&isAlnum != 0 {
			x.edge[i] = 1
		}
		if class[t[len(t)-1]]&isAlnum != 0 {
			x.edge[i] |= 2
		}
	}
	slices.SortFunc(order, func(a, b int32) int {
		return cmp.Or(slices.Compare(terms[a], terms[b]), cmp.Compare(a, b))
	})
	order = x.unite(order)
	x.pairs, x.pairShift = bitmap(2 * short)
	x.pairShift -= 32 // its hash has half the bits
	x.heads, x.headShift = bitmap(len(order) - short)
	x.grow(256)
	for lo := 0; lo < len(order); {
		t := x.term(order[lo])
		if len(t) == 2 {
			k := uint64(t[0]) | uint64(t[1])<<16
			set(x.pairs, uint64(uint32(k*mixer)>>x.pairShift))
			x.put(pairKey|k, order[lo], 2)
			lo++
			continue
		}
		hi := lo + 1
		for hi < len(order) {
			if o := x.term(order[hi]); len(o) < 3 || o[0] != t[0] || o[1] != t[1] || o[2] != t[2] {
				break
			}
			hi++
		}
		k := uint64(t[0]) | uint64(t[1])<<16 | uint64(t[2])<<32
		set(x.heads, k*mixer>>x.headShift)
		x.put(k, x.branch(order[lo:hi], 3), 3)
		lo = hi
	}
	x.trie = slices.Clone(x.trie)
	return x
}

// unite chains terms of the same form and leaves the first of each in order.
func (x *index) unite(order []int32) []int32 {
	var last int32
	kept := order[:0]
	for _, t := range order {
		if len(kept) > 0 && slices.Equal(x.term(kept[len(kept)-1]), x.term(t)) {
			if x.same == nil {
				x.same = make([]int32, len(order))
				for i := range x.same {
					x.same[i] = -1
				}
			}
			x.same[last] = t
		} else {
			kept = append(kept, t)
		}
		last = t
	}
	return kept
}

// branch makes the node for sorted terms that agree in their first depth units.
func (x *index) branch(order []int32, depth int) int32 {
	id := int32(len(x.trie))
	x.trie = append(x.trie, node{term: -1, only: -1})
	if len(x.term(order[0])) == depth {
		x.trie[id].term = order[0]
		order = order[1:]
	}
	switch len(order) {
	case 0:
		return id
	case 1:
		x.trie[id].only = order[0]
		return id
	}
	x.trie[id].only = many
	for lo := 0; lo < len(order); {
		u := x.term(order[lo])[depth]
		hi := lo + 1
		for hi < len(order) && x.term(order[hi])[depth] == u {
			hi++
		}
		x.put(edgeKey|uint64(id)<<16|uint64(u), x.branch(order[lo:hi], depth+1), depth+1)
		lo = hi
	}
	return id
}

func (x *index) term(i int32) []uint16 { return x.text[x.from[i]:x.from[i+1]] }

// bitmap returns one with at least thirty-two bits for each of n keys.
func bitmap(n int) (words []uint64, shift uint8) {
	width := max(10, bits.Len(uint(n*32)))
	return make([]uint64, 1<<(width-6)), uint8(64 - width)
}

func set(words []uint64, bit uint64) { words[bit>>6] |= 1 << (bit & 63) }

func (x *index) grow(size int) {
	old := x.slots
	x.slots = make([]slot, size)
	x.shift = uint8(64 - bits.TrailingZeros(uint(size)))
	for i := range x.slots {
		x.slots[i].node = -1
	}
	for _, s := range old {
		if s.node >= 0 {
			x.insert(s)
		}
	}
}

// put enters a term of two units, or a node of the trie at a depth.
func (x *index) put(key uint64, n int32, depth int) {
	if x.used++; x.used*3 > len(x.slots)*2 {
		x.grow(len(x.slots) * 2)
	}
	s := slot{key: key, node: n}
	if depth > 2 && x.trie[n].term < 0 && x.trie[n].only >= 0 {
		s.next = x.term(x.trie[n].only)[depth]
	}
	x.insert(s)
}

func (x *index) insert(s slot) {
	i := s.key * mixer >> x.shift
	for x.slots[i].node >= 0 {
		i = (i + 1) & uint64(len(x.slots)-1)
	}
	x.slots[i] = s
}

// get returns the node or term under key, or -1 if there is none or if it
// wants another unit next.
func (x *index) get(key uint64, next uint16) int32 {
	for i := key * mixer >> x.shift; ; i = (i + 1) & uint64(len(x.slots)-1) {
		switch s := &x.slots[i]; {
		case s.node < 0 || s.key == key && (s.next == 0 || s.next == next):
			return s.node
		case s.key == key:
			return -1
		}
	}
}

// compare orders hits by start, then from the longest to the shortest.
func (h hit) compare(o hit) int {
	return cmp.Or(cmp.Compare(h.start, o.start), cmp.Compare(o.end, h.end), cmp.Compare(h.term, o.term))
}

// findAnywhere is find for units without the spaces that part words: it does
// not look at what stands beside a term.
func (x *index) findAnywhere(u []uint16, class *[1 << 16]uint8) []hit {
	free := *x
	free.edge = make([]uint8, len(x.edge))
	return free.find(u, class, nil)
}

// find adds every occurrence of every term in u to out, by start and then by
// end. A term that begins or ends with a letter or digit must not cut through
// a word or number.
func (x *index) find(u []uint16, class *[1 << 16]uint8, out []hit) []hit {
	if len(u) < 2 || len(x.from) == 1 {
		return out
	}
	pairs, heads := x.pairs, x.heads
	pairShift, headShift := x.pairShift&31, x.headShift&63
	var passed [256]int32 // places the bitmaps let through, gathered without a branch
	k := uint64(u[0])<<16 | uint64(u[1])<<32
	for from := 0; from+2 < len(u); from += len(passed) {
		n := 0
		for i, next := range u[from+2 : min(from+2+len(passed), len(u))] {
			k = k>>16 | uint64(next)<<32
			mixed := k * mixer // the lower half comes of the pair alone
			p, h := uint32(mixed)>>pairShift, mixed>>headShift
			passed[n&255] = int32(from + i)
			n += int((pairs[p>>6]>>(p&63) | heads[h>>6]>>(h&63)) & 1)
		}
		for _, i := range passed[:x.likely(u, passed[:n])] {
			out = x.walk(u, int(i), class, out)
		}
	}
	return x.walk(u, len(u)-2, class, out)
}

// likely keeps of places those for which the hash table has something, and
// returns their number. Its loads do not wait for each other either.
func (x *index) likely(u []uint16, places []int32) int {
	n := 0
	for _, i := range places {
		k := uint64(u[i]) | uint64(u[i+1])<<16
		p := uint32(k*mixer) >> (x.pairShift & 31)
		k |= uint64(u[i+2]) << 32
		s := &x.slots[k*mixer>>(x.shift&63)]
		places[n] = i
		n += int(uint32(x.pairs[p>>6]>>(p&63))&1 | ^uint32(s.node)>>31)
	}
	return n
}

// walk adds the terms that begin at i.
func (x *index) walk(u []uint16, i int, class *[1 << 16]uint8, out []hit) []hit {
	k := uint64(u[i]) | uint64(u[i+1])<<16
	p := uint32(k*mixer) >> (x.pairShift & 31)
	if x.pairs[p>>6]>>(p&63)&1 != 0 {
		if t := x.get(pairKey|uint64(uint32(k)), 0); t >= 0 {
			out = x.report(u, i, i+2, t, class, out)
		}
	}
	if i+3 > len(u) {
		return out
	}
	k |= uint64(u[i+2]) << 32
	h := k * mixer >> (x.headShift & 63)
	if x.heads[h>>6]>>(h&63)&1 == 0 {
		return out
	}
	id := x.get(k, at(u, i+3))
	for end := i + 3; id >= 0; end++ {
		n := &x.trie[id]
		if n.term >= 0 {
			out = x.report(u, i, end, n.term, class, out)
		}
		if n.only >= 0 {
			if t := x.term(n.only); i+len(t) <= len(u) && slices.Equal(u[end:i+len(t)], t[end-i:]) {
				out = x.report(u, i, i+len(t), n.only, class, out)
			}
			return out
		}
		if n.only != many || end == len(u) {
			return out
		}
		id = x.get(edgeKey|uint64(id)<<16|uint64(u[end]), at(u, end+1))
	}
	return out
}

// at is the unit at i, or 0 behind the end.
func at(u []uint16, i int) uint16 {
	if i < len(u) {
		return u[i]
	}
	return 0
}

func (x *index) report(u []uint16, start, end int, t int32, class *[1 << 16]uint8, out []hit) []hit {
	if e := x.edge[t]; e&1 != 0 && start > 0 && class[u[start-1]]&isAlnum != 0 ||
		e&2 != 0 && end < len(u) && class[u[end]]&isAlnum != 0 {
		return out
	}
	for ; ; t = x.same[t] {
		out = append(out, hit{int32(start), int32(end), t})
		if x.same == nil || x.same[t] < 0 {
			return out
		}
	}
}
