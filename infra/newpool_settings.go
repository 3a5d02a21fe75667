package main

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2/awscognito"
	"github.com/aws/jsii-runtime-go"

	"github.com/poolsync/poolsync/infra/poolfile"
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

// signInBeside returns what users sign in with beside user names of their own.
func signInBeside(by []string) *[]*string {
	if !slices.Contains(by, "username") {
		return nil
	}
	return attributeList(slices.DeleteFunc(slices.Clone(by), func(way string) bool { return way == "username" }))
}

// attributeList returns the attributes that the pool file's words stand for, or
// nil for none.
func attributeList(words []string) *[]*string {
	var names []string
	for _, word := range words {
		names = append(names, attributeNames[word])
	}
	return texts(names)
}

// schema returns the attributes that are not as in any pool.
func schema(file poolfile.Pool) any {
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

func customAttribute(name string, a poolfile.CustomAttribute) *awscognito.CfnUserPool_SchemaAttributeProperty {
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

// attributeUpdates keeps an address in force until its successor is verified.
func attributeUpdates(file poolfile.Pool) any {
	if !file.VerifyBeforeChange || len(file.Verify) == 0 {
		return nil
	}
	return &awscognito.CfnUserPool_UserAttributeUpdateSettingsProperty{AttributesRequireVerificationBeforeUpdate: attributeList(file.Verify)}
}

func adminCreation(file poolfile.Pool) any {
	property := &awscognito.CfnUserPool_AdminCreateUserConfigProperty{AllowAdminCreateUserOnly: jsii.Bool(!file.SelfSignUp)}
	if invitation := file.Messages.Invitation; invitation != (poolfile.Invitation{}) {
		property.InviteMessageTemplate = &awscognito.CfnUserPool_InviteMessageTemplateProperty{
			EmailSubject: text(invitation.Subject), EmailMessage: text(invitation.Body), SmsMessage: text(invitation.SMS),
		}
	}
	return property
}

func passwordPolicy(p poolfile.Password) any {
	property := &awscognito.CfnUserPool_PasswordPolicyProperty{
		MinimumLength:                 jsii.Number(p.MinLength),
		RequireLowercase:              &p.Lowercase,
		RequireUppercase:              &p.Uppercase,
		RequireNumbers:                &p.Digits,
		RequireSymbols:                &p.Symbols,
		TemporaryPasswordValidityDays: jsii.Number(p.TemporaryDays),
	}
	if p.History > 0 {
		property.PasswordHistorySize = jsii.Number(p.History)
	}
	return property
}

func secondFactors(mfa poolfile.MFA) *[]*string {
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

func sender(e poolfile.Email) any {
	if e == (poolfile.Email{}) {
		return nil
	}
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

func verification(v poolfile.Verification) any {
	switch {
	case v.By == "link":
		return &awscognito.CfnUserPool_VerificationMessageTemplateProperty{
			DefaultEmailOption: jsii.String("CONFIRM_WITH_LINK"),
			EmailSubjectByLink: text(v.Subject), EmailMessageByLink: text(v.Body), SmsMessage: text(v.SMS),
		}
	case v.Subject+v.Body+v.SMS != "":
		return &awscognito.CfnUserPool_VerificationMessageTemplateProperty{
			DefaultEmailOption: jsii.String("CONFIRM_WITH_CODE"),
			EmailSubject:       text(v.Subject), EmailMessage: text(v.Body), SmsMessage: text(v.SMS),
		}
	}
	return nil
}

func devices(d poolfile.Devices) any {
	if d.Remember == "never" {
		return nil
	}
	return &awscognito.CfnUserPool_DeviceConfigurationProperty{
		DeviceOnlyRememberedOnUserPrompt: jsii.Bool(d.Remember == "ask"),
		ChallengeRequiredOnNewDevice:     &d.SkipMFA,
	}
}

func threatProtection(mode string) any {
	if mode == "off" {
		return nil
	}
	return &awscognito.CfnUserPool_UserPoolAddOnsProperty{AdvancedSecurityMode: jsii.String(strings.ToUpper(mode))}
}

func deletionProtection(on bool) *string {
	if on {
		return jsii.String("ACTIVE")
	}
	return jsii.String("INACTIVE")
}

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
func digits(n *int) *string {
	if n == nil {
		return nil
	}
	return jsii.String(strconv.Itoa(*n))
}
