package main

// accessConfig is access to the pool for others. All of it is off by default.
type accessConfig struct {
	readerAccountID  string
	readerExternalID string
	userhubKeyPolicy string
}

// accessKeys are the keys of accessConfig.
var accessKeys = []contextKey{
	{
		name:    "readerAccountId",
		meaning: "AWS account that may read the pool by a role, as Oracle's Cognito app does.",
		want:    "an account's twelve digits",
		example: "444455556666",
		read:    func(c *config, v string) error { return accountID(&c.readerAccountID, v) },
	},
	{
		name:    "readerExternalId",
		meaning: "External id without which that role cannot be assumed.",
		want:    "2 to 1224 letters, digits and +=,.@:/-_, agreed on with the reader; long and random is best",
		example: "1f0c6a52-8d1b-4a55-9c0e-3a4f1b7c2d90",
		read:    func(c *config, v string) error { return externalID(&c.readerExternalID, v) },
	},
	{
		name:     "userhubKeyPolicy",
		fallback: "none",
		meaning:  "Policy for the access key of UserHub's own Cognito connection: `read` imports users, `write` also creates, changes and deletes them.",
		want:     "none, read or write; the webhook needs no key at all",
		example:  "read",
		read:     func(c *config, v string) error { return oneOf(&c.userhubKeyPolicy, v, "none", "read", "write") },
	},
}

// accessRules are what accessKeys ask of one another.
var accessRules = []rule{
	{"readerAccountId", func(c config) error {
		return onlyIf(c.readerAccountID != "", c.readerExternalID != "", "is missing: readerExternalId is of no use without it")
	}},
	{"readerExternalId", func(c config) error {
		return onlyIf(c.readerExternalID != "", c.readerAccountID != "", "is missing: without it, anybody whom that account serves could read the pool through it")
	}},
}
