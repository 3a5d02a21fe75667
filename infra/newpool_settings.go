package main

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2/awscognito"
	"github.com/aws/jsii-runtime-go"

	"github.com/poolsync/poolsync/infra/setting/newpool"
)

// What CloudFormation calls what the pool file calls otherwise.
var (
	attributeNames = map[string]string{"email": "email", "phone": "phone_number", "preferredUsername": "preferred_username"}
	mfaModes       = map[string]string{"off": "OFF", "optional": "OPTIONAL", "required": "ON"}
	attributeTypes = map[string]string{"string": "String", "number": "Number", "boolean": "Boolean", "datetime": "DateTime"}
)

// signInInstead returns what users sign in with who have no user names of their
// own: Cognito makes one then.
func signInInstead(by []string) *[]*string {
	if slices.Contains(by, "username") {
		return nil
	}
	return attributeList(by)
}

// signInBeside returns what users sign in with beside user names of their own. It is
// fixed once the pool exists, so that nil for none cannot mean that it was on before.
func signInBeside(by []string) *[]*string {
	beside := slices.DeleteFunc(slices.Clone(by), func(way string) bool { return way == "username" })
	if len(beside) == len(by) || len(beside) == 0 {
		return nil
	}
	return attributeList(beside)
}

// attributeList returns the attributes that the pool file's words stand for. Without
// words the list is empty: left out, it might stay as it was.
func attributeList(words []string) *[]*string {
	names := []string{}
	for _, word := range words {
		names = append(names, attributeNames[word])
	}
	return jsii.Strings(names...)
}

// none returns a list without members.
func none() *[]*string { return &[]*string{} }

// schema returns the attributes that are not as in any pool.
func schema(file newpool.Pool) any {
	var all []any
	for _, name := range slices.Sorted(maps.Keys(file.Attributes)) {
		a := file.Attributes[name]
		all = append(all, &awscognito.CfnUserPool_SchemaAttributeProperty{Name: &name, Required: &a.Required, Mutable: &a.Mutable})
	}
	for _, name := range slices.Sorted(maps.Keys(file.CustomAttributes)) {
		all = append(all, customAttribute(name, file.CustomAttributes[name]))
	}
	if all == nil {
		return nil
	}
	return &all
}

func customAttribute(name string, a newpool.CustomAttribute) *awscognito.CfnUserPool_SchemaAttributeProperty {
	property := &awscognito.CfnUserPool_SchemaAttributeProperty{
		Name:              &name,
		AttributeDataType: jsii.String(attributeTypes[a.Type]),
		Mutable:           &a.Mutable,
	}
	switch {
	case a.Min == nil && a.Max == nil:
	case a.Type == "number":
		property.NumberAttributeConstraints = &awscognito.CfnUserPool_NumberAttributeConstraintsProperty{MinValue: digits(a.Min), MaxValue: digits(a.Max)}
	default:
		property.StringAttributeConstraints = &awscognito.CfnUserPool_StringAttributeConstraintsProperty{MinLength: digits(a.Min), MaxLength: digits(a.Max)}
	}
	return property
}

// attributeUpdates keeps an address in force until its successor is verified. Only an
// empty list switches that off again: left out, it stays as it was.
// https://github.com/hashicorp/terraform-provider-aws/blob/main/internal/service/cognitoidp/user_pool.go
func attributeUpdates(file newpool.Pool) any {
	list := attributeList(file.Verify)
	if !file.VerifyBeforeChange {
		list = none()
	}
	return &awscognito.CfnUserPool_UserAttributeUpdateSettingsProperty{AttributesRequireVerificationBeforeUpdate: list}
}

// adminCreation says who creates users, and how they are invited. Whether Cognito goes
// back to its own texts when those of the file go, we have found nowhere.
func adminCreation(file newpool.Pool) any {
	property := &awscognito.CfnUserPool_AdminCreateUserConfigProperty{AllowAdminCreateUserOnly: jsii.Bool(!file.SelfSignUp)}
	if invitation := file.Messages.Invitation; invitation != (newpool.Invitation{}) {
		property.InviteMessageTemplate = &awscognito.CfnUserPool_InviteMessageTemplateProperty{
			EmailSubject: text(invitation.Subject), EmailMessage: text(invitation.Body), SmsMessage: text(invitation.SMS),
		}
	}
	return property
}

// passwordPolicy also says that no former password counts: Cognito keeps what an update
// leaves out of the policy. Terraform sends the 0 for pools of every plan, too.
func passwordPolicy(p newpool.Password) any {
	return &awscognito.CfnUserPool_PasswordPolicyProperty{
		MinimumLength:                 jsii.Number(p.MinLength),
		RequireLowercase:              &p.Lowercase,
		RequireUppercase:              &p.Uppercase,
		RequireNumbers:                &p.Digits,
		RequireSymbols:                &p.Symbols,
		TemporaryPasswordValidityDays: jsii.Number(p.TemporaryDays),
		PasswordHistorySize:           jsii.Number(p.History),
	}
}

