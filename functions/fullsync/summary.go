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
		h.count(ctx, summary)
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

// count writes the metrics of a run, for all targets together.
func (h handler) count(ctx context.Context, s reconcile.Summary) {
	metrics := telemetry.NewMetrics(h.out, h.stack)
	metrics.Add(telemetry.RunWalked, telemetry.Count, float64(s.Walked))
	metrics.Add(telemetry.RunChanged, telemetry.Count, float64(s.New+s.Changed+s.Renamed+s.Retried))
	metrics.Add(telemetry.RunRejected, telemetry.Count, float64(s.Refused()))
	metrics.Add(telemetry.RunRemoved, telemetry.Count, float64(s.Removed))
	metrics.Add(telemetry.RunDuration, telemetry.Seconds, s.Seconds)
	if s.Held != "" {
		metrics.Add(telemetry.RunHeld, telemetry.Count, float64(held(s)))
	}
	switch {
	case s.Out != "" || s.MostRefused != "" && (s.Held == "" || s.ByTarget != nil):
		metrics.Add(telemetry.RunFailed, telemetry.Count, 1)
	case s.Held != "":
	case s.Left > 0 || s.Waiting > 0:
		metrics.Add(telemetry.RunWaiting, telemetry.Count, 1)
	default:
		metrics.Add(telemetry.RunSucceeded, telemetry.Count, 1)
	}
	if err := metrics.Flush(); err != nil {
		h.log.ErrorContext(ctx, "metrics not written", "error", err)
	}
}

// held returns how many removals were held back.
func held(s reconcile.Summary) int {
	if s.ByTarget == nil {
		return s.Missing
	}
	n := 0
	for _, r := range s.ByTarget {
		if r.Held != "" {
			n += r.Missing
		}
	}
	return n
}
