package connectivity

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"github.com/poolsync/poolsync/infra/part"
)

// RunName is how the check's invocation is named: its id begins with it, and its type
// ends with it.
const RunName = "Connectivity"

// withoutStaging stops the CDK from copying what it would upload.
const withoutStaging = "aws:cdk:disable-asset-staging"

// Run has CloudFormation invoke the check once everything declared below scope so far
// is in place.
//
// The invocation is named after the digest of everything declared. So a deployment that
// changes anything creates a new invocation, and one that changes nothing runs no check.
// If CloudFormation updated the invocation instead, a rollback would run the check again,
// and if that failed too, the stack would be stuck. A rollback only deletes a created
// invocation, which does nothing.
func Run(scope constructs.Construct, id string, check awslambda.Function, digest string) {
	all := *scope.Node().Children()
	scope = constructs.NewConstruct(scope, &id)
	run := awscdk.NewCustomResource(scope, jsii.String(RunName+digest), &awscdk.CustomResourceProps{
		ResourceType:   jsii.String("Custom::" + RunName),
		ServiceToken:   check.FunctionArn(),
		ServiceTimeout: part.Duration(answer),
	})
	for _, construct := range all {
		run.Node().AddDependency(construct)
	}
}

// Digest returns twelve hexadecimal digits that stand for all resources that declare
// puts into a stack. It declares them in a separate app, with the context of like,
// because nothing can be added to an app once it is synthesised.
func Digest(like constructs.Construct, declare func(awscdk.Stack)) string {
	context, _ := like.Node().GetAllContext(nil).(map[string]any)
	context[withoutStaging] = true
	app := awscdk.NewApp(&awscdk.AppProps{Context: &context, AnalyticsReporting: jsii.Bool(false)})
	twin := newTwin(app, like)
	declare(twin)
	template, _ := app.Synth(nil).GetStackArtifact(twin.ArtifactId()).Template().(map[string]any)

	resources, _ := template["Resources"].(map[string]any)
	for _, resource := range resources {
		delete(resource.(map[string]any), "Metadata") // holds paths of this machine
	}
	text, _ := json.Marshal(resources) // it came from JSON
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:6])
}

// newTwin declares a stack with the same name, account and Region.
func newTwin(app awscdk.App, like constructs.Construct) awscdk.Stack {
	stack := awscdk.Stack_Of(like)
	return awscdk.NewStack(app, stack.StackName(), &awscdk.StackProps{
		Env: &awscdk.Environment{Account: known(stack.Account()), Region: known(stack.Region())},
	})
}

// known returns nil for a value that is known only at deployment.
func known(value *string) *string {
	if *awscdk.Token_IsUnresolved(value) {
		return nil
	}
	return value
}
