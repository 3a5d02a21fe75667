package main

import (
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2/awsdynamodb"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssqs"
	"github.com/aws/jsii-runtime-go"
)

// newDeliver declares the function that delivers changes, and its subscription to
// their queue.
func (s stack) newDeliver(changes awssqs.Queue, pool pool, table awsdynamodb.Table) {
	deliver := s.newFunction(functionProps{
		name:        "deliver",
		description: "poolsync: reports the changes on the queue to UserHub",
		memoryMiB:   batchMemoryMiB,
		timeout:     batchTimeout,
		env: map[string]*string{
			"USERHUB_CONNECTION_ID":  &s.config.connectionID,
			"USERHUB_KEY_SECRET_ARN": &s.config.userhubKeySecretARN,
			"USERHUB_EXTERNAL_ID":    &s.config.userhubExternalID,
			"USERHUB_BASE_URL":       &s.config.userhubBaseURL,
			"QUEUE_URL":              changes.QueueUrl(),
			"TABLE_NAME":             table.TableName(),
			"USER_POOL_ID":           pool.id,
			"SCOPE_GROUPS":           &s.config.syncGroups,
			"REMOVAL_POLICY":         &s.config.removalPolicy,
			"TARGET_RATE":            number(s.config.targetRate),
			"TARGET_RATE_PER_MINUTE": number(s.config.targetRatePerMinute),
		},
		allow: append(s.readSecret(s.config.userhubKeySecretARN),
			work(changes),
			allow(table.TableArn(), "dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem"),
			s.readUser(pool)),
	})
	s.subscribe("DeliverSubscription", deliver, changes, s.config.deliverMaxConcurrency)
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
