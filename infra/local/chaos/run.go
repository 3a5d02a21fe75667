package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/poolsync/poolsync/infra/local/sandbox"
	"github.com/poolsync/poolsync/shared/reconcile"
)

// targetNames are the stack's targets, by their names in the settings.
var targetNames = []string{"feed", "userhub"}

// lastRun carries out a run that must succeed, and leave out no target and nobody in the
// pool.
func (w *world) lastRun(ctx context.Context) (reconcile.Summary, finding, error) {
	output, err := w.Execute(ctx, "FullsyncStateMachine", "{}")
	if err != nil && !errors.Is(err, sandbox.ErrExecution) {
		return reconcile.Summary{}, finding{}, err
	}
	if how := outcome(output, err); how != succeeded {
		return reconcile.Summary{}, finding{text: "a run without faults: " + how, what: []string{fmt.Sprint(output, err)}}, nil
	}
	var summary reconcile.Summary
	if err := json.Unmarshal([]byte(output), &summary); err != nil {
		return summary, finding{}, fmt.Errorf("read a run's output: %w", err)
	}
	return summary, whole(summary, w.present()), w.settle(ctx)
}

// whole says whether a run took every target to everybody in the pool.
func whole(summary reconcile.Summary, present int) finding {
	f := finding{text: fmt.Sprintf("a run over %d people, new/changed/gone:", present)}
	for i, name := range slices.Sorted(maps.Keys(summary.ByTarget)) {
		r := summary.ByTarget[name]
		f.text += fmt.Sprintf("%s %s %d/%d/%d", strings.Repeat(",", min(i, 1)), name, r.New, r.Changed, r.Removed)
		if r.Walked != present || r.Out != "" || r.Held != "" || r.Waiting+r.Left > 0 {
			f.what = append(f.what, fmt.Sprintf("%s: %d people, %d waiting, %d left, %s", name, r.Walked, r.Waiting, r.Left, r.Out+r.Held))
		}
	}
	if !slices.Equal(slices.Sorted(maps.Keys(summary.ByTarget)), targetNames) {
		f.what = append(f.what, "not both targets took part")
	}
	f.ok = len(f.what) == 0
	return f
}

// idle says whether a run found nothing to do for either target.
func idle(summary reconcile.Summary) finding {
	f := finding{}
	found := 0
	for _, name := range targetNames {
		r := summary.ByTarget[name]
		if n := r.New + r.Changed + r.Renamed + r.Missing; n > 0 {
			found += n
			f.what = append(f.what, fmt.Sprintf("%s: %d new, %d changed, %d missing", name, r.New, r.Changed+r.Renamed, r.Missing))
		}
	}
	f.ok = found == 0
	f.text = fmt.Sprintf("the second run finds %d differences in the ledger of both", found)
	return f
}

const (
	succeeded = "succeeded"
	heldBack  = "removals held"
)

// outcome says in a word how a run ended.
func outcome(output string, err error) string {
	switch {
	case err == nil && strings.Contains(output, `"skipped"`):
		return "left to the next"
	case err == nil:
		return succeeded
	case strings.Contains(err.Error(), "RemovalsHeld"):
		return heldBack
	}
	return "failed"
}
