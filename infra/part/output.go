package part

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/cdklabs/cdk-nag-go/cdknag/v2"
)

// Output shows value at the end of a deployment.
func Output(scope constructs.Construct, name string, value *string, description string) {
	awscdk.NewCfnOutput(scope, &name, &awscdk.CfnOutputProps{Value: value, Description: &description})
}

// Suppress accepts one finding of cdk-nag on a resource. The template carries the reason.
func Suppress(resource constructs.IConstruct, rule, reason string) {
	cdknag.NagSuppressions_AddResourceSuppressions(resource,
		&[]*cdknag.NagPackSuppression{{Id: &rule, Reason: &reason}}, nil)
}
