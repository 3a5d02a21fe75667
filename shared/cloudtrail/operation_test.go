package cloudtrail

import (
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/google/go-cmp/cmp"
)

// Every operation has an answer whether a target can see what it writes. An operation
// that AWS adds fails this test until it has one.
func TestEveryCallIsAnswered(t *testing.T) {
	var want []string
	client := reflect.TypeFor[*cognitoidentityprovider.Client]()
	for i := range client.NumMethod() {
		if name := client.Method(i).Name; name != "Options" {
			want = append(want, name)
		}
	}
	got := slices.Concat(Calls(), Challenges())
	for _, names := range unseenCalls {
		got = append(got, names...)
	}
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("answered operations (-SDK +table):\n%s", diff)
	}
}

// Each page that AWS documents has exactly one answer: the two generations of pages
// share names, in another case.
func TestEveryPageHasOneAnswer(t *testing.T) {
	answers := map[string]string{}
	names := slices.Concat(slices.Collect(maps.Values(unseenPages))...)
	for _, page := range append(names, Pages()...) {
		folded := strings.ToLower(page)
		if other, twice := answers[folded]; twice {
			t.Errorf("%s and %s: want one answer", page, other)
		}
		answers[folded] = page
	}
	for _, page := range documentedPages {
		if _, ok := answers[strings.ToLower(page)]; !ok {
			t.Errorf("%s has no answer", page)
		}
	}
}

// documentedPages are the names of the developer guide, in its order: the classic
// hosted UI's, then managed login's.
// https://docs.aws.amazon.com/cognito/latest/developerguide/logging-using-cloudtrail.html
var documentedPages = strings.Fields(`
	Login_GET CognitoAuthentication OAuth2_Authorize_GET Beta_Authorize_GET OAuth2Response_GET OAuth2Response_POST
	SAML2Response_POST Beta_SAML2Response_POST Login_OIDC_SAML_POST Token_POST Beta_Token_POST Signup_GET Signup_POST
	Confirm_GET Confirm_POST ResendCode_POST ForgotPassword_GET ForgotPassword_POST ConfirmForgotPassword_GET
	ConfirmForgotPassword_POST ResetPassword_GET ResetPassword_POST Mfa_GET Mfa_POST MfaOption_GET MfaOption_POST
	MfaRegister_GET MfaRegister_POST Logout SAML2Logout_POST Error_GET UserInfo_GET UserInfo_POST
	Confirm_With_Link_GET Event_Feedback_GET

	login_POST login_continue_POST forgotPassword_POST selectChallenge_POST confirmUser_GET mfa_back_POST
	mfa_options_POST mfa_phone_register_POST mfa_phone_verify_POST mfa_phone_resendCode_POST mfa_totp_POST signup_POST
	signup_confirm_POST verifyCode_POST passkeys_add_POST passkeys_add_GET login_passkey_POST`)
