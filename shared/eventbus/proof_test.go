package eventbus_test

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"hash/fnv"
	"log/slog"
	"maps"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/poolsync/poolsync/shared/cognito"
	"github.com/poolsync/poolsync/shared/cognito/cognitotest"
	"github.com/poolsync/poolsync/shared/directory"
	"github.com/poolsync/poolsync/shared/eventbus"
	"github.com/poolsync/poolsync/shared/eventbus/eventbustest"
	"github.com/poolsync/poolsync/shared/ledger/ledgertest"
	"github.com/poolsync/poolsync/shared/plan"
	"github.com/poolsync/poolsync/shared/reconcile"
)

var (
	seed      = flag.Uint64("seed", 0, "seed of the first random history, 0 for another each time")
	histories = flag.Int("histories", 100, "how many random histories, of seeds that follow one another")
)

// TestConsumerKeepsInStep draws histories of a pool, of which a consumer keeps a copy by
// nothing but the feed and the document. Events of CloudTrail's get lost, queues deliver
// late, twice and in any order, instances are killed, the ledger's writes fail before or
// after they took effect, EventBridge takes a part, takes all and says nothing, throttles
// and hangs, and the bus hands events over late, twice and in any order. In the end, when
// two runs have gone by with nothing failing, the copy is the pool, and the consumer
// knows of every sign-in of those who are there.
func TestConsumerKeepsInStep(t *testing.T) {
	first := *seed
	if first == 0 {
		first = uint64(time.Now().UnixNano())
	}
	skipped := map[string]int{}
	for s := first; s < first+uint64(*histories); s++ {
		synctest.Test(t, func(t *testing.T) {
			h := newHistory(t, s)
			h.play()
			for why, n := range h.consumer.skipped {
				skipped[why] += n
			}
		})
		if t.Failed() {
			t.Fatalf("go test ./shared/eventbus -run TestConsumerKeepsInStep -seed %d -histories 1", s)
		}
	}
	if *histories > 9 && (skipped["seen"] == 0 || skipped["older"] == 0) {
		t.Errorf("skipped %v, want some of each: these histories prove nothing", skipped)
	}
}

// history is one random history.
type history struct {
	t        *testing.T
	seed     uint64
	rand     *rand.Rand
	pool     *cognitotest.Pool
	ledger   *ledgertest.Memory
	bus      *eventbustest.Bus
	existing bool // whether the first run announces everybody
	consumer *consumer
	signIns  map[string]string // subs by the id of a sign-in's change
	runs     int
	handed   int      // events that were taken from the bus
	late     [][]byte // and are on their way to the consumer

	queue []directory.Change
	calm  bool // nothing fails

	mu     sync.Mutex // guards throws
	throws map[string]int
}

func newHistory(t *testing.T, seed uint64) *history {
	random := rand.New(rand.NewPCG(seed, 0))
	h := &history{
		t: t, seed: seed, rand: random, pool: cognitotest.New(cognitotest.Users(20)), ledger: ledgertest.New(), bus: eventbustest.New(),
		existing: random.IntN(2) == 0, consumer: newConsumer(), signIns: make(map[string]string), throws: make(map[string]int),
	}
	h.bus.Decide(h.fault)
	return h
}

// throw returns a number below n about a thing, another one each time. It follows from the
// seed alone, and not from who asks first.
func (h *history) throw(n int, about ...any) int {
	h.mu.Lock()
	defer h.mu.Unlock()
	key := fmt.Sprint(about...)
	h.throws[key]++
	sum := fnv.New64a()
	fmt.Fprint(sum, h.seed, key, h.throws[key])
	return rand.New(rand.NewPCG(sum.Sum64(), 1)).IntN(n)
}

// strikes reports, one time in so many, that something fails.
func (h *history) strikes(often int, about ...any) bool {
	return h.throw(often, about...) == 0 && !h.calm
}

