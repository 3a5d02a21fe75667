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
	// Pool is the pool's part of the settings; it has an ID.
	Pool     setting.Pool
	Postauth awslambda.Function
}

// NewExisting names a pool that this stack does not declare. A custom resource makes it
// call postauth, or outputs tell its owner how to.
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

// ofPool returns the id of a resource that belongs to one existing pool.
//
// When you name another pool, CloudFormation creates the new pool's resources, and
// deletes the old pool's after the rest of the stack is updated, dependents first. So the
// old pool's triggers are cleared while the permission to do so still exists. If the
// deployment fails, the new pool's resources are deleted in the same order.
func (p *ExistingProps) ofPool(id string) string {
	_, own, _ := strings.Cut(p.Pool.ID, "_") // what precedes it is the Region, the same for the whole stack
	return id + own
}

// explainAttachment prints what the owner of the pool has to set.
func explainAttachment(scope constructs.Construct, existing Pool, postauth awslambda.Function) {
	part.Output(scope, "AttachByHand1Function", postauth.FunctionArn(),
		"Where the pool is declared, set this function as its triggers PostAuthentication and PostConfirmation: "+
			"LambdaConfig in CloudFormation, lambda_config in Terraform, addTrigger in the CDK")
	part.Output(scope, "AttachByHand2Warning", jsii.String("Do not use: aws cognito-idp update-user-pool --lambda-config"),
		"That command resets every pool setting that it does not name. If the pool is declared nowhere, use the console: User pools > Extensions > Add Lambda trigger")
	part.Output(scope, "AttachByHand3Check", jsii.String(fmt.Sprintf(
		"aws cognito-idp describe-user-pool --region %s --user-pool-id %s --query UserPool.LambdaConfig", *awscdk.Stack_Of(scope).Region(), *existing.ID)),
		"Shows both triggers. Clear them before removing this stack")
}
