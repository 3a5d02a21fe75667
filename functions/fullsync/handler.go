package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"slices"

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
	Follow     reconcile.Follow     `json:"follow"`
	Former     reconcile.Former     `json:"former"`
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
	// Out says which of several targets failed, and why: likewise.
	Out string `json:"out,omitempty"`
	// Asked is what to wait for once the run has ended, if there is anything.
	Asked *asked `json:"asked,omitempty"`
	// Former is what is still to be forgotten.
	Former *reconcile.Former `json:"former,omitempty"`
}

// asked is where the state machine keeps what it waits for.
type asked struct {
	Follow *reconcile.Follow `json:"follow"`
}

// engine carries out the steps. [reconcile.Engine] is one.
type engine interface {
	Start(context.Context, reconcile.Request) (reconcile.Run, []reconcile.Lane, error)
	Groups(context.Context, reconcile.Run) (reconcile.Run, error)
	Walk(context.Context, reconcile.Run, reconcile.Lane) (reconcile.Lane, error)
	Conclude(reconcile.Run, []reconcile.Lane) (reconcile.Conclusion, error)
	Sweep(context.Context, reconcile.Run, reconcile.Lane) (reconcile.Lane, error)
	Finish(context.Context, reconcile.Run, reconcile.Conclusion, []reconcile.Lane) (reconcile.Summary, error)
	Abandon(context.Context, reconcile.Run) error
	Await(context.Context, reconcile.Run, reconcile.Follow) reconcile.Follow
	Former(names []string) (reconcile.Former, error)
	Forget(context.Context, reconcile.Former) (reconcile.Former, error)
}

// handler takes the state machine's steps to the engine.
type handler struct {
	engine engine
	log    *slog.Logger
	out    io.Writer // metrics go here
	stack  string
}

// Handle carries out one step. An error other than [RefusedInput] and [OtherVersion]
// makes the state machine try the step again a few times, and then end the run as failed.
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
	case "forget":
		former, err := h.engine.Forget(ctx, s.Former)
		return result{Former: &former}, err
	case "abandon":
		return result{}, h.abandon(ctx, s)
	}
	if err := s.Run.Check(); err != nil {
		return result{}, OtherVersion{err}
	}
	switch s.Step {
	case "groups":
		run, err := h.engine.Groups(ctx, s.Run)
		return result{Run: &run, Lanes: s.Lanes}, err
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
	case "await":
		return h.await(ctx, s)
	}
	return result{}, fmt.Errorf("unknown step %q: want start, forget, groups, walk, conclude, sweep, finish, await or abandon", s.Step)
}

// start begins a run. One that must not start now is no failure: the schedule will
// come round again.
func (h handler) start(ctx context.Context, s step) (result, error) {
	request, err := readRequest(s.Request)
	if err != nil {
		return result{}, err
	}
	if request.Forget != nil {
		former, err := h.engine.Former(request.Forget)
		return result{Former: &former}, refused(err)
	}
	run, lanes, err := h.engine.Start(ctx, request.run(s.Execution))
	if errors.Is(err, reconcile.ErrNotStarted) {
		h.log.WarnContext(ctx, "run skipped", "run", s.Execution, "reason", err)
		return result{Skipped: err.Error()}, nil
	}
	return result{Run: &run, Lanes: lanes}, refused(err)
}

// OtherVersion is the error for a step of a run that another version began. The state
// machine knows it by the name of its type, and does not try the step again.
type OtherVersion struct{ problem error }

// Error implements the error interface.
func (e OtherVersion) Error() string { return e.problem.Error() }

// await asks once whether what a run left behind is delivered.
func (h handler) await(ctx context.Context, s step) (result, error) {
	follow := h.engine.Await(ctx, s.Run, s.Follow)
	h.log.InfoContext(ctx, "waiting for changes to be delivered", "run", s.Run.ID, "targets", follow.Names, "ready", follow.Ready)
	for _, name := range slices.Concat(follow.Names, follow.Ready) {
		h.flush(ctx, func(m *telemetry.Metrics) { m.Add(telemetry.RunWaiting, telemetry.Count, 1) }, name)
	}
	return result{Asked: &asked{&follow}}, nil
}

// abandon releases the lease of a run that failed.
func (h handler) abandon(ctx context.Context, s step) error {
	s.Run.ID = s.Execution
	h.flush(ctx, func(m *telemetry.Metrics) { m.Add(telemetry.RunFailed, telemetry.Count, 1) }, "")
	return h.engine.Abandon(ctx, s.Run)
}