// fault is what befalls a request to the bus.
func (h *history) fault(q eventbustest.Request) (f eventbustest.Fault) {
	f.Refused = make(map[int]string)
	for i, e := range q.Entries {
		if h.strikes(8, "entry", *e.DetailType, detailOf(h.t, e).Sub) {
			f.Refused[i] = "InternalFailure"
		}
	}
	switch {
	case h.strikes(12, "lost", q.Number):
		f.Err, f.Lost = errors.New("connection reset"), true
	case h.strikes(12, "throttled", q.Number):
		f.Err = eventbustest.Answer("ThrottlingException")
	case h.strikes(12, "slow", q.Number):
		f.Delay = 8 * time.Second
	}
	return f
}

// books is the ledger, whose writes fail.
type books struct {
	*ledgertest.Memory
	h *history
}

var errRandom = errors.New("failed at random")

// write takes a moment, which is another one for each write, so that what happens at the
// same time happens in the same order each time.
func (b books) write(about, sub string, at time.Time, effect func() error) error {
	time.Sleep(time.Duration(b.h.throw(1000, about, sub, at)) * time.Microsecond) // on the test's clock
	if b.h.strikes(10, about, sub) {
		return errRandom
	}
	err := effect()
	if b.h.strikes(10, about, sub, "lost") {
		return errors.Join(err, errRandom)
	}
	return err
}

func (b books) Confirm(ctx context.Context, e plan.Entry) error {
	return b.write("confirm", e.Sub, e.ObservedAt, func() error { return b.Memory.Confirm(ctx, e) })
}

func (b books) Forget(ctx context.Context, sub string, at time.Time) error {
	return b.write("forget", sub, at, func() error { return b.Memory.Forget(ctx, sub, at) })
}

// SendAll, SendAllAfter and Backlog are the bulk queue.

func (h *history) SendAll(_ context.Context, changes []directory.Change) error {
	h.queue = append(h.queue, changes...)
	return nil
}

func (h *history) SendAllAfter(ctx context.Context, changes []directory.Change, _ time.Duration) error {
	return h.SendAll(ctx, changes)
}

func (*history) Backlog(context.Context) (int, error) { return 0, nil }

// target is the bus as a new instance of the function knows it.
func (h *history) target() *eventbus.Bus {
	options := []eventbus.Option{eventbus.WithAttributes("username", "name")}
	if h.existing {
		options = append(options, eventbus.WithExisting())
	}
	return newBus(h.bus, func(ctx context.Context) (bool, error) {
		run, _, err := h.ledger.LastSuccess(ctx)
		return run != "", err
	}, options...)
}

func (h *history) play() {
	h.changes(5) // before the first run
	h.calmly(h.run)
	h.begin()
	for range 6 {
		h.changes(h.rand.IntN(15))
		if h.rand.IntN(3) == 0 {
			h.run()
		}
		for range h.rand.IntN(4) {
			h.deliver()
			h.hand()
		}
		time.Sleep(time.Duration(h.rand.IntN(3600)) * time.Second) // on the test's clock
	}
	h.settle()
	h.check("after two runs")
}

// settle lets two runs go by with nothing failing, and the consumer get everything.
func (h *history) settle() {
	h.calmly(func() {
		for range 2 {
			h.drain()
			h.run()
		}
		h.drain()
	})
	h.handAll()
}

// calmly does something while nothing fails.
func (h *history) calmly(do func()) {
	h.calm = true
	do()
	h.calm = false
}

// begin gives the consumer what it does not get from the feed: everybody, exported after
// the first run, unless they are announced.
func (h *history) begin() {
	if h.existing {
		return
	}
	at := time.Now().Add(-time.Minute)
	for u := range h.pool.All() {
		h.consumer.held[u.Sub] = record{at, false, u.Username, shown(h.t, u)}
	}
}

