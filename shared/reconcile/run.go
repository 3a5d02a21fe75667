package reconcile

import (
	"context"
	"fmt"
	"log/slog"
	"strconv"
	"time"

	"github.com/poolsync/poolsync/shared/directory"
	"github.com/poolsync/poolsync/shared/plan"
)

// A run is carried out in steps, each a method of [Engine], each short enough for
// one invocation of a function. What a step needs to know of the ones before it
// is in the values that they return, which the state machine carries along as
// JSON.
//
//	Start -> lanes in parallel{ Walk until nothing remains } -> Conclude
//	      -> lanes in parallel{ Sweep until nothing remains } -> Finish

// Request is what a run is asked for.
type Request struct {
	// ID names the run: the name of the state machine's execution.
	ID string `json:"run"`
	// DryRun says what a run would do, and writes nothing: no change, no entry, no
	// lease.
	DryRun bool `json:"dryRun,omitempty"`
	// AllowRemovals lifts the guard on removals for this run.
	AllowRemovals bool `json:"allowRemovals,omitempty"`
	// RetryRejected tries users again whom the target refused before.
	RetryRejected bool `json:"retryRejected,omitempty"`
}

// Run is a request that was granted.
type Run struct {
	Request
	StartedAt time.Time `json:"startedAt"`
}

// Lane is one worker's share of a run: a range of partitions, walked one after
// the other at the lane's share of the rate. Walk and Sweep take a lane and give
// it back further along.
type Lane struct {
	// Number tells the lanes of a run apart.
	Number int `json:"lane"`
	// Digits is how many hexadecimal digits of a sub name a partition; with 0
	// there is one partition, the whole pool.
	Digits int `json:"digits"`
	// Next and End bound the partitions that remain, as indices.
	Next int `json:"next"`
	End  int `json:"end"`
	// Rate is how many requests a second the lane may make of the pool.
	Rate float64 `json:"rate"`
	// Absent holds the partitions in which somebody was missing. Sweep goes through
	// these: Next and End then bound the part that remains of this list and the next.
	Absent []int `json:"absent,omitempty"`
	// Blocked holds the partitions in which the target blocks somebody for now. Sweep
	// goes through these after the others, if anybody is removed.
	Blocked []int `json:"blocked,omitempty"`
	// After is the last sub that Sweep dealt with in its partition.
	After string `json:"after,omitempty"`
	// Counts is what was done so far.
	Counts Counts `json:"counts"`
	// Sample names some of the users that the run is about, for a dry run.
	Sample []Finding `json:"sample,omitempty"`
	// Done is set when nothing remains.
	Done bool `json:"done"`
}

// Finding is one user in the sample of a dry run.
type Finding struct {
	Sub      string `json:"sub"`
	Decision string `json:"decision"`
}

// sampleSize bounds the sample of a lane, and of a run.
const sampleSize = 10

// note adds a user to the sample, while there is room.
func (l *Lane) note(sub, decision string) {
	if len(l.Sample) < sampleSize {
		l.Sample = append(l.Sample, Finding{sub, decision})
	}
}

// Counts is what a run or a part of it came to, in users.
type Counts struct {
	plan.Tally
	New      int `json:"new"`
	Changed  int `json:"changed"`
	Renamed  int `json:"renamed,omitempty"`
	Rejected int `json:"rejected"`           // refused before, and left alone
	Blocked  int `json:"blocked,omitempty"`  // refused before, for now, and not due yet
	Retried  int `json:"retried,omitempty"`  // refused before, and tried again
	Present  int `json:"present,omitempty"`  // missed, and found to exist after all
	Doubtful int `json:"doubtful,omitempty"` // missed, and neither found nor proven gone
	Removed  int `json:"removed"`
}

// Add returns the sum of c and o.
func (c Counts) Add(o Counts) Counts {
	return Counts{
		Tally: c.Tally.Add(o.Tally), New: c.New + o.New, Changed: c.Changed + o.Changed,
		Renamed: c.Renamed + o.Renamed, Rejected: c.Rejected + o.Rejected, Blocked: c.Blocked + o.Blocked,
		Retried: c.Retried + o.Retried,
		Present: c.Present + o.Present, Doubtful: c.Doubtful + o.Doubtful, Removed: c.Removed + o.Removed,
	}
}

// count adds one decision.
func (c *Counts) count(d plan.Decision) {
	switch d {
	case plan.New:
		c.New++
	case plan.Changed:
		c.Changed++
	case plan.Renamed:
		c.Renamed++
	case plan.Rejected:
		c.Rejected++
	case plan.Blocked:
		c.Blocked++
	case plan.Retried:
		c.Retried++
	}
}

// Refused returns how many of the users whom the pool listed the target had refused
// when the run began, whatever is done about it.
func (c Counts) Refused() int { return c.Rejected + c.Blocked + c.Retried }

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
	// WalkGroup lists every member of a group in the same way.
	WalkGroup(ctx context.Context, group string, page func([]directory.User) error) error
	// Gone reports whether the user with that sub is proven to be absent.
	Gone(ctx context.Context, sub, username string) (bool, error)
	// InGroups reports whether there is a user of that name in one of the groups.
	InGroups(ctx context.Context, username string, groups []string) (bool, error)
}

// RunLedger is what a run asks of the ledger.
type RunLedger interface {
	// Acquire takes the lease for owner until expiry, or fails with an error that
	// says who holds it.
	Acquire(ctx context.Context, owner string, until time.Time) error
	// Renew prolongs the lease, or fails if owner no longer holds it.
	Renew(ctx context.Context, owner string, until time.Time) error
	// Release gives the lease back. It does nothing if owner does not hold it.
	Release(ctx context.Context, owner string) error
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
}

// Queue is where a run's changes go.
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

// Settings are what the owner decides about runs. None has a default here.
type Settings struct {
	// Pool is the pool's id, which every change carries: by the time that one is
	// delivered, its reader may serve another pool.
	Pool string
	// Rate is how many list requests a second a run may make of the pool, of the
	// 30 that all of an account's pools in a Region share.
	Rate float64
	// Policy says whether a run removes. Only plan.Full does.
	Policy plan.Policy
	// Limits guard against removing too many.
	Limits plan.Limits
	// Groups limits the run to the members of these groups, if there are any. Who
	// leaves them counts as gone.
	Groups []string
	// MaxBacklog is how many changes may still wait when a run starts.
	MaxBacklog int
}

// Engine carries out the steps of runs.
type Engine struct {
	pool     Pool
	ledger   RunLedger
	queue    Queue
	target   Fingerprinter
	settings Settings
	log      *slog.Logger
}

// NewEngine returns an Engine. It logs to log.
func NewEngine(pool Pool, ledger RunLedger, queue Queue, target Fingerprinter, settings Settings, log *slog.Logger) *Engine {
	return &Engine{pool: pool, ledger: ledger, queue: queue, target: target, settings: settings, log: log}
}

// leaseTime is how long a step holds the lease: longer than the 15 minutes that
// Lambda gives the step itself, so that a lease which expired means a run that is
// dead.
const leaseTime = 20 * time.Minute

// partitions returns how many partitions so many digits make.
func partitions(digits int) int { return 1 << (4 * digits) }

// prefix returns the prefix of sub that names partition i.
func prefix(i, digits int) string {
	if digits == 0 {
		return ""
	}
	return fmt.Sprintf("%0*s", digits, strconv.FormatInt(int64(i), 16))
}
