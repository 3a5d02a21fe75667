package eventbus_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/poolsync/poolsync/shared/cognito/cognitotest"
	"github.com/poolsync/poolsync/shared/directory"
	"github.com/poolsync/poolsync/shared/eventbus"
	"github.com/poolsync/poolsync/shared/eventbus/eventbustest"
	"github.com/poolsync/poolsync/shared/plan"
	"github.com/poolsync/poolsync/shared/reconcile"
)

const janeSub = "84e844c8-3041-70aa-1111-0123456789ab"

// noon is when it all begins, and at so many seconds later.
var noon = time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)

func at(seconds int) time.Time { return noon.Add(time.Duration(seconds) * time.Second) }

// jane is a user with an address, a name, and something that nobody is to see.
func jane(edits ...func(*directory.User)) directory.User {
	u := directory.User{
		Sub: janeSub, Username: "jane@example.com", Enabled: true, Status: "CONFIRMED",
		Attributes: map[string]string{"sub": janeSub, "email": "jane@example.com", "name": "Jane", "custom:salary": "9999"},
	}
	for _, edit := range edits {
		edit(&u)
	}
	return u
}

func disabled(u *directory.User) { u.Enabled = false }
func renamed(u *directory.User)  { u.Attributes["name"] = "Jane Doe" }
func raised(u *directory.User)   { u.Attributes["custom:salary"] = "10000" }

// dated gives a user what a listing knows and a trigger does not.
func dated(created time.Time) func(*directory.User) {
	return func(u *directory.User) { u.Created, u.Modified, u.Status = created, created, "EXTERNAL_PROVIDER" }
}

// hint is a change whose user was observed at that second.
func hint(kind directory.Kind, origin directory.Origin, seconds int, u directory.User) reconcile.Delivery {
	return reconcile.Delivery{Confirm: true, Change: directory.Change{
		ID: fmt.Sprintf("%032x", seconds), Kind: kind, Origin: origin, Sub: u.Sub, Username: u.Username,
		ObservedAt: at(seconds), Pool: cognitotest.ID, User: &u,
	}}
}

func change(seconds int, edits ...func(*directory.User)) reconcile.Delivery {
	return hint(directory.Changed, directory.Sync, seconds, jane(edits...))
}

// signIn is a sign-in; with confirm, of a state that the ledger does not have.
func signIn(seconds int, confirm bool, edits ...func(*directory.User)) reconcile.Delivery {
	d := hint(directory.SignIn, directory.Trigger, seconds, jane(edits...))
	d.Confirm = confirm
	return d
}

func signUp(seconds int, edits ...func(*directory.User)) reconcile.Delivery {
	return hint(directory.SignUp, directory.Trigger, seconds, jane(edits...))
}

// written is an event of CloudTrail's about a write at one second to a user who was
// created at another.
func written(seconds, created int) reconcile.Delivery {
	d := hint(directory.Changed, directory.CloudTrail, seconds, jane(dated(at(created))))
	d.WrittenAt, d.ObservedAt = at(seconds), at(seconds+20)
	return d
}

func removal(seconds int) reconcile.Delivery {
	d := change(seconds)
	d.Kind, d.User = directory.Removed, nil
	return d
}

// full says that the target has been filled.
func full(context.Context) (bool, error) { return true, nil }

// filling says that it has not.
func filling(context.Context) (bool, error) { return false, nil }

func newBus(api eventbus.API, filled eventbus.Filled, options ...eventbus.Option) *eventbus.Bus {
	return eventbus.New(api, eventbustest.Name, cognitotest.ID, filled, options...)
}

// deliver delivers one after the other, each with what the ledger would hold after the
// last, and returns what the bus took. As with the engine, only news changes what the
// ledger holds, and a hint that brings none is not delivered.
func deliver(t *testing.T, bus *eventbustest.Bus, target *eventbus.Bus, deliveries ...reconcile.Delivery) []eventbus.Event {
	t.Helper()
	var held reconcile.Remote
	var confirmed directory.Fingerprint
	for i, d := range deliveries {
		if d.Kind == directory.Changed && target.Fingerprint(*d.User) == confirmed {
			continue
		}
		d.Held = held
		remote, err := target.Deliver(t.Context(), d)
		if err != nil {
			t.Fatalf("delivery %d: %v", i, err)
		}
		if err := (plan.Entry{Note: remote.Note}).CheckNote(); err != nil {
			t.Fatalf("delivery %d: %v", i, err)
		}
		if d.Confirm {
			held, confirmed = remote, directory.Fingerprint{}
		}
		if d.Confirm && d.User != nil {
			confirmed = target.Fingerprint(*d.User)
		}
	}
	for _, message := range bus.Messages() {
		validate(t, message)
	}
	return bus.Events()
}

// kindsOf returns what events tell of.
func kindsOf(events []eventbus.Event) string {
	var kinds []string
	for _, e := range events {
		kinds = append(kinds, strings.TrimPrefix(string(e.DetailType), "User "))
	}
	return strings.Join(kinds, ", ")
}

