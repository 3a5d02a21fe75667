package cognito

import (
	"context"
	"errors"
	"time"

	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"

	"github.com/poolsync/poolsync/shared/directory"
)

// lookTime is kept back from the time that a write may take, so that we can still
// check its effect if no answer comes.
const lookTime = time.Second

// refusals are the error codes that come before anything is written. After any other,
// somebody has to look: the message to the user could not be sent
// (CodeDeliveryFailureException), a trigger that may run after the write failed
// (UserLambdaValidationException and its like), Cognito failed, or there is no
// answer. ("Errors" of each operation,
// https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/)
//
// shared/cloudtrail has a longer list, and this one would not do there: others could
// make us look where nothing was written. Here a look is one request after a write of
// our own, so only what is common and certain is listed.
var refusals = []string{
	"AccessDeniedException", "NotAuthorizedException", "UnrecognizedClientException", "ExpiredTokenException",
	"InvalidParameterException", "InvalidPasswordException",
	"ResourceNotFoundException", "UserNotFoundException", "UsernameExistsException", "AliasExistsException",
	"UnsupportedUserStateException",
}

// unclear reports whether an error leaves open if its write took effect. Throttling
// does not: it comes first, and is retried as long as there is time.
func unclear(err error) bool {
	return err != nil && !hasCode(err, refusals...) &&
		!errors.Is(err, ErrThrottled) && !errors.Is(err, ErrNotFound)
}

// write makes a call that writes, and leaves time to check its effect.
func write[In, Out any](
	ctx context.Context, q quota, what string,
	do func(context.Context, *In, ...func(*cip.Options)) (*Out, error), in *In,
) (*Out, error) {
	if deadline, ok := ctx.Deadline(); ok {
		limit, cancel := context.WithDeadline(ctx, deadline.Add(-lookTime))
		defer cancel()
		ctx = limit
	}
	return call(ctx, q, what, do, in)
}

// confirm returns what is true after a write to a user failed with an unclear error:
// nil if the pool holds the user as done requires, [ErrNotFound] if there is no user,
// and otherwise the error of the write. A repetition then writes again what is
// missing.
func (p *Provisioner) confirm(ctx context.Context, u directory.User, failed error, done func(directory.User) bool) error {
	now, err := p.pool.present(ctx, "look what was written", u.Username)
	switch {
	case errors.Is(err, ErrNotFound):
		return ErrNotFound
	case err == nil && now.Sub == u.Sub && done(now):
		return nil
	}
	return failed
}

// shows reports whether a user has the attributes that were written. While an address
// waits for its verification the pool still shows the old one, so nothing is claimed
// about it.
func shows(u directory.User, written map[string]string) bool {
	for name, value := range written {
		if u.Attributes[name] != value {
			return false
		}
	}
	return true
}
