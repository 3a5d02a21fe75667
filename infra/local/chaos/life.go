package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/poolsync/poolsync/infra/local/signin"
)

// live carries out one step of the plan's life.
func (w *world) live(ctx context.Context, s step) error {
	if s.deed == fullRun {
		w.run()
		return nil
	}
	if s.deed == stray {
		w.mu.Lock()
		w.count[stray]++
		w.mu.Unlock()
		return w.stray(ctx)
	}
	p := w.person(s)
	var err error
	switch s.deed {
	case signIn:
		err = w.signIn(ctx, p)
	case signUp:
		err = w.signUp(ctx, p)
	case create:
		err = w.create(ctx, p)
	case welcome:
		err = w.welcome(ctx, p)
	case discard:
		err = w.discard(ctx, p)
	default:
		err = w.administer(ctx, s.deed, p)
	}
	if err != nil {
		return fmt.Errorf("%s, person %d: %w", s.deed, s.who, err)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.count[s.deed]++
	return nil
}

// person returns the person that a step is about, and notes the step in their history.
func (w *world) person(s step) *person {
	w.mu.Lock()
	defer w.mu.Unlock()
	p := w.people[s.who]
	if p == nil {
		p = &person{number: s.who, email: fmt.Sprintf("person-%d@example.com", s.who)}
		w.people[s.who] = p
	}
	p.history = append(p.history, fmt.Sprintf("%.1f s: %s", time.Since(w.began).Seconds(), s.deed))
	return p
}

// signIn signs somebody in, and retries until it succeeds.
func (w *world) signIn(ctx context.Context, p *person) error {
	for {
		call, err := w.Pool.SignIn(ctx, p.email, password)
		if err == nil {
			w.mu.Lock()
			defer w.mu.Unlock()
			p.signIns = append(p.signIns, call.Started)
			return nil
		}
		if !errors.Is(err, signin.ErrUserLambdaValidation) && !errors.Is(err, signin.ErrUnexpectedLambda) {
			return err
		}
		w.mu.Lock()
		w.refused++
		w.mu.Unlock()
	}
}

// signUp registers somebody. A trigger that dies leaves the registration valid.
func (w *world) signUp(ctx context.Context, p *person) error {
	_, err := w.Pool.SignUp(ctx, p.email, password, map[string]string{"email": p.email, "name": "Newcomer"})
	if err != nil && !errors.Is(err, signin.ErrUserLambdaValidation) && !errors.Is(err, signin.ErrUnexpectedLambda) {
		return err
	}
	user, err := w.pools.AdminGetUser(ctx, &cognitoidentityprovider.AdminGetUserInput{
		UserPoolId: aws.String(w.Ref("UserPool")), Username: &p.email,
	})
	if err != nil {
		return err
	}
	w.arrive(p, aws.ToString(user.Username), user.UserAttributes)
	return w.tell(ctx, "ConfirmSignUp", p)
}

// create adds somebody to the pool who can sign in at once.
func (w *world) create(ctx context.Context, p *person) error {
	pool := w.Ref("UserPool")
	created, err := w.pools.AdminCreateUser(ctx, &cognitoidentityprovider.AdminCreateUserInput{
		UserPoolId: &pool, Username: &p.email, MessageAction: types.MessageActionTypeSuppress,
		UserAttributes: []types.AttributeType{attribute("email", p.email), attribute("name", "Somebody")},
	})
	if err != nil {
		return err
	}
	w.arrive(p, aws.ToString(created.User.Username), created.User.Attributes)
	if _, err := w.pools.AdminSetUserPassword(ctx, &cognitoidentityprovider.AdminSetUserPasswordInput{
		UserPoolId: &pool, Username: &p.username, Password: aws.String(password), Permanent: true,
	}); err != nil {
		return err
	}
	return w.tell(ctx, "AdminCreateUser", p)
}

// arrive notes that somebody is in the pool.
func (w *world) arrive(p *person, username string, attributes []types.AttributeType) {
	w.mu.Lock()
	defer w.mu.Unlock()
	p.username, p.present = username, true
	for _, a := range attributes {
		if aws.ToString(a.Name) == "sub" {
			p.sub = aws.ToString(a.Value)
		}
	}
}

func attribute(name, value string) types.AttributeType {
	return types.AttributeType{Name: &name, Value: &value}
}

// administer does what an owner does to somebody in the pool, and makes CloudTrail
// report it.
func (w *world) administer(ctx context.Context, d deed, p *person) error {
	pool := w.Ref("UserPool")
	var operation string
	var err error
	switch d {
	case rename:
		operation = "AdminUpdateUserAttributes"
		w.mu.Lock()
		name := fmt.Sprintf("Name %d", w.random.IntN(1e6))
		w.mu.Unlock()
		_, err = w.pools.AdminUpdateUserAttributes(ctx, &cognitoidentityprovider.AdminUpdateUserAttributesInput{
			UserPoolId: &pool, Username: &p.username, UserAttributes: []types.AttributeType{attribute("name", name)},
		})
	case disable:
		operation = "AdminDisableUser"
		_, err = w.pools.AdminDisableUser(ctx, &cognitoidentityprovider.AdminDisableUserInput{UserPoolId: &pool, Username: &p.username})
	case enable:
		operation = "AdminEnableUser"
		_, err = w.pools.AdminEnableUser(ctx, &cognitoidentityprovider.AdminEnableUserInput{UserPoolId: &pool, Username: &p.username})
	case remove:
		operation = "AdminDeleteUser"
		w.mu.Lock()
		p.present = false // from now on UserHub may delete them
		w.mu.Unlock()
		_, err = w.pools.AdminDeleteUser(ctx, &cognitoidentityprovider.AdminDeleteUserInput{UserPoolId: &pool, Username: &p.username})
	}
	if err != nil {
		return err
	}
	return w.tell(ctx, operation, p)
}

// run starts a full sync and does not wait for it.
func (w *world) run() {
	w.underWay.Go(func() {
		output, err := w.Execute(w.life, "FullsyncStateMachine", "{}")
		w.mu.Lock()
		defer w.mu.Unlock()
		w.count[fullRun]++
		w.runs[outcome(output, err)]++
	})
}
