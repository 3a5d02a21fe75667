package reconcile_test

import (
	"context"
	"fmt"
	"log/slog"
	"testing"
	"time"

	"github.com/poolsync/poolsync/shared/cognito/cognitotest"
	"github.com/poolsync/poolsync/shared/directory"
	"github.com/poolsync/poolsync/shared/ledger/ledgertest"
	"github.com/poolsync/poolsync/shared/plan"
	"github.com/poolsync/poolsync/shared/reconcile"
	"github.com/poolsync/poolsync/shared/userhub"
)

// listed is a pool whose pages are at hand.
type listed struct {
	reconcile.Pool
	pages [][]directory.User
}

func (listed) SetRate(float64) {}

func (p listed) Walk(_ context.Context, _ string, page func([]directory.User) error) error {
	for _, users := range p.pages {
		if err := page(users); err != nil {
			return err
		}
	}
	return nil
}

// written is a ledger whose entries are at hand.
type written struct {
	reconcile.RunLedger
	entries []plan.Entry
}

func (w written) Entries(_ context.Context, _ string, each func(plan.Entry) error) error {
	for _, e := range w.entries {
		if err := each(e); err != nil {
			return err
		}
	}
	return nil
}

// BenchmarkWalk walks a partition in which nothing has changed, and says what a page of
// 60 users costs in processor time, and how many times as much as for one target. Pool
// and ledger take none: what is measured is the engine, with the fingerprints of UserHub.
func BenchmarkWalk(b *testing.B) {
	const pages = 500
	pool, client := listed{}, userhub.NewClient(nil, "conn_test")
	var entries []plan.Entry
	for u := range cognitotest.New(cognitotest.Users(pages * 60)).All() {
		if len(entries)%60 == 0 {
			pool.pages = append(pool.pages, nil)
		}
		last := &pool.pages[len(pool.pages)-1]
		*last = append(*last, u)
		entries = append(entries, plan.Entry{Sub: u.Sub, Username: u.Username, Fingerprint: client.Fingerprint(u), DeliveredAt: time.Now()})
	}
	one := 0.0
	for _, n := range []int{1, 2, 5} {
		b.Run(fmt.Sprint(n, " targets"), func(b *testing.B) {
			var targets []reconcile.RunTarget
			run := reconcile.Run{Request: reconcile.Request{DryRun: true}, V: reconcile.Version, Lanes: 1}
			for i := range n {
				name := fmt.Sprint(i)
				targets = append(targets, reconcile.RunTarget{Name: name, Ledger: written{entries: entries}, Fingerprinter: client, Policy: plan.Full})
				run.Parts = append(run.Parts, reconcile.Part{Name: name})
			}
			engine := reconcile.NewEngine(pool, ledgertest.New().Lease(), targets, reconcile.Settings{}, slog.New(slog.DiscardHandler))
			b.ReportAllocs()
			for b.Loop() {
				lane, err := engine.Walk(b.Context(), run, reconcile.Lane{Size: 1, End: 1, Shares: make([]reconcile.Share, n)})
				if err != nil || lane.Shares[n-1].Walked != pages*60 || lane.Shares[n-1].New != 0 {
					b.Fatalf("%+v, %v", lane.Shares[n-1], err)
				}
			}
			page := float64(b.Elapsed()) / float64(b.N) / pages
			if n == 1 {
				one = page
			}
			b.ReportMetric(page/1000, "µs/page")
			b.ReportMetric(page/one, "of-one")
		})
	}
}
