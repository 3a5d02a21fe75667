package newpool

import (
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/poolsync/poolsync/infra/setting/form"
)

// The forms of names and texts, as Cognito's API reference has them.
// https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_CreateUserPool.html
var (
	attributeForm  = regexp.MustCompile(`^[A-Za-z0-9_-]{1,20}$`)
	clientForm     = regexp.MustCompile(`^[\w\s+=,.@-]{1,128}$`)
	identifierForm = regexp.MustCompile(`^[\x21\x23-\x5B\x5D-\x7E]{1,256}$`)
	scopeForm      = regexp.MustCompile(`^[\x21\x23-\x2E\x30-\x5B\x5D-\x7E]{1,256}$`)
	sesForm        = regexp.MustCompile(`^arn:aws:ses:[a-z0-9-]+:\d{12}:identity/\S+$`)
	regionForm     = regexp.MustCompile(`^[a-z]{2}(-[a-z]+)+-\d$`)
	codeForm       = regexp.MustCompile(`\{####\}`)
	linkForm       = regexp.MustCompile(`(?s)\{##[^#].*##\}`) // its words may hold line breaks
)

const (
	maxSMS     = 140 // characters, as all that is not said to be otherwise
	maxSubject = 140
	maxBody    = 20000
	maxTags    = 50
	maxCustom  = 50
	maxText    = 2048 // bytes in an attribute
)

// checker holds a pool to the rules that are about more than one setting, or that a tag
// cannot say.
type checker struct {
	Pool
	problems Problems
}

// Check holds a pool to the rules that are about more than one setting, or that a tag
// cannot say. Paths are seen from the pool.
func Check(p Pool) Problems {
	c := checker{Pool: p}
	c.signIn()
	c.attributes()
	c.security()
	c.sender()
	c.messages()
	c.servers()
	for name, client := range form.Sorted(p.Clients) {
		c.client("clients."+name, name, client)
	}
	c.tags()
	return c.problems
}

// require records a problem unless ok.
func (c *checker) require(ok bool, path, format string, args ...any) {
	if !ok {
		c.problems = append(c.problems, form.Problem{Path: path, Text: fmt.Sprintf(format, args...)})
	}
}

func (c *checker) signIn() {
	by := c.SignIn.By
	c.require(len(by) > 0, "signIn.by", "is empty: nobody could sign in")
	c.require(!slices.Contains(by, "preferredUsername") || slices.Contains(by, "username"),
		"signIn.by", "has preferredUsername, which Cognito offers beside username only")
	for _, way := range []string{"email", "phone"} {
		c.require(!slices.Contains(by, way) || slices.Contains(c.Verify, way),
			"verify", "does not hold %s, which users sign in with", way)
	}
}

func (c *checker) attributes() {
	for name := range form.Sorted(c.Attributes) {
		c.require(slices.Contains(standardAttributes, name), "attributes."+name,
			"is no standard attribute; one of your own belongs under customAttributes")
	}
	c.require(len(c.CustomAttributes) <= maxCustom, "customAttributes", "has more than %d, which is all that Cognito allows", maxCustom)
	for name, attribute := range form.Sorted(c.CustomAttributes) {
		path := "customAttributes." + name
		c.require(attributeForm.MatchString(name), path, "is not a name of up to 20 letters, digits, hyphens and underscores")
		limited := attribute.Min != nil || attribute.Max != nil
		c.require(!limited || attribute.Type == "string" || attribute.Type == "number", path,
			"has min or max, which only a string or a number has")
		low, high := int64(0), int64(maxText)
		if attribute.Min != nil {
			low = *attribute.Min
		}
		if attribute.Max != nil {
			high = *attribute.Max
		}
		c.require(attribute.Type != "string" || (low >= 0 && low <= maxText && high <= maxText), path, "is a text shorter than 0 or longer than %d", maxText)
		c.require(attribute.Min == nil || attribute.Max == nil || low <= high, path, "has a min above its max")
	}
}

