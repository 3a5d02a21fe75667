package cloudtrail

import "github.com/poolsync/poolsync/shared/directory"

// pages are the requests to the hosted sign-in pages that may write what a target can
// see of a user: those of the classic hosted UI and of managed login. The two spell a
// shared name differently (Signup_POST, signup_POST), so names are compared without
// case. With unseenPages they are all that AWS documents, and two more of the Beta_
// family, which it documents in part.
//
// A page that takes a code sent to an address proves the address, so it may verify
// it, even as a step of a sign-in. AWS's documents disagree on whether a sign-in on
// these pages calls the PostAuthentication trigger, so we do not rely on it here.
//
// The followed links (…_GET) may count as read-only, and a rule in its usual state
// does not see those; the PostConfirmation trigger reports the users anyway.
//
// Source: Cognito developer guide, "Amazon Cognito logging in AWS CloudTrail",
// https://docs.aws.amazon.com/cognito/latest/developerguide/logging-using-cloudtrail.html
var pages = map[string]operation{
	"Beta_Confirm_POST":          {kind: directory.Changed, takesCode: true},
	"Beta_Signup_POST":           {kind: directory.Changed},
	"Confirm_POST":               {kind: directory.Changed, takesCode: true},
	"Confirm_With_Link_GET":      {kind: directory.Changed, takesCode: true},
	"ConfirmForgotPassword_POST": {kind: directory.Changed, takesCode: true},
	"confirmUser_GET":            {kind: directory.Changed, takesCode: true},
	"forgotPassword_POST":        {kind: directory.Changed, takesCode: true},
	"Mfa_POST":                   {kind: directory.Changed, takesCode: true}, // a code sent to the phone, as mfa_phone_verify_POST
	"mfa_phone_register_POST":    {kind: directory.Changed},                  // a new phone number
	"mfa_phone_verify_POST":      {kind: directory.Changed, takesCode: true},
	"MfaRegister_POST":           {kind: directory.Changed, takesCode: true},
	"ResetPassword_POST":         {kind: directory.Changed}, // a first password, with missing attributes
	"signup_confirm_POST":        {kind: directory.Changed, takesCode: true},
	"Signup_POST":                {kind: directory.Changed},
	"verifyCode_POST":            {kind: directory.Changed, takesCode: true},
}

// unseenPages are all other documented pages, by why their events are skipped.
var unseenPages = map[string][]string{
	"only shows something": {
		"Beta_Authorize_GET", "Confirm_GET", "ConfirmForgotPassword_GET", "Error_GET", "ForgotPassword_GET", "Login_GET",
		"Mfa_GET", "MfaOption_GET", "MfaRegister_GET", "OAuth2_Authorize_GET", "passkeys_add_GET", "ResetPassword_GET",
		"Signup_GET", "UserInfo_GET", "UserInfo_POST",
	},
	"a sign-in by password, passkey or app, which writes no attribute": {
		"CognitoAuthentication", "login_continue_POST", "login_passkey_POST", "login_POST", "mfa_totp_POST",
	},
	// AWS's example of SAML2Response_POST does not tell who the user is.
	"a sign-in by another provider, which writes attributes: it names no user, and the triggers report it": {
		"Beta_SAML2Response_POST", "OAuth2Response_GET", "OAuth2Response_POST", "SAML2Response_POST",
	},
	"a choice on the way to what is acted on": {
		"Login_OIDC_SAML_POST", "mfa_back_POST", "mfa_options_POST", "MfaOption_POST", "selectChallenge_POST",
	},
	"sends a code: using the code is acted on": {
		"mfa_phone_resendCode_POST", "ResendCode_POST",
	},
	"tokens": {
		"Beta_Token_POST", "Logout", "SAML2Logout_POST", "Token_POST",
	},
	"passkeys and feedback, which are no attributes": {
		"Event_Feedback_GET", "passkeys_add_POST",
	},
}
