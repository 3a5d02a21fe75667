package privilege

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	eventbridgetypes "github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	sqstypes "github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/aws/smithy-go"
	"github.com/google/go-cmp/cmp"
)

const functionARN = "arn:aws:lambda:us-east-1:123456789012:function:theirs"

// serve returns the configuration of a client that calls through the gate, with the given
// identity. Every call that the gate lets through succeeds.
func serve(t *testing.T, g *Gate, identity string) aws.Config {
	t.Helper()
	server := httptest.NewServer(g.Before(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if body, err := io.ReadAll(r.Body); err != nil || len(body) == 0 && r.Method == http.MethodPost {
			t.Errorf("the gate let through a body of %d bytes: %v", len(body), err)
		}
		w.Write([]byte("{}"))
	})))
	t.Cleanup(server.Close)
	return aws.Config{
		Region: "us-east-1", BaseEndpoint: aws.String(server.URL), Retryer: func() aws.Retryer { return aws.NopRetryer{} },
		Credentials: credentials.NewStaticCredentialsProvider(identity, "example", ""),
	}
}

// TestCallsAreRecognised shows that the gate recognises the calls of the SDK's clients.
func TestCallsAreRecognised(t *testing.T) {
	table := aws.String("LedgerTable")
	id := map[string]types.AttributeValue{"pk": &types.AttributeValueMemberS{Value: "p"}}
	tests := []struct {
		name string
		call func(context.Context, aws.Config) error
		want Call
	}{
		{"send", func(ctx context.Context, c aws.Config) error {
			_, err := sqs.NewFromConfig(c).SendMessage(ctx, &sqs.SendMessageInput{QueueUrl: aws.String("http://127.0.0.1/123456789012/LiveQueue"), MessageBody: aws.String("m")})
			return err
		}, Call{Action: "sqs:SendMessage", Resource: queueARN}},
		{"delete a batch", func(ctx context.Context, c aws.Config) error {
			_, err := sqs.NewFromConfig(c).DeleteMessageBatch(ctx, &sqs.DeleteMessageBatchInput{
				QueueUrl: aws.String("http://127.0.0.1/123456789012/LiveQueue"), Entries: []sqstypes.DeleteMessageBatchRequestEntry{},
			})
			return err
		}, Call{Action: "sqs:DeleteMessage", Resource: queueARN}},
		{"get", func(ctx context.Context, c aws.Config) error {
			_, err := dynamodb.NewFromConfig(c).GetItem(ctx, &dynamodb.GetItemInput{TableName: table, Key: id})
			return err
		}, Call{Action: "dynamodb:GetItem", Resource: "arn:aws:dynamodb:us-east-1:123456789012:table/LedgerTable"}},
		{"list", func(ctx context.Context, c aws.Config) error {
			_, err := cip.NewFromConfig(c).ListUsers(ctx, &cip.ListUsersInput{UserPoolId: aws.String("us-east-1_EXAMPLE01")})
			return err
		}, Call{Action: "cognito-idp:ListUsers", Resource: "arn:aws:cognito-idp:us-east-1:123456789012:userpool/us-east-1_EXAMPLE01"}},
		{"secret", func(ctx context.Context, c aws.Config) error {
			_, err := secretsmanager.NewFromConfig(c).GetSecretValue(ctx, &secretsmanager.GetSecretValueInput{SecretId: aws.String(secretARN)})
			return err
		}, Call{Action: "secretsmanager:GetSecretValue", Resource: secretARN}},
		{"function's policy", func(ctx context.Context, c aws.Config) error {
			_, err := lambda.NewFromConfig(c).GetPolicy(ctx, &lambda.GetPolicyInput{FunctionName: aws.String(functionARN)})
			return err
		}, Call{Action: "lambda:GetPolicy", Resource: functionARN}},
		{"event", func(ctx context.Context, c aws.Config) error {
			entry := eventbridgetypes.PutEventsRequestEntry{EventBusName: aws.String("bus"), Source: aws.String("s"), DetailType: aws.String("d"), Detail: aws.String("{}")}
			_, err := eventbridge.NewFromConfig(c).PutEvents(ctx, &eventbridge.PutEventsInput{Entries: []eventbridgetypes.PutEventsRequestEntry{entry}})
			return err
		}, Call{Action: "events:PutEvents", Resource: "arn:aws:events:us-east-1:123456789012:event-bus/bus"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			g := NewGate()
			g.Limit("deliver", Policy{})
			err := tt.call(t.Context(), serve(t, g, "deliver"))
			if api, denied := errors.AsType[smithy.APIError](err); !denied || api.ErrorCode() != "AccessDeniedException" {
				t.Errorf("without a permission: %v, want AccessDeniedException", err)
			}
			tt.want.Identity = "deliver"
			if diff := cmp.Diff([]Call{tt.want}, g.Denied(), cmp.AllowUnexported(Call{})); diff != "" {
				t.Errorf("denied: -want +got\n%s", diff)
			}
			g.Limit("deliver", policy(t, `{"Statement":[{"Effect":"Allow","Action":"`+tt.want.Action+`","Resource":"`+tt.want.Resource+`"}]}`))
			if err := tt.call(t.Context(), serve(t, g, "deliver")); err != nil {
				t.Errorf("with the permission: %v", err)
			}
			if unused := g.Unused("deliver"); len(unused) > 0 {
				t.Errorf("the call used none of %v", unused)
			}
		})
	}
}

// TestBystanders shows that the gate ignores the test's own calls.
func TestBystanders(t *testing.T) {
	g := NewGate()
	g.Limit("deliver", Policy{})
	_, err := sqs.NewFromConfig(serve(t, g, "testing")).SendMessage(t.Context(), &sqs.SendMessageInput{QueueUrl: aws.String("http://127.0.0.1/1/q"), MessageBody: aws.String("m")})
	if err != nil || len(g.Denied()) > 0 {
		t.Errorf("%v, denied %v; want the call to pass", err, g.Denied())
	}
}

// TestSecretOfOwnKey shows that reading a secret under the owner's KMS key takes both
// permissions, and that both count as used.
func TestSecretOfOwnKey(t *testing.T) {
	const read = `{"Effect":"Allow","Action":"secretsmanager:GetSecretValue","Resource":"` + secretARN + `"}`
	const decrypt = `{"Effect":"Allow","Action":"kms:Decrypt","Resource":"` + keyARN + `","Condition":{"StringEquals":{` +
		`"kms:ViaService":"secretsmanager.us-east-1.amazonaws.com","kms:EncryptionContext:SecretARN":"` + secretARN + `"}}}`
	tests := []struct {
		name, policy string
		want         bool
		unused       int
	}{
		{"both", `{"Statement":[` + read + `,` + decrypt + `]}`, true, 0},
		{"no key", `{"Statement":[` + read + `]}`, false, 0},
		{"no secret", `{"Statement":[` + decrypt + `]}`, false, 1},
		{"more than both", `{"Statement":[` + read + `,` + decrypt + `,{"Effect":"Allow","Action":"sqs:*","Resource":"*"}]}`, true, 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			g := NewGate()
			g.Limit("deliver", policy(t, tt.policy))
			g.Encrypt(secretARN, keyARN)
			if got := g.Pass(Call{Identity: "deliver", Action: "secretsmanager:GetSecretValue", Resource: secretARN}); got != tt.want {
				t.Errorf("Pass = %t, want %t", got, tt.want)
			}
			if got := g.Unused("deliver"); len(got) != tt.unused {
				t.Errorf("unused: %v, want %d", got, tt.unused)
			}
		})
	}
}
