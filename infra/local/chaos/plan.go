package main

import (
	"cmp"
	"math/rand/v2"
	"slices"
	"time"
)

// deed is a kind of thing that happens, by its name in the report.
type deed string

// What people and the pool's owner do.
const (
	signIn  deed = "somebody signs in"
	signUp  deed = "somebody signs up"
	create  deed = "the owner adds a user"
	rename  deed = "the owner changes a user's name"
	disable deed = "the owner disables a user"
	enable  deed = "the owner enables a user again"
	remove  deed = "the owner deletes a user"
	welcome deed = "UserHub adds a user"
	discard deed = "UserHub deletes a user"
	stray   deed = "somebody signs in to another pool, with our trigger"
	fullRun deed = "a full sync runs"
)

// What goes wrong. After the colon comes the function that is killed, or the way in
// which UserHub or EventBridge fails.
const (
	killed       deed = "killed with SIGKILL: "
	failing      deed = "UserHub: "
	busFailing   deed = "EventBridge: "
	throttled    deed = "Cognito throttles us"
	lagging      deed = "ListUsers leaves somebody out"
	misfiled     deed = "ListUsers finds a former owner of an address"
	crowded      deed = "people of other pools act, in numbers"
	redelivering deed = "SQS delivers again"
	behind       deed = "clocks are a minute behind"
	ahead        deed = "clocks are a minute ahead"
	silent       deed = "CloudTrail loses events"
	rotateKey    deed = "UserHub's key is rotated"
	rotateOurs   deed = "signing secret rotated, here first"
	rotateTheirs deed = "signing secret rotated, there first"
	unreadable   deed = "a message nobody can read"
)

// step is one thing that happens during the soak.
type step struct {
	at   time.Duration // since the beginning
	deed deed
	who  int           // number of the person, if the deed is about one of the pool
	last time.Duration // how long a fault lasts
}

// plan is everything that happens in a soak. The same seed and length make the same plan,
// but the machine may interleave its own work differently each time.
type plan struct {
	seed   uint64
	length time.Duration
	life   []step // in order of time
	faults []step // likewise
}

const (
	founders = 20 // are in the pool before anything goes wrong
	// leastPeople is how few people the pool may shrink to. It keeps those who leave below
	// the number at which a run would hold their removal back.
	leastPeople = 15
	// lifePace and faultPace are the mean times from one step to the next.
	lifePace  = 350 * time.Millisecond
	faultPace = 1200 * time.Millisecond
	runEvery  = 15 * time.Second
	// undertaking is how long an unreadable message takes to reach the dead-letter queue.
	// None is sent so late that the verdict would have to wait for it.
	undertaking = 90 * time.Second
)

// newPlan plans a soak.
func newPlan(seed uint64, length time.Duration) plan {
	return plan{
		seed: seed, length: length,
		life:   planLife(rand.New(rand.NewPCG(seed, 1)), length),
		faults: planFaults(rand.New(rand.NewPCG(seed, 2)), length),
	}
}

// people are the people in the pool, according to the plan.
type people struct {
	next    int
	enabled map[int]bool
}

// add adds somebody new and returns their number.
func (p *people) add() int {
	p.next++
	p.enabled[p.next] = true
	return p.next
}

// pick returns somebody who is enabled, or disabled, and false if there is nobody.
func (p *people) pick(random *rand.Rand, enabled bool) (int, bool) {
	var candidates []int
	for who, is := range p.enabled {
		if is == enabled {
			candidates = append(candidates, who)
		}
	}
	if len(candidates) == 0 {
		return 0, false
	}
	slices.Sort(candidates)
	return candidates[random.IntN(len(candidates))], true
}

// planLife plans what people do in the given time, with a run every now and then.
func planLife(random *rand.Rand, length time.Duration) []step {
	p := &people{enabled: map[int]bool{}}
	var steps []step
	for range founders {
		steps = append(steps, step{deed: create, who: p.add()})
	}
	for at := pause(random, lifePace); at < length; at += pause(random, lifePace) {
		if s, ok := p.live(random); ok {
			s.at = at
			steps = append(steps, s)
		}
	}
	for at := runEvery / 3; at < length; at += runEvery {
		steps = append(steps, step{at: at, deed: fullRun})
	}
	inOrder(steps)
	return steps
}

// live is one thing that somebody does.
func (p *people) live(random *rand.Rand) (step, bool) {
	s := step{deed: signIn}
	switch n := random.IntN(100); {
	case n < 7:
		return step{deed: create, who: p.add()}, true
	case n < 12:
		return step{deed: signUp, who: p.add()}, true
	case n < 15:
		return step{deed: welcome, who: p.add()}, true
	case n < 18:
		return step{deed: stray}, true
	case n < 33:
		s.deed = rename
	case n < 39:
		s.deed = disable
	case n < 44:
		s.deed = enable
	case n < 50 && len(p.enabled) > leastPeople:
		s.deed = remove
	case n < 54 && len(p.enabled) > leastPeople:
		s.deed = discard
	}
	who, ok := p.pick(random, s.deed != enable)
	if !ok {
		return s, false
	}
	s.who = who
	switch s.deed {
	case disable, enable:
		p.enabled[who] = s.deed == enable
	case remove, discard:
		delete(p.enabled, who)
	}
	return s, true
}

// planFaults uses every fault once in random order, then all again, and so on.
func planFaults(random *rand.Rand, length time.Duration) []step {
	var deck []deed
	var steps []step
	for at := pause(random, faultPace); at < length; at += pause(random, faultPace) {
		if len(deck) == 0 {
			deck = allFaults()
			random.Shuffle(len(deck), func(i, j int) { deck[i], deck[j] = deck[j], deck[i] })
		}
		s := step{at: at, deed: deck[0], last: time.Second + time.Duration(random.Int64N(int64(3*time.Second)))}
		deck = deck[1:]
		steps = append(steps, s)
	}
	if early := length - undertaking; early > 0 {
		for range 2 {
			steps = append(steps, step{at: time.Duration(random.Int64N(int64(early))), deed: unreadable})
		}
	}
	inOrder(steps)
	return steps
}

func inOrder(steps []step) {
	slices.SortStableFunc(steps, func(a, b step) int { return cmp.Compare(a.at, b.at) })
}

// allFaults returns the faults to use. Each function is killed twice as often as most
// other faults happen.
func allFaults() []deed {
	deck := []deed{throttled, throttled, lagging, misfiled, crowded, redelivering, redelivering, behind, ahead, silent,
		rotateKey, rotateOurs, rotateTheirs}
	for range 2 {
		for _, function := range functions {
			deck = append(deck, killed+deed(function))
		}
	}
	for _, f := range userHubFaults {
		deck = append(deck, failing+deed(f.name))
	}
	for _, f := range busFaults {
		deck = append(deck, busFailing+deed(f.name))
	}
	return deck
}

// pause returns a random time with the given mean, at least a quarter of it.
func pause(random *rand.Rand, mean time.Duration) time.Duration {
	return mean/4 + time.Duration(random.Int64N(int64(mean)*3/2))
}
