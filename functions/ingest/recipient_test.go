package main

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/poolsync/poolsync/shared/cognito/cognitotest"
	"github.com/poolsync/poolsync/shared/directory"
	"github.com/poolsync/poolsync/shared/ledger/ledgertest"
	"github.com/poolsync/poolsync/shared/plan"
	"github.com/poolsync/poolsync/shared/queue"
	"github.com/poolsync/poolsync/shared/targets"
)

// other is a second target: its part of the ledger, and its queue.
type other struct {
	*ledgertest.Memory
	queued         []directory.Change
	ledger, broken error // of the ledger, and of the queue
}

func (o *other) SendAll(_ context.Context, changes []directory.Change) error {
	if o.broken == nil {
		o.queued = append(o.queued, changes...)
	}
	return o.broken
}

func (o *other) Entry(ctx context.Context, sub string) (plan.Entry, error) {
	if o.ledger != nil {
		return plan.Entry{}, o.ledger
	}
	return o.Memory.Entry(ctx, sub)
}

func (o *other) MarkLeaving(ctx context.Context, sub string, at time.Time) error {
	if o.ledger != nil {
		return o.ledger
	}
	return o.Memory.MarkLeaving(ctx, sub, at)
}

// TestTwoTargets shows that one look serves both, and that what befalls one keeps nothing
// from the other.
func TestTwoTargets(t *testing.T) {
	away := errors.New("away")
	for _, tt := range []struct {
		name          string
		event         string
		act           func(w *world, o *other, sub string)
		first, second int // changes queued
		kept          int
		postponed     int
		looks         int
	}{
		{name: "both", event: "AdminDisableUser", first: 1, second: 1, looks: 1},
		{name: "one queue is away", event: "AdminDisableUser", act: func(_ *world, o *other, _ string) { o.broken = away }, first: 1, kept: 1, looks: 1},
		{name: "the other queue is away", event: "AdminDisableUser", act: func(w *world, _ *other, _ string) { w.broken = away }, second: 1, kept: 1, looks: 1},
		{name: "one ledger is away", event: "AdminDisableUser", act: func(_ *world, o *other, _ string) { o.ledger = away }, first: 1, second: 1, looks: 1},
		{name: "a user whom only the other knows, deleted", event: "AdminDeleteUser", act: func(w *world, o *other, sub string) {
			o.hold(w, sub)
			w.pool.Delete(sub)
		}, first: 1, second: 1},
		{name: "deleted, while the ledger of one is away", event: "AdminDeleteUser", act: func(w *world, o *other, sub string) {
			w.confirm(sub)
			w.pool.Delete(sub)
			o.ledger = away
		}, first: 1, second: 1, postponed: 1},
		{name: "deleted, while the ledger is away that may know them", event: "AdminDeleteUser", act: func(w *world, o *other, sub string) {
			w.pool.Delete(sub)
			o.ledger = away
		}, postponed: 1, looks: 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w, o := newWorld(t), &other{Memory: ledgertest.New()}
				w.targets = append(w.targets, recipient{"bus:other", o, o})
				sub := w.pool.Add("jane", map[string]string{"email": "jane@example.com"})
				if tt.act != nil {
					tt.act(w, o, sub)
				}
				body := strings.ReplaceAll(w.fixture(tt.event, sub), "1example23456789", "ours")
				time.Sleep(time.Second)
				kept := w.handle(body)
				if len(w.queued) != tt.first || len(o.queued) != tt.second || len(kept) != tt.kept || len(w.postponed) != tt.postponed {
					t.Errorf("queued %d and %d, kept %d, postponed %d; want %d, %d, %d and %d",
						len(w.queued), len(o.queued), len(kept), len(w.postponed), tt.first, tt.second, tt.kept, tt.postponed)
				}
				if got := w.pool.Calls("ListUsers"); got != tt.looks {
					t.Errorf("%d looks into the pool, want %d", got, tt.looks)
				}
			})
		})
	}
}

// hold has the other target hold a user as the pool does.
func (o *other) hold(w *world, sub string) {
	u, _ := w.pool.User(sub)
	if err := o.Confirm(w.t.Context(), plan.Entry{
		Sub: sub, Username: u.Username, ObservedAt: time.Now(), DeliveredAt: time.Now(), Fingerprint: directory.Fingerprint{1},
	}); err != nil {
		w.t.Fatal(err)
	}
}

// TestRemovalIsNotedWithEachTarget shows that each target's own ledger says that a user is
// on the way out, of those that hold the user.
func TestRemovalIsNotedWithEachTarget(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, o := newWorld(t), &other{Memory: ledgertest.New()}
		w.targets = append(w.targets, recipient{"bus:other", o, o})
		sub := w.pool.Add("jane", nil)
		w.confirm(sub)
		o.hold(w, sub)
		w.pool.Delete(sub)
		time.Sleep(time.Second)
		w.handle(w.fixture("AdminDeleteUser", sub))
		for name, books := range map[string]entries{"the first": w.targets[0].ledger, "the second": o} {
			if e, err := books.Entry(t.Context(), sub); err != nil || e.LeavingAt.IsZero() {
				t.Errorf("%s target's ledger holds %+v, %v; want the mark", name, e, err)
			}
		}
	})
}

// TestSecondLookIsForOne shows that what one target wants to see again is no news to the
// other.
func TestSecondLookIsForOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, o := newWorld(t), &other{Memory: ledgertest.New()}
		w.targets = append(w.targets, recipient{"bus:other", o, o})
		sub := w.pool.Add("jane", nil)
		written := time.Now()
		time.Sleep(time.Minute)
		body, err := queue.Encode(directory.Change{
			ID: "c", Kind: directory.Changed, Sub: sub, Origin: directory.CloudTrail, Pool: cognitotest.ID,
			ObservedAt: written, WrittenAt: written, Again: "bus:other",
		})
		if err != nil {
			t.Fatal(err)
		}
		w.handle(string(body))
		if len(w.queued) != 0 || len(o.queued) != 1 {
			t.Errorf("queued %d and %d, want it for the second target alone", len(w.queued), len(o.queued))
		}
	})
}

func TestDestinations(t *testing.T) {
	var got targets.List[destination]
	if err := got.UnmarshalText([]byte(`[{"name":"bus:a","queueUrl":"https://sqs.example.com/1/a"}]`)); err != nil || len(got) != 1 || got[0].Title() != "bus:a" {
		t.Errorf("got %+v, %v", got, err)
	}
	for in, want := range map[string]string{`[{"name":"a"}]`: "lacks queueUrl", `[{"name":"a","queueUrl":"a"}]`: "queueUrl: not an absolute"} {
		if err := got.UnmarshalText([]byte(in)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", in, err, want)
		}
	}
}
