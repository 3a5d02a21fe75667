// Package signin signs users in and up as Amazon Cognito does. The pool is the
// emulator's. The emulator calls no triggers, so this package calls them, under Cognito's
// contract.
//
// It calls no triggers but PostAuthentication and PostConfirmation, and answers no
// challenges: a user signs in with a user name and a password.
package signin

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/poolsync/poolsync/infra/local/lambdahost"
)

// ErrChallenged is returned for a user who would have to answer a challenge.
var ErrChallenged = errors.New("sign-in requires the answer to a challenge")

// API is the part of a [cognitoidentityprovider.Client] that this package calls.
type API interface {
	DescribeUserPool(context.Context, *cognitoidentityprovider.DescribeUserPoolInput, ...func(*cognitoidentityprovider.Options)) (*cognitoidentityprovider.DescribeUserPoolOutput, error)
	AdminGetUser(context.Context, *cognitoidentityprovider.AdminGetUserInput, ...func(*cognitoidentityprovider.Options)) (*cognitoidentityprovider.AdminGetUserOutput, error)
	InitiateAuth(context.Context, *cognitoidentityprovider.InitiateAuthInput, ...func(*cognitoidentityprovider.Options)) (*cognitoidentityprovider.InitiateAuthOutput, error)
	AdminCreateUser(context.Context, *cognitoidentityprovider.AdminCreateUserInput, ...func(*cognitoidentityprovider.Options)) (*cognitoidentityprovider.AdminCreateUserOutput, error)
	AdminSetUserPassword(context.Context, *cognitoidentityprovider.AdminSetUserPasswordInput, ...func(*cognitoidentityprovider.Options)) (*cognitoidentityprovider.AdminSetUserPasswordOutput, error)
	SignUp(context.Context, *cognitoidentityprovider.SignUpInput, ...func(*cognitoidentityprovider.Options)) (*cognitoidentityprovider.SignUpOutput, error)
	ConfirmSignUp(context.Context, *cognitoidentityprovider.ConfirmSignUpInput, ...func(*cognitoidentityprovider.Options)) (*cognitoidentityprovider.ConfirmSignUpOutput, error)
}

// Invoker is the part of a [lambdahost.Host] that this package calls.
type Invoker interface {
	Invoke(ctx context.Context, function string, payload []byte) (lambdahost.Result, error)
}

// Pool is a user pool with its triggers.
type Pool struct {
	api          API
	functions    Invoker
	id, clientID string
	triggers     types.LambdaConfigType
}

// Open returns the pool with this id, for the users of one of its app clients. It takes
// the triggers from the pool's own configuration.
func Open(ctx context.Context, api API, functions Invoker, id, clientID string) (*Pool, error) {
	described, err := api.DescribeUserPool(ctx, &cognitoidentityprovider.DescribeUserPoolInput{UserPoolId: &id})
	if err != nil {
		return nil, fmt.Errorf("describe user pool: %w", err)
	}
	p := &Pool{api: api, functions: functions, id: id, clientID: clientID}
	if triggers := described.UserPool.LambdaConfig; triggers != nil {
		p.triggers = *triggers
	}
	return p, nil
}

// SignIn checks a user's password and calls the PostAuthentication trigger. Cognito calls
// the trigger after it accepts the password and before it issues tokens, so an error of
// the trigger refuses the sign-in.
func (p *Pool) SignIn(ctx context.Context, username, password string) (Call, error) {
	answer, err := p.api.InitiateAuth(ctx, &cognitoidentityprovider.InitiateAuthInput{
		AuthFlow:       types.AuthFlowTypeUserPasswordAuth,
		ClientId:       &p.clientID,
		AuthParameters: map[string]string{"USERNAME": username, "PASSWORD": password},
	})
	if err != nil {
		return Call{}, fmt.Errorf("sign in: %w", err)
	}
	if answer.AuthenticationResult == nil {
		return Call{}, fmt.Errorf("%w: %s", ErrChallenged, answer.ChallengeName)
	}
	return p.call(ctx, "PostAuthentication", "PostAuthentication_Authentication", p.triggers.PostAuthentication, username)
}

