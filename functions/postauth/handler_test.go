package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/poolsync/poolsync/shared/config"
	"github.com/poolsync/poolsync/shared/directory"
)

// sink is a queue that does what a test wants.
type sink func(context.Context, directory.Change) error

func (s sink) Send(ctx context.Context, c directory.Change) error { return s(ctx, c) }

func read(t *testing.T, name string) []byte {
	t.Helper()
	event, err := os.ReadFile("../../shared/cognito/trigger/testdata/" + name + ".json")
	if err != nil {
		t.Fatal(err)
	}
	return event
}

func TestInvokeQueues(t *testing.T) {
	for _, tt := range []struct {
		event string
		want  []directory.Kind
	}{
		{"signin", []directory.Kind{directory.SignIn}},
		{"signup", []directory.Kind{directory.SignUp}},
		{"forgot_password", []directory.Kind{directory.Changed}},
		{"signin_federated", []directory.Kind{directory.SignIn}},
		{"lenient", []directory.Kind{directory.SignIn}},
		{"other_trigger", nil},
	} {
		t.Run(tt.event, func(t *testing.T) {
			var got []directory.Kind
			var out bytes.Buffer
			h := handler{log: slog.New(slog.DiscardHandler), out: &out, stack: "s", queues: []queue{sink(func(_ context.Context, c directory.Change) error {
				got = append(got, c.Kind)
				if c.User == nil {
					t.Error("the change carries no snapshot")
				}
				return nil
			})}}
			event := read(t, tt.event)
			answer, err := h.Invoke(t.Context(), event)
			if err != nil || !bytes.Equal(answer, event) {
				t.Errorf("Invoke = %s, %v; want the event as it came", answer, err)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("queued: -want +got\n%s", diff)
			}
			if counted := strings.Contains(out.String(), `"ChangesQueued":1`); counted != (len(tt.want) > 0) {
				t.Errorf("ChangesQueued counted: %t; metrics %s", counted, out.String())
			}
		})
	}
}

// TestInvokeSurvives shows that no failure changes the answer, and that each is one
// log line and one count.
func TestInvokeSurvives(t *testing.T) {
	signin := string(read(t, "signin"))
	fail := func(err error) []queue {
		return []queue{sink(func(context.Context, directory.Change) error { return err })}
	}
	for _, tt := range []struct {
		name   string
		event  string
		queues []queue
	}{
		{"queue down", signin, fail(errors.New("connection refused for jane@example.com"))},
		{"a configuration that cannot be used", signin, []queue{unusable{}}},
		{"panic", signin, []queue{sink(func(context.Context, directory.Change) error { panic("jane@example.com") })}},
		{"malformed attributes", string(read(t, "wrong_type")), fail(nil)},
		{"no sub", string(read(t, "no_sub")), fail(nil)},
		{"cut off", string(read(t, "cut_off")), fail(nil)},
		{"not an object", `[1, 2]`, fail(nil)},
		{"empty", ``, fail(nil)},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var out, logged bytes.Buffer
			h := handler{log: slog.New(slog.NewJSONHandler(&logged, nil)), out: &out, queues: tt.queues}
			answer, err := h.Invoke(t.Context(), []byte(tt.event))
			if err != nil || string(answer) != tt.event {
				t.Errorf("Invoke = %s, %v; want the event as it came", answer, err)
			}
			if got := out.String(); !strings.Contains(got, `"ChangesDropped":1`) {
				t.Errorf("metrics %q do not count a dropped change", got)
			}
			if got := strings.Count(logged.String(), "\n"); got != 1 {
				t.Errorf("%d log lines, want 1: %s", got, logged.String())
			}
		})
	}
}

// TestNobodyWantsSignIns shows that nothing is dropped where no target has a use for it.
func TestNobodyWantsSignIns(t *testing.T) {
	t.Setenv("QUEUE_URLS", "")
	t.Setenv("AWS_REGION", "us-east-1")
	s, err := config.Load[settings]()
	if err != nil || len(s.QueueURLs) != 0 {
		t.Fatalf("queues %v, %v", s.QueueURLs, err)
	}
	var out bytes.Buffer
	h := handler{log: slog.New(slog.DiscardHandler), out: &out, queues: connect(t.Context(), s)}
	event := read(t, "signin")
	if answer, err := h.Invoke(t.Context(), event); err != nil || !bytes.Equal(answer, event) || out.Len() > 0 {
		t.Errorf("Invoke = %s, %v, metrics %s; want the event as it came, and nothing counted", answer, err, out.String())
	}
}

func TestInvokeKeepsItsBudget(t *testing.T) {
	event := read(t, "signin")
	synctest.Test(t, func(t *testing.T) {
		h := handler{log: slog.New(slog.DiscardHandler), out: io.Discard, queues: []queue{sink(func(ctx context.Context, _ directory.Change) error {
			<-ctx.Done()
			return ctx.Err()
		})}}
		start := time.Now()
		answer, err := h.Invoke(t.Context(), event)
		if err != nil || !bytes.Equal(answer, event) {
			t.Errorf("Invoke = %s, %v; want the event as it came", answer, err)
		}
		// The clock is the test's own: this is the budget, not a measurement.
		if got := time.Since(start); got > 1500*time.Millisecond {
			t.Errorf("a hanging queue held the sign-in for %v, want at most 1.5 s", got)
		}
	})
}

// TestInvokeServesEachTarget shows that a queue which fails, hangs or panics costs its own
// target's change and nothing else, and that queues are served side by side.
func TestInvokeServesEachTarget(t *testing.T) {
	event := read(t, "signin")
	takes := func(d time.Duration) func(context.Context) error {
		return func(ctx context.Context) error {
			select {
			case <-time.After(d):
				return nil
			case <-ctx.Done():
				return ctx.Err()
			}
		}
	}
	for _, tt := range []struct {
		name string
		does []func(context.Context) error
		// queued counts the changes that were queued, and took is how long the sign-in
		// waited, on the test's clock.
		queued int
		took   time.Duration
	}{
		{"both well", []func(context.Context) error{takes(0), takes(0)}, 2, 0},
		{"both slow", []func(context.Context) error{takes(time.Second), takes(time.Second)}, 2, time.Second},
		{"one fails", []func(context.Context) error{func(context.Context) error { return errors.New("refused") }, takes(0)}, 1, 0},
		{"one panics", []func(context.Context) error{func(context.Context) error { panic("jane@example.com") }, takes(0)}, 1, 0},
		{"one hangs", []func(context.Context) error{takes(time.Hour), takes(0), takes(0)}, 2, budget},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var out bytes.Buffer
				h := handler{log: slog.New(slog.DiscardHandler), out: &out}
				for _, does := range tt.does {
					h.queues = append(h.queues, sink(func(ctx context.Context, _ directory.Change) error { return does(ctx) }))
				}
				start := time.Now()
				if answer, err := h.Invoke(t.Context(), event); err != nil || !bytes.Equal(answer, event) {
					t.Errorf("Invoke = %s, %v; want the event as it came", answer, err)
				}
				if took := time.Since(start); took != tt.took {
					t.Errorf("took %v, want %v", took, tt.took)
				}
				for metric, want := range map[string]int{"ChangesQueued": tt.queued, "ChangesDropped": len(tt.does) - tt.queued} {
					if want > 0 && !strings.Contains(out.String(), fmt.Sprintf(`"%s":%d`, metric, want)) {
						t.Errorf("metrics %s, want %s of %d", out.String(), metric, want)
					}
				}
			})
		})
	}
}
