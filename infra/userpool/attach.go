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
	// AttachTimeout is what functions/attach needs: it begins an update only if there is
	// time left to verify it, to undo it and to answer.
	AttachTimeout = 2 * time.Minute

	// attachWait is how long CloudFormation waits for an answer. By default, a function
	// that cannot start would hold up the deployment for an hour.
	attachWait = 5 * time.Minute

	attachMemoryMiB = 128
)

// attach declares the custom resource that sets the pool's two triggers, and
// clears them when the stack goes.
//
// CloudFormation deletes a resource before what it depends on, so everything needed to
// clear the triggers still exists then.
func attach(scope constructs.Construct, existing Pool, permission awslambda.CfnPermission, p *ExistingProps) {
	function := part.NewFunction(scope, "AttachFunction", &part.FunctionProps{
		Runtime:     p.Runtime,
		Name:        "attach",
		Description: "poolsync: sets and clears the triggers of the user pool (CloudFormation custom resource)",
		MemoryMiB:   attachMemoryMiB,
		Timeout:     AttachTimeout,
		Env:         map[string]*string{"USER_POOL_ID": existing.ID},
	})
	// By default Lambda keeps retrying a request for six hours. It must give up before
	// CloudFormation does, which then asks for the deletion. Otherwise a late retry could
	// set triggers that were just cleared, to a function that no longer exists.
	// https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
	function.ConfigureAsyncInvoke(&awslambda.EventInvokeConfigOptions{MaxEventAge: part.Duration(attachWait - AttachTimeout)})
	access := newAttachAccess(scope, existing, function, p)

	attachment := newAttachment(scope, customresource.Attachment, p.ofPool("UserPoolAttachment"), function, p)
	attachment.Node().AddDependency(permission, function, access)
	// It is named after the revision, so a new revision creates a new one, which sets the
	// triggers again.
	again := newAttachment(scope, customresource.Reattachment, p.ofPool("UserPoolReattachment")+shortDigest(p.Pool.TriggersRevision), function, p)
	again.Node().AddDependency(attachment)
}

// newAttachment declares a custom resource that functions/attach serves.
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

// replacedBy returns the functions that ours replaces, by trigger name.
func replacedBy(r setting.ReplaceTriggers) map[string]string {
	replaced := map[string]string{"PostAuthentication": r.PostAuthentication, "PostConfirmation": r.PostConfirmation}
	maps.DeleteFunc(replaced, func(_, function string) bool { return function == "" })
	return replaced
}

// newAttachAccess lets attach work on the pool. It is a policy per pool, not part of the
// function's role: while one pool replaces another, the function needs access to both.
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

// passSMSRole lets attach pass the pool's own role for text messages back to the pool:
// an update has to repeat every setting that the pool has.
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
