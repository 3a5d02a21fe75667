package reconcile_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/poolsync/poolsync/shared/cognito"
	"github.com/poolsync/poolsync/shared/cognito/cognitotest"
	"github.com/poolsync/poolsync/shared/directory"
	"github.com/poolsync/poolsync/shared/ledger/ledgertest"
	"github.com/poolsync/poolsync/shared/plan"
	"github.com/poolsync/poolsync/shared/reconcile"
)

// world is everything that a run touches, in memory, with a place to make any of
// it fail: fault is asked before each call that leaves the engine, with its number
// and its name. What it returns takes the place of the call; with lost, the call
// happens and only its answer is replaced.
type world struct {
	t        *testing.T
	pool     *cognitotest.Pool
	ledger   *ledgertest.Memory
	settings worldSettings
	removals reconcile.RemovalPolicy
	as       reconcile.FullTarget // the target, if it is not the world's own
	members  map[string]bool      // subs in settings.Groups, if it names any

	beside      []*world                      // of the other targets of the same pool
	away        bool                          // the target is not in the settings
	leases      *ledgertest.Memory            // of the pool's runs
	former      map[string]*ledgertest.Memory // ledgers by name, for who forgets them
	memberships *ledgertest.Memberships

	mu      sync.Mutex // guards what follows
	calls   int
	fault   func(n int, call string) (err error, lost bool)
	queued  []directory.Change
	held    map[string]directory.User // what the target holds, by sub
	told    []reconcile.Delivery
	refuses map[string]bool // subs that the target refuses for good
	blocks  map[string]bool // subs that it refuses for now

	followed *reconcile.Follow // what the last run waits for
	hang     string            // the calls of that name never answer
	breaksAt int               // the ledger fails after so many entries, unless 0
}

// worldSettings are those of the run and of its one target.
type worldSettings struct {
	reconcile.Settings
	reconcile.RunTarget
}

func newWorld(t *testing.T, pool *cognitotest.Pool) *world {
	w := &world{
		t: t, pool: pool, ledger: ledgertest.New(), memberships: ledgertest.NewMemberships(), removals: reconcile.Report,
		settings: worldSettings{reconcile.Settings{Rate: 10}, reconcile.RunTarget{Name: "target", Policy: plan.Full, Limits: plan.DefaultLimits(), MaxBacklog: 100}},
		former:   make(map[string]*ledgertest.Memory),
		held:     make(map[string]directory.User), refuses: make(map[string]bool), blocks: make(map[string]bool), members: make(map[string]bool),
	}
	w.leases = w.ledger
	pool.Fail(func(c cognitotest.Call) error {
		err, _ := w.call("pool." + c.Op)
		return err
	})
	return w
}

// call counts one call, and returns the failure that is due at it.
func (w *world) call(name string) (err error, lost bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.calls++
	if w.fault == nil {
		return nil, false
	}
	return w.fault(w.calls, name)
}

// strike makes calls fail, or no more with nil.
func (w *world) strike(fault func(n int, call string) (err error, lost bool)) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.fault = fault
}

// failCall returns a fault that makes every call of that name fail.
func failCall(name string) func(int, string) (error, bool) {
	return func(_ int, call string) (error, bool) {
		if call == name {
			return cognitotest.Denied(), false
		}
		return nil, false
	}
}

// do makes one call that can fail before or after its effect.
func (w *world) do(name string, effect func() error) error {
	fault, lost := w.call(name)
	if fault != nil && !lost {
		return fault
	}
	return errors.Join(effect(), fault)
}

// The target. It takes what it is told, and fails the test if it is told of the
// removal of somebody who is there.

func (w *world) Fingerprint(u directory.User) directory.Fingerprint {
	return directory.NewFingerprint(1, map[string]string{
		"username": u.Username, "email": u.Attributes["email"], "name": u.Attributes["name"], "enabled": fmt.Sprint(u.Enabled),
		"verified": u.Attributes["email_verified"],
	})
}

// Nature is that of a target that needs everything the engine can do for one.
func (*world) Nature() reconcile.Nature {
	return reconcile.Nature{Fetches: true, KnowsNames: true, SignIns: reconcile.SignInEvents}
}