// secondFactors returns none where nobody has one: MfaConfiguration OFF switches them
// all off, and Cognito refuses any beside it. Of several that are on, one goes off by
// leaving it out, but for texts: those only by OFF.
// https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-cognito-userpool.html
func secondFactors(mfa newpool.MFA) *[]*string {
	var factors []string
	if mfa.Mode != "off" && mfa.TOTP {
		factors = append(factors, "SOFTWARE_TOKEN_MFA")
	}
	if mfa.SMS {
		factors = append(factors, "SMS_MFA")
	}
	return texts(factors)
}

// recovery returns the ways to recover an account, the preferred one first.
func recovery(ways []string) any {
	names := []string{"admin_only"}
	if len(ways) > 0 {
		names = nil
	}
	for _, way := range ways {
		names = append(names, "verified_"+attributeNames[way])
	}
	var mechanisms []any
	for i, name := range names {
		mechanisms = append(mechanisms, &awscognito.CfnUserPool_RecoveryOptionProperty{Name: &name, Priority: jsii.Number(i + 1)})
	}
	return &awscognito.CfnUserPool_AccountRecoverySettingProperty{RecoveryMechanisms: &mechanisms}
}

// sender says who sends, also if that is Cognito: left out, SES might stay.
func sender(e newpool.Email) any {
	account := "COGNITO_DEFAULT"
	if e.SESIdentityARN != "" {
		account = "DEVELOPER"
	}
	return &awscognito.CfnUserPool_EmailConfigurationProperty{
		EmailSendingAccount: &account,
		SourceArn:           text(e.SESIdentityARN),
		From:                text(e.From),
		ReplyToEmailAddress: text(e.ReplyTo),
		ConfigurationSet:    text(e.ConfigurationSet),
	}
}

// verification says whether a code or a link verifies, also if it is a code: left out,
// the link might stay. Whether Cognito goes back to its own texts when those of the file
// go, we have found nowhere.
func verification(v newpool.Verification) any {
	if v.By == "link" {
		return &awscognito.CfnUserPool_VerificationMessageTemplateProperty{
			DefaultEmailOption: jsii.String("CONFIRM_WITH_LINK"),
			EmailSubjectByLink: text(v.Subject), EmailMessageByLink: text(v.Body), SmsMessage: text(v.SMS),
		}
	}
	return &awscognito.CfnUserPool_VerificationMessageTemplateProperty{
		DefaultEmailOption: jsii.String("CONFIRM_WITH_CODE"),
		EmailSubject:       text(v.Subject), EmailMessage: text(v.Body), SmsMessage: text(v.SMS),
	}
}

// devices returns nil for a pool that remembers none: any value would switch it on.
// Cognito forgets the setting when an update leaves it out.
// https://github.com/aws-cloudformation/cloudformation-coverage-roadmap/issues/448
// https://github.com/aws/aws-cdk/issues/33282
func devices(d newpool.Devices) any {
	if d.Remember == "never" {
		return nil
	}
	return &awscognito.CfnUserPool_DeviceConfigurationProperty{
		DeviceOnlyRememberedOnUserPrompt: jsii.Bool(d.Remember == "ask"),
		ChallengeRequiredOnNewDevice:     &d.SkipMFA,
	}
}

// threatProtection also says OFF: left out, it might stay. Cognito takes OFF in a plan
// that has no other mode, as a run of Terraform's acceptance tests shows: only the update
// to ENFORCED failed.
// https://github.com/hashicorp/terraform-provider-aws/pull/40734
func threatProtection(mode string) any {
	return &awscognito.CfnUserPool_UserPoolAddOnsProperty{AdvancedSecurityMode: jsii.String(strings.ToUpper(mode))}
}

func deletionProtection(on bool) *string {
	if on {
		return jsii.String("ACTIVE")
	}
	return jsii.String("INACTIVE")
}

// poolTags returns nil for none. Whether the last tag then goes from the pool, we have
// found nowhere.
func poolTags(tags map[string]string) any {
	if len(tags) == 0 {
		return nil
	}
	return tags
}

// text returns nil for a text that is left out.
func text(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

// texts returns nil for a list without members.
func texts(list []string) *[]*string {
	if len(list) == 0 {
		return nil
	}
	return jsii.Strings(list...)
}

// digits returns a number as CloudFormation has those of attributes.
func digits(n *int64) *string {
	if n == nil {
		return nil
	}
	return jsii.String(strconv.FormatInt(*n, 10))
}
