package setting

// Access is access to the pool for others. All of it is off by default.
type Access struct {
	Reader           Reader `json:"reader" doc:"A role by which another AWS account may read the pool."`
	UserHubKeyPolicy string `json:"userhubKeyPolicy" oneOf:"none read write example" default:"none" doc:"Policy for the access key of UserHub's own Cognito connection: 'read' imports users, 'write' also creates, changes and deletes them, 'example' has exactly the actions that UserHub's documentation lists." want:"none, read, write or example; the webhook needs no key at all" example:"read"`
	// MiniOrangeKeyPolicy asks for a policy with exactly miniOrange's actions.
	MiniOrangeKeyPolicy bool `json:"miniOrangeKeyPolicy" default:"false" doc:"Whether there is a policy for the access key of miniOrange's Cognito provisioning, with exactly the actions that its documentation lists."`
}

// Reader is the account that may read the pool by a role.
type Reader struct {
	AccountID  string `json:"accountId" form:"accountId" doc:"AWS account that may read the pool by a role, as Oracle's Cognito app does." want:"an account's twelve digits" example:"444455556666"`
	ExternalID string `json:"externalId" form:"externalId" doc:"External id without which that role cannot be assumed." want:"2 to 1224 letters, digits and +=,.@:/-_, agreed on with the reader; long and random is best" example:"1f0c6a52-8d1b-4a55-9c0e-3a4f1b7c2d90"`
}

// access checks that a reader is described as a whole.
func (c *checker) access() {
	const path = "pool.access.reader."
	reader := c.Pool.Access.Reader
	c.require(reader.AccountID != "" || reader.ExternalID == "", path+"accountId", "is missing: %sexternalId is of no use without it", path)
	c.require(reader.ExternalID != "" || reader.AccountID == "", path+"externalId",
		"is missing: without it, anybody whom that account serves could read the pool through it")
}
