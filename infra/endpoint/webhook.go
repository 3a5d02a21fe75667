// Package endpoint declares what providers call: the address, and the function behind it.
package endpoint

import (
	"slices"
	"time"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsdynamodb"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssqs"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"github.com/poolsync/poolsync/infra/part"
	"github.com/poolsync/poolsync/infra/setting"
	"github.com/poolsync/poolsync/infra/userpool"
	"github.com/poolsync/poolsync/shared/cognito"
)

const (
	// webhookTimeout leaves the function time to answer: it gives up on the pool after
	// ten seconds.
	webhookTimeout = 15 * time.Second

	// UserHub waits for the answer, and sometimes a person waits for UserHub. Lambda
	// gives CPU in proportion to memory, and the TLS handshake of a first call needs CPU.
	webhookMemoryMiB = 256

	// webhookPath is what UserHub posts to. API Gateway refuses every other path before
	// it costs an invocation.
	webhookPath = "/webhook"
)

// WebhookProps is what [NewWebhook] depends on.
type WebhookProps struct {
	Runtime part.Runtime
	// Provider is the provider UserHub's part of the settings.
	Provider setting.UserHubProvider
	// ConnectionID is the connection that uses the webhook. ExternalID is how it
	// identifies a user: username or sub.
	ConnectionID, ExternalID string
	// SecretsKeyARN is the owner's KMS key that encrypts the secrets; empty: none.
	SecretsKeyARN string
	// Events is the queue that the webhook reports its own writes to.
	Events awssqs.Queue
	Pool   userpool.Pool
	Ledger awsdynamodb.Table
}

// NewWebhook declares the function that answers UserHub's calls, and its address.
func NewWebhook(scope constructs.Construct, id string, p *WebhookProps) awslambda.Function {
	scope = constructs.NewConstruct(scope, &id)
	props := &part.FunctionProps{
		Runtime:     p.Runtime,
		Name:        "webhook",
		Description: "poolsync: answers UserHub's calls, as the user provider of a Custom Users connection",
		MemoryMiB:   webhookMemoryMiB,
		Timeout:     webhookTimeout,
		Env: map[string]*string{
			"USER_POOL_ID":               p.Pool.ID,
			"QUEUE_URL":                  p.Events.QueueUrl(),
			"USERHUB_CONNECTION_ID":      &p.ConnectionID,
			"USERHUB_EXTERNAL_ID":        &p.ExternalID,
			"WEBHOOK_SIGNING_SECRET_ARN": &p.Provider.SigningSecretARN,
			"ALLOW_CREATE":               part.Bool(p.Provider.Create),
			"ALLOW_UPDATE":               part.Bool(p.Provider.Update),
			"DELETE_POLICY":              &p.Provider.Delete,
			"INVITE":                     part.Bool(p.Provider.Invite),
		},
		Allow: append(part.ReadSecret(p.Provider.SigningSecretARN, p.SecretsKeyARN),
			part.Allow(p.Events.QueueArn(), "sqs:SendMessage"),
			part.Allow(p.Pool.ARN, actions(p.Provider)...)),
	}
	p.addOptions(scope, props)
	webhook := part.NewFunction(scope, "WebhookFunction", props)
	newAPI(scope, webhook, p)
	return webhook
}

// addOptions adds what the webhook needs only with some settings.
func (p *WebhookProps) addOptions(scope constructs.Construct, to *part.FunctionProps) {
	if p.ExternalID == "sub" {
		// Proving that nobody has a sub takes the user name that belonged to it.
		to.Env["TABLE_NAME"] = p.Ledger.TableName()
		to.Allow = append(to.Allow, part.Allow(p.Ledger.TableArn(), "dynamodb:GetItem"))
	}
	if arn := p.Provider.HeaderSecretARN; arn != "" {
		to.Env["WEBHOOK_HEADER_SECRET_ARN"] = &arn
		to.Allow = append(to.Allow, part.ReadSecret(arn, p.SecretsKeyARN)...)
	}
	if bus := p.Provider.EventBus; bus != "" {
		to.Env["EVENT_BUS_NAME"] = &bus
		to.Allow = append(to.Allow, part.Allow(awscdk.Stack_Of(scope).FormatArn(&awscdk.ArnComponents{
			Service: jsii.String("events"), Resource: jsii.String("event-bus"), ResourceName: &bus,
		}), "events:PutEvents"))
	}
}

// actions returns the Cognito actions that the settings require. With everything off
// there are two: to list users, and to prove that one is gone.
func actions(provider setting.UserHubProvider) []string {
	actions := []string{"ListUsers", "AdminGetUser"}
	if provider.Create {
		// Cognito cannot create a disabled user; that takes two calls.
		actions = append(actions, "AdminCreateUser", "AdminDisableUser", "DescribeUserPool")
	}
	if provider.Update {
		actions = append(actions, "AdminUpdateUserAttributes", "AdminEnableUser", "AdminDisableUser", "DescribeUserPool")
	}
	switch cognito.Removal(provider.Delete) {
	case cognito.Disable:
		actions = append(actions, "AdminDisableUser")
	case cognito.Delete:
		actions = append(actions, "AdminDeleteUser")
	}
	slices.Sort(actions)
	actions = slices.Compact(actions)
	for i := range actions {
		actions[i] = "cognito-idp:" + actions[i]
	}
	return actions
}
