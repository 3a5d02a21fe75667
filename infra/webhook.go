package main

import (
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsdynamodb"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssqs"
	"github.com/aws/jsii-runtime-go"

	"github.com/poolsync/poolsync/shared/cognito"
)

const (
	// webhookTimeout leaves the function room to answer after it gives up on the
	// pool, which is after ten seconds.
	webhookTimeout = 15 * time.Second

	// UserHub waits for the answer, and at times somebody waits for UserHub: see
	// postauthMemoryMiB.
	webhookMemoryMiB = 256

	// webhookPath is what UserHub posts to. All else under the address is refused
	// before it costs an invocation.
	webhookPath = "/webhook"
)

// newWebhook declares the function that answers UserHub's calls, and its address.
// It returns nil if the webhook is switched off.
func (s stack) newWebhook(queued awssqs.Queue, pool pool, table awsdynamodb.Table) awslambda.Function {
	if s.config.webhook == "off" {
		return nil
	}
	props := functionProps{
		name:        "webhook",
		description: "poolsync: answers UserHub's calls, as the user provider of a Custom Users connection",
		memoryMiB:   webhookMemoryMiB,
		timeout:     webhookTimeout,
		env: map[string]*string{
			"USER_POOL_ID":               pool.id,
			"QUEUE_URL":                  queued.QueueUrl(),
			"USERHUB_CONNECTION_ID":      &s.config.connectionID,
			"USERHUB_EXTERNAL_ID":        &s.config.userhubExternalID,
			"WEBHOOK_SIGNING_SECRET_ARN": &s.config.webhookSigningSecretARN,
			"ALLOW_CREATE":               truth(s.config.webhookCreate),
			"ALLOW_UPDATE":               truth(s.config.webhookUpdate),
			"DELETE_POLICY":              &s.config.webhookDelete,
			"INVITE":                     truth(s.config.webhookInvite),
		},
		allow: append(s.readSecret(s.config.webhookSigningSecretARN),
			allow(queued.QueueArn(), "sqs:SendMessage"),
			allow(pool.arn, s.webhookActions()...)),
	}
	s.addWebhookOptions(&props, table)
	webhook := s.newFunction(props)
	s.newWebhookAPI(webhook)
	return webhook
}

// addWebhookOptions adds what the webhook needs only with some configurations.
func (s stack) addWebhookOptions(p *functionProps, table awsdynamodb.Table) {
	if s.config.userhubExternalID == "sub" {
		// To prove that a sub is nobody's takes the user name that went with it.
		p.env["TABLE_NAME"] = table.TableName()
		p.allow = append(p.allow, allow(table.TableArn(), "dynamodb:GetItem"))
	}
	if arn := s.config.webhookHeaderSecretARN; arn != "" {
		p.env["WEBHOOK_HEADER_SECRET_ARN"] = &arn
		p.allow = append(p.allow, s.readSecret(arn)...)
	}
	if bus := s.config.webhookEventBus; bus != "" {
		p.env["EVENT_BUS_NAME"] = &bus
		p.allow = append(p.allow, allow(s.scope.FormatArn(&awscdk.ArnComponents{
			Service: jsii.String("events"), Resource: jsii.String("event-bus"), ResourceName: &bus,
		}), "events:PutEvents"))
	}
}

// webhookActions are the Cognito actions that the switches ask for. Without any it
// is two: to list users, and to prove that one is gone.
func (s stack) webhookActions() []string {
	actions := []string{"ListUsers", "AdminGetUser"}
	if s.config.webhookCreate == "on" {
		// Cognito cannot create a disabled user; that takes two calls.
		actions = append(actions, "AdminCreateUser", "AdminDisableUser", "DescribeUserPool")
	}
	if s.config.webhookUpdate == "on" {
		actions = append(actions, "AdminUpdateUserAttributes", "AdminEnableUser", "AdminDisableUser", "DescribeUserPool")
	}
	switch cognito.Removal(s.config.webhookDelete) {
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

// ownRoles are the roles by which this stack itself changes users, for ingest to
// tell that from what others do: UserHub need not hear of a removal of its own.
func (s stack) ownRoles(webhook awslambda.Function) *string {
	var arns []string
	if webhook != nil && s.config.writes() {
		arns = append(arns, *webhook.Role().RoleArn())
	}
	return jsii.String(strings.Join(arns, ","))
}

// truth returns a switch as an environment variable has it.
func truth(s string) *string {
	if s == "on" {
		return jsii.String("true")
	}
	return jsii.String("false")
}
