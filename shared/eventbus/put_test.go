package eventbus_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/google/go-cmp/cmp"

	"github.com/poolsync/poolsync/shared/directory"
	"github.com/poolsync/poolsync/shared/eventbus"
	"github.com/poolsync/poolsync/shared/eventbus/eventbustest"
	"github.com/poolsync/poolsync/shared/reconcile"
)

// verdicts returns what became of deliveries.
func verdicts(errs []error) (v []reconcile.Verdict) {
	for _, err := range errs {
		v = append(v, reconcile.VerdictOf(err))
	}
	return v
}

// TestPartialFailures refuses some entries of a request for three users with two events
// each, and shows that each delivery fares for itself: it fails if either of its events
// was not taken.
func TestPartialFailures(t *testing.T) {
	const yes = reconcile.Accepted
	for _, tt := range []struct {
		name    string
		refused map[int]string // by user times two plus event
		want    []reconcile.Verdict
	}{
		{"none", nil, []reconcile.Verdict{yes, yes, yes}},
		{"the first event of one", map[int]string{2: "InternalFailure"}, []reconcile.Verdict{yes, reconcile.Unavailable, yes}},
		{"the second event of one", map[int]string{3: "ThrottlingException"}, []reconcile.Verdict{yes, reconcile.Throttled, yes}},
		{"of two, for other reasons", map[int]string{0: "MalformedDetail", 5: "AccessDeniedException"}, []reconcile.Verdict{reconcile.Rejected, yes, reconcile.Unauthorized}},
		{"both of one", map[int]string{4: "InternalFailure", 5: "InternalFailure"}, []reconcile.Verdict{yes, yes, reconcile.Unavailable}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				bus := eventbustest.New()
				users := crowd(3, directory.SignUp)
				bus.Decide(func(q eventbustest.Request) eventbustest.Fault {
					refused := map[int]string{}
					for i, e := range q.Entries {
						user := int(detailOf(t, e).Sub[7] - '0')
						refused[i] = tt.refused[2*user+i%2]
					}
					return eventbustest.Fault{Refused: refused}
				})
				got := verdicts(atOnce(t.Context(), newBus(bus, full), 0, users...))
				if diff := cmp.Diff(tt.want, got); diff != "" {
					t.Errorf("-want +got\n%s", diff)
				}
				if n := len(bus.Events()); n != 6-len(tt.refused) || len(bus.Requests()) != 1 {
					t.Errorf("%d events in %d requests, want %d in one", n, len(bus.Requests()), 6-len(tt.refused))
				}
			})
		})
	}
}

// short is a bus whose answers leave out the last entries.
type short struct {
	*eventbustest.Bus
	results int
}

func (s short) PutEvents(ctx context.Context, in *eventbridge.PutEventsInput, options ...func(*eventbridge.Options)) (*eventbridge.PutEventsOutput, error) {
	out, err := s.Bus.PutEvents(ctx, in, options...)
	if err == nil {
		out.Entries = out.Entries[:s.results]
		out.FailedEntryCount = 0
	}
	return out, err
}

// TestShortAnswer shows that an entry counts as taken only if the answer says so.
func TestShortAnswer(t *testing.T) {
	for results, want := range [][]reconcile.Verdict{
		{reconcile.Unavailable, reconcile.Unavailable}, {reconcile.Unavailable, reconcile.Unavailable},
		{reconcile.Accepted, reconcile.Unavailable}, {reconcile.Accepted, reconcile.Unavailable}, {reconcile.Accepted, reconcile.Accepted},
	} {
		synctest.Test(t, func(t *testing.T) {
			target := newBus(short{eventbustest.New(), results}, full)
			one := make(chan error, 1)
			users := crowd(2, directory.SignUp)
			go func() {
				_, err := target.Deliver(t.Context(), users[0])
				one <- err
			}()
			synctest.Wait() // so that the order is known
			_, two := target.Deliver(t.Context(), users[1])
			if diff := cmp.Diff(want, verdicts([]error{<-one, two})); diff != "" {
				t.Errorf("%d of 4 results: -want +got\n%s", results, diff)
			}
		})
	}
}

// TestOneSpoilsTheRequest shows that where EventBridge refuses a whole request because of
// one user, the others are told of all the same.
func TestOneSpoilsTheRequest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		bus := eventbustest.New()
		users := crowd(3, directory.Changed)
		bus.Decide(func(q eventbustest.Request) eventbustest.Fault {
			for _, e := range q.Entries {
				if detailOf(t, e).Sub == users[1].Sub {
					return eventbustest.Fault{Err: eventbustest.Answer("ValidationException")}
				}
			}
			return eventbustest.Fault{}
		})
		got := verdicts(atOnce(t.Context(), newBus(bus, full), 0, users...))
		if diff := cmp.Diff([]reconcile.Verdict{reconcile.Accepted, reconcile.Blocked, reconcile.Accepted}, got); diff != "" {
			t.Errorf("-want +got\n%s", diff)
		}
		if n := len(bus.Requests()); n != 4 {
			t.Errorf("%d requests, want 4: one for all, and one for each", n)
		}
	})
}

