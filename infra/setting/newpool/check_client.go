package newpool

import (
	"slices"
	"strings"

	"github.com/poolsync/poolsync/infra/setting/form"
)

// client checks one app client.
func (c *checker) client(path, name string, client Client) {
	c.require(clientForm.MatchString(name), path, "is not a name of up to 128 letters, digits, blanks and +=,.@-_")
	if client.Kind == Machine {
		c.machine(path, client)
	} else {
		c.users(path, client)
	}
	c.clientScopes(path, client)
	c.clientAttributes(path, client)
}

// machine checks what a client without users has.
func (c *checker) machine(path string, client Client) {
	c.require(len(client.Scopes) > 0, path+".scopes", "is missing: a machine needs scopes of a resource server")
	for key, list := range form.Sorted(map[string][]string{
		"authFlows": client.AuthFlows, "callbackUrls": client.CallbackURLs, "logoutUrls": client.LogoutURLs,
		"readAttributes": client.ReadAttributes, "writeAttributes": client.WriteAttributes,
	}) {
		c.require(len(list) == 0, path+"."+key, "is for users, whom a machine does not have")
	}
}

// users checks what a client with users has.
func (c *checker) users(path string, client Client) {
	for key, list := range form.Sorted(map[string][]string{"callbackUrls": client.CallbackURLs, "logoutUrls": client.LogoutURLs}) {
		for _, address := range list {
			c.require(returnURL(address), path+"."+key, "holds an address that is neither https, nor http on localhost, nor of an app, or has a fragment")
		}
	}
	pages := len(client.CallbackURLs) > 0
	c.require(client.Scopes == nil || len(client.Scopes) > 0, path+".scopes", "is empty, but every token has a scope: leave it out for openid, email and profile")
	c.require(pages || len(client.LogoutURLs) == 0, path+".logoutUrls", "needs callbackUrls: only the login pages use it")
	c.require(pages || len(client.Scopes) == 0, path+".scopes", "needs callbackUrls: only the login pages use it")
	c.require(pages || client.AuthFlows == nil || len(client.AuthFlows) > 0, path, "has neither callbackUrls nor authFlows: nobody could sign in")
	c.require(!slices.Contains(client.AuthFlows, "choice") || c.Plan != "lite", path+".authFlows", "has choice, which needs the plan essentials or plus")
	for name, minutes := range form.Sorted(map[string]int{"accessMinutes": client.Tokens.AccessMinutes, "idMinutes": client.Tokens.IDMinutes}) {
		c.require(minutes <= client.Tokens.RefreshHours*60, path+".tokens."+name, "is longer than refreshHours")
	}
}

func (c *checker) clientScopes(path string, client Client) {
	known := c.scopes()
	if client.Kind != Machine {
		known = append(known, userScopes...)
	}
	for _, scope := range client.Scopes {
		c.require(slices.Contains(known, scope), path+".scopes", "holds %q; want one of: %s", scope, strings.Join(known, ", "))
	}
	personal := slices.ContainsFunc(client.Scopes, func(s string) bool { return s == "email" || s == "phone" || s == "profile" })
	c.require(!personal || slices.Contains(client.Scopes, "openid"), path+".scopes", "has email, phone or profile, which need openid")
}

// clientAttributes checks what the app may read, and its users write. Cognito takes an
// empty list for the standard attributes, so that none cannot be said.
// https://github.com/aws/aws-cdk/issues/21835
func (c *checker) clientAttributes(path string, client Client) {
	for key, list := range form.Sorted(map[string][]string{"readAttributes": client.ReadAttributes, "writeAttributes": client.WriteAttributes}) {
		c.require(list == nil || len(list) > 0 || client.Kind == Machine, path+"."+key,
			"is empty, which Cognito takes for all standard attributes: list at least one, such as zoneinfo, which does no harm if nothing trusts it")
	}
	for _, name := range client.ReadAttributes {
		c.require(slices.Contains(verifiedMarks, name) || c.hasAttribute(name), path+".readAttributes", "holds %q, which is no attribute of the pool", name)
	}
	for _, name := range client.WriteAttributes {
		c.require(c.hasAttribute(name), path+".writeAttributes", "holds %q, which is no attribute of the pool", name)
	}
	if len(client.WriteAttributes) == 0 {
		return
	}
	// "Invalid write attributes specified while creating a client", whoever signs users
	// up. https://github.com/aws/aws-cdk/issues/2608
	for name, attribute := range form.Sorted(c.Attributes) {
		c.require(!attribute.Required || slices.Contains(client.WriteAttributes, name), path+".writeAttributes",
			"does not hold %s, which is required: Cognito refuses such a client", name)
	}
}
