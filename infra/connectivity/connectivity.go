// Package connectivity declares the check of all connections: at the end of a
// deployment, and on demand.
package connectivity

import (
	"fmt"
	"time"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsdynamodb"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"github.com/poolsync/poolsync/infra/part"
	"github.com/poolsync/poolsync/infra/setting"
	"github.com/poolsync/poolsync/infra/target"
	"github.com/poolsync/poolsync/infra/userpool"
	"github.com/poolsync/poolsync/shared/targets"
)

const (
	// timeout leaves the function time to start and to answer: its checks take 25 s at
	// most.
	timeout = time.Minute

	// answer is how long CloudFormation waits for a function that cannot answer. By
	// default it waits an hour.
	answer = 2 * time.Minute

	// All checks run at once. Lambda gives CPU by memory, and this is enough for as
	// many TLS handshakes.
	memoryMiB = 256
)

// Props is what [New] depends on.
type Props struct {
	Runtime part.Runtime
	Targets []target.Target
	// Webhook is the provider UserHub's part of the settings; nil: there is none.
	Webhook *setting.UserHubProvider
	// SecretsKeyARN is the owner's KMS key that encrypts the secrets; empty: none.
	SecretsKeyARN string
	// ByHand says that the owner sets the pool's triggers by hand.
	ByHand bool
	// Advisory lets a deployment succeed even if the check fails.
	Advisory bool

	// Concurrency is how many instances queues and full syncs may need at once.
	Concurrency int
	Pool        userpool.Pool
	Ledger      awsdynamodb.Table
	Postauth    awslambda.Function
}

// New declares the function that checks all connections. [Run] has CloudFormation
// invoke it.
func New(scope constructs.Construct, id string, p *Props) awslambda.Function {
	scope = constructs.NewConstruct(scope, &id)
	props := &part.FunctionProps{
		Runtime:     p.Runtime,
		Name:        "check",
		Description: "poolsync: tests all connections, at the end of a deployment and on demand",
		MemoryMiB:   memoryMiB,
		Timeout:     timeout,
		Env: map[string]*string{
			"USER_POOL_ID":          p.Pool.ID,
			"TABLE_NAME":            p.Ledger.TableName(),
			"POSTAUTH_FUNCTION_ARN": p.Postauth.FunctionArn(),
			"MANUAL_TRIGGERS":       part.Bool(p.ByHand),
			"ADVISORY":              part.Bool(p.Advisory),
			"TARGETS":               part.JSON(described(p.Targets)),
			"CONCURRENCY":           part.Number(p.Concurrency),
		},
		Allow: []awsiam.PolicyStatement{
			part.Allow(p.Pool.ARN, "cognito-idp:DescribeUserPool", "cognito-idp:ListUsers"),
			part.Allow(jsii.String("*"), "lambda:GetAccountSettings"), // has no resource
			part.Allow(p.Ledger.TableArn(), "dynamodb:PutItem", "dynamodb:GetItem", "dynamodb:DeleteItem"),
		},
	}
	p.addTargets(scope, props)
	p.addSecrets(props)
	function := part.NewFunction(scope, "CheckFunction", props)
	part.Suppress(scope.Node().FindChild(jsii.String("CheckFunctionRole")), "AwsSolutions-IAM5", "lambda:GetAccountSettings cannot be limited to a resource.")

	command := fmt.Sprintf("aws lambda invoke --region %s --function-name %s /dev/stdout", *awscdk.Stack_Of(scope).Region(), *function.FunctionName())
	part.Output(scope, "CheckConnectivity", &command, "Tests all connections now, and says how to fix those that fail")
	return function
}

// description is what the function is told of a target: see functions/check.
type description struct {
	targets.Settings
	LiveURL string `json:"liveQueueUrl"`
	BulkURL string `json:"bulkQueueUrl"`
}

// described is what the function is told of the targets.
func described(all []target.Target) []description {
	var descriptions []description
	for _, t := range all {
		descriptions = append(descriptions, description{t.Described, *t.Queues.Live.QueueUrl(), *t.Queues.Bulk.QueueUrl()})
	}
	return descriptions
}

// addTargets has the check do what deliver does.
func (p *Props) addTargets(scope constructs.Construct, to *part.FunctionProps) {
	for _, t := range p.Targets {
		if t.Bus == nil { // no event is put on a bus to try it
			to.Allow = append(to.Allow, target.Access(scope, t.Described, p.SecretsKeyARN)...)
		}
		to.Allow = append(to.Allow, target.LookAt(scope, t.Described)...)
		to.Allow = append(to.Allow, part.Allow(t.Queues.Live.QueueArn(), "sqs:SendMessage"), part.Allow(t.Queues.Bulk.QueueArn(), "sqs:SendMessage"))
	}
}

// addSecrets has the check read the webhook's secrets.
func (p *Props) addSecrets(to *part.FunctionProps) {
	if p.Webhook == nil {
		return
	}
	for _, secret := range []struct{ variable, arn string }{
		{"WEBHOOK_SIGNING_SECRET_ARN", p.Webhook.SigningSecretARN},
		{"WEBHOOK_HEADER_SECRET_ARN", p.Webhook.HeaderSecretARN},
	} {
		if secret.arn != "" {
			to.Env[secret.variable] = &secret.arn
			to.Allow = append(to.Allow, part.ReadSecret(secret.arn, p.SecretsKeyARN)...)
		}
	}
}