// shown is what the feed says of a user.
func shown(t *testing.T, u directory.User) string {
	user := eventbus.User{Enabled: u.Enabled, Attributes: map[string]string{}}
	if name := u.Attributes["name"]; name != "" {
		user.Attributes["name"] = name
	}
	text, err := json.Marshal(user)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// changes changes the pool so many times, and queues what tells of it: unless it gets
// lost, and now and then twice.
func (h *history) changes(n int) {
	for range n {
		time.Sleep(time.Duration(1+h.rand.IntN(5000)) * time.Millisecond) // on the test's clock
		hint := directory.Change{Kind: directory.Changed, Origin: directory.CloudTrail, WrittenAt: time.Now().Truncate(time.Second)}
		var subs []string
		for u := range h.pool.All() {
			subs = append(subs, u.Sub)
		}
		hint.Sub = subs[h.rand.IntN(len(subs))]
		switch h.rand.IntN(7) {
		case 0:
			hint.Sub = h.pool.Add(fmt.Sprintf("newcomer-%d", h.rand.Uint32()), map[string]string{"name": "New"})
		case 1:
			hint.Sub = h.pool.Add(fmt.Sprintf("sign-up-%d", h.rand.Uint32()), nil)
			hint.Kind, hint.Origin = directory.SignUp, directory.Trigger
		case 2:
			if len(subs) > 12 { // a pool that empties removes nobody
				h.pool.Delete(hint.Sub)
				hint.Kind = directory.Removed
			}
		case 3:
			h.pool.Edit(hint.Sub, func(u *directory.User) { u.Enabled = !u.Enabled })
		case 4, 5:
			h.pool.Edit(hint.Sub, func(u *directory.User) { u.Attributes["name"] = []string{"Ann", "Bob", ""}[h.rand.IntN(3)] })
		case 6:
			hint.Kind, hint.Origin = directory.SignIn, directory.Trigger
		}
		h.tell(hint)
	}
}

// tell queues a hint, with what the pool holds then.
func (h *history) tell(hint directory.Change) {
	hint.ID, hint.ObservedAt, hint.Pool = fmt.Sprintf("%032x", h.rand.Uint64()), time.Now(), cognitotest.ID
	if hint.Origin == directory.Trigger {
		u, _ := h.pool.User(hint.Sub)
		u.Enabled, u.Created, u.Modified = true, time.Time{}, time.Time{}
		h.pool.Edit(hint.Sub, func(u *directory.User) { u.Enabled = true }) // or they could not sign in
		hint.WrittenAt, hint.Username, hint.User = time.Time{}, u.Username, &u
		h.signIns[hint.ID] = hint.Sub
	} else {
		entry, err := h.ledger.Entry(h.t.Context(), hint.Sub)
		if err != nil {
			h.t.Fatal(err)
		}
		resolved, known, err := reconcile.Resolve(h.t.Context(), cognito.New(h.pool, cognitotest.ID), hint, entry)
		if err != nil {
			h.t.Fatal(err)
		}
		if !known || h.rand.IntN(3) == 0 { // or it is lost
			return
		}
		hint = resolved
	}
	h.queue = append(h.queue, hint)
	if h.rand.IntN(6) == 0 {
		h.queue = append(h.queue, hint)
	}
}

// deliver delivers some of what is queued, in any order and side by side. What fails is
// queued again; so is what was on its way when the instance was killed.
func (h *history) deliver() {
	h.rand.Shuffle(len(h.queue), func(i, j int) { h.queue[i], h.queue[j] = h.queue[j], h.queue[i] })
	batch := slices.Clone(h.queue[:min(10, len(h.queue))])
	h.queue = h.queue[len(batch):]
	life, kill := context.WithTimeout(h.t.Context(), 12*time.Second)
	defer kill()
	if !h.calm && h.rand.IntN(5) == 0 {
		time.AfterFunc(time.Duration(h.rand.IntN(9))*time.Millisecond, kill)
	}
	deliverer := reconcile.NewDeliverer(cognito.New(h.pool, cognitotest.ID), books{h.ledger, h}, reconcile.Guard(h.target()), reconcile.Report, nil)
	errs, killed := make([]error, len(batch)), make([]bool, len(batch))
	var all sync.WaitGroup
	for i, c := range batch {
		all.Go(func() {
			time.Sleep(time.Duration(i) * 700 * time.Microsecond) // on the test's clock
			_, errs[i] = deliverer.Deliver(life, c)
			killed[i] = life.Err() != nil
		})
	}
	all.Wait()
	for i, c := range batch {
		if errs[i] != nil || killed[i] {
			c.Tried = c.Tried || killed[i] || errors.Is(errs[i], reconcile.ErrTold)
			h.queue = append(h.queue, c)
		}
	}
	time.Sleep(30 * time.Second) // on the test's clock: a request that goes on ends
}

// drain delivers until nothing is queued.
func (h *history) drain() {
	for tries := 0; len(h.queue) > 0; tries++ {
		if tries > 100 {
			h.t.Fatalf("seed %d: %d changes are not delivered although nothing fails", h.seed, len(h.queue))
		}
		h.deliver()
	}
}

// run carries out a run, as the state machine does.
func (h *history) run() {
	h.runs++
	ctx := h.t.Context()
	target := h.target()
	engine := reconcile.NewEngine(cognito.New(h.pool, cognitotest.ID), h.ledger.Lease(), []reconcile.RunTarget{{
		Name: "feed", LedgerName: target.Name(), Ledger: books{h.ledger, h}, Queue: h, Fingerprinter: target,
		Policy: plan.Full, Limits: plan.Limits{Percent: 100, Count: 1000}, MaxBacklog: 1000,
	}}, reconcile.Settings{Rate: 10, Pool: cognitotest.ID}, slog.New(slog.DiscardHandler))

	run, lanes, err := engine.Start(ctx, reconcile.Request{ID: fmt.Sprint("run-", h.runs)})
	for i := 0; i < len(lanes) && err == nil; i++ {
		for !lanes[i].Done && err == nil {
			lanes[i], err = engine.Walk(ctx, run, lanes[i])
		}
	}
	if err != nil {
		h.t.Fatalf("seed %d: %v", h.seed, err)
	}
	conclusion, err := engine.Conclude(run, lanes)
	for i := 0; i < len(conclusion.Sweep) && err == nil; i++ {
		for !conclusion.Sweep[i].Done && err == nil {
			conclusion.Sweep[i], err = engine.Sweep(ctx, run, conclusion.Sweep[i])
		}
	}
	if err == nil {
		_, err = engine.Finish(ctx, run, conclusion, conclusion.Sweep)
	}
	if err != nil && !errors.Is(err, errRandom) {
		h.t.Fatalf("seed %d: %v", h.seed, err)
	}
	if err != nil { // the run has failed: so be it
		if err := engine.Abandon(ctx, run); err != nil {
			h.t.Fatalf("seed %d: %v", h.seed, err)
		}
	}
}

// hand hands some events over to the consumer, in any order.
func (h *history) hand() {
	messages := h.bus.Messages()
	for _, m := range messages[h.handed:] {
		validate(h.t, m)
		h.late = append(h.late, m)
		if h.rand.IntN(5) == 0 {
			h.late = append(h.late, m)
		}
	}
	h.handed = len(messages)
	h.rand.Shuffle(len(h.late), func(i, j int) { h.late[i], h.late[j] = h.late[j], h.late[i] })
	for range h.rand.IntN(len(h.late) + 1) {
		if err := h.consumer.take(h.late[0]); err != nil {
			h.t.Fatalf("seed %d: %v", h.seed, err)
		}
		h.late = h.late[1:]
	}
}

func (h *history) handAll() {
	for h.hand(); len(h.late) > 0; {
		h.hand()
	}
}

// check fails the test if the consumer's copy is not the pool, but for some who may be in
// it or not, or if it lacks a sign-in.
func (h *history) check(when string) {
	want, got := make(map[string]string), h.consumer.copy()
	for u := range h.pool.All() {
		want[u.Sub] = u.Username + " " + shown(h.t, u)
	}
	for _, sub := range slices.Sorted(maps.Keys(want)) {
		if got[sub] != want[sub] {
			h.t.Errorf("seed %d: %s, the copy holds of %s: %q, want %q", h.seed, when, sub, got[sub], want[sub])
		}
		delete(got, sub)
	}
	for _, sub := range slices.Sorted(maps.Keys(got)) {
		h.t.Errorf("seed %d: %s, the copy holds %s, who is gone", h.seed, when, sub)
	}
	for id, sub := range h.signIns {
		if _, there := want[sub]; there && h.consumer.signIns[id] != 1 {
			h.t.Errorf("seed %d: %s, the sign-in %s of %s counts %d times, want once", h.seed, when, id, sub, h.consumer.signIns[id])
		}
	}
}
