package main

import (
	"slices"
	"time"
)

// percentile returns the value that p percent of the samples do not exceed.
func percentile(samples []time.Duration, p int) time.Duration {
	sorted := slices.Sorted(slices.Values(samples))
	rank := (len(sorted)*p + 99) / 100 // rounded up
	return sorted[max(rank, 1)-1]
}

func median(samples []time.Duration) time.Duration { return percentile(samples, 50) }
