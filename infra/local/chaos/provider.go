package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"

	"github.com/poolsync/poolsync/shared/userhub/userhubtest"
)

// welcome makes UserHub add somebody to the pool, through the webhook. The owner then
// sets a password, so that they can sign in.
func (w *world) welcome(ctx context.Context, p *person) error {
	profile := userhubtest.Profile{DisplayName: "Guest", Email: p.email, EmailVerified: true}
	var username string
	if err := w.insist(ctx, func() (err error) {
		username, err = w.UserHub.CreateUser(ctx, profile)
		if taken(err) { // by an earlier request whose answer was lost
			return nil
		}
		return err
	}); err != nil {
		return err
	}
	user, err := w.pools.AdminGetUser(ctx, &cognitoidentityprovider.AdminGetUserInput{
		UserPoolId: aws.String(w.Ref("UserPool")), Username: &p.email,
	})
	if err != nil {
		return err
	}
	if held := aws.ToString(user.Username); username != "" && username != held {
		return fmt.Errorf("UserHub was told %s, and the pool holds %s", username, held)
	}
	w.arrive(p, aws.ToString(user.Username), user.UserAttributes)
	if _, err := w.pools.AdminSetUserPassword(ctx, &cognitoidentityprovider.AdminSetUserPasswordInput{
		UserPoolId: aws.String(w.Ref("UserPool")), Username: &p.username, Password: aws.String(password), Permanent: true,
	}); err != nil {
		return err
	}
	return w.tellOfUs(ctx, "AdminCreateUser", p)
}

// discard makes UserHub delete somebody from the pool, through the webhook.
func (w *world) discard(ctx context.Context, p *person) error {
	w.mu.Lock()
	p.present = false // from now on UserHub may delete them
	w.mu.Unlock()
	if err := w.insist(ctx, func() error { return w.UserHub.DeleteUser(ctx, p.username) }); err != nil {
		return err
	}
	return w.tellOfUs(ctx, "AdminDeleteUser", p)
}

// insist does what an admin does when the console says that something went wrong: it
// retries until the attempt succeeds or is refused for good.
func (w *world) insist(ctx context.Context, attempt func() error) error {
	for {
		err := attempt()
		if err == nil || ctx.Err() != nil || !passing(err) {
			return err
		}
		select {
		case <-time.After(200 * time.Millisecond):
		case <-ctx.Done():
		}
	}
}

// passing reports whether a failed call of the webhook may succeed when retried. A call
// without any answer may.
func passing(err error) bool {
	call, answered := errors.AsType[*userhubtest.CallError](err)
	return !answered || call.Status == 429 || call.Status >= 500
}

// taken reports whether the webhook says that the user exists already.
func taken(err error) bool {
	call, answered := errors.AsType[*userhubtest.CallError](err)
	return answered && call.Code == "ALREADY_EXISTS"
}
