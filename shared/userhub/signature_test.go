package userhub_test

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	sdkwebhook "github.com/userhubdev/go-sdk/webhook"

	"github.com/poolsync/poolsync/shared/userhub"
	"github.com/poolsync/poolsync/shared/userhub/userhubtest"
)

const signingSecret = "example-signing-secret"

// secrets are values that never change.
type secrets []string

func (s secrets) Values(context.Context) ([]string, error)        { return s, nil }
func (s secrets) Refresh(context.Context, string) (string, error) { return s[0], nil }

// at puts the clock of a synctest bubble to a time.
func at(unix int64) { time.Sleep(time.Until(time.Unix(unix, 0))) }

// signed returns a signed request that the webhook would accept now.
func signed(action, body string, secrets ...string) userhub.Request {
	timestamp := strconv.FormatInt(time.Now().Unix(), 10)
	r := userhub.Request{Method: http.MethodPost, Body: []byte(body), Header: http.Header{}, Query: url.Values{}}
	r.Header.Set("UserHub-Action", action)
	r.Header.Set("UserHub-Timestamp", timestamp)
	for _, secret := range secrets {
		r.Header.Add("UserHub-Signature", userhubtest.Sign(secret, timestamp, r.Body))
	}
	return r
}

// The signatures were made with another implementation (Node.js's crypto module)
// and are accepted by UserHub's JavaScript SDK v0.8.2.
func TestSignatureVectors(t *testing.T) {
	tests := []struct{ body, signature string }{
		{`{"challenge":"abc123"}`, "88b69dd5ead57563e4da3542050ffdd5534d8e84a63108102534c476d123b8e9"},
		{`{"id":"11111111-2222-3333-4444-555555555555"}`, "67ffc8aa813735afd67d54840ee8fe835c15e39041f9260176e9b8f5948819d3"},
		{`{"pageSize":100,"pageToken":""}`, "35567ea31f06b976a2e82ecc0f5c1926690a5045ea8fe3c67651368ba5b89e6b"},
		{`{"id":"zoë"}`, "8860faa815756c23e2eca8cff817a0651b4d67c19663dc70a6f687f1a2591350"},
	}
	for _, tt := range tests {
		t.Run(tt.body, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				at(1700000000)
				if got := userhubtest.Sign(signingSecret, "1700000000", []byte(tt.body)); got != tt.signature {
					t.Errorf("the stand-in signs %s, want %s", got, tt.signature)
				}
				request := userhub.Request{Method: "POST", Body: []byte(tt.body), Header: http.Header{
					"userhub-action": {"challenge"}, "userhub-timestamp": {"1700000000"}, "userhub-signature": {tt.signature},
				}}
				got, err := userhub.NewWebhook(secrets{signingSecret}, userhub.Provider{}).Handle(t.Context(), request)
				if err != nil || got.Status != 200 || string(got.Body) != tt.body {
					t.Errorf("got %d %s, %v, want the body echoed", got.Status, got.Body, err)
				}
			})
		})
	}
}

// Either side can be rotated first: several secrets may count here, and several
// signatures may be sent.
func TestRotation(t *testing.T) {
	tests := []struct {
		name    string
		secrets secrets
		signers []string
		ok      bool
	}{
		{"one secret", secrets{"new"}, []string{"new"}, true},
		{"rotated here first", secrets{"new", "old"}, []string{"old"}, true},
		{"rotated there first", secrets{"old"}, []string{"old", "new"}, true},
		{"rotated here, both there", secrets{"new", "old"}, []string{"old", "new"}, true},
		{"unknown secret", secrets{"new", "old"}, []string{"other"}, false},
		{"no secret", secrets{}, []string{"new"}, false},
		{"an empty secret counts for nothing", secrets{""}, []string{""}, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			response, err := userhub.NewWebhook(tt.secrets, userhub.Provider{}).Handle(t.Context(), signed("challenge", "{}", tt.signers...))
			if ok := response.Status == 200; ok != tt.ok {
				t.Errorf("got %d, %v, want ok %t", response.Status, err, tt.ok)
			}
		})
	}
}

// FuzzVerify compares verification with the official SDK's: we accept what it
// accepts, and nothing else.
func FuzzVerify(f *testing.F) {
	const now = 1700000000
	good := userhubtest.Sign(signingSecret, "1700000000", []byte("{}"))
	f.Add("challenge", "1700000000", good, "", []byte("{}"))
	f.Add("challenge", "1700000000", "00,"+good, "", []byte("{}"))
	f.Add("challenge", "1700000000", " ,, ", strings.ToUpper(good), []byte("{}"))
	f.Add("users.get", "+1700000000", good, "", []byte("{}"))
	f.Add("challenge", "17e8", good, "", []byte("{}"))
	f.Add("", "1699999699", good, "", []byte("{}"))
	f.Add("users.list", "-9223372036854775808", "zz", "", []byte(nil))
	f.Fuzz(func(t *testing.T, action, timestamp, first, second string, body []byte) {
		header := http.Header{}
		for name, value := range map[string]string{"UserHub-Action": action, "UserHub-Timestamp": timestamp, "UserHub-Signature": first} {
			if value != "" {
				header.Set(name, value)
			}
		}
		if second != "" {
			header.Add("UserHub-Signature", second)
		}
		// The guess is signed as well, so that not only refusals are compared.
		signedToo := header.Clone()
		signedToo.Add("UserHub-Signature", userhubtest.Sign(signingSecret, timestamp, body))

		synctest.Test(t, func(t *testing.T) {
			at(now)
			for _, header := range []http.Header{header, signedToo} {
				want := sdkwebhook.New(signingSecret).Verify(&sdkwebhook.Request{Headers: header, Body: body})
				_, got := userhub.NewWebhook(secrets{signingSecret}, userhub.Provider{}).
					Handle(t.Context(), userhub.Request{Method: "POST", Header: header, Body: body})
				if refusal, ok := got.(*userhub.Refusal); ok && refusal.Code != userhub.Unknown {
					got = nil // verified, and then not implemented
				}
				if (got == nil) != (want == nil) {
					t.Errorf("header %q, body %q: got %v, the SDK says %v", header, body, got, want)
				}
			}
		})
	})
}
