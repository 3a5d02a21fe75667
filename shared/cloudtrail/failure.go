package cloudtrail

// verdict says whether an operation that ended in an error wrote before it.
//
// The zero verdict is for every code that is not in the table, InternalErrorException
// among them. It counts as written: looking at an unchanged user costs one request,
// missing a changed one leaves the target wrong until the next run. Nobody can use it
// to make us look at will: whatever a caller can cause, by guessing codes or by
// calling without permission, is in the table.
type verdict int

const (
	// refused is the code of an error that comes before anything is written.
	refused verdict = iota + 1
	// written is the code of an error that comes after the write, or may.
	written
	// tooMany is the code of two errors: too many codes guessed, which comes before
	// the write, and too many messages sent, which comes after it.
	tooMany
)

// verdicts holds the error codes by what they say of the write before them.
//
// Sources: the "Errors" of each operation in the Amazon Cognito user pools API
// reference, and its "Common Error Types",
// https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/CommonErrors.html
var verdicts = map[string]verdict{
	// The message could not be sent: the user exists without it. AWS says that
	// AdminCreateUser is meant to do so:
	// https://github.com/aws/aws-sdk/issues/438
	"CodeDeliveryFailureException":             written,
	"InvalidEmailRoleAccessPolicyException":    written,
	"InvalidSmsRoleAccessPolicyException":      written,
	"InvalidSmsRoleTrustRelationshipException": written,

	// A Lambda trigger failed. Some run after the write (post confirmation, custom
	// message, token generation), and the code does not tell which one it was.
	"InvalidLambdaResponseException": written,
	"UnexpectedLambdaException":      written,
	"UserLambdaValidationException":  written,

	"LimitExceededException": tooMany,

	// The caller has no permission, or is not who it claims to be.
	"AccessDenied":                   refused,
	"AccessDeniedException":          refused,
	"ExpiredTokenException":          refused,
	"ForbiddenException":             refused, // the pool's firewall
	"IncompleteSignature":            refused,
	"InvalidClientTokenId":           refused,
	"InvalidSignatureException":      refused,
	"MissingAuthenticationToken":     refused,
	"NotAuthorized":                  refused,
	"NotAuthorizedException":         refused, // also: a wrong password or session, or a user who is disabled
	"OperationNotEnabledException":   refused, // a replica that does not write
	"OptInRequired":                  refused,
	"PasswordResetRequiredException": refused,
	"RequestExpired":                 refused,
	"UnrecognizedClientException":    refused,
	"UserNotConfirmedException":      refused,

	// The code is wrong.
	"CodeMismatchException":          refused,
	"ExpiredCodeException":           refused,
	"TooManyFailedAttemptsException": refused,

	// The request cannot be carried out as it is.
	"InvalidParameterException":               refused,
	"InvalidPasswordException":                refused,
	"MalformedHttpRequestException":           refused,
	"PasswordHistoryPolicyViolationException": refused,
	"RequestEntityTooLargeException":          refused,
	"SerializationException":                  refused,
	"UnknownOperationException":               refused,
	"ValidationError":                         refused,
	"ValidationException":                     refused,

	// What the call is about does not exist, is taken by another, or is in
	// another state.
	"AliasExistsException":          refused,
	"PreconditionNotMetException":   refused,
	"ResourceNotFoundException":     refused,
	"UnsupportedUserStateException": refused,
	"UserNotFoundException":         refused,
	"UsernameExistsException":       refused,

	// There are too many requests.
	"ThrottlingException":      refused,
	"TooManyRequestsException": refused,
}

// failed reports whether the operation ended before it wrote anything. A failed API
// call has an error code; the empty code, which some pages carry, is none. A page
// has its status: see formAgain.
func (e event) failed() bool {
	_, op := e.find()
	switch verdicts[e.detail.at("errorCode").text()] {
	case refused:
		return true
	case written:
		return false
	case tooMany:
		return op.takesCode
	}
	return op.takesCode && e.formAgain()
}

// formAgain reports whether a page answered with its form once more, or with an error
// of its caller's. A page that accepted its input redirects, or answers 204 without
// content; one whose server or trigger failed, with a status of 500 or above, may
// have accepted it. An unknown status counts as accepted.
//
// This means that nothing was written only if the page takes a code: the code was
// wrong. Any other page may show its form again after the write, because a message
// could not be sent or a trigger failed.
func (e event) formAgain() bool {
	switch status := e.detail.at("additionalEventData", "responseParameters", "status").number(); {
	case status == 0, status == 204, status >= 500:
		return false
	default:
		return status < 300 || status > 399
	}
}
