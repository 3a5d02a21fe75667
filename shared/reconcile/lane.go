package reconcile

import (
	"encoding/json"
	"slices"
)

// Lane is one worker's share of a run: a range of partitions, walked one after
// the other at the lane's share of the rate. Walk and Sweep take a lane and give
// it back further along.
//
// All lanes of a run are carried along together, and a state machine carries 256 KB,
// so that each has to stay below 4 KB with five targets.
type Lane struct {
	// Number tells the lanes of a run apart.
	Number int `json:"lane"`
	// Digits is how many hexadecimal digits of a sub name a partition; with 0
	// there is one partition, the whole pool.
	Digits int `json:"digits"`
	// First and Size are the lane's partitions.
	First int `json:"first"`
	Size  int `json:"size"`
	// Next and End bound the partitions that remain, as indices. In a lane to be swept
	// they bound what remains of a list: see swath.
	Next int `json:"next"`
	End  int `json:"end"`
	// Rate is how many requests a second the lane may make of the pool.
	Rate float64 `json:"rate"`
	// Shares are the targets' own results, in the order of the run's parts.
	Shares []Share `json:"shares"`
	// After is the last sub that Sweep dealt with in its partition.
	After string `json:"after,omitempty"`
	// Done is set when nothing remains.
	Done bool `json:"done"`
}

// Share is what a lane came to for one target.
type Share struct {
	Counts
	// AbsentIn holds the partitions in which somebody was missing.
	AbsentIn partitionSet `json:"absentIn,omitempty"`
	// BlockedIn holds the partitions in which the target blocks somebody for now.
	BlockedIn partitionSet `json:"blockedIn,omitempty"`
	// Out says why the target is out for the rest of the run, if its ledger or queue
	// failed.
	Out string `json:"out,omitempty"`
	// Sample names some of the users that the run is about, for a dry run.
	Sample []Finding `json:"sample,omitempty"`
}

// Finding is one user in the sample of a dry run.
type Finding struct {
	Sub      string `json:"sub"`
	Decision string `json:"decision"`
}

const (
	// sampleSize bounds the sample of a target in a lane, and in a run.
	sampleSize = 10
	// laneSample bounds the samples of all targets of a lane together.
	laneSample = 35
)

// note adds a user to the sample, while there is room beside those of the other
// targets.
func (s *Share) note(targets int, sub, decision string) {
	if len(s.Sample) < min(sampleSize, laneSample/max(targets, 1)) {
		s.Sample = append(s.Sample, Finding{sub, decision})
	}
}

// putOut takes the target out. What was queued stays counted; nobody is removed.
func (s *Share) putOut(err error) {
	s.Out, s.AbsentIn, s.BlockedIn, s.Sample = reasonText(err), nil, nil, nil
}

// clone returns a lane that can be changed without changing l: a step that fails
// half-way must not have changed what it was given.
func (l Lane) clone() Lane {
	l.Shares = slices.Clone(l.Shares)
	for i := range l.Shares {
		s := &l.Shares[i]
		s.AbsentIn, s.BlockedIn, s.Sample = slices.Clone(s.AbsentIn), slices.Clone(s.BlockedIn), slices.Clip(s.Sample)
	}
	return l
}

// maxReason bounds the reason why a target is out, in bytes of JSON.
const maxReason = 160

// reasonText returns the beginning of an error's text that fits.
func reasonText(err error) string {
	runes := []rune(err.Error())
	for {
		text, _ := json.Marshal(string(runes))
		if len(text) <= maxReason+len(`""`) {
			return string(runes)
		}
		runes = runes[:len(runes)-1-(len(text)-maxReason)/8]
	}
}
