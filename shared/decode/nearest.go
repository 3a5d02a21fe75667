package decode

import (
	"math"
	"strings"
)

// Nearest returns which of known a misspelt name was meant to be: the one to which
// the fewest characters lead, in any case. Of several it is the first.
func Nearest(name string, known []string) string {
	nearest, best := "", math.MaxInt
	for _, candidate := range known {
		if d := distance(strings.ToLower(name), strings.ToLower(candidate)); d < best {
			nearest, best = candidate, d
		}
	}
	return nearest
}

// distance is the Levenshtein distance of a and b: how many characters must be
// added, left out or replaced to make one of the other.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
