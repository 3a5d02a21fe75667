package outbound

import (
	"net"
	"net/http"
	"time"
)

const (
	// connectTimeout and tlsTimeout bound making a connection. Both are far above what a
	// healthy one takes and leave time for another try.
	connectTimeout = 3 * time.Second
	tlsTimeout     = 3 * time.Second
	// idleConnections are kept to one host: a batch is delivered at most ten at a time.
	idleConnections = 10
	// idleTimeout is how long an unused connection is kept. A Lambda function may be
	// frozen for longer than its peer waits.
	idleTimeout = 30 * time.Second
	// pingAfter and pingTimeout find an HTTP/2 connection that died while the function
	// was frozen, long before the wait for an answer ends.
	pingAfter   = 3 * time.Second
	pingTimeout = 2 * time.Second
)

// NewTransport returns a transport for talking to one target: kept-alive connections, and
// a limit on making one, so that it does not have to wait for the context's deadline. How
// long an answer may take is the caller's to limit.
func NewTransport() *http.Transport {
	return &http.Transport{
		Proxy:               http.ProxyFromEnvironment,
		DialContext:         (&net.Dialer{Timeout: connectTimeout}).DialContext,
		TLSHandshakeTimeout: tlsTimeout,
		MaxIdleConnsPerHost: idleConnections,
		IdleConnTimeout:     idleTimeout,
		ForceAttemptHTTP2:   true,
		HTTP2:               &http.HTTP2Config{SendPingTimeout: pingAfter, PingTimeout: pingTimeout},
	}
}

// Stay is an [http.Client]'s CheckRedirect that follows no redirect: it is an answer like
// any other, and following one would take the key to an address that nobody configured.
func Stay(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
