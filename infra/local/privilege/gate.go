// Package privilege proves that each role in the template allows exactly what its
// function does: the role denies nothing that the function calls, and allows nothing that
// no test makes it call.
//
// A [Gate] stands in front of the emulator, which checks no permissions itself. Each
// function has its own credentials, so the gate knows the caller.
package privilege

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
)

// Gate lets through what an identity's policy allows, and remembers every call. It ignores
// identities without a policy, such as the test's own.
type Gate struct {
	mu       sync.Mutex // guards what follows
	policies map[string]Policy
	keys     map[string]string // KMS keys, by the ARN of the secret that they encrypt
	down     string            // the action that fails
	allowed  []Call
	denied   []Call
	news     chan struct{} // closed and replaced when a call was allowed
}

// NewGate returns a gate without policies.
func NewGate() *Gate {
	return &Gate{policies: map[string]Policy{}, keys: map[string]string{}, news: make(chan struct{})}
}

// Limit gives an identity a policy. Until then, it may make every call.
func (g *Gate) Limit(identity string, p Policy) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.policies[identity] = p
}

// Encrypt says that the owner's KMS key encrypts a secret, so that reading it also takes
// the permission to decrypt.
func (g *Gate) Encrypt(secretARN, keyARN string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.keys[secretARN] = keyARN
}

// Down has every call of an action fail that is allowed; "" ends that.
func (g *Gate) Down(action string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.down = action
}

func (g *Gate) isDown(action string) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.down != "" && g.down == action
}

// Before returns next behind the gate. It answers a denied call as AWS does.
func (g *Gate) Before(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		call, signed := parse(r, body)
		if signed && !g.Pass(call) {
			deny(w, call)
			return
		}
		if signed && g.isDown(call.Action) {
			w.Header().Set("Content-Type", "application/x-amz-json-1.1")
			w.WriteHeader(http.StatusInternalServerError)
			w.Write([]byte(`{"__type":"InternalFailure"}`))
			return
		}
		next.ServeHTTP(w, r)
	})
}

// Pass remembers a call, and the calls that it entails, and reports whether all are
// allowed.
func (g *Gate) Pass(call Call) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	policy, limited := g.policies[call.Identity]
	if !limited {
		return true
	}
	for _, c := range g.entailed(call) {
		if !policy.Allows(c) {
			g.denied = append(g.denied, c)
			return false
		}
		g.allowed = append(g.allowed, c)
	}
	close(g.news)
	g.news = make(chan struct{})
	return true
}

// entailed returns a call, and the calls for which the service also needs the caller's
// permission.
func (g *Gate) entailed(call Call) []Call {
	calls := []Call{call}
	if key, encrypted := g.keys[call.Resource]; encrypted && call.Action == "secretsmanager:GetSecretValue" {
		calls = append(calls, Call{Identity: call.Identity, Action: "kms:Decrypt", Resource: key, Context: map[string]string{
			"kms:ViaService":                  "secretsmanager." + region(call.Resource) + ".amazonaws.com",
			"kms:EncryptionContext:SecretARN": call.Resource,
		}})
	}
	if call.passed != "" {
		calls = append(calls, Call{Identity: call.Identity, Action: "iam:PassRole", Resource: call.passed, Context: map[string]string{
			"iam:PassedToService": "cognito-idp.amazonaws.com",
		}})
	}
	return calls
}

// Await returns when an identity was allowed an action on a resource whose name ends with
// on, and fails when the context ends.
func (g *Gate) Await(ctx context.Context, identity, action, on string) error {
	for {
		g.mu.Lock()
		news := g.news
		done := slices.ContainsFunc(g.allowed, func(c Call) bool {
			return c.Identity == identity && c.Action == action && strings.HasSuffix(c.Resource, on)
		})
		g.mu.Unlock()
		if done {
			return nil
		}
		select {
		case <-news:
		case <-ctx.Done():
			return fmt.Errorf("wait for %s to call %s on %q: %w", identity, action, on, context.Cause(ctx))
		}
	}
}

// Denied returns the calls that were denied.
func (g *Gate) Denied() []Call {
	g.mu.Lock()
	defer g.mu.Unlock()
	return slices.Clone(g.denied)
}

// Unused returns an identity's grants that no call needed.
func (g *Gate) Unused(identity string) []Grant {
	g.mu.Lock()
	defer g.mu.Unlock()
	return slices.DeleteFunc(g.policies[identity].Grants(), func(grant Grant) bool {
		return slices.ContainsFunc(g.allowed, func(c Call) bool { return c.Identity == identity && grant.Covers(c) })
	})
}

// deny answers as a service with a JSON protocol does.
func deny(w http.ResponseWriter, c Call) {
	w.Header().Set("Content-Type", "application/x-amz-json-1.1")
	w.WriteHeader(http.StatusForbidden)
	json.NewEncoder(w).Encode(map[string]string{
		"__type":  "AccessDeniedException",
		"message": fmt.Sprintf("%s is not authorized to perform: %s on resource: %s", c.Identity, c.Action, c.Resource),
	})
}
