package eventbus_test

import (
	"encoding/json"
	"time"
)

// consumer keeps a copy of the pool as the document says, and knows of poolsync nothing
// else: infra/docs/bus.md, "Keep a copy of the pool".
type consumer struct {
	seen    map[string]bool   // ids
	held    map[string]record // by sub
	signIns map[string]int    // by the event's id
	skipped map[string]int    // what was not done, by why
}

// record is what the consumer holds of a user.
type record struct {
	observedAt time.Time
	deleted    bool
	username   string
	user       string // as it came
}

func newConsumer() *consumer {
	return &consumer{seen: make(map[string]bool), held: make(map[string]record), signIns: make(map[string]int), skipped: make(map[string]int)}
}

// take deals with an event.
func (c *consumer) take(message []byte) error {
	var e struct {
		DetailType string `json:"detail-type"`
		Source     string
		Detail     struct {
			ID, Sub, Username string
			ObservedAt        time.Time
			User              json.RawMessage
		}
	}
	if err := json.Unmarshal(message, &e); err != nil {
		return err
	}
	d := e.Detail
	seen := c.seen[d.ID]
	c.seen[d.ID] = true
	if seen {
		c.skipped["seen"]++
	}
	if e.DetailType == "User Signed In" || e.DetailType == "User Signed Up" {
		if !seen {
			c.signIns[d.ID]++
		}
		return nil
	}
	if held, ok := c.held[d.Sub]; ok && held.observedAt.After(d.ObservedAt) {
		c.skipped["older"]++
		return nil
	}
	c.held[d.Sub] = record{d.ObservedAt, e.DetailType == "User Deleted", d.Username, string(d.User)}
	return nil
}

// copy returns the users whom the consumer takes to be in the pool, by sub.
func (c *consumer) copy() map[string]string {
	users := make(map[string]string)
	for sub, r := range c.held {
		if !r.deleted {
			users[sub] = r.username + " " + r.user
		}
	}
	return users
}
