package main

import "slices"

// placeConfig is where the secrets are, if that is not where the stack is.
type placeConfig struct {
	secretsAccountID string // empty: the stack's
}

// placeKeys are the keys of placeConfig.
var placeKeys = []contextKey{
	{
		name: "secretsAccountId",
		meaning: "AWS account that the secrets are in, where it is not the one that the stack goes to. Their policies, and that of their key " +
			"(`secretsKmsKeyArn`, which is required then), have to let the stack's functions in.",
		want:    "an account's twelve digits",
		example: "444455556666",
		read:    func(c *config, v string) error { return accountID(&c.secretsAccountID, v) },
	},
}

// regional is a key whose value is an ARN in the stack's Region.
type regional struct {
	key   string
	value func(config) string
}

// The secrets, and what else is named by a regional ARN. The functions look for a
// secret in their own Region, Secrets Manager for its key, and an alarm for its topic.
var (
	secretARNs = []regional{
		{"userhubKeySecretArn", func(c config) string { return c.userhubKeySecretARN }},
		{"webhookSigningSecretArn", func(c config) string { return c.webhookSigningSecretARN }},
		{"webhookHeaderSecretArn", func(c config) string { return c.webhookHeaderSecretARN }},
	}
	otherARNs = []regional{
		{"secretsKmsKeyArn", func(c config) string { return c.secretsKMSKeyARN }},
		{"alarmTopicArn", func(c config) string { return c.alarmTopicARN }},
	}
)

// placeRules hold all that has a Region or an account to where the stack goes.
var placeRules = slices.Concat([]rule{
	{"userPoolId", func(c config) error { return inRegion("is in a Region", c.region()) }},
	{"userhubKeySecretArn", func(c config) error {
		if c.userPoolID != "" {
			return nil // has to be in the pool's Region anyway
		}
		return inRegion("is in a Region", part(c.userhubKeySecretARN, regionPart))
	}},
	{"secretsKmsKeyArn", func(c config) error {
		return onlyIf(c.secretsKMSKeyARN != "", c.secretsAccountID != "",
			"is missing: with the key aws/secretsmanager, a secret can be read from its own account only")
	}},
	{"userPoolSmsRoleArn", func(c config) error { return c.ownAccount(c.userPoolSMSRoleARN, "") }},
	{"poolFile", func(c config) error { return c.sesBeside(c.newPool.Email) }},
	{"poolFile", func(c config) error { return inRegion("has a sms.region", c.newPool.SMS.Region) }},
}, secretRules(), otherRules())

func secretRules() []rule {
	var rules []rule
	for _, secret := range secretARNs {
		rules = append(rules,
			rule{secret.key, func(c config) error {
				return c.beside(secret.value(c), "keep the secret, or a replica of it, in ")
			}},
			rule{secret.key, func(c config) error { return c.secretAccount(secret.value(c)) }})
	}
	return rules
}

func otherRules() []rule {
	var rules []rule
	for _, other := range otherARNs {
		rules = append(rules, rule{other.key, func(c config) error { return c.beside(other.value(c), "name one in ") }})
	}
	return rules
}
