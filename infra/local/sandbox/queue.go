package sandbox

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/poolsync/poolsync/infra/local/emulator"
	"github.com/poolsync/poolsync/infra/local/eventsource"
)

// queue makes an SQS queue. CloudFormation's properties have the same names as SQS's
// attributes.
func (c *creator) queue(id string, p properties) (made, error) {
	if given, ok := c.settings.visibility[id]; ok {
		c.settings.differ("%s: a failed message is retried after %v s, not %v s", id, given.Seconds(), p["VisibilityTimeout"])
		p["VisibilityTimeout"] = int(given.Seconds())
	}
	attributes := map[string]string{}
	for name, value := range p {
		switch name {
		case "Tags":
		case "RedrivePolicy":
			policy, err := json.Marshal(value)
			if err != nil {
				return made{}, err
			}
			attributes[name] = string(policy)
		default:
			attributes[name] = fmt.Sprint(value)
		}
	}
	queue, err := sqs.NewFromConfig(c.aws).CreateQueue(c.ctx, &sqs.CreateQueueInput{QueueName: &id, Attributes: attributes})
	if err != nil {
		return made{}, fmt.Errorf("create queue: %w", err)
	}
	// A function that uses the queue's URL as SQS's address goes through the front too.
	address := c.endpoint + strings.TrimPrefix(aws.ToString(queue.QueueUrl), aws.ToString(c.aws.BaseEndpoint))
	return made{ref: address, attributes: map[string]string{
		"Arn":       "arn:aws:sqs:" + emulator.Region + ":" + emulator.AccountID + ":" + id,
		"QueueName": id,
	}}, nil
}

// subscription is a function and the queue that feeds it.
type subscription struct {
	function string
	mapping  eventsource.Mapping
}

// mapping notes an event source mapping. It starts after everything is made.
func (c *creator) mapping(id string, p properties) (made, error) {
	var in struct {
		BatchSize                      int
		EventSourceArn                 string
		FunctionName                   string
		FunctionResponseTypes          []string
		MaximumBatchingWindowInSeconds int
		ScalingConfig                  struct{ MaximumConcurrency int }
	}
	if err := p.decode(&in); err != nil {
		return made{}, err
	}
	for _, queueID := range c.template.ids("AWS::SQS::Queue") {
		queue, err := c.resource(queueID)
		if err != nil {
			return made{}, err
		}
		if queue.attributes["Arn"] != in.EventSourceArn {
			continue
		}
		c.mappings = append(c.mappings, subscription{in.FunctionName, eventsource.Mapping{
			QueueURL:                queue.ref,
			QueueARN:                in.EventSourceArn,
			BatchSize:               in.BatchSize,
			Window:                  time.Duration(in.MaximumBatchingWindowInSeconds) * time.Second,
			MaximumConcurrency:      in.ScalingConfig.MaximumConcurrency,
			ReportBatchItemFailures: len(in.FunctionResponseTypes) > 0,
		}})
		return made{ref: id}, nil
	}
	return made{}, fmt.Errorf("%w: an event source that is not a queue", ErrNoCounterpart)
}
