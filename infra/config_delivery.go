package main

// deliveryConfig is how changes reach UserHub.
type deliveryConfig struct {
	connectionID          string
	userhubKeySecretARN   string
	userhubExternalID     string
	userhubBaseURL        string
	secretsKMSKeyARN      string // empty: none
	deliverMaxConcurrency int
	targetRate            int // requests a second
	targetRatePerMinute   int // 0: no such limit
}

// deliveryKeys are the keys of deliveryConfig.
var deliveryKeys = []contextKey{
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
		name:     "deliverMaxConcurrency",
		fallback: "5",
		meaning:  "How many batches of ten are delivered at once, 2 to 1000: the pace at which a backlog reaches UserHub.",
		want:     "a whole number from 2 to 1000, the limits of Lambda",
		example:  "5",
		read:     func(c *config, v string) error { return wholeNumber(&c.deliverMaxConcurrency, v, 2, 1000) },
	},
	{
		// UserHub fetches a user after each event: four for each of five batches is as
		// much as the webhook takes (webhookRate).
		name:     "targetRate",
		fallback: "4",
		meaning:  "How many requests a second UserHub gets at most, for each batch that is delivered at once.",
		want:     "a whole number from 1 to 1000",
		example:  "5",
		read:     func(c *config, v string) error { return wholeNumber(&c.targetRate, v, 1, 1000) },
	},
	{
		name:     "targetRatePerMinute",
		fallback: "0",
		meaning:  "How many requests a minute UserHub gets at most, likewise; `0`: as many as `targetRate` allows.",
		want:     "a whole number from 0 to 60000",
		example:  "300",
		read:     func(c *config, v string) error { return wholeNumber(&c.targetRatePerMinute, v, 0, 60_000) },
	},
}
