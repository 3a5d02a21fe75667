package sandbox

import (
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/poolsync/poolsync/infra/local/eventsource"
)

// settings are what options and the stack itself put in place of the template's.
type settings struct {
	template    string                   // the template's file
	visibility  map[string]time.Duration // by the queue's logical id
	timeout     map[string]time.Duration // by the function's logical id
	wait        time.Duration            // of state machines; 0 for the template's
	standIns    map[string]string        // by the variable's name, in any function that has it
	observe     func(eventsource.Batch)
	gate        func(http.Handler) http.Handler
	differences *[]string
}

// Option changes how [Start] brings up the stack.
type Option func(*settings)

// WithTemplate runs another of the templates that the CDK app's tests hold against
// what the app synthesises. The default is local.golden.json.
func WithTemplate(name string) Option {
	return func(s *settings) { s.template = name }
}

// WithVisibility gives a queue another visibility time-out, in whole seconds: how
// long a message waits for its next try.
func WithVisibility(queueID string, d time.Duration) Option {
	return func(s *settings) { s.visibility[queueID] = d }
}

// WithTimeout gives a function another time-out.
func WithTimeout(functionID string, d time.Duration) Option {
	return func(s *settings) { s.timeout[functionID] = d }
}

// WithWait has state machines wait so long where they wait, in whole seconds.
func WithWait(d time.Duration) Option {
	return func(s *settings) { s.wait = d }
}

// WithObserver shows every batch that ends to observe, which several goroutines
// may call at once.
func WithObserver(observe func(eventsource.Batch)) Option {
	return func(s *settings) { s.observe = observe }
}

// WithGate puts a handler before AWS: it sees every call that functions and state
// machines make, and Lambda in a function's name, and may answer one itself.
func WithGate(gate func(next http.Handler) http.Handler) Option {
	return func(s *settings) { s.gate = gate }
}

func newSettings(options []Option) settings {
	s := settings{
		template:    "local.golden.json",
		visibility:  map[string]time.Duration{},
		timeout:     map[string]time.Duration{},
		standIns:    map[string]string{},
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
