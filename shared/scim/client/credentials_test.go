package client_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/poolsync/poolsync/shared/nettest"
	"github.com/poolsync/poolsync/shared/outbound"
	"github.com/poolsync/poolsync/shared/reconcile"
	"github.com/poolsync/poolsync/shared/scim"
	"github.com/poolsync/poolsync/shared/scim/client"
	"github.com/poolsync/poolsync/shared/scim/scimtest"
)

// rotated is a secret of which the first value does not count any more.
type rotated struct {
	mu         sync.Mutex // guards what follows
	now, fresh string
	err        error
	refreshes  int
}

func (r *rotated) Value(context.Context) (string, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.now, r.err
}

func (r *rotated) Refresh(context.Context, string) (string, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.refreshes++
	r.now = r.fresh
	return r.now, r.err
}

// inMemory returns a stand-in and a transport to it, on the clock of a synctest bubble.
func inMemory(t *testing.T, b scimtest.Behaviour) (*scimtest.Server, http.RoundTripper) {
	s, network := scimtest.New(b), nettest.New()
	transport := outbound.NewTransport()
	transport.DialContext, transport.Proxy = network.DialContext, nil
	go s.Serve(network)
	t.Cleanup(func() { transport.CloseIdleConnections(); network.Close(); s.Close() })
	return s, transport
}

// oauth returns a client with tokens of the stand-in's, and the credentials.
func oauth(t *testing.T, s *scimtest.Server, transport http.RoundTripper, secret client.Secret) (*client.Client, *client.ClientCredentials) {
	tokens := client.NewClientCredentials(s.TokenURL(), scimtest.ClientID, secret, transport, "urn:opc:idm:__myscopes__")
	return client.New(s.URL, tokens, scim.Generic, mapping(t, scim.Generic), client.WithTransport(transport), client.WithBackoff(atOnce)), tokens
}

func TestBearerIsReadAgainWhenRefused(t *testing.T) {
	for _, tt := range []struct {
		name      string
		secret    *rotated
		want      reconcile.Verdict
		refreshes int
	}{
		{"a good token", &rotated{now: scimtest.Token}, "", 0},
		{"a rotated token", &rotated{now: "old", fresh: scimtest.Token}, "", 1},
		{"no other token", &rotated{now: "old", fresh: "old"}, reconcile.Unauthorized, 1},
		{"another that is bad too", &rotated{now: "old", fresh: "older"}, reconcile.Unauthorized, 1},
		{"a token that cannot be read", &rotated{err: errTest}, reconcile.Unavailable, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := start(t, scimtest.Behaviour{})
			c := client.New(s.URL, client.Bearer(tt.secret), scim.Generic, mapping(t, scim.Generic), client.WithBackoff(atOnce))
			_, err := c.Deliver(t.Context(), changed(janeDoe(), reconcile.Remote{}))
			check(t, "delivery", err, tt.want)
			if tt.secret.refreshes != tt.refreshes {
				t.Errorf("the secret was read again %d times, want %d", tt.secret.refreshes, tt.refreshes)
			}
		})
	}
}

func TestBasic(t *testing.T) {
	got, err := client.Basic("jane", static("pa:ss")).Header(t.Context())
	if want := "Basic " + base64.StdEncoding.EncodeToString([]byte("jane:pa:ss")); got != want || err != nil {
		t.Errorf("Header = %q, %v; want %q", got, err, want)
	}
}

// TestTokenIsKept shows how long a token is used: until shortly before its end, or for as
// long as it is taken.
func TestTokenIsKept(t *testing.T) {
	for _, tt := range []struct {
		name string
		life time.Duration
		wait time.Duration
		want int // tokens for two deliveries
	}{
		{"within its life", time.Hour, 30 * time.Minute, 1},
		{"near its end", time.Hour, time.Hour - 5*time.Second, 2},
		{"after its end", time.Hour, 2 * time.Hour, 2},
		{"without an end", 0, 1000 * time.Hour, 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s, transport := inMemory(t, scimtest.Behaviour{})
				s.SetLife(tt.life)
				c, _ := oauth(t, s, transport, static(scimtest.ClientSecret))
				remote := deliver(t, c, changed(janeDoe(), reconcile.Remote{}))
				time.Sleep(tt.wait)
				deliver(t, c, changed(janeDoe(disabled), remote))
				if got := s.TokensGiven(); got != tt.want {
					t.Errorf("%d tokens were given out, want %d", got, tt.want)
				}
			})
		})
	}
}

