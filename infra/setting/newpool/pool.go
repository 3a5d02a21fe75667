// Package newpool is the part of the settings that describes a new user pool: all that
// one sets up when creating a pool by hand.
//
// It may be a file of its own, because it is worth a review of its own. Whatever it
// leaves out has the value that a security reviewer would choose. The tags of its types
// are those of package form.
package newpool

import (
	"slices"

	"github.com/poolsync/poolsync/infra/setting/form"
)

// Pool is a new user pool.
type Pool struct {
	SignIn             SignIn                     `json:"signIn"`
	SelfSignUp         bool                       `json:"selfSignUp" default:"false" doc:"Whether anybody may sign up. Otherwise an administrator creates the users."`
	Attributes         map[string]Attribute       `json:"attributes" doc:"Standard attributes, by the names that Cognito has for them, such as 'given_name'. All exist in any pool; list those that differ from the defaults." example:"{\"given_name\": {\"required\": true}}"`
	CustomAttributes   map[string]CustomAttribute `json:"customAttributes" doc:"Attributes of your own, by their names without 'custom:'. One that exists can be neither changed nor removed." example:"{\"department\": {\"type\": \"string\"}}"`
	Verify             []string                   `json:"verify" oneOf:"email phone" default:"email" doc:"What Cognito verifies by a message when it is new. Empty: nothing."`
	VerifyBeforeChange bool                       `json:"verifyBeforeChange" default:"true" doc:"Whether a changed address counts only once it is verified, too."`
	Password           Password                   `json:"password"`
	MFA                MFA                        `json:"mfa"`
	Recovery           []string                   `json:"recovery" oneOf:"email phone" default:"email" doc:"How users recover their accounts, the preferred way first. Empty: only an administrator can help. Not by phone where every user has a second factor and texts are one."`
	Email              Email                      `json:"email"`
	SMS                SMS                        `json:"sms"`
	Messages           Messages                   `json:"messages"`
	Devices            Devices                    `json:"devices"`
	Plan               string                     `json:"plan" oneOf:"lite essentials plus" default:"essentials" doc:"The feature plan of Cognito, which sets the price for each user."`
	ThreatProtection   string                     `json:"threatProtection" oneOf:"off audit enforced" default:"off" doc:"Whether Cognito watches for compromised passwords and odd sign-ins. Requires the plan 'plus'."`
	ResourceServers    map[string]ResourceServer  `json:"resourceServers" doc:"Your APIs, by the identifiers that stand before the slash of their scopes. One that you remove from the settings stays in the pool until you delete it there." example:"{\"orders\": {\"scopes\": {\"read\": \"Read orders\"}}}"`
	Clients            map[string]Client          `json:"clients" doc:"App clients, by their names. One that you remove from the settings stays in the pool until you delete it there, as all clients do when the stack goes." example:"{\"web\": {\"kind\": \"singlePage\", \"callbackUrls\": [\"https://app.example.com/\"]}}"`
	DeletionProtection bool                       `json:"deletionProtection" default:"true" doc:"Whether the pool can be deleted only after this is set to false."`
	Tags               map[string]string          `json:"tags" doc:"Tags of the pool." example:"{\"team\": \"identity\"}"`
}

// SignIn is what users sign in with.
type SignIn struct {
	By            []string `json:"by" oneOf:"username email phone preferredUsername" default:"email" doc:"What users sign in with. Without 'username', Cognito makes the user names itself, and no log holds an address. Fixed once the pool exists."`
	CaseSensitive bool     `json:"caseSensitive" default:"false" doc:"Whether 'Jane' and 'jane' are two users. Fixed once the pool exists."`
}

// Attribute is how a standard attribute differs from the defaults.
type Attribute struct {
	Required bool `json:"required" default:"false" doc:"Whether every user has it. Fixed once the pool exists."`
	Mutable  bool `json:"mutable" default:"true" doc:"Whether it can be changed once it is set. Fixed once the pool exists."`
}

