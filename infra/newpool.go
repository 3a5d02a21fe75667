package main

import (
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscognito"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/jsii-runtime-go"

	"github.com/poolsync/poolsync/infra/setting/newpool"
)

// newPool declares a user pool as the pool file has it. Removing the stack leaves
// the pool and its users in place, with all by which they sign in.
func (s stack) newPool(postauth awslambda.Function) pool {
	file := s.config.newPool
	declared := awscognito.NewCfnUserPool(s.scope, jsii.String("UserPool"), &awscognito.CfnUserPoolProps{
		UserPoolName:                s.scope.StackName(),
		UserPoolTier:                jsii.String(strings.ToUpper(file.Plan)),
		UsernameAttributes:          signInInstead(file.SignIn.By),
		AliasAttributes:             signInBeside(file.SignIn.By),
		UsernameConfiguration:       &awscognito.CfnUserPool_UsernameConfigurationProperty{CaseSensitive: &file.SignIn.CaseSensitive},
		Schema:                      schema(file),
		AutoVerifiedAttributes:      attributeList(file.Verify),
		UserAttributeUpdateSettings: attributeUpdates(file),
		AdminCreateUserConfig:       adminCreation(file),
		Policies:                    &awscognito.CfnUserPool_PoliciesProperty{PasswordPolicy: passwordPolicy(file.Password)},
		MfaConfiguration:            jsii.String(mfaModes[file.MFA.Mode]),
		EnabledMfas:                 secondFactors(file.MFA),
		AccountRecoverySetting:      recovery(file.Recovery),
		EmailConfiguration:          sender(file.Email),
		SmsConfiguration:            s.smsSender(file),
		SmsAuthenticationMessage:    text(file.Messages.MFASMS),
		VerificationMessageTemplate: verification(file.Messages.Verification),
		DeviceConfiguration:         devices(file.Devices),
		UserPoolAddOns:              threatProtection(file.ThreatProtection),
		DeletionProtection:          deletionProtection(file.DeletionProtection),
		UserPoolTags:                poolTags(file.Tags),
		LambdaConfig: &awscognito.CfnUserPool_LambdaConfigProperty{
			PostAuthentication: postauth.FunctionArn(),
			PostConfirmation:   postauth.FunctionArn(),
		},
	})
	declared.ApplyRemovalPolicy(awscdk.RemovalPolicy_RETAIN, nil)
	explainChoices(declared, file)
	keepTrigger(postauth, s.permitPool("UserPoolInvokesPostauth", declared.AttrArn(), postauth))
	s.output("UserPoolId", declared.Ref(), "The user pool")

	created := pool{id: declared.Ref(), arn: declared.AttrArn()}
	s.newClients(created)
	return created
}

// explainChoices says in the template why a pool may be less strict than cdk-nag
// would have it.
func explainChoices(declared awscognito.CfnUserPool, file newpool.Pool) {
	p := file.Password
	if p.MinLength < 8 || !p.Lowercase || !p.Uppercase || !p.Digits || !p.Symbols {
		suppress(declared, "AwsSolutions-COG1", "The pool file asks for this password policy.")
	}
	if file.MFA.Mode != "required" {
		suppress(declared, "AwsSolutions-COG2", "Whether every user needs a second factor is a decision for the pool's owner, by the pool file's key mfa.mode.")
	}
	if file.ThreatProtection != "enforced" {
		suppress(declared, "AwsSolutions-COG3", "Threat protection needs Cognito's Plus plan, which is charged per user; that is for the pool's owner to buy, by the pool file's key plan.")
	}
}
