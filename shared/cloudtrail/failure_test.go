package cloudtrail

import (
	"fmt"
	"strings"
	"testing"
)

const (
	callForm = `{"source":"aws.cognito-idp","detail-type":"AWS API Call via CloudTrail","time":"2026-05-01T10:00:00Z",` +
		`"detail":{"eventName":%q,"errorCode":%q,"requestParameters":{"userPoolId":"us-east-1_EXAMPLE01"},` +
		`"additionalEventData":{"sub":"84e844c8-3041-70aa-1111-0123456789ab"}}}`
	pageForm = `{"source":"aws.cognito-idp","detail-type":"AWS Service Event via CloudTrail","time":"2026-05-01T10:00:00Z",` +
		`"detail":{"eventName":%q,"errorCode":%q,"additionalEventData":{"userPoolId":"us-east-1_EXAMPLE01",` +
		`"responseParameters":{"status":%d},"requestParameters":{"sub":["84e844c8-3041-70aa-1111-0123456789ab"]}}}}`
)

// A user who may have been written is looked up, whatever the operation answered.
func TestWrittenThoughFailed(t *testing.T) {
	tests := []struct{ operation, code string }{
		{"AdminCreateUser", "CodeDeliveryFailureException"},
		{"AdminCreateUser", "LimitExceededException"}, // of messages
		{"AdminResetUserPassword", "InvalidEmailRoleAccessPolicyException"},
		{"AdminUpdateUserAttributes", "InvalidSmsRoleTrustRelationshipException"},
		{"UpdateUserAttributes", "InvalidSmsRoleAccessPolicyException"},
		{"SignUp", "CodeDeliveryFailureException"},
		{"SignUp", "LimitExceededException"},
		{"SignUp", "UserLambdaValidationException"},
		{"ConfirmSignUp", "UserLambdaValidationException"},
		{"ConfirmForgotPassword", "UnexpectedLambdaException"},
		{"AdminConfirmSignUp", "InvalidLambdaResponseException"},
		{"AdminDeleteUser", "InternalErrorException"},
		{"AdminDisableUser", "AnErrorThatIsNew"},
		{"ConfirmSignUp", "AnErrorThatIsNew"},
	}
	for _, tt := range tests {
		t.Run(tt.operation+" "+tt.code, func(t *testing.T) {
			got, err := newDecoder(t).Decode(fmt.Appendf(nil, callForm, tt.operation, tt.code))
			if err != nil || got.Ignored != "" || got.Change.Sub == "" {
				t.Errorf("got %+v, %v; want a change", got, err)
			}
		})
	}
}

// Nobody can make us read users by refused calls, whoever makes them and however
// often.
func TestRefusedCostsNothing(t *testing.T) {
	tests := []struct{ name, operations, codes string }{
		{"no permission", "AdminDeleteUser UpdateUserAttributes", `AccessDenied AccessDeniedException ExpiredTokenException
			ForbiddenException IncompleteSignature InvalidClientTokenId InvalidSignatureException MissingAuthenticationToken
			NotAuthorized NotAuthorizedException OperationNotEnabledException OptInRequired PasswordResetRequiredException
			RequestExpired UnrecognizedClientException UserNotConfirmedException`},
		{"a guess", "ConfirmSignUp ConfirmForgotPassword VerifyUserAttribute", `CodeMismatchException ExpiredCodeException
			LimitExceededException TooManyFailedAttemptsException NotAuthorizedException UserNotFoundException`},
		{"a bad request", "SignUp AdminCreateUser ConfirmForgotPassword", `InvalidParameterException InvalidPasswordException
			MalformedHttpRequestException PasswordHistoryPolicyViolationException RequestEntityTooLargeException
			SerializationException UnknownOperationException ValidationError ValidationException`},
		{"another state than assumed", "SignUp AdminCreateUser AdminUpdateUserAttributes", `AliasExistsException PreconditionNotMetException
			ResourceNotFoundException UnsupportedUserStateException UserNotFoundException UsernameExistsException`},
		{"too many requests", "DeleteUser AdminDisableUser", "ThrottlingException TooManyRequestsException"},
	}
	for _, tt := range tests {
		for _, operation := range strings.Fields(tt.operations) {
			for _, code := range strings.Fields(tt.codes) {
				got, err := newDecoder(t).Decode(fmt.Appendf(nil, callForm, operation, code))
				if err != nil || got.Ignored != Failed {
					t.Errorf("%s: %s of %s: got %+v, %v; want %q", tt.name, code, operation, got, err, Failed)
				}
			}
		}
	}
}

// A wrong code on a page shows its form again, and costs nothing either.
func TestWrongCodeOnAPageCostsNothing(t *testing.T) {
	for _, page := range strings.Fields(`Confirm_POST Beta_Confirm_POST signup_confirm_POST Confirm_With_Link_GET confirmUser_GET
		forgotPassword_POST ConfirmForgotPassword_POST Mfa_POST MfaRegister_POST mfa_phone_verify_POST verifyCode_POST`) {
		for _, status := range []int{200, 400} {
			got, err := newDecoder(t).Decode(fmt.Appendf(nil, pageForm, page, "", status))
			if err != nil || got.Ignored != Failed {
				t.Errorf("%s answered %d: got %+v, %v; want %q", page, status, got, err, Failed)
			}
		}
	}
}

// A page is judged by what it answered, and by whether a wrong code may be why.
func TestPageAnswers(t *testing.T) {
	tests := []struct {
		page   string
		code   string
		status int
		want   Reason
	}{
		{"Confirm_POST", "", 302, ""},
		{"Confirm_POST", "", 399, ""},
		{"Confirm_POST", "", 0, ""}, // no status
		{"Confirm_POST", "", 200, Failed},
		{"Confirm_POST", "", 299, Failed},
		{"Confirm_POST", "", 400, Failed},
		{"Confirm_POST", "", 499, Failed},
		{"Confirm_POST", "", 500, ""}, // the server, or a trigger after the write
		{"Confirm_POST", "CodeMismatchException", 302, Failed},
		{"Confirm_POST", "UserLambdaValidationException", 400, ""},
		{"Confirm_POST", "AnErrorThatIsNew", 400, Failed}, // a guess may cause it
		{"signup_confirm_POST", "", 204, ""},
		{"mfa_phone_register_POST", "", 200, ""}, // the number is saved, the code could not be sent
		{"ResetPassword_POST", "", 200, ""},
		{"ResetPassword_POST", "InvalidPasswordException", 200, Failed},
		{"Signup_POST", "CodeDeliveryFailureException", 400, ""},
		{"Signup_POST", "", 400, ""},
	}
	for _, tt := range tests {
		t.Run(fmt.Sprintf("%s %d %s", tt.page, tt.status, tt.code), func(t *testing.T) {
			got, err := newDecoder(t).Decode(fmt.Appendf(nil, pageForm, tt.page, tt.code, tt.status))
			if err != nil || got.Ignored != tt.want {
				t.Errorf("got %q, %v; want %q", got.Ignored, err, tt.want)
			}
		})
	}
}