// TestEventsOfDeliveries shows which events deliveries about one user yield, one after
// the other.
func TestEventsOfDeliveries(t *testing.T) {
	name := eventbus.WithAttributes("name")
	for _, tt := range []struct {
		name    string
		options []eventbus.Option
		filled  eventbus.Filled
		in      []reconcile.Delivery
		want    string
	}{
		{"new in a run", nil, full, []reconcile.Delivery{change(1)}, "Created"},
		{"new by a sign-up", nil, full, []reconcile.Delivery{signUp(1)}, "Created, Signed Up"},
		{"new by a sign-in", nil, full, []reconcile.Delivery{signIn(1, true)}, "Created, Signed In"},
		{"new, and nobody wants sign-ins", []eventbus.Option{eventbus.WithoutSignIns()}, full, []reconcile.Delivery{signUp(1)}, "Created"},
		{"new and disabled", nil, full, []reconcile.Delivery{change(1, disabled)}, "Created"},

		{"a name that is shown", []eventbus.Option{name}, full, []reconcile.Delivery{change(1), change(2, renamed)}, "Created, Updated"},
		{"a name that is not", nil, full, []reconcile.Delivery{change(1), change(2, renamed)}, "Created"},
		{"another attribute", []eventbus.Option{name}, full, []reconcile.Delivery{change(1), change(2, raised)}, "Created"},
		{"any attribute", []eventbus.Option{eventbus.WithAttributes("*")}, full, []reconcile.Delivery{change(1), change(2, raised)}, "Created, Updated"},
		{"dates and status", []eventbus.Option{eventbus.WithAttributes("*")}, full, []reconcile.Delivery{change(1, dated(noon)), signIn(2, false)}, "Created, Signed In"},

		{"disabled", []eventbus.Option{name}, full, []reconcile.Delivery{change(1), change(2, disabled)}, "Created, Disabled"},
		{"disabled and enabled", nil, full, []reconcile.Delivery{change(1), change(2, disabled), change(3)}, "Created, Disabled, Enabled"},
		{"disabled and renamed at once", []eventbus.Option{name}, full, []reconcile.Delivery{change(1), change(2, disabled, renamed)}, "Created, Updated, Disabled"},
		{"enabled and renamed by a sign-in", []eventbus.Option{name}, full, []reconcile.Delivery{change(1, disabled), signIn(2, true, renamed)}, "Created, Updated, Enabled, Signed In"},

		{"a sign-in", nil, full, []reconcile.Delivery{change(1), signIn(2, false)}, "Created, Signed In"},
		{"two sign-ins", nil, full, []reconcile.Delivery{change(1), signIn(2, false), signIn(3, false)}, "Created, Signed In, Signed In"},
		{"a sign-in of a state that is over", []eventbus.Option{name}, full, []reconcile.Delivery{change(2, renamed), signIn(1, false)}, "Created, Signed In"},
		{"a sign-up of somebody who is known", []eventbus.Option{name}, full, []reconcile.Delivery{change(1), signUp(2, renamed)}, "Created, Updated, Signed Up"},
		{"a sign-up of a state that is over", []eventbus.Option{name}, full, []reconcile.Delivery{change(2, renamed), signUp(1)}, "Created, Signed Up"},
		{"a sign-in that nobody wants", []eventbus.Option{eventbus.WithoutSignIns()}, full, []reconcile.Delivery{change(1), signIn(2, false)}, "Created"},

		{"gone", nil, full, []reconcile.Delivery{change(1), removal(2)}, "Created, Deleted"},
		{"gone and back", nil, full, []reconcile.Delivery{change(1), removal(2), change(3)}, "Created, Deleted, Created"},
		{"gone after the target filled", nil, filling, []reconcile.Delivery{change(1), removal(2)}, "Deleted"},

		{"while it fills: in a run", nil, filling, []reconcile.Delivery{change(1)}, ""},
		{"while it fills: a sign-in", nil, filling, []reconcile.Delivery{signIn(1, true)}, "Signed In"},
		{"while it fills: a sign-up", nil, filling, []reconcile.Delivery{signUp(1)}, "Created, Signed Up"},
		{"while it fills: created just now", nil, filling, []reconcile.Delivery{written(10, 10)}, "Created"},
		{"while it fills: created after a trigger", nil, filling, []reconcile.Delivery{written(10, 18)}, "Created"},
		{"while it fills: created before the event's second", nil, filling, []reconcile.Delivery{written(10, 8)}, "Created"},
		{"while it fills: created long ago", nil, filling, []reconcile.Delivery{written(10, 1)}, ""},
		{"while it fills: created later", nil, filling, []reconcile.Delivery{written(10, 19)}, ""},
		{"while it fills: another change of whom it filled in", []eventbus.Option{name}, filling, []reconcile.Delivery{change(1), change(2, renamed, disabled)}, "Updated, Disabled"},
		{"while it fills, with everybody announced", []eventbus.Option{eventbus.WithExisting()}, filling, []reconcile.Delivery{change(1)}, "Created"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			bus := eventbustest.New()
			if got := kindsOf(deliver(t, bus, newBus(bus, tt.filled, tt.options...), tt.in...)); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

// TestForeignNote shows that a user whose note nobody can read is told of in full, and is
// no news after that.
func TestForeignNote(t *testing.T) {
	for _, text := range []string{"2 something new", "1 enabled 1:zz 2026-05-01T12:00:00Z", "1 enabled  noon"} {
		bus := eventbustest.New()
		target := newBus(bus, full, eventbus.WithAttributes("name"))
		d := change(1)
		d.Held.Note = text
		remote, err := target.Deliver(t.Context(), d)
		if err != nil {
			t.Fatal(err)
		}
		d = change(2, disabled)
		d.Held = remote
		if _, err = target.Deliver(t.Context(), d); err != nil {
			t.Fatal(err)
		}
		if got := kindsOf(bus.Events()); got != "Updated, Disabled" {
			t.Errorf("after the note %q: %q, want Updated, and then what changes", text, got)
		}
	}
}

// TestToldAgain shows that a state that the bus was told of is told again if the engine
// asks for it, under another id, and counts for those who hold an older one.
func TestToldAgain(t *testing.T) {
	bus := eventbustest.New()
	target := newBus(bus, full)
	var held reconcile.Remote
	for i, d := range []reconcile.Delivery{change(1), change(2), signIn(3, true), signUp(4)} {
		var err error
		d.Held = held
		if held, err = target.Deliver(t.Context(), d); err != nil {
			t.Fatalf("delivery %d: %v", i, err)
		}
	}
	events := bus.Events()
	if got := kindsOf(events); got != "Created, Updated, Updated, Signed In, Signed Up" {
		t.Fatalf("got %s", got)
	}
	if events[1].Detail.ID == events[2].Detail.ID {
		t.Error("what is told again has the same id twice")
	}
}

// TestFilledIsAskedUntilItIs shows when the ledger is asked whether the target has been
// filled: for somebody who is unknown, until it has been.
func TestFilledIsAskedUntilItIs(t *testing.T) {
	asked, answer, failure := 0, false, errors.New("broken on demand")
	bus := eventbustest.New()
	target := newBus(bus, func(context.Context) (bool, error) { asked++; return answer, failure })

	_, err := target.Deliver(t.Context(), change(1))
	if !errors.Is(err, failure) || reconcile.VerdictOf(err) != reconcile.Unavailable {
		t.Errorf("nobody knows whether the target has been filled: %v, want it to be unavailable", err)
	}
	failure = nil
	if _, err := target.Deliver(t.Context(), change(1)); err != nil || asked != 2 || len(bus.Events()) != 0 {
		t.Errorf("%v, asked %d times, %d events; want one more question, and silence", err, asked, len(bus.Events()))
	}
	known := change(2, disabled)
	known.Held.Note = "1 enabled " + directory.NewFingerprint(1, nil).String() + " 2026-05-01T12:00:00Z"
	for _, d := range []reconcile.Delivery{known, removal(3), signUp(4)} {
		if _, err := target.Deliver(t.Context(), d); err != nil {
			t.Fatal(err)
		}
	}
	if asked != 2 {
		t.Errorf("asked %d times, want 2: neither a known user nor a creation is a reason", asked)
	}
	answer = true
	for range 3 {
		if _, err := target.Deliver(t.Context(), change(5)); err != nil {
			t.Fatal(err)
		}
	}
	if asked != 3 {
		t.Errorf("asked %d times, want 3: once filled, it stays so", asked)
	}
}

// TestNature shows what a bus wants of sign-ins.
func TestNature(t *testing.T) {
	for _, tt := range []struct {
		name    string
		options []eventbus.Option
		want    reconcile.SignIns
	}{
		{"by default", nil, reconcile.SignInEvents},
		{"not wanted", []eventbus.Option{eventbus.WithoutSignIns()}, reconcile.NoSignIns},
		{"not wanted, but what they change", []eventbus.Option{eventbus.WithoutSignIns(), eventbus.WithAttributes("email")}, reconcile.SignInHints},
	} {
		got := newBus(nil, full, tt.options...).Nature()
		if diff := cmp.Diff(reconcile.Nature{Claims: true, SignIns: tt.want}, got); diff != "" {
			t.Errorf("%s: -want +got\n%s", tt.name, diff)
		}
	}
}

func TestName(t *testing.T) {
	const arn = "arn:aws:events:us-east-1:111122223333:event-bus/changes"
	target := eventbus.New(nil, arn, cognitotest.ID, full)
	if got := []string{target.Name(), eventbus.TargetName("changes")}; !slices.Equal(got, []string{"bus:" + arn, "bus:changes"}) {
		t.Errorf("got %q", got)
	}
}

// TestDeliveryWithoutAUser shows that a mistake of the engine's announces nobody.
func TestDeliveryWithoutAUser(t *testing.T) {
	bus := eventbustest.New()
	d := change(1)
	d.User = nil
	if _, err := newBus(bus, full).Deliver(t.Context(), d); err == nil || len(bus.Requests()) != 0 {
		t.Errorf("%v, and %d requests; want an error and none", err, len(bus.Requests()))
	}
}
