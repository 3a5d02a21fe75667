package main

import (
	"strings"
	"time"

	"github.com/aws/aws-cdk-go/awscdk/v2/awsdynamodb"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssqs"
	"github.com/aws/jsii-runtime-go"
)

const (
	// ingestTimeout has room for two deliveries in a row that UserHub lets hang until
	// ingest gives up on them, after 12 seconds each. The queue's visibility follows
	// from it, and with that the wait before a message comes back: longer is not better.
	ingestTimeout = 30 * time.Second

	// ingest needs some 20 MB and spends its time on the network, where nobody
	// waits for it: the smallest function costs the least.
	ingestMemoryMiB = 128

	// batchSize is the most that Lambda hands over without first waiting for more.
	batchSize = 10
)

// newIngest declares the function that delivers changes, and its subscription to
// the queue. What is done by ownRoles, a list of ARNs, UserHub has had us do.
func (s stack) newIngest(changes awssqs.Queue, pool pool, table awsdynamodb.Table, ownRoles *string) {
	ingest := s.newFunction(functionProps{
		name:        "ingest",
		description: "poolsync: reports the changes on the queue to UserHub",
		memoryMiB:   ingestMemoryMiB,
		timeout:     ingestTimeout,
		env: map[string]*string{
			"USERHUB_CONNECTION_ID":  &s.config.connectionID,
			"USERHUB_KEY_SECRET_ARN": &s.config.userhubKeySecretARN,
			"USERHUB_EXTERNAL_ID":    &s.config.userhubExternalID,
			"USERHUB_BASE_URL":       &s.config.userhubBaseURL,
			"QUEUE_URL":              changes.QueueUrl(),
			"TABLE_NAME":             table.TableName(),
			"USER_POOL_ID":           pool.id,
			"OWN_ROLE_ARNS":          ownRoles,
			"SCOPE_GROUPS":           &s.config.syncGroups,
			"REMOVAL_POLICY":         &s.config.removalPolicy,
			"TARGET_RATE":            number(s.config.targetRate),
			"TARGET_RATE_PER_MINUTE": number(s.config.targetRatePerMinute),
		},
		allow: append(s.readSecret(s.config.userhubKeySecretARN),
			// ingest sends as well: what the target cannot take now goes back to the end.
			allow(changes.QueueArn(), "sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:SendMessage"),
			allow(table.TableArn(), "dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem"),
			s.readUser(pool)),
	})
	// Lambda takes a message that ingest sends to its own queue for a loop, and after
	// some sixteen rounds gives it up to the dead-letter queue: an outage of UserHub
	// that lasts five minutes would fill that. The rounds end by themselves, when a
	// change is four days old.
	// https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html
	ingest.Node().DefaultChild().(awslambda.CfnFunction).SetRecursiveLoop(jsii.String("Allow"))
	// Not awslambdaeventsources.SqsEventSource, which would add permissions that
	// Lambda does not use. The limit is on the subscription and not on the
	// function, where it would use up the messages' receives.
	awslambda.NewEventSourceMapping(s.scope, jsii.String("IngestSubscription"), &awslambda.EventSourceMappingProps{
		Target:                  ingest,
		EventSourceArn:          changes.QueueArn(),
		BatchSize:               jsii.Number(batchSize),
		MaxConcurrency:          jsii.Number(s.config.ingestMaxConcurrency),
		ReportBatchItemFailures: jsii.Bool(true),
	})
}

// readUser returns what it takes to read one user, to prove that one is gone and,
// if only members of groups are kept in step, to see whether one is a member.
func (s stack) readUser(pool pool) awsiam.PolicyStatement {
	actions := []string{"cognito-idp:ListUsers", "cognito-idp:AdminGetUser"}
	if s.config.syncGroups != "" {
		actions = append(actions, "cognito-idp:AdminListGroupsForUser")
	}
	return allow(pool.arn, actions...)
}

// readSecret returns what a role needs to read one secret: the secret itself
// and, if a key of the owner's encrypts it, that key for this secret only.
func (s stack) readSecret(arn string) []awsiam.PolicyStatement {
	statements := []awsiam.PolicyStatement{allow(&arn, "secretsmanager:GetSecretValue")}
	if s.config.secretsKMSKeyARN == "" {
		return statements
	}
	decrypt := allow(&s.config.secretsKMSKeyARN, "kms:Decrypt")
	decrypt.AddCondition(jsii.String("StringEquals"), map[string]string{
		"kms:ViaService":                  "secretsmanager." + strings.Split(arn, ":")[3] + ".amazonaws.com",
		"kms:EncryptionContext:SecretARN": arn,
	})
	return append(statements, decrypt)
}
