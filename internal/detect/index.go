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
// A bitmap says of every place whether a term can begin with its two units. Of
// the few that pass, two others say whether a term of two units, or the first
// three of a longer one, are there. They are small enough for the cache and the
// probes do not wait for each other; only what passes walks a trie whose edges
// lie in one hash table.
type index struct {
	starts, pairs, heads bitmap
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
	more bool   // another key has its place here and stands behind
}

// node is a place in the trie, three units or more below its root.
type node struct {
	term int32 // ends here, or -1
	only int32 // the one term below, or -1, or many
}

const many = -2

const (
	mixer     = 0x9E3779B97F4A7C15
	pairMixer = 0x9E3779B1
	pairKey   = 1 << 62
	edgeKey   = 1 << 63
)

// newIndex takes folded terms of two units or more; their numbers are their
// places in the list.
func newIndex(terms [][]uint16, class *[1 << 16]uint8) *index {
	x := &index{from: make([]uint32, 1, len(terms)+1), edge: make([]uint8, len(terms))}
	order := make([]int32, len(terms))
	size := 0
	for i, t := range terms {
		size += len(t)
		order[i] = int32(i)
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
	var starts, pairs, heads int
	for i, id := range order {
		t, last := x.term(id), []uint16(nil)
		if i > 0 {
			last = x.term(order[i-1])
		}
		if len(last) < 2 || !slices.Equal(t[:2], last[:2]) {
			starts++
		}
		if len(t) == 2 {
			pairs++
		} else if len(last) < 3 || !slices.Equal(t[:3], last[:3]) {
			heads++
		}
	}
	x.starts, x.pairs, x.heads = newBitmap(starts), newBitmap(pairs), newBitmap(heads)
	x.grow(256)
	for lo := 0; lo < len(order); {
		t := x.term(order[lo])
		k := uint64(t[0]) | uint64(t[1])<<16
		x.starts.setPair(t[0], t[1])
		if len(t) == 2 {
			x.pairs.set(k)
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
		k |= uint64(t[2]) << 32
		x.heads.set(k)
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

// bitmap is a set of keys of which some others seem to be in it.
type bitmap []uint64

// newBitmap has at least thirty-two bits for each of n keys.
func newBitmap(n int) bitmap { return make(bitmap, 1<<max(4, bits.Len(uint(n)/2))) }

func (b bitmap) set(key uint64) {
	h := key * mixer
	b[h>>38&uint64(len(b)-1)] |= 1 << (h >> 58)
}

// setPair is set for two units.
func (b bitmap) setPair(first, second uint16) {
	h := (uint32(first) | uint32(second)<<16) * pairMixer
	b[h>>6&uint32(len(b)-1)] |= 1 << (h >> 26)
}

// get is 1 if key seems to be in the set, else 0.
func (b bitmap) get(key uint64) uint64 {
	h := key * mixer
	return b[h>>38&uint64(len(b)-1)] >> (h >> 58) & 1
}

func (x *index) grow(size int) {
	old := x.slots
	x.slots = make([]slot, size)
	x.shift = uint8(64 - bits.TrailingZeros(uint(size)))
	for i := range x.slots {
		x.slots[i].node = -1
	}
	for _, s := range old {
		if s.more = false; s.node >= 0 {
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
	home := s.key * mixer >> x.shift
	i := home
	for x.slots[i].node >= 0 {
		i = (i + 1) & uint64(len(x.slots)-1)
	}
	x.slots[home].more = i != home || x.slots[home].more
	x.slots[i] = s
}

// get returns the node or term under key, or -1 if there is none or if it
// wants another unit next.
func (x *index) get(key uint64, next uint16) int32 {
	i := key * mixer >> (x.shift & 63)
	s := &x.slots[i]
	for more := s.more; s.key != key || s.node < 0; s = &x.slots[i] {
		if !more || s.node < 0 {
			return -1
		}
		i = (i + 1) & uint64(len(x.slots)-1)
	}
	if s.next != 0 && s.next != next {
		return -1
	}
	return s.node
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
	var passed [256]int32
	for from := 0; from < len(u)-2; from += len(passed) - 1 {
		n := x.starts.gather(u[from:min(from+len(passed), len(u)-1)], int32(from), &passed)
		out = x.follow(u, passed[:n], class, out)
	}
	return x.walk(u, len(u)-2, class, out)
}

// gather writes the places of pairs in u that are in b to passed, without a
// branch, and returns their number. The first unit is at from; u is no longer
// than passed. Alone, its loop has all registers.
//
//go:noinline
func (b bitmap) gather(u []uint16, from int32, passed *[256]int32) uint8 {
	p := passed[:]
	n := uint8(0)
	for ; len(u) > 4; u = u[4:] {
		p[n] = from
		n += b.pair(u[0], u[1])
		p[n] = from + 1
		n += b.pair(u[1], u[2])
		p[n] = from + 2
		n += b.pair(u[2], u[3])
		p[n] = from + 3
		n += b.pair(u[3], u[4])
		from += 4
	}
	for ; len(u) > 1; u = u[1:] {
		p[n] = from
		n += b.pair(u[0], u[1])
		from++
	}
	return n
}

// pair is get for two units.
func (b bitmap) pair(first, second uint16) uint8 {
	h := (uint32(first) | uint32(second)<<16) * pairMixer
	return uint8(b[h>>6&uint32(len(b)-1)]>>(h>>26)) & 1
}

// follow adds the terms that begin at places, none of them the last but one
// unit. It sorts out in two steps what else cannot be one, of which the second
// fetches the entries that are needed then; loads do not wait for each other.
func (x *index) follow(u []uint16, places []int32, class *[1 << 16]uint8, out []hit) []hit {
	n := 0
	for _, i := range places {
		k := uint64(u[i]) | uint64(u[i+1])<<16
		places[n] = i
		n += int(x.pairs.get(k) | x.heads.get(k|uint64(u[i+2])<<32))
	}
	places = places[:n]
	n = 0
	for _, i := range places {
		k := uint64(u[i]) | uint64(u[i+1])<<16
		two := x.pairs.get(k) != 0
		k |= uint64(u[i+2]) << 32
		s := &x.slots[k*mixer>>(x.shift&63)]
		places[n] = i
		if two || s.more || s.key == k {
			n++
		}
	}
	for _, i := range places[:n] {
		out = x.walk(u, int(i), class, out)
	}
	return out
}

// walk adds the terms that begin at i.
func (x *index) walk(u []uint16, i int, class *[1 << 16]uint8, out []hit) []hit {
	k := uint64(u[i]) | uint64(u[i+1])<<16
	if x.pairs.get(k) != 0 {
		if t := x.get(pairKey|k, 0); t >= 0 {
			out = x.report(u, i, i+2, t, class, out)
		}
	}
	if i+3 > len(u) {
		return out
	}
	id := x.get(k|uint64(u[i+2])<<32, at(u, i+3))
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
