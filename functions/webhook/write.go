package main

import (
	"context"

	"github.com/poolsync/poolsync/shared/cognito"
	"github.com/poolsync/poolsync/shared/directory"
	"github.com/poolsync/poolsync/shared/userhub"
)

// create creates a user. UserHub may choose the user name if it knows users by that;
// the pool always chooses the sub.
func (u users) create(ctx context.Context, in userhub.UserInput) (userhub.CustomUser, error) {
	if in.ID != "" && u.by == userhub.BySub {
		return userhub.CustomUser{}, errChosenSub
	}
	edit := in.Edit(directory.User{Enabled: true})
	created, err := u.provisioner.Create(ctx, cognito.NewUser{
		Username:   in.ID,
		Attributes: edit.Attributes,
		Disabled:   edit.Enabled != nil,
	})
	if err == nil {
		u.reporter.wrote(ctx, created)
	}
	return u.answer(created, err)
}

// update writes only what differs, but always disables a user who is to be disabled.
func (u users) update(ctx context.Context, in userhub.UserInput) (userhub.CustomUser, error) {
	user, err := u.find(ctx, in.ID)
	if err != nil {
		return u.answer(user, err)
	}
	edit := cognito.Edit(in.Edit(user))
	if in.Disabled != nil && *in.Disabled {
		// Even if the user is listed as disabled: the listing may be late.
		enabled := false
		edit.Enabled = &enabled
	}
	updated, err := u.provisioner.Update(ctx, user, edit)
	if err != nil {
		u.reporter.failed(ctx, user)
	} else {
		u.reporter.wrote(ctx, updated)
	}
	return u.answer(updated, err)
}

// delete removes a user the way the owner chose. A user who is already gone is
// NOT_FOUND, which means the same to UserHub.
func (u users) delete(ctx context.Context, r userhub.UserRequest) error {
	user, err := u.find(ctx, r.ID)
	if err != nil {
		return refusal(err)
	}
	err = u.provisioner.Remove(ctx, user, u.removal)
	switch {
	case err != nil:
		u.reporter.failed(ctx, user)
	case u.removal == cognito.Delete:
		u.reporter.deleted(ctx, user)
	default:
		user.Enabled = false
		u.reporter.wrote(ctx, user)
	}
	return refusal(err)
}
