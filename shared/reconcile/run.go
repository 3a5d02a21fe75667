package reconcile

import (
	"errors"
	"fmt"
	"slices"
	"time"
)

// A run is carried out in steps, each a method of [Engine], each short enough for
// one invocation of a function. What a step needs to know of the ones before it
// is in the values that they return, which the state machine carries along as
// JSON.
//
//	Start -> Groups until nothing remains, if it is needed
//	      -> lanes in parallel{ Walk until nothing remains } -> Conclude
//	      -> lanes in parallel{ Sweep until nothing remains } -> Finish
//	      -> Await until nothing waits, if something does
//
// One walk of the pool serves all targets. What concerns one target alone (its
// backlog, its ledger or queue failing, its held removals) is that target's, and
// holds up no other.

// Version is the version of the values that steps hand on. It is raised whenever one
// of them means something else than before.
const Version = 1

// ErrOtherVersion is returned for a step of a run that another version of the code
// began. The run is to be started anew.
var ErrOtherVersion = errors.New("the run was begun by another version of poolsync: start it again")

// Request is what a run is asked for.
type Request struct {
	// ID names the run: the name of the state machine's execution.
	ID string `json:"run"`
	// DryRun says what a run would do, and writes nothing: no change, no entry, no
	// lease.
	DryRun bool `json:"dryRun,omitempty"`
	// AllowRemovals lifts the guard on removals for this run.
	AllowRemovals bool `json:"allowRemovals,omitempty"`
	// RetryRejected tries users again whom the target refused before.
	RetryRejected bool `json:"retryRejected,omitempty"`
	// Targets names those that the run is for; it is for all if there are none.
	Targets []string `json:"targets,omitempty"`
}

// Run is a request that was granted.
type Run struct {
	Request
	// V is the [Version] of the code that began the run.
	V         int       `json:"v"`
	StartedAt time.Time `json:"startedAt"`
	// Parts are the targets that the run is for, and what keeps one from taking part.
	Parts []Part `json:"parts"`
	// Lanes is how many lanes share the walk.
	Lanes int `json:"lanes"`
	// ByGroup is set where the run walks the members of groups, and not the pool.
	ByGroup bool `json:"byGroup,omitempty"`
	// Gathers is set where the run walks the pool, and some targets are limited to
	// groups: their members are gathered first. Digits is how many digits of a sub name
	// the partition under which they are kept.
	Gathers bool `json:"gathers,omitempty"`
	Digits  int  `json:"digits,omitempty"`
	// Chains are the groups that are still to be listed.
	Chains []Chain `json:"chains,omitempty"`
}

// Part is what a run knows of one target.
type Part struct {
	Name string `json:"name"`
	// Waiting is how many changes still wait for the target, if they are too many for
	// it to take part.
	Waiting int `json:"waiting,omitempty"`
	// Out says why the target does not take part (any more), if something failed.
	Out string `json:"out,omitempty"`
}

// active reports whether the target takes part.
func (p Part) active() bool { return p.Waiting == 0 && p.Out == "" }

// Check fails with [ErrOtherVersion] if this code does not understand the run.
func (r Run) Check() error {
	if r.V != Version {
		return fmt.Errorf("%w (its steps are of version %d, this is version %d)", ErrOtherVersion, r.V, Version)
	}
	return nil
}

// participants returns how many targets take part.
func (r Run) participants() int {
	n := 0
	for _, p := range r.Parts {
		if p.active() {
			n++
		}
	}
	return n
}

// putOut returns the run without those targets that a reason is given for, by index.
func (r Run) putOut(reasons map[int]error) Run {
	r.Parts = slices.Clone(r.Parts)
	for i, err := range reasons {
		r.Parts[i].Out = reasonText(err)
	}
	return r
}
