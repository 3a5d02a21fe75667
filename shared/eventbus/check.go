package eventbus

import (
	"context"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
)

// Describer is what [Check] needs of the EventBridge client.
type Describer interface {
	DescribeEventBus(context.Context, *eventbridge.DescribeEventBusInput, ...func(*eventbridge.Options)) (*eventbridge.DescribeEventBusOutput, error)
}

// Check proves that a bus exists, given by its name or ARN. It fails with [ErrNoBus] if
// EventBridge says that it does not; any other error says nothing about the bus, such as
// that of a bus in another account whose policy does not let it be described.
//
// A delivery cannot find that out: EventBridge takes events for a bus that does not
// exist, and drops them.
// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevents.html
func Check(ctx context.Context, api Describer, bus string) error {
	_, err := api.DescribeEventBus(ctx, &eventbridge.DescribeEventBusInput{Name: &bus})
	if missing, ok := errors.AsType[*types.ResourceNotFoundException](err); ok {
		return fmt.Errorf("%w: %w", ErrNoBus, &Error{Code: missing.ErrorCode()})
	}
	if err != nil {
		return fmt.Errorf("describe the event bus: %w", errorOf(err))
	}
	return nil
}
