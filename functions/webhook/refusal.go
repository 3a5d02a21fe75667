package main

import (
	"errors"

	"github.com/poolsync/poolsync/shared/cognito"
	"github.com/poolsync/poolsync/shared/userhub"
)

// What UserHub is told of a request that cannot be carried out. None of it is
// personal data.
var (
	// errNotFound is for a user who is proven not to exist.
	errNotFound = &userhub.Refusal{Code: userhub.NotFound, Message: "id: no such user in the pool"}
	// errNotListed is for a user who exists, but whom the pool's listing does not
	// show yet.
	errNotListed = &userhub.Refusal{Code: userhub.Unavailable, Message: "id: the user is not listed yet: try again later"}
	// errUnproven is for a user who is neither listed nor proven gone.
	errUnproven = &userhub.Refusal{Code: userhub.Unavailable, Message: "id: the user is not listed, but not proven gone either"}
	// errNoSub is for an id that no user can have.
	errNoSub = &userhub.Refusal{Code: userhub.InvalidArgument, Message: "id: want the sub of a user, which is a UUID"}
	// errChosenSub is for a request to create a user with a given sub.
	errChosenSub = &userhub.Refusal{Code: userhub.InvalidArgument, Message: "id: leave it out: the pool chooses the sub"}
	// errPageToken is for a token that is not of this list.
	errPageToken = &userhub.Refusal{Code: userhub.InvalidArgument, Message: "pageToken: too old, or not of this list: start again without one"}
	// errPageSize is for a page size that became smaller within a list.
	errPageSize = &userhub.Refusal{Code: userhub.InvalidArgument, Message: "pageSize: smaller than for the page before: start again without pageToken"}
)

// refusal returns what UserHub is told of an error, and is the only place that
// decides it. What may not be the request's fault is UNAVAILABLE, so that UserHub
// concludes nothing from it and asks again. What is the request's fault is told in
// shared/cognito's words: what is wrong and with which attribute, never its value. (A
// filter that the pool does not honour is Cognito's fault; if the value caused it,
// the error is ErrInvalid as well.)
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
