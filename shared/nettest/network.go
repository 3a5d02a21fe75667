// Package nettest is a network in memory, and what goes wrong on a real one.
package nettest

import (
	"context"
	"fmt"
	"net"
	"sync"
)

// Network is a network in memory, so that whole HTTP conversations run on the clock
// of a testing/synctest bubble. It is the listener that a server serves, and its
// DialContext is what the client's transport dials with, whatever the address.
type Network struct {
	connections chan net.Conn
	closed      chan struct{}
	close       sync.Once
}

// New returns a network on which nobody listens yet.
func New() *Network {
	return &Network{connections: make(chan net.Conn), closed: make(chan struct{})}
}

// DialContext connects to whoever listens.
func (n *Network) DialContext(ctx context.Context, _, _ string) (net.Conn, error) {
	client, server := net.Pipe()
	select {
	case n.connections <- server:
		return client, nil
	case <-n.closed:
		return nil, net.ErrClosed
	case <-ctx.Done():
		return nil, fmt.Errorf("dial: %w", ctx.Err())
	}
}

// Accept implements [net.Listener].
func (n *Network) Accept() (net.Conn, error) {
	select {
	case c := <-n.connections:
		return c, nil
	case <-n.closed:
		return nil, net.ErrClosed
	}
}

// Close implements [net.Listener]. It may be called more than once.
func (n *Network) Close() error {
	n.close.Do(func() { close(n.closed) })
	return nil
}

// Addr implements [net.Listener].
func (n *Network) Addr() net.Addr { return &net.TCPAddr{} }
