package client

import (
	"context"
	"log/slog"

	"github.com/poolsync/poolsync/shared/reconcile"
	"github.com/poolsync/poolsync/shared/scim"
)

// match is a user at the service who is a user of the pool.
type match struct {
	*user
	note string // created or adopted
}

// remote is what the ledger keeps of them.
func (m *match) remote() reconcile.Remote { return reconcile.Remote{ID: m.ID(), Note: m.note} }

// held returns the user whom the ledger knows by the service's identifier; nil if the
// service does not have them any more, or has given them to somebody else.
func (a *attempt) held(ctx context.Context) (*match, error) {
	if a.Held.ID == "" {
		return nil, nil
	}
	u, err := a.get(ctx, a.Held.ID)
	if err != nil || u == nil {
		return nil, err
	}
	if is := u.Text(scim.PathExternalID); is != "" && is != a.Sub {
		return nil, nil
	}
	return &match{u, noteOf(a.Held)}, nil
}

// noteOf returns what we did to a user whom the ledger holds. Where it does not say, we
// are on the safe side.
func noteOf(held reconcile.Remote) string {
	if held.Note == created {
		return created
	}
	return adopted
}

// linked returns the user whose externalId is the sub, or nil.
func (a *attempt) linked(ctx context.Context) (*match, error) {
	u, err := a.own(ctx, a.Sub)
	if err != nil || u == nil {
		return nil, err
	}
	return a.asLinked(u), nil
}

// asLinked returns a user whose externalId is the sub. We created them if that was tried, or
// the ledger says so, or says that somebody of us may have tried; else somebody else gave
// them our identifier.
//
// Where we adopt, a claim does not say enough: it may be our own adoption whose answer was
// lost. Then the user counts as adopted, which is the safe side.
func (a *attempt) asLinked(u *user) *match {
	if a.tried || a.Held.Note == created || a.claimed(a.Delivery) && a.adoption != AdoptVerified {
		return &match{u, created}
	}
	return &match{u, adopted}
}

// candidate returns the user of that name, or else of that address, if the settings let us
// take them over; nil otherwise.
func (a *attempt) candidate(ctx context.Context, userName string) (*match, error) {
	found, err := a.lookUp(ctx, byUserName, userName)
	if err != nil {
		return nil, err
	}
	address := scim.VerifiedEmail(*a.User)
	if len(found) == 0 && a.adoption != AdoptNobody && a.profile.ByAddress && address != "" {
		found, err = a.lookUp(ctx, byAddress, address)
		if err != nil {
			return nil, err
		}
	}
	if len(found) != 1 {
		return nil, nil // nobody, or nobody in particular
	}
	return a.take(ctx, found[0], address)
}

// take decides about a user who has the name or the address:
//
//	externalId            | taken over
//	----------------------+------------------------------------------------------------
//	this user's sub       | yes
//	none                  | if the settings adopt, and they have the verified address
//	that of a former user | if the settings reuse, and they are inactive
//	any other             | no
func (a *attempt) take(ctx context.Context, u *user, address string) (*match, error) {
	switch is := u.Text(scim.PathExternalID); {
	case is == a.Sub:
		return a.asLinked(u), nil
	case is == "" && a.adoption == AdoptOwn && address != "" && has(u.Resource, byAddress, address):
		a.tried = true
		return &match{u, created}, nil
	case is == "" && a.adoption == AdoptVerified && address != "" && has(u.Resource, byAddress, address):
		return &match{u, adopted}, nil
	case is != "" && a.former != nil && !u.Active():
		vacant, err := a.former.Vacant(ctx, is)
		if err != nil || !vacant {
			return nil, err
		}
		a.log.InfoContext(ctx, "account of a former user taken over", slog.String("sub", a.Sub), slog.String("former", is))
		a.tried = true
		return &match{u, created}, nil
	}
	return nil, nil
}
