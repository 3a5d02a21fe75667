package signin

import (
	"context"
	"encoding/json"
	"errors"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
	"github.com/google/go-cmp/cmp"

	"github.com/poolsync/poolsync/infra/local/emulator"
	"github.com/poolsync/poolsync/infra/local/lambdahost"
)

const triggerARN = "arn:aws:lambda:us-east-1:123456789012:function:trigger"

// echo is a trigger that answers with its event and remembers it.
type echo struct{ events []string }

func (e *echo) Invoke(_ context.Context, _ string, payload []byte) (lambdahost.Result, error) {
	e.events = append(e.events, string(payload))
	return lambdahost.Result{Payload: payload}, nil
}

// open makes a pool named after the test, with an app client, and opens it.
func open(t *testing.T, functions Invoker, pool cognitoidentityprovider.CreateUserPoolInput) (*Pool, *cognitoidentityprovider.Client) {
	t.Helper()
	api := cognitoidentityprovider.NewFromConfig(emulator.ForTest(t).Config())
	pool.PoolName = aws.String(t.Name())
	created, err := api.CreateUserPool(t.Context(), &pool)
	if err != nil {
		t.Fatal(err)
	}
	client, err := api.CreateUserPoolClient(t.Context(), &cognitoidentityprovider.CreateUserPoolClientInput{
		UserPoolId: created.UserPool.Id, ClientName: aws.String(t.Name()),
	})
	if err != nil {
		t.Fatal(err)
	}
	p, err := Open(t.Context(), api, functions, aws.ToString(created.UserPool.Id), aws.ToString(client.UserPoolClient.ClientId))
	if err != nil {
		t.Fatal(err)
	}
	return p, api
}

var bothTriggers = cognitoidentityprovider.CreateUserPoolInput{LambdaConfig: &types.LambdaConfigType{
	PostAuthentication: aws.String(triggerARN), PostConfirmation: aws.String(triggerARN),
}}

func TestSignUpAndSignInCallTheirTriggers(t *testing.T) {
	trigger := &echo{}
	p, api := open(t, trigger, bothTriggers)
	if _, err := p.SignUp(t.Context(), "jane", "Passw0rd!", map[string]string{"email": "jane@example.com"}); err != nil {
		t.Fatal(err)
	}
	if _, err := p.SignIn(t.Context(), "jane", "Passw0rd!"); err != nil {
		t.Fatal(err)
	}
	user, err := api.AdminGetUser(t.Context(), &cognitoidentityprovider.AdminGetUserInput{UserPoolId: &p.id, Username: aws.String("jane")})
	if err != nil {
		t.Fatal(err)
	}
	event := func(source string, more map[string]any) map[string]any {
		attributes := map[string]any{"cognito:user_status": "CONFIRMED"}
		for _, attribute := range user.UserAttributes {
			attributes[*attribute.Name] = *attribute.Value
		}
		request := map[string]any{"userAttributes": attributes}
		for name, value := range more {
			request[name] = value
		}
		return map[string]any{
			"version": "1", "triggerSource": source, "region": "us-east-1", "userPoolId": p.id, "userName": "jane",
			"callerContext": map[string]any{"awsSdkVersion": "aws-sdk-unknown-unknown", "clientId": p.clientID},
			"request":       request, "response": map[string]any{},
		}
	}
	want := []map[string]any{
		event("PostConfirmation_ConfirmSignUp", nil),
		event("PostAuthentication_Authentication", map[string]any{"newDeviceUsed": false}),
	}
	var got []map[string]any
	for _, payload := range trigger.events {
		var e map[string]any
		if err := json.Unmarshal([]byte(payload), &e); err != nil {
			t.Fatal(err)
		}
		got = append(got, e)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
}

func TestRefusedPasswordCallsNoTrigger(t *testing.T) {
	trigger := &echo{}
	p, _ := open(t, trigger, bothTriggers)
	if _, err := p.AddUser(t.Context(), "jane", "Passw0rd!"); err != nil {
		t.Fatal(err)
	}
	_, err := p.SignIn(t.Context(), "jane", "guess")
	if _, refused := errors.AsType[*types.NotAuthorizedException](err); !refused {
		t.Errorf("got error %v, want NotAuthorizedException", err)
	}
	if len(trigger.events) != 0 {
		t.Errorf("trigger was called: %v", trigger.events)
	}
}

func TestFailingTriggerRefusesTheSignIn(t *testing.T) {
	p, _ := open(t, &functions{fail}, bothTriggers)
	if _, err := p.AddUser(t.Context(), "jane", "Passw0rd!"); err != nil {
		t.Fatal(err)
	}
	if _, err := p.SignIn(t.Context(), "jane", "Passw0rd!"); !errors.Is(err, ErrUserLambdaValidation) {
		t.Errorf("got error %v, want %v", err, ErrUserLambdaValidation)
	}
}

func TestAddedUserSignsInWithAnAddress(t *testing.T) {
	pool := bothTriggers
	pool.UsernameAttributes = []types.UsernameAttributeType{types.UsernameAttributeTypeEmail}
	p, _ := open(t, &echo{}, pool)
	username, err := p.AddUser(t.Context(), "jane@example.com", "Passw0rd!")
	if err != nil || username == "jane@example.com" {
		t.Fatalf("got user name %q and error %v, want a made-up name", username, err)
	}
	if call, err := p.SignIn(t.Context(), "jane@example.com", "Passw0rd!"); err != nil || call.Tries != 1 {
		t.Errorf("got %d tries and error %v, want one", call.Tries, err)
	}
}

func TestChallengeEndsTheSignIn(t *testing.T) {
	p, api := open(t, &echo{}, bothTriggers)
	if _, err := api.AdminCreateUser(t.Context(), &cognitoidentityprovider.AdminCreateUserInput{
		UserPoolId: &p.id, Username: aws.String("jane"), TemporaryPassword: aws.String("Passw0rd!"),
	}); err != nil {
		t.Fatal(err)
	}
	if _, err := p.SignIn(t.Context(), "jane", "Passw0rd!"); !errors.Is(err, ErrChallenged) {
		t.Errorf("got error %v, want %v", err, ErrChallenged)
	}
}
