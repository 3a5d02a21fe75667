package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/poolsync/poolsync/shared/cognito"
	"github.com/poolsync/poolsync/shared/cognito/cognitotest"
	"github.com/poolsync/poolsync/shared/directory"
	"github.com/poolsync/poolsync/shared/plan"
	"github.com/poolsync/poolsync/shared/reconcile"
	"github.com/poolsync/poolsync/shared/userhub"
)

// What UserHub writes is queued with the state that it left, and says who wrote it; a
// write that may have happened says that somebody has to look.
func TestWritesAreReported(t *testing.T) {
	type report struct {
		kind     directory.Kind
		by       string
		gone     bool
		snapshot bool
		enabled  bool
	}
	wrote := report{kind: directory.Changed, by: userhub.ProviderName, snapshot: true, enabled: true}
	disabled := report{kind: directory.Changed, by: userhub.ProviderName, snapshot: true}
	deleted := report{kind: directory.Removed, by: userhub.ProviderName, gone: true}
	look := report{kind: directory.Changed}
	tests := []struct {
		name    string
		removal cognito.Removal
		action  string
		body    string
		fault   func(cognitotest.Call) error
		want    []report
	}{
		{"create", cognito.Delete, "users.create", `{"id":"joe"}`, nil, []report{wrote}},
		{"create disabled", cognito.Delete, "users.create", `{"id":"joe","disabled":true}`, nil, []report{disabled}},
		{"create whose name is taken", cognito.Delete, "users.create", `{"id":"jane"}`, nil, nil},
		{"update", cognito.Delete, "users.update", `{"id":"jane","displayName":"Janet"}`, nil, []report{wrote}},
		{"disable", cognito.Delete, "users.update", `{"id":"jane","disabled":true}`, nil, []report{disabled}},
		{"update of nobody", cognito.Delete, "users.update", `{"id":"jack","displayName":"Jack"}`, nil, nil},
		{"update that fails half-way", cognito.Delete, "users.update", `{"id":"jane","disabled":true,"displayName":"Janet"}`,
			faultIn("AdminUpdateUserAttributes", cognitotest.Internal()), []report{look}},
		{"delete", cognito.Delete, "users.delete", `{"id":"jane"}`, nil, []report{deleted}},
		{"delete of one who is gone meanwhile", cognito.Delete, "users.delete", `{"id":"jane"}`,
			faultIn("AdminDeleteUser", cognitotest.Answer("UserNotFoundException", 400)), []report{deleted}},
		{"delete that may have happened", cognito.Delete, "users.delete", `{"id":"jane"}`, faultIn("AdminDeleteUser", cognitotest.Internal()), []report{look}},
		{"delete that disables", cognito.Disable, "users.delete", `{"id":"jane"}`, nil, []report{disabled}},
		{"reading", cognito.Delete, "users.get", `{"id":"jane"}`, nil, nil},
		{"listing", cognito.Delete, "users.list", `{}`, nil, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(cognitotest.New())
				w.pool.Add("jane", map[string]string{"email": "jane@example.com"})
				w.everything(tt.removal)
				w.pool.Fail(tt.fault)
				call(t, w.handler(), tt.action, tt.body)

				var got []report
				for _, c := range w.queue.changes {
					r := report{kind: c.Kind, by: c.By, gone: c.Gone, snapshot: c.User != nil}
					if c.User != nil {
						r.enabled = c.User.Enabled
						u, _ := w.pool.User(c.Sub)
						if diff := cmp.Diff(u, *c.User, cmpopts.IgnoreFields(directory.User{}, "Modified", "Created")); diff != "" {
							t.Errorf("snapshot: -pool +got\n%s", diff)
						}
					}
					got = append(got, r)
					if err := c.Validate(); err != nil || c.ID == "" || c.Pool != cognitotest.ID || c.Origin != directory.Webhook || !c.ObservedAt.Equal(time.Now()) {
						t.Errorf("queued %+v, %v", c, err)
					}
				}
				if diff := cmp.Diff(tt.want, got, cmp.AllowUnexported(report{})); diff != "" {
					t.Errorf("queued: -want +got\n%s", diff)
				}
			})
		})
	}
}

// later is a queue that notes the delays, or hangs.
type later struct {
	queued
	hangs  bool
	delays []time.Duration
}

func (l *later) SendAfter(ctx context.Context, c directory.Change, delay time.Duration) error {
	if l.hangs {
		<-ctx.Done()
		return ctx.Err()
	}
	l.delays = append(l.delays, delay)
	return l.queued.Send(ctx, c)
}

// UserHub has our answer before it hears elsewhere of what it wrote. It does not hear
// of a deletion, and the ledger should know at once.
func TestAReportWaitsForTheAnswer(t *testing.T) {
	w := newWorld(cognitotest.New())
	w.everything(cognito.Delete)
	q := &later{}
	w.services.queue = q
	h := w.handler()
	call(t, h, "users.create", `{"id":"joe"}`)
	call(t, h, "users.update", `{"id":"joe","disabled":true}`)
	call(t, h, "users.delete", `{"id":"joe"}`)
	if diff := cmp.Diff([]time.Duration{settling, settling, 0}, q.delays); diff != "" || settling < time.Second {
		t.Errorf("delays of the reports: -want +got\n%s", diff)
	}
}