// AddUser adds a user as an administrator does, with a permanent password, and returns the
// user name. If people sign in with an e-mail address, Cognito makes the user name up. No
// trigger is called.
func (p *Pool) AddUser(ctx context.Context, name, password string) (username string, err error) {
	created, err := p.api.AdminCreateUser(ctx, &cognitoidentityprovider.AdminCreateUserInput{
		UserPoolId: &p.id, Username: &name, MessageAction: types.MessageActionTypeSuppress,
	})
	if err != nil {
		return "", fmt.Errorf("create user: %w", err)
	}
	username = aws.ToString(created.User.Username)
	if _, err := p.api.AdminSetUserPassword(ctx, &cognitoidentityprovider.AdminSetUserPasswordInput{
		UserPoolId: &p.id, Username: &username, Password: &password, Permanent: true,
	}); err != nil {
		return "", fmt.Errorf("set password: %w", err)
	}
	return username, nil
}

// SignUp registers a user, confirms the registration and calls the PostConfirmation
// trigger. If the trigger fails, the user stays confirmed. The emulator allows this even
// in a pool to which only administrators may add users.
func (p *Pool) SignUp(ctx context.Context, username, password string, attributes map[string]string) (Call, error) {
	input := &cognitoidentityprovider.SignUpInput{ClientId: &p.clientID, Username: &username, Password: &password}
	for name, value := range attributes {
		input.UserAttributes = append(input.UserAttributes, types.AttributeType{Name: &name, Value: &value})
	}
	if _, err := p.api.SignUp(ctx, input); err != nil {
		return Call{}, fmt.Errorf("sign up: %w", err)
	}
	// The emulator accepts any code as the one that Cognito would have sent.
	if _, err := p.api.ConfirmSignUp(ctx, &cognitoidentityprovider.ConfirmSignUpInput{
		ClientId: &p.clientID, Username: &username, ConfirmationCode: aws.String("123456"),
	}); err != nil {
		return Call{}, fmt.Errorf("confirm sign-up: %w", err)
	}
	return p.call(ctx, "PostConfirmation", "PostConfirmation_ConfirmSignUp", p.triggers.PostConfirmation, username)
}

// elsewhere is the id of an unknown pool.
const elsewhere = "us-east-1_ELSEWHERE"

// SignInElsewhere calls this pool's PostAuthentication trigger for a user of that name in
// another pool, as a pool with the same function as its trigger does.
func (p *Pool) SignInElsewhere(ctx context.Context, username string) error {
	event, err := newEvent("PostAuthentication_Authentication", elsewhere, "1example23456789", &cognitoidentityprovider.AdminGetUserOutput{
		Username: &username, UserStatus: types.UserStatusTypeConfirmed,
		UserAttributes: []types.AttributeType{{Name: aws.String("sub"), Value: aws.String(subOf(username))}},
	})
	if err != nil {
		return err
	}
	_, err = callTrigger(ctx, p.functions, "PostAuthentication", aws.ToString(p.triggers.PostAuthentication), event)
	return err
}

// subOf makes up a sub, always the same one for a name.
func subOf(username string) string {
	h := sha256.Sum256([]byte(username))
	return fmt.Sprintf("%x-%x-%x-%x-%x", h[:4], h[4:6], h[6:8], h[8:10], h[10:16])
}

// call calls a trigger with the user as they are in the pool now.
func (p *Pool) call(ctx context.Context, trigger, source string, function *string, username string) (Call, error) {
	if function == nil {
		return Call{}, nil
	}
	user, err := p.api.AdminGetUser(ctx, &cognitoidentityprovider.AdminGetUserInput{UserPoolId: &p.id, Username: &username})
	if err != nil {
		return Call{}, fmt.Errorf("read the user for the trigger: %w", err)
	}
	event, err := newEvent(source, p.id, p.clientID, user)
	if err != nil {
		return Call{}, err
	}
	return callTrigger(ctx, p.functions, trigger, aws.ToString(function), event)
}
