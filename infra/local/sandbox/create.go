package sandbox

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/poolsync/poolsync/infra/local/lambdahost"
	"github.com/poolsync/poolsync/infra/local/trail"
)

// ErrNoCounterpart is returned for a resource, or a resource's property, that the local
// stack does not know. If you add one to the template, decide in this package what
// becomes of it here.
var ErrNoCounterpart = errors.New("no counterpart in the local stack")

// inert are the types that are left out: nothing here checks permissions, keeps log
// groups, runs schedules, raises or sends alarms, shows dashboards or login pages, or is
// invoked by CloudFormation. A reference to such a resource becomes this ARN with the
// logical id at its end.
var inert = map[string]string{
	"AWS::ApiGatewayV2::Stage":             "",
	"AWS::CDK::Metadata":                   "",
	"AWS::CloudWatch::Alarm":               "arn:aws:cloudwatch:us-east-1:123456789012:alarm:",
	"AWS::CloudWatch::Dashboard":           "arn:aws:cloudwatch::123456789012:dashboard/",
	"AWS::Cognito::UserPoolClient":         "",
	"AWS::Cognito::UserPoolDomain":         "",
	"AWS::Cognito::UserPoolResourceServer": "",
	"AWS::IAM::ManagedPolicy":              "arn:aws:iam::123456789012:policy/",
	"AWS::IAM::Policy":                     "",
	"AWS::IAM::Role":                       "arn:aws:iam::123456789012:role/",
	"AWS::KMS::Key":                        "arn:aws:kms:us-east-1:123456789012:key/",
	"AWS::Lambda::EventInvokeConfig":       "",
	"AWS::Lambda::Permission":              "",
	"AWS::Logs::LogGroup":                  "arn:aws:logs:us-east-1:123456789012:log-group:",
	"AWS::Scheduler::Schedule":             "arn:aws:scheduler:us-east-1:123456789012:schedule/default/",
	"AWS::SNS::Topic":                      "arn:aws:sns:us-east-1:123456789012:",
	"AWS::SNS::TopicPolicy":                "",
	"AWS::SQS::QueuePolicy":                "",
	"Custom::Connectivity":                 "",
	"Custom::UserPoolAttachment":           "",
	"Custom::UserPoolReattachment":         "",
}

// creator makes a template's resources in the emulator and on the Lambda host.
type creator struct {
	ctx       context.Context
	aws       aws.Config
	template  Template
	settings  settings
	binaries  string // the folder of the functions' binaries
	functions *lambdahost.Host
	endpoint  string // functions use it as AWS
	trail     *trail.Trail
	apis      map[string]*api // by the HTTP API's logical id

	resources map[string]made
	mappings  []subscription
}

// resource returns a resource by its logical id, and makes it if necessary. A template
// has no circular references: CloudFormation would refuse it.
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
	if arn, ok := inert[declared.Type]; ok {
		return made{ref: id, attributes: map[string]string{"Arn": arn + id}}, nil
	}
	p, err := c.properties(declared)
	if err != nil {
		return made{}, err
	}
	switch declared.Type {
	case "AWS::ApiGatewayV2::Api":
		return c.httpAPI(id)
	case "AWS::ApiGatewayV2::Integration":
		return c.integration(id, p)
	case "AWS::ApiGatewayV2::Route":
		return c.route(id, p)
	case "AWS::Cognito::UserPool":
		return c.userPool(p)
	case "AWS::DynamoDB::Table":
		return c.table(id, p)
	case "AWS::Events::Rule":
		return c.rule(id, p)
	case "AWS::Lambda::EventSourceMapping":
		return c.mapping(id, p)
	case "AWS::Lambda::Function":
		return c.function(id, p)
	case "AWS::SQS::Queue":
		return c.queue(id, p)
	case "AWS::StepFunctions::StateMachine":
		return c.stateMachine(id, p)
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
