package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
)

// nobodyLockedOut returns an error for each pool of the account that calls a function that
// it may not call, or that is gone: Cognito would refuse its users' sign-ins.
func (t *trial) nobodyLockedOut(ctx context.Context) error {
	client := cognitoidentityprovider.NewFromConfig(t.Config())
	out, err := client.ListUserPools(ctx, &cognitoidentityprovider.ListUserPoolsInput{MaxResults: aws.Int32(60)})
	if err != nil {
		return err
	}
	var failure error
	for _, listed := range out.UserPools {
		id := aws.ToString(listed.Id)
		pool, err := describePool(ctx, client, id)
		if err != nil {
			return err
		}
		for trigger, function := range pool.triggers() {
			if err := t.mayCall(ctx, fmt.Sprint(pool["Arn"]), function); err != nil {
				failure = errors.Join(failure, fmt.Errorf("pool %s is locked out by its %s: %w", id, trigger, err))
			}
		}
	}
	return failure
}

// statement is a statement of a function's policy.
type statement struct {
	Sid, Effect, Action string
	Principal           any
	Condition           map[string]map[string]string
}

// statements returns the statements of a function's policy, if it has one.
func (t *trial) statements(ctx context.Context, function string) ([]statement, error) {
	out, err := lambda.NewFromConfig(t.Config()).GetPolicy(ctx, &lambda.GetPolicyInput{FunctionName: &function})
	if gone(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var policy struct{ Statement []statement }
	return policy.Statement, json.Unmarshal([]byte(aws.ToString(out.Policy)), &policy)
}

// mayCall returns an error unless the function exists and its policy lets the pool call
// it.
func (t *trial) mayCall(ctx context.Context, pool, function string) error {
	if _, err := lambda.NewFromConfig(t.Config()).GetFunctionConfiguration(ctx, &lambda.GetFunctionConfigurationInput{FunctionName: &function}); err != nil {
		return fmt.Errorf("function %s: %w", function, err)
	}
	statements, err := t.statements(ctx, function)
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(statements, func(s statement) bool { return s.admits(pool) }) {
		return fmt.Errorf("function %s does not let the pool call it", function)
	}
	return nil
}

// admits reports whether the statement lets Cognito call the function for the pool. A
// condition in an unknown form counts as not met.
func (s statement) admits(pool string) bool {
	service, _ := s.Principal.(map[string]any)
	if s.Effect != "Allow" || s.Action != "lambda:InvokeFunction" || service["Service"] != "cognito-idp.amazonaws.com" {
		return false
	}
	caller := map[string]string{"AWS:SourceArn": pool, "AWS:SourceAccount": accountID}
	for _, wanted := range s.Condition {
		for key, value := range wanted {
			if value != caller[key] {
				return false
			}
		}
	}
	return true
}
