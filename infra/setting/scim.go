package setting

import (
	"github.com/poolsync/poolsync/infra/setting/form"
	"github.com/poolsync/poolsync/shared/scim"
)

// SCIM is what only a target that is a SCIM 2.0 service has.
type SCIM struct {
	BaseURL         string            `json:"baseUrl" form:"baseUrl" required:"true" doc:"Address of the service's SCIM endpoint, below which '/Users' lies." want:"an https address without query" example:"https://scim.example.com/v2"`
	Profile         string            `json:"profile" oneOf:"generic oci identitycenter" default:"generic" doc:"What is particular about the service: 'oci' for an identity domain of Oracle Cloud Infrastructure, 'identitycenter' for AWS IAM Identity Center."`
	Auth            string            `json:"auth" oneOf:"bearer basic oauth" default:"bearer" doc:"What the service knows poolsync by: a token that stays ('bearer'), a user with a password ('basic'), or tokens by OAuth 2.0's client credentials ('oauth')."`
	KeySecretARN    string            `json:"keySecretArn" form:"secretArn" required:"true" doc:"Full ARN of the secret that holds the token, the password or the client's secret, and nothing else." want:"the secret's full ARN, as the Secrets Manager console shows it" example:"arn:aws:secretsmanager:us-east-1:111122223333:secret:scim-token-AbCdEf"`
	ClientID        string            `json:"clientId" form:"clientId" doc:"Id of the client for 'oauth', name of the user for 'basic'." want:"the client's id or the user's name, as the service shows it" example:"4f1c0e7a"`
	TokenURL        string            `json:"tokenUrl" form:"baseUrl" doc:"Where 'oauth' gets its tokens." want:"an https address without query" example:"https://idcs.example.com/oauth2/v1/token"`
	Scopes          []string          `json:"scopes" form:"oauthScope" range:"1 20" doc:"What the tokens are to be good for." want:"a list of OAuth scopes" example:"urn:opc:idm:__myscopes__"`
	UserName        string            `json:"userName" oneOf:"username email preferred_username" default:"username" doc:"What becomes the service's 'userName': the pool's user name, the e-mail address, or the preferred user name."`
	Mapping         map[string]string `json:"mapping" form:"scimPath" doc:"Further attributes, each with the place in SCIM's user that it goes to; an attribute with another place than by default, too." want:"an object with SCIM paths by attributes of the pool" example:"{\"custom:department\": \"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department\"}"`
	UnverifiedEmail bool              `json:"unverifiedEmail" default:"false" doc:"Whether an e-mail address counts that the user has not verified. Somebody could sign up with the address of another."`
	Adopt           string            `json:"adopt" oneOf:"none verifiedEmail own" default:"none" doc:"Which users of the service are taken over that poolsync has not created: 'none' but who carries the user's 'sub' as 'externalId'; those without 'externalId' who have the same verified address ('verifiedEmail'); or the same as if poolsync had created them ('own'), for a service that another import has filled."`
	Leavers         string            `json:"leavers" oneOf:"disable delete none" default:"disable" doc:"What becomes of users at the service who are gone from the pool, of those whom poolsync has created."`
}

// profile returns what is particular about the service.
func (s SCIM) profile() scim.Profile { return scim.Profiles()[s.Profile] }

// scim checks what the settings of a service require of one another.
func (c *checker) scim(path string, s SCIM) {
	at := func(name string) string { return form.Join(path, name) }
	c.require(s.Auth != "oauth" || s.TokenURL != "", at("tokenUrl"), "is missing, and auth=oauth requires it")
	c.require(s.Auth == "bearer" || s.ClientID != "", at("clientId"), "is missing, and auth=%s requires it", s.Auth)
	c.belong(s.Auth == "oauth" || s.TokenURL == "", at("tokenUrl"), "is for auth=oauth only")
	c.belong(s.Auth == "oauth" || len(s.Scopes) == 0, at("scopes"), "is for auth=oauth only")
	c.belong(s.Auth != "bearer" || s.ClientID == "", at("clientId"), "is for auth=oauth and auth=basic only")
	_, err := scim.NewMapping(s.profile(), scim.WithUserName(scim.UserName(s.UserName)), scim.WithAttributes(s.Mapping))
	if err != nil {
		c.require(false, at("mapping"), "cannot be sent: %v", err)
	}
}
