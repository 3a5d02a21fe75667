package lambdahost

import (
	"errors"
	"io"
	"net/http"
	"strconv"
	"time"
)

// runtimeAPI serves Lambda's Runtime API to the process of one instance.
func (i *instance) runtimeAPI() http.Handler {
	const prefix = "/2018-06-01/runtime"
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+prefix+"/invocation/next", i.next)
	mux.HandleFunc("POST "+prefix+"/invocation/{id}/response", i.response)
	mux.HandleFunc("POST "+prefix+"/invocation/{id}/error", i.failure)
	mux.HandleFunc("POST "+prefix+"/init/error", i.initFailure)
	return mux
}

// next holds the function until there is work for it.
func (i *instance) next(w http.ResponseWriter, r *http.Request) {
	i.asked.Do(func() {
		i.initTook = time.Since(i.started)
		close(i.ready)
	})
	select {
	case work := <-i.work:
		i.mu.Lock()
		i.current, i.requestID = work, work.id
		i.mu.Unlock()
		h := w.Header()
		h.Set("Lambda-Runtime-Aws-Request-Id", work.id)
		h.Set("Lambda-Runtime-Deadline-Ms", strconv.FormatInt(work.deadline.UnixMilli(), 10))
		h.Set("Lambda-Runtime-Invoked-Function-Arn", work.arn)
		h.Set("Content-Type", "application/json")
		w.Write(work.payload)
	case <-r.Context().Done():
	}
}

func (i *instance) response(w http.ResponseWriter, r *http.Request) {
	payload, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxPayload))
	if _, tooLarge := errors.AsType[*http.MaxBytesError](err); tooLarge {
		i.answer(r.PathValue("id"), failed("Function.ResponseSizeTooLarge",
			"Response payload size exceeded maximum allowed payload size (6291556 bytes)."))
		http.Error(w, `{"errorType":"RequestEntityTooLarge"}`, http.StatusRequestEntityTooLarge)
		return
	}
	if err != nil {
		return // the process ended in the middle of its request
	}
	i.accept(w, r, Result{Payload: payload})
}

func (i *instance) failure(w http.ResponseWriter, r *http.Request) {
	payload, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxPayload))
	if err != nil {
		return
	}
	i.accept(w, r, Result{Payload: payload, FunctionError: unhandled})
}

func (i *instance) initFailure(w http.ResponseWriter, r *http.Request) {
	payload, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxPayload))
	if err != nil {
		return
	}
	select {
	case i.initErr <- Result{Payload: payload, FunctionError: unhandled}:
	default: // it has reported an error before
	}
	w.WriteHeader(http.StatusAccepted)
}

// accept takes the answer to the request's invocation.
func (i *instance) accept(w http.ResponseWriter, r *http.Request, result Result) {
	if !i.answer(r.PathValue("id"), result) {
		http.Error(w, `{"errorType":"InvalidRequestID"}`, http.StatusBadRequest)
		return
	}
	w.WriteHeader(http.StatusAccepted)
}

// answer ends the current invocation. It reports false if id is another one.
func (i *instance) answer(id string, result Result) bool {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.current == nil || i.current.id != id {
		return false
	}
	i.current.answer <- result
	i.current = nil
	return true
}