// CustomAttribute is an attribute that only this pool has.
type CustomAttribute struct {
	Type    string `json:"type" oneOf:"string number boolean datetime" default:"string" doc:"What it holds."`
	Mutable bool   `json:"mutable" default:"true" doc:"Whether it can be changed once it is set."`
	Min     *int64 `json:"min" doc:"The shortest text, or the least number." example:"1"`
	Max     *int64 `json:"max" doc:"The longest text, at most 2048, or the greatest number." example:"64"`
}

// Password is the policy for passwords.
type Password struct {
	MinLength     int  `json:"minLength" range:"6 99" default:"12" doc:"The fewest characters."`
	Lowercase     bool `json:"lowercase" default:"true" doc:"Whether a small letter is required."`
	Uppercase     bool `json:"uppercase" default:"true" doc:"Whether a capital letter is required."`
	Digits        bool `json:"digits" default:"true" doc:"Whether a digit is required."`
	Symbols       bool `json:"symbols" default:"true" doc:"Whether a special character is required."`
	History       int  `json:"history" range:"0 24" default:"0" doc:"How many former passwords cannot be used again. Requires the plan 'essentials' or 'plus'."`
	TemporaryDays int  `json:"temporaryDays" range:"1 365" default:"7" doc:"For how many days the password in an invitation is valid."`
}

// MFA is the second factor.
type MFA struct {
	Mode string `json:"mode" oneOf:"off optional required" default:"optional" doc:"Who has a second factor: nobody ('off'), whoever wants one, or everybody."`
	TOTP bool   `json:"totp" default:"true" doc:"Whether an authenticator app is a second factor."`
	SMS  bool   `json:"sms" default:"false" doc:"Whether a text message is one. Charged for each message. A pool that sends texts for another reason has them as a second factor too. Once on, Cognito switches it off only with 'mfa.mode' 'off'."`
}

// Email is who sends the pool's e-mail.
type Email struct {
	SESIdentityARN   string `json:"sesIdentityArn" doc:"ARN of the SES identity that sends. Without one, Cognito sends, at most 50 messages a day." example:"arn:aws:ses:us-east-1:111122223333:identity/example.com"`
	From             string `json:"from" doc:"The sender, such as 'Example <no-reply@example.com>'. Requires 'email.sesIdentityArn'." example:"Example <no-reply@example.com>"`
	ReplyTo          string `json:"replyTo" doc:"Where replies go." example:"help@example.com"`
	ConfigurationSet string `json:"configurationSet" doc:"Configuration set of SES. Requires 'email.sesIdentityArn'." example:"accounts"`
}

// SMS is how the pool sends text messages, if it does. Its role is made then.
type SMS struct {
	Region string `json:"region" doc:"The Region whose SNS sends text messages, where it is not that of the pool." example:"us-east-1"`
}

// Messages are texts. A text that is left out is that of Cognito.
type Messages struct {
	Verification Verification `json:"verification"`
	Invitation   Invitation   `json:"invitation"`
	MFASMS       string       `json:"mfaSms" doc:"Text message with a code at sign-in; holds '{####}'." example:"{####} is your code to sign in to Example."`
}

// Verification is the message by which an address is verified.
type Verification struct {
	By      string `json:"by" oneOf:"code link" default:"code" doc:"Whether the e-mail holds a code to type in or a link to follow. A link requires 'pool.domainPrefix'."`
	Subject string `json:"subject" doc:"Subject of the e-mail." example:"Your address at Example"`
	Body    string `json:"body" doc:"HTML of the e-mail; holds '{####}' for a code, or '{##the words to click##}' for a link." example:"<p>Your code is {####}.</p>"`
	SMS     string `json:"sms" doc:"Text message; holds '{####}'." example:"Your code for Example is {####}."`
}

// Invitation is the message to a user whom an administrator has created.
type Invitation struct {
	Subject string `json:"subject" doc:"Subject of the e-mail." example:"Your account at Example"`
	Body    string `json:"body" doc:"HTML of the e-mail; holds '{username}' and, for the password, '{####}'." example:"<p>You are {username}; your first password is {####}.</p>"`
	SMS     string `json:"sms" doc:"Text message; holds '{username}' and '{####}'." example:"You are {username} at Example; your first password is {####}."`
}

