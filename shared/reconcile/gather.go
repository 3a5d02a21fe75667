package reconcile

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"
)

// Memberships is where a run keeps who is in which group, from the step that lists the
// groups until the walk. It forgets by itself.
type Memberships interface {
	// Add keeps members of groups whose subs begin with prefix. To add one twice does no
	// harm.
	Add(ctx context.Context, run, prefix string, members []Membership) error
	// Members calls each for every member that the run added under exactly this prefix.
	Members(ctx context.Context, run, prefix string, each func(Membership) error) error
}

// Membership says that a user is in a group.
type Membership struct{ Sub, Group string }

// Chain is a group that is being listed, page after page.
type Chain struct {
	Group string `json:"group"`
	// Token is where the listing goes on; "" at its beginning.
	Token string `json:"token,omitempty"`
}

// errNoMemberships is returned for a run that has to know who is in which group, of
// an engine that was made without [WithMemberships].
var errNoMemberships = errors.New("some targets are limited to groups and others are not: there is no place for the groups' members")

// scopes returns how many of the targets that take part are limited to groups, and how
// many take part.
func (e *Engine) scopes(run Run) (scoped, all int) {
	for _, part := range run.Parts {
		if part.active() {
			all++
			if len(e.target(part.Name).Groups) > 0 {
				scoped++
			}
		}
	}
	return scoped, all
}

// scopeGroups returns the groups that targets which take part are limited to, each once.
func (e *Engine) scopeGroups(run Run) []string {
	var groups []string
	for _, part := range run.Parts {
		target := e.target(part.Name)
		if !part.active() || target == nil {
			continue
		}
		for _, group := range target.Groups {
			if !slices.Contains(groups, group) {
				groups = append(groups, group)
			}
		}
	}
	return groups
}

func (e *Engine) chains(run Run) []Chain {
	var chains []Chain
	for _, group := range e.scopeGroups(run) {
		chains = append(chains, Chain{Group: group})
	}
	return chains
}

// chainsAtOnce is how many groups are listed side by side: the pages of one group come
// one after the other, five to ten a second.
const chainsAtOnce = 4

// keeping is kept back from a step's time for writing down what it listed.
const keeping = 2 * time.Minute

// Groups lists the groups that targets are limited to, until none remains or the
// deadline is near, and returns how far it came. Who is in them is kept by partition,
// for Walk. A target one of whose groups is missing sits the run out: nobody can say
// who is in its scope.
//
// If listing fails, it returns how far it came, and fails if that is nowhere. Once it
// has returned, everything before it is kept.
func (e *Engine) Groups(ctx context.Context, run Run) (Run, error) {
	ctx, stop := working(ctx)
	defer stop()
	if err := e.keepLease(ctx, run); err != nil {
		return run, err
	}
	e.pool.SetRate(e.settings.Rate)
	g := &gathering{engine: e, run: run, pace: newPace(ctx), heaps: make(map[string][]Membership)}
	g.pace.keep(keeping)
	listErr := g.list(ctx)
	if listErr != nil && g.pace.pieces == 0 {
		return run, listErr
	}
	if err := g.flush(ctx); err != nil {
		return run, err
	}
	if listErr != nil {
		e.log.WarnContext(ctx, "listing of groups failed: it goes on where it came to", "run", run.ID, "error", listErr)
	}
	return e.without(ctx, g)
}

// without returns the run as a gathering left it, without the targets whose groups are
// missing.
func (e *Engine) without(ctx context.Context, g *gathering) (Run, error) {
	failed := make(map[int]error)
	for i, part := range g.run.Parts {
		for _, group := range g.missing {
			if part.active() && slices.Contains(e.target(part.Name).Groups, group) {
				failed[i] = fmt.Errorf("group %s: %w", group, ErrNoGroup)
				e.log.WarnContext(ctx, "target sits the run out", "run", g.run.ID, "target", part.Name, "error", failed[i])
			}
		}
	}
	run := g.run.putOut(failed)
	needed := e.scopeGroups(run)
	run.Chains = slices.DeleteFunc(slices.Clone(run.Chains), func(c Chain) bool { return !slices.Contains(needed, c.Group) })
	return run, nil
}