func (w *world) Deliver(_ context.Context, d reconcile.Delivery) (reconcile.Remote, error) {
	return reconcile.Remote{}, w.do("target.Deliver", func() error {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.told = append(w.told, d)
		switch {
		case w.refuses[d.Sub]:
			return fmt.Errorf("%w: because", reconcile.ErrRejected)
		case w.blocks[d.Sub]:
			return fmt.Errorf("%w: because", reconcile.ErrBlocked)
		case d.Kind == directory.Removed:
			if _, there := w.pool.User(d.Sub); there && w.inScope(d.Sub) {
				w.t.Errorf("the target was told to remove %s, who is there", d.Sub)
			}
			delete(w.held, d.Sub)
		default:
			w.held[d.Sub] = *d.User
		}
		return nil
	})
}

// The queue.

func (w *world) SendAll(ctx context.Context, changes []directory.Change) error {
	if w.hang == "queue.SendAll" {
		<-ctx.Done()
		return ctx.Err()
	}
	return w.do("queue.SendAll", func() error {
		w.mu.Lock()
		defer w.mu.Unlock()
		for _, c := range changes {
			if err := c.Validate(); err != nil || c.ID == "" {
				w.t.Errorf("queued %+v, which nobody could read: %v", c, err)
			}
		}
		w.queued = append(w.queued, changes...)
		return nil
	})
}

// SendAllAfter puts changes behind all others.
func (w *world) SendAllAfter(ctx context.Context, changes []directory.Change, _ time.Duration) error {
	return w.SendAll(ctx, changes)
}

func (w *world) Backlog(context.Context) (n int, err error) {
	err = w.do("queue.Backlog", func() error { n = len(w.queued); return nil })
	return n, err
}

// books is the ledger with its failures.
type books struct{ w *world }

func (b books) Watch() reconcile.Lease { return lease{b.w, "watch", b.w.ledger.Watch()} }

// lease is a lease with its failures.
type lease struct {
	w    *world
	name string
	held reconcile.Lease
}

func (l lease) Acquire(ctx context.Context, owner string, until time.Time) error {
	return l.w.do(l.name+".Acquire", func() error { return l.held.Acquire(ctx, owner, until) })
}
func (l lease) Renew(ctx context.Context, owner string, until time.Time) error {
	return l.w.do(l.name+".Renew", func() error { return l.held.Renew(ctx, owner, until) })
}
func (l lease) Release(ctx context.Context, owner string) error {
	return l.w.do(l.name+".Release", func() error { return l.held.Release(ctx, owner) })
}
func (b books) Entries(ctx context.Context, prefix string, each func(plan.Entry) error) error {
	if b.w.hang == "ledger.Entries" {
		<-ctx.Done()
		return ctx.Err()
	}
	read := 0
	return b.w.do("ledger.Entries", func() error {
		return b.w.ledger.Entries(ctx, prefix, func(e plan.Entry) error {
			if read++; read == b.w.breaksAt {
				return errors.New("failed half-way")
			}
			return each(e)
		})
	})
}
func (b books) Candidates(ctx context.Context, prefix, run string, each func(plan.Entry) error) error {
	return b.w.do("ledger.Candidates", func() error { return b.w.ledger.Candidates(ctx, prefix, run, each) })
}
func (b books) MarkAbsent(ctx context.Context, sub, run string) error {
	return b.w.do("ledger.MarkAbsent", func() error { return b.w.ledger.MarkAbsent(ctx, sub, run) })
}
func (b books) MarkLeaving(ctx context.Context, sub string, at time.Time) error {
	return b.w.do("ledger.MarkLeaving", func() error { return b.w.ledger.MarkLeaving(ctx, sub, at) })
}
func (b books) Forget(ctx context.Context, sub string, at time.Time) error {
	return b.w.do("ledger.Forget", func() error { return b.w.ledger.Forget(ctx, sub, at) })
}
func (b books) RecordSuccess(ctx context.Context, run string, at time.Time) error {
	return b.w.do("ledger.RecordSuccess", func() error { return b.w.ledger.RecordSuccess(ctx, run, at) })
}
func (b books) Entry(ctx context.Context, sub string) (e plan.Entry, err error) {
	err = b.w.do("ledger.Entry", func() error { e, err = b.w.ledger.Entry(ctx, sub); return err })
	return e, err
}
func (b books) Confirm(ctx context.Context, e plan.Entry) error {
	return b.w.do("ledger.Confirm", func() error { return b.w.ledger.Confirm(ctx, e) })
}
func (b books) Claim(ctx context.Context, sub, username string, c plan.Claim) error {
	return b.w.do("ledger.Claim", func() error { return b.w.ledger.Claim(ctx, sub, username, c) })
}
func (b books) EndClaim(ctx context.Context, sub, by string) error {
	return b.w.do("ledger.EndClaim", func() error { return b.w.ledger.EndClaim(ctx, sub, by) })
}
func (b books) Reject(ctx context.Context, e plan.Entry) error {
	return b.w.do("ledger.Reject", func() error { return b.w.ledger.Reject(ctx, e) })
}

