package userpool

import (
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscognito"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"github.com/poolsync/poolsync/infra/part"
	"github.com/poolsync/poolsync/infra/setting/newpool"
)

// NewProps is what [New] depends on.
type NewProps struct {
	// Pool says what the pool is like.
	Pool     newpool.Pool
	Postauth awslambda.Function
}

// New declares a user pool with its app clients, named after the stack. Removing the
// stack leaves the pool and its users in place, with everything they need to sign in.
func New(scope constructs.Construct, id string, p *NewProps) Pool {
	scope = constructs.NewConstruct(scope, &id)
	declared := newPool(scope, p.Pool, p.Postauth)
	explainChoices(declared, p.Pool)
	keepTrigger(p.Postauth, permit(scope, "UserPoolInvokesPostauth", declared.AttrArn(), p.Postauth))
	showID(scope, declared.Ref())

	created := Pool{ID: declared.Ref(), ARN: declared.AttrArn()}
	newClients(scope, created, p.Pool)
	return created
}

func newPool(scope constructs.Construct, pool newpool.Pool, postauth awslambda.Function) awscognito.CfnUserPool {
	declared := awscognito.NewCfnUserPool(scope, jsii.String("UserPool"), &awscognito.CfnUserPoolProps{
		UserPoolName:                awscdk.Stack_Of(scope).StackName(),
		UserPoolTier:                jsii.String(strings.ToUpper(pool.Plan)),
		UsernameAttributes:          signInInstead(pool.SignIn.By),
		AliasAttributes:             signInBeside(pool.SignIn.By),
		UsernameConfiguration:       &awscognito.CfnUserPool_UsernameConfigurationProperty{CaseSensitive: &pool.SignIn.CaseSensitive},
		Schema:                      schema(pool),
		AutoVerifiedAttributes:      attributeList(pool.Verify),
		UserAttributeUpdateSettings: attributeUpdates(pool),
		AdminCreateUserConfig:       adminCreation(pool),
		Policies:                    &awscognito.CfnUserPool_PoliciesProperty{PasswordPolicy: passwordPolicy(pool.Password)},
		MfaConfiguration:            jsii.String(mfaModes[pool.MFA.Mode]),
		EnabledMfas:                 secondFactors(pool.MFA),
		AccountRecoverySetting:      recovery(pool.Recovery),
		EmailConfiguration:          sender(pool.Email),
		SmsConfiguration:            smsSender(scope, pool),
		SmsAuthenticationMessage:    part.Text(pool.Messages.MFASMS),
		VerificationMessageTemplate: verification(pool.Messages.Verification),
		DeviceConfiguration:         devices(pool.Devices),
		UserPoolAddOns:              threatProtection(pool.ThreatProtection),
		DeletionProtection:          deletionProtection(pool.DeletionProtection),
		UserPoolTags:                poolTags(pool.Tags),
		LambdaConfig: &awscognito.CfnUserPool_LambdaConfigProperty{
			PostAuthentication: postauth.FunctionArn(),
			PostConfirmation:   postauth.FunctionArn(),
		},
	})
	declared.ApplyRemovalPolicy(awscdk.RemovalPolicy_RETAIN, nil)
	return declared
}

// explainChoices says in the template why a pool may be less strict than cdk-nag wants.
func explainChoices(declared awscognito.CfnUserPool, pool newpool.Pool) {
	p := pool.Password
	if p.MinLength < 8 || !p.Lowercase || !p.Uppercase || !p.Digits || !p.Symbols {
		part.Suppress(declared, "AwsSolutions-COG1", "The pool file asks for this password policy.")
	}
	if pool.MFA.Mode != "required" {
		part.Suppress(declared, "AwsSolutions-COG2", "The pool's owner decides whether every user needs a second factor: setting mfa.mode of the pool file.")
	}
	if pool.ThreatProtection != "enforced" {
		part.Suppress(declared, "AwsSolutions-COG3", "Threat protection needs Cognito's Plus plan, which is charged per user. The pool's owner decides that: setting plan of the pool file.")
	}
}

// poolTags returns nil for none. We found no word on whether the pool then loses its
// last tag.
func poolTags(tags map[string]string) any {
	if len(tags) == 0 {
		return nil
	}
	return tags
}
