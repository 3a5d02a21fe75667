package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge/types"

	"github.com/poolsync/poolsync/shared/directory"
	"github.com/poolsync/poolsync/shared/userhub"
)

// eventSource is how the owner's rules recognise UserHub's events on the bus; the
// detail type is UserHub's own, such as users.changed.
const eventSource = "poolsync.userhub"

// sender puts a change on the queue, at once or for later.
type sender interface {
	Send(context.Context, directory.Change) error
	SendAfter(context.Context, directory.Change, time.Duration) error
}

// bus is the part of EventBridge that is used.
type bus interface {
	PutEvents(context.Context, *eventbridge.PutEventsInput, ...func(*eventbridge.Options)) (*eventbridge.PutEventsOutput, error)
}

// listener handles what happens at UserHub.
type listener struct {
	users      users
	connection string
	queue      sender
	bus        bus
	busName    string // empty: nothing is forwarded
	log        *slog.Logger
}

// handle acknowledges an event of any type once its change is queued and the event
// itself forwarded. After an error UserHub may send the event again; repeating the
// part that worked does no harm.
func (l listener) handle(ctx context.Context, event userhub.Event) error {
	return refusal(errors.Join(l.enqueue(ctx, event), l.forward(ctx, event)))
}

// enqueue queues a change for a user of our connection that UserHub now holds in
// another form than the pool does. UserHub is then told to fetch the user again,
// unless it has confirmed the pool's form before: insisting could go on for ever. A
// user that it holds in the pool's form is skipped: what UserHub was told comes back
// as an event, and must not go round.
//
// The user is only read by listing. An event is a hint, and makes nobody billable.
func (l listener) enqueue(ctx context.Context, event userhub.Event) error {
	id := event.ExternalID(l.connection)
	if event.Type != userhub.UsersChanged || id == "" {
		return nil
	}
	asked := time.Now()
	user, listed, err := l.users.listed(ctx, id)
	if err != nil {
		return err
	}
	switch {
	case !listed:
		l.log.InfoContext(ctx, "event is about a user who is not listed", "event", event.ID)
		return nil
	case event.Shows(userhub.NewCustomUser(l.users.by, user)):
		return nil
	}
	return l.queue.Send(ctx, directory.Change{
		ID: directory.NewChangeID(), Kind: directory.Changed, Origin: directory.Webhook,
		Sub: user.Sub, Username: user.Username, ObservedAt: asked, Pool: l.users.poolID, User: &user,
	})
}

// forward puts the event, as it was sent, on the owner's bus.
func (l listener) forward(ctx context.Context, event userhub.Event) error {
	if l.busName == "" {
		return nil
	}
	entry := types.PutEventsRequestEntry{
		EventBusName: aws.String(l.busName),
		Source:       aws.String(eventSource),
		DetailType:   aws.String(cmp.Or(event.Type, "unknown")),
		Detail:       aws.String(string(event.Raw)),
	}
	if !event.Time.IsZero() {
		entry.Time = aws.Time(event.Time)
	}
	out, err := l.bus.PutEvents(ctx, &eventbridge.PutEventsInput{Entries: []types.PutEventsRequestEntry{entry}})
	switch {
	case err != nil:
		return fmt.Errorf("forward event: %w", err)
	case out.FailedEntryCount > 0: // also with status 200
		return fmt.Errorf("forward event: %s", failureCode(out.Entries))
	}
	return nil
}

// failureCode returns why an entry was not taken, without the message, which may
// repeat what was sent.
func failureCode(results []types.PutEventsResultEntry) string {
	for _, result := range results {
		if result.ErrorCode != nil {
			return *result.ErrorCode
		}
	}
	return "no reason given"
}
