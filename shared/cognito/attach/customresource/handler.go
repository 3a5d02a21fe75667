// Package customresource answers CloudFormation's requests for two custom resources:
//
//   - Custom::UserPoolAttachment is our triggers on a pool. Creating it sets them;
//     deleting it clears them, or puts back what they replaced.
//   - Custom::UserPoolReattachment sets them once more when it is created, and does
//     nothing else.
//
// CloudFormation rolls a failed update back by another update, and is stuck if that
// fails too. Whatever keeps us from setting the triggers, such as somebody else's
// trigger, would make that fail as well. So updating a resource sets nothing: to set
// the triggers again, a template creates a resource under another name, and rolling
// that back deletes it, which does nothing.
package customresource

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"time"

	"github.com/aws/aws-lambda-go/cfn"

	"github.com/poolsync/poolsync/shared/cognito/attach"
	"github.com/poolsync/poolsync/shared/telemetry"
)

// The types of the two resources.
const (
	Attachment   = "Custom::UserPoolAttachment"
	Reattachment = "Custom::UserPoolReattachment"
)

// answerReserve is kept back from the function's time for the answer to
// CloudFormation.
const answerReserve = 10 * time.Second

// maxReason bounds the text of a failure: an answer may have 4,096 bytes in all
// (CloudFormation user guide, "Custom resource response objects").
const maxReason = 3000

// Connect returns an attacher. It is called within a request, because a failure must
// be answered: CloudFormation waits an hour for a missing answer.
type Connect func(context.Context) (*attach.Attacher, error)

// Handler serves CloudFormation's requests.
type Handler struct {
	connect Connect
	poolID  string
	log     *slog.Logger
}

// New returns a handler for a template that names the pool poolID.
func New(connect Connect, poolID string, log *slog.Logger) Handler {
	return Handler{connect, poolID, log}
}

// Handle serves one request and returns the resource's physical id. Everybody who may
// see the stack's events may see its errors.
func (h Handler) Handle(ctx context.Context, request cfn.Event) (string, map[string]any, error) {
	if deadline, ok := ctx.Deadline(); ok {
		var cancel context.CancelFunc
		ctx, cancel = context.WithDeadline(ctx, deadline.Add(-answerReserve))
		defer cancel()
	}
	p, err := parse(request.ResourceProperties)
	if err == nil {
		err = h.serve(ctx, request, p)
	} else if request.RequestType == cfn.RequestDelete {
		err = nil // what could not be created has nothing to delete
	}

	log := h.log.With("request", string(request.RequestType), "resource", request.LogicalResourceID, "pool", p.poolID, "function", p.function)
	if err != nil {
		err = reason(err)
		log.ErrorContext(ctx, "request failed", "error", err)
	} else {
		log.InfoContext(ctx, "request served")
	}
	return physicalID(request, p), nil, err
}

// physicalID returns the id by which CloudFormation tells one attachment from
// another: the pool's. An update keeps the existing id, because with another one
// CloudFormation would delete the attachment. Templates name resources after the
// pool, so none ever changes its pool.
func physicalID(request cfn.Event, p properties) string {
	if request.RequestType == cfn.RequestCreate {
		return p.poolID
	}
	return request.PhysicalResourceID
}

// serve does what the request asks for.
func (h Handler) serve(ctx context.Context, request cfn.Event, p properties) error {
	if request.ResourceType == Reattachment && request.RequestType != cfn.RequestCreate {
		return nil
	}
	if request.RequestType == cfn.RequestDelete && h.succeeded(request, p) {
		return nil
	}
	attacher, err := h.connect(ctx)
	if err != nil {
		return err
	}
	switch request.RequestType {
	case cfn.RequestCreate:
		return attacher.Attach(ctx, p.poolID, p.function, p.replaceable)
	case cfn.RequestUpdate:
		// Only what is ours is moved. A rollback moves it back, and if the move
		// failed there is nothing to move back.
		former, _ := request.OldResourceProperties[functionProperty].(string)
		return attacher.Move(ctx, p.poolID, former, p.function)
	case cfn.RequestDelete:
		return attacher.Detach(ctx, p.poolID, p.function, p.replaceable)
	}
	return errors.New("request type: want Create, Update or Delete")
}

// unnamed is how templates named the attachment before they named it after its pool.
const unnamed = "UserPoolAttachment"

// succeeded reports whether the attachment that a request deletes has a successor for
// the same pool, which owns the triggers by now: an upgrade has given it another
// name.
func (h Handler) succeeded(request cfn.Event, p properties) bool {
	return request.LogicalResourceID == unnamed && p.poolID == h.poolID
}

// reason returns err without personal data: CloudFormation shows it to everybody who
// may see the stack's events. Cognito's own messages can repeat a setting, such as a
// sender's address.
func reason(err error) error {
	text := telemetry.Scrub(err.Error())
	if len(text) > maxReason {
		text = strings.ToValidUTF8(text[:maxReason], "") + "…"
	}
	return errors.New(text)
}
