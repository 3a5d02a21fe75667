// Package lambdahost runs function binaries as AWS Lambda does: each instance of
// a function is a process that asks a Runtime API for invocations
// (https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html).
//
// What Lambda has and this has not: a memory limit (memory is measured instead),
// the freezing of an instance between invocations, extensions, and the retries
// of asynchronous invocations.
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
	// ErrThrottled is returned when all instances that a function may have are
	// busy. Lambda answers 429 then; it does not wait either.
	ErrThrottled = errors.New("function is throttled: all its instances are busy")
	// ErrTooLarge is returned for a payload above 6 MB.
	ErrTooLarge = errors.New("payload exceeds 6 MB")
	// ErrClosed is returned once the host was closed.
	ErrClosed = errors.New("host is closed")
	// ErrNotInitialised is returned for an instance that ended, reported an error or
	// ran out of time before it asked for work.
	ErrNotInitialised = errors.New("function did not initialise")
)

// maxPayload is Lambda's limit for a request and for a response of a synchronous
// invocation (https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html).
const maxPayload = 6 << 20

// initTimeout is how long Lambda lets a function initialise. Lambda would then
// start over once more, within the first invocation; here that invocation fails.
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

// Deploy adds a function. One of the same name is replaced and its instances are
// killed, busy ones too.
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

// Describe returns what a function was deployed as.
func (h *Host) Describe(name string) (Function, error) {
	f, err := h.function(name)
	if err != nil {
		return Function{}, err
	}
	described := f.Function
	described.Environment = maps.Clone(f.Environment)
	return described, nil
}

// Invoke calls a function, by its name or ARN, and waits for its answer. An error
// that the function returned, its crash and its time-out are in the result; the
// error returned is one of this package's, or the context's. A caller that stops
// waiting does not stop the function.
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

// Provision starts one more instance of a function, has it wait for work, and
// returns how long its initialisation took: Lambda's provisioned concurrency.
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

// Kill ends all instances of a function with SIGKILL, in the middle of their work
// too, and returns how many there were. The next invocation starts a new one.
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
