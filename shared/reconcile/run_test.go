package reconcile_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/poolsync/poolsync/shared/cognito/cognitotest"
	"github.com/poolsync/poolsync/shared/directory"
	"github.com/poolsync/poolsync/shared/ledger/ledgertest"
	"github.com/poolsync/poolsync/shared/plan"
	"github.com/poolsync/poolsync/shared/reconcile"
)

// bubble runs a test on a clock of its own: waiting for a rate, a back-off or a
// lease takes no time.
func bubble(t *testing.T, name string, test func(*testing.T)) {
	t.Run(name, func(t *testing.T) { synctest.Test(t, test) })
}

// sizes are pools that are walked as 1 and as 16 partitions.
var sizes = []struct {
	name     string
	estimate int
}{{"one partition", 300}, {"sixteen partitions", 3000}}

func TestRunRepairsEverything(t *testing.T) {
	for _, size := range sizes {
		bubble(t, size.name, func(t *testing.T) {
			pool := cognitotest.New(cognitotest.Users(300), cognitotest.Estimate(size.estimate))
			w := newWorld(t, pool)
			w.sync(reconcile.Request{ID: "first"})
			w.agree("after the first run")

			subs := w.subs()
			pool.Edit(subs[0], func(u *directory.User) { u.Attributes["email"] = "new@example.com" })
			pool.Edit(subs[70], func(u *directory.User) { u.Enabled = false })
			pool.Edit(subs[299], func(u *directory.User) { delete(u.Attributes, "email") })
			pool.Edit(subs[150], func(u *directory.User) { u.Attributes["custom:shoe"] = "43" }) // the target is not sent it
			pool.Add("newcomer", map[string]string{"email": "n@example.com"})
			pool.AddFederated("Google", "1098765", map[string]string{"email": "g@example.com"})
			gone, _ := pool.User(subs[5])
			pool.Delete(subs[5])
			pool.Delete(subs[200])
			pool.Add(gone.Username, map[string]string{"email": "again@example.com"}) // the same name, another user

			renamed, err := w.ledger.Entry(t.Context(), subs[90])
			if err != nil {
				t.Fatal(err)
			}
			renamed.Username, renamed.Fingerprint = "former", directory.Fingerprint{}
			w.ledger.Seed(renamed)

			got := w.sync(reconcile.Request{ID: "second"})
			w.agree("after edits, creates, disables and deletes")
			want := reconcile.Counts{
				Tally: plan.Tally{Known: 300, Walked: 301, Missing: 2}, New: 3, Changed: 3, Renamed: 1, Removed: 2,
			}
			if diff := cmp.Diff(want, got.Counts); diff != "" {
				t.Errorf("counts of the second run: -want +got\n%s", diff)
			}
		})
	}
}

// TestRunThatFindsNothing counts what a run costs when pool and target agree.
func TestRunThatFindsNothing(t *testing.T) {
	for _, size := range sizes {
		bubble(t, size.name, func(t *testing.T) {
			const users = 1000
			w := newWorld(t, cognitotest.New(cognitotest.Users(users), cognitotest.Estimate(size.estimate)))
			w.sync(reconcile.Request{ID: "first"})

			w.pool.ResetCalls()
			told, wrote, swept := len(w.told), w.ledger.Writes(), w.ledger.Calls(ledgertest.Candidates)
			got := w.sync(reconcile.Request{ID: "second"})
			if got := len(w.told) - told; got != 0 {
				t.Errorf("%d target calls, want none", got)
			}
			if got := w.ledger.Writes() - wrote; got != 0 {
				t.Errorf("%d ledger writes, want none", got)
			}
			if got := w.ledger.Calls(ledgertest.Candidates) - swept; got != 0 {
				t.Errorf("%d partitions swept, want none", got)
			}
			partitions := 1
			if size.estimate > 2000 {
				partitions = 16
			}
			counts := w.counts()
			if got, most := counts["ListUsers"], (users+59)/60+partitions; got > most {
				t.Errorf("%d ListUsers calls, want at most %d", got, most)
			}
			delete(counts, "ListUsers")
			if diff := cmp.Diff(map[string]int{"DescribeUserPool": 1}, counts); diff != "" {
				t.Errorf("other calls to the pool: -want +got\n%s", diff)
			}
			if want := (reconcile.Counts{Tally: plan.Tally{Known: users, Walked: users}}); got.Counts != want {
				t.Errorf("counts = %+v, want %+v", got.Counts, want)
			}
			if took := time.Since(got.StartedAt).Seconds(); got.Seconds == 0 || got.Seconds != took {
				t.Errorf("the run says that it took %v s, want %v", got.Seconds, took)
			}
		})
	}
}

