package userpool

import (
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"github.com/poolsync/poolsync/infra/part"
	"github.com/poolsync/poolsync/infra/setting"
)

// readerActions are the six actions that Oracle's Cognito app asks for. AdminGetUser
// makes each user that it reads billable for the month.
// https://docs.oracle.com/en-us/iaas/Content/aws/aws_cognito.htm
var readerActions = []string{
	"cognito-idp:AdminGetUser",
	"cognito-idp:AdminListGroupsForUser",
	"cognito-idp:GetGroup",
	"cognito-idp:ListGroups",
	"cognito-idp:ListUsers",
	"cognito-idp:ListUsersInGroup",
}

// userhubActions are what the access key of UserHub's own Cognito connection may do, by
// the value of the setting. "read" is enough to import users and keep them current.
// "write" also lets UserHub create, change and delete the user behind a connected
// account. "example" is UserHub's own example of a custom policy.
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

// miniOrangeActions are the actions in the policy of miniOrange's guide to its AWS
// Cognito provisioning.
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

// NewAccess gives others the access to the pool that their documentation asks for: a
// role for another account, and policies for access keys. It makes no key; that is up to
// the owner.
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

// newReader declares the role with which another account reads the pool.
func newReader(scope constructs.Construct, pool Pool, reader setting.Reader) {
	role := awsiam.NewRole(scope, jsii.String("ReaderRole"), &awsiam.RoleProps{
		Description: jsii.String("poolsync: lets another account read the user pool"),
		AssumedBy:   awsiam.NewAccountPrincipal(&reader.AccountID),
		ExternalIds: jsii.Strings(reader.ExternalID),
		InlinePolicies: &map[string]awsiam.PolicyDocument{
			"permissions": awsiam.NewPolicyDocument(&awsiam.PolicyDocumentProps{
				Statements: &[]awsiam.PolicyStatement{part.Allow(pool.ARN, readerActions...)},
			}),
		},
	})
	part.Output(scope, "ReaderRoleArn", role.RoleArn(), "The role for the reader to assume, with pool.access.reader.externalId as the external id")
}

// newKeyPolicy declares the policy for the access key of a connector: <whose>KeyPolicy.
func newKeyPolicy(scope constructs.Construct, whose, description string, pool Pool, actions []string) {
	policy := awsiam.NewManagedPolicy(scope, jsii.String(whose+"KeyPolicy"), &awsiam.ManagedPolicyProps{
		Description: &description,
		Statements:  &[]awsiam.PolicyStatement{part.Allow(pool.ARN, actions...)},
	})
	part.Output(scope, whose+"KeyPolicyArn", policy.ManagedPolicyArn(), "Attach only this to the IAM user whose access key you give to the connector")
}
