package cognito

import (
	"context"
	"fmt"
	"maps"
	"slices"

	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"

	"github.com/poolsync/poolsync/shared/directory"
)

// Edit is the state that a user should have.
type Edit struct {
	// Attributes are the wanted values; blank removes one. Attributes that are
	// not named stay as they are.
	Attributes map[string]string
	// Enabled says whether the user may sign in; nil leaves that as it is.
	Enabled *bool
}

// Update makes the user, as just read, what the edit says, and returns it. It writes
// only what differs from that, but always disables a user who is to be disabled. Some
// pools ask the user to verify a new address first, and until then the user has the
// old one.
//
// Cognito moves an alias silently: an e-mail address that is written as verified
// stops leading to the user who had it. So if an attribute leads to a user and
// another user is listed with the value, Update writes nothing and the error is
// [ErrConflict]. A user who got it moments ago may not be listed yet.
// Other errors are [ErrImmutable], [ErrInvalid], [ErrNotFound], [ErrThrottled] and
// [ErrUnavailable]. Repeating an update is safe.
func (p *Provisioner) Update(ctx context.Context, u directory.User, e Edit) (directory.User, error) {
	u.Attributes = maps.Clone(u.Attributes)
	steps := []func() error{
		func() error { return p.updateAttributes(ctx, &u, e.Attributes) },
		func() error { return p.updateEnabled(ctx, &u, e.Enabled) },
	}
	if e.Enabled != nil && !*e.Enabled {
		slices.Reverse(steps) // disable first: nothing may keep the user enabled
	}
	for _, step := range steps {
		if err := step(); err != nil {
			return directory.User{}, fmt.Errorf("update user: %w", err)
		}
	}
	return u, nil
}

// updateAttributes writes those attributes that differ.
func (p *Provisioner) updateAttributes(ctx context.Context, u *directory.User, want map[string]string) error {
	edit := differing(u.Attributes, want)
	if len(edit) == 0 {
		return nil
	}
	if err := checkAttributes(edit); err != nil {
		return err
	}
	t, err := p.describe(ctx)
	if err != nil {
		return err
	}
	if err := t.checkFixed(u.Attributes, edit); err != nil {
		return err
	}
	if err := p.checkAliases(ctx, t, u.Sub, edit); err != nil {
		return err
	}
	waiting := t.wait(u.Attributes, edit)
	_, err = write(ctx, p.updates, "write attributes", p.client.AdminUpdateUserAttributes, &cip.AdminUpdateUserAttributesInput{
		UserPoolId:     &p.pool.id,
		Username:       &u.Username,
		UserAttributes: toAttributes(edit),
	})
	if unclear(err) {
		err = p.confirm(ctx, *u, err, func(now directory.User) bool { return shows(now, edit) })
	}
	switch {
	case hasCode(err, "UserNotFoundException"):
		return ErrNotFound
	case hasCode(err, "AliasExistsException"):
		return fmt.Errorf("%w: %w", ErrConflict, err)
	case err != nil:
		return invalid(err)
	}
	for _, address := range waiting {
		delete(edit, address)
	}
	apply(u, edit)
	return nil
}

// differing returns what to write so that a user who has some attributes gets those
// wanted. An address and its verification are written together if either differs, and
// a verification without an address not at all.
func differing(have, want map[string]string) map[string]string {
	write := make(map[string]string)
	for name, value := range want {
		if have[name] != value {
			write[name] = value
		}
	}
	for address, verified := range verifications {
		_, a := write[address]
		_, v := write[verified]
		switch {
		case a && write[address] == "", v && !a && have[address] == "":
			delete(write, verified)
		case a && !v && want[verified] != "":
			write[verified] = want[verified]
		case v && !a:
			write[address] = have[address]
		}
	}
	withVerifications(write)
	return write
}

// checkFixed refuses to change what the pool's schema fixes on creation. A fixed
// address that only accompanies its verification is left out.
func (t *traits) checkFixed(have, write map[string]string) error {
	for _, name := range slices.Sorted(maps.Keys(write)) {
		switch {
		case !t.fixed[name]:
		case have[name] == write[name]:
			delete(write, name)
		default:
			return fmt.Errorf("%w: %s", ErrImmutable, name)
		}
	}
	return nil
}

// checkAliases refuses to move an alias from one user to another. A federated user
// has none to lose: it signs in through its identity provider.
func (p *Provisioner) checkAliases(ctx context.Context, t *traits, sub string, write map[string]string) error {
	for _, name := range t.leading {
		value := write[name]
		if value == "" {
			continue
		}
		_, taken, err := p.pool.holder(ctx, name, value, func(other directory.User) bool {
			return other.Sub != sub && other.Status != statusFederated
		})
		if err != nil {
			return err
		}
		if taken {
			return fmt.Errorf("%w: %s", ErrConflict, name)
		}
	}
	return nil
}

// wait returns the new addresses in a write that the pool takes over only once the
// user has verified them. Until then the user keeps the old address and its
// verification, so the write says nothing about that. An address that is written as
// verified is taken over at once. ("AdminUpdateUserAttributes", UserAttributes,
// https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_AdminUpdateUserAttributes.html)
func (t *traits) wait(have, write map[string]string) []string {
	var waiting []string
	for _, address := range t.waiting {
		verified := verifications[address]
		if write[address] != "" && write[address] != have[address] && write[verified] != "true" {
			delete(write, verified)
			waiting = append(waiting, address)
		}
	}
	return waiting
}

// updateEnabled enables the user, if that differs, or disables the user in any case.
// The user is as listed, and a listing may be late: leaving somebody enabled because
// of that would be worse than disabling twice. (A user who wrongly stays disabled is
// enabled by the next try.)
func (p *Provisioner) updateEnabled(ctx context.Context, u *directory.User, want *bool) error {
	if want == nil || *want && u.Enabled {
		return nil
	}
	return p.setEnabled(ctx, u, *want)
}

// setEnabled enables or disables the user. Disabling ends the user's sessions.
func (p *Provisioner) setEnabled(ctx context.Context, u *directory.User, enabled bool) error {
	var err error
	if enabled {
		_, err = write(ctx, p.updates, "enable", p.client.AdminEnableUser,
			&cip.AdminEnableUserInput{UserPoolId: &p.pool.id, Username: &u.Username})
	} else {
		_, err = write(ctx, p.updates, "disable", p.client.AdminDisableUser,
			&cip.AdminDisableUserInput{UserPoolId: &p.pool.id, Username: &u.Username})
	}
	if hasCode(err, "UserNotFoundException") {
		return ErrNotFound
	}
	if unclear(err) {
		err = p.confirm(ctx, *u, err, func(now directory.User) bool { return now.Enabled == enabled })
	}
	if err == nil {
		u.Enabled = enabled
	}
	return err
}

// apply gives the user the attributes that were written. A verification goes with
// its address.
func apply(u *directory.User, written map[string]string) {
	if u.Attributes == nil {
		u.Attributes = make(map[string]string)
	}
	for name, value := range written {
		u.Attributes[name] = value
		if value == "" {
			delete(u.Attributes, name)
			delete(u.Attributes, verifications[name])
		}
	}
}
