package main

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/poolsync/poolsync/infra/local/bench/awstest"
	"github.com/poolsync/poolsync/infra/local/bench/table"
)

// times returns a hundred times from one millisecond up to a factor of a hundred.
func times(factor time.Duration) []time.Duration {
	all := make([]time.Duration, 100)
	for i := range all {
		all[i] = time.Duration(i+1) * factor * time.Millisecond
	}
	return all
}

// shown returns the figures and ratios of rows, by their metrics.
func shown(rows []table.Row) map[string]string {
	all := make(map[string]string)
	for _, r := range rows[1:] {
		all[r.Metric] = r.Poolsync.String() + " / " + r.Other.String()
	}
	return all
}

func TestQueueRows(t *testing.T) {
	for _, tt := range []struct {
		name      string
		two, hung time.Duration
		want      map[string]string
		missed    []string
	}{
		{
			name: "within the limits", two: 1, hung: 14,
			want: map[string]string{
				"p50, two targets": "50 ms / 50 ms", "p99, two targets": "99 ms / 99 ms",
				"p50, two targets, one's queue hangs": "700 ms / 50 ms", "p99, two targets, one's queue hangs": "1,386 ms / 99 ms",
			},
		},
		{
			name: "beyond them", two: 2, hung: 16,
			want: map[string]string{
				"p50, two targets": "100 ms / 50 ms", "p99, two targets": "198 ms / 99 ms",
				"p50, two targets, one's queue hangs": "800 ms / 50 ms", "p99, two targets, one's queue hangs": "1,584 ms / 99 ms",
			},
			missed: []string{"p50, two targets", "p99, two targets, one's queue hangs"},
		},
	} {
		rows := queueRows(times(tt.two), times(1), times(tt.hung))
		if diff := cmp.Diff(tt.want, shown(rows)); diff != "" {
			t.Errorf("%s: -want +got\n%s", tt.name, diff)
		}
		var missed []string
		for _, r := range rows {
			if r.Missed() {
				missed = append(missed, r.Metric)
			}
		}
		if diff := cmp.Diff(tt.missed, missed); diff != "" {
			t.Errorf("%s: missed: -want +got\n%s", tt.name, diff)
		}
	}
}

// TestForksCheck shows that a figure without its changes on the queues does not count.
func TestForksCheck(t *testing.T) {
	fill := func(n int) *awstest.Queue {
		q := awstest.NewQueue(0)
		for range n {
			q.Send("{}", 0)
		}
		return q
	}
	const warm, hung = warmUp + twoRounds, (waves + 1) * crest
	for _, tt := range []struct {
		name                        string
		one, first, second, healthy int
		complete                    bool
	}{
		{"all are there", warm, warm, warm, hung, true},
		{"the second target lacks one", warm, warm, warm - 1, hung, false},
		{"the hanging queue took one along", warm, warm, warm, hung - 1, false},
		{"one came twice", warm + 1, warm, warm, hung, false},
	} {
		f := &forks{one: fill(tt.one), first: fill(tt.first), second: fill(tt.second), healthy: fill(tt.healthy)}
		if err := f.check(); (err == nil) != tt.complete {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
}

func TestDuelTakesTurns(t *testing.T) {
	d := &duel{ours: "a", theirs: "b"}
	if got := slices.Concat(d.order(0), d.order(1), d.order(2)); !slices.Equal(got, []string{"a", "b", "b", "a", "a", "b"}) {
		t.Errorf("called in the order %v", got)
	}
}
