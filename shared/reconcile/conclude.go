package reconcile

import (
	"cmp"
	"fmt"
	"slices"
)

// Conclusion is what a run found, and what it may remove.
type Conclusion struct {
	// Results are the targets', in the order of the run's parts.
	Results []Result `json:"results"`
	// Sweep holds the lanes in which somebody is to be removed.
	Sweep []Lane `json:"sweep"`
}

// Result is what a run came to for one target.
type Result struct {
	// Counts is the sum over all lanes.
	Counts
	// Waiting is how many earlier changes still wait, if the target sat the run out.
	Waiting int `json:"waiting,omitempty"`
	// Out says why the target was out for the run or the rest of it, if something failed.
	Out string `json:"out,omitempty"`
	// Held says why removals are held back, if they are.
	Held string `json:"held,omitempty"`
	// MostRefused says how many users the target refuses, if they are most of all.
	MostRefused string `json:"mostRefused,omitempty"`
	// Sample names some of the users that the run is about, for a dry run.
	Sample []Finding `json:"sample,omitempty"`
}

// complete reports whether the run saw and did everything for the target.
func (r Result) complete() bool { return r.Out == "" && r.Waiting == 0 && r.Left == 0 }

// Conclude applies the guard to the whole run, once every lane has been walked to
// its end, for each target by itself. It does no I/O.
//
// A target for which something was left has nobody removed. Whoever is removed would
// wait for hours behind what was queued, in which much can change; and the next run,
// which starts as soon as that is delivered, sees it all anew.
func (e *Engine) Conclude(run Run, lanes []Lane) (Conclusion, error) {
	c := Conclusion{Results: make([]Result, len(run.Parts)), Sweep: []Lane{}}
	sweeps := make([]bool, len(run.Parts))
	for i, part := range run.Parts {
		c.Results[i] = total(part, lanes, i)
		sweeps[i] = e.judge(run, part, &c.Results[i]) &&
			slices.ContainsFunc(lanes, func(l Lane) bool { return len(l.Shares[i].AbsentIn) > 0 })
	}
	for _, lane := range lanes {
		if swept, any := toSweep(lane, c.Results, sweeps); any {
			c.Sweep = append(c.Sweep, swept)
		}
	}
	return c, nil
}

// total returns what all lanes came to for the i-th target.
func total(part Part, lanes []Lane, i int) Result {
	r := Result{Waiting: part.Waiting, Out: part.Out}
	for _, lane := range lanes {
		share := lane.Shares[i]
		r.Counts = r.Counts.Add(share.Counts)
		r.Out = cmp.Or(r.Out, share.Out)
		r.Sample = append(r.Sample, share.Sample[:min(len(share.Sample), sampleSize-len(r.Sample))]...)
	}
	return r
}

// judge reports whether the run may remove users from a target, and notes if it is held.
func (e *Engine) judge(run Run, part Part, r *Result) bool {
	target := e.target(part.Name)
	switch {
	case target == nil:
		r.Out = cmp.Or(r.Out, errTakenAway.Error())
		return false
	case !r.complete() || !target.Policy.Removes():
		return false
	}
	if err := target.Limits.Guard(r.Tally, run.AllowRemovals); err != nil {
		r.Held = err.Error()
		return false
	}
	return true
}

// toSweep returns what is to be swept of a lane, and whether anything is.
func toSweep(lane Lane, results []Result, sweeps []bool) (Lane, bool) {
	swept := Lane{
		Number: lane.Number, Digits: lane.Digits, First: lane.First, Size: lane.Size,
		End: 2 * lane.Size * len(lane.Shares), Rate: lane.Rate, Shares: make([]Share, len(lane.Shares)),
	}
	any := false
	for i, share := range lane.Shares {
		if !sweeps[i] {
			continue
		}
		swept.Shares[i].AbsentIn = share.AbsentIn
		if results[i].Blocked <= mostUnblocked {
			swept.Shares[i].BlockedIn = share.BlockedIn
		}
		any = any || len(swept.Shares[i].AbsentIn)+len(swept.Shares[i].BlockedIn) > 0
	}
	return swept, any
}

// mostUnblocked is how many users may be blocked for all of them to be tried again
// because somebody is removed. Of more, few can owe it to that, and each costs a call:
// they wait for their time.
const mostUnblocked = 1000

// mostRefusedFloor is how many users a target may refuse before it counts that they are
// most of all: a pool of a few has an odd one among them.
const mostRefusedFloor = 5

// mostRefused says so if the target refuses most of the pool's users, for good or for
// now. Then something is wrong with the connection, and not with the users, and a run
// that finds it so is no success.
func mostRefused(c Counts) string {
	if n := c.Refused(); n > mostRefusedFloor && 2*n > c.Walked {
		return fmt.Sprintf("most users refused: %d of %d", n, c.Walked)
	}
	return ""
}
