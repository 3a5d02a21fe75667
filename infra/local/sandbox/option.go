package sandbox

import (
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/poolsync/poolsync/infra/local/eventsource"
)

// settings are values that options and the stack itself use instead of the template's.
type settings struct {
	template    string                   // the template's file
	visibility  map[string]time.Duration // by the queue's logical id
	timeout     map[string]time.Duration // by the function's logical id
	wait        time.Duration            // of state machines; 0 for the template's
	observe     func(eventsource.Batch)
	gate        func(http.Handler) http.Handler
	differences *[]string
}

// Option changes how [Start] brings up the stack.
type Option func(*settings)

// WithTemplate runs another of the golden templates that the CDK app's tests compare with
// what the app synthesises. The default is local.golden.json.
func WithTemplate(name string) Option {
	return func(s *settings) { s.template = name }
}

// WithVisibility changes a queue's visibility time-out, in whole seconds: how long a
// message waits for its retry.
func WithVisibility(queueID string, d time.Duration) Option {
	return func(s *settings) { s.visibility[queueID] = d }
}

// WithTimeout changes a function's time-out.
func WithTimeout(functionID string, d time.Duration) Option {
	return func(s *settings) { s.timeout[functionID] = d }
}

// WithDelivery changes both of a target's queues' visibility time-out, and the time-out of
// the function that delivers its changes. The names of its resources begin with target.
func WithDelivery(target string, visibility, timeout time.Duration) Option {
	return func(s *settings) {
		s.visibility[target+"LiveQueue"], s.visibility[target+"BulkQueue"] = visibility, visibility
		s.timeout[target+"DeliverFunction"] = timeout
	}
}

// WithWait makes every Wait state of a state machine take that long, in whole seconds.
func WithWait(d time.Duration) Option {
	return func(s *settings) { s.wait = d }
}

// WithObserver calls observe with every batch that ends, possibly from several goroutines
// at once.
func WithObserver(observe func(eventsource.Batch)) Option {
	return func(s *settings) { s.observe = observe }
}

// WithGate puts a handler in front of AWS. It sees every call that functions and state
// machines make, and Lambda makes for a function, and may answer a call itself.
func WithGate(gate func(next http.Handler) http.Handler) Option {
	return func(s *settings) { s.gate = gate }
}

func newSettings(options []Option) settings {
	s := settings{
		template:    "local.golden.json",
		visibility:  map[string]time.Duration{},
		timeout:     map[string]time.Duration{},
		observe:     func(eventsource.Batch) {},
		gate:        func(next http.Handler) http.Handler { return next },
		differences: &[]string{},
	}
	for _, option := range options {
		option(&s)
	}
	return s
}

// differ notes a difference from the template, once.
func (s settings) differ(format string, args ...any) {
	if difference := fmt.Sprintf(format, args...); !slices.Contains(*s.differences, difference) {
		*s.differences = append(*s.differences, difference)
	}
}