// A report that cannot be queued does not change the answer, and its reason is logged
// without personal data. A report is sent even if the write has used up its time.
func TestAReportChangesNoAnswer(t *testing.T) {
	tests := []struct {
		name    string
		queue   *later
		latency time.Duration // of the pool
		want    string
		queued  int
		within  time.Duration
	}{
		{"queue failing", &later{queued: queued{err: errors.New("no queue")}}, 0, "200", 0, 0},
		{"queue that hangs", &later{hangs: true}, 0, "200", 0, reportTimeout},
		{"pool that hangs in the write", &later{}, 5 * time.Second, "500 UNAVAILABLE", 1, budget},
		{"both", &later{hangs: true}, 5 * time.Second, "500 UNAVAILABLE", 0, budget + reportTimeout},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(cognitotest.New(cognitotest.Latency(tt.latency)))
				w.pool.Add("jane", map[string]string{"email": "jane@example.com"})
				w.everything(cognito.Delete)
				w.services.queue = tt.queue
				began := time.Now()
				got, answer := call(t, w.handler(), "users.delete", `{"id":"jane"}`)
				if took := time.Since(began); got != tt.want || took > tt.within {
					t.Errorf("got %s %s after %v, want %s within %v", got, answer, took, tt.want, tt.within)
				}
				if len(tt.queue.changes) != tt.queued {
					t.Errorf("%d reports, want %d", len(tt.queue.changes), tt.queued)
				}
				if unsaid := strings.Contains(w.logs.String(), "write may not be reported"); unsaid != (tt.queued == 0) {
					t.Errorf("the log says that the write was not reported: %t\n%s", unsaid, w.logs.String())
				}
				leaks(t, "the log", w.logs.String(), "jane")
			})
		})
	}
}

// However many users UserHub deletes, it does not hear of them again, and they do not
// hold the removals of the runs that follow.
func TestUserHubsOwnDeletionsHoldNoRun(t *testing.T) {
	for _, lost := range []string{"", "and the report is lost"} {
		t.Run("7 of 60 "+lost, func(t *testing.T) {
			tenant := newTenant(t, userhub.ByUsername, cognito.Delete)
			var subs []string
			for n := range 60 {
				subs = append(subs, tenant.pool.Add(fmt.Sprintf("user-%02d", n), nil))
			}
			if err := tenant.hub.Setup(t.Context()); err != nil {
				t.Fatal(err)
			}
			for u := range tenant.pool.All() {
				tenant.books.Seed(plan.Entry{Sub: u.Sub, Username: u.Username, Fingerprint: tenant.target.Fingerprint(u), ObservedAt: time.Now(), DeliveredAt: time.Now()})
			}
			heard := len(tenant.hub.Events())

			for n, sub := range subs[:7] {
				if _, err := tenant.hub.Call(t.Context(), "users.delete", fmt.Appendf(nil, `{"id":"user-%02d"}`, n)); err != nil {
					t.Fatal(err)
				}
				if lost != "" { // CloudTrail still has an event
					tenant.queue.changes = append(tenant.queue.changes[:n], directory.Change{
						Kind: directory.Removed, Origin: directory.CloudTrail, By: userhub.ProviderName, Sub: sub, ObservedAt: time.Now(),
					})
				}
			}
			for _, got := range tenant.drain(t) {
				if got != reconcile.Dropped {
					t.Errorf("a deletion: got %s, want it %s", got, reconcile.Dropped)
				}
			}
			for _, name := range []string{"first", "second"} {
				if got := tenant.run(t, name); got.Missing != 0 || got.Removed != 0 {
					t.Errorf("%s run: %d missing and %d removed, want none", name, got.Missing, got.Removed)
				}
			}
			if got := len(tenant.hub.Events()) - heard; got != 0 {
				t.Errorf("UserHub was told %d times of what it did itself", got)
			}
		})
	}
}

// run carries out a full sync that must succeed.
func (t *tenant) run(test *testing.T, name string) reconcile.Summary {
	test.Helper()
	ctx := test.Context()
	run, lanes, err := t.engine.Start(ctx, reconcile.Request{ID: name})
	for i := 0; err == nil && i < len(lanes); i++ {
		lanes[i], err = t.engine.Walk(ctx, run, lanes[i])
	}
	var conclusion reconcile.Conclusion
	if err == nil {
		conclusion, err = t.engine.Conclude(run, lanes)
	}
	for i := 0; err == nil && i < len(conclusion.Sweep); i++ {
		conclusion.Sweep[i], err = t.engine.Sweep(ctx, run, conclusion.Sweep[i])
	}
	var summary reconcile.Summary
	if err == nil {
		summary, err = t.engine.Finish(ctx, run, conclusion, conclusion.Sweep)
	}
	if err != nil {
		test.Fatalf("%s run: %v", name, err)
	}
	return summary
}
