package main

import (
	"errors"
	"regexp"
	"strings"
)

// The forms of names that AWS has given, or has to take.
var (
	poolIDForm       = regexp.MustCompile(`^[a-z]+(-[a-z]+)+-\d+_[0-9A-Za-z]+$`)
	revisionForm     = regexp.MustCompile(`^[\w.-]{1,40}$`)
	roleARNForm      = regexp.MustCompile(`^arn:aws:iam::\d{12}:role/[\w+=,.@/-]+$`)
	topicARNForm     = regexp.MustCompile(`^arn:aws:sns:[a-z0-9-]+:\d{12}:[A-Za-z0-9_-]+$`)
	accountIDForm    = regexp.MustCompile(`^\d{12}$`)
	externalIDForm   = regexp.MustCompile(`^[\w+=,.@:/-]+$`)
	domainNameForm   = regexp.MustCompile(`^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}$`)
	domainPrefixForm = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$`)
)

// arnForm is form for an ARN, which has to be of our partition.
func arnForm(to *string, value string, want *regexp.Regexp, complaint string) error {
	if parts := strings.Split(value, ":"); parts[0] == "arn" && len(parts) > 1 && parts[1] != partition {
		return errors.New("is of another partition than aws, and poolsync is made for no other")
	}
	return form(to, value, want, complaint)
}

func poolID(to *string, value string) error {
	return form(to, value, poolIDForm, "is not the id of a user pool")
}

// revision accepts what is only ever compared.
func revision(to *string, value string) error {
	return form(to, value, revisionForm, "is not a plain word")
}

func roleARN(to *string, value string) error {
	return arnForm(to, value, roleARNForm, "is not the ARN of a role")
}

// topicARN accepts a standard topic: an alarm cannot publish to another.
func topicARN(to *string, value string) error {
	return arnForm(to, value, topicARNForm, "is not the ARN of a standard SNS topic")
}

// accountID accepts an account, with or without the hyphens that the console
// shows. An account's digits may begin with a zero: as a number in cdk.json that
// zero would be lost.
func accountID(to *string, value string) error {
	return form(to, strings.ReplaceAll(value, "-", ""), accountIDForm, "is not the id of an AWS account")
}

// externalID accepts what IAM accepts.
// https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
func externalID(to *string, value string) error {
	if len(value) < 2 || len(value) > 1224 {
		return errors.New("is shorter than 2 or longer than 1224 characters")
	}
	return form(to, value, externalIDForm, "is not an external id that IAM takes")
}

func domainName(to *string, value string) error {
	return form(to, strings.ToLower(value), domainNameForm, "is not a plain domain name")
}

// domainPrefix refuses the words that Cognito keeps for AWS.
// https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pools-assign-domain-prefix.html
func domainPrefix(to *string, value string) error {
	for _, reserved := range []string{"aws", "amazon", "cognito"} {
		if strings.Contains(value, reserved) {
			return errors.New("holds a word that Cognito keeps for AWS: aws, amazon or cognito")
		}
	}
	return form(to, value, domainPrefixForm, "is not a prefix that Cognito takes")
}
