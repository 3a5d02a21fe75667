package main

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
	"github.com/cdklabs/cdk-nag-go/cdknag/v2"
)

// stack is one deployment: one pool and what keeps it in step. Each part of it
// is a method in a file of its own.
type stack struct {
	scope  awscdk.Stack
	config config
	// functionsDir holds a folder for each function, with its bootstrap inside.
	functionsDir string
}

// newStack declares the whole stack under app.
func newStack(app awscdk.App, c config, functionsDir string) awscdk.Stack {
	s, check := declare(app, c, functionsDir)
	s.newCheckRun(check)
	return s.scope
}

// declare declares all but the invocation of the check, whose function it returns.
// The stack is bound to no account and, with a new pool, to no Region: both are
// those of whoever deploys it. With an existing pool it goes to the pool's Region.
func declare(app awscdk.App, c config, functionsDir string) (stack, awslambda.Function) {
	props := &awscdk.StackProps{
		Description: jsii.String("poolsync: keeps a Cognito user pool and UserHub in step"),
	}
	if c.userPoolID != "" {
		props.Env = &awscdk.Environment{Region: jsii.String(c.region())}
	}
	s := stack{scope: awscdk.NewStack(app, &c.stackName, props), config: c, functionsDir: functionsDir}

	changes, queued := s.newChangesQueue(), s.newEventsQueue()
	postauth := s.newPostauth(changes)
	pool := s.userPool(postauth)
	table := s.newTable()
	webhook := s.newWebhook(queued, pool, table)
	s.newIngest(queued, changes, pool, table, s.ownRoles(webhook))
	s.newDeliver(changes, pool, table)
	machine := s.newFullsync(changes, pool, table)
	s.newEvents(queued, pool)

	s.newDomain(pool)
	s.newPortal(pool)
	s.newReader(pool)
	s.newUserHubPolicy(pool)

	w := watched{
		stack: s, changes: changes, events: queued,
		postauth: postauth, machine: machine, webhook: webhook,
	}
	w.newDashboard(w.newAlarms())
	return s, s.newCheck(changes, pool, table, postauth)
}

// output shows value at the end of a deployment.
func (s stack) output(name string, value *string, description string) {
	awscdk.NewCfnOutput(s.scope, &name, &awscdk.CfnOutputProps{Value: value, Description: &description})
}

// fixLogicalID names a resource in the template by exactly id. Resources that
// hold data, and functions, are named so: CloudFormation would replace them if
// their name followed the arrangement of this code.
func fixLogicalID(resource constructs.Construct, id string) {
	resource.Node().DefaultChild().(awscdk.CfnElement).OverrideLogicalId(&id)
}

// suppress accepts one finding of cdk-nag on a resource, for a reason that the
// template then carries.
func suppress(resource constructs.Construct, rule, reason string) {
	cdknag.NagSuppressions_AddResourceSuppressions(resource,
		&[]*cdknag.NagPackSuppression{{Id: &rule, Reason: &reason}}, nil)
}
