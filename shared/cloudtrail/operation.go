package cloudtrail

import (
	"maps"
	"slices"
	"strings"

	"github.com/poolsync/poolsync/shared/directory"
)

// Source is the EventBridge source of every event about Cognito user pools. No
// caller of PutEvents can use a source that begins with "aws.".
const Source = "aws.cognito-idp"

// The detail types of the events to decode. A rule that names only the first
// never sees what happens on the hosted sign-in pages.
const (
	CallDetailType = "AWS API Call via CloudTrail"
	PageDetailType = "AWS Service Event via CloudTrail"
)

// calls are the API operations that may change what a target sees of a user.
// Sign-in is not among them: it is the triggers' business.
var calls = map[string]directory.Kind{
	"AdminAddUserToGroup":         directory.Changed,
	"AdminConfirmSignUp":          directory.Changed,
	"AdminCreateUser":             directory.Changed,
	"AdminDeleteUser":             directory.Removed,
	"AdminDeleteUserAttributes":   directory.Changed,
	"AdminDisableProviderForUser": directory.Changed,
	"AdminDisableUser":            directory.Changed,
	"AdminEnableUser":             directory.Changed,
	"AdminLinkProviderForUser":    directory.Changed,
	"AdminRemoveUserFromGroup":    directory.Changed,
	"AdminResetUserPassword":      directory.Changed,
	"AdminSetUserPassword":        directory.Changed,
	"AdminUpdateUserAttributes":   directory.Changed,
	"ConfirmForgotPassword":       directory.Changed,
	"ConfirmSignUp":               directory.Changed,
	"DeleteUser":                  directory.Removed,
	"DeleteUserAttributes":        directory.Changed,
	"SignUp":                      directory.Changed,
	"UpdateUserAttributes":        directory.Changed,
	"VerifyUserAttribute":         directory.Changed,
}

// pages are the requests to the hosted sign-in pages that may do the same: those
// of the classic hosted UI and of managed login. The two spell a shared name
// differently (Signup_POST, signup_POST), so names are compared without case.
// The followed links (…_GET) may count as read-only, which a rule in its usual
// state does not see; the PostConfirmation trigger reports those users anyway.
//
// Source: Cognito developer guide, "Amazon Cognito logging in AWS CloudTrail",
// https://docs.aws.amazon.com/cognito/latest/developerguide/logging-using-cloudtrail.html
var pages = []string{
	"Beta_Confirm_POST",
	"Beta_Signup_POST",
	"Confirm_POST",
	"Confirm_With_Link_GET",
	"ConfirmForgotPassword_POST",
	"confirmUser_GET",
	"forgotPassword_POST",
	"ResetPassword_POST",
	"signup_confirm_POST",
	"Signup_POST",
}

// Calls returns the eventName of every API operation that is acted on, sorted;
// compare them exactly.
func Calls() []string { return slices.Sorted(maps.Keys(calls)) }

// Pages returns the eventName of every hosted page that is acted on; compare
// them without regard to case.
func Pages() []string { return slices.Clone(pages) }

// operation returns the documented name of what happened and the kind of change
// that it hints at, or nothing for an event that is not acted on.
func (e event) operation() (string, directory.Kind) {
	if e.envelope.at("source").text() != Source {
		return "", ""
	}
	name := e.detail.at("eventName").text()
	switch e.envelope.at("detail-type").text() {
	case CallDetailType:
		if kind, ok := calls[name]; ok {
			return name, kind
		}
	case PageDetailType:
		same := func(page string) bool { return strings.EqualFold(page, name) }
		if i := slices.IndexFunc(pages, same); i >= 0 {
			return pages[i], directory.Changed
		}
	}
	return "", ""
}

// failed reports whether the operation changed nothing. A failed API call has an
// error code; the empty code, which some pages carry, is none. A page that
// refused its input answers with an error, or with 200 and the same form again;
// one that accepted it redirects, or answers 204 without content. A page whose
// status is not known is taken as accepted: that costs one read of the user.
func (e event) failed() bool {
	if code := e.detail.at("errorCode"); !code.absent() && !code.blank() {
		return true
	}
	switch status := e.detail.at("additionalEventData", "responseParameters", "status").number(); {
	case status == 0, status == 204:
		return false
	default:
		return status < 300 || status > 399
	}
}
