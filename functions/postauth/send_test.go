package main

import (
	"bytes"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"
)

// TestWhatMayHaveArrivedIsNotCalledDropped has SQS behave in each way, and shows how
// the sign-in is counted and how many copies of its change SQS may have.
func TestWhatMayHaveArrivedIsNotCalledDropped(t *testing.T) {
	const queued, uncertain, dropped = "ChangesQueued", "ChangesUncertain", "ChangesDropped"
	always := func(d time.Duration) func(int32) { return func(int32) { time.Sleep(d) } }
	first := func(d time.Duration) func(int32) {
		return func(nth int32) {
			if nth == 1 {
				time.Sleep(d)
			}
		}
	}
	answers := func(statuses ...int) func(int32) int {
		return func(nth int32) int { return statuses[min(int(nth), len(statuses))-1] }
	}
	for _, tt := range []struct {
		name   string
		answer func(nth int32)
		status func(nth int32) int
		most   int // connections that SQS accepts
		want   string
		copies int32
	}{
		{"at its usual pace", always(0), answers(200), 10, queued, 1},
		{"slow", always(400 * time.Millisecond), answers(200), 10, queued, 1},
		{"slower than the first try lasts", always(600 * time.Millisecond), answers(200), 10, queued, 2},
		{"slower than the sign-in waits", always(time.Second), answers(200), 10, uncertain, 2},
		{"silent", always(time.Hour), answers(200), 10, uncertain, 2},
		{"silent on the old connection", first(time.Hour), answers(200), 10, queued, 2},
		{"silent, then out of reach", always(time.Hour), answers(200), 1, uncertain, 1},
		{"silent, then refusing", first(time.Hour), answers(200, 403), 10, uncertain, 2},
		{"refusing", always(0), answers(403), 10, dropped, 1},
		{"failing, with an unknown outcome", always(0), answers(500), 10, uncertain, 3},
		{"failing, then refusing", always(0), answers(500, 403), 10, uncertain, 2},
		{"failing once", always(0), answers(500, 200), 10, queued, 2},
		{"out of reach", always(0), answers(200), 0, dropped, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			event := read(t, "signin")
			bubble(t, func(t *testing.T) {
				s := newStandIn(t)
				s.answer, s.status, s.most = tt.answer, tt.status, tt.most
				var metrics, logged bytes.Buffer
				h := handler{queue: s.connect(t.Context()), log: slog.New(slog.NewTextHandler(&logged, nil)), out: &metrics}
				began := time.Now()
				if answer, err := h.Invoke(t.Context(), event); err != nil || !bytes.Equal(answer, event) {
					t.Errorf("Invoke = %s, %v; want the event as it came", answer, err)
				}
				if took := time.Since(began); took > budget { // on the test's clock
					t.Errorf("the sign-in waited for %v, want at most %v", took, budget)
				}
				for _, metric := range []string{queued, uncertain, dropped} {
					if counted := strings.Contains(metrics.String(), `"`+metric+`":1`); counted != (metric == tt.want) {
						t.Errorf("metrics %s, want only %s", metrics.String(), tt.want)
					}
				}
				if got := s.sent.Load(); got != tt.copies {
					t.Errorf("SQS was sent %d copies, want %d", got, tt.copies)
				}
				if alarming := strings.Contains(logged.String(), "level=ERROR"); alarming != (tt.want == dropped) {
					t.Errorf("log %q", logged.String())
				}
				time.Sleep(2 * time.Hour) // what SQS still answers, and nobody waits for
			})
		})
	}
}

// A request that nobody watches is still sent.
func TestWitnessOfNothing(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := newStandIn(t)
		client := witness{&http.Client{Transport: &http.Transport{DialContext: s.dial}}}
		request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://sqs.example.com/", nil)
		if err != nil {
			t.Fatal(err)
		}
		response, err := client.Do(request)
		if err != nil || response.StatusCode != http.StatusOK {
			t.Fatalf("Do = %v, %v", response, err)
		}
		response.Body.Close()
		client.client.CloseIdleConnections()
	})
}
