package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/aws/smithy-go"
)

const (
	// budget is what one check may take. All run at once, so it bounds them all.
	// It is longer than a slow service takes to answer, and longer than a new
	// role takes to be known everywhere.
	budget = 25 * time.Second
	// deniedPause is how long a denied check waits before another try.
	deniedPause = 2 * time.Second
)

// check is one thing that is tested.
type check struct {
	name string
	// target is whose check it is; empty: it is shared.
	target string
	test   func(context.Context) finding
}

// finding is what a check found.
type finding struct {
	result result
	// cause is what is wrong, or why the check was skipped; nil if all is well.
	cause error
	// remedy says what to do about it, in a sentence for somebody at a terminal.
	remedy string
}

// result is a finding in a word.
type result string

// The results. Only a failure fails a deployment.
const (
	passed  result = "ok"
	failed  result = "FAILED"
	warning result = "warning"
	skipped result = "skipped"
)

// verdict returns the finding that err means: a failure with this remedy, or ok.
func verdict(err error, remedy string) finding {
	if err == nil {
		return finding{result: passed}
	}
	return finding{result: failed, cause: err, remedy: remedy}
}

// run runs all checks at once and returns their findings, in order.
func run(ctx context.Context, checks []check) []finding {
	found := make([]finding, len(checks))
	var group sync.WaitGroup
	for i, c := range checks {
		group.Go(func() { found[i] = c.run(ctx) })
	}
	group.Wait()
	return found
}

// run runs the check. It retries a denied one while there is time: at the end of a
// deployment the function's role may be seconds old, and IAM is eventually
// consistent.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot.html
func (c check) run(ctx context.Context) finding {
	ctx, cancel := context.WithTimeoutCause(ctx, budget, fmt.Errorf("no answer within %s", budget))
	defer cancel()
	for {
		f := c.test(ctx)
		if !denied(f.cause) || !sleep(ctx, deniedPause) {
			return f
		}
	}
}

// denied reports whether AWS denied a call.
func denied(err error) bool {
	api, is := errors.AsType[smithy.APIError](err)
	return is && strings.HasPrefix(api.ErrorCode(), "AccessDenied")
}

// sleep waits for d and reports true, or reports false at once if the context would
// end first.
func sleep(ctx context.Context, d time.Duration) bool {
	if deadline, limited := ctx.Deadline(); limited && time.Until(deadline) <= d {
		return false
	}
	select {
	case <-time.After(d):
		return true
	case <-ctx.Done():
		return false
	}
}
