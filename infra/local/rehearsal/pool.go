package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
)

// ownersPool returns a pool of the owner. A has every setting on; B has some off, which
// are lost just as easily. Both send text messages: for a pool that does not, the emulator
// shows an empty SmsConfiguration, which no SDK sends back.
func ownersPool(name string) *cognitoidentityprovider.CreateUserPoolInput {
	on := name == "A"
	return &cognitoidentityprovider.CreateUserPoolInput{
		PoolName:              &name,
		AdminCreateUserConfig: &types.AdminCreateUserConfigType{AllowAdminCreateUserOnly: on},
		DeviceConfiguration:   &types.DeviceConfigurationType{ChallengeRequiredOnNewDevice: true, DeviceOnlyRememberedOnUserPrompt: on},
		Policies: &types.UserPoolPolicyType{PasswordPolicy: &types.PasswordPolicyType{
			MinimumLength: aws.Int32(14), TemporaryPasswordValidityDays: 7,
			RequireLowercase: true, RequireUppercase: true, RequireNumbers: on, RequireSymbols: on,
		}},
		SmsConfiguration: &types.SmsConfigurationType{
			SnsCallerArn: aws.String("arn:aws:iam::" + accountID + ":role/service-role/pool-sms"), ExternalId: aws.String(name),
		},
	}
}

// poolState is everything that a pool shows, except when it was changed.
type poolState map[string]any

func describePool(ctx context.Context, client *cognitoidentityprovider.Client, id string) (poolState, error) {
	out, err := client.DescribeUserPool(ctx, &cognitoidentityprovider.DescribeUserPoolInput{UserPoolId: &id})
	if err != nil {
		return nil, err
	}
	text, err := json.Marshal(out.UserPool)
	if err != nil {
		return nil, err
	}
	var state poolState
	if err := json.Unmarshal(text, &state); err != nil {
		return nil, err
	}
	delete(state, "LastModifiedDate")
	return state, nil
}

// triggers returns the function behind each of the pool's triggers.
func (p poolState) triggers() map[string]string {
	found := map[string]string{}
	triggers, _ := p["LambdaConfig"].(map[string]any)
	for trigger, value := range triggers {
		switch value := value.(type) {
		case string:
			found[trigger] = value
		case map[string]any:
			if arn, ok := value["LambdaArn"].(string); ok {
				found[trigger] = arn
			}
		}
	}
	return found
}

// attachByHand sets the triggers as the stack's outputs ask a pool's owner to, and keeps
// the pool's other settings.
func (t *trial) attachByHand(ctx context.Context) error {
	function, err := t.output(ctx, "AttachByHand1Function")
	if err != nil {
		return err
	}
	pool := ownersPool(poolNames[0])
	_, err = cognitoidentityprovider.NewFromConfig(t.Config()).UpdateUserPool(ctx, &cognitoidentityprovider.UpdateUserPoolInput{
		UserPoolId: &t.pools[0], AdminCreateUserConfig: pool.AdminCreateUserConfig, Policies: pool.Policies,
		SmsConfiguration: pool.SmsConfiguration, DeviceConfiguration: pool.DeviceConfiguration,
		LambdaConfig: &types.LambdaConfigType{PostAuthentication: &function, PostConfirmation: &function},
	})
	return err
}

// lookAtTriggers returns an error unless both triggers of the stack's pool call one of the
// stack's functions. If the owner sets the triggers by hand, it checks nothing.
func (t *trial) lookAtTriggers(ctx context.Context) error {
	if t.given.text(triggers) == "manual" {
		return nil
	}
	id, err := t.output(ctx, "UserPoolId")
	if err != nil {
		return err
	}
	pool, err := describePool(ctx, cognitoidentityprovider.NewFromConfig(t.Config()), id)
	if err != nil {
		return err
	}
	for _, trigger := range []string{"PostAuthentication", "PostConfirmation"} {
		function := pool.triggers()[trigger]
		if function == "" || !slices.Contains(t.functions(), name(function)) {
			return fmt.Errorf("%s of pool %s is %q, which is not one of the stack's functions", trigger, id, function)
		}
	}
	return nil
}

// poolsAreAsBefore returns an error for each of the owner's pools that differs from before
// the stack was deployed, or still has a trigger that its owner did not set.
func (t *trial) poolsAreAsBefore(ctx context.Context) error {
	client := cognitoidentityprovider.NewFromConfig(t.Config())
	var failure error
	for _, id := range t.pools {
		after, err := describePool(ctx, client, id)
		if err != nil {
			return err
		}
		for _, setting := range slices.Sorted(allKeys(t.before[id], after)) {
			byHand := setting == "LambdaConfig" && t.given.text(triggers) == "manual"
			if !byHand && !reflect.DeepEqual(t.before[id][setting], after[setting]) {
				failure = errors.Join(failure, fmt.Errorf("pool %s: %s is %v, want %v as before", id, setting, after[setting], t.before[id][setting]))
			}
		}
	}
	return failure
}
