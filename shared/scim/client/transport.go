package client

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
	// userTimeout bounds the wait for an answer about one user, and bulkTimeout that for
	// the answer to a Bulk request, for which a service creates a hundred.
	userTimeout = 15 * time.Second
	bulkTimeout = time.Minute
	// idleConnections are kept to one host: a batch is delivered at most ten at a time.
	idleConnections = 10
	// idleTimeout is how long an unused connection is kept. A Lambda function may be
	// frozen for longer than its peer waits.
	idleTimeout = 30 * time.Second
	// pingAfter and pingTimeout find an HTTP/2 connection that died while the function
	// was frozen, long before answerTimeout does.
	pingAfter   = 3 * time.Second
	pingTimeout = 2 * time.Second
)

// NewTransport returns the transport for talking to a service: kept-alive connections, and
// a limit on making one. How long an answer may take depends on what was asked.
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
