package reconcile

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"
	"time"
)

// Summary is the result of a run.
type Summary struct {
	Request
	StartedAt time.Time `json:"startedAt"`
	// Result is the target's, or of several targets the sum, and what is wrong with any
	// of them, by name.
	Result
	// ByTarget holds the results of several targets, by name.
	ByTarget map[string]Result `json:"byTarget,omitempty"`
	// Seconds is how long the run took.
	Seconds float64 `json:"seconds"`
	// Follow is what is to be waited for, if a run is to follow.
	Follow *Follow `json:"-"`
}

// Finish ends a run: it adds up what was swept, records the success of each target of
// which nothing was held back or left, and that took most users, and releases the lease.
func (e *Engine) Finish(ctx context.Context, run Run, conclusion Conclusion, swept []Lane) (Summary, error) {
	results := slices.Clone(conclusion.Results)
	for i := range results {
		r := &results[i]
		for _, lane := range swept {
			r.Counts = r.Counts.Add(lane.Shares[i].Counts)
			r.Out = cmp.Or(r.Out, lane.Shares[i].Out)
		}
		if r.complete() {
			r.MostRefused = mostRefused(r.Counts)
		}
	}
	if run.DryRun {
		return e.sum(run, results), nil
	}
	if err := e.record(ctx, run, results); err != nil {
		return e.sum(run, results), err
	}
	summary := e.sum(run, results)
	summary.Follow = e.follow(ctx, run, results)
	return summary, e.Abandon(ctx, run)
}

// record records the run with each target that it was a success for. A target whose
// ledger fails is out; it is an error if that is the only one.
func (e *Engine) record(ctx context.Context, run Run, results []Result) error {
	errs := together(ctx, len(results) > 1, len(results), func(ctx context.Context, i int) error {
		target := e.target(run.Parts[i].Name)
		if r := results[i]; target == nil || !r.complete() || r.Held != "" || r.MostRefused != "" {
			return nil
		}
		return target.Ledger.RecordSuccess(ctx, run.ID, run.StartedAt)
	})
	for i, err := range errs {
		if err != nil && len(results) > 1 {
			e.log.WarnContext(ctx, "success not recorded", "run", run.ID, "target", run.Parts[i].Name, "error", err)
			results[i].Out = reasonText(err)
		}
	}
	if len(results) == 1 {
		return errors.Join(errs...)
	}
	return nil
}

// sum adds up the results of all targets.
func (e *Engine) sum(run Run, results []Result) Summary {
	s := Summary{Request: run.Request, StartedAt: run.StartedAt, Seconds: time.Since(run.StartedAt).Seconds()}
	if len(results) == 1 {
		s.Result = results[0]
		return s
	}
	s.ByTarget = make(map[string]Result)
	for i, r := range results {
		name := run.Parts[i].Name
		s.ByTarget[name] = r
		s.Counts, s.Waiting = s.Counts.Add(r.Counts), s.Waiting+r.Waiting
		s.Out, s.Held, s.MostRefused = also(s.Out, name, r.Out), also(s.Held, name, r.Held), also(s.MostRefused, name, r.MostRefused)
	}
	return s
}

// also adds what is wrong with one target to what is wrong with others.
func also(text, name, wrong string) string {
	if wrong == "" {
		return text
	}
	return strings.TrimPrefix(text+"; "+name+": "+wrong, "; ")
}

// Abandon releases the lease of a run that cannot go on.
func (e *Engine) Abandon(ctx context.Context, run Run) error {
	if run.DryRun {
		return nil
	}
	return e.lease.Release(ctx, run.ID)
}
