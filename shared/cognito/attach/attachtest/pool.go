// Package attachtest has a user pool for tests that behaves as Cognito does where
// it hurts: an update resets every setting that it leaves out.
package attachtest

import (
	"bytes"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
)

// Pool is one user pool and everything in its Region. It answers requests in the form
// in which the SDK sends them, so that the SDK's own code is tested too. It may be
// used concurrently.
type Pool struct {
	mu       sync.Mutex // guards all below
	settings map[string]any
	mfa      map[string]any
	calls    []string
	fail     func(Call) *Failure
	disturb  func(settings, mfa map[string]any)
}

// Call is one call about to be carried out.
type Call struct {
	Operation string
	Number    int // of all calls, from 1
}

// Failure is how a call fails.
type Failure struct {
	// Status is the answer's; 0 breaks the connection instead.
	Status int
	// Hangs is whether nothing at all comes back, for as long as the caller waits.
	Hangs bool
	// Code is the name of the error.
	Code string
	// CarriedOut is whether the call took effect before it failed.
	CarriedOut bool
}

// New returns a pool with the given settings.
func New(settings types.UserPoolType) *Pool {
	shown, _ := encode(reflect.ValueOf(settings)).(map[string]any)
	return &Pool{
		settings: shown,
		mfa: map[string]any{
			"MfaConfiguration":              shown["MfaConfiguration"],
			"SoftwareTokenMfaConfiguration": map[string]any{"Enabled": true},
		},
	}
}

// Client returns a client whose every request goes to the pool.
func (p *Pool) Client() *cognitoidentityprovider.Client {
	return cognitoidentityprovider.New(cognitoidentityprovider.Options{
		Region:       "us-east-1",
		Credentials:  credentials.NewStaticCredentialsProvider("testing", "testing", ""),
		HTTPClient:   p,
		BaseEndpoint: aws.String("http://pool.invalid"),
	})
}

// Settings returns a copy of the pool as DescribeUserPool shows it.
func (p *Pool) Settings() map[string]any {
	p.mu.Lock()
	defer p.mu.Unlock()
	return clone(p.settings)
}

// Edit changes the pool as its owner might, with any setting, also one that the
// SDK does not know.
func (p *Pool) Edit(edit func(settings map[string]any)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	edit(p.settings)
}

// Calls returns the operations called so far, in order.
func (p *Pool) Calls() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.calls)
}

// Fail makes each call fail for which decide returns a failure; nil ends that.
func (p *Pool) Fail(decide func(Call) *Failure) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.fail = decide
}

// Disturb makes change part of every update from now on; nil ends that.
func (p *Pool) Disturb(change func(settings, mfa map[string]any)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.disturb = change
}

// Do implements the SDK's HTTPClient.
func (p *Pool) Do(r *http.Request) (*http.Response, error) {
	_, operation, _ := strings.Cut(r.Header.Get("X-Amz-Target"), ".")
	var in map[string]any
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
		return nil, err
	}
	failure := p.next(operation)
	if failure != nil && !failure.CarriedOut {
		return failure.answer(r)
	}
	out, code := p.carryOut(operation, in)
	switch {
	case failure != nil:
		return failure.answer(r)
	case code != "":
		return answer(r, http.StatusBadRequest, []byte(`{"__type":"`+code+`"}`))
	}
	return answer(r, http.StatusOK, out)
}

// next notes a call and returns its failure, if any. It decides unlocked, so that
// decide may edit the pool.
func (p *Pool) next(operation string) *Failure {
	p.mu.Lock()
	p.calls = append(p.calls, operation)
	call, fail := Call{operation, len(p.calls)}, p.fail
	p.mu.Unlock()
	if fail == nil {
		return nil
	}
	return fail(call)
}

// carryOut returns the answer of an operation or the code of an error.
func (p *Pool) carryOut(operation string, in map[string]any) (out []byte, code string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case in["UserPoolId"] != p.settings["Id"]:
		return nil, "ResourceNotFoundException"
	case operation == "DescribeUserPool":
		return encodeJSON(map[string]any{"UserPool": p.settings}), ""
	case operation == "GetUserPoolMfaConfig":
		return encodeJSON(p.mfa), ""
	case operation == "UpdateUserPool" && consistent(in):
		p.update(in)
		return []byte("{}"), ""
	}
	return nil, "InvalidParameterException"
}

func (f *Failure) answer(r *http.Request) (*http.Response, error) {
	switch {
	case f.Hangs:
		<-r.Context().Done()
		return nil, r.Context().Err()
	case f.Status == 0:
		return nil, io.ErrUnexpectedEOF
	}
	return answer(r, f.Status, []byte(`{"__type":"`+f.Code+`"}`))
}

func answer(r *http.Request, status int, body []byte) (*http.Response, error) {
	return &http.Response{
		StatusCode:    status,
		Header:        http.Header{"Content-Type": {"application/x-amz-json-1.1"}},
		Body:          io.NopCloser(bytes.NewReader(body)),
		ContentLength: int64(len(body)),
		Request:       r,
	}, nil
}

func encodeJSON(v any) []byte {
	b, _ := json.Marshal(v) // v was read from JSON, or made by encode
	return b
}

// clone makes a deep copy of a JSON object.
func clone(object map[string]any) map[string]any {
	copied := maps.Clone(object)
	for key, value := range copied {
		if member, ok := value.(map[string]any); ok {
			copied[key] = clone(member)
		}
	}
	return copied
}
