package peer

import (
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/poolsync/poolsync/infra/local/lambdahost"
	"github.com/poolsync/poolsync/shared/userhub/userhubtest"
)

const event = `{"version":"1","triggerSource":"PostAuthentication_Authentication","userName":"jane",` +
	`"request":{"userAttributes":{"sub":"84e844c8-3041-70aa-1111-0123456789ab"}},"response":{}}`

// start deploys the peer with a stand-in for UserHub.
func start(t *testing.T) (*lambdahost.Host, *userhubtest.Server) {
	t.Helper()
	installed, err := Install(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	userhub, err := userhubtest.Start()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { userhub.Close() })
	host := lambdahost.New()
	t.Cleanup(host.Close)
	err = host.Deploy(lambdahost.Function{
		Name: "peer", Binary: installed.Binary,
		Environment: Environment(userhub.URL, userhubtest.DefaultConnection, userhubtest.DefaultKey),
	})
	if err != nil {
		t.Fatal(err)
	}
	return host, userhub
}

// signIn makes the peer handle one sign-in, which must succeed in any case.
func signIn(t *testing.T, host *lambdahost.Host) {
	t.Helper()
	result, err := host.Invoke(t.Context(), "peer", []byte(event))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(event, string(result.Payload)); diff != "" || result.FunctionError != "" {
		t.Errorf("answer %s: -want +got\n%s", result.FunctionError, diff)
	}
}

// TestRequest shows that the peer sends what the published handler really sends: the
// right address and no body, which UserHub takes for a change.
func TestRequest(t *testing.T) {
	host, userhub := start(t)
	signIn(t, host)
	requests := userhub.Requests()
	if len(requests) != 1 {
		t.Fatalf("%d requests, want 1", len(requests))
	}
	type request struct {
		Method, Path, Authorization, ContentType, Length, Body, Kind string
		Done                                                         bool
	}
	r := requests[0]
	got := request{
		r.Method, r.Path, r.Header.Get("Authorization"), r.Header.Get("Content-Type"), r.Header.Get("Content-Length"),
		string(r.Body), r.Kind, r.Done,
	}
	want := request{
		http.MethodPost, "/admin/v1/users/jane@conn_test:event", "Bearer sk_test", "application/json", "0", "", "CHANGED", true,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("request: -want +got\n%s", diff)
	}
}

// TestOutage shows that the peer neither fails the sign-in nor retries.
func TestOutage(t *testing.T) {
	for name, fault := range map[string]userhubtest.Fault{
		"unavailable":   userhubtest.Fail(http.StatusServiceUnavailable, "UNAVAILABLE"),
		"not reachable": userhubtest.Reset(),
	} {
		t.Run(name, func(t *testing.T) {
			host, userhub := start(t)
			userhub.Next(fault)
			signIn(t, host)
			if requests, events := len(userhub.Requests()), len(userhub.Events()); requests != 1 || events != 0 {
				t.Errorf("%d requests of which %d took effect, want 1 and 0", requests, events)
			}
			signIn(t, host) // the next sign-in works again
			if events := len(userhub.Events()); events != 1 {
				t.Errorf("%d events afterwards, want 1", events)
			}
		})
	}
}
