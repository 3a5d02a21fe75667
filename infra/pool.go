package main

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscognito"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/jsii-runtime-go"
)

// pool names the user pool to all that reads it or writes to it, whoever
// declared it.
type pool struct {
	id, arn *string
}

// newPool declares the user pool, with postauth as its trigger after a sign-in
// and after a sign-up. Removing the stack leaves the pool and its users in place.
func (s stack) newPool(postauth awslambda.Function) pool {
	declared := awscognito.NewUserPool(s.scope, jsii.String("UserPool"), &awscognito.UserPoolProps{
		UserPoolName: s.scope.StackName(),
		// Users sign in with their e-mail address. Cognito then makes the user name
		// itself, so that neither a log nor UserHub's external id holds an address.
		SignInAliases:       &awscognito.SignInAliases{Email: jsii.Bool(true)},
		SignInCaseSensitive: jsii.Bool(false),
		SelfSignUpEnabled:   jsii.Bool(false),
		AutoVerify:          &awscognito.AutoVerifiedAttrs{Email: jsii.Bool(true)},
		KeepOriginal:        &awscognito.KeepOriginalAttrs{Email: jsii.Bool(true)},
		AccountRecovery:     awscognito.AccountRecovery_EMAIL_ONLY,
		PasswordPolicy: &awscognito.PasswordPolicy{
			MinLength:            jsii.Number(12),
			RequireLowercase:     jsii.Bool(true),
			RequireUppercase:     jsii.Bool(true),
			RequireDigits:        jsii.Bool(true),
			RequireSymbols:       jsii.Bool(true),
			TempPasswordValidity: awscdk.Duration_Days(jsii.Number(7)),
		},
		Mfa:                awscognito.Mfa_OPTIONAL,
		MfaSecondFactor:    &awscognito.MfaSecondFactor{Otp: jsii.Bool(true), Sms: jsii.Bool(false)},
		DeletionProtection: jsii.Bool(true),
		RemovalPolicy:      awscdk.RemovalPolicy_RETAIN,
	})
	fixLogicalID(declared, "UserPool")
	suppress(declared, "AwsSolutions-COG2", "Whether every user needs a second factor is a decision for the pool's owner; the pool offers one-time passwords to all of them.")
	suppress(declared, "AwsSolutions-COG3", "Threat protection needs Cognito's Plus plan, which is charged per user; that is for the pool's owner to buy.")

	s.attach(declared, postauth)
	s.output("UserPoolId", declared.UserPoolId(), "The user pool")
	return pool{id: declared.UserPoolId(), arn: declared.UserPoolArn()}
}

// attach makes postauth the pool's trigger in both places. AddTrigger would do
// so too, but grants the permission twice and for any account.
//
// The pool outlives the stack, and a pool whose trigger is gone refuses every
// sign-in. So what the trigger needs outlives the stack with it.
func (s stack) attach(pool awscognito.UserPool, postauth awslambda.Function) {
	pool.Node().DefaultChild().(awscognito.CfnUserPool).SetLambdaConfig(&awscognito.CfnUserPool_LambdaConfigProperty{
		PostAuthentication: postauth.FunctionArn(),
		PostConfirmation:   postauth.FunctionArn(),
	})
	permission := awslambda.NewCfnPermission(s.scope, jsii.String("UserPoolInvokesPostauth"), &awslambda.CfnPermissionProps{
		Action:        jsii.String("lambda:InvokeFunction"),
		FunctionName:  postauth.FunctionArn(),
		Principal:     jsii.String("cognito-idp.amazonaws.com"),
		SourceAccount: s.scope.Account(),
		SourceArn:     pool.UserPoolArn(),
	})
	permission.ApplyRemovalPolicy(awscdk.RemovalPolicy_RETAIN, nil)
	postauth.ApplyRemovalPolicy(awscdk.RemovalPolicy_RETAIN)
	postauth.Role().ApplyRemovalPolicy(awscdk.RemovalPolicy_RETAIN)
}