// TestNothingIsRemovedWithoutProof goes through all that makes a user look absent.
func TestNothingIsRemovedWithoutProof(t *testing.T) {
	for _, tt := range []struct {
		name    string
		arrange func(w *world, subs []string)
		request reconcile.Request
		held    string // what the run says of removals
		want    reconcile.Counts
	}{
		{
			name:    "the listing lags behind",
			arrange: func(w *world, subs []string) { w.pool.Hide(subs[3]) },
			want:    reconcile.Counts{Tally: plan.Tally{Known: 200, Walked: 199, Missing: 1}, Present: 1},
		},
		{
			name: "the pool is empty",
			arrange: func(w *world, subs []string) {
				for _, sub := range subs {
					w.pool.Hide(sub)
				}
			},
			request: reconcile.Request{AllowRemovals: true},
			held:    "removals held: 200 of 200 users (100.0 %) would go because the pool listed nobody",
			want:    reconcile.Counts{Tally: plan.Tally{Known: 200, Missing: 200}},
		},
		{
			name: "too many are missing",
			arrange: func(w *world, subs []string) {
				for _, sub := range subs[:30] {
					w.pool.Delete(sub)
				}
				w.pool.Edit(subs[100], func(u *directory.User) { u.Attributes["name"] = "New Name" })
			},
			held: "removals held: 30 of 200 users (15.0 %) exceed the limit of 10 %",
			want: reconcile.Counts{Tally: plan.Tally{Known: 200, Walked: 170, Missing: 30}, Changed: 1},
		},
		{
			name: "the policy keeps everybody, however many are missing",
			arrange: func(w *world, subs []string) {
				w.settings.Policy = plan.UpsertOnly
				for _, sub := range subs[:30] {
					w.pool.Delete(sub)
				}
			},
			want: reconcile.Counts{Tally: plan.Tally{Known: 200, Walked: 170, Missing: 30}},
		},
		{
			name: "the proof cannot be had",
			arrange: func(w *world, subs []string) {
				w.pool.Delete(subs[3])
				w.fault = func(_ int, call string) (error, bool) {
					if call == "pool.AdminGetUser" {
						return cognitotest.Denied(), false
					}
					return nil, false
				}
			},
			want: reconcile.Counts{Tally: plan.Tally{Known: 200, Walked: 199, Missing: 1}, Doubtful: 1},
		},
	} {
		for _, size := range sizes {
			bubble(t, tt.name+", "+size.name, func(t *testing.T) {
				w := newWorld(t, cognitotest.New(cognitotest.Users(200), cognitotest.Estimate(size.estimate)))
				w.sync(reconcile.Request{ID: "first"})
				before := len(w.held)
				tt.arrange(w, w.subs())
				tt.request.ID = "second"
				got, err := w.run(tt.request)
				if err != nil {
					t.Fatal(err)
				}
				w.drain()
				if got.Held != tt.held {
					t.Errorf("held = %q, want %q", got.Held, tt.held)
				}
				if diff := cmp.Diff(tt.want, got.Counts); diff != "" {
					t.Errorf("counts: -want +got\n%s", diff)
				}
				if len(w.held) != before {
					t.Errorf("the target holds %d users, want %d", len(w.held), before)
				}
				if _, last, _ := w.ledger.LastSuccess(t.Context()); (got.Held == "") != last.Equal(got.StartedAt) {
					t.Errorf("last success %v of a run that began %v and held %q", last, got.StartedAt, got.Held)
				}
			})
		}
	}
}

