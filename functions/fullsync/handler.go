package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"

	"github.com/poolsync/poolsync/shared/decode"
	"github.com/poolsync/poolsync/shared/reconcile"
	"github.com/poolsync/poolsync/shared/telemetry"
)

// step is what the state machine asks for: the name of a step, and what the steps
// before it came to.
type step struct {
	Step string `json:"step"`
	// Execution is the name of the state machine's execution.
	Execution string `json:"execution"`
	// Request is the input that the execution was started with: see readRequest.
	Request    json.RawMessage      `json:"request"`
	Run        reconcile.Run        `json:"run"`
	Lane       reconcile.Lane       `json:"lane"`
	Lanes      []reconcile.Lane     `json:"lanes"`
	Conclusion reconcile.Conclusion `json:"conclusion"`
	Swept      []reconcile.Lane     `json:"swept"`
}

// result is the answer to a step. Each step fills in what the state machine needs
// next.
type result struct {
	// Skipped says why a run did not start, if there is nothing wrong.
	Skipped    string                `json:"skipped,omitempty"`
	Run        *reconcile.Run        `json:"run,omitempty"`
	Lane       *reconcile.Lane       `json:"lane,omitempty"`
	Lanes      []reconcile.Lane      `json:"lanes,omitempty"`
	Conclusion *reconcile.Conclusion `json:"conclusion,omitempty"`
	Summary    *reconcile.Summary    `json:"summary,omitempty"`
	// Held says why removals were held back: the run then ends as failed.
	Held string `json:"held,omitempty"`
	// MostRefused says how many users the target refuses, if they are most: likewise.
	MostRefused string `json:"mostRefused,omitempty"`
}

// engine carries out the steps. [reconcile.Engine] is one.
type engine interface {
	Start(context.Context, reconcile.Request) (reconcile.Run, []reconcile.Lane, error)
	Walk(context.Context, reconcile.Run, reconcile.Lane) (reconcile.Lane, error)
	Conclude(reconcile.Run, []reconcile.Lane) (reconcile.Conclusion, error)
	Sweep(context.Context, reconcile.Run, reconcile.Lane) (reconcile.Lane, error)
	Finish(context.Context, reconcile.Run, reconcile.Conclusion, []reconcile.Lane) (reconcile.Summary, error)
	Abandon(context.Context, reconcile.Run) error
}

// handler takes the state machine's steps to the engine.
type handler struct {
	engine engine
	log    *slog.Logger
	out    io.Writer // metrics go here
	stack  string
}

// Handle carries out one step. An error other than [RefusedInput] makes the state
// machine try the step again a few times, and then end the run as failed.
func (h handler) Handle(ctx context.Context, s step) (result, error) {
	r, err := h.handle(ctx, s)
	if err != nil {
		h.log.ErrorContext(ctx, "step failed", "step", s.Step, "run", s.Run.ID, "lane", s.Lane.Number, "error", err)
		return result{}, err
	}
	h.log.InfoContext(ctx, "step done", "step", s.Step, "run", s.Run.ID, "lane", s.Lane.Number)
	return r, nil
}

func (h handler) handle(ctx context.Context, s step) (result, error) {
	switch s.Step {
	case "start":
		return h.start(ctx, s)
	case "walk":
		lane, err := h.engine.Walk(ctx, s.Run, s.Lane)
		return result{Run: &s.Run, Lane: &lane}, err
	case "conclude":
		c, err := h.engine.Conclude(s.Run, s.Lanes)
		return result{Run: &s.Run, Conclusion: &c}, err
	case "sweep":
		lane, err := h.engine.Sweep(ctx, s.Run, s.Lane)
		return result{Run: &s.Run, Lane: &lane}, err
	case "finish":
		return h.finish(ctx, s)
	case "abandon":
		return result{}, h.abandon(ctx, s)
	}
	return result{}, fmt.Errorf("unknown step %q: want start, walk, conclude, sweep, finish or abandon", s.Step)
}

