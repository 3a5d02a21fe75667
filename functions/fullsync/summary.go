package main

import (
	"context"
	"log/slog"
	"maps"
	"slices"
	"strings"

	"github.com/poolsync/poolsync/shared/reconcile"
	"github.com/poolsync/poolsync/shared/telemetry"
)

// finish ends a run and counts what it came to.
func (h handler) finish(ctx context.Context, s step) (result, error) {
	summary, err := h.engine.Finish(ctx, s.Run, s.Conclusion, s.Swept)
	if err != nil {
		return result{}, err
	}
	h.report(ctx, summary)
	r := result{Summary: &summary, Held: summary.Held, MostRefused: summary.MostRefused, Out: summary.Out}
	if summary.Follow != nil {
		r.Run, r.Asked = &s.Run, &asked{summary.Follow}
	}
	if summary.ByTarget != nil { // one cause tells all
		r.Held, r.MostRefused = cause(r.Held, r.MostRefused, r.Out), cause(r.MostRefused, r.Out)
	}
	if !summary.DryRun {
		h.count(ctx, s.Run, summary)
	}
	return r, nil
}

// cause adds to what is wrong what else is wrong.
func cause(wrong string, others ...string) string {
	if wrong == "" {
		return ""
	}
	for _, other := range others {
		if other != "" && !strings.Contains(wrong, other) {
			wrong += "; " + other
		}
	}
	return wrong
}

// report logs a run in one line, with several targets a group for each.
func (h handler) report(ctx context.Context, s reconcile.Summary) {
	line := []any{"run", s.ID, "dryRun", s.DryRun}
	if s.ByTarget == nil {
		line = append(line, attributes(s.Result)...)
	}
	for _, name := range slices.Sorted(maps.Keys(s.ByTarget)) {
		line = append(line, slog.Group(name, attributes(s.ByTarget[name])...))
	}
	h.log.InfoContext(ctx, "run done", append(line, "seconds", s.Seconds)...)
}

// attributes are what a log says of a target's result.
func attributes(r reconcile.Result) []any {
	all := []any{
		"walked", r.Walked, "known", r.Known, "new", r.New, "changed", r.Changed, "rejected", r.Rejected,
		"blocked", r.Blocked, "retried", r.Retried, "missing", r.Missing, "removed", r.Removed,
		"held", r.Held, "mostRefused", r.MostRefused,
	}
	if r.Left > 0 {
		all = append(all, "left", r.Left)
	}
	if r.Waiting > 0 {
		all = append(all, "waiting", r.Waiting)
	}
	if r.Out != "" {
		all = append(all, "out", r.Out)
	}
	return all
}

// count writes the metrics of a run: those of each target, and of the run as a whole.
func (h handler) count(ctx context.Context, run reconcile.Run, s reconcile.Summary) {
	results := s.ByTarget
	if results == nil {
		results = map[string]reconcile.Result{run.Parts[0].Name: s.Result}
	}
	failed := false
	for _, name := range slices.Sorted(maps.Keys(results)) {
		r := results[name]
		failed = failed || r.Out != "" || r.MostRefused != "" && (r.Held == "" || s.ByTarget != nil)
		h.flush(ctx, func(m *telemetry.Metrics) { countTarget(m, r) }, name)
	}
	h.flush(ctx, func(m *telemetry.Metrics) {
		m.Add(telemetry.RunDuration, telemetry.Seconds, s.Seconds)
		if failed {
			m.Add(telemetry.RunFailed, telemetry.Count, 1)
		}
	}, "")
}

// countTarget adds what a run came to for one target.
func countTarget(m *telemetry.Metrics, r reconcile.Result) {
	m.Add(telemetry.RunWalked, telemetry.Count, float64(r.Walked))
	m.Add(telemetry.RunChanged, telemetry.Count, float64(r.New+r.Changed+r.Renamed+r.Retried))
	m.Add(telemetry.RunRejected, telemetry.Count, float64(r.Refused()))
	m.Add(telemetry.RunRemoved, telemetry.Count, float64(r.Removed))
	switch {
	case r.Held != "":
		m.Add(telemetry.RunHeld, telemetry.Count, float64(r.Missing))
	case r.Out != "" || r.MostRefused != "":
	case r.Left > 0 || r.Waiting > 0:
		m.Add(telemetry.RunWaiting, telemetry.Count, 1)
	default:
		m.Add(telemetry.RunSucceeded, telemetry.Count, 1)
	}
}

// flush writes the metrics of a target, or without a name those of the deployment.
func (h handler) flush(ctx context.Context, add func(*telemetry.Metrics), target string) {
	metrics := telemetry.NewMetrics(h.out, h.stack)
	if target != "" {
		metrics = telemetry.NewTargetMetrics(h.out, h.stack, target)
	}
	add(metrics)
	if err := metrics.Flush(); err != nil {
		h.log.ErrorContext(ctx, "metrics not written", "error", err)
	}
}
