package main

import (
	"math"
	"strings"
)

// unknownKey reports whether name looks like a key of ours without being one,
// and which of ours is nearest to it. The CDK's own keys all hold a colon or a
// slash, but for those of `cdk acknowledge`.
func unknownKey(name string) (similar string, unknown bool) {
	if strings.ContainsAny(name, ":/") || name == "acknowledged-issue-numbers" {
		return "", false
	}
	best := math.MaxInt
	for _, key := range contextKeys {
		if key.name == name {
			return "", false
		}
		if d := distance(strings.ToLower(name), strings.ToLower(key.name)); d < best {
			similar, best = key.name, d
		}
	}
	return similar, true
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
