package awstest

import (
	"encoding/json"
	"strconv"
	"strings"
	"sync"

	"github.com/poolsync/poolsync/shared/ledger"
)

// schedules are the items of the table by which all instances of a target's deliver keep
// one rate. They are the only ones that the table stores, because what deliver asks of
// them next depends on them.
type schedules struct {
	mu     sync.Mutex
	nextAt map[string]int64 // nanoseconds since 1970, by the item's key; guarded by mu
}

// update is the input of an UpdateItem.
type update struct {
	Key                       item
	ExpressionAttributeValues map[string]struct{ N string }
}

// isSchedule reports whether an update is of a schedule.
func (u update) isSchedule() bool {
	return strings.HasPrefix(u.Key[ledger.SortKey].S, "schedule:")
}

// item returns the key of the item as one text.
func (u update) item() string {
	return u.Key[ledger.PartitionKey].S + " " + u.Key[ledger.SortKey].S
}

// value returns a number of the expression's, and whether it has that.
func (u update) value(name string) (int64, bool) {
	n, err := strconv.ParseInt(u.ExpressionAttributeValues[name].N, 10, 64)
	return n, err == nil
}

// update carries out an update as package ledger asks for it: to add a span to the moment
// if it stands between two others, or to set it if it stands before one.
func (s *schedules) update(u update) (any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.nextAt == nil {
		s.nextAt = make(map[string]int64)
	}
	at := s.nextAt[u.item()]
	floor, _ := u.value(":floor")
	ceiling, _ := u.value(":ceiling")
	span, adds := u.value(":span")
	next, sets := u.value(":next")
	until, holds := u.value(":until")
	switch {
	case adds && floor <= at && at <= ceiling:
		at += span
	case sets && at < floor:
		at = next
	case holds && at < until:
		at = until
	default:
		return nil, refusal{"ConditionalCheckFailedException", map[string]any{"Item": momentItem(at)}}
	}
	s.nextAt[u.item()] = at
	return map[string]any{"Attributes": momentItem(at)}, nil
}

// momentItem returns the item of a schedule that stands at a moment.
func momentItem(at int64) any {
	return map[string]any{"nextAt": map[string]string{"N": strconv.FormatInt(at, 10)}}
}

// refusal is an error that AWS gives a type, with more beside it.
type refusal struct {
	kind   string
	beside map[string]any
}

func (r refusal) Error() string { return r.kind }

// body returns the answer's JSON.
func (r refusal) body() map[string]any {
	body := map[string]any{"__type": "com.amazonaws.dynamodb.v20120810#" + r.kind, "message": "The conditional request failed"}
	for name, value := range r.beside {
		body[name] = value
	}
	return body
}

// updateItem counts an update, and carries out those of schedules.
func (t *Table) updateItem(input []byte) (any, error) {
	t.Updates.Add(1)
	var u update
	if err := json.Unmarshal(input, &u); err != nil || !u.isSchedule() {
		return struct{}{}, nil
	}
	return t.schedules.update(u)
}
