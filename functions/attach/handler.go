package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"regexp"
	"strings"
	"time"

	"github.com/aws/aws-lambda-go/cfn"

	"github.com/poolsync/poolsync/shared/cognito/attach"
	"github.com/poolsync/poolsync/shared/telemetry"
)

// answerReserve is kept back from the function's time for the answer to
// CloudFormation.
const answerReserve = 10 * time.Second

// maxReason bounds the text of a failure: an answer may have 4,096 bytes in all
// (CloudFormation user guide, "Custom resource response objects").
const maxReason = 3000

type handler struct {
	connect func(context.Context) (attach.Cognito, error)
	log     *slog.Logger
}

// handle serves one request of CloudFormation's and returns the resource's
// physical id.
func (h handler) handle(ctx context.Context, request cfn.Event) (string, map[string]any, error) {
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

	log := h.log.With("request", string(request.RequestType), "pool", p.poolID, "function", p.function)
	if err != nil {
		err = reason(err)
		log.ErrorContext(ctx, "request failed", "error", err)
	} else {
		log.InfoContext(ctx, "request served")
	}
	return physicalID(request, p, err), nil, err
}

// physicalID returns the id by which CloudFormation tells one attachment from
// another: the pool's.
//
// So an update that names another pool is a replacement to CloudFormation: we
// attach to the new pool, and it asks for the deletion of the old attachment, with
// the old properties, only after the whole stack has been updated. If the stack is
// rolled back instead, the same happens the other way round. In between both
// pools call the function, which does no harm. An update that failed has replaced
// nothing and keeps the old id.
func physicalID(request cfn.Event, p properties, err error) string {
	failed := request.RequestType == cfn.RequestUpdate && err != nil
	if failed || request.RequestType == cfn.RequestDelete {
		return request.PhysicalResourceID
	}
	return p.poolID
}

// serve does what the request asks for.
func (h handler) serve(ctx context.Context, request cfn.Event, p properties) error {
	cognito, err := h.connect(ctx)
	if err != nil {
		return err
	}
	attacher := attach.New(cognito)
	switch request.RequestType {
	case cfn.RequestCreate:
		return attacher.Attach(ctx, p.poolID, p.function)
	case cfn.RequestUpdate:
		// A slot that holds the function of the last deployment is ours to change.
		former, _ := request.OldResourceProperties[functionProperty].(string)
		return attacher.Attach(ctx, p.poolID, p.function, former)
	case cfn.RequestDelete:
		return attacher.Detach(ctx, p.poolID, p.function)
	}
	return errors.New("request type: want Create, Update or Delete")
}

// The names of the resource's properties.
const (
	poolProperty     = "UserPoolId"
	functionProperty = "FunctionArn"
)

// properties are what the template says of the resource.
type properties struct {
	poolID   string
	function string // the function's ARN, also that of a version or an alias
}

// The forms of a pool's id and of a function's ARN.
var (
	poolForm     = regexp.MustCompile(`^[a-z]+(-[a-z]+)+-[0-9]+_[0-9a-zA-Z]+$`)
	functionForm = regexp.MustCompile(`^arn:[a-z-]+:lambda:[a-z0-9-]+:[0-9]{12}:function:\S+$`)
)

// parse reads the resource's properties. The error names every one that is
// unusable and says what it should be.
func parse(raw map[string]any) (properties, error) {
	var p properties
	var problems []error
	p.poolID, _ = raw[poolProperty].(string)
	if !poolForm.MatchString(p.poolID) {
		problems = append(problems, fmt.Errorf("%s: want a user pool's id such as us-east-1_EXAMPLE01", poolProperty))
	}
	p.function, _ = raw[functionProperty].(string)
	if !functionForm.MatchString(p.function) {
		problems = append(problems, fmt.Errorf("%s: want the ARN of a Lambda function", functionProperty))
	}
	return p, errors.Join(problems...)
}

// reason returns err as it may leave us: CloudFormation shows it to everybody who
// may see the stack's events. Cognito's own messages can repeat a setting, such
// as a sender's address.
func reason(err error) error {
	text := telemetry.Scrub(err.Error())
	if len(text) > maxReason {
		text = strings.ToValidUTF8(text[:maxReason], "") + "…"
	}
	return errors.New(text)
}
