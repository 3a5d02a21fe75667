package main

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/poolsync/poolsync/shared/cognito/cognitotest"
	"github.com/poolsync/poolsync/shared/directory"
	"github.com/poolsync/poolsync/shared/userhub"
)

// changed is UserHub's event about a user of a connection.
func changed(connection, externalID string) string {
	return fmt.Sprintf(`{"id":"evt_1","time":"1999-12-31T23:59:58Z","type":"users.changed","usersChanged":{"user":{"id":"usr_1",`+
		`"accountConnections":[{"connection":{"id":"conn_other"},"externalId":"x"},{"connection":{"id":%q},"externalId":%q}]}}}`, connection, externalID)
}

func TestEventQueuesAChange(t *testing.T) {
	pool := cognitotest.New()
	jane := pool.Add("jane", map[string]string{"email": "jane@example.com"})
	user, _ := pool.User(jane)
	tests := []struct {
		name   string
		by     userhub.ExternalID
		body   string
		fault  error
		broken error // the queue's
		want   string
		queued bool
	}{
		{"known by name", userhub.ByUsername, changed(connection, "jane"), nil, nil, "200", true},
		{"known by sub", userhub.BySub, changed(connection, jane), nil, nil, "200", true},
		{"as the pool has the user", userhub.ByUsername, strings.Replace(changed(connection, "jane"), `"id":"usr_1"`, `"id":"usr_1","email":"jane@example.com"`, 1), nil, nil, "200", false},
		{"of another connection", userhub.ByUsername, changed("conn_third", "jane"), nil, nil, "200", false},
		{"not listed", userhub.ByUsername, changed(connection, "joe"), nil, nil, "200", false},
		{"no sub", userhub.BySub, changed(connection, "jane"), nil, nil, "200", false},
		{"of another type, about a user", userhub.ByUsername, strings.Replace(changed(connection, "jane"), "users.changed", "users.moved", 1), nil, nil, "200", false},
		{"without connections", userhub.ByUsername, `{"type":"users.changed","usersChanged":{"user":{"id":"usr_1"}}}`, nil, nil, "200", false},
		{"without a user", userhub.ByUsername, `{"type":"users.changed"}`, nil, nil, "200", false},
		{"of another known type", userhub.ByUsername, `{"type":"members.changed","membersChanged":{}}`, nil, nil, "200", false},
		{"of an unknown type", userhub.ByUsername, `{"id":"evt_2","type":"moons.changed"}`, nil, nil, "200", false},
		{"of no type", userhub.ByUsername, `{}`, nil, nil, "200", false},
		{"pool throttled", userhub.ByUsername, changed(connection, "jane"), cognitotest.Throttled(), nil, "429 RESOURCE_EXHAUSTED", false},
		{"pool failing", userhub.ByUsername, changed(connection, "jane"), cognitotest.Internal(), nil, "500 UNAVAILABLE", false},
		{"queue failing", userhub.ByUsername, changed(connection, "jane"), nil, errBroken, "500 UNAVAILABLE", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(pool)
				w.settings.ExternalID, w.queue.err = tt.by, tt.broken
				pool.Fail(func(cognitotest.Call) error { return tt.fault })
				pool.ResetCalls()
				observed := time.Now()
				got, answer := call(t, w.handler(), "events.handle", tt.body)
				if got != tt.want || got == "200" && answer != "{}" {
					t.Errorf("got %s %s, want %s", got, answer, tt.want)
				}
				var want []directory.Change
				if tt.queued {
					want = []directory.Change{{
						Kind: directory.Changed, Origin: directory.Webhook, Sub: jane, Username: "jane", ObservedAt: observed, Pool: cognitotest.ID, User: &user,
					}}
				}
				if diff := cmp.Diff(want, w.queue.changes, cmpopts.IgnoreFields(directory.Change{}, "ID")); diff != "" {
					t.Errorf("queued (-want +got)\n%s", diff)
				}
				for _, c := range w.queue.changes {
					if err := c.Validate(); err != nil || c.ID == "" {
						t.Errorf("queued a change that is not valid: %v", err)
					}
				}
				if n := pool.Calls("AdminGetUser"); n != 0 {
					t.Errorf("AdminGetUser was called %d times for a hint, want none", n)
				}
				if len(w.bus.inputs) != 0 {
					t.Error("the event was forwarded, want no bus to be asked")
				}
				leaks(t, "the log", w.logs.String(), "example.com", `"jane"`, `"joe"`)
			})
		})
	}
}

