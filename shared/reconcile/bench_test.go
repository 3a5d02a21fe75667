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

// quiet is a pool of so many pages in which nothing has changed, and what a ledger holds
// of it.
func quiet(pages int, target reconcile.Fingerprinter) (listed, written) {
	pool, ledger := listed{}, written{}
	for u := range cognitotest.New(cognitotest.Users(pages * 60)).All() {
		if len(ledger.entries)%60 == 0 {
			pool.pages = append(pool.pages, nil)
		}
		last := &pool.pages[len(pool.pages)-1]
		*last = append(*last, u)
		ledger.entries = append(ledger.entries, plan.Entry{Sub: u.Sub, Username: u.Username, Fingerprint: target.Fingerprint(u), DeliveredAt: time.Now()})
	}
	return pool, ledger
}

// BenchmarkWalk walks a partition in which nothing has changed, and says what a page of
// 60 users costs in processor time, what of it a further target costs, and beside it the
// least that one could: to be handed its entries, and to compute its fingerprints. Pool
// and ledger take no time: what is measured is the engine, with the fingerprints of
// UserHub.
func BenchmarkWalk(b *testing.B) {
	const pages = 500
	client := userhub.NewClient(nil, "conn_test")
	pool, ledger := quiet(pages, client)
	perPage := func(b *testing.B) float64 {
		page := float64(b.Elapsed().Microseconds()) / float64(b.N) / pages
		b.ReportMetric(page, "µs/page")
		return page
	}
	b.Run("least", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			_ = ledger.Entries(b.Context(), "", func(plan.Entry) error { return nil })
			_ = pool.Walk(b.Context(), "", func(users []directory.User) error {
				for _, u := range users {
					client.Fingerprint(u)
				}
				return nil
			})
		}
		perPage(b)
	})
	one := 0.0
	for _, n := range []int{1, 2, 5} {
		b.Run(fmt.Sprint(n, " targets"), func(b *testing.B) {
			var targets []reconcile.RunTarget
			run := reconcile.Run{Request: reconcile.Request{DryRun: true}, V: reconcile.Version, Lanes: 1}
			for i := range n {
				name := fmt.Sprint(i)
				targets = append(targets, reconcile.RunTarget{Name: name, Ledger: ledger, Fingerprinter: client, Policy: plan.Full})
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
			page := perPage(b)
			if n == 1 {
				one = page
			} else {
				b.ReportMetric((page-one)/float64(n-1), "µs/further")
			}
		})
	}
}
