package cloudtrail

import "github.com/poolsync/poolsync/shared/directory"

// calls are the API operations that may write what a target can see of a user:
// attributes, groups, status, whether the user is enabled or there at all. With
// challenges and unseenCalls they are all that Cognito has.
//
// Source: Amazon Cognito user pools API reference, "Actions",
// https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_Operations.html
var calls = map[string]operation{
	"AdminAddUserToGroup":         {kind: directory.Changed, group: true},
	"AdminConfirmSignUp":          {kind: directory.Changed},
	"AdminCreateUser":             {kind: directory.Changed},
	"AdminDeleteUser":             {kind: directory.Removed},
	"AdminDeleteUserAttributes":   {kind: directory.Changed},
	"AdminDisableProviderForUser": {kind: directory.Changed},
	"AdminDisableUser":            {kind: directory.Changed},
	"AdminEnableUser":             {kind: directory.Changed},
	"AdminLinkProviderForUser":    {kind: directory.Changed},
	"AdminRemoveUserFromGroup":    {kind: directory.Changed, group: true},
	"AdminResetUserPassword":      {kind: directory.Changed},
	"AdminSetUserPassword":        {kind: directory.Changed},
	"AdminUpdateUserAttributes":   {kind: directory.Changed},
	"ConfirmForgotPassword":       {kind: directory.Changed, takesCode: true},
	"ConfirmSignUp":               {kind: directory.Changed, takesCode: true},
	"DeleteUser":                  {kind: directory.Removed},
	"DeleteUserAttributes":        {kind: directory.Changed},
	"SignUp":                      {kind: directory.Changed},
	"UpdateUserAttributes":        {kind: directory.Changed},
	"VerifyUserAttribute":         {kind: directory.Changed, takesCode: true},
}

// hiddenGroup stands for a group that an event does not name.
const hiddenGroup = "?"

// NewPasswordRequired is the challenge in which a user who was created by an
// administrator sets a password, and with it attributes that are still missing.
// They are saved at once, even if a second factor follows and is never passed.
const NewPasswordRequired = "NEW_PASSWORD_REQUIRED"

// challenges are the API operations that answer a challenge. All but
// [NewPasswordRequired] write nothing that a sign-in would not report through the
// triggers, and each sign-in of the account has several of them. AWS documents no
// record of one. A published record shows challengeName as it is; if it is hidden or
// missing, the event is skipped and a run finds what was saved.
var challenges = []string{"AdminRespondToAuthChallenge", "RespondToAuthChallenge"}

// unseenCalls are all other API operations, by why their events are skipped.
var unseenCalls = map[string][]string{
	"only reads": {
		"AdminGetDevice", "AdminGetUser", "AdminListDevices", "AdminListGroupsForUser", "AdminListUserAuthEvents",
		"DescribeIdentityProvider", "DescribeManagedLoginBranding", "DescribeManagedLoginBrandingByClient",
		"DescribeResourceServer", "DescribeRiskConfiguration", "DescribeTerms", "DescribeUserImportJob",
		"DescribeUserPool", "DescribeUserPoolClient", "DescribeUserPoolDomain", "GetCSVHeader", "GetDevice", "GetGroup",
		"GetIdentityProviderByIdentifier", "GetLogDeliveryConfiguration", "GetSigningCertificate", "GetUICustomization",
		"GetUser", "GetUserAuthFactors", "GetUserPoolMfaConfig", "ListDevices", "ListGroups", "ListIdentityProviders",
		"ListResourceServers", "ListTagsForResource", "ListTerms", "ListUserImportJobs", "ListUserPoolClientSecrets",
		"ListUserPoolClients", "ListUserPoolReplicas", "ListUserPools", "ListUsers", "ListUsersInGroup",
		"ListWebAuthnCredentials",
	},
	"a sign-in: the triggers report it, and any user that a migration trigger creates in it": {
		"AdminInitiateAuth", "InitiateAuth",
	},
	"tokens": {
		"AdminUserGlobalSignOut", "GetTokensFromRefreshToken", "GlobalSignOut", "RevokeToken",
	},
	"factors, devices and feedback, which are no attributes": {
		"AdminForgetDevice", "AdminSetUserMFAPreference", "AdminSetUserSettings", "AdminUpdateAuthEventFeedback",
		"AdminUpdateDeviceStatus", "AssociateSoftwareToken", "CompleteWebAuthnRegistration", "ConfirmDevice",
		"DeleteWebAuthnCredential", "ForgetDevice", "SetUserMFAPreference", "SetUserSettings",
		"StartWebAuthnRegistration", "UpdateAuthEventFeedback", "UpdateDeviceStatus", "VerifySoftwareToken",
	},
	"the password of a user who is signed in, whose status stays": {
		"ChangePassword",
	},
	"sends a code: using the code is acted on": {
		"ForgotPassword", "GetUserAttributeVerificationCode", "ResendConfirmationCode",
	},
	"changes many users and names none: a run finds them": {
		"DeleteGroup", "DeleteUserPool", "StartUserImportJob",
	},
	"settings, of no user": {
		"AddCustomAttributes", "AddUserPoolClientSecret", "CreateGroup", "CreateIdentityProvider",
		"CreateManagedLoginBranding", "CreateResourceServer", "CreateTerms", "CreateUserImportJob", "CreateUserPool",
		"CreateUserPoolClient", "CreateUserPoolDomain", "CreateUserPoolReplica", "DeleteIdentityProvider",
		"DeleteManagedLoginBranding", "DeleteResourceServer", "DeleteTerms", "DeleteUserPoolClient",
		"DeleteUserPoolClientSecret", "DeleteUserPoolDomain", "DeleteUserPoolReplica", "SetLogDeliveryConfiguration",
		"SetRiskConfiguration", "SetUICustomization", "SetUserPoolMfaConfig", "StopUserImportJob", "TagResource",
		"UntagResource", "UpdateGroup", "UpdateIdentityProvider", "UpdateManagedLoginBranding", "UpdateResourceServer",
		"UpdateTerms", "UpdateUserPool", "UpdateUserPoolClient", "UpdateUserPoolDomain", "UpdateUserPoolReplica",
	},
}