// security checks passwords, second factors and the rest that keeps others out.
func (c *checker) security() {
	c.require(c.MFA.Mode == "off" || c.MFA.TOTP || c.MFA.SMS, "mfa", "is %s, but neither totp nor sms is a second factor", c.MFA.Mode)
	c.require(c.MFA.Mode != "off" || !c.MFA.SMS, "mfa.sms", "is true, but mfa.mode is off")
	c.texting()
	c.require(c.Devices.Remember != "never" || !c.Devices.SkipMFA, "devices.skipMfa", "is true, but devices.remember is never")
	c.require(c.Password.History == 0 || c.Plan != "lite", "password.history", "needs the plan essentials or plus")
	c.require(c.ThreatProtection == "off" || c.Plan == "plus", "threatProtection", "needs the plan plus")
}

// texting checks what Cognito makes of second factors in a pool that sends texts. Its
// refusals are in no documentation, but in reports of others:
//   - "Can't turn off SMS_MFA when SMS configuration is set for the user pool", with any
//     second factor but texts. https://github.com/aws-amplify/amplify-backend/pull/1523
//   - "Account Recovery Setting cannot use verified_phone_number as a recovery mechanism
//     when SMS MFA is configured", where every user has a second factor, also with
//     e-mail as the first way. https://github.com/aws/aws-cdk/issues/11478
func (c *checker) texting() {
	c.require(c.MFA.Mode == "off" || c.MFA.SMS || !c.SendsSMS(), "mfa.sms",
		"is false, but verify or recovery has phone, and a pool that sends texts has them as a second factor too: "+
			"set mfa.sms to true or mfa.mode to off, or take phone out of signIn.by, verify and recovery")
	phone := c.MFA.SMS && slices.Contains(c.Recovery, "phone")
	c.require(!phone || c.MFA.Mode != "required", "recovery",
		"has phone, by which Cognito lets nobody recover where everybody has a second factor and sms is one: leave email, or none")
	c.require(!phone || c.MFA.Mode == "required" || len(c.Recovery) > 1, "recovery",
		"has only phone, by which Cognito helps nobody whose second factor is sms")
}

func (c *checker) servers() {
	for identifier, server := range form.Sorted(c.ResourceServers) {
		path := "resourceServers." + identifier
		c.require(identifierForm.MatchString(identifier), path, "is not an identifier: no blanks, quotes or backslashes")
		c.require(len(server.Scopes) > 0, path+".scopes", "is empty: no token could be for it")
		for name, description := range form.Sorted(server.Scopes) {
			c.require(scopeForm.MatchString(name), path+".scopes."+name, "is not a name: no blanks, quotes, slashes or backslashes")
			c.require(utf8.RuneCountInString(description) <= 256, path+".scopes."+name, "is longer than 256 characters")
		}
	}
}

func (c *checker) tags() {
	c.require(len(c.Tags) <= maxTags, "tags", "has more than %d, which is all that AWS allows", maxTags)
	for name, value := range form.Sorted(c.Tags) {
		c.require(utf8.RuneCountInString(name) <= 128 && utf8.RuneCountInString(value) <= 256, "tags."+name, "is longer than 128 characters, or its value longer than 256")
		c.require(!strings.HasPrefix(strings.ToLower(name), "aws:"), "tags."+name, "begins with aws:, as only tags of AWS do")
	}
}

// returnURL reports whether Cognito returns users to an address: https, or http on
// this machine, or an app's own scheme.
func returnURL(text string) bool {
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Scheme == "" || u.Fragment != "" || u.User != nil:
		return false
	case u.Scheme == "http":
		return slices.Contains([]string{"localhost", "127.0.0.1", "::1"}, u.Hostname())
	case u.Scheme == "https":
		return u.Hostname() != ""
	}
	return !slices.Contains([]string{"javascript", "data", "file", "vbscript"}, u.Scheme)
}
