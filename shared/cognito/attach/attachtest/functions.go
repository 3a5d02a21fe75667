package attachtest

import (
	"context"
	"encoding/json"
	"strings"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
)

// Functions says who may call which Lambda function. It may be used concurrently.
type Functions struct {
	mu       sync.Mutex
	policies map[string]map[string]map[string]any // guarded by mu; statements by function and id
}

// NewFunctions returns a Region without functions.
func NewFunctions() *Functions {
	return &Functions{policies: make(map[string]map[string]map[string]any)}
}

// Add makes a function, which nobody may call yet.
func (f *Functions) Add(function string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.policies[function] = make(map[string]map[string]any)
}

// Remove deletes a function, with its policy.
func (f *Functions) Remove(function string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.policies, function)
}

// Permit lets a pool call a function, by a statement of the form that AddPermission
// writes. It does nothing if there is no such function.
func (f *Functions) Permit(function, id, poolARN string) {
	f.State(function, id, map[string]any{
		"Sid": id, "Effect": "Allow", "Action": "lambda:InvokeFunction", "Resource": function,
		"Principal": map[string]any{"Service": "cognito-idp.amazonaws.com"},
		"Condition": map[string]any{"ArnLike": map[string]any{"AWS:SourceArn": poolARN}},
	})
}

// State adds a statement of any form to the policy of a function.
func (f *Functions) State(function, id string, statement map[string]any) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if policy, ok := f.policies[function]; ok {
		policy[id] = statement
	}
}

// Forbid removes a statement from the policy of a function.
func (f *Functions) Forbid(function, id string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.policies[function], id)
}

// Callable reports whether a pool may call a function by a statement of [Functions.Permit].
func (f *Functions) Callable(function, poolARN string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, statement := range f.policies[function] {
		if at(statement, "Condition", "ArnLike", "AWS:SourceArn") == poolARN {
			return true
		}
	}
	return false
}

// GetPolicy answers as Lambda does: there is no policy without a statement.
func (f *Functions) GetPolicy(_ context.Context, in *lambda.GetPolicyInput, _ ...func(*lambda.Options)) (*lambda.GetPolicyOutput, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	function := strings.TrimSuffix(aws.ToString(in.FunctionName)+":"+aws.ToString(in.Qualifier), ":")
	var statements []any
	for _, statement := range f.policies[function] {
		statements = append(statements, statement)
	}
	if statements == nil {
		return nil, &types.ResourceNotFoundException{Message: aws.String("The resource you requested does not exist.")}
	}
	policy, err := json.Marshal(map[string]any{"Version": "2012-10-17", "Id": "default", "Statement": statements})
	return &lambda.GetPolicyOutput{Policy: aws.String(string(policy))}, err
}