// start begins a run. One that must not start now is no failure: the schedule will
// come round again.
func (h handler) start(ctx context.Context, s step) (result, error) {
	request, err := readRequest(s.Request)
	if err != nil {
		return result{}, err
	}
	request.ID = s.Execution
	run, lanes, err := h.engine.Start(ctx, request)
	if errors.Is(err, reconcile.ErrNotStarted) {
		h.log.WarnContext(ctx, "run skipped", "run", s.Execution, "reason", err)
		return result{Skipped: err.Error()}, nil
	}
	return result{Run: &run, Lanes: lanes}, err
}

// RefusedInput is the error for an execution's input that is not understood. It goes
// to Lambda as it is, unwrapped: the state machine knows it by the name of its type,
// and does not try the step again.
type RefusedInput struct{ problem error }

// Error implements the error interface.
func (e RefusedInput) Error() string {
	return fmt.Sprintf("read the execution's input: %v: want {}, or any of dryRun, allowRemovals and retryRejected set to true", e.problem)
}

// readRequest reads the input of an execution. What it does not know is an error, and
// so is what appears twice: a dryRun that is misspelt must not become a run in
// earnest. (The same name twice is for Step Functions to see, which hands on one.) A
// comment may stand there, as the console of Step Functions offers one.
func readRequest(input json.RawMessage) (reconcile.Request, error) {
	var request struct {
		DryRun        bool   `json:"dryRun"`
		AllowRemovals bool   `json:"allowRemovals"`
		RetryRejected bool   `json:"retryRejected"`
		Comment       string `json:"Comment"`
	}
	if err := decode.Strict(input, &request); err != nil {
		return reconcile.Request{}, RefusedInput{err}
	}
	return reconcile.Request{
		DryRun: request.DryRun, AllowRemovals: request.AllowRemovals, RetryRejected: request.RetryRejected,
	}, nil
}

// finish ends a run and counts what it came to.
func (h handler) finish(ctx context.Context, s step) (result, error) {
	summary, err := h.engine.Finish(ctx, s.Run, s.Conclusion, s.Swept)
	if err != nil {
		return result{}, err
	}
	h.log.InfoContext(ctx, "run done", "run", s.Run.ID, "dryRun", s.Run.DryRun, "walked", summary.Walked,
		"known", summary.Known, "new", summary.New, "changed", summary.Changed, "rejected", summary.Rejected,
		"blocked", summary.Blocked, "retried", summary.Retried, "missing", summary.Missing, "removed", summary.Removed, "held", summary.Held, "mostRefused", summary.MostRefused, "seconds", summary.Seconds)
	if !s.Run.DryRun {
		h.count(ctx, summary)
	}
	return result{Summary: &summary, Held: summary.Held, MostRefused: summary.MostRefused}, nil
}

// abandon releases the lease of a run that failed.
func (h handler) abandon(ctx context.Context, s step) error {
	s.Run.ID = s.Execution
	metrics := telemetry.NewMetrics(h.out, h.stack)
	metrics.Add(telemetry.RunFailed, telemetry.Count, 1)
	return errors.Join(h.engine.Abandon(ctx, s.Run), metrics.Flush())
}

// count writes the metrics of a run.
func (h handler) count(ctx context.Context, s reconcile.Summary) {
	metrics := telemetry.NewMetrics(h.out, h.stack)
	metrics.Add(telemetry.RunWalked, telemetry.Count, float64(s.Walked))
	metrics.Add(telemetry.RunChanged, telemetry.Count, float64(s.New+s.Changed+s.Renamed+s.Retried))
	metrics.Add(telemetry.RunRejected, telemetry.Count, float64(s.Counts.Refused()))
	metrics.Add(telemetry.RunRemoved, telemetry.Count, float64(s.Removed))
	metrics.Add(telemetry.RunDuration, telemetry.Seconds, s.Seconds)
	switch {
	case s.Held != "":
		metrics.Add(telemetry.RunHeld, telemetry.Count, float64(s.Missing))
	case s.MostRefused != "":
		metrics.Add(telemetry.RunFailed, telemetry.Count, 1)
	default:
		metrics.Add(telemetry.RunSucceeded, telemetry.Count, 1)
	}
	if err := metrics.Flush(); err != nil {
		h.log.ErrorContext(ctx, "metrics not written", "error", err)
	}
}