// TestPace shows that each request takes a turn, which is that of its callers' lane, and
// that an answer that asks for a slower pace is complied with.
func TestPace(t *testing.T) {
	for _, tt := range []struct {
		name  string
		fault func(q eventbustest.Request) eventbustest.Fault
		held  error // what the pacer says
		want  reconcile.Verdict
		turns int
		rests []time.Duration
	}{
		{"taken", nil, nil, reconcile.Accepted, 1, nil},
		{"failed once", func(q eventbustest.Request) (f eventbustest.Fault) {
			if q.Number == 1 {
				f.Err = eventbustest.Answer("InternalException")
			}
			return f
		}, nil, reconcile.Accepted, 2, nil},
		{"throttled", func(eventbustest.Request) eventbustest.Fault {
			return eventbustest.Fault{Err: eventbustest.Answer("ThrottlingException")}
		}, nil, reconcile.Throttled, 1, []time.Duration{time.Second}},
		{"one entry throttled", func(eventbustest.Request) eventbustest.Fault {
			return eventbustest.Fault{Refused: map[int]string{0: "ThrottlingException"}}
		}, nil, reconcile.Throttled, 1, []time.Duration{time.Second}},
		{"refused", func(eventbustest.Request) eventbustest.Fault {
			return eventbustest.Fault{Err: eventbustest.Answer("AccessDeniedException")}
		}, nil, reconcile.Unauthorized, 1, nil},
		{"held back", nil, context.DeadlineExceeded, reconcile.Throttled, 1, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				bus, pace := eventbustest.New(), &pacer{err: tt.held}
				bus.Decide(tt.fault)
				ctx := context.WithValue(t.Context(), laneKey{}, "bulk")
				_, err := newBus(bus, full, eventbus.WithPacer(pace)).Deliver(ctx, change(1))
				if got := reconcile.VerdictOf(err); got != tt.want || errors.Is(err, reconcile.ErrHeldBack) != (tt.held != nil) {
					t.Errorf("got %s: %v; want %s", got, err, tt.want)
				}
				if diff := cmp.Diff(tt.rests, pace.rests); diff != "" || pace.turns != tt.turns || pace.lane != "bulk" {
					t.Errorf("%d turns in lane %v, want %d in bulk; rests: -want +got\n%s", pace.turns, pace.lane, tt.turns, diff)
				}
				if held := tt.held != nil; held != (len(bus.Requests()) == 0) {
					t.Errorf("%d requests", len(bus.Requests()))
				}
			})
		})
	}
}

// TestCodes shows what EventBridge's codes mean, for a request and for an entry, and that
// the error repeats nothing that was sent.
func TestCodes(t *testing.T) {
	for code, want := range map[string]reconcile.Verdict{
		"ThrottlingException": reconcile.Throttled, "TooManyRequestsException": reconcile.Throttled,
		"InternalFailure": reconcile.Unavailable, "InternalException": reconcile.Unavailable, "ServiceUnavailable": reconcile.Unavailable,
		"RedactionFailure": reconcile.Unavailable, "jane@example.com": reconcile.Unavailable, "SomethingNew": reconcile.Unavailable,
		"AccessDeniedException": reconcile.Unauthorized, "NotAuthorizedForSourceException": reconcile.Unauthorized,
		"NotAuthorizedForDetailTypeException": reconcile.Unauthorized, "ExpiredTokenException": reconcile.Unauthorized,
		"ResourceNotFoundException": reconcile.Blocked, "InvalidAccountIdException": reconcile.Blocked, "InvalidArgument": reconcile.Blocked,
		"ValidationException": reconcile.Blocked, "MalformedDetail": reconcile.Rejected,
	} {
		for name, fault := range map[string]eventbustest.Fault{
			"request": {Err: eventbustest.Answer(code)}, "entry": {Refused: map[int]string{0: code}},
		} {
			synctest.Test(t, func(t *testing.T) {
				bus := eventbustest.New()
				bus.Decide(func(eventbustest.Request) eventbustest.Fault { return fault })
				remote, err := newBus(bus, full, eventbus.WithAttributes("*")).Deliver(t.Context(), change(1))
				if got := reconcile.VerdictOf(err); got != want || remote != (reconcile.Remote{}) {
					t.Errorf("%s: %s means %s, want %s; keeps %+v, want nothing", name, code, got, want, remote)
				}
				if answer, ok := errors.AsType[*eventbus.Error](err); !ok || answer.Code != code {
					t.Errorf("%s: %v, want an Error with the code %s", name, err, code)
				}
				if text := err.Error(); strings.Contains(text, "jane") {
					t.Errorf("%s: %q repeats what was sent", name, text)
				}
			})
		}
	}
}

// TestLostAnswer shows that a request whose answer is lost is made again, and that the
// bus then has its events twice, under the same ids.
func TestLostAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		bus := eventbustest.New()
		bus.Decide(func(q eventbustest.Request) (f eventbustest.Fault) {
			if q.Number == 1 {
				f.Err, f.Lost = errors.New("connection reset"), true
			}
			return f
		})
		events := deliver(t, bus, newBus(bus, full), signUp(1))
		if got := kindsOf(events); got != "Created, Signed Up, Created, Signed Up" {
			t.Fatalf("got %s", got)
		}
		if events[0].Detail.ID != events[2].Detail.ID || events[1].Detail.ID != events[3].Detail.ID || events[0].ID == events[2].ID {
			t.Error("want the ids of the details to be repeated, and EventBridge's not to be")
		}
	})
}
