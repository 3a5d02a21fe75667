// Package source declares what notices changes in the pool: the trigger that reports
// sign-ins, the rule and the queue for events, and the function that reads them. It also
// declares the ledger, which tells all parts what a target holds.
package source

import (
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"github.com/poolsync/poolsync/infra/part"
	"github.com/poolsync/poolsync/infra/target"
	"github.com/poolsync/poolsync/shared/reconcile"
)

const (
	// Cognito waits five seconds for a trigger, whatever this says, and the function
	// answers after 1.5 s at the latest. A shorter timeout could only turn a late answer
	// into an error, and so refuse the sign-in.
	// https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pools-working-with-lambda-triggers.html
	postauthTimeout = 5 * time.Second

	// The function needs some 20 MB. But Lambda gives CPU in proportion to memory, and
	// at a first sign-in somebody waits for a TLS handshake, which needs CPU.
	postauthMemoryMiB = 256
)

// PostauthProps is what [NewPostauth] depends on.
type PostauthProps struct {
	Runtime part.Runtime
	// Targets are all targets. Sign-ins go to those that have a use for them.
	Targets []target.Target
}

// NewPostauth declares the Cognito trigger. It may only send to the queues. Neither its
// role nor its environment names the pool: the pool depends on the function, so
// CloudFormation would see a circular dependency.
func NewPostauth(scope constructs.Construct, id string, p *PostauthProps) awslambda.Function {
	scope = constructs.NewConstruct(scope, &id)
	wanting := slices.DeleteFunc(slices.Clone(p.Targets), func(t target.Target) bool {
		return t.Described.Nature().SignIns == reconcile.NoSignIns
	})
	var urls []string
	for _, t := range wanting {
		urls = append(urls, *t.Queues.Live.QueueUrl())
	}
	return part.NewFunction(scope, "PostauthFunction", &part.FunctionProps{
		Runtime:     p.Runtime,
		Name:        "postauth",
		Description: "poolsync: queues each sign-in and sign-up of the user pool for the targets (Cognito trigger)",
		MemoryMiB:   postauthMemoryMiB,
		Timeout:     postauthTimeout,
		Env:         map[string]*string{"QUEUE_URLS": jsii.String(strings.Join(urls, ","))},
		Allow:       sendLive(wanting),
	})
}

// sendLive returns what it takes to send to the live queues of targets.
func sendLive(targets []target.Target) []awsiam.PolicyStatement {
	var all []awsiam.PolicyStatement
	for _, t := range targets {
		all = append(all, part.Allow(t.Queues.Live.QueueArn(), "sqs:SendMessage"))
	}
	return all
}
