package lambdahost

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"os/exec"
	"time"
)

// Result is how an invocation ended.
type Result struct {
	RequestID string
	// Payload is what the function answered, or the JSON of its error:
	// errorType and errorMessage.
	Payload []byte
	// FunctionError is empty for an answer. It is "Unhandled" if the function returned an
	// error, crashed or ran out of time.
	FunctionError string
	// Cold is true if an instance was started for this invocation.
	Cold bool
	// Init is how long that instance took to ask for work; zero when warm.
	Init time.Duration
	// Duration is the time from handing over the invocation to its answer.
	Duration time.Duration
}

// Error returns a function error's message, and "" for an answer.
func (r Result) Error() string {
	if r.FunctionError == "" {
		return ""
	}
	var body errorBody
	if json.Unmarshal(r.Payload, &body) != nil {
		return string(r.Payload)
	}
	return body.Message
}

// errorBody is the JSON of errors in the Runtime API and the Invoke API.
type errorBody struct {
	Message string `json:"errorMessage"`
	Type    string `json:"errorType"`
}

// unhandled is the only kind of function error left: "Handled" belonged to runtimes that
// no longer exist.
const unhandled = "Unhandled"

func failed(errorType, message string) Result {
	payload, _ := json.Marshal(errorBody{Message: message, Type: errorType}) // two strings
	return Result{Payload: payload, FunctionError: unhandled}
}

// timedOut returns the error in Lambda's words.
func timedOut(requestID string, after time.Duration) Result {
	return failed("Sandbox.Timedout",
		fmt.Sprintf("RequestId: %s Error: Task timed out after %.2f seconds", requestID, after.Seconds()))
}

// exited returns the error in Lambda's words for a process that has ended.
func exited(requestID string, err error) Result {
	reason := "Runtime exited without providing a reason"
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		reason = "Runtime exited with error: " + exit.Error()
	}
	return failed("Runtime.ExitError", fmt.Sprintf("RequestId: %s Error: %s", requestID, reason))
}

// invocation is one call on its way through an instance.
type invocation struct {
	id       string
	arn      string
	payload  []byte
	timeout  time.Duration
	deadline time.Time   // set when it is handed over
	answer   chan Result // buffered for the only answer
}

func newInvocation(payload []byte, f Function) *invocation {
	return &invocation{
		id:      newRequestID(),
		arn:     f.ARN(),
		payload: payload,
		timeout: f.Timeout,
		answer:  make(chan Result, 1),
	}
}

// newRequestID returns a random UUID.
func newRequestID() string {
	var b [16]byte
	rand.Read(b[:]) // never fails: see crypto/rand
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}
