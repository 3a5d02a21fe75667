package main

import (
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// The forms of values. Secrets Manager adds the six characters at the end of a
// secret's ARN; a policy that leaves them out matches nothing.
var (
	identifierForm = regexp.MustCompile(`^[A-Za-z0-9_.-]+$`)
	stackNameForm  = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9-]{0,99}$`)
	secretARNForm  = regexp.MustCompile(`^arn:aws:secretsmanager:[a-z0-9-]+:\d{12}:secret:[A-Za-z0-9/_+=.@-]+-[A-Za-z0-9]{6}$`)
	keyARNForm     = regexp.MustCompile(`^arn:aws:kms:[a-z0-9-]+:\d{12}:key/[A-Za-z0-9-]+$`)
)

// retentionDays are the only retentions that CloudWatch Logs has.
// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html
var retentionDays = []int{1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653}

// identifier accepts what can stand behind the "@" of a UserHub user id.
func identifier(to *string, value string) error {
	return form(to, value, identifierForm, "holds a character that no connection id has")
}

// stackName accepts what CloudFormation accepts, but for names longer than SNS takes
// for the sender of an alarm.
// https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-sns-topic.html
func stackName(to *string, value string) error {
	return form(to, value, stackNameForm, "is not a name that CloudFormation and SNS take")
}

// secretARN accepts a full ARN only: a policy needs it.
func secretARN(to *string, value string) error {
	if !strings.HasPrefix(value, "arn:") {
		return errors.New("is not an ARN (never put the key itself here)")
	}
	return arnForm(to, value, secretARNForm, "is not the full ARN of a secret")
}

// keyARN accepts a key, but no alias: a policy on an alias grants nothing.
func keyARN(to *string, value string) error {
	return arnForm(to, value, keyARNForm, "is not the ARN of a KMS key")
}

// httpsURL accepts an address that paths can be appended to.
func httpsURL(to *string, value string) error {
	u, err := url.Parse(value)
	if err != nil || u.Scheme != "https" || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return errors.New("is not a plain https address")
	}
	*to = value
	return nil
}

func oneOf(to *string, value string, allowed ...string) error {
	if !slices.Contains(allowed, value) {
		return fmt.Errorf("is not %s", strings.Join(allowed, " or "))
	}
	*to = value
	return nil
}

func wholeNumber(to *int, value string, low, high int) error {
	n, err := strconv.Atoi(value)
	if err != nil || n < low || n > high {
		return fmt.Errorf("is not a whole number from %d to %d", low, high)
	}
	*to = n
	return nil
}

// logDays accepts one of retentionDays.
func logDays(to *int, value string) error {
	n, err := strconv.Atoi(value)
	if err != nil || !slices.Contains(retentionDays, n) {
		return errors.New("is not a retention that CloudWatch Logs offers")
	}
	*to = n
	return nil
}

func form(to *string, value string, want *regexp.Regexp, complaint string) error {
	if !want.MatchString(value) {
		return errors.New(complaint)
	}
	*to = value
	return nil
}
