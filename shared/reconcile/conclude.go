package reconcile

import (
	"context"
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
	for _, lane := range lanes {
		if len(lane.Absent) > 0 {
			c.Sweep = append(c.Sweep, Lane{
				Number: lane.Number, Digits: lane.Digits, Absent: lane.Absent,
				End: len(lane.Absent), Rate: lane.Rate,
			})
		}
	}
	return c, nil
}

// Summary is the result of a run.
type Summary struct {
	Run
	Counts
	// Held says why removals were held back, if they were.
	Held string `json:"held,omitempty"`
	// Sample names some of the users that a dry run is about.
	Sample []Finding `json:"sample,omitempty"`
	// Seconds is how long the run took.
	Seconds float64 `json:"seconds"`
}

// Finish ends a run: it adds up what was swept, records the success of a run that
// held nothing back, and releases the lease.
func (e *Engine) Finish(ctx context.Context, run Run, conclusion Conclusion, swept []Lane) (Summary, error) {
	summary := Summary{
		Run: run, Counts: conclusion.Counts, Held: conclusion.Held, Sample: conclusion.Sample,
		Seconds: time.Since(run.StartedAt).Seconds(),
	}
	for _, lane := range swept {
		summary.Counts = summary.Counts.Add(lane.Counts)
	}
	if run.DryRun {
		return summary, nil
	}
	if summary.Held == "" {
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
