package client

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"

	"github.com/poolsync/poolsync/shared/reconcile"
	"github.com/poolsync/poolsync/shared/scim"
)

// ErrUnanswered is returned when a Bulk request is answered, but not this operation of it.
// It wraps [reconcile.ErrUnavailable].
var ErrUnanswered = fmt.Errorf("%w: the service answered others of a Bulk request", reconcile.ErrUnavailable)

// creation is a user to be created by Bulk.
type creation struct {
	*attempt
	data json.RawMessage
}

// overhead is what an operation takes in a request beside its data, in bytes, and the
// request beside its operations. Both are more than they really take.
const overhead = 100

// groups divides creations so that each group fits a Bulk request.
func (c *Client) groups(all []creation) [][]creation {
	var groups [][]creation
	limit, size, began := c.profile.Bulk, overhead, 0
	for i, made := range all {
		size += len(made.data) + overhead
		if i-began == limit.Operations || size > limit.Bytes && i > began {
			groups = append(groups, all[began:i])
			began, size = i, len(made.data)+2*overhead
		}
	}
	if began < len(all) {
		groups = append(groups, all[began:])
	}
	return groups
}

// createAll creates users by one request, and writes down what came of it. It returns those
// who have to be delivered one by one.
func (c *Client) createAll(ctx context.Context, group []creation, outcomes []Outcome) []*attempt {
	if c.noBulk.Load() || len(group) == 1 {
		return attempts(group)
	}
	results, err := c.bulk(ctx, group)
	switch {
	case answered(err, http.StatusNotFound, http.StatusMethodNotAllowed, http.StatusNotImplemented):
		c.noBulk.Store(true)
		return attempts(group)
	case answered(err, http.StatusRequestEntityTooLarge):
		half := len(group) / 2
		return append(c.createAll(ctx, group[:half], outcomes), c.createAll(ctx, group[half:], outcomes)...)
	case answered(err, http.StatusBadRequest):
		return attempts(group) // one of them is to blame
	}
	var single []*attempt
	for i, made := range group {
		outcome, settled := made.settle(results[strconv.Itoa(i)], err)
		if !settled {
			single = append(single, made.attempt)
			continue
		}
		outcomes[made.place] = outcome
	}
	return single
}

func attempts(group []creation) []*attempt {
	all := make([]*attempt, len(group))
	for i, made := range group {
		all[i] = made.attempt
	}
	return all
}

// bulk makes the request and returns the results of its operations, by our names for them.
func (c *Client) bulk(ctx context.Context, group []creation) (map[string]scim.BulkResult, error) {
	request := scim.Bulk{Schemas: []string{scim.BulkSchema}}
	for i, made := range group {
		request.Operations = append(request.Operations,
			scim.BulkOperation{Method: http.MethodPost, Path: "/Users", ID: strconv.Itoa(i), Data: made.data})
	}
	got, err := c.do(ctx, call{method: http.MethodPost, path: "/Bulk", body: request, bulk: true})
	if err != nil {
		return nil, err
	}
	var said scim.BulkAnswer
	if json.Unmarshal(got.body, &said) != nil || !said.Valid() {
		return nil, ErrNotSCIM
	}
	results := make(map[string]scim.BulkResult, len(said.Operations))
	for _, r := range said.Operations {
		results[r.ID] = r
	}
	return results, nil
}

// settle returns what came of a creation, unless it is to be delivered by itself: because
// somebody is in the way, or because of the answer we know no more than that it was made.
func (made creation) settle(result scim.BulkResult, err error) (Outcome, bool) {
	status := result.Status()
	switch {
	case err != nil:
	case status == 0:
		err = ErrUnanswered
	case status/100 != 2:
		err = newError(status, http.Header{}, result.Response)
	default:
		made.tried = true
		id := located(result.Location)
		return Outcome{Remote: reconcile.Remote{ID: id, Note: created}}, id != ""
	}
	if duplicate(err) {
		return Outcome{}, false
	}
	return Outcome{Remote: made.Held, Err: fmt.Errorf("create user by Bulk: %w", err)}, true
}
