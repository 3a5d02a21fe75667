package userpool

import (
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"time"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"github.com/poolsync/poolsync/infra/part"
	"github.com/poolsync/poolsync/infra/setting"
	"github.com/poolsync/poolsync/shared/cognito/attach/customresource"
)

const (
	// AttachTimeout is what functions/attach asks for: an update begins only while
	// there is time to verify it, to undo it and to answer.
	AttachTimeout = 2 * time.Minute

	// attachWait is when CloudFormation stops waiting for an answer. Without it, a
	// function that cannot start holds the deployment for an hour.
	attachWait = 5 * time.Minute

	attachMemoryMiB = 128
)

// attach declares the custom resource that sets the pool's two triggers, and
// clears them when the stack goes.
//
// CloudFormation deletes what a resource depends on after the resource: the
// triggers are cleared while what that needs still stands.
func attach(scope constructs.Construct, existing Pool, permission awslambda.CfnPermission, p *ExistingProps) {
	function := part.NewFunction(scope, "AttachFunction", &part.FunctionProps{
		Runtime:     p.Runtime,
		Name:        "attach",
		Description: "poolsync: sets and clears the triggers of the user pool (CloudFormation custom resource)",
		MemoryMiB:   attachMemoryMiB,
		Timeout:     AttachTimeout,
		Env:         map[string]*string{"USER_POOL_ID": existing.ID},
	})
	// Lambda keeps a request that it could not carry out for six hours. It must give
	// one up before CloudFormation does, which then asks for the deletion: the triggers
	// would be set after they were cleared, for a function that is gone by then.
	// https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
	function.ConfigureAsyncInvoke(&awslambda.EventInvokeConfigOptions{MaxEventAge: part.Duration(attachWait - AttachTimeout)})
	access := newAttachAccess(scope, existing, function, p)

	attachment := newAttachment(scope, customresource.Attachment, p.ofPool("UserPoolAttachment"), function, p)
	attachment.Node().AddDependency(permission, function, access)
	// Named after the revision, it is created anew with another one, and that sets the
	// triggers again.
	again := newAttachment(scope, customresource.Reattachment, p.ofPool("UserPoolReattachment")+shortDigest(p.Pool.TriggersRevision), function, p)
	again.Node().AddDependency(attachment)
}

// newAttachment declares one of the custom resources of functions/attach.
func newAttachment(scope constructs.Construct, kind, id string, attach awslambda.Function, p *ExistingProps) awscdk.CustomResource {
	properties := map[string]any{"UserPoolId": &p.Pool.ID, "Function": p.Postauth.FunctionArn()}
	if replaced := replacedBy(p.Pool.ReplaceTriggers); len(replaced) > 0 {
		properties["ReplaceTriggers"] = replaced
	}
	return awscdk.NewCustomResource(scope, &id, &awscdk.CustomResourceProps{
		ResourceType:   &kind,
		ServiceToken:   attach.FunctionArn(),
		ServiceTimeout: part.Duration(attachWait),
		Properties:     &properties,
	})
}

// replacedBy returns the functions that ours replaces, by the names of their triggers.
func replacedBy(r setting.ReplaceTriggers) map[string]string {
	replaced := map[string]string{"PostAuthentication": r.PostAuthentication, "PostConfirmation": r.PostConfirmation}
	maps.DeleteFunc(replaced, func(_, function string) bool { return function == "" })
	return replaced
}

// newAttachAccess lets attach work on the pool. It is no part of the function's role,
// which has the access to two pools while one takes the other's place.
func newAttachAccess(scope constructs.Construct, existing Pool, attach awslambda.Function, p *ExistingProps) awsiam.Policy {
	statements := []awsiam.PolicyStatement{
		part.Allow(existing.ARN, "cognito-idp:DescribeUserPool", "cognito-idp:GetUserPoolMfaConfig", "cognito-idp:UpdateUserPool"),
	}
	if p.Pool.SMSRoleARN != "" {
		statements = append(statements, passSMSRole(p.Pool.SMSRoleARN))
	}
	for _, arn := range p.Pool.ReplaceTriggers.Policies() {
		statements = append(statements, part.Allow(&arn, "lambda:GetPolicy"))
	}
	return awsiam.NewPolicy(scope, jsii.String(p.ofPool("AttachAccess")), &awsiam.PolicyProps{
		Statements: &statements,
		Roles:      &[]awsiam.IRole{attach.Role()},
	})
}

// passSMSRole allows handing the pool its own role for text messages again, which
// an update does with every setting that the pool has.
func passSMSRole(arn string) awsiam.PolicyStatement {
	pass := part.Allow(&arn, "iam:PassRole")
	pass.AddCondition(jsii.String("StringEquals"), map[string]string{"iam:PassedToService": "cognito-idp.amazonaws.com"})
	return pass
}

// shortDigest returns eight hexadecimal digits that stand for a text.
func shortDigest(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:4])
}
