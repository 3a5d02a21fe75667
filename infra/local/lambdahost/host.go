// Package lambdahost runs function binaries as AWS Lambda does: each instance of
// a function is a process that asks a Runtime API for invocations
// (https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html).
//
// Unlike Lambda, it has no memory limit (it measures memory instead), does not freeze
// instances between invocations, and has neither extensions nor retries of asynchronous
// invocations.
package lambdahost

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"sync"
	"time"
)

var (
	// ErrUnknown is returned for a function that was not deployed.
	ErrUnknown = errors.New("no such function")
	// ErrThrottled is returned when all instances that a function may have are busy.
	// Lambda does not wait either: it answers 429.
	ErrThrottled = errors.New("function is throttled: all its instances are busy")
	// ErrTooLarge is returned for a payload above 6 MB.
	ErrTooLarge = errors.New("payload exceeds 6 MB")
	// ErrClosed is returned after the host was closed.
	ErrClosed = errors.New("host is closed")
	// ErrNotInitialised is returned if an instance ended, reported an error or ran out
	// of time before it asked for work.
	ErrNotInitialised = errors.New("function did not initialise")
)

// maxPayload is Lambda's limit for a request and for a response of a synchronous
// invocation (https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html).
const maxPayload = 6 << 20

// initTimeout is how long Lambda lets a function initialise. After that, Lambda would
// retry once within the first invocation; here that invocation fails.
const initTimeout = 10 * time.Second

// Host runs functions until it is closed. Its methods may be called concurrently.
type Host struct {
	initTimeout time.Duration

	mu        sync.Mutex
	functions map[string]*function // guarded by mu; nil once closed
}

// New returns a host without functions.
func New() *Host {
	return &Host{initTimeout: initTimeout, functions: map[string]*function{}}
}

// Deploy adds a function. It replaces a function of the same name and kills its
// instances, even busy ones.
func (h *Host) Deploy(f Function) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.functions == nil {
		return ErrClosed
	}
	deployed := newFunction(f, h.initTimeout)
	if old, ok := h.functions[f.Name]; ok {
		deployed.log = old.log
		old.close()
	}
	h.functions[f.Name] = deployed
	return nil
}

// Describe returns a function as it was deployed.
func (h *Host) Describe(name string) (Function, error) {
	f, err := h.function(name)
	if err != nil {
		return Function{}, err
	}
	described := f.Function
	described.Environment = maps.Clone(f.Environment)
	return described, nil
}

// Invoke calls a function, by its name or ARN, and waits for its answer. If the function
// returns an error, crashes or times out, the result says so; the error returned is one
// of this package's, or the context's. If the caller stops waiting, the function goes on.
func (h *Host) Invoke(ctx context.Context, name string, payload []byte) (Result, error) {
	f, err := h.function(name)
	if err != nil {
		return Result{}, err
	}
	if len(payload) > maxPayload {
		return Result{}, ErrTooLarge
	}
	return f.invoke(ctx, payload)
}

// Provision starts one more instance of a function, which then waits for work, and returns
// how long its initialisation took. It is Lambda's provisioned concurrency.
func (h *Host) Provision(name string) (time.Duration, error) {
	f, err := h.function(name)
	if err != nil {
		return 0, err
	}
	return f.provision()
}

// Logs returns what a function has written to its standard output and error,
// oldest line first, up to the last ten thousand.
func (h *Host) Logs(name string) []Line {
	f, err := h.function(name)
	if err != nil {
		return nil
	}
	return f.log.lines()
}

// Instances returns the running instances of a function.
func (h *Host) Instances(name string) []Instance {
	f, err := h.function(name)
	if err != nil {
		return nil
	}
	return f.list()
}

// Kill ends all instances of a function with SIGKILL, even in the middle of their work,
// and returns how many there were. The next invocation starts a new one.
func (h *Host) Kill(name string) int {
	f, err := h.function(name)
	if err != nil {
		return 0
	}
	return f.kill()
}

// Close kills all instances. Invocations under way end with an error.
func (h *Host) Close() {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, f := range h.functions {
		f.close()
	}
	h.functions = nil
}

func (h *Host) function(name string) (*function, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.functions == nil {
		return nil, ErrClosed
	}
	f, ok := h.functions[functionName(name)]
	if !ok {
		return nil, fmt.Errorf("%w: %s", ErrUnknown, name)
	}
	return f, nil
}
