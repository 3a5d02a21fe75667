package reconcile

// maxBits bounds a [partitionSet]: ten of them, of five targets, are 1,720 bytes in
// JSON. Only a run at less than six requests a second over a pool of some hundred
// thousand users has lanes of more than 1,024 partitions. There a bit stands for two
// or four partitions that follow one another, and those are swept together.
const maxBits = 1024

// partitionSet is some of a lane's partitions, a bit for each, counted from the
// lane's first.
type partitionSet []byte

// grain returns how many partitions a bit stands for in a lane of that size.
func grain(size int) int { return max((size+maxBits-1)/maxBits, 1) }

// add returns the set with a partition in it, of a lane of that size.
func (p partitionSet) add(partition, size int) partitionSet {
	bit := partition / grain(size)
	for len(p) <= bit/8 {
		p = append(p, 0)
	}
	p[bit/8] |= 1 << (bit % 8)
	return p
}

// has reports whether the set holds a partition, of a lane of that size.
func (p partitionSet) has(partition, size int) bool {
	bit := partition / grain(size)
	return bit/8 < len(p) && p[bit/8]&(1<<(bit%8)) != 0
}
