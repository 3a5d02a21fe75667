package userpool

import (
	"fmt"
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"github.com/poolsync/poolsync/infra/part"
	"github.com/poolsync/poolsync/infra/setting"
)

// ExistingProps is what [NewExisting] depends on.
type ExistingProps struct {
	Runtime part.Runtime
	// Pool is the pool's part of the settings; its ID is given.
	Pool     setting.Pool
	Postauth awslambda.Function
}

// NewExisting names a pool that another stack, or nobody, has declared, and has it call
// postauth: by a custom resource, or by telling its owner how.
func NewExisting(scope constructs.Construct, id string, p *ExistingProps) Pool {
	scope = constructs.NewConstruct(scope, &id)
	existing := Pool{
		ID: &p.Pool.ID,
		ARN: awscdk.Stack_Of(scope).FormatArn(&awscdk.ArnComponents{
			Service: jsii.String("cognito-idp"), Resource: jsii.String("userpool"), ResourceName: &p.Pool.ID,
		}),
	}
	permission := permit(scope, p.ofPool("UserPoolInvokesPostauth"), existing.ARN, p.Postauth)
	keepTrigger(p.Postauth, permission)
	if p.Pool.Manual() {
		explainAttachment(scope, existing, p.Postauth)
	} else {
		attach(scope, existing, permission, p)
	}
	showID(scope, existing.ID)
	return existing
}

// ofPool returns the id of a resource that is the existing pool's own.
//
// With another pool CloudFormation creates the new pool's resources, and deletes the
// old pool's only when the whole stack has been updated, what depends on something
// before that: the old pool's triggers are cleared while the permission to do so
// still stands. A deployment that fails deletes the new ones in the same order.
func (p *ExistingProps) ofPool(id string) string {
	_, own, _ := strings.Cut(p.Pool.ID, "_") // the rest is the Region, which a stack has one of
	return id + own
}

// explainAttachment prints what the owner of the pool has to set.
func explainAttachment(scope constructs.Construct, existing Pool, postauth awslambda.Function) {
	part.Output(scope, "AttachByHand1Function", postauth.FunctionArn(),
		"Set this function as the pool's triggers PostAuthentication and PostConfirmation, where the pool is declared: "+
			"LambdaConfig in CloudFormation, lambda_config in Terraform, addTrigger in the CDK")
	part.Output(scope, "AttachByHand2Warning", jsii.String("Not by: aws cognito-idp update-user-pool --lambda-config"),
		"That command resets every setting of the pool that it does not name. Without a declaration, use the console: User pools > Extensions > Add Lambda trigger")
	part.Output(scope, "AttachByHand3Check", jsii.String(fmt.Sprintf(
		"aws cognito-idp describe-user-pool --region %s --user-pool-id %s --query UserPool.LambdaConfig", *awscdk.Stack_Of(scope).Region(), *existing.ID)),
		"Shows both triggers. Clear them before removing this stack")
}
