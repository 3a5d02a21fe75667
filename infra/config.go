package main

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// config is the CDK context, checked and typed. See contextKeys for the meaning
// of each field.
type config struct {
	stackName            string
	connectionID         string
	userhubKeySecretARN  string
	userhubExternalID    string
	userhubBaseURL       string
	secretsKMSKeyARN     string // empty: none
	ingestMaxConcurrency int
	logRetentionDays     int
	logLevel             string
}

// contextKey is one key of the CDK context, with its row in the README.
type contextKey struct {
	name     string
	required bool
	// fallback is the value of a key that is not given; empty if there is none.
	fallback string
	// meaning is what the README says of the key.
	meaning string
	// want says, in an error, what a good value is; example is one.
	want, example string
	// read checks a value and stores it. Its error completes "<name> ..." and
	// never repeats the value, which might be a secret in the wrong place.
	read func(c *config, value string) error
}

// contextKeys are all the keys that we know, in the README's order.
var contextKeys = []contextKey{
	{
		name:     "connectionId",
		required: true,
		meaning:  "Id of the UserHub connection whose users these are.",
		want:     "the connection's id (UserHub console, Developers > Connections)",
		example:  "conn_26yEiYymqy6ZmG",
		read:     func(c *config, v string) error { return identifier(&c.connectionID, v) },
	},
	{
		name:     "userhubKeySecretArn",
		required: true,
		meaning:  "Full ARN of the Secrets Manager secret that holds UserHub's Admin API key, and nothing else.",
		want:     "the secret's full ARN, as the Secrets Manager console shows it",
		example:  "arn:aws:secretsmanager:us-east-1:111122223333:secret:userhub-key-AbCdEf",
		read:     func(c *config, v string) error { return secretARN(&c.userhubKeySecretARN, v) },
	},
	{
		name:    "secretsKmsKeyArn",
		meaning: "ARN of the KMS key that encrypts the secrets, if it is one of your own.",
		want:    "the ARN of a KMS key; leave it out for the key aws/secretsmanager",
		example: "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab",
		read:    func(c *config, v string) error { return keyARN(&c.secretsKMSKeyARN, v) },
	},
	{
		name:     "userhubExternalId",
		fallback: "username",
		meaning:  "What UserHub knows a user by: the pool's `username`, or `sub`.",
		want:     "username or sub, as the connection's users have it in UserHub",
		example:  "sub",
		read:     func(c *config, v string) error { return oneOf(&c.userhubExternalID, v, "username", "sub") },
	},
	{
		name:     "userhubBaseUrl",
		fallback: "https://api.userhub.com",
		meaning:  "Where UserHub's Admin API is.",
		want:     "an https address without query",
		example:  "https://api.userhub.com",
		read:     func(c *config, v string) error { return httpsURL(&c.userhubBaseURL, v) },
	},
	{
		name:     "ingestMaxConcurrency",
		fallback: "5",
		meaning:  "How many batches of ten are delivered at once, 2 to 1000: the pace at which a backlog reaches UserHub.",
		want:     "a whole number from 2 to 1000, the limits of Lambda",
		example:  "5",
		read:     func(c *config, v string) error { return wholeNumber(&c.ingestMaxConcurrency, v, 2, 1000) },
	},
	{
		name:     "logRetentionDays",
		fallback: "30",
		meaning:  "How long the functions' logs are kept.",
		want:     "a number of days that CloudWatch Logs offers, such as 7, 30, 90 or 365",
		example:  "90",
		read:     func(c *config, v string) error { return logDays(&c.logRetentionDays, v) },
	},
	{
		name:     "logLevel",
		fallback: "INFO",
		meaning:  "`INFO`: one line for each invocation. `DEBUG`: one for each user as well.",
		want:     "INFO or DEBUG; anything quieter would drop the metrics too",
		example:  "DEBUG",
		read:     func(c *config, v string) error { return oneOf(&c.logLevel, v, "INFO", "DEBUG") },
	},
	{
		name:     "stackName",
		fallback: "poolsync",
		meaning:  "Name of the CloudFormation stack, and of its pool and metrics. Each pool has a stack of its own.",
		want:     "letters, digits and hyphens, beginning with a letter, at most 128",
		example:  "poolsync-staging",
		read:     func(c *config, v string) error { return stackName(&c.stackName, v) },
	},
}

// parseConfig reads the CDK context. Its error is a [configError] with every
// problem that there is, unknown keys included.
func parseConfig(context map[string]any) (config, error) {
	var c config
	var problems configError
	for _, key := range contextKeys {
		if err := key.load(&c, context[key.name]); err != nil {
			problems = append(problems, problem{key: key, err: err})
		}
	}
	for _, name := range slices.Sorted(maps.Keys(context)) {
		if similar, unknown := unknownKey(name); unknown {
			err := fmt.Errorf("is not known; the nearest key is %s", similar)
			problems = append(problems, problem{key: contextKey{name: name}, err: err})
		}
	}
	if len(problems) > 0 {
		return config{}, problems
	}
	return c, nil
}

// load stores a context value, or the fallback, in c.
func (k contextKey) load(c *config, value any) error {
	text, err := contextText(value)
	if err != nil {
		return err
	}
	if text == "" {
		text = k.fallback
	}
	switch {
	case text != "":
		return k.read(c, text)
	case k.required:
		return errors.New("is missing")
	}
	return nil
}

// contextText returns a context value as text. The command line knows only text;
// cdk.json may hold numbers too.
func contextText(value any) (string, error) {
	switch v := value.(type) {
	case nil:
		return "", nil
	case string:
		return strings.TrimSpace(v), nil
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64), nil
	default:
		return "", errors.New("is neither text nor a number")
	}
}
