package ledger

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// scheduleTries is how often a reservation is made anew because others came in between.
// The schedule of a busy target stands after the floor from then on, so that it takes
// two tries, or three if it was idle before.
const scheduleTries = 4

// errContended is the failure of a reservation that others kept coming before.
var errContended = errors.New("others keep moving the schedule")

// scheduleKey returns the key of a schedule's item. Its attribute nextAt is a moment in
// nanoseconds since 1970, a number, so that DynamoDB can add to it.
func (t *Table) scheduleKey(class string) item { return t.runKey("schedule:" + class) }

// Reserve moves a class's moment on by span, from where it stands or from the floor,
// whichever is later, and returns that: the span from there on is the caller's. If the
// moment stands after the ceiling, it stays, and granted is false.
//
// To add to the moment takes one write however many do so at once. Only after a pause
// it takes a second one, which sets it. A write that is repeated because its answer was
// lost reserves twice; that costs the span, and nobody gets it.
func (t *Table) Reserve(ctx context.Context, class string, span time.Duration, floor, ceiling time.Time) (from time.Time, granted bool, err error) {
	for range scheduleTries {
		at, err := t.reserve(ctx, class, "nextAt + :span", "nextAt >= :floor AND nextAt <= :ceiling",
			item{":span": number(int64(span)), ":floor": moment(floor), ":ceiling": moment(ceiling)})
		held, conditional := errors.AsType[*types.ConditionalCheckFailedException](err)
		switch {
		case err == nil:
			return at.Add(-span), true, nil
		case !conditional:
			return time.Time{}, false, fmt.Errorf("reserve: %w", err)
		}
		if stands := momentOf(held.Item["nextAt"]); stands.After(ceiling) {
			return stands, false, nil
		}
		_, err = t.reserve(ctx, class, ":next", "attribute_not_exists(nextAt) OR nextAt < :floor",
			item{":next": moment(floor.Add(span)), ":floor": moment(floor)})
		switch {
		case err == nil:
			return floor, true, nil
		case !refused(err):
			return time.Time{}, false, fmt.Errorf("reserve: %w", err)
		}
	}
	return time.Time{}, false, fmt.Errorf("reserve: %w", errContended)
}

// reserve sets the moment to a value and returns it, provided that condition holds.
func (t *Table) reserve(ctx context.Context, class, value, condition string, values item) (time.Time, error) {
	out, err := t.api.UpdateItem(ctx, &dynamodb.UpdateItemInput{
		TableName:                           aws.String(t.name),
		Key:                                 t.scheduleKey(class),
		UpdateExpression:                    aws.String("SET nextAt = " + value),
		ConditionExpression:                 aws.String(condition),
		ExpressionAttributeValues:           values,
		ReturnValues:                        types.ReturnValueUpdatedNew,
		ReturnValuesOnConditionCheckFailure: types.ReturnValuesOnConditionCheckFailureAllOld,
	})
	if err != nil {
		return time.Time{}, err
	}
	return momentOf(out.Attributes["nextAt"]), nil
}

// HoldUntil moves a class's moment to the given one, unless it is there or later already.
func (t *Table) HoldUntil(ctx context.Context, class string, until time.Time) error {
	err := t.update(ctx, t.scheduleKey(class), "SET nextAt = :until", "attribute_not_exists(nextAt) OR nextAt < :until",
		item{":until": moment(until)})
	if err != nil && !refused(err) {
		return fmt.Errorf("hold back: %w", err)
	}
	return nil
}

func number(n int64) types.AttributeValue {
	return &types.AttributeValueMemberN{Value: strconv.FormatInt(n, 10)}
}

func moment(t time.Time) types.AttributeValue { return number(t.UnixNano()) }

// momentOf reads a moment; what is missing or unreadable is one long ago.
func momentOf(v types.AttributeValue) time.Time {
	if n, ok := v.(*types.AttributeValueMemberN); ok {
		if nanos, err := strconv.ParseInt(n.Value, 10, 64); err == nil {
			return time.Unix(0, nanos).UTC()
		}
	}
	return time.Unix(0, 0).UTC()
}
