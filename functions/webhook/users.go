package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"regexp"

	"github.com/poolsync/poolsync/shared/cognito"
	"github.com/poolsync/poolsync/shared/directory"
	"github.com/poolsync/poolsync/shared/plan"
	"github.com/poolsync/poolsync/shared/userhub"
)

// entries is what is read from the ledger.
type entries interface {
	Entry(ctx context.Context, sub string) (plan.Entry, error)
}

// users is the pool as UserHub's provider of users.
type users struct {
	pool        *cognito.Pool
	poolID      string
	ledger      entries // nil where there is none
	by          userhub.ExternalID
	provisioner *cognito.Provisioner
	removal     cognito.Removal
	reporter    reporter
}

// list returns one page of the pool, of at most 60 users. UserHub would like the
// newest first, which ListUsers cannot do: its order means nothing. A page may be
// short, or empty, while more follow.
func (u users) list(ctx context.Context, r userhub.ListRequest) (userhub.ListResponse, error) {
	size := min(cmp.Or(int(r.PageSize), cognito.PageSize), cognito.PageSize)
	from, err := readPageToken(r.PageToken, u.poolID, size)
	if err != nil {
		return userhub.ListResponse{}, err
	}
	page, next, err := u.pool.Page(ctx, from.Size, from.Next)
	if err != nil {
		return userhub.ListResponse{}, refusal(err)
	}
	from.Next = next
	response := userhub.ListResponse{NextPageToken: from.String()}
	for _, user := range page {
		response.Users = append(response.Users, userhub.NewCustomUser(u.by, user))
	}
	return response, nil
}

// get returns one user.
func (u users) get(ctx context.Context, r userhub.UserRequest) (userhub.CustomUser, error) {
	return u.answer(u.find(ctx, r.ID))
}

// answer shows UserHub a user, or says why there is none to show.
func (u users) answer(user directory.User, err error) (userhub.CustomUser, error) {
	if err != nil {
		return userhub.CustomUser{}, refusal(err)
	}
	return userhub.NewCustomUser(u.by, user), nil
}

// find returns the user with an external id. NOT_FOUND tells UserHub that the user
// was deleted, so it requires proof: a listing may not show everybody.
func (u users) find(ctx context.Context, id string) (directory.User, error) {
	user, listed, err := u.listed(ctx, id)
	if u.by == userhub.ByUsername {
		// A filter that refuses the name, or mistakes it for another, says
		// nothing about the user.
		if !listed && (err == nil || errors.Is(err, cognito.ErrInvalid)) {
			return u.findUnlisted(ctx, id)
		}
		return user, err
	}
	if err != nil || listed {
		return user, err
	}
	switch gone, err := u.gone(ctx, id); {
	case err != nil:
		return directory.User{}, err
	case !gone:
		return directory.User{}, errNotListed
	}
	return directory.User{}, errNotFound
}

// listed returns the user with an external id, if the pool's listing shows one. It
// makes nobody billable.
func (u users) listed(ctx context.Context, id string) (directory.User, bool, error) {
	look := u.pool.UserByName
	if u.by == userhub.BySub {
		look = u.pool.User
	}
	user, listed, err := look(ctx, id)
	if err != nil {
		return directory.User{}, false, fmt.Errorf("look for the id: %w", err)
	}
	return user, listed, nil
}

// findUnlisted returns the user with a user name that no listing shows.
//
// AdminGetUser, the only call that shows the pool as it is now, finds every user by
// user name. So it can prove that nobody has a user name, whether or not anybody ever
// had it. If somebody has it, the answer holds their sub, and the pool lists them by
// that unless they were created moments ago.
func (u users) findUnlisted(ctx context.Context, username string) (directory.User, error) {
	sub, err := u.pool.SubOf(ctx, username)
	if err != nil {
		return directory.User{}, err
	}
	user, listed, err := u.pool.User(ctx, sub)
	if err == nil && !listed {
		err = errNotListed
	}
	return user, err
}

// gone reports whether the user with this sub, who is not listed, is proven not to
// exist.
//
// AdminGetUser finds a local user by sub as well, but not a federated one: by sub
// alone, a federated user that the listing does not show yet would look deleted. So
// the proof requires the user name as well, which the ledger has for every user that
// we have reported to UserHub. Nobody else can be proven gone by sub: UserHub is told
// UNAVAILABLE and keeps them.
func (u users) gone(ctx context.Context, id string) (bool, error) {
	switch {
	case !subForm.MatchString(id):
		return false, errNoSub
	case id == directory.Nobody: // what the connectivity check has UserHub ask for
		return true, nil
	case u.ledger == nil:
		return false, errUnproven
	}
	entry, err := u.ledger.Entry(ctx, id)
	switch {
	case err != nil:
		return false, err
	case entry.Username == "":
		return false, errUnproven
	}
	return u.pool.Gone(ctx, id, entry.Username)
}

// subForm is the form of every sub, a UUID.
var subForm = regexp.MustCompile(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)
