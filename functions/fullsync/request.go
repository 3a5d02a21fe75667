package main

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/poolsync/poolsync/shared/decode"
	"github.com/poolsync/poolsync/shared/reconcile"
)

// RefusedInput is the error for an execution's input that is not understood. It goes
// to Lambda as it is, unwrapped: the state machine knows it by the name of its type,
// and does not try the step again.
type RefusedInput struct{ problem error }

// Error implements the error interface.
func (e RefusedInput) Error() string {
	return fmt.Sprintf("read the execution's input: %v: want {}, or any of dryRun, allowRemovals and retryRejected set to true "+
		"and the names of targets as targets, or forget alone with names in the ledger", e.problem)
}

// refused returns err, or as [RefusedInput] what the engine could never do.
func refused(err error) error {
	if errors.Is(err, reconcile.ErrBadRequest) {
		return RefusedInput{err}
	}
	return err
}

// request is the input of an execution.
type request struct {
	DryRun        bool     `json:"dryRun"`
	AllowRemovals bool     `json:"allowRemovals"`
	RetryRejected bool     `json:"retryRejected"`
	Targets       []string `json:"targets"`
	Forget        []string `json:"forget"`
	Comment       string   `json:"Comment"`
}

// readRequest reads the input of an execution. What it does not know is an error, and
// so is what appears twice: a dryRun that is misspelt must not become a run in
// earnest. (The same name twice is for Step Functions to see, which hands on one.) A
// comment may be there too, as the console of Step Functions offers one.
func readRequest(input json.RawMessage) (request, error) {
	var r request
	if err := decode.Strict(input, &r); err != nil {
		return r, RefusedInput{err}
	}
	switch {
	case r.Targets != nil && len(r.Targets) == 0:
		return r, RefusedInput{errors.New("targets names none")}
	case r.Forget != nil && len(r.Forget) == 0:
		return r, RefusedInput{errors.New("forget names none")}
	case r.Forget != nil && (r.DryRun || r.AllowRemovals || r.RetryRejected || r.Targets != nil):
		return r, RefusedInput{errors.New("forget stands beside something else")}
	}
	return r, nil
}

// run returns what a run of that name is asked for.
func (r request) run(id string) reconcile.Request {
	return reconcile.Request{
		ID: id, DryRun: r.DryRun, AllowRemovals: r.AllowRemovals, RetryRejected: r.RetryRejected, Targets: r.Targets,
	}
}