func TestEventIsForwarded(t *testing.T) {
	users := changed(connection, "jane")
	entry := func(detailType, detail string, at *time.Time) types.PutEventsRequestEntry {
		return types.PutEventsRequestEntry{
			EventBusName: aws.String("owners"), Source: aws.String("poolsync.userhub"),
			DetailType: &detailType, Detail: &detail, Time: at,
		}
	}
	refused := eventbridge.PutEventsOutput{FailedEntryCount: 1, Entries: []types.PutEventsResultEntry{
		{ErrorCode: aws.String("ThrottlingException"), ErrorMessage: aws.String("jane@example.com is too much")},
	}}
	tests := []struct {
		name, body string
		out        eventbridge.PutEventsOutput
		err        error
		queue      error
		want       string
		entry      types.PutEventsRequestEntry
		cause      string // in the log
	}{
		{"users.changed", users, eventbridge.PutEventsOutput{}, nil, nil, "200",
			entry("users.changed", users, aws.Time(time.Date(1999, 12, 31, 23, 59, 58, 0, time.UTC))), ""},
		{"unknown type", `{"type":"moons.changed", "n":1e2}`, eventbridge.PutEventsOutput{}, nil, nil, "200",
			entry("moons.changed", `{"type":"moons.changed", "n":1e2}`, nil), ""},
		{"no type", `{}`, eventbridge.PutEventsOutput{}, nil, nil, "200", entry("unknown", `{}`, nil), ""},
		{"not taken", `{}`, refused, nil, nil, "500 UNAVAILABLE", entry("unknown", `{}`, nil), "forward event: ThrottlingException"},
		{"not taken, without a reason", `{}`, eventbridge.PutEventsOutput{FailedEntryCount: 1}, nil, nil, "500 UNAVAILABLE", entry("unknown", `{}`, nil), "no reason given"},
		{"bus out of reach", `{}`, eventbridge.PutEventsOutput{}, errBroken, nil, "500 UNAVAILABLE", entry("unknown", `{}`, nil), "forward event: broken on demand"},
		{"queue failing", users, eventbridge.PutEventsOutput{}, nil, errBroken, "500 UNAVAILABLE",
			entry("users.changed", users, aws.Time(time.Date(1999, 12, 31, 23, 59, 58, 0, time.UTC))), "broken on demand"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(cognitotest.New())
			w.pool.Add("jane", map[string]string{"email": "jane@example.com"})
			w.settings.EventBus = "owners"
			w.bus.out, w.bus.err, w.queue.err = tt.out, tt.err, tt.queue
			if got, answer := call(t, w.handler(), "events.handle", tt.body); got != tt.want {
				t.Errorf("got %s %s, want %s", got, answer, tt.want)
			}
			want := []*eventbridge.PutEventsInput{{Entries: []types.PutEventsRequestEntry{tt.entry}}}
			ignored := cmpopts.IgnoreUnexported(eventbridge.PutEventsInput{}, types.PutEventsRequestEntry{})
			if diff := cmp.Diff(want, w.bus.inputs, ignored); diff != "" {
				t.Errorf("forwarded (-want +got)\n%s", diff)
			}
			if got := w.logs.String(); !strings.Contains(got, tt.cause) {
				t.Errorf("log %s, want %q in it", got, tt.cause)
			}
			leaks(t, "the log", w.logs.String(), "example.com")
		})
	}
}
