package main

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/poolsync/poolsync/infra/local/bench/awstest"
)

// TestToldOfEvents shows that ingest is told of targets that differ.
func TestToldOfEvents(t *testing.T) {
	w := &wire{aws: &awstest.Server{URL: "http://aws.test"}, routes: []*route{newRoute(nil, 0, 1), newRoute(nil, 1, 1)}}
	want := `[{"name":"` + hubNumber(0, "").LedgerName() + `","queueUrl":"http://aws.test/123456789012/changes"},` +
		`{"name":"` + hubNumber(1, "").LedgerName() + `","queueUrl":"http://aws.test/123456789012/changes2"}]`
	if diff := cmp.Diff(want, w.toldOfEvents()); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
	if hubNumber(0, "").LedgerName() == hubNumber(1, "").LedgerName() {
		t.Error("both targets have the same part of the ledger")
	}
}

// TestPassedOver shows when a figure beside foreign events counts.
func TestPassedOver(t *testing.T) {
	for _, tt := range []struct {
		name            string
		queued          int // beyond the sign-ins, for the second target
		events, lookups int
		counts          bool
	}{
		{"no events", 0, 0, 0, true},
		{"each looked up for both targets", 0, 50, 100, true},
		{"for one alone", 0, 50, 50, false},
		{"one taken for ours", 1, 50, 100, false},
	} {
		w := &wire{routes: []*route{newRoute(nil, 0, 1), newRoute(nil, 1, 1)}}
		for i, r := range w.routes {
			for range warmUp + arrivals + i*tt.queued {
				r.live.Send("{}", 0)
			}
		}
		if err := w.passedOver(tt.events, tt.lookups); (err == nil) != tt.counts {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
}
