package reconcile

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strconv"
	"time"

	"github.com/poolsync/poolsync/shared/directory"
	"github.com/poolsync/poolsync/shared/plan"
)

// Pool is what a run asks of the pool.
type Pool interface {
	// Estimate returns roughly how many users the pool holds. It may be stale.
	Estimate(ctx context.Context) (int, error)
	// CheckFilter asks, with one request, whether the pool can list by a prefix of
	// sub. It fails with [ErrFilterRefused] if it cannot.
	CheckFilter(ctx context.Context) error
	// SetRate bounds the list requests a second from now on.
	SetRate(perSecond float64)
	// Walk lists every user whose sub begins with prefix, page by page, and returns
	// nil only when the listing is complete. It may be one page ahead: it asks for a
	// page no earlier than page has returned from the last but one.
	Walk(ctx context.Context, prefix string, page func([]directory.User) error) error
	// WalkGroup lists every member of a group in the same way. It fails with
	// [ErrNoGroup] if there is no such group.
	WalkGroup(ctx context.Context, group string, page func([]directory.User) error) error
	// GroupPage returns one page of a group's members, and the token of the next; ""
	// is the token of the first page, and what follows the last. It fails with
	// [ErrNoGroup] if there is no such group.
	GroupPage(ctx context.Context, group, token string) ([]directory.User, string, error)
	// Gone reports whether the user with that sub is proven to be absent.
	Gone(ctx context.Context, sub, username string) (bool, error)
	// InGroups reports whether there is a user of that name in one of the groups.
	InGroups(ctx context.Context, username string, groups []string) (bool, error)
}

// Lease is held by one run at a time.
type Lease interface {
	// Acquire takes the lease for owner until expiry, or fails with an error that
	// says who holds it.
	Acquire(ctx context.Context, owner string, until time.Time) error
	// Renew prolongs the lease, or fails if owner no longer holds it.
	Renew(ctx context.Context, owner string, until time.Time) error
	// Release gives the lease back. It does nothing if owner does not hold it.
	Release(ctx context.Context, owner string) error
}

// RunLedger is what a run asks of a target's ledger.
type RunLedger interface {
	// Entries calls each for every entry whose sub begins with prefix.
	Entries(ctx context.Context, prefix string, each func(plan.Entry) error) error
	// MarkAbsent notes that the run did not find the user in the pool.
	MarkAbsent(ctx context.Context, sub, run string) error
	// Candidates calls each for every entry that the run marked absent.
	Candidates(ctx context.Context, prefix, run string, each func(plan.Entry) error) error
	// MarkLeaving notes since when the removal of a user is on its way. The latest note
	// stays.
	MarkLeaving(ctx context.Context, sub string, at time.Time) error
	// Forget drops an entry that was not confirmed after observedAt.
	Forget(ctx context.Context, sub string, observedAt time.Time) error
	// RecordSuccess notes when the last run that did all it set out to do began.
	RecordSuccess(ctx context.Context, run string, startedAt time.Time) error
	// Watch is the lease of the run that waits for the target's queue to be empty.
	Watch() Lease
}

// Queue is where a run's changes for a target go.
type Queue interface {
	// SendAll queues changes. On an error some of them may be queued.
	SendAll(ctx context.Context, changes []directory.Change) error
	// SendAllAfter queues changes for delivery after a delay of at most 15 minutes.
	SendAllAfter(ctx context.Context, changes []directory.Change, delay time.Duration) error
	// Backlog returns roughly how many changes wait to be delivered.
	Backlog(ctx context.Context) (int, error)
}

// Fingerprinter tells what a target is sent of a user.
type Fingerprinter interface {
	Fingerprint(directory.User) directory.Fingerprint
}

// RunTarget is a target as runs know it. Nothing has a default here.
type RunTarget struct {
	// Name is what the settings call the target.
	Name string
	// LedgerName is what the ledger calls it.
	LedgerName string
	Ledger     RunLedger
	// Queue is the target's bulk queue.
	Queue         Queue
	Fingerprinter Fingerprinter
	// Policy says whether a run removes. Only plan.Full does.
	Policy plan.Policy
	// Limits guard against removing too many.
	Limits plan.Limits
	// Groups limits the target to the members of these groups, if there are any. Who
	// leaves them counts as gone.
	Groups []string
	// Statuses limits who is new to the target to users of these statuses, if there are any.
	// Whom it holds it keeps, whatever becomes of their status.
	Statuses []string
	// MaxBacklog is how many changes may still wait when the target takes part in a run.
	MaxBacklog int
	// SixHours is how many changes the target takes in six hours at its rate: a run
	// queues no more. With 0 there is no bound.
	SixHours int
}

// Settings are what the owner decides about all runs. None has a default here.
type Settings struct {
	// Pool is the pool's id, which every change carries: by the time that one is
	// delivered, its reader may serve another pool.
	Pool string
	// Rate is how many list requests a second a run may make of the pool, of the
	// 30 that all of an account's pools in a Region share.
	Rate float64
}

// Engine carries out the steps of runs.
type Engine struct {
	pool        Pool
	lease       Lease
	targets     []RunTarget
	settings    Settings
	log         *slog.Logger
	memberships Memberships // nil where no run needs them
	forgetter   Forgetter   // nil where nothing can be forgotten
}

// EngineOption changes a default of [NewEngine].
type EngineOption func(*Engine)

// WithMemberships says where runs keep who is in which group, which they need if some
// targets are limited to groups and others are not. The default is nowhere.
func WithMemberships(m Memberships) EngineOption { return func(e *Engine) { e.memberships = m } }

// WithForgetter says who drops what former targets left. The default is nobody.
func WithForgetter(f Forgetter) EngineOption { return func(e *Engine) { e.forgetter = f } }

// NewEngine returns an Engine for all targets of a pool, whose lease it is. It logs to
// log.
func NewEngine(pool Pool, lease Lease, targets []RunTarget, settings Settings, log *slog.Logger, opts ...EngineOption) *Engine {
	e := &Engine{pool: pool, lease: lease, targets: targets, settings: settings, log: log}
	for _, o := range opts {
		o(e)
	}
	return e
}

// target returns the target of that name, or nil: it may have been taken away while
// the run was under way.
func (e *Engine) target(name string) *RunTarget {
	i := slices.IndexFunc(e.targets, func(t RunTarget) bool { return t.Name == name })
	if i < 0 {
		return nil
	}
	return &e.targets[i]
}

// leaseTime is how long a step holds the lease: longer than the 15 minutes that
// Lambda gives the step itself, so that a lease which expired means a run that is
// dead.
const leaseTime = 20 * time.Minute

// keepLease prolongs the run's lease for another step.
func (e *Engine) keepLease(ctx context.Context, run Run) error {
	if run.DryRun {
		return nil
	}
	return e.lease.Renew(ctx, run.ID, time.Now().Add(leaseTime))
}

// partitions returns how many partitions so many digits make.
func partitions(digits int) int { return 1 << (4 * digits) }

// prefix returns the prefix of sub that names partition i.
func prefix(i, digits int) string {
	if digits == 0 {
		return ""
	}
	return fmt.Sprintf("%0*s", digits, strconv.FormatInt(int64(i), 16))
}
