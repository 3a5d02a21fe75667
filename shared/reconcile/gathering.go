package reconcile

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/poolsync/poolsync/shared/directory"
)

// How members are packed. An item of the ledger's holds 400 KB.
const (
	// heapBytes of one partition's members are written at once.
	heapBytes = 64 << 10
	// heapsBytes of all partitions' members are in memory at most.
	heapsBytes = 16 << 20
)

// gathering is one step of listing groups.
type gathering struct {
	engine *Engine

	mu      sync.Mutex // guards the rest
	run     Run        // with its chains as far as they came
	pace    *pace
	missing []string                // groups that the pool does not have
	heaps   map[string][]Membership // by prefix, not yet written
	bytes   int                     // in all heaps
}

// list lists the first few chains side by side, then the next few.
func (g *gathering) list(ctx context.Context) error {
	for len(g.run.Chains) > 0 && g.pace.allows() {
		n := min(chainsAtOnce, len(g.run.Chains))
		some := slices.Clone(g.run.Chains[:n])
		errs := make([]error, n)
		var all sync.WaitGroup
		for i := range some {
			all.Go(func() { errs[i] = g.follow(ctx, &some[i]) })
		}
		all.Wait()
		ended := func(c Chain) bool { return c.Group == "" }
		g.run.Chains = append(slices.DeleteFunc(some, ended), g.run.Chains[n:]...)
		if err := errors.Join(errs...); err != nil {
			return err
		}
	}
	return nil
}

// follow lists a group to its end, or until time is up. A chain that has ended has no
// group any more.
func (g *gathering) follow(ctx context.Context, chain *Chain) error {
	for chain.Group != "" && g.allows() {
		users, next, err := g.engine.pool.GroupPage(ctx, chain.Group, chain.Token)
		if errors.Is(err, ErrNoGroup) {
			g.mu.Lock()
			defer g.mu.Unlock()
			g.missing = append(g.missing, chain.Group)
			g.pace.done()
			*chain = Chain{}
			return nil
		}
		if err != nil {
			return fmt.Errorf("list group %s: %w", chain.Group, err)
		}
		if err := g.add(ctx, chain.Group, users); err != nil {
			return err
		}
		chain.Token = next
		if next == "" {
			*chain = Chain{}
		}
	}
	return nil
}

func (g *gathering) allows() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.pace.allows()
}

// add takes in a page of members, and writes what has become enough.
func (g *gathering) add(ctx context.Context, group string, users []directory.User) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, user := range users {
		under := user.Sub[:min(g.run.Digits, len(user.Sub))]
		g.heaps[under] = append(g.heaps[under], Membership{Sub: user.Sub, Group: group})
		g.bytes += len(user.Sub) + len(group)
		if size := len(g.heaps[under]) * (len(user.Sub) + len(group)); size >= heapBytes {
			if err := g.write(ctx, under); err != nil {
				return err
			}
		}
	}
	g.pace.done()
	if g.bytes < heapsBytes {
		return nil
	}
	return g.writeAll(ctx)
}

// flush writes everything down.
func (g *gathering) flush(ctx context.Context) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.writeAll(ctx)
}

// writeAll writes every heap. The caller holds mu.
func (g *gathering) writeAll(ctx context.Context) error {
	for under := range g.heaps {
		if err := g.write(ctx, under); err != nil {
			return err
		}
	}
	return nil
}

// write writes one partition's heap. The caller holds mu.
func (g *gathering) write(ctx context.Context, under string) error {
	members := g.heaps[under]
	slices.SortFunc(members, func(a, b Membership) int { return strings.Compare(a.Group, b.Group) })
	if err := g.engine.memberships.Add(ctx, g.run.ID, under, members); err != nil {
		return fmt.Errorf("keep members of groups: %w", err)
	}
	for _, m := range members {
		g.bytes -= len(m.Sub) + len(m.Group)
	}
	delete(g.heaps, under)
	return nil
}
