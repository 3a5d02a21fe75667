package outbound_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/poolsync/poolsync/shared/nettest"
	"github.com/poolsync/poolsync/shared/outbound"
)

// line is a network on which connections can die silently.
type line struct {
	*nettest.Network
	dials int
	dead  atomic.Bool
}

func (l *line) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	l.dials++
	conn, err := l.Network.DialContext(ctx, network, address)
	return wire{conn, &l.dead}, err
}

// wire is a connection that loses what is sent, once its line is dead.
type wire struct {
	net.Conn
	dead *atomic.Bool
}

func (w wire) Write(p []byte) (int, error) {
	if w.dead.Load() {
		return len(p), nil
	}
	return w.Conn.Write(p)
}

// overTLS runs a test with our transport and a server that speaks HTTP/2.
func overTLS(t *testing.T, test func(t *testing.T, transport *http.Transport, line *line)) {
	identity := httptest.NewTLSServer(nil) // only for its certificate
	identity.Close()
	roots := x509.NewCertPool()
	roots.AddCert(identity.Certificate())
	synctest.Test(t, func(t *testing.T) {
		line := &line{Network: nettest.New()}
		server := &http.Server{
			TLSConfig: &tls.Config{Certificates: identity.TLS.Certificates},
			Handler:   http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}),
		}
		go server.ServeTLS(line, "", "")
		transport := outbound.NewTransport()
		transport.DialContext, transport.TLSClientConfig = line.DialContext, &tls.Config{RootCAs: roots}
		defer synctest.Wait()
		defer server.Close()
		defer transport.CloseIdleConnections()
		test(t, transport, line)
	})
}

// post makes one request and returns its error and how long it took.
func post(t *testing.T, transport *http.Transport) (time.Duration, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, "https://example.com/", strings.NewReader("{}"))
	if err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	answer, err := transport.RoundTrip(request)
	if err == nil {
		answer.Body.Close()
		if answer.ProtoMajor != 2 {
			t.Errorf("speaks %s, want HTTP/2", answer.Proto)
		}
	}
	return time.Since(began), err
}

// A ping finds a connection that died while the function was frozen, long before anybody
// gives up waiting for an answer.
func TestDeadConnectionIsFoundOut(t *testing.T) {
	overTLS(t, func(t *testing.T, transport *http.Transport, line *line) {
		if _, err := post(t, transport); err != nil {
			t.Fatal(err)
		}
		line.dead.Store(true)
		if took, err := post(t, transport); err == nil || took > 5*time.Second {
			t.Errorf("got %v after %v on a dead connection, want an error after 5 s at most", err, took)
		}
		line.dead.Store(false)
		if took, err := post(t, transport); err != nil || took > 0 || line.dials != 2 {
			t.Errorf("got %v after %v and %d dials, want an answer at once on a second connection", err, took, line.dials)
		}
	})
}

// Making a connection has its own limit, even if the context has none.
func TestNoHandshakeEndsTheWait(t *testing.T) {
	overTLS(t, func(t *testing.T, transport *http.Transport, line *line) {
		line.dead.Store(true)
		if took, err := post(t, transport); err == nil || took != 3*time.Second {
			t.Errorf("got %v after %v, want an error after 3 s", err, took)
		}
	})
}

// A redirect is an answer: nobody goes where it points to, least of all with a key.
func TestStay(t *testing.T) {
	elsewhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		t.Error("a redirect was followed")
	}))
	defer elsewhere.Close()
	target := httptest.NewServer(http.RedirectHandler(elsewhere.URL, http.StatusTemporaryRedirect))
	defer target.Close()
	client := &http.Client{CheckRedirect: outbound.Stay}
	answer, err := client.Get(target.URL)
	if err != nil {
		t.Fatal(err)
	}
	answer.Body.Close()
	if answer.StatusCode != http.StatusTemporaryRedirect {
		t.Errorf("got status %d, want 307", answer.StatusCode)
	}
}

// A connection is reused, unless the peer may have forgotten it.
func TestConnectionsAreKeptForAWhile(t *testing.T) {
	overTLS(t, func(t *testing.T, transport *http.Transport, line *line) {
		for _, tt := range []struct {
			after time.Duration
			dials int
		}{{0, 1}, {29 * time.Second, 1}, {31 * time.Second, 2}} {
			time.Sleep(tt.after)
			if _, err := post(t, transport); err != nil || line.dials != tt.dials {
				t.Errorf("after %v: got %v and %d dials, want %d", tt.after, err, line.dials, tt.dials)
			}
		}
	})
}
