package attach_test

import (
	"context"
	"errors"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"

	"github.com/poolsync/poolsync/shared/cognito/attach"
	"github.com/poolsync/poolsync/shared/cognito/attach/attachtest"
)

// poolARN is the ARN of the pool.
const poolARN = "arn:aws:cognito-idp:us-east-1:111122223333:userpool/" + attachtest.PoolID

// On removal, the trigger that ours replaced comes back, if the pool may still call
// it: otherwise it would refuse every sign-in.
func TestReplacedTriggerIsPutBackWhereItCanBeCalled(t *testing.T) {
	permitted := func(arn string) map[string]any {
		return map[string]any{"Effect": "Allow", "Action": "lambda:InvokeFunction",
			"Principal": map[string]any{"Service": "cognito-idp.amazonaws.com"},
			"Condition": map[string]any{"ArnLike": map[string]any{"AWS:SourceArn": arn}}}
	}
	with := func(changes map[string]any) map[string]any {
		statement := permitted(poolARN)
		for key, value := range changes {
			statement[key] = value
		}
		return statement
	}
	alias := former + ":live"
	tests := []struct {
		name       string
		function   string // that exists
		statements []map[string]any
		putBack    attach.Triggers
		want       [2]any
	}{
		{"by its permission", former, []map[string]any{permitted(poolARN)}, replaceable, [2]any{former, nil}},
		{"by a permission for all pools", former, []map[string]any{permitted("arn:aws:cognito-idp:us-east-1:*:userpool/*")}, replaceable, [2]any{former, nil}},
		{"by a permission without a condition", former, []map[string]any{with(map[string]any{"Condition": nil})}, replaceable, [2]any{former, nil}},
		{"an alias by its own permission", alias, []map[string]any{permitted(poolARN)}, attach.Triggers{PostConfirmation: alias}, [2]any{nil, alias}},
		{"an alias that is gone", former, []map[string]any{permitted(poolARN)}, attach.Triggers{PostConfirmation: alias}, [2]any{nil, nil}},
		{"both", former, []map[string]any{permitted(poolARN)}, attach.Triggers{PostAuthentication: former, PostConfirmation: former}, [2]any{former, former}},
		{"gone", theirs, nil, replaceable, [2]any{nil, nil}},
		{"without a policy", former, nil, replaceable, [2]any{nil, nil}},
		{"of another pool", former, []map[string]any{permitted(poolARN + "2")}, replaceable, [2]any{nil, nil}},
		{"by a pattern that is no ARN", former, []map[string]any{permitted("arn:*")}, replaceable, [2]any{nil, nil}},
		{"of its account", former, []map[string]any{with(map[string]any{"Condition": map[string]any{
			"ArnEquals": map[string]any{"aws:SourceArn": poolARN}, "StringEquals": map[string]any{"AWS:SourceAccount": "111122223333"}}})}, replaceable, [2]any{former, nil}},
		{"of another account", former, []map[string]any{with(map[string]any{"Condition": map[string]any{"StringEquals": map[string]any{"AWS:SourceAccount": "444455556666"}}})}, replaceable, [2]any{nil, nil}},
		{"by a pattern of text", former, []map[string]any{with(map[string]any{"Condition": map[string]any{"StringLike": map[string]any{"AWS:SourceArn": "arn:*/us-east-?_*"}}})}, replaceable, [2]any{former, nil}},
		{"of another service", former, []map[string]any{with(map[string]any{"Principal": map[string]any{"Service": "s3.amazonaws.com"}})}, replaceable, [2]any{nil, nil}},
		{"for something else", former, []map[string]any{with(map[string]any{"Action": "lambda:GetFunction"})}, replaceable, [2]any{nil, nil}},
		{"by a condition that we do not know", former, []map[string]any{with(map[string]any{"Condition": map[string]any{"IpAddress": map[string]any{"aws:SourceIp": "192.0.2.1"}}})}, replaceable, [2]any{nil, nil}},
		{"denied", former, []map[string]any{permitted(poolARN), with(map[string]any{"Effect": "Deny"})}, replaceable, [2]any{nil, nil}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			settings := attachtest.Full(t)
			settings.Arn = aws.String(poolARN)
			pool := attachtest.New(settings)
			hold(pool, ours, ours)
			before := pool.Settings()
			functions := attachtest.NewFunctions()
			functions.Add(tt.function)
			for i, statement := range tt.statements {
				functions.State(tt.function, string(rune('a'+i)), statement)
			}
			if err := attach.New(pool.Client(), functions).Detach(t.Context(), attachtest.PoolID, ours, tt.putBack); err != nil {
				t.Fatal(err)
			}
			if got := triggers(pool.Settings()); got != tt.want {
				t.Errorf("got triggers %v, want %v", got, tt.want)
			}
			checkOthers(t, before, pool.Settings())
		})
	}
}

type unreachable struct{}

func (unreachable) GetPolicy(context.Context, *lambda.GetPolicyInput, ...func(*lambda.Options)) (*lambda.GetPolicyOutput, error) {
	return nil, errors.New("no route to host")
}

// If nobody says whether the former function can be called, ours stays, which can,
// and the removal fails.
func TestDetachWithoutKnowingWhatCanBeCalled(t *testing.T) {
	pool := attachtest.New(attachtest.Full(t))
	hold(pool, ours, ours)
	if err := attach.New(pool.Client(), unreachable{}).Detach(t.Context(), attachtest.PoolID, ours, replaceable); err == nil {
		t.Error("got success, want the failure")
	}
	if got := triggers(pool.Settings()); got != [2]any{ours, ours} {
		t.Errorf("got triggers %v, want both ours", got)
	}
	// Nobody has to be asked about a trigger that is not ours.
	hold(pool, theirs, ours)
	if err := attach.New(pool.Client(), unreachable{}).Detach(t.Context(), attachtest.PoolID, ours, replaceable); err != nil {
		t.Errorf("got %v, want success", err)
	}
	if got := triggers(pool.Settings()); got != [2]any{theirs, nil} {
		t.Errorf("got triggers %v, want only theirs", got)
	}
}
