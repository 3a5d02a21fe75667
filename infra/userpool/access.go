package userpool

import (
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"github.com/poolsync/poolsync/infra/part"
	"github.com/poolsync/poolsync/infra/setting"
)

// readerActions are the six actions that Oracle's Cognito app asks for.
// AdminGetUser makes each user whom it reads billable for the month.
// https://docs.oracle.com/en-us/iaas/Content/aws/aws_cognito.htm
var readerActions = []string{
	"cognito-idp:AdminGetUser",
	"cognito-idp:AdminListGroupsForUser",
	"cognito-idp:GetGroup",
	"cognito-idp:ListGroups",
	"cognito-idp:ListUsers",
	"cognito-idp:ListUsersInGroup",
}

// userhubActions are what an access key of UserHub's own Cognito connection may do, by
// the setting. "read" and "write" are what its documented functions need: to import
// users and keep them current, and also to create, change and delete the user behind a
// connected account. "example" is the custom policy that UserHub gives as an example.
// https://userhub.com/docs/connections/amazon-cognito
var userhubActions = map[string][]string{
	"read": {
		"cognito-idp:AdminGetUser",
		"cognito-idp:DescribeUserPool",
		"cognito-idp:ListUsers",
	},
	"write": {
		"cognito-idp:AdminCreateUser",
		"cognito-idp:AdminDeleteUser",
		"cognito-idp:AdminDisableUser",
		"cognito-idp:AdminEnableUser",
		"cognito-idp:AdminGetUser",
		"cognito-idp:AdminUpdateUserAttributes",
		"cognito-idp:DescribeUserPool",
		"cognito-idp:ListUsers",
	},
	"example": {
		"cognito-idp:AdminCreateUser",
		"cognito-idp:AdminDeleteUser",
		"cognito-idp:AdminDeleteUserAttributes",
		"cognito-idp:AdminDisableUser",
		"cognito-idp:AdminEnableUser",
		"cognito-idp:AdminGetUser",
		"cognito-idp:AdminUpdateUserAttributes",
		"cognito-idp:DeleteUser",
		"cognito-idp:DeleteUserAttributes",
		"cognito-idp:DescribeUserPool",
		"cognito-idp:GetUser",
		"cognito-idp:ListUsers",
		"cognito-idp:SignUp",
		"cognito-idp:UpdateUserAttributes",
	},
}

// miniOrangeActions are those of the policy in miniOrange's guide to its AWS Cognito
// provisioning.
var miniOrangeActions = []string{
	"cognito-idp:AdminCreateUser",
	"cognito-idp:AdminUpdateUserAttributes",
	"cognito-idp:AdminDeleteUser",
	"cognito-idp:AdminSetUserPassword",
}

// AccessProps is what [NewAccess] depends on.
type AccessProps struct {
	Pool   Pool
	Access setting.Access
}

// NewAccess declares access to the pool for others, by what they document that they
// need: a role for another account, and policies for access keys. The keys themselves
// are for the owner to make: we make none.
func NewAccess(scope constructs.Construct, id string, p *AccessProps) {
	scope = constructs.NewConstruct(scope, &id)
	if p.Access.Reader.AccountID != "" {
		newReader(scope, p.Pool, p.Access.Reader)
	}
	if actions, ok := userhubActions[p.Access.UserHubKeyPolicy]; ok {
		newKeyPolicy(scope, "UserHub", "poolsync: what UserHub's own Cognito connection may do in the user pool", p.Pool, actions)
	}
	if p.Access.MiniOrangeKeyPolicy {
		newKeyPolicy(scope, "MiniOrange", "poolsync: what miniOrange's Cognito provisioning may do in the user pool", p.Pool, miniOrangeActions)
	}
}

// newReader declares the role by which another account reads the pool.
func newReader(scope constructs.Construct, pool Pool, reader setting.Reader) {
	role := awsiam.NewRole(scope, jsii.String("ReaderRole"), &awsiam.RoleProps{
		Description: jsii.String("poolsync: another account reads the user pool"),
		AssumedBy:   awsiam.NewAccountPrincipal(&reader.AccountID),
		ExternalIds: jsii.Strings(reader.ExternalID),
		InlinePolicies: &map[string]awsiam.PolicyDocument{
			"permissions": awsiam.NewPolicyDocument(&awsiam.PolicyDocumentProps{
				Statements: &[]awsiam.PolicyStatement{part.Allow(pool.ARN, readerActions...)},
			}),
		},
	})
	part.Output(scope, "ReaderRoleArn", role.RoleArn(), "The role that the reader assumes, with pool.access.reader.externalId as its external id")
}

// newKeyPolicy declares the policy for the access key of a connector: <whose>KeyPolicy.
func newKeyPolicy(scope constructs.Construct, whose, description string, pool Pool, actions []string) {
	policy := awsiam.NewManagedPolicy(scope, jsii.String(whose+"KeyPolicy"), &awsiam.ManagedPolicyProps{
		Description: &description,
		Statements:  &[]awsiam.PolicyStatement{part.Allow(pool.ARN, actions...)},
	})
	part.Output(scope, whose+"KeyPolicyArn", policy.ManagedPolicyArn(), "Attach this to the IAM user whose access key the connector gets, and nothing else")
}
