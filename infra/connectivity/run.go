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

// RunName begins the id of the invocation of the check, and ends its type.
const RunName = "Connectivity"

// withoutStaging has the CDK leave what it would upload where it is.
const withoutStaging = "aws:cdk:disable-asset-staging"

// Run has CloudFormation invoke the check once all that is below scope by then is in
// place.
//
// The invocation is named after the digest of all that is declared. So a deployment that
// changes anything creates another invocation, and one that changes nothing stays
// without effect. An invocation that CloudFormation updated instead would run
// again when a deployment is rolled back, and if that failed too the stack would
// be stuck; one that is created is only deleted again, which does nothing.
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
// puts into a stack. It has them declared in an app of its own, with the context of
// like, because what was synthesised cannot be added to.
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

// newTwin declares a stack of the same name, which goes to the same place.
func newTwin(app awscdk.App, like constructs.Construct) awscdk.Stack {
	stack := awscdk.Stack_Of(like)
	return awscdk.NewStack(app, stack.StackName(), &awscdk.StackProps{
		Env: &awscdk.Environment{Account: known(stack.Account()), Region: known(stack.Region())},
	})
}

// known returns nil for what only the deployment will know.
func known(value *string) *string {
	if *awscdk.Token_IsUnresolved(value) {
		return nil
	}
	return value
}
