package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
)

// looker asks a service for a resource by its physical id, and compares it with the
// properties in the template.
type looker func(ctx context.Context, t *trial, id string, declared map[string]any) error

// lookers are the kinds of resources that the rehearsal asks a service about.
var lookers = map[string]looker{
	"AWS::Cognito::UserPool":           lookAtPool,
	"AWS::DynamoDB::Table":             lookAtTable,
	"AWS::Events::Rule":                lookAtRule,
	"AWS::Lambda::EventSourceMapping":  lookAtSubscription,
	"AWS::Lambda::Function":            lookAtFunction,
	"AWS::SQS::Queue":                  lookAtQueue,
	"AWS::StepFunctions::StateMachine": lookAtStateMachine,
}

// compare returns an error unless got is what the template declares: a plain value, or the
// name of the resource that it refers to. It does not compare other forms.
func (t *trial) compare(what string, declared any, got string) error {
	want := ""
	switch declared := declared.(type) {
	case nil:
		return nil
	case map[string]any:
		made, ok := t.made[referent(declared)]
		if !ok {
			return nil
		}
		want, got = name(made), name(got)
	default:
		want = fmt.Sprint(declared)
	}
	if got != want {
		return fmt.Errorf("%s is %q, want %q", what, got, want)
	}
	return nil
}

// at returns the value at a path of nested objects and lists.
func at(v any, path ...any) any {
	for _, step := range path {
		switch step := step.(type) {
		case string:
			object, _ := v.(map[string]any)
			v = object[step]
		case int:
			list, _ := v.([]any)
			if step >= len(list) {
				return nil
			}
			v = list[step]
		}
	}
	return v
}

func lookAtPool(ctx context.Context, t *trial, id string, declared map[string]any) error {
	pool, err := describePool(ctx, cognitoidentityprovider.NewFromConfig(t.Config()), id)
	if err != nil {
		return err
	}
	failure := t.compare("DeletionProtection", declared["DeletionProtection"], fmt.Sprint(pool["DeletionProtection"]))
	triggers, _ := declared["LambdaConfig"].(map[string]any)
	for trigger, function := range triggers {
		failure = errors.Join(failure, t.compare(trigger, function, pool.triggers()[trigger]))
	}
	return failure
}

func lookAtTable(ctx context.Context, t *trial, id string, declared map[string]any) error {
	out, err := dynamodb.NewFromConfig(t.Config()).DescribeTable(ctx, &dynamodb.DescribeTableInput{TableName: &id})
	if err != nil {
		return err
	}
	var failure error
	for i, key := range out.Table.KeySchema {
		failure = errors.Join(failure,
			t.compare("key", at(declared, "KeySchema", i, "AttributeName"), aws.ToString(key.AttributeName)),
			t.compare("its type", at(declared, "KeySchema", i, "KeyType"), string(key.KeyType)))
	}
	return errors.Join(failure,
		t.compare("BillingMode", declared["BillingMode"], string(out.Table.BillingModeSummary.BillingMode)),
		t.compare("DeletionProtectionEnabled", declared["DeletionProtectionEnabled"], fmt.Sprint(aws.ToBool(out.Table.DeletionProtectionEnabled))))
}

func lookAtFunction(ctx context.Context, t *trial, id string, declared map[string]any) error {
	out, err := lambda.NewFromConfig(t.Config()).GetFunctionConfiguration(ctx, &lambda.GetFunctionConfigurationInput{FunctionName: &id})
	if err != nil {
		return err
	}
	failure := errors.Join(
		t.compare("Runtime", declared["Runtime"], string(out.Runtime)),
		t.compare("MemorySize", declared["MemorySize"], fmt.Sprint(aws.ToInt32(out.MemorySize))),
		t.compare("Timeout", declared["Timeout"], fmt.Sprint(aws.ToInt32(out.Timeout))),
		t.compare("Role", at(declared, "Role"), aws.ToString(out.Role)))
	variables, _ := at(declared, "Environment", "Variables").(map[string]any)
	for variable, value := range variables {
		got := ""
		if out.Environment != nil {
			got = out.Environment.Variables[variable]
		}
		failure = errors.Join(failure, t.compare(variable, value, got))
	}
	return failure
}

func lookAtStateMachine(ctx context.Context, t *trial, id string, declared map[string]any) error {
	out, err := sfn.NewFromConfig(t.Config()).DescribeStateMachine(ctx, &sfn.DescribeStateMachineInput{StateMachineArn: &id})
	if err != nil {
		return err
	}
	if definition := aws.ToString(out.Definition); !json.Valid([]byte(definition)) {
		return errors.New("the definition is not JSON")
	}
	return t.compare("RoleArn", declared["RoleArn"], aws.ToString(out.RoleArn))
}