func TestHeldRemovalsAndTheirOverride(t *testing.T) {
	for _, size := range sizes {
		bubble(t, size.name, func(t *testing.T) {
			w := newWorld(t, cognitotest.New(cognitotest.Users(1500), cognitotest.Estimate(size.estimate)))
			w.settings.MaxBacklog = 2000
			w.sync(reconcile.Request{ID: "first"})
			for _, sub := range w.subs()[:700] {
				w.pool.Delete(sub)
			}
			w.pool.Add("newcomer", nil)
			got := w.sync(reconcile.Request{ID: "second"})
			if want := "removals held: 700 of 1,500 users (46.7 %) exceed the limit of 500 users"; got.Held != want {
				t.Errorf("held = %q, want %q", got.Held, want)
			}
			if n := w.ledger.Calls(ledgertest.MarkAbsent); size.estimate < 2000 && n != 0 {
				t.Errorf("%d users marked one by one who cannot be removed, want none", n)
			}
			if len(w.held) != 1501 {
				t.Errorf("the target holds %d users, want all 1500 and the newcomer", len(w.held))
			}
			got = w.sync(reconcile.Request{ID: "third", AllowRemovals: true})
			if got.Held != "" || got.Removed != 700 {
				t.Errorf("held %q and removed %d, want the 700 removed", got.Held, got.Removed)
			}
			w.agree("after the override")
		})
	}
}

func TestDryRunWritesNothing(t *testing.T) {
	bubble(t, "dry run", func(t *testing.T) {
		w := newWorld(t, cognitotest.New(cognitotest.Users(200), cognitotest.Estimate(3000)))
		w.sync(reconcile.Request{ID: "first"})
		subs := w.subs()
		w.pool.Delete(subs[3])
		w.pool.Edit(subs[4], func(u *directory.User) { u.Attributes["name"] = "New Name" })
		calls := w.ledger.Calls(ledgertest.Acquire, ledgertest.Renew, ledgertest.Release, ledgertest.RecordSuccess)
		writes := w.ledger.Writes()
		got := w.sync(reconcile.Request{ID: "second", DryRun: true})
		if err := w.engine().Abandon(t.Context(), reconcile.Run{Request: got.Request}); err != nil {
			t.Fatal(err)
		}
		if n := w.ledger.Writes() - writes; n != 0 {
			t.Errorf("%d ledger writes, want none", n)
		}
		if n := w.ledger.Calls(ledgertest.Acquire, ledgertest.Renew, ledgertest.Release, ledgertest.RecordSuccess) - calls; n != 0 {
			t.Errorf("%d writes to lease and success, want none", n)
		}
		if len(w.queued) != 0 {
			t.Errorf("queued %v, want nothing", w.queued)
		}
		want := reconcile.Counts{Tally: plan.Tally{Known: 200, Walked: 199, Missing: 1}, Changed: 1}
		if diff := cmp.Diff(want, got.Counts); diff != "" {
			t.Errorf("counts: -want +got\n%s", diff)
		}
		sample := map[reconcile.Finding]bool{{Sub: subs[3], Decision: "missing"}: true, {Sub: subs[4], Decision: "changed"}: true}
		if len(got.Sample) != 2 || !sample[got.Sample[0]] || !sample[got.Sample[1]] {
			t.Errorf("sample = %v, want %v", got.Sample, sample)
		}
	})
}

// TestCountsAdd shows that no count is lost between the lanes of a run.
func TestCountsAdd(t *testing.T) {
	lane := reconcile.Counts{
		Tally: plan.Tally{Known: 1, Walked: 2, Missing: 3}, New: 4, Changed: 5, Renamed: 6,
		Rejected: 7, Retried: 8, Present: 9, Doubtful: 10, Removed: 11,
	}
	want := reconcile.Counts{
		Tally: plan.Tally{Known: 2, Walked: 4, Missing: 6}, New: 8, Changed: 10, Renamed: 12,
		Rejected: 14, Retried: 16, Present: 18, Doubtful: 20, Removed: 22,
	}
	if diff := cmp.Diff(want, lane.Add(lane)); diff != "" {
		t.Errorf("Add: -want +got\n%s", diff)
	}
}

// TestSampleIsBounded shows that a dry run over a stranger's pool stays readable, and
// small enough for the state machine to carry.
func TestSampleIsBounded(t *testing.T) {
	for _, size := range sizes {
		bubble(t, size.name, func(t *testing.T) {
			w := newWorld(t, cognitotest.New(cognitotest.Users(300), cognitotest.Estimate(size.estimate)))
			if got := w.sync(reconcile.Request{ID: "first", DryRun: true}); got.New != 300 || len(got.Sample) != 10 {
				t.Errorf("%d new users, %d of them in the sample; want 300 and 10", got.New, len(got.Sample))
			}
		})
	}
}

