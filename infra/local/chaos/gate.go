package main

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"slices"
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
		kill, before, refuse, alter := w.judge(caller, service, operation)
		if kill && before {
			w.Functions.Kill(caller)
			return
		}
		switch {
		case refuse:
			rw.Header().Set("Content-Type", "application/x-amz-json-1.1")
			rw.WriteHeader(http.StatusBadRequest)
			rw.Write([]byte(`{"__type":"TooManyRequestsException","message":"Rate exceeded"}`))
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
func (w *world) judge(caller, service, operation string) (kill, before, refuse bool, alter alteration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch {
	case w.condemn[caller]:
		delete(w.condemn, caller)
		w.count[killed+deed(caller)]++
		return true, w.chance(2), false, nil
	case service == "AWSCognitoIdentityProviderService" && w.active[throttled] > 0 && w.chance(2):
		w.count[throttled]++
		return false, false, true, nil
	case operation == "ListUsers" && w.active[lagging] > 0 && w.chance(2):
		return false, false, false, w.omit
	case operation == "ListUsers" && w.active[misfiled] > 0:
		return false, false, false, w.misfile
	}
	return false, false, false, nil
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
