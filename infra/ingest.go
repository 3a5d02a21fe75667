package main

import (
	"strconv"

	"github.com/aws/aws-cdk-go/awscdk/v2/awsdynamodb"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssqs"
	"github.com/aws/jsii-runtime-go"

	"github.com/poolsync/poolsync/shared/userhub"
)

const (
	// ingestConcurrency is the least that Lambda allows. What is done to users is not
	// much, and nobody waits for it.
	ingestConcurrency = 2

	// eventListRate is the share of events in the 30 requests a second that list users
	// in this account and Region, whoever makes them. The instances divide it.
	eventListRate = 5
)

// newIngest declares the function that reads events, and its subscription to their
// queue. What is done by ownRoles, a list of ARNs, a provider has done through us.
func (s stack) newIngest(queued awssqs.Queue, changes awssqs.Queue, pool pool, table awsdynamodb.Table, ownRoles *string) {
	if queued == nil {
		return
	}
	target := userhub.TargetName(s.config.connectionID)
	ingest := s.newFunction(functionProps{
		name:        "ingest",
		description: "poolsync: finds out what became of the users whom events are about",
		memoryMiB:   batchMemoryMiB,
		timeout:     batchTimeout,
		env: map[string]*string{
			"EVENTS_QUEUE_URL": queued.QueueUrl(),
			"QUEUE_URL":        changes.QueueUrl(),
			"TABLE_NAME":       table.TableName(),
			"TARGET_NAME":      &target,
			"USER_POOL_ID":     pool.id,
			"OWN_ROLE_ARNS":    ownRoles,
			"LIST_RATE":        jsii.String(strconv.FormatFloat(float64(eventListRate)/ingestConcurrency, 'f', -1, 64)),
		},
		allow: []awsiam.PolicyStatement{
			work(queued),
			allow(changes.QueueArn(), "sqs:SendMessage"),
			allow(table.TableArn(), "dynamodb:GetItem", "dynamodb:UpdateItem"),
			allow(pool.arn, "cognito-idp:ListUsers", "cognito-idp:AdminGetUser", "cognito-idp:ListUserPoolClients"),
		},
	})
	s.subscribe("IngestSubscription", ingest, queued, ingestConcurrency)
}