func TestTwoRunsAtOnce(t *testing.T) {
	bubble(t, "lease", func(t *testing.T) {
		w := newWorld(t, cognitotest.New(cognitotest.Users(10)))
		first, _, err := w.engine().Start(t.Context(), reconcile.Request{ID: "first"})
		if err != nil {
			t.Fatal(err)
		}
		_, err = w.run(reconcile.Request{ID: "second"})
		if !errors.Is(err, reconcile.ErrNotStarted) || !strings.Contains(err.Error(), "first") {
			t.Errorf("second run: %v, want ErrNotStarted that names the first", err)
		}
		if err := w.engine().Abandon(t.Context(), first); err != nil {
			t.Fatal(err)
		}
		w.sync(reconcile.Request{ID: "third"})

		if _, _, err := w.engine().Start(t.Context(), reconcile.Request{ID: "dies"}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(21 * time.Minute) // the test's own clock
		w.sync(reconcile.Request{ID: "after the dead"})
		w.agree("after a run that died")
	})
}

// TestWalkFails shows that a partition of which any call failed is not skipped, and
// marks nobody.
func TestWalkFails(t *testing.T) {
	failures := []string{
		"ledger.Renew", "ledger.Entries", "pool.ListUsers", "pool.ListUsersInGroup", "queue.SendAll", "ledger.Forget", "ledger.MarkAbsent",
	}
	for _, failing := range failures {
		bubble(t, failing, func(t *testing.T) {
			w := newWorld(t, cognitotest.New(cognitotest.Users(40)))
			subs := w.subs()
			if failing == "pool.ListUsersInGroup" {
				w.settings.Groups = []string{"staff"}
				w.join("staff", subs...)
			}
			w.refuses[subs[2]] = true
			w.sync(reconcile.Request{ID: "first"})
			w.pool.Edit(subs[0], func(u *directory.User) { u.Attributes["name"] = "New Name" })
			w.pool.Delete(subs[1])
			w.pool.Delete(subs[2])
			run, lanes, err := w.engine().Start(t.Context(), reconcile.Request{ID: "second"})
			if err != nil {
				t.Fatal(err)
			}
			w.fault = failCall(failing)
			got, err := w.engine().Walk(t.Context(), run, lanes[0])
			if err == nil {
				t.Error("Walk error = nil, want the failure")
			}
			if diff := cmp.Diff(lanes[0], got); diff != "" {
				t.Errorf("the lane goes on: -before +after\n%s", diff)
			}
			err = w.ledger.Candidates(t.Context(), "", run.ID, func(e plan.Entry) error { return errors.New(e.Sub) })
			if err != nil {
				t.Errorf("%v is marked as absent", err)
			}
		})
	}
	bubble(t, "after the first partition", func(t *testing.T) {
		w := newWorld(t, cognitotest.New(cognitotest.Users(40), cognitotest.Estimate(3000)))
		run, lanes, err := w.engine().Start(t.Context(), reconcile.Request{ID: "first"})
		if err != nil {
			t.Fatal(err)
		}
		read := 0
		w.fault = func(_ int, call string) (error, bool) {
			if call == "ledger.Entries" {
				read++
			}
			if read > 1 {
				return errors.New("down"), false
			}
			return nil, false
		}
		got, err := w.engine().Walk(t.Context(), run, lanes[0])
		if err != nil || got.Next != lanes[0].Next+1 || got.Done {
			t.Errorf("Walk = %+v, %v; want the first partition walked and the others left", got, err)
		}
	})
}

// TestRunThatLostItsLeaseStops shows that a run which was taken for dead, and is not,
// does no more beside the next one.
func TestRunThatLostItsLeaseStops(t *testing.T) {
	bubble(t, "lost lease", func(t *testing.T) {
		w := newWorld(t, cognitotest.New(cognitotest.Users(10)))
		first, lanes, err := w.engine().Start(t.Context(), reconcile.Request{ID: "first"})
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(21 * time.Minute) // the test's own clock
		if _, _, err := w.engine().Start(t.Context(), reconcile.Request{ID: "second"}); err != nil {
			t.Fatal(err)
		}
		if _, err := w.engine().Walk(t.Context(), first, lanes[0]); !errors.Is(err, reconcile.ErrLeaseLost) {
			t.Errorf("Walk error = %v, want ErrLeaseLost", err)
		}
		sweep := reconcile.Lane{Size: 1, End: 2, Shares: []reconcile.Share{{AbsentIn: []byte{1}}}}
		if _, err := w.engine().Sweep(t.Context(), first, sweep); !errors.Is(err, reconcile.ErrLeaseLost) {
			t.Errorf("Sweep error = %v, want ErrLeaseLost", err)
		}
		if len(w.queued) != 0 {
			t.Errorf("queued %v without the lease, want nothing", w.queued)
		}
	})
}

func TestBacklogKeepsARunFromStarting(t *testing.T) {
	bubble(t, "backlog", func(t *testing.T) {
		w := newWorld(t, cognitotest.New(cognitotest.Users(200)))
		w.settings.MaxBacklog = 199
		if _, err := w.run(reconcile.Request{ID: "first"}); err != nil {
			t.Fatal(err)
		}
		_, err := w.run(reconcile.Request{ID: "second"})
		if !errors.Is(err, reconcile.ErrNotStarted) || !strings.Contains(err.Error(), "200 changes still wait") {
			t.Errorf("second run: %v, want ErrNotStarted with the number of changes", err)
		}
		w.settings.MaxBacklog = 200
		third, _, err := w.engine().Start(t.Context(), reconcile.Request{ID: "third"})
		if err != nil {
			t.Fatalf("as many changes as may wait kept a run from starting: %v", err)
		}
		if err := w.engine().Abandon(t.Context(), third); err != nil {
			t.Fatal(err)
		}
		w.drain()
		w.sync(reconcile.Request{ID: "fourth"})
		w.agree("after the backlog was gone")
	})
}

// TestStartFails shows that a run which cannot be prepared fails, rather than end
// well having walked nothing, and leaves the lease to the next.
func TestStartFails(t *testing.T) {
	for _, failing := range []string{"queue.Backlog", "ledger.Acquire", "pool.DescribeUserPool"} {
		bubble(t, failing, func(t *testing.T) {
			w := newWorld(t, cognitotest.New(cognitotest.Users(200)))
			w.fault = failCall(failing)
			_, _, err := w.engine().Start(t.Context(), reconcile.Request{ID: "first"})
			if err == nil || errors.Is(err, reconcile.ErrNotStarted) {
				t.Errorf("Start error = %v, want the failure", err)
			}
			w.sync(reconcile.Request{ID: "second"})
			w.agree("after the next run")
		})
	}
}

// TestFinishFails shows that a run whose end cannot be recorded is not at its end: the
// step is made again.
func TestFinishFails(t *testing.T) {
	for _, failing := range []string{"ledger.RecordSuccess", "ledger.Release"} {
		bubble(t, failing, func(t *testing.T) {
			w := newWorld(t, cognitotest.New())
			run, _, err := w.engine().Start(t.Context(), reconcile.Request{ID: "first"})
			if err != nil {
				t.Fatal(err)
			}
			w.fault = failCall(failing)
			if _, err := w.engine().Finish(t.Context(), run, reconcile.Conclusion{Results: make([]reconcile.Result, 1)}, nil); err == nil {
				t.Error("Finish error = nil, want the failure")
			}
		})
	}
}

func TestRejectedUsers(t *testing.T) {
	bubble(t, "rejected", func(t *testing.T) {
		w := newWorld(t, cognitotest.New(cognitotest.Users(50)))
		bad := w.subs()[7]
		w.refuses[bad] = true
		w.sync(reconcile.Request{ID: "first"})
		if len(w.held) != 49 {
			t.Fatalf("the target holds %d users, want 49: one bad record stops nothing", len(w.held))
		}
		entry, err := w.ledger.Entry(t.Context(), bad)
		if err != nil || !strings.Contains(entry.Rejected, "because") {
			t.Errorf("ledger entry %+v, %v; want the target's reason", entry, err)
		}
		told := len(w.told)
		if got := w.sync(reconcile.Request{ID: "second"}); got.Rejected != 1 || len(w.told) != told {
			t.Errorf("second run: %d skipped and %d target calls, want 1 and none", got.Rejected, len(w.told)-told)
		}
		if got := w.sync(reconcile.Request{ID: "third", RetryRejected: true}); got.Retried != 1 || len(w.told) != told+1 {
			t.Errorf("told to retry: %d retried and %d target calls, want 1 and 1", got.Retried, len(w.told)-told)
		}
		w.pool.Edit(bad, func(u *directory.User) { u.Attributes["name"] = "Better Name" })
		delete(w.refuses, bad)
		w.sync(reconcile.Request{ID: "fourth"})
		w.agree("after the user changed")

		// One who was only ever refused leaves no trace, and nothing to remove.
		w.refuses[w.pool.Add("refused", nil)] = true
		w.sync(reconcile.Request{ID: "fifth"})
		for sub := range w.refuses {
			w.pool.Delete(sub)
		}
		if got := w.sync(reconcile.Request{ID: "sixth"}); got.Removed != 0 || got.Missing != 0 {
			t.Errorf("sixth run: %d missing and %d removed, want none", got.Missing, got.Removed)
		}
		w.agree("after the refused user went")
	})
}

func TestGroupScope(t *testing.T) {
	bubble(t, "groups", func(t *testing.T) {
		w := newWorld(t, cognitotest.New(cognitotest.Users(300), cognitotest.Estimate(3000)))
		w.settings.Groups = []string{"staff", "beta"}
		subs := w.subs()
		w.join("staff", subs[:150]...)
		w.join("beta", subs[100:200]...)
		got := w.sync(reconcile.Request{ID: "first"})
		if got.Walked != 200 || len(w.held) != 200 || len(w.told) != 200 {
			t.Fatalf("walked %d, told %d and held %d users, want the 200 members once each", got.Walked, len(w.told), len(w.held))
		}
		w.pool.ResetCalls()
		w.leave(subs[0])
		w.pool.RemoveFromGroup("staff", subs[120]) // still in the other group
		got = w.sync(reconcile.Request{ID: "second"})
		if _, there := w.held[subs[0]]; there || len(w.held) != 199 || got.Removed != 1 {
			t.Errorf("removed %d, the target holds %d users; want the one who left gone", got.Removed, len(w.held))
		}
		if n := w.counts()["AdminGetUser"]; n != 0 {
			t.Errorf("%d AdminGetUser calls make users billable who only left a group, want none", n)
		}
		w.join("beta", subs[0])
		w.sync(reconcile.Request{ID: "third"})
		if _, there := w.held[subs[0]]; !there {
			t.Error("who came back to a group is not back at the target")
		}
	})
}

func TestPoolThatRefusesToBeSplit(t *testing.T) {
	for name, option := range map[string]cognitotest.Option{"refused": cognitotest.RefusePrefix(), "ignored": cognitotest.IgnorePrefix()} {
		bubble(t, name, func(t *testing.T) {
			w := newWorld(t, cognitotest.New(cognitotest.Users(300), cognitotest.Estimate(1_000_000), option))
			w.sync(reconcile.Request{ID: "first"})
			w.agree("after a run over a pool that cannot be split")
		})
	}
}

// TestLanes shows how pools are split, and that every partition is walked once.
func TestLanes(t *testing.T) {
	for _, tt := range []struct {
		users         int
		rate          float64
		digits, lanes int
	}{
		{0, 10, 0, 1}, {2_000, 10, 0, 1}, {2_001, 10, 1, 4}, {1_440_000, 10, 1, 4}, {1_440_001, 10, 3, 4},
		{1_080_000, 30, 1, 16}, {1_080_001, 30, 3, 16}, {288_000, 0.5, 1, 1}, {288_001, 0.5, 3, 1},
		{100_000, 1, 1, 1}, {100_000, 2.5, 1, 1}, {100_000, 3, 1, 2}, {100_000, 20, 1, 8}, {100_000, 30, 1, 16}, {10_000_000, 100, 3, 16},
	} {
		bubble(t, fmt.Sprintf("%d users at %v", tt.users, tt.rate), func(t *testing.T) {
			w := newWorld(t, cognitotest.New(cognitotest.Users(tt.users)))
			w.settings.Rate = tt.rate
			_, lanes, err := w.engine().Start(t.Context(), reconcile.Request{ID: "r"})
			if err != nil {
				t.Fatal(err)
			}
			next, rate := 0, 0.0
			for _, lane := range lanes {
				if lane.Next != next || lane.Digits != tt.digits {
					t.Errorf("lane %d begins at %d with %d digits, want %d with %d", lane.Number, lane.Next, lane.Digits, next, tt.digits)
				}
				next, rate = lane.End, rate+lane.Rate
			}
			if len(lanes) != tt.lanes || next != 1<<(4*tt.digits) || rate != tt.rate {
				t.Errorf("%d lanes up to partition %d at %v requests/s, want %d up to %d at %v", len(lanes), next, rate, tt.lanes, 1<<(4*tt.digits), tt.rate)
			}
		})
	}
}
