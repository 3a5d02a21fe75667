package newpool

import (
	"net/mail"
	"strings"
	"unicode/utf8"

	"github.com/poolsync/poolsync/infra/setting/form"
)

func (c *checker) sender() {
	e := c.Email
	c.require(e.SESIdentityARN == "" || sesForm.MatchString(e.SESIdentityARN), "email.sesIdentityArn", "is not the ARN of an SES identity")
	c.require(e.SESIdentityARN == "" || e.From != "", "email.from", "is missing: say which address of the SES identity sends")
	c.sesOnly("email.from", e.From)
	c.sesOnly("email.configurationSet", e.ConfigurationSet)
	for path, address := range form.Sorted(map[string]string{"email.from": e.From, "email.replyTo": e.ReplyTo}) {
		_, err := mail.ParseAddress(address)
		c.require(address == "" || err == nil, path, "is not an e-mail address")
	}
	c.require(e.identityHolds(), "email.from", "is of another domain than the SES identity")
	c.require(c.SMS.Region == "" || regionForm.MatchString(c.SMS.Region), "sms.region", "is not a Region")
	c.require(c.SMS.Region == "" || c.SendsSMS(), "sms.region", "is set, but the pool sends no text messages")
}

// identityHolds reports whether the sender is of the domain that the SES identity is,
// or of one below it. It says nothing of what is refused already.
func (e Email) identityHolds() bool {
	_, identity, _ := strings.Cut(e.SESIdentityARN, ":identity/")
	sender, err := mail.ParseAddress(e.From)
	if identity == "" || err != nil {
		return true
	}
	domainOf := func(s string) string { return strings.ToLower(s[strings.LastIndex(s, "@")+1:]) }
	return strings.HasSuffix("."+domainOf(sender.Address), "."+domainOf(identity))
}

// sesOnly refuses what Cognito takes only for e-mail that SES sends. Texts are not
// among it, although AWS's reference says so: the CDK gives every pool texts of its
// own, whoever sends, and its integration tests deploy and receive them.
// https://github.com/aws/aws-cdk/blob/main/packages/@aws-cdk-testing/framework-integ/test/aws-cognito/test/integ.user-pool-signup-link.ts
func (c *checker) sesOnly(path, value string) {
	c.require(value == "" || c.Email.SESIdentityARN != "", path, "needs email.sesIdentityArn: Cognito's own sender takes none")
}

func (c *checker) messages() {
	verification, invitation := c.Messages.Verification, c.Messages.Invitation
	c.email("messages.verification", verification.Subject, verification.Body)
	c.email("messages.invitation", invitation.Subject, invitation.Body)
	switch body := verification.Body; verification.By {
	case "code":
		c.require(body == "" || codeForm.MatchString(body), "messages.verification.body", "does not hold {####}, where the code goes")
	case "link":
		c.require(body == "" || linkForm.MatchString(body), "messages.verification.body", "does not hold {##words to click##}, where the link goes")
	}
	c.require(invitation.Body == "" || names(invitation.Body), "messages.invitation.body", "does not hold both {username} and {####}")
	c.require(invitation.SMS == "" || names(invitation.SMS), "messages.invitation.sms", "does not hold both {username} and {####}")
	c.sms("messages.verification.sms", verification.SMS)
	c.sms("messages.invitation.sms", invitation.SMS)
	c.sms("messages.mfaSms", c.Messages.MFASMS)
	c.require(c.Messages.MFASMS == "" || c.MFA.SMS, "messages.mfaSms", "is set, but mfa.sms is false")
}

// names reports whether an invitation says both of what a user needs.
func names(text string) bool {
	return strings.Contains(text, "{username}") && codeForm.MatchString(text)
}

func (c *checker) email(path, subject, body string) {
	c.require(utf8.RuneCountInString(subject) <= maxSubject, path+".subject", "is longer than %d characters", maxSubject)
	c.require(utf8.RuneCountInString(body) <= maxBody, path+".body", "is longer than %d characters", maxBody)
}

func (c *checker) sms(path, text string) {
	c.require(utf8.RuneCountInString(text) <= maxSMS, path, "is longer than %d characters", maxSMS)
	c.require(text == "" || codeForm.MatchString(text), path, "does not hold {####}, where the code goes")
	c.require(text == "" || c.SendsSMS(), path, "is set, but the pool sends no text messages")
}
