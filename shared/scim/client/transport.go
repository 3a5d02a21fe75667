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
	// answerTimeout bounds the wait for an answer. A service takes 59 s for a PATCH of a
	// large group, but none was seen to take so long for one user.
	answerTimeout = 15 * time.Second
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
// a limit on every phase, so that none has to wait for the context's deadline.
func NewTransport() *http.Transport {
	return &http.Transport{
		Proxy:                 http.ProxyFromEnvironment,
		DialContext:           (&net.Dialer{Timeout: connectTimeout}).DialContext,
		TLSHandshakeTimeout:   tlsTimeout,
		ResponseHeaderTimeout: answerTimeout,
		MaxIdleConnsPerHost:   idleConnections,
		IdleConnTimeout:       idleTimeout,
		ForceAttemptHTTP2:     true,
		HTTP2:                 &http.HTTP2Config{SendPingTimeout: pingAfter, PingTimeout: pingTimeout},
	}
}
