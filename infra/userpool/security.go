package userpool

import (
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2/awscognito"
	"github.com/aws/jsii-runtime-go"

	"github.com/poolsync/poolsync/infra/setting/newpool"
)

// mfaModes are CloudFormation's words for who has a second factor.
var mfaModes = map[string]string{"off": "OFF", "optional": "OPTIONAL", "required": "ON"}

// passwordPolicy also says that old passwords may be used again: Cognito keeps what an
// update leaves out of the policy. Terraform, too, sends the 0 for pools of every plan.
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

// secondFactors returns none if nobody has one: MfaConfiguration OFF switches them all
// off, and Cognito refuses any beside it. Leaving one of several out switches it off,
// except text messages: only OFF switches those off.
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

// devices returns nil for a pool that remembers no devices: any value would switch that
// on. Cognito forgets the setting when an update leaves it out.
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

// threatProtection also says OFF: if it were left out, the mode might stay. Cognito
// accepts OFF in a plan that has no other mode, as a run of Terraform's acceptance tests
// shows: only the update to ENFORCED failed.
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
