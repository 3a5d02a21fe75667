package main

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"

	"github.com/poolsync/poolsync/infra/local/trail"
)

// gate stands between the functions and AWS. It kills a condemned function in the middle
// of its next call, before or after the call takes effect. Each function's access key is
// its name.
func (w *world) gate(next http.Handler) http.Handler {
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		caller := trail.Caller(r)
		service, operation, _ := strings.Cut(r.Header.Get("X-Amz-Target"), ".")
		kill, before, alter := w.judge(caller, service, operation)
		if kill && before {
			w.Functions.Kill(caller)
			return
		}
		switch {
		case alter != nil:
			alter(rw, r, next)
		case kill:
			next.ServeHTTP(httptest.NewRecorder(), r)
			w.Functions.Kill(caller)
		default:
			next.ServeHTTP(rw, r)
		}
	})
}

// alteration answers a call differently from AWS.
type alteration func(http.ResponseWriter, *http.Request, http.Handler)

// judge decides what happens to a call.
func (w *world) judge(caller, service, operation string) (kill, before bool, alter alteration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch {
	case w.condemn[caller] && !ofPoller[operation]:
		delete(w.condemn, caller)
		w.count[killed+deed(caller)]++
		return true, w.chance(2), nil
	case service == "AWSCognitoIdentityProviderService" && w.active[throttled] > 0 && w.chance(2):
		w.count[throttled]++
		return false, false, w.throttle
	case operation == "ListUsers" && w.active[lagging] > 0 && w.chance(2):
		return false, false, w.omit
	case operation == "ListUsers" && w.active[misfiled] > 0:
		return false, false, w.misfile
	case operation == "PutEvents" && caller == feedDeliver:
		return false, false, w.failBus()
	}
	return false, false, nil
}

// ofPoller are the calls that Lambda makes with a function's role, to feed it from a
// queue. The function need not be at work meanwhile.
var ofPoller = map[string]bool{"ReceiveMessage": true, "DeleteMessageBatch": true}

// throttle answers as Cognito does when there are too many calls.
func (w *world) throttle(rw http.ResponseWriter, r *http.Request, next http.Handler) {
	refuse(http.StatusBadRequest, "TooManyRequestsException")(w, rw, r, next)
}

// omit leaves somebody out of ListUsers' answer, as may happen while its index lags
// behind.
func (w *world) omit(rw http.ResponseWriter, r *http.Request, next http.Handler) {
	w.amend(rw, r, next, func(users []json.RawMessage) []json.RawMessage {
		if len(users) == 0 {
			return users
		}
		w.mu.Lock()
		defer w.mu.Unlock()
		w.count[lagging]++
		i := w.random.IntN(len(users))
		return slices.Delete(users, i, i+1)
	})
}

// amend answers like ListUsers, but with the users changed.
func (w *world) amend(rw http.ResponseWriter, r *http.Request, next http.Handler, change func([]json.RawMessage) []json.RawMessage) {
	answer := httptest.NewRecorder()
	next.ServeHTTP(answer, r)
	body := answer.Body.Bytes()
	var page map[string]json.RawMessage
	var users []json.RawMessage
	if json.Unmarshal(body, &page) == nil && json.Unmarshal(page["Users"], &users) == nil {
		page["Users"], _ = json.Marshal(change(users)) // unchanged since they were read
		body, _ = json.Marshal(page)
	}
	for name, values := range answer.Header() {
		if name != "Content-Length" && !strings.HasPrefix(name, "X-Amz-Crc") {
			rw.Header()[name] = values
		}
	}
	rw.WriteHeader(answer.Code)
	bytes.NewReader(body).WriteTo(rw)
}

// ask makes a call like another one, with another body.
func ask(r *http.Request, next http.Handler, in any) *httptest.ResponseRecorder {
	body, _ := json.Marshal(in) // plain values
	another, answer := r.Clone(r.Context()), httptest.NewRecorder()
	another.Body, another.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	another.Header.Set("Content-Length", strconv.Itoa(len(body)))
	next.ServeHTTP(answer, another)
	return answer
}
