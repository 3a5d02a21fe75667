package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"time"
)

// feedDeliver is the function that puts events on the owner's bus.
const feedDeliver = "feed-deliver"

// accessDenied is the fault that raises the alarm about a refused key.
const accessDenied = "AccessDeniedException"

// busFaults are all the ways in which EventBridge can fail us. The codes are those of
// https://docs.aws.amazon.com/eventbridge/latest/APIReference/CommonErrors.html
var busFaults = []struct {
	name  string
	fault func(*world, http.ResponseWriter, *http.Request, http.Handler)
}{
	{"ThrottlingException", refuse(http.StatusBadRequest, "ThrottlingException")},
	{"500 InternalFailure", refuse(http.StatusInternalServerError, "InternalFailure")},
	{accessDenied, refuse(http.StatusBadRequest, accessDenied)},
	{"never answers", (*world).hang},
	{"takes only some of the events", (*world).takeSome},
	{"takes effect, then cuts", (*world).loseAnswer},
}

// failBus chooses what happens to a request to EventBridge, or returns nil. The caller
// holds mu.
func (w *world) failBus() alteration {
	if w.broken == busFailing {
		return func(rw http.ResponseWriter, r *http.Request, next http.Handler) {
			refuse(http.StatusBadRequest, accessDenied)(w, rw, r, next)
		}
	}
	for _, f := range busFaults {
		if d := busFailing + deed(f.name); w.active[d] > 0 && !w.chance(3) {
			w.count[d]++
			return func(rw http.ResponseWriter, r *http.Request, next http.Handler) { f.fault(w, rw, r, next) }
		}
	}
	return nil
}

// refuse answers as AWS refuses a call.
func refuse(status int, code string) func(*world, http.ResponseWriter, *http.Request, http.Handler) {
	return func(_ *world, rw http.ResponseWriter, _ *http.Request, _ http.Handler) {
		rw.Header().Set("Content-Type", "application/x-amz-json-1.1")
		rw.WriteHeader(status)
		fmt.Fprintf(rw, `{"__type":%q,"message":"refused"}`, code)
	}
}

// longestHang is how long a call hangs if its client does not give up.
const longestHang = 20 * time.Second

// hang answers nothing until the client gives up.
func (w *world) hang(_ http.ResponseWriter, r *http.Request, _ http.Handler) {
	io.Copy(io.Discard, r.Body) // only then does the server notice that the client has gone
	select {
	case <-r.Context().Done():
	case <-time.After(longestHang):
	}
	panic(http.ErrAbortHandler) // cuts the connection
}

// loseAnswer lets a call take effect and cuts the connection.
func (w *world) loseAnswer(_ http.ResponseWriter, r *http.Request, next http.Handler) {
	next.ServeHTTP(httptest.NewRecorder(), r)
	panic(http.ErrAbortHandler)
}

// takeSome puts only some of a request's events on the bus, or none, and answers for the
// others with an error code each. EventBridge's own answer is a success too
// (https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html).
func (w *world) takeSome(rw http.ResponseWriter, r *http.Request, next http.Handler) {
	var in struct{ Entries []json.RawMessage }
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
		panic(http.ErrAbortHandler)
	}
	fails := w.failures(len(in.Entries))
	var taken []json.RawMessage
	for i, entry := range in.Entries {
		if fails[i] == "" {
			taken = append(taken, entry)
		}
	}
	results := putEvents(r, next, taken)
	out := struct {
		FailedEntryCount int
		Entries          []json.RawMessage
	}{FailedEntryCount: len(in.Entries) - len(taken)}
	for _, code := range fails {
		if code != "" {
			out.Entries = append(out.Entries, json.RawMessage(fmt.Sprintf(`{"ErrorCode":%q,"ErrorMessage":"refused"}`, code)))
			continue
		}
		out.Entries, results = append(out.Entries, results[0]), results[1:]
	}
	rw.Header().Set("Content-Type", "application/x-amz-json-1.1")
	json.NewEncoder(rw).Encode(out)
}

// failures returns for each of n events the code with which it fails, or "". At least one
// fails.
func (w *world) failures(n int) []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	codes := []string{"ThrottlingException", "InternalFailure"}
	fails := make([]string, n)
	for i := range fails {
		if w.chance(2) {
			fails[i] = codes[w.random.IntN(len(codes))]
		}
	}
	if n > 0 {
		fails[w.random.IntN(n)] = codes[0]
	}
	return fails
}

// putEvents puts events on the bus and returns what became of each.
func putEvents(r *http.Request, next http.Handler, entries []json.RawMessage) []json.RawMessage {
	if len(entries) == 0 {
		return nil
	}
	var out struct{ Entries []json.RawMessage }
	answer := ask(r, next, map[string]any{"Entries": entries})
	if json.Unmarshal(answer.Body.Bytes(), &out) != nil || len(out.Entries) != len(entries) {
		panic(http.ErrAbortHandler) // no answer is one that the caller must deal with
	}
	return out.Entries
}
