package main

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/poolsync/poolsync/infra/local/bench/fullrun"
	"github.com/poolsync/poolsync/infra/local/bench/table"
)

// scaleRate is the whole quota, which walks a large pool fastest.
const scaleRate = 30

// measured is one run over a pool.
type measured struct {
	fullrun.Result
	cpu time.Duration
}

// perUser returns the processor time per user.
func (m measured) perUser() time.Duration { return m.cpu / time.Duration(m.Walked) }

// pair is the two runs that are measured over one pool.
type pair struct{ first, nothing measured }

// measureScale measures runs over pools of three sizes: the first run, and one that
// finds nothing to do.
func measureScale(ctx context.Context, l *lab) ([]table.Row, error) {
	command, err := l.compileRun(ctx)
	if err != nil {
		return nil, err
	}
	var (
		rows []table.Row
		all  []pair
	)
	for _, users := range []int{100_000, 1_000_000, 10_000_000} {
		l.say("%d users", users)
		first, err := repeated(ctx, command, fullrun.Case{Users: users, Rate: scaleRate, First: true})
		if err != nil {
			return nil, err
		}
		nothing, err := repeated(ctx, command, fullrun.Case{Users: users, Rate: scaleRate})
		if err != nil {
			return nil, err
		}
		all = append(all, pair{first, nothing})
		rows = append(rows, scaleRows(nothing, first)...)
		memory, err := memoryRows(ctx, l, users, nothing.Digits)
		if err != nil {
			return nil, err
		}
		rows = append(rows, memory...)
	}
	return append(rows, flatRows(all[len(all)-1], all[0])...), nil
}

// flat is how much more a user may cost in the largest pool than in the smallest, as a
// factor.
const flat = 1.2

// flatRows compares the cost of one user in a large pool and in a small one.
func flatRows(large, small pair) []table.Row {
	return []table.Row{
		table.Title(table.Count(large.first.Walked).String()+" users", table.Count(small.first.Walked).String()),
		{
			Metric:   "CPU per user, no changes",
			Poolsync: table.Microseconds(large.nothing.perUser()), Other: table.Microseconds(small.nothing.perUser()),
			Limit: table.RatioAtMost(flat),
		},
		{
			Metric:   "CPU per user, first run",
			Poolsync: table.Microseconds(large.first.perUser()), Other: table.Microseconds(small.first.perUser()),
			Limit: table.RatioAtMost(flat),
		},
		{
			Metric:   "pool calls per 1,000 users",
			Poolsync: table.Number(large.nothing.per1000(large.nothing.PoolCalls)), Other: table.Number(small.nothing.per1000(small.nothing.PoolCalls)),
			Limit: table.RatioAtMost(flat),
		},
	}
}

func (m measured) per1000(calls int) float64 { return 1000 * float64(calls) / float64(m.Walked) }

// repeated carries out a run over a small pool three times, and keeps the one with the
// median processor time: such a run is short, so anything can disturb it.
func repeated(ctx context.Context, command fullrun.Command, c fullrun.Case) (measured, error) {
	times := 1
	if c.Users < 1_000_000 {
		times = 3
	}
	runs := make([]measured, times)
	for i := range runs {
		var err error
		if runs[i], err = inShares(ctx, command, c); err != nil {
			return measured{}, err
		}
	}
	slices.SortFunc(runs, func(a, b measured) int { return cmp.Compare(a.cpu, b.cpu) })
	return runs[times/2], nil
}

// inShares carries out a run in two processes at once, one for each core.
func inShares(ctx context.Context, command fullrun.Command, c fullrun.Case) (measured, error) {
	c.Of = 2
	var shares [2]measured
	group, ctx := errgroup.WithContext(ctx)
	for i := range shares {
		group.Go(func() (err error) {
			share := c
			share.Share = i
			shares[i].Result, shares[i].cpu, err = command.Measure(ctx, share)
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return measured{}, err
	}
	sum := measured{shares[0].Add(shares[1].Result), shares[0].cpu + shares[1].cpu}
	if sum.Walked != c.Users {
		return measured{}, fmt.Errorf("the run saw %d of %d users", sum.Walked, c.Users)
	}
	return sum, nil
}

// scaleRows compares a run that found nothing with the first run over the same pool.
func scaleRows(nothing, first measured) []table.Row {
	return []table.Row{
		table.Title(table.Count(nothing.Walked).String()+" users, no changes", "first run"),
		{Metric: "pool calls", Poolsync: table.Count(nothing.PoolCalls), Other: table.Count(first.PoolCalls)},
		{Metric: "changes queued (target calls)", Poolsync: table.Count(nothing.Queued), Other: table.Count(first.Queued), Limit: table.AtMost(0)},
		{Metric: "ledger pages read", Poolsync: table.Count(nothing.LedgerReads), Other: table.Count(first.LedgerReads)},
		{Metric: "ledger entries written", Poolsync: table.Count(nothing.Writes), Other: table.Count(first.Writes), Limit: table.AtMost(0)},
		{Metric: "time, at 30 requests/s", Poolsync: table.Long(nothing.Took), Other: table.Long(first.Took)},
		{Metric: "CPU per user, fakes included", Poolsync: table.Microseconds(nothing.perUser()), Other: table.Microseconds(first.perUser())},
		{Metric: "continuations", Poolsync: table.Count(nothing.Invocations - nothing.Lanes), Other: table.Count(first.Invocations - first.Lanes)},
		{Metric: "users in the largest partition", Poolsync: table.Count(nothing.Worst), Other: table.Count(first.Worst)},
	}
}

// memoryRows measures the memory of the function with one, two and five targets, which is
// bounded by one partition times the targets.
func memoryRows(ctx context.Context, l *lab, users, digits int) ([]table.Row, error) {
	limit := 128.0 // MiB
	if users > 1_000_000 {
		limit = 256
	}
	var rows []table.Row
	for _, targets := range []int{1, 2, 5} {
		memory, err := functionMemory(ctx, l, users, digits, targets)
		if err != nil {
			return nil, err
		}
		rows = append(rows, table.Row{
			Metric: fmt.Sprintf("peak memory of one function, targets: %d", targets), Poolsync: table.MiB(memory), Limit: table.AtMost(limit),
		})
	}
	return rows, nil
}
