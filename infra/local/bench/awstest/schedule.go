package awstest

import (
	"encoding/json"
	"strconv"
	"strings"
	"sync"

	"github.com/poolsync/poolsync/shared/ledger"
)

// schedule is the item of the table in which all instances of deliver keep one rate. It
// is the only one that the table stores, because what deliver asks of it next depends on
// it.
type schedule struct {
	mu     sync.Mutex
	nextAt int64 // nanoseconds since 1970; guarded by mu
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

// value returns a number of the expression's, and whether it has that.
func (u update) value(name string) (int64, bool) {
	n, err := strconv.ParseInt(u.ExpressionAttributeValues[name].N, 10, 64)
	return n, err == nil
}

// update carries out an update as package ledger asks for it: to add a span to the moment
// if it stands between two others, or else to set it if it stands before one.
func (s *schedule) update(u update) (any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	floor, _ := u.value(":floor")
	ceiling, _ := u.value(":ceiling")
	span, adds := u.value(":span")
	next, sets := u.value(":next")
	switch {
	case adds && floor <= s.nextAt && s.nextAt <= ceiling:
		s.nextAt += span
	case sets && s.nextAt < floor:
		s.nextAt = next
	default:
		return nil, refusal{"ConditionalCheckFailedException", map[string]any{"Item": s.item()}}
	}
	return map[string]any{"Attributes": s.item()}, nil
}

func (s *schedule) item() any {
	return map[string]any{"nextAt": map[string]string{"N": strconv.FormatInt(s.nextAt, 10)}}
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

// updateItem counts an update, and carries out those of the schedule.
func (t *Table) updateItem(input []byte) (any, error) {
	t.Updates.Add(1)
	var u update
	if err := json.Unmarshal(input, &u); err != nil || !u.isSchedule() {
		return struct{}{}, nil
	}
	return t.schedule.update(u)
}
