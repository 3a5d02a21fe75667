package setting

import (
	"errors"
	"net/url"
	"strings"

	"github.com/poolsync/poolsync/infra/setting/form"
)

// texts are the forms of texts, by the names that the tags of [Settings] call them by.
// Each stands beside its likes: what AWS names, what UserHub names, and times.
var texts = form.Texts{
	"targetName":   targetName,
	"connectionId": connectionID,
	"baseUrl":      baseURL,
	"groupName":    groupName,
	"attribute":    attribute,
	"clientId":     clientID,
	"oauthScope":   oauthScope,
	"scimPath":     scimPath,

	"secretArn":    secretARN,
	"keyArn":       keyARN,
	"roleArn":      roleARN,
	"topicArn":     topicARN,
	"functionArn":  functionARN,
	"poolId":       poolID,
	"accountId":    accountID,
	"externalId":   externalID,
	"stackName":    stackName,
	"busName":      busName,
	"bus":          bus,
	"domainName":   domainName,
	"domainPrefix": domainPrefix,
	"revision":     revision,

	"schedule": schedule,
	"timeZone": timeZone,
}

// targetName is what an owner calls a target. Names of resources contain it.
var targetName = form.Text{
	Pattern:   `^[a-z][a-z0-9-]{0,19}$`,
	Complaint: "is not a target's name: small letters, digits and hyphens, at most 20, beginning with a letter",
}

// connectionID is what can stand behind the "@" of a UserHub user id.
var connectionID = form.Text{
	Pattern:   `^[A-Za-z0-9_.-]+$`,
	Complaint: "holds a character that no connection id has",
	Mistake: func(text string) string {
		switch {
		case strings.HasPrefix(text, "arn:"):
			return "is an ARN: that of the secret belongs in keySecretArn"
		case userHubKey(text):
			return "looks like an API key: keep it in Secrets Manager only, and give the connection's id here"
		case strings.HasPrefix(text, "usr_"):
			return "is the id of a user, not of a connection"
		}
		return ""
	},
}

// userHubKey reports whether a text looks like a key of UserHub's Admin API: of those
// made before May 2025, or since.
// https://github.com/userhubdev/go-sdk
func userHubKey(text string) bool {
	return strings.HasPrefix(text, "sk_") || strings.HasPrefix(text, "userhub_")
}

// baseURL is an address that paths can be appended to.
var baseURL = form.Text{
	Pattern:   `^https://[^\s?#@]+$`,
	Complaint: "is not a plain https address",
	Check: func(text string) error {
		if u, err := url.Parse(text); err != nil || u.Host == "" {
			return errors.New("is not a plain https address")
		}
		return nil
	},
}

// groupName is the name of a group of a pool. None can hold a blank; one could hold a
// comma, but a function is told of groups with commas between them.
var groupName = form.Text{
	Pattern:   `^[^\s,]+$`,
	Complaint: "is not a name that a group has, or holds a comma, which poolsync cannot pass on",
}

// attribute is the name of an attribute of a user, or an asterisk for all.
// https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-settings-attributes.html
var attribute = form.Text{
	Pattern:   `^(\*|(custom:|dev:custom:)?[^\s,*]{1,52})$`,
	Complaint: "is not the name of an attribute",
}

// What a SCIM service knows us by.
var (
	// clientID is an OAuth client's, or a user name. In the latter, a colon would end it.
	clientID   = form.Text{Pattern: `^[^\s:]{1,200}$`, Complaint: "holds a blank or a colon, or is too long"}
	oauthScope = form.Text{Pattern: `^[\x21\x23-\x5B\x5D-\x7E]{1,200}$`, Complaint: "is not a scope: no blank, quote or backslash"}
	// scimPath is a place in a SCIM user, which can hold blanks: emails[type eq "work"].value.
	// What it has to be like, package scim says.
	scimPath = form.Text{Pattern: `^[\x21-\x7E][\x20-\x7E]{0,199}$`, Complaint: "is not a path: begins with a blank, holds what is not ASCII, or is too long"}
)
