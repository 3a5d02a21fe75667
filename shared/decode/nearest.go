package decode

import (
	"math"
	"strings"
)

// Nearest returns which of known a misspelt name was probably meant to be: the one
// that takes the fewest edits, in any case. Of several it is the first.
func Nearest(name string, known []string) string {
	nearest, best := "", math.MaxInt
	for _, candidate := range known {
		if d := distance(strings.ToLower(name), strings.ToLower(candidate)); d < best {
			nearest, best = candidate, d
		}
	}
	return nearest
}

// distance is how many characters must be added, left out, replaced or swapped with
// their neighbour to turn a into b: the Levenshtein distance with transpositions.
func distance(a, b string) int {
	before, row := make([]int, len(b)+1), make([]int, len(b)+1) // for the last two prefixes of a
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		next := make([]int, len(b)+1)
		next[0] = i + 1
		for j := range len(b) {
			cost := 0
			if a[i] != b[j] {
				cost = 1
			}
			next[j+1] = min(row[j]+cost, row[j+1]+1, next[j]+1)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				next[j+1] = min(next[j+1], before[j-1]+1)
			}
		}
		before, row = row, next
	}
	return row[len(b)]
}
