package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// bus is an EventBridge that numbers the events that it takes.
type bus struct {
	mu    sync.Mutex // guards taken, since nobody waits for a request whose answer is lost
	taken []string
}

// took returns the events that the bus took, and forgets them.
func (b *bus) took() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	taken := b.taken
	b.taken = nil
	return taken
}

func (b *bus) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	var in struct{ Entries []struct{ Detail string } }
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
		http.Error(rw, err.Error(), http.StatusBadRequest)
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	var results []string
	for _, e := range in.Entries {
		b.taken = append(b.taken, e.Detail)
		results = append(results, fmt.Sprintf(`{"EventId":"of %s"}`, e.Detail))
	}
	fmt.Fprintf(rw, `{"FailedEntryCount":0,"Entries":[%s]}`, strings.Join(results, ","))
}

func newBusWorld(seed uint64, faults ...deed) *world {
	w := &world{random: rand.New(rand.NewPCG(seed, 3)), count: map[deed]int{}, active: map[deed]int{}, condemn: map[string]bool{}}
	for _, d := range faults {
		w.active[d] = 1
	}
	return w
}

// put puts two events on the bus behind the gate, as the function does, until the fault
// strikes.
func put(t *testing.T, w *world, b *bus) (*http.Response, error) {
	t.Helper()
	gate := httptest.NewServer(w.gate(b))
	t.Cleanup(gate.Close)
	for {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, gate.URL, strings.NewReader(`{"Entries":[{"Detail":"a"},{"Detail":"b"}]}`))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("X-Amz-Target", "AWSEvents.PutEvents")
		r.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential="+feedDeliver+"/20260501/us-east-1/events/aws4_request")
		b.took()
		answer, err := http.DefaultClient.Do(r)
		w.mu.Lock()
		struck := len(w.count) > 0
		w.mu.Unlock()
		if struck {
			return answer, err
		}
		answer.Body.Close()
	}
}

// An event that is said to have failed must not be on the bus, and every other one must.
func TestSomeEventsFail(t *testing.T) {
	sizes := map[int]int{}
	for seed := range uint64(30) {
		b := &bus{}
		answer, err := put(t, newBusWorld(seed, busFailing+"takes only some of the events"), b)
		if err != nil {
			t.Fatal(err)
		}
		var out struct {
			FailedEntryCount int
			Entries          []struct{ EventId, ErrorCode string }
		}
		if err := json.NewDecoder(answer.Body).Decode(&out); err != nil {
			t.Fatal(err)
		}
		answer.Body.Close()
		var took []string
		for i, name := range []string{"a", "b"} {
			switch e := out.Entries[i]; {
			case e.ErrorCode == "" && e.EventId == "of "+name:
				took = append(took, name)
			case e.ErrorCode == "" || e.EventId != "":
				t.Errorf("seed %d: the answer for %s is %+v", seed, name, e)
			}
		}
		if got, want := fmt.Sprint(b.took()), fmt.Sprint(took); got != want || out.FailedEntryCount != 2-len(took) || len(took) == 2 {
			t.Errorf("seed %d: the bus took %s and answered %s, %d failed", seed, got, want, out.FailedEntryCount)
		}
		sizes[len(took)]++
	}
	if sizes[0] == 0 || sizes[1] == 0 {
		t.Errorf("got %v of events taken, want none and one", sizes)
	}
}

func TestBusFaults(t *testing.T) {
	for _, tt := range []struct {
		name       string
		wantStatus int // 0 for no answer
		wantTaken  int
	}{
		{"ThrottlingException", 400, 0},
		{"AccessDeniedException", 400, 0},
		{"500 InternalFailure", 500, 0},
		{"takes effect, then cuts", 0, 2},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b := &bus{}
			answer, err := put(t, newBusWorld(1, busFailing+deed(tt.name)), b)
			if tt.wantStatus == 0 {
				if !errors.Is(err, io.EOF) {
					t.Errorf("got error %v, want none to answer", err)
				}
			} else {
				if err != nil {
					t.Fatal(err)
				}
				defer answer.Body.Close()
				body, _ := io.ReadAll(answer.Body)
				_, code, _ := strings.Cut(" "+tt.name, " ")
				if answer.StatusCode != tt.wantStatus || !strings.Contains(string(body), code[strings.LastIndex(code, " ")+1:]) {
					t.Errorf("got %d %s", answer.StatusCode, body)
				}
			}
			if got := len(b.took()); got != tt.wantTaken {
				t.Errorf("the bus took %d events, want %d", got, tt.wantTaken)
			}
		})
	}
}

// Who hangs must go on once the client has given up, so that the server can be closed.
func TestHangEnds(t *testing.T) {
	for _, tt := range []struct{ patience, want time.Duration }{{5 * time.Second, 5 * time.Second}, {time.Hour, longestHang}} {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), tt.patience)
			defer cancel()
			r := httptest.NewRequestWithContext(ctx, http.MethodPost, "/", strings.NewReader("{}"))
			began := time.Now()
			defer func() {
				if got := time.Since(began); recover() != http.ErrAbortHandler || got != tt.want {
					t.Errorf("with a client that waits %v: %v, want the connection to be cut after %v", tt.patience, got, tt.want)
				}
			}()
			newBusWorld(1).hang(httptest.NewRecorder(), r, nil)
		})
	}
}

// A poller asks the queue with the function's key. That is not the function at work.
func TestFunctionsAreNotKilledByTheirPollers(t *testing.T) {
	for _, tt := range []struct {
		operation string
		want      bool
	}{
		{"ReceiveMessage", false}, {"DeleteMessageBatch", false}, {"PutEvents", true}, {"SendMessage", true},
	} {
		w := newBusWorld(1)
		w.condemn[feedDeliver] = true
		if kill, _, _ := w.judge(feedDeliver, "AmazonSQS", tt.operation); kill != tt.want {
			t.Errorf("%s: got %v, want %v", tt.operation, kill, tt.want)
		}
	}
}
