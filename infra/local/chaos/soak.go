package main

import (
	"cmp"
	"context"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"
)

// moment is something to do at a given time.
type moment struct {
	at time.Duration // since the beginning
	do func() error
}

// soak plays life and faults at the same time. When it returns, every fault and every
// run has ended.
func (w *world) soak(ctx context.Context, p plan) error {
	w.began = time.Now()
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error {
		var moments []moment
		for _, s := range p.life {
			moments = append(moments, moment{s.at, func() error { return w.live(ctx, s) }})
		}
		return w.play(ctx, moments)
	})
	group.Go(func() error { return w.trouble(ctx, p) })
	err := group.Wait()
	w.underWay.Wait()
	return err
}

// play does each thing when it is due, one after the other.
func (w *world) play(ctx context.Context, moments []moment) error {
	slices.SortStableFunc(moments, func(a, b moment) int { return cmp.Compare(a.at, b.at) })
	for _, m := range moments {
		select {
		case <-time.After(time.Until(w.began.Add(m.at))):
		case <-ctx.Done():
			return context.Cause(ctx)
		}
		if err := m.do(); err != nil {
			return err
		}
	}
	return nil
}

// trouble begins and ends each fault of the plan.
func (w *world) trouble(ctx context.Context, p plan) error {
	var moments []moment
	for _, s := range p.faults {
		var end func() error // nil if the fault is over at once
		moments = append(moments, moment{s.at, func() (err error) {
			end, err = w.begin(ctx, s)
			return err
		}}, moment{min(s.at+s.last, p.length), func() error {
			if end == nil {
				return nil
			}
			return end()
		}})
	}
	err := w.play(ctx, moments)
	w.mu.Lock()
	defer w.mu.Unlock()
	clear(w.condemn)
	return err
}
