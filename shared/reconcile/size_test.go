package reconcile

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/poolsync/poolsync/shared/plan"
)

// mostUsers is how many users a pool holds at most.
const mostUsers = 40_000_000

// full returns counts that are as long as they can be.
func full() Counts {
	const n = mostUsers
	return Counts{
		Tally: plan.Tally{Known: n, Walked: n, Missing: n}, New: n, Changed: n, Renamed: n, Rejected: n,
		Blocked: n, Retried: n, Left: n, Present: n, Doubtful: n, Removed: n,
	}
}

// worst returns a lane's shares at their largest, for each state that a target can be in.
func worst(lane Lane, targets int) map[string]Lane {
	var everywhere partitionSet
	for i := range lane.Size {
		everywhere = everywhere.add(i, lane.Size)
	}
	states := map[string]func(*Share){
		"somebody absent and blocked in every partition": func(s *Share) { s.AbsentIn, s.BlockedIn = everywhere, everywhere },
		"a dry run with samples": func(s *Share) {
			for range sampleSize {
				s.note(targets, "00000000-0000-4000-8000-000000000000", plan.Rejected.String())
			}
		},
		"out for a reason that is hard to write": func(s *Share) { s.putOut(errors.New(strings.Repeat("<\"\x01\u2028é", 200))) },
	}
	lanes := make(map[string]Lane)
	for name, state := range states {
		lane := lane.clone()
		lane.Next, lane.Done, lane.After = lane.End, true, "00000000-0000-4000-8000-000000000000"
		lane.Shares = make([]Share, targets)
		for i := range lane.Shares {
			lane.Shares[i].Counts = full()
			state(&lane.Shares[i])
		}
		lanes[name] = lane
	}
	return lanes
}

// TestLaneStaysSmall shows that what is carried along of a lane stays below 4 KB with
// five targets, at every rate, in a pool of 4,096 partitions, and all lanes together
// far below the 256 KB that a state machine carries.
func TestLaneStaysSmall(t *testing.T) {
	const most, targets = 4 << 10, 5
	largest := 0
	for rate := 1; rate <= 30; rate++ {
		for _, digits := range []int{0, 1, 3} {
			all := 0
			for _, lane := range lanes(digits, float64(rate)) {
				of := 0
				for name, lane := range worst(lane, targets) {
					text, err := json.Marshal(lane)
					if err != nil {
						t.Fatal(err)
					}
					if len(text) >= most {
						t.Errorf("%d digits at %d/s, %s: %d bytes, want less than %d", digits, rate, name, len(text), most)
					}
					of = max(of, len(text))
				}
				largest, all = max(largest, of), all+of
			}
			if all > 64<<10 {
				t.Errorf("%d digits at %d/s: %d bytes in all lanes, want 64 KB at most", digits, rate, all)
			}
		}
	}
	t.Logf("the largest lane has %d bytes", largest)
}

// TestRunStaysSmall shows the same of what every step is told of the run.
func TestRunStaysSmall(t *testing.T) {
	const longestName = 20
	run := Run{Request: Request{ID: strings.Repeat("x", 80), AllowRemovals: true, RetryRejected: true}, V: Version, Lanes: maxLanes, Digits: 3, Gathers: true}
	for i := range 5 {
		name := fmt.Sprintf("%0*d", longestName, i)
		run.Targets = append(run.Targets, name)
		run.Parts = append(run.Parts, Part{Name: name, Waiting: mostUsers})
	}
	run = run.putOut(map[int]error{0: errors.New(strings.Repeat("\"", 1000)), 1: errors.New(strings.Repeat("<", 1000)), 2: errors.New("short")})
	text, err := json.Marshal(run)
	if err != nil || len(text) >= 4<<10 {
		t.Errorf("%d bytes, %v; want less than 4 KB", len(text), err)
	}
}

func TestPartitionSet(t *testing.T) {
	for _, tt := range []struct {
		name string
		size int
		add  []int
		with []int // the partitions that are in it
	}{
		{"nothing", 16, nil, nil},
		{"the only one", 1, []int{0}, []int{0}},
		{"some", 16, []int{0, 9, 15}, []int{0, 9, 15}},
		{"one twice", 16, []int{9, 9}, []int{9}},
		{"the last of as many as there are bits", 1024, []int{1023}, []int{1023}},
		{"one of two that share a bit", 2048, []int{1025}, []int{1024, 1025}},
		{"one of four that share a bit", 4096, []int{4095}, []int{4092, 4093, 4094, 4095}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var set partitionSet
			for _, i := range tt.add {
				set = set.add(i, tt.size)
			}
			if len(set) > maxBits/8 {
				t.Errorf("%d bytes, want %d at most", len(set), maxBits/8)
			}
			want := make(map[int]bool)
			for _, i := range tt.with {
				want[i] = true
			}
			for i := range tt.size {
				if set.has(i, tt.size) != want[i] {
					t.Errorf("has(%d) = %t, want %t", i, set.has(i, tt.size), want[i])
				}
			}
		})
	}
}

// TestSwaths shows that a sweep comes by everything once: target by target, the absent
// before the blocked.
func TestSwaths(t *testing.T) {
	lane := Lane{First: 8, Size: 4, End: 16, Shares: make([]Share, 2)}
	lane.Shares[0].AbsentIn = lane.Shares[0].AbsentIn.add(1, 4).add(3, 4)
	lane.Shares[0].BlockedIn = lane.Shares[0].BlockedIn.add(0, 4)
	lane.Shares[1].AbsentIn = lane.Shares[1].AbsentIn.add(2, 4)
	var got []swath
	for ; lane.Next < lane.End; lane.Next++ {
		if at := lane.swath(); lane.holds(at) {
			got = append(got, at)
		}
	}
	want := []swath{{0, false, 9}, {0, false, 11}, {0, true, 8}, {1, false, 10}}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("swaths = %v, want %v", got, want)
	}
}

func TestReasonText(t *testing.T) {
	for _, tt := range []struct{ name, in string }{
		{"short", "read the ledger: down"},
		{"long", strings.Repeat("x", 5000)},
		{"hard to write", strings.Repeat("<\x01", 500)},
		{"not UTF-8", strings.Repeat("\xff", 500)},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := reasonText(errors.New(tt.in))
			text, _ := json.Marshal(got)
			if got == "" || len(text) > maxReason+2 || len(tt.in) < 50 && got != tt.in {
				t.Errorf("reasonText = %q, %d bytes", got, len(text))
			}
		})
	}
}

func TestRoom(t *testing.T) {
	for _, tt := range []struct {
		sixHours, lanes int
		want            []int
	}{
		{0, 2, []int{-1, -1}}, {10, 1, []int{10}}, {10, 4, []int{3, 3, 2, 2}}, {2, 4, []int{1, 1, 0, 0}}, {432_000, 16, nil},
	} {
		sum := 0
		for lane := range tt.lanes {
			got := room(tt.sixHours, tt.lanes, lane)
			if sum += got; tt.want != nil && got != tt.want[lane] {
				t.Errorf("lane %d of %d has room for %d of %d, want %d", lane, tt.lanes, got, tt.sixHours, tt.want[lane])
			}
		}
		if tt.sixHours > 0 && sum != tt.sixHours {
			t.Errorf("%d lanes have room for %d, want %d", tt.lanes, sum, tt.sixHours)
		}
	}
}

func TestCheck(t *testing.T) {
	for version := range 4 {
		if err := (Run{V: version}).Check(); errors.Is(err, ErrOtherVersion) == (version == Version) {
			t.Errorf("version %d: error = %v", version, err)
		}
	}
}