// Devices is whether the devices of users are remembered.
type Devices struct {
	Remember string `json:"remember" oneOf:"never ask always" default:"never" doc:"Whether devices are remembered: if the user says so, or always."`
	SkipMFA  bool   `json:"skipMfa" default:"false" doc:"Whether a remembered device stands for the second factor."`
}

// ResourceServer is an API that tokens are for.
type ResourceServer struct {
	Name   string            `json:"name" doc:"A name to show. Default: the identifier." example:"Orders"`
	Scopes map[string]string `json:"scopes" doc:"Its scopes: name to description. A client names one as 'identifier/name'." example:"{\"read\": \"Read orders\"}"`
}

// Client is an application that users, or another machine, sign in to.
type Client struct {
	Kind            string   `json:"kind" oneOf:"singlePage server machine" required:"true" doc:"'singlePage' (also mobile): has no secret. 'server': has one. 'machine': has one and no users."`
	CallbackURLs    []string `json:"callbackUrls" doc:"Where the login pages may return to. Empty: the app has pages of its own. Requires 'pool.domainPrefix'." example:"https://app.example.com/"`
	LogoutURLs      []string `json:"logoutUrls" doc:"Where signing out may return to." example:"https://app.example.com/goodbye"`
	Scopes          []string `json:"scopes" doc:"What tokens are good for; not empty. Default: 'openid', 'email' and 'profile'; a machine has those of resource servers only." example:"openid,email,orders/read"`
	AuthFlows       []string `json:"authFlows" oneOf:"srp password adminPassword custom choice" doc:"How the app may sign users in itself. Default: 'srp', which sends no password. Empty: by the login pages only."`
	ReadAttributes  []string `json:"readAttributes" doc:"The attributes the app can read, custom ones with 'custom:'; not empty. Default: the standard ones, 'email_verified' and 'phone_number_verified'." example:"email,given_name"`
	WriteAttributes []string `json:"writeAttributes" doc:"The attributes users can change through the app, all required ones among them; not empty, as Cognito cannot be told that there are none. Default: the standard ones that users own: no custom one, not 'updated_at', and none that can be set only once, unless it is required." example:"email,given_name"`
	Tokens          Tokens   `json:"tokens"`
}

// Tokens is for how long an app's tokens are valid.
type Tokens struct {
	AccessMinutes int `json:"accessMinutes" range:"5 1440" default:"60" doc:"Validity of access tokens."`
	IDMinutes     int `json:"idMinutes" range:"5 1440" default:"60" doc:"Validity of id tokens."`
	RefreshHours  int `json:"refreshHours" range:"1 87600" default:"24" doc:"Validity of refresh tokens: after this long, users sign in again."`
}

// The kinds of clients.
const (
	SinglePage = "singlePage"
	Server     = "server"
	Machine    = "machine"
)

// userScopes are the scopes that need no resource server.
var userScopes = []string{"openid", "email", "phone", "profile", "aws.cognito.signin.user.admin"}

// SendsSMS reports whether the pool sends text messages, and so needs a role for it.
func (p Pool) SendsSMS() bool {
	return p.MFA.SMS || slices.Contains(p.Verify, "phone") || slices.Contains(p.Recovery, "phone")
}

// NeedDomain returns the paths of what works only in a pool with a domain: the
// login pages, tokens for machines, and links in messages.
func (p Pool) NeedDomain() []string {
	var paths []string
	for name, client := range form.Sorted(p.Clients) {
		if client.Kind == Machine || len(client.CallbackURLs) > 0 {
			paths = append(paths, "clients."+name)
		}
	}
	if p.Messages.Verification.By == "link" {
		paths = append(paths, "messages.verification.by")
	}
	return paths
}

// scopes returns every scope of the resource servers.
func (p Pool) scopes() []string {
	var all []string
	for identifier, server := range form.Sorted(p.ResourceServers) {
		for name := range form.Sorted(server.Scopes) {
			all = append(all, identifier+"/"+name)
		}
	}
	return all
}
