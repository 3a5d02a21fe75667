package main

import (
	"errors"

	"github.com/poolsync/poolsync/shared/cognito"
	"github.com/poolsync/poolsync/shared/userhub"
)

// What UserHub is told of a request that cannot be carried out. None of it holds
// personal data.
var (
	// errNotFound is told of a user who is proven not to exist.
	errNotFound = &userhub.Refusal{Code: userhub.NotFound, Message: "id: no such user in the pool"}
	// errNotListed is told of a user who exists, but whom the pool's listing does
	// not show yet.
	errNotListed = &userhub.Refusal{Code: userhub.Unavailable, Message: "id: the user is not listed yet: try again later"}
	// errUnproven is told of a user whom nothing shows, and nothing proves gone.
	errUnproven = &userhub.Refusal{Code: userhub.Unavailable, Message: "id: the user is not listed, but not proven to be gone either"}
	// errNoSub is told of an id that no user can have.
	errNoSub = &userhub.Refusal{Code: userhub.InvalidArgument, Message: "id: want the sub of a user, which is a UUID"}
	// errChosenSub is told when a user is to be created with a given sub.
	errChosenSub = &userhub.Refusal{Code: userhub.InvalidArgument, Message: "id: leave it out: the pool chooses the sub"}
	// errPageToken is told of a token that is not of this list.
	errPageToken = &userhub.Refusal{Code: userhub.InvalidArgument, Message: "pageToken: too old, or not of this list: start again without one"}
	// errPageSize is told of a page size that became smaller within a list.
	errPageSize = &userhub.Refusal{Code: userhub.InvalidArgument, Message: "pageSize: smaller than for the page before: start again without pageToken"}
)

// refusal returns what UserHub is told of an error. It is the only place where
// that is decided. What is not known to be the request's fault is UNAVAILABLE, so
// that nothing is concluded from it and UserHub asks again. What is the request's
// fault is told in shared/cognito's words: what is wrong and with which attribute,
// never its value. (That the pool does not honour a filter is by itself nobody's fault
// but Cognito's; where it is for the value's sake, the error is ErrInvalid as well.)
func refusal(err error) error {
	if err == nil {
		return nil
	}
	if _, told := errors.AsType[*userhub.Refusal](err); told {
		return err
	}
	switch {
	case errors.Is(err, cognito.ErrThrottled):
		return &userhub.Refusal{Code: userhub.ResourceExhausted, Message: "the user pool is busy: try again later", Err: err}
	case errors.Is(err, cognito.ErrTokenRefused):
		return errPageToken
	case errors.Is(err, cognito.ErrNotFound):
		return errNotFound
	case errors.Is(err, cognito.ErrExists), errors.Is(err, cognito.ErrConflict):
		return &userhub.Refusal{Code: userhub.AlreadyExists, Message: err.Error()}
	case errors.Is(err, cognito.ErrInvalid), errors.Is(err, cognito.ErrImmutable):
		return &userhub.Refusal{Code: userhub.InvalidArgument, Message: err.Error()}
	}
	return &userhub.Refusal{Code: userhub.Unavailable, Message: "try again later", Err: err}
}
