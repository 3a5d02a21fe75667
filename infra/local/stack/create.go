package stack

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/poolsync/poolsync/infra/local/emulator"
	"github.com/poolsync/poolsync/infra/local/eventsource"
	"github.com/poolsync/poolsync/infra/local/lambdahost"
)

// ErrNoCounterpart is returned for a resource, or a setting of one, of a kind that
// the local stack does not know: whoever adds it to the template decides here
// what becomes of it.
var ErrNoCounterpart = errors.New("no counterpart in the local stack")

// inert are resources that are left out: nothing here checks permissions, keeps
// log groups, or rings alarms. Where another resource refers to one, it finds a
// made-up name.
var inert = map[string]bool{
	"AWS::CDK::Metadata":      true,
	"AWS::CloudWatch::Alarm":  true,
	"AWS::IAM::Policy":        true,
	"AWS::IAM::Role":          true,
	"AWS::Lambda::Permission": true,
	"AWS::Logs::LogGroup":     true,
	"AWS::SQS::QueuePolicy":   true,
	"Custom::Connectivity":    true, // invoked by whoever wants to know
}

// creator makes a template's resources in the emulator and on the Lambda host.
type creator struct {
	ctx       context.Context
	template  Template
	settings  settings
	binaries  string
	functions *lambdahost.Host
	queues    *sqs.Client
	pools     *cognitoidentityprovider.Client
	endpoint  string

	resources map[string]made
	mappings  []subscription
}

// subscription is a function that is to be fed from a queue.
type subscription struct {
	function string
	mapping  eventsource.Mapping
}

// resource returns a resource by its logical id, and makes it if need be. The
// template's references form no circle, or CloudFormation would refuse it.
func (c *creator) resource(id string) (made, error) {
	if m, ok := c.resources[id]; ok {
		return m, nil
	}
	declared, ok := c.template.Resources[id]
	if !ok {
		return made{}, fmt.Errorf("%w: no resource %s", ErrUnresolved, id)
	}
	m, err := c.make(id, declared)
	if err != nil {
		return made{}, fmt.Errorf("%s: %w", id, err)
	}
	c.resources[id] = m
	return m, nil
}

func (c *creator) make(id string, declared Resource) (made, error) {
	if inert[declared.Type] {
		return made{ref: id, attributes: map[string]string{"Arn": "arn:aws:inert:::" + id}}, nil
	}
	p, err := c.properties(declared)
	if err != nil {
		return made{}, err
	}
	switch declared.Type {
	case "AWS::Cognito::UserPool":
		return c.userPool(p)
	case "AWS::Lambda::EventSourceMapping":
		return c.mapping(id, p)
	case "AWS::Lambda::Function":
		return c.function(id, p)
	case "AWS::SQS::Queue":
		return c.queue(id, p)
	default:
		return made{}, fmt.Errorf("%w: %s", ErrNoCounterpart, declared.Type)
	}
}

// properties are a resource's properties with all references resolved.
type properties map[string]any

func (c *creator) properties(declared Resource) (properties, error) {
	resolved, err := resolver{c.resource}.value(declared.Properties)
	if err != nil {
		return nil, err
	}
	return resolved.(map[string]any), nil
}

// decode fills a struct with the properties of the same names.
func (p properties) decode(into any) error {
	text, err := json.Marshal(p)
	if err != nil {
		return err
	}
	return json.Unmarshal(text, into)
}

// queue makes an SQS queue. CloudFormation names its properties as SQS names a
// queue's attributes.
func (c *creator) queue(id string, p properties) (made, error) {
	if given, ok := c.settings.visibility[id]; ok {
		c.settings.differ("%s: a failed message comes again after %v s, not %v s", id, given.Seconds(), p["VisibilityTimeout"])
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
	queue, err := c.queues.CreateQueue(c.ctx, &sqs.CreateQueueInput{QueueName: &id, Attributes: attributes})
	if err != nil {
		return made{}, fmt.Errorf("create queue: %w", err)
	}
	return made{ref: aws.ToString(queue.QueueUrl), attributes: map[string]string{
		"Arn":       "arn:aws:sqs:" + emulator.Region + ":" + emulator.AccountID + ":" + id,
		"QueueName": id,
	}}, nil
}

// userPool makes a user pool. CloudFormation names its properties as
// CreateUserPool names its parameters, but for two.
func (c *creator) userPool(p properties) (made, error) {
	p["PoolName"] = p["UserPoolName"]
	for _, name := range []string{
		"UserPoolName",
		"EnabledMfas", // set by another call, and nobody here has a second factor
	} {
		delete(p, name)
	}
	var input cognitoidentityprovider.CreateUserPoolInput
	if err := p.decode(&input); err != nil {
		return made{}, err
	}
	created, err := c.pools.CreateUserPool(c.ctx, &input)
	if err != nil {
		return made{}, fmt.Errorf("create user pool: %w", err)
	}
	return made{ref: aws.ToString(created.UserPool.Id), attributes: map[string]string{
		"Arn":        aws.ToString(created.UserPool.Arn),
		"UserPoolId": aws.ToString(created.UserPool.Id),
	}}, nil
}

// mapping notes an event source mapping. It starts when everything is made.
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
	return made{}, fmt.Errorf("%w: an event source that is no queue", ErrNoCounterpart)
}
