package conformance

import (
	"context"
	"reflect"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/poolsync/poolsync/infra/local/emulator"
	"github.com/poolsync/poolsync/shared/cognito/attach"
	"github.com/poolsync/poolsync/shared/cognito/attach/attachtest"
)

const ourFunction = "arn:aws:lambda:us-east-1:123456789012:function:ours"

// settledPool makes a pool with many of its owner's own settings, by the same update that
// the owner's console would send.
func settledPool(t *testing.T, client *cognitoidentityprovider.Client) string {
	t.Helper()
	created, err := client.CreateUserPool(t.Context(), &cognitoidentityprovider.CreateUserPoolInput{PoolName: aws.String("attach")})
	if err != nil {
		t.Fatal(err)
	}
	_, err = client.UpdateUserPool(t.Context(), &cognitoidentityprovider.UpdateUserPoolInput{
		UserPoolId: created.UserPool.Id,
		PoolName:   aws.String("attach"),
		AccountRecoverySetting: &types.AccountRecoverySettingType{RecoveryMechanisms: []types.RecoveryOptionType{
			{Name: types.RecoveryOptionNameTypeVerifiedEmail, Priority: aws.Int32(1)},
		}},
		AdminCreateUserConfig: &types.AdminCreateUserConfigType{
			AllowAdminCreateUserOnly: true,
			InviteMessageTemplate:    &types.MessageTemplateType{EmailSubject: aws.String("Welcome"), EmailMessage: aws.String("{username} {####}")},
		},
		AutoVerifiedAttributes: []types.VerifiedAttributeType{types.VerifiedAttributeTypeEmail},
		DeletionProtection:     types.DeletionProtectionTypeActive,
		DeviceConfiguration:    &types.DeviceConfigurationType{ChallengeRequiredOnNewDevice: true},
		EmailConfiguration:     &types.EmailConfigurationType{EmailSendingAccount: types.EmailSendingAccountTypeDeveloper, From: aws.String("pool@example.com"), SourceArn: aws.String("arn:aws:ses:us-east-1:123456789012:identity/example.com")},
		LambdaConfig:           &types.LambdaConfigType{PreSignUp: aws.String("arn:aws:lambda:us-east-1:123456789012:function:theirs")},
		Policies: &types.UserPoolPolicyType{PasswordPolicy: &types.PasswordPolicyType{
			MinimumLength: aws.Int32(14), RequireSymbols: true, TemporaryPasswordValidityDays: 2,
		}},
		UserAttributeUpdateSettings: &types.UserAttributeUpdateSettingsType{
			AttributesRequireVerificationBeforeUpdate: []types.VerifiedAttributeType{types.VerifiedAttributeTypeEmail},
		},
		UserPoolAddOns: &types.UserPoolAddOnsType{AdvancedSecurityMode: types.AdvancedSecurityModeTypeAudit},
		UserPoolTags:   map[string]string{"team": "identity"},
		UserPoolTier:   types.UserPoolTierTypePlus,
		VerificationMessageTemplate: &types.VerificationMessageTemplateType{
			DefaultEmailOption: types.DefaultEmailOptionTypeConfirmWithCode, EmailSubject: aws.String("Your code"), EmailMessage: aws.String("{####}"), SmsMessage: aws.String("{####}"),
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	return *created.UserPool.Id
}

func describe(t *testing.T, client *cognitoidentityprovider.Client, poolID string) *types.UserPoolType {
	t.Helper()
	out, err := client.DescribeUserPool(t.Context(), &cognitoidentityprovider.DescribeUserPoolInput{UserPoolId: &poolID})
	if err != nil {
		t.Fatal(err)
	}
	return out.UserPool
}

// A careless update resets the same settings in the fake pool, which most tests use, as in
// the emulator's pool.
func TestFakePoolResetsAsTheEmulatorDoes(t *testing.T) {
	client := cognitoidentityprovider.NewFromConfig(emulator.ForTest(t).Config())
	poolID := settledPool(t, client)
	settled := describe(t, client, poolID)
	fake := attachtest.New(*settled).Client()

	careless := &cognitoidentityprovider.UpdateUserPoolInput{
		UserPoolId:   &poolID,
		PoolName:     settled.Name,
		LambdaConfig: &types.LambdaConfigType{PostAuthentication: aws.String(ourFunction)},
	}
	lost := func(client *cognitoidentityprovider.Client) []string {
		if _, err := client.UpdateUserPool(t.Context(), careless); err != nil {
			t.Fatal(err)
		}
		return changed(settled, describe(t, client, poolID))
	}
	if diff := cmp.Diff(lost(client), lost(fake)); diff != "" {
		t.Errorf("settings lost (-emulator +fake):\n%s", diff)
	}
}

// changed returns the names of the fields in which two pools differ.
func changed(before, after *types.UserPoolType) []string {
	var names []string
	b, a := reflect.ValueOf(*before), reflect.ValueOf(*after)
	for field, value := range b.Fields() {
		if field.IsExported() && field.Name != "LastModifiedDate" && !reflect.DeepEqual(value.Interface(), a.FieldByIndex(field.Index).Interface()) {
			names = append(names, field.Name)
		}
	}
	return names
}

// TestAttach attaches and detaches on an emulator whose UpdateUserPool also
// resets what a request leaves out.
func TestAttach(t *testing.T) {
	client := cognitoidentityprovider.NewFromConfig(emulator.ForTest(t).Config())
	poolID := settledPool(t, client)
	a := attach.New(client, attachtest.NewFunctions())
	settled := describe(t, client, poolID)

	steps := []struct {
		name string
		do   func(context.Context) error
		want *string
	}{
		{"attach", func(ctx context.Context) error { return a.Attach(ctx, poolID, ourFunction, attach.Triggers{}) }, aws.String(ourFunction)},
		{"attach again", func(ctx context.Context) error { return a.Attach(ctx, poolID, ourFunction, attach.Triggers{}) }, aws.String(ourFunction)},
		{"detach another function", func(ctx context.Context) error { return a.Detach(ctx, poolID, ourFunction+":7", attach.Triggers{}) }, aws.String(ourFunction)},
		{"detach", func(ctx context.Context) error { return a.Detach(ctx, poolID, ourFunction, attach.Triggers{}) }, nil},
	}
	for _, step := range steps {
		t.Run(step.name, func(t *testing.T) {
			if err := step.do(t.Context()); err != nil {
				t.Fatal(err)
			}
			want := *settled
			lambdas := *settled.LambdaConfig
			lambdas.PostAuthentication, lambdas.PostConfirmation = step.want, step.want
			want.LambdaConfig = &lambdas
			got := describe(t, client, poolID)
			ignored := cmpopts.IgnoreFields(types.UserPoolType{}, "LastModifiedDate")
			unexported := cmp.Exporter(func(reflect.Type) bool { return true })
			if diff := cmp.Diff(&want, got, ignored, unexported); diff != "" {
				t.Errorf("pool (-want +got):\n%s", diff)
			}
		})
	}
}
