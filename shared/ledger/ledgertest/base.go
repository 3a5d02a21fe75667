package ledgertest

import (
	"fmt"
	"iter"
	"math/bits"
	"strconv"
	"strings"

	"github.com/poolsync/poolsync/shared/plan"
)

// Base is what a ledger holds to begin with, computed instead of kept, so that a
// ledger of ten million users takes no memory.
type Base interface {
	// Entry returns the entry of a sub, and whether there is one.
	Entry(sub string) (plan.Entry, bool)
	// Entries yields the entries whose sub starts with prefix, in the order of
	// their subs.
	Entries(prefix string) iter.Seq[plan.Entry]
}

// empty is the base that holds nothing.
type empty struct{}

func (empty) Entry(string) (plan.Entry, bool)     { return plan.Entry{}, false }
func (empty) Entries(string) iter.Seq[plan.Entry] { return func(func(plan.Entry) bool) {} }

// Generated is a base of N entries, whose subs are Sub(0) to Sub(N-1). N is less
// than 2^32.
type Generated struct {
	N int
	// At returns the i-th entry. Its Sub is left to Generated.
	At func(i int) plan.Entry
}

// Sub returns the i-th of the subs that [Generated] uses: a UUID whose first eight
// digits are the bits of i in reverse, so that each further user falls into
// another partition and all partitions are of one size.
func Sub(i int) string {
	return fmt.Sprintf("%08x-3041-40aa-8111-%012x", bits.Reverse32(uint32(i)), i)
}

// index returns the number whose Sub starts with eight given digits.
func index(digits string) (int, bool) {
	n, err := strconv.ParseUint(digits, 16, 32)
	return int(bits.Reverse32(uint32(n))), err == nil
}

// Entry returns the entry of a sub, and whether there is one.
func (g Generated) Entry(sub string) (plan.Entry, bool) {
	i, ok := index(sub[:min(8, len(sub))])
	if !ok || i >= g.N || Sub(i) != sub {
		return plan.Entry{}, false
	}
	return g.at(i), true
}

// Entries yields the entries whose sub starts with prefix, in the order of their
// subs. It passes over the other entries without computing them.
func (g Generated) Entries(prefix string) iter.Seq[plan.Entry] {
	return func(yield func(plan.Entry) bool) {
		digits := prefix[:min(8, len(prefix))]
		low, err := strconv.ParseUint(digits+strings.Repeat("0", 8-len(digits)), 16, 33)
		if err != nil {
			return
		}
		high := low + 1<<(4*(8-len(digits)))
		// Of N numbers with their bits in reverse, the last bits are zero.
		step := uint64(1) << (32 - bits.Len(uint(max(g.N, 1)-1)))
		for n := (low + step - 1) / step * step; n < high; n += step {
			i := int(bits.Reverse32(uint32(n)))
			if i >= g.N || !strings.HasPrefix(Sub(i), prefix) {
				continue
			}
			if !yield(g.at(i)) {
				return
			}
		}
	}
}

func (g Generated) at(i int) plan.Entry {
	e := g.At(i)
	e.Sub = Sub(i)
	return e
}
