package client

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/poolsync/poolsync/shared/outbound"
	"github.com/poolsync/poolsync/shared/reconcile"
	"github.com/poolsync/poolsync/shared/scim"
)

const (
	// maxBody limits what is read of an answer, in bytes.
	maxBody = 5 << 20
	// userTimeout bounds the wait for an answer about one user, and bulkTimeout that for
	// the answer to a Bulk request, for which a service creates a hundred.
	userTimeout = 15 * time.Second
	bulkTimeout = time.Minute
)

// call is one request.
type call struct {
	method string
	path   string // below the base address, with its query
	body   any    // nil for none
	bulk   bool   // it is paced as a Bulk request
	match  string // an ETag that must still be the resource's; empty for none
}

// patience is how long the answer may take.
func (r call) patience() time.Duration {
	if r.bulk {
		return bulkTimeout
	}
	return userTimeout
}

// answer is the service's answer to one, if it is a success.
type answer struct {
	status int
	header http.Header
	body   []byte
}

// do makes a request and returns its answer:
//
//  1. read the credentials;
//  2. send, and if they are refused, send once more with newer ones.
//
// Nothing was done that was refused for its credentials, so that this is safe for every
// request. No other is repeated here.
func (c *Client) do(ctx context.Context, r call) (*answer, error) {
	body, err := encode(r.body)
	if err != nil {
		return nil, err
	}
	header, err := c.credentials.Header(ctx)
	if err != nil {
		return nil, fmt.Errorf("read credentials: %w", err)
	}
	got, err := c.sendInTurn(ctx, r, header, body)
	if !answered(err, http.StatusUnauthorized) {
		return got, err
	}
	fresh, renewal := c.credentials.Renew(ctx, header)
	if renewal != nil || fresh == header {
		return got, err
	}
	return c.sendInTurn(ctx, r, fresh, body)
}

// sendInTurn makes one HTTP request at the pace of its kind.
func (c *Client) sendInTurn(ctx context.Context, r call, authorization string, body []byte) (got *answer, err error) {
	err = outbound.Paced(ctx, c.pacerOf(r), func() error {
		got, err = c.send(ctx, r, authorization, body)
		return err
	})
	return got, err
}

// pacerOf returns what a request is spaced out by.
func (c *Client) pacerOf(r call) outbound.Pacer {
	if r.bulk && c.bulkPacer != nil {
		return c.bulkPacer
	}
	return c.pacer
}

func encode(body any) ([]byte, error) {
	if body == nil {
		return nil, nil
	}
	data, err := json.Marshal(body)
	if err != nil {
		return nil, fmt.Errorf("encode request: %w", err)
	}
	return data, nil
}

// send makes one HTTP request.
func (c *Client) send(ctx context.Context, r call, authorization string, body []byte) (*answer, error) {
	ctx, cancel := context.WithTimeout(ctx, r.patience())
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, r.method, c.base+r.path, bytes.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", reconcile.ErrUnavailable, outbound.WithoutURL(err))
	}
	request.Header.Set("Authorization", authorization)
	request.Header.Set("User-Agent", userAgent)
	request.Header.Set("Accept", scim.ContentType+", application/json;q=0.9")
	if body != nil {
		request.Header.Set("Content-Type", scim.ContentType)
	}
	if r.match != "" {
		request.Header.Set("If-Match", r.match)
	}
	response, err := c.http.Do(request)
	if err != nil {
		return nil, outbound.NoAnswer(err)
	}
	defer response.Body.Close()
	got, err := io.ReadAll(io.LimitReader(response.Body, maxBody))
	switch {
	case response.StatusCode/100 != 2:
		return nil, newError(response.StatusCode, response.Header, got)
	case err != nil:
		return nil, outbound.NoAnswer(err)
	case !isSuccess(got):
		return nil, ErrNotSCIM
	}
	return &answer{response.StatusCode, response.Header, got}, nil
}

// isSuccess reports whether the body of a 2xx answer is the service's: a JSON object or
// nothing. If a page comes instead, from a proxy or a wrong address, the service may have
// been told nothing.
func isSuccess(body []byte) bool {
	return len(bytes.TrimSpace(body)) == 0 || json.Unmarshal(body, &struct{}{}) == nil
}

// resource reads a user from the answer. It is nil if the answer is not a user.
func (a *answer) resource() scim.Resource {
	var r scim.Resource
	if json.Unmarshal(a.body, &r) != nil || r.ID() == "" {
		return nil
	}
	return r
}

// userPath returns the path of the user with that identifier of the service's.
func userPath(id string) string { return "/Users/" + url.PathEscape(id) }

// query writes a query. A space is %20, which every service reads.
func query(values url.Values) string { return "?" + strings.ReplaceAll(values.Encode(), "+", "%20") }
