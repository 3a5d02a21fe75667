package main

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestPlanIsTheSameForTheSameSeed(t *testing.T) {
	allow := cmp.AllowUnexported(plan{}, step{})
	if diff := cmp.Diff(newPlan(7, time.Minute), newPlan(7, time.Minute), allow); diff != "" {
		t.Errorf("two plans of one seed differ:\n%s", diff)
	}
	if cmp.Equal(newPlan(7, time.Minute).life, newPlan(8, time.Minute).life, allow) {
		t.Error("the plans of two seeds have the same life")
	}
	if cmp.Equal(newPlan(7, time.Minute).faults, newPlan(8, time.Minute).faults, allow) {
		t.Error("the plans of two seeds have the same faults")
	}
}

// An impossible plan would look like a fault of poolsync.
func TestPlanIsPossible(t *testing.T) {
	for seed := range uint64(50) {
		enabled := map[int]bool{} // who is in the pool
		last := time.Duration(0)
		p := newPlan(seed, 3*time.Minute)
		for _, s := range p.life {
			is, there := enabled[s.who]
			switch s.deed {
			case create, signUp, welcome:
				if there {
					t.Fatalf("seed %d at %v: %d comes twice", seed, s.at, s.who)
				}
				enabled[s.who] = true
			case fullRun, stray:
			case signIn, disable:
				if !is {
					t.Fatalf("seed %d at %v: %q of %d, who is not there or disabled", seed, s.at, s.deed, s.who)
				}
			default:
				if !there {
					t.Fatalf("seed %d at %v: %q of %d, who is not there", seed, s.at, s.deed, s.who)
				}
			}
			switch s.deed {
			case disable, enable:
				enabled[s.who] = s.deed == enable
			case remove, discard:
				delete(enabled, s.who)
			}
			if s.at < last || s.at >= p.length {
				t.Fatalf("seed %d: a step at %v follows one at %v", seed, s.at, last)
			}
			last = s.at
			if s.at > 0 && len(enabled) < leastPeople {
				t.Fatalf("seed %d at %v: only %d are left", seed, s.at, len(enabled))
			}
		}
	}
}

func TestTwoMinutesHoldEveryDeed(t *testing.T) {
	p := newPlan(1, 2*time.Minute)
	count := map[deed]int{}
	for _, s := range slices.Concat(p.life, p.faults) {
		count[s.deed]++
	}
	for _, d := range append(allFaults(), unreadable, signIn, signUp, create, rename, disable, enable, remove, welcome, discard, stray, fullRun) {
		if count[d] == 0 {
			t.Errorf("%q does not happen", d)
		}
	}
}

// An unreadable message takes long to reach the dead-letter queue. The verdict must not
// have to wait for it.
func TestUnreadableMessagesComeEarly(t *testing.T) {
	for seed := range uint64(50) {
		for _, s := range newPlan(seed, 2*time.Minute).faults {
			if s.deed == unreadable && s.at > 2*time.Minute-undertaking {
				t.Errorf("seed %d: an unreadable message comes at %v", seed, s.at)
			}
		}
	}
}
