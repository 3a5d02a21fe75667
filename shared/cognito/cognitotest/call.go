package cognitotest

import (
	"context"
	"errors"
	"maps"
	"net"
	"net/http"
	"syscall"
	"time"

	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// Call is one call of the pool's API, as a fault sees it.
type Call struct {
	Op   string // such as ListUsers
	N    int    // 1 for the first call of this operation, and so on
	Page int    // of a listing, from 0; -1 for a token that cannot be read
}

// Fail makes every call for which fault returns an error fail with it, from now
// on; nil ends that. The functions below make errors as the SDK returns them.
func (p *Pool) Fail(fault func(Call) error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.fault = fault
}

// Calls returns how often the operation was called, refused calls included.
func (p *Pool) Calls(op string) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.calls[op]
}

// AllCalls returns how often each operation was called.
func (p *Pool) AllCalls() map[string]int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return maps.Clone(p.calls)
}

// ResetCalls starts counting afresh.
func (p *Pool) ResetCalls() {
	p.mu.Lock()
	defer p.mu.Unlock()
	clear(p.calls)
}

// Throttled is a refusal for lack of quota.
func Throttled() error { return Answer("TooManyRequestsException", http.StatusBadRequest) }

// Internal is a failure of Cognito's.
func Internal() error { return Answer("InternalErrorException", http.StatusInternalServerError) }

// Denied is the error for a role without the permission.
func Denied() error { return Answer("AccessDeniedException", http.StatusBadRequest) }

// Unreachable is a connection that is refused.
func Unreachable() error {
	return failed(&smithyhttp.RequestSendError{
		Err: &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED},
	})
}

// Answer is any other error that Cognito can answer with. Its message holds what
// looks like personal data, as real ones can.
func Answer(code string, status int) error {
	return failed(&awshttp.ResponseError{
		RequestID: "00000000-0000-4000-8000-000000000000",
		ResponseError: &smithyhttp.ResponseError{
			Response: &smithyhttp.Response{Response: &http.Response{StatusCode: status}},
			Err:      &smithy.GenericAPIError{Code: code, Message: "Value 'secret@example.com' at 'username'"},
		},
	})
}

// Unanswered is a fault that lets the call take effect and then loses the answer.
func Unanswered() error {
	return &effective{failed(&smithyhttp.RequestSendError{
		Err: &net.OpError{Op: "read", Net: "tcp", Err: syscall.ECONNRESET},
	})}
}

// AfterTheWrite is a fault that lets the call take effect and then answers with this
// error code, as Cognito does where a message cannot be sent or a trigger fails.
func AfterTheWrite(code string) error {
	return &effective{Answer(code, http.StatusBadRequest)}
}

// effective is an error of a call that took effect.
type effective struct{ error }

func failed(err error) error {
	return &smithy.OperationError{ServiceID: "Cognito Identity Provider", OperationName: "Test", Err: err}
}

// serve carries out one call: it takes its time, counts, and fails or works. do
// runs with the mutex held.
func serve[Out any](ctx context.Context, p *Pool, c Call, do func() (Out, error)) (Out, error) {
	var none Out
	if p.settings.latency > 0 {
		select {
		case <-time.After(p.settings.latency):
		case <-ctx.Done():
		}
	}
	if err := ctx.Err(); err != nil {
		return none, failed(&smithy.CanceledError{Err: err})
	}
	fault := p.count(&c)
	var err error
	if fault != nil {
		err = fault(c) // without the mutex, so that a fault may write to the pool
	}
	lost, ok := errors.AsType[*effective](err)
	if err != nil && !ok {
		return none, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if err := p.spend(c.Op); err != nil {
		return none, err
	}
	out, err := do()
	if ok {
		return none, lost.error
	}
	return out, err
}

// count counts a call and returns the fault to apply.
func (p *Pool) count(c *Call) func(Call) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.calls[c.Op]++
	c.N = p.calls[c.Op]
	return p.fault
}

// spend takes one request from the list quota, if the operation counts there.
func (p *Pool) spend(op string) error {
	if p.settings.listQuota == 0 || (op != "ListUsers" && op != "ListUsersInGroup") {
		return nil
	}
	now := time.Now()
	for len(p.recent) > 0 && now.Sub(p.recent[0]) >= time.Second {
		p.recent = p.recent[1:]
	}
	if len(p.recent) >= p.settings.listQuota {
		return Throttled()
	}
	p.recent = append(p.recent, now)
	return nil
}
