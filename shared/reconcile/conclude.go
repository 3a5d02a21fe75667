package reconcile

import (
	"context"
	"fmt"
	"slices"
	"time"
)

// Conclusion is what a run found, and what it may remove.
type Conclusion struct {
	// Counts is the sum over all lanes.
	Counts Counts `json:"counts"`
	// Held says why removals are held back, if they are.
	Held string `json:"held,omitempty"`
	// Sample names some of the users that the run is about, for a dry run.
	Sample []Finding `json:"sample,omitempty"`
	// Sweep holds the lanes in which somebody is to be removed.
	Sweep []Lane `json:"sweep"`
}

// Conclude applies the guard to the whole run, once every lane has been walked to
// its end. It does no I/O.
func (e *Engine) Conclude(run Run, lanes []Lane) (Conclusion, error) {
	c := Conclusion{Sweep: []Lane{}}
	for _, lane := range lanes {
		c.Counts = c.Counts.Add(lane.Counts)
		for _, finding := range lane.Sample {
			if len(c.Sample) < sampleSize {
				c.Sample = append(c.Sample, finding)
			}
		}
	}
	if e.settings.Policy.Removes() {
		if err := e.settings.Limits.Guard(c.Counts.Tally, run.AllowRemovals); err != nil {
			c.Held = err.Error()
			return c, nil
		}
	}
	removes := slices.ContainsFunc(lanes, func(l Lane) bool { return len(l.Absent) > 0 })
	for _, lane := range lanes {
		if c.Counts.Blocked > mostUnblocked {
			lane.Blocked = nil
		}
		if removes && len(lane.Absent)+len(lane.Blocked) > 0 {
			c.Sweep = append(c.Sweep, Lane{
				Number: lane.Number, Digits: lane.Digits, Absent: lane.Absent, Blocked: lane.Blocked,
				End: len(lane.Absent) + len(lane.Blocked), Rate: lane.Rate,
			})
		}
	}
	return c, nil
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

// Summary is the result of a run.
type Summary struct {
	Run
	Counts
	// Held says why removals were held back, if they were.
	Held string `json:"held,omitempty"`
	// MostRefused says how many users the target refuses, if they are most of all.
	MostRefused string `json:"mostRefused,omitempty"`
	// Sample names some of the users that a dry run is about.
	Sample []Finding `json:"sample,omitempty"`
	// Seconds is how long the run took.
	Seconds float64 `json:"seconds"`
}

// Finish ends a run: it adds up what was swept, records the success of a run that
// held nothing back and found most users taken, and releases the lease.
func (e *Engine) Finish(ctx context.Context, run Run, conclusion Conclusion, swept []Lane) (Summary, error) {
	summary := Summary{
		Run: run, Counts: conclusion.Counts, Held: conclusion.Held, Sample: conclusion.Sample,
		Seconds: time.Since(run.StartedAt).Seconds(),
	}
	for _, lane := range swept {
		summary.Counts = summary.Counts.Add(lane.Counts)
	}
	summary.MostRefused = mostRefused(summary.Counts)
	if run.DryRun {
		return summary, nil
	}
	if summary.Held == "" && summary.MostRefused == "" {
		if err := e.ledger.RecordSuccess(ctx, run.ID, run.StartedAt); err != nil {
			return summary, err
		}
	}
	return summary, e.Abandon(ctx, run)
}

// Abandon releases the lease of a run that cannot go on.
func (e *Engine) Abandon(ctx context.Context, run Run) error {
	if run.DryRun {
		return nil
	}
	return e.ledger.Release(ctx, run.ID)
}
