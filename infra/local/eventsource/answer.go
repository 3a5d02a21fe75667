package eventsource

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
)

// ErrMalformedAnswer is reported when a function's partial batch response does not
// have Lambda's form, or names a message that was not in the batch. Lambda then
// takes the whole batch as failed.
var ErrMalformedAnswer = errors.New("malformed partial batch response")

// partialFailure is the form of a partial batch response
// (https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html).
type partialFailure struct {
	Failures []struct {
		Identifier string `json:"itemIdentifier"`
	} `json:"batchItemFailures"`
}

// succeeded returns the messages that the answer does not name. An empty answer, null, an
// empty object and an empty list all mean that everything succeeded.
func succeeded(messages []types.Message, answer []byte) ([]types.Message, error) {
	var response partialFailure
	if len(answer) > 0 {
		if err := json.Unmarshal(answer, &response); err != nil {
			return nil, fmt.Errorf("%w: not JSON in Lambda's form", ErrMalformedAnswer)
		}
	}
	failed := map[string]bool{}
	for _, failure := range response.Failures {
		known := slices.ContainsFunc(messages, func(m types.Message) bool {
			return aws.ToString(m.MessageId) == failure.Identifier
		})
		if failure.Identifier == "" || !known {
			return nil, fmt.Errorf("%w: item identifier %q", ErrMalformedAnswer, failure.Identifier)
		}
		failed[failure.Identifier] = true
	}
	return except(messages, failed), nil
}

// except returns the messages whose ids are not given.
func except(messages []types.Message, ids map[string]bool) []types.Message {
	return slices.DeleteFunc(slices.Clone(messages), func(m types.Message) bool {
		return ids[aws.ToString(m.MessageId)]
	})
}