// TestTokenDiesMidBatch has ten deliveries find out at once that the token does not count
// any more: they get one new token together, and nobody is the worse for it.
func TestTokenDiesMidBatch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, transport := inMemory(t, scimtest.Behaviour{SameNames: true})
		c, _ := oauth(t, s, transport, static(scimtest.ClientSecret))
		remote := deliver(t, c, changed(janeDoe(), reconcile.Remote{}))
		s.SetTokens()
		time.Sleep(time.Minute)
		var all sync.WaitGroup
		for range 10 {
			all.Go(func() {
				if _, err := c.Deliver(t.Context(), changed(janeDoe(disabled), remote)); err != nil {
					t.Errorf("Deliver: %v", err)
				}
			})
		}
		all.Wait()
		if got := s.TokensGiven(); got != 2 {
			t.Errorf("%d tokens were given out, want 2", got)
		}
	})
}

// TestTokensAreNotAskedForInVain shows that a service which refuses every token costs one
// request for a token in ten seconds.
func TestTokensAreNotAskedForInVain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, transport := inMemory(t, scimtest.Behaviour{})
		c, _ := oauth(t, s, transport, static(scimtest.ClientSecret))
		s.Decide(func(r scimtest.Request) scimtest.Fault {
			if r.Method == http.MethodPost && r.Path == scimtest.TokenPath {
				return nil
			}
			return scimtest.Fail(401, "")
		})
		for range 20 {
			_, err := c.Deliver(t.Context(), changed(janeDoe(), reconcile.Remote{}))
			check(t, "delivery", err, reconcile.Unauthorized)
			time.Sleep(time.Second)
		}
		if got := s.TokensGiven(); got > 3 {
			t.Errorf("%d tokens were given out in 20 seconds, want at most 3", got)
		}
	})
}

// TestSecretOfTheClient shows what becomes of a secret that is rotated, wrong, or not
// readable, and of a token endpoint that fails.
func TestSecretOfTheClient(t *testing.T) {
	for _, tt := range []struct {
		name   string
		secret *rotated
		fault  scimtest.Fault // of the first request for a token
		want   reconcile.Verdict
		given  int
	}{
		{"rotated", &rotated{now: "old", fresh: scimtest.ClientSecret}, nil, "", 1},
		{"with characters of a form", &rotated{now: "a&b=c +%"}, nil, "", 1},
		{"wrong", &rotated{now: "old", fresh: "old"}, nil, reconcile.Unauthorized, 0},
		{"not readable", &rotated{err: errTest}, nil, reconcile.Unavailable, 0},
		{"throttled", &rotated{now: scimtest.ClientSecret}, scimtest.Throttle("60"), reconcile.Throttled, 0},
		{"the endpoint is down", &rotated{now: scimtest.ClientSecret}, scimtest.FailPlain(503), reconcile.Unavailable, 0},
		{"the endpoint is elsewhere", &rotated{now: scimtest.ClientSecret}, scimtest.Redirect("http://127.0.0.1:9/token"), reconcile.Unavailable, 0},
		{"the endpoint is silent", &rotated{now: scimtest.ClientSecret}, scimtest.Reset(), reconcile.Unavailable, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := start(t, scimtest.Behaviour{})
			if tt.secret.fresh == "" {
				tt.secret.fresh = tt.secret.now
			}
			if tt.name == "with characters of a form" {
				s.SetSecret(tt.secret.now)
			}
			if tt.fault != nil {
				s.Decide(func(scimtest.Request) scimtest.Fault { return tt.fault })
			}
			c, tokens := oauth(t, s, outbound.NewTransport(), tt.secret)
			_, err := tokens.Header(t.Context())
			check(t, "token", err, tt.want)
			if delay, ok := reconcile.RetryAfter(err); tt.want == reconcile.Throttled && (!ok || delay != time.Minute) {
				t.Errorf("RetryAfter = %v, %t; want a minute", delay, ok)
			}
			if got := s.TokensGiven(); got != tt.given {
				t.Errorf("%d tokens were given out, want %d", got, tt.given)
			}
			if _, err := c.Deliver(t.Context(), changed(janeDoe(), reconcile.Remote{})); verdict(err) != tt.want {
				t.Errorf("Deliver = %v, want verdict %q", err, tt.want)
			}
			for _, r := range s.Requests() {
				if bytes.Contains(r.Body, []byte("client_secret")) {
					t.Error("the secret was sent in a form")
				}
			}
		})
	}
}

// TestTokenOutlivesItsRequest shows that a context which ends does not take the
// credentials with it.
func TestTokenOutlivesItsRequest(t *testing.T) {
	s := start(t, scimtest.Behaviour{})
	_, tokens := oauth(t, s, outbound.NewTransport(), static(scimtest.ClientSecret))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := tokens.Header(ctx); !errors.Is(err, context.Canceled) || verdict(err) != reconcile.Unavailable {
		t.Errorf("Header = %v, want it cancelled", err)
	}
	if got, err := tokens.Header(t.Context()); got != "Bearer given-1" || err != nil {
		t.Errorf("Header = %q, %v; want the first token", got, err)
	}
}
