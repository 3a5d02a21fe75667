package main

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/jsii-runtime-go"

	"github.com/poolsync/poolsync/shared/cognito/attach/customresource"
)

const (
	// attachTimeout is what functions/attach asks for: an update begins only while
	// there is time to verify it, to undo it and to answer.
	attachTimeout = 2 * time.Minute

	// attachWait is when CloudFormation stops waiting for an answer. Without it, a
	// function that cannot start holds the deployment for an hour.
	attachWait = 5 * time.Minute

	attachMemoryMiB = 128
)

// existingPool names the pool that the owner has, and has it call postauth.
func (s stack) existingPool(postauth awslambda.Function) pool {
	existing := pool{
		id: &s.config.userPoolID,
		arn: s.scope.FormatArn(&awscdk.ArnComponents{
			Service: jsii.String("cognito-idp"), Resource: jsii.String("userpool"), ResourceName: &s.config.userPoolID,
		}),
	}
	permission := s.permitPool(s.ofPool("UserPoolInvokesPostauth"), existing.arn, postauth)
	keepTrigger(postauth, permission)
	if s.config.attachManually {
		s.explainAttachment(postauth)
	} else {
		s.attach(existing, postauth, permission)
	}
	s.output("UserPoolId", existing.id, "The user pool")
	return existing
}

// ofPool returns the logical id of a resource that is the existing pool's own.
//
// With another pool CloudFormation creates the new pool's resources, and deletes the
// old pool's only when the whole stack has been updated, what depends on something
// before that: the old pool's triggers are cleared while the permission to do so
// still stands. A deployment that fails deletes the new ones in the same order.
func (s stack) ofPool(id string) string {
	_, own, _ := strings.Cut(s.config.userPoolID, "_") // the rest is the Region, which a stack has one of
	return id + own
}

// attach declares the custom resource that sets the pool's two triggers, and
// clears them when the stack goes.
//
// CloudFormation deletes what a resource depends on after the resource: the
// triggers are cleared while what that needs still stands.
func (s stack) attach(existing pool, postauth awslambda.Function, permission awslambda.CfnPermission) {
	attach := s.newFunction(functionProps{
		name:        "attach",
		description: "poolsync: sets and clears the triggers of the user pool (CloudFormation custom resource)",
		memoryMiB:   attachMemoryMiB,
		timeout:     attachTimeout,
		env:         map[string]*string{"USER_POOL_ID": existing.id},
	})
	// Lambda keeps a request that it could not carry out for six hours. It must give
	// one up before CloudFormation does, which then asks for the deletion: the triggers
	// would be set after they were cleared, for a function that is gone by then.
	// https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
	attach.ConfigureAsyncInvoke(&awslambda.EventInvokeConfigOptions{MaxEventAge: duration(attachWait - attachTimeout)})
	access := s.newAttachAccess(existing, attach)

	attachment := s.newAttachment(customresource.Attachment, s.ofPool("UserPoolAttachment"), postauth, attach)
	attachment.Node().AddDependency(permission, attach, access)
	// Named after the revision, it is created anew with another one, and that sets the
	// triggers again.
	again := s.newAttachment(customresource.Reattachment, s.ofPool("UserPoolReattachment")+shortDigest(s.config.attachRevision), postauth, attach)
	again.Node().AddDependency(attachment)
}

// newAttachment declares one of the custom resources of functions/attach.
func (s stack) newAttachment(kind, id string, postauth, attach awslambda.Function) awscdk.CustomResource {
	properties := map[string]any{"UserPoolId": &s.config.userPoolID, "Function": postauth.FunctionArn()}
	if replaced := s.config.replaceTriggers; len(replaced) > 0 {
		properties["ReplaceTriggers"] = map[string]string(replaced)
	}
	attachment := awscdk.NewCustomResource(s.scope, &id, &awscdk.CustomResourceProps{
		ResourceType:   &kind,
		ServiceToken:   attach.FunctionArn(),
		ServiceTimeout: duration(attachWait),
		Properties:     &properties,
	})
	fixLogicalID(attachment, id)
	return attachment
}

// newAttachAccess lets attach work on the pool. It is no part of the function's role,
// which has the access to two pools while one takes the other's place.
func (s stack) newAttachAccess(existing pool, attach awslambda.Function) awsiam.Policy {
	statements := []awsiam.PolicyStatement{
		allow(existing.arn, "cognito-idp:DescribeUserPool", "cognito-idp:GetUserPoolMfaConfig", "cognito-idp:UpdateUserPool"),
	}
	if s.config.userPoolSMSRoleARN != "" {
		statements = append(statements, s.passSMSRole())
	}
	for _, arn := range s.config.replaceTriggers.policies() {
		statements = append(statements, allow(&arn, "lambda:GetPolicy"))
	}
	id := s.ofPool("AttachAccess")
	access := awsiam.NewPolicy(s.scope, &id, &awsiam.PolicyProps{
		Statements: &statements,
		Roles:      &[]awsiam.IRole{attach.Role()},
	})
	fixLogicalID(access, id)
	return access
}

// shortDigest returns eight hexadecimal digits that stand for a text.
func shortDigest(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:4])
}

// passSMSRole allows handing the pool its own role for text messages again, which
// an update does with every setting that the pool has.
func (s stack) passSMSRole() awsiam.PolicyStatement {
	pass := allow(&s.config.userPoolSMSRoleARN, "iam:PassRole")
	pass.AddCondition(jsii.String("StringEquals"), map[string]string{"iam:PassedToService": "cognito-idp.amazonaws.com"})
	return pass
}

// explainAttachment prints what the owner of the pool has to set.
func (s stack) explainAttachment(postauth awslambda.Function) {
	s.output("AttachByHand1Function", postauth.FunctionArn(),
		"Set this function as the pool's triggers PostAuthentication and PostConfirmation, where the pool is declared: "+
			"LambdaConfig in CloudFormation, lambda_config in Terraform, addTrigger in the CDK")
	s.output("AttachByHand2Warning", jsii.String("Not by: aws cognito-idp update-user-pool --lambda-config"),
		"That command resets every setting of the pool that it does not name. Without a declaration, use the console: User pools > Extensions > Add Lambda trigger")
	s.output("AttachByHand3Check", jsii.String(fmt.Sprintf(
		"aws cognito-idp describe-user-pool --region %s --user-pool-id %s --query UserPool.LambdaConfig", s.config.region(), s.config.userPoolID)),
		"Shows both triggers. Clear them before removing this stack")
}
