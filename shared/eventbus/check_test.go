package eventbus_test

import (
	"context"
	"errors"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge/types"

	"github.com/poolsync/poolsync/shared/eventbus"
	"github.com/poolsync/poolsync/shared/eventbus/eventbustest"
	"github.com/poolsync/poolsync/shared/reconcile"
)

// described answers for the one bus that there is.
type described struct{ err error }

func (d described) DescribeEventBus(_ context.Context, in *eventbridge.DescribeEventBusInput, _ ...func(*eventbridge.Options)) (*eventbridge.DescribeEventBusOutput, error) {
	if d.err == nil && aws.ToString(in.Name) != eventbustest.Name {
		return nil, &types.ResourceNotFoundException{Message: aws.String("Event bus jane does not exist.")}
	}
	return &eventbridge.DescribeEventBusOutput{Name: in.Name}, d.err
}

func TestCheck(t *testing.T) {
	if err := eventbus.Check(t.Context(), described{}, eventbustest.Name); err != nil {
		t.Errorf("a bus that exists: %v", err)
	}
	err := eventbus.Check(t.Context(), described{}, "another")
	if !errors.Is(err, eventbus.ErrNoBus) || err.Error() != "there is no such event bus: eventbridge: ResourceNotFoundException" {
		t.Errorf("a bus that does not: %v", err)
	}
	err = eventbus.Check(t.Context(), described{eventbustest.Answer("AccessDeniedException")}, eventbustest.Name)
	if errors.Is(err, eventbus.ErrNoBus) || !errors.Is(err, reconcile.ErrUnauthorized) {
		t.Errorf("a bus that may not be described: %v, want to be told that, and not that it does not exist", err)
	}
}
