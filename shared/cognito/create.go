package cognito

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/poolsync/poolsync/shared/directory"
)

// NewUser is a user to be created.
type NewUser struct {
	// Username is the user's name. Empty chooses one: the e-mail address or phone
	// number, if the pool has users sign in with that; otherwise a random one.
	Username string
	// Attributes are the user's attributes; blank means absent. An e-mail address
	// or phone number counts as verified only if email_verified or
	// phone_number_verified is "true".
	Attributes map[string]string
	// Disabled bars the user from signing in.
	Disabled bool
}

// Create creates a user and returns it. The user gets a random temporary password
// that nobody is told, unless [Invite] is on, and has to change it. A disabled user
// is never invited.
//
// Nobody loses an e-mail address or alias to the new user: if another user has the
// address, Create creates nobody and the error is [ErrExists]. Other errors are
// [ErrInvalid], [ErrThrottled] and [ErrUnavailable].
//
// An error of Cognito's does not mean that there is no user: the invitation may have
// failed after the user was written. So Create looks for the user, and returns them
// if found. After an error the user may still exist, if Create could not look either.
// Then repeat the creation: for an hour it returns the user that the first try made,
// as long as nobody has touched them since. A user without user name and e-mail
// address cannot be told from another, and a repetition makes a second.
func (p *Provisioner) Create(ctx context.Context, n NewUser) (directory.User, error) {
	u, err := p.create(ctx, n)
	if err != nil {
		return directory.User{}, fmt.Errorf("create user: %w", err)
	}
	if !n.Disabled {
		return u, nil
	}
	// Cognito cannot create a disabled user. Until this call the user is enabled,
	// but nobody knows the password.
	if err := p.setEnabled(ctx, &u, false); err != nil {
		return directory.User{}, fmt.Errorf("disable the user just created: %w", err)
	}
	return u, nil
}

func (p *Provisioner) create(ctx context.Context, n NewUser) (directory.User, error) {
	if err := checkAttributes(n.Attributes); err != nil {
		return directory.User{}, err
	}
	t, err := p.describe(ctx)
	if err != nil {
		return directory.User{}, err
	}
	c, err := t.creation(n)
	if err != nil {
		return directory.User{}, err
	}
	if p.invites(n) && n.Attributes["email"] == "" && n.Attributes["phone_number"] == "" {
		return directory.User{}, fmt.Errorf("%w: email or phone_number: missing, and the invitation goes there", ErrInvalid)
	}
	if email := n.Attributes["email"]; email != "" {
		holder, taken, err := p.pool.holder(ctx, "email", email, func(directory.User) bool { return true })
		switch {
		case err != nil:
			return directory.User{}, err
		case taken && c.made(holder):
			return holder, nil
		case taken:
			return directory.User{}, fmt.Errorf("%w: the e-mail address is taken", ErrExists)
		}
	}
	out, err := write(ctx, p.creates, "create", p.client.AdminCreateUser, p.createInput(c))
	if err == nil && out.User == nil {
		err = fmt.Errorf("%w: no user", ErrUnexpected)
	}
	switch {
	// For an alias that is taken, Cognito answers either of the two.
	case hasCode(err, "UsernameExistsException", "AliasExistsException"), unclear(err):
		return p.made(ctx, c, err)
	case err != nil:
		return directory.User{}, invalid(err)
	}
	return toUser(*out.User)
}

// invites reports whether the new user is sent an invitation, which takes an
// address. ("AdminCreateUser", UserAttributes,
// https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_AdminCreateUser.html)
func (p *Provisioner) invites(n NewUser) bool { return p.invite && !n.Disabled }

// createInput returns the request that creates a user. It leaves ForceAliasCreation
// unset, which would take an alias away from the user who has it.
func (p *Provisioner) createInput(c creation) *cip.AdminCreateUserInput {
	in := &cip.AdminCreateUserInput{
		UserPoolId:     &p.pool.id,
		Username:       aws.String(c.Username),
		UserAttributes: toAttributes(c.written),
	}
	if !p.invites(c.NewUser) {
		in.MessageAction = types.MessageActionTypeSuppress
		return in
	}
	// Cognito's own default is to send a text message.
	in.DesiredDeliveryMediums = []types.DeliveryMediumType{types.DeliveryMediumTypeEmail}
	if c.written["email"] == "" {
		in.DesiredDeliveryMediums = []types.DeliveryMediumType{types.DeliveryMediumTypeSms}
	}
	return in
}

// invalid marks an error with which Cognito refused its input.
func invalid(err error) error {
	if hasCode(err, "InvalidParameterException", "InvalidPasswordException") {
		return fmt.Errorf("%w: %w", ErrInvalid, err)
	}
	return err
}