// inScope reports whether a run is about somebody who is in the pool.
func (w *world) inScope(sub string) bool { return len(w.settings.Groups) == 0 || w.members[sub] }

// join puts a user into a group, and leave takes one out of all.

func (w *world) join(group string, subs ...string) {
	w.pool.AddToGroup(group, subs...)
	for _, sub := range subs {
		w.members[sub] = true
	}
}

func (w *world) leave(sub string) {
	for _, group := range w.settings.Groups {
		w.pool.RemoveFromGroup(group, sub)
	}
	delete(w.members, sub)
}

// reader is a new connection to the pool, as each invocation of a function may be.
func (w *world) reader() *cognito.Pool { return cognito.New(w.pool, cognitotest.ID) }

// lease is the lease of the pool's runs.
func (w *world) lease() reconcile.Lease { return lease{w, "ledger", w.leases.Lease()} }

// target is the world's target as a run knows it.
func (w *world) target() reconcile.RunTarget {
	t := w.settings.RunTarget
	t.Ledger, t.Queue, t.Fingerprinter = books{w}, w, w
	return t
}

func (w *world) engine() *reconcile.Engine {
	var targets []reconcile.RunTarget
	for _, one := range append([]*world{w}, w.beside...) {
		if !one.away {
			targets = append(targets, one.target())
		}
	}
	return reconcile.NewEngine(w.reader(), w.lease(), targets, w.settings.Settings, slog.New(slog.DiscardHandler),
		reconcile.WithMemberships(w.memberships), reconcile.WithForgetter(erasing(w.former)))
}

// erasing forgets ledgers by erasing them.
type erasing map[string]*ledgertest.Memory

func (e erasing) Forget(ctx context.Context, name, token string) (string, error) {
	next, _, err := e[name].Erase(ctx, token)
	return next, err
}

func (w *world) deliverer(opts ...reconcile.DelivererOption) *reconcile.Deliverer {
	var target reconcile.FullTarget = w
	if w.as != nil {
		target = w.as
	}
	return reconcile.NewDeliverer(w.reader(), books{w}, target, w.removals, w.settings.Groups, opts...)
}

// tries is how often the state machine makes a step that fails.
const tries = 2

// errKilled is the failure of every call of a run that is killed.
var errKilled = errors.New("killed")

// step makes one step of a run as the state machine does: in an invocation of 15
// minutes, again if it fails, and with what it returns carried along as JSON.
func step[T any](w *world, do func(context.Context, *reconcile.Engine) (T, error)) (T, error) {
	var last error
	for range tries {
		ctx, cancel := context.WithTimeout(w.t.Context(), 15*time.Minute)
		value, err := do(ctx, w.engine())
		cancel()
		if err == nil {
			return carry(w.t, value), nil
		}
		if last = err; errors.Is(err, reconcile.ErrNotStarted) || errors.Is(err, errKilled) {
			break
		}
	}
	var none T
	return none, last
}

func carry[T any](t *testing.T, value T) (carried T) {
	text, err := json.Marshal(value)
	if err == nil {
		err = json.Unmarshal(text, &carried)
	}
	if err != nil {
		t.Fatal(err)
	}
	return carried
}

type started struct {
	Run   reconcile.Run
	Lanes []reconcile.Lane
}

// run carries out a whole run, as the state machine does.
func (w *world) run(request reconcile.Request) (reconcile.Summary, error) {
	summary, err := w.steps(request)
	if err != nil && !errors.Is(err, errKilled) && !errors.Is(err, reconcile.ErrNotStarted) {
		err = errors.Join(err, w.engine().Abandon(w.t.Context(), reconcile.Run{Request: request}))
	}
	return summary, err
}

