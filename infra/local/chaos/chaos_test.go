package main

import (
	"bytes"
	"strings"
	"testing"
	"time"
)

// The short form is too short for an unreadable message to reach the dead-letter queue.
func TestSurvives(t *testing.T) {
	var out bytes.Buffer
	if err := run(t.Context(), &out, newPlan(1, 12*time.Second)); err != nil {
		t.Errorf("got error %v", err)
	}
	for line := range strings.Lines(out.String()) {
		if len(line) > 80+len("\n") {
			t.Errorf("line is longer than 80 columns: %q", line)
		}
	}
	t.Log(out.String())
}

// A verdict that cannot fail would be worthless.
func TestFindingsFail(t *testing.T) {
	var out bytes.Buffer
	findings := []finding{{ok: true, text: "well"}, {text: "differs", what: []string{"person 1"}}}
	if printFindings(&out, findings) {
		t.Error("a finding that is not ok counts as one that is")
	}
	if want := "\nResult\n  ok     well\n  FAILED differs\n         person 1\n"; out.String() != want {
		t.Errorf("got %q, want %q", out.String(), want)
	}
	if !printFindings(&out, findings[:1]) {
		t.Error("a finding that is ok counts as one that is not")
	}
}

func TestSignInsAreCounted(t *testing.T) {
	start := time.Unix(1_800_000_000, 0)
	for _, tt := range []struct {
		name     string
		signIns  []time.Duration
		told     []time.Duration
		wantLost int
	}{
		{"all told", []time.Duration{1, 3}, []time.Duration{2, 4}, 0},
		{"told twice", []time.Duration{1}, []time.Duration{2, 3}, 0},
		{"one is missing", []time.Duration{1, 3}, []time.Duration{4}, 1},
		{"told before it happened", []time.Duration{3}, []time.Duration{2}, 1},
		{"the last is missing, an earlier came twice", []time.Duration{1, 5}, []time.Duration{2, 3}, 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var signIns, told []time.Time
			for _, at := range tt.signIns {
				signIns = append(signIns, start.Add(at*time.Second))
			}
			for _, at := range tt.told {
				told = append(told, start.Add(at*time.Second))
			}
			if got := unmatched(signIns, told); len(got) != tt.wantLost {
				t.Errorf("got %d lost, want %d", len(got), tt.wantLost)
			}
		})
	}
}
