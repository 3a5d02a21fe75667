package main

import (
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/jsii-runtime-go"
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

// userhubActions are what the documented functions of UserHub's own Cognito
// connection need: to import users and keep them current, and to create, change
// and delete the user behind a connected account. UserHub also publishes an example
// policy, of fourteen actions, which we could not compare with.
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
}

// newReader declares the role by which another account reads the pool.
func (s stack) newReader(p pool) {
	if s.config.readerAccountID == "" {
		return
	}
	role := awsiam.NewRole(s.scope, jsii.String("ReaderRole"), &awsiam.RoleProps{
		Description: jsii.String("poolsync: another account reads the user pool"),
		AssumedBy:   awsiam.NewAccountPrincipal(&s.config.readerAccountID),
		ExternalIds: jsii.Strings(s.config.readerExternalID),
		InlinePolicies: &map[string]awsiam.PolicyDocument{
			"permissions": awsiam.NewPolicyDocument(&awsiam.PolicyDocumentProps{
				Statements: &[]awsiam.PolicyStatement{allow(p.arn, readerActions...)},
			}),
		},
	})
	fixLogicalID(role, "ReaderRole")
	s.output("ReaderRoleArn", role.RoleArn(), "The role that the reader assumes, with readerExternalId as its external id")
}

// newUserHubPolicy declares the policy for the access key of UserHub's own Cognito
// connection. The key itself is for the owner to make: we make none.
func (s stack) newUserHubPolicy(p pool) {
	actions, ok := userhubActions[s.config.userhubKeyPolicy]
	if !ok {
		return
	}
	policy := awsiam.NewManagedPolicy(s.scope, jsii.String("UserHubKeyPolicy"), &awsiam.ManagedPolicyProps{
		Description: jsii.String("poolsync: what UserHub's own Cognito connection may do in the user pool"),
		Statements:  &[]awsiam.PolicyStatement{allow(p.arn, actions...)},
	})
	fixLogicalID(policy, "UserHubKeyPolicy")
	s.output("UserHubKeyPolicyArn", policy.ManagedPolicyArn(), "Attach this to the IAM user whose access key UserHub gets, and nothing else")
}