func (w *world) steps(request reconcile.Request) (reconcile.Summary, error) {
	s, err := step(w, func(ctx context.Context, e *reconcile.Engine) (started, error) {
		run, lanes, err := e.Start(ctx, request)
		return started{run, lanes}, err
	})
	if err != nil {
		return reconcile.Summary{}, err
	}
	for len(s.Run.Chains) > 0 {
		s.Run, err = step(w, func(ctx context.Context, e *reconcile.Engine) (reconcile.Run, error) { return e.Groups(ctx, s.Run) })
		if err != nil {
			return reconcile.Summary{}, err
		}
	}
	walked, err := w.lanes(s.Lanes, func(ctx context.Context, e *reconcile.Engine, l reconcile.Lane) (reconcile.Lane, error) {
		return e.Walk(ctx, s.Run, l)
	})
	if err != nil {
		return reconcile.Summary{}, err
	}
	for _, lane := range walked {
		for _, share := range lane.Shares {
			if n := len(share.Sample); n > 10 {
				w.t.Errorf("lane %d has a sample of %d, want at most 10", lane.Number, n)
			}
		}
	}
	conclusion, err := step(w, func(_ context.Context, e *reconcile.Engine) (reconcile.Conclusion, error) {
		return e.Conclude(s.Run, walked)
	})
	if err != nil {
		return reconcile.Summary{}, err
	}
	if conclusion.Sweep == nil {
		w.t.Error("the lanes to sweep are null, want a list: the state machine maps over it")
	}
	for _, lane := range conclusion.Sweep {
		if !slices.ContainsFunc(lane.Shares, func(s reconcile.Share) bool { return len(s.AbsentIn)+len(s.BlockedIn) > 0 }) {
			w.t.Errorf("lane %d is to be swept, in which nobody is missing", lane.Number)
		}
	}
	swept, err := w.lanes(conclusion.Sweep, func(ctx context.Context, e *reconcile.Engine, l reconcile.Lane) (reconcile.Lane, error) {
		return e.Sweep(ctx, s.Run, l)
	})
	if err != nil {
		return reconcile.Summary{}, err
	}
	return step(w, func(ctx context.Context, e *reconcile.Engine) (reconcile.Summary, error) {
		summary, err := e.Finish(ctx, s.Run, conclusion, swept)
		w.followed = summary.Follow
		return summary, err
	})
}

// lanes takes each lane to its end. They run one after the other, so that the
// calls of a run come in the same order each time.
func (w *world) lanes(lanes []reconcile.Lane, do func(context.Context, *reconcile.Engine, reconcile.Lane) (reconcile.Lane, error)) ([]reconcile.Lane, error) {
	for i := range lanes {
		for !lanes[i].Done {
			lane, err := step(w, func(ctx context.Context, e *reconcile.Engine) (reconcile.Lane, error) { return do(ctx, e, lanes[i]) })
			if err != nil {
				return nil, err
			}
			lanes[i] = lane
		}
	}
	return lanes, nil
}

// drain delivers what is queued, until nothing is or nothing moves. What fails goes
// back to the end of the queue.
func (w *world) drain() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for tries := 3 * (len(w.queued) + 1); len(w.queued) > 0 && tries > 0; tries-- {
		change := w.queued[0]
		w.queued = w.queued[1:]
		w.mu.Unlock()
		ctx, cancel := context.WithTimeout(w.t.Context(), 12*time.Second) // as ingest allows
		_, err := w.deliverer().Deliver(ctx, carry(w.t, change))
		cancel()
		w.mu.Lock()
		if err != nil {
			w.queued = append(w.queued, change)
		}
	}
}

// sync carries out a run that must succeed, and delivers its changes.
func (w *world) sync(request reconcile.Request) reconcile.Summary {
	w.t.Helper()
	w.fault = nil
	summary, err := w.run(request)
	if err != nil {
		w.t.Fatalf("run %s: %v", request.ID, err)
	}
	w.drain()
	return summary
}

// agree fails the test if pool and target do not hold the same users.
func (w *world) agree(when string) {
	w.t.Helper()
	want := make(map[string]directory.Fingerprint)
	for u := range w.pool.All() {
		if w.inScope(u.Sub) {
			want[u.Sub] = w.Fingerprint(u)
		}
	}
	got := make(map[string]directory.Fingerprint)
	for sub, u := range w.held {
		got[sub] = w.Fingerprint(u)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		w.t.Errorf("%s, pool and target differ: -pool +target\n%s", when, diff)
	}
}

// subs returns the subs of everybody in the pool, in order.
func (w *world) subs() []string {
	var subs []string
	for u := range w.pool.All() {
		subs = append(subs, u.Sub)
	}
	slices.Sort(subs)
	return subs
}

// counts returns the calls to the pool by operation since the last reset.
func (w *world) counts() map[string]int {
	counts := w.pool.AllCalls()
	maps.DeleteFunc(counts, func(_ string, n int) bool { return n == 0 })
	return counts
}
