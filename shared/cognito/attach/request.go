package attach

import (
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
)

// request returns the update that leaves the pool as it is except for the triggers.
// It names every setting that UpdateUserPool accepts; a test compares it with the
// SDK's own types. Whatever else DescribeUserPool shows was fixed when the pool was
// created, or is not a setting.
//
// Source: Cognito API reference, UpdateUserPool,
// https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_UpdateUserPool.html
func (p *pool) request(want Triggers) *cognitoidentityprovider.UpdateUserPoolInput {
	in := &cognitoidentityprovider.UpdateUserPoolInput{
		UserPoolId:                  p.known.Id,
		PoolName:                    p.known.Name,
		AccountRecoverySetting:      p.known.AccountRecoverySetting,
		AdminCreateUserConfig:       adminCreateUser(p.known),
		AutoVerifiedAttributes:      p.known.AutoVerifiedAttributes,
		DeletionProtection:          p.known.DeletionProtection,
		DeviceConfiguration:         p.known.DeviceConfiguration,
		EmailConfiguration:          p.known.EmailConfiguration,
		IssuerConfiguration:         p.known.IssuerConfiguration,
		KeyConfiguration:            p.known.KeyConfiguration,
		LambdaConfig:                lambdas(p.known.LambdaConfig, want),
		MfaConfiguration:            p.known.MfaConfiguration,
		Policies:                    p.known.Policies,
		SmsAuthenticationMessage:    p.known.SmsAuthenticationMessage,
		SmsConfiguration:            p.known.SmsConfiguration,
		UserAttributeUpdateSettings: p.known.UserAttributeUpdateSettings,
		UserPoolAddOns:              p.known.UserPoolAddOns,
		UserPoolTags:                p.known.UserPoolTags,
		UserPoolTier:                p.known.UserPoolTier,
	}
	verificationMessages(in, p.known)
	return in
}

// lambdas returns the triggers with our two as wanted. All else is kept, including
// the key that custom senders need (KMSKeyID).
//
// PreTokenGeneration is the older form of PreTokenGenerationConfig, and Cognito
// refuses two that differ.
func lambdas(now *types.LambdaConfigType, want Triggers) *types.LambdaConfigType {
	var config types.LambdaConfigType
	if now != nil {
		config = *now
	}
	config.PostAuthentication = optional(want.PostAuthentication)
	config.PostConfirmation = optional(want.PostConfirmation)
	if config.PreTokenGenerationConfig != nil {
		config.PreTokenGeneration = config.PreTokenGenerationConfig.LambdaArn
	}
	return &config
}

// adminCreateUser returns the settings for users that an administrator creates.
// Cognito shows the life of a temporary password in two places and refuses a
// request that sets the older one once the newer one is set.
func adminCreateUser(p *types.UserPoolType) *types.AdminCreateUserConfigType {
	if p.AdminCreateUserConfig == nil || p.Policies == nil || p.Policies.PasswordPolicy == nil ||
		p.Policies.PasswordPolicy.TemporaryPasswordValidityDays == 0 {
		return p.AdminCreateUserConfig
	}
	config := *p.AdminCreateUserConfig
	config.UnusedAccountValidityDays = 0
	return &config
}

// verificationMessages sets the texts of verification messages. Cognito shows them in
// a template and, from before there was one, in three older settings; it may refuse a
// request that sets both. The request sends the template, completed by what only the
// older settings hold, or else those settings.
func verificationMessages(in *cognitoidentityprovider.UpdateUserPoolInput, p *types.UserPoolType) {
	if p.VerificationMessageTemplate == nil {
		in.EmailVerificationMessage = p.EmailVerificationMessage
		in.EmailVerificationSubject = p.EmailVerificationSubject
		in.SmsVerificationMessage = p.SmsVerificationMessage
		return
	}
	template := *p.VerificationMessageTemplate
	complete(&template.EmailMessage, p.EmailVerificationMessage)
	complete(&template.EmailSubject, p.EmailVerificationSubject)
	complete(&template.SmsMessage, p.SmsVerificationMessage)
	in.VerificationMessageTemplate = &template
}

// complete sets a text that is missing.
func complete(text **string, older *string) {
	if aws.ToString(*text) == "" {
		*text = older
	}
}

// optional returns nil for the empty string, as the SDK leaves a setting out.
func optional(s string) *string {
	if s == "" {
		return nil
	}
	return aws.String(s)
}
