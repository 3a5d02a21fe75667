package cognitotest

import (
	"context"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
)

// AdminCreateUser creates a user, who has to change the password.
func (p *Pool) AdminCreateUser(ctx context.Context, in *cip.AdminCreateUserInput, _ ...func(*cip.Options)) (*cip.AdminCreateUserOutput, error) {
	return serve(ctx, p, Call{Op: "AdminCreateUser"}, func() (*cip.AdminCreateUserOutput, error) {
		name, attrs := aws.ToString(in.Username), toMap(in.UserAttributes)
		if err := p.creatable(name, in, attrs); err != nil {
			return nil, err
		}
		sub := p.newSub()
		if len(p.settings.signInWith) > 0 {
			attrs[kindOf(name)], name = name, sub
		}
		if in.MessageAction != types.MessageActionTypeSuppress {
			p.invited++
		}
		r := p.newRecord(sub, name, attrs)
		r.status = types.UserStatusTypeForceChangePassword
		p.takeAliases(sub, r)
		p.write(sub, r)
		u := r.userType()
		return &cip.AdminCreateUserOutput{User: &u}, nil
	})
}

// creatable says why a user cannot be created.
func (p *Pool) creatable(name string, in *cip.AdminCreateUserInput, attrs map[string]string) error {
	switch {
	case aws.ToString(in.UserPoolId) != ID:
		return Answer("ResourceNotFoundException", 400)
	case name == "",
		len(p.settings.signInWith) > 0 && !slices.Contains(p.settings.signInWith, kindOf(name)),
		slices.Contains(p.settings.aliases, kindOf(name)):
		return Answer("InvalidParameterException", 400)
	}
	if _, r := p.named(name); r != nil {
		return Answer("UsernameExistsException", 400)
	}
	if err := p.writable(in.UserAttributes, nil); err != nil {
		return err
	}
	if in.MessageAction != types.MessageActionTypeSuppress && !reachable(in.DesiredDeliveryMediums, name, attrs) {
		return Answer("InvalidParameterException", 400)
	}
	// The documentation says AliasExistsException; this is what has been seen.
	if !in.ForceAliasCreation && p.aliasTaken("", attrs) {
		return Answer("UsernameExistsException", 400)
	}
	return nil
}

// reachable reports whether a new user has the address of every medium that the
// request names for the invitation.
func reachable(media []types.DeliveryMediumType, name string, attrs map[string]string) bool {
	for _, medium := range media {
		address := map[types.DeliveryMediumType]string{
			types.DeliveryMediumTypeEmail: "email", types.DeliveryMediumTypeSms: "phone_number",
		}[medium]
		if attrs[address] == "" && kindOf(name) != address {
			return false
		}
	}
	return true
}

// AdminUpdateUserAttributes writes attributes; a blank value removes one. It silently
// takes an alias from another user who has it.
func (p *Pool) AdminUpdateUserAttributes(ctx context.Context, in *cip.AdminUpdateUserAttributesInput, _ ...func(*cip.Options)) (*cip.AdminUpdateUserAttributesOutput, error) {
	return admin(ctx, p, "AdminUpdateUserAttributes", in.UserPoolId, in.Username, func(sub string, had *record) (*cip.AdminUpdateUserAttributesOutput, error) {
		if err := p.writable(in.UserAttributes, had); err != nil {
			return nil, err
		}
		attrs := toMap(in.UserAttributes)
		for _, a := range p.settings.signInWith {
			if v, ok := attrs[a]; ok && (v == "" || p.heldByOther(sub, a, v)) {
				return nil, Answer("AliasExistsException", 400)
			}
		}
		r := had.clone()
		for _, a := range in.UserAttributes {
			p.setAttribute(r, *a.Name, aws.ToString(a.Value), attrs)
		}
		r.modified = time.Now().UTC()
		p.takeAliases(sub, r)
		p.write(sub, r)
		return &cip.AdminUpdateUserAttributesOutput{}, nil
	})
}

// setAttribute sets one of the attributes of a request. A new address that does not
// come with its verification is unverified, or not taken over at all.
func (p *Pool) setAttribute(r *record, name, value string, request map[string]string) {
	verified := name + "_verified"
	if _, ok := p.settings.schema[verified]; ok && r.get(name) != value && request[verified] != "true" {
		if slices.Contains(p.settings.verify, name) && value != "" {
			return
		}
		r.set(verified, map[bool]string{true: "false"}[value != ""])
	}
	r.set(name, value)
}

// AdminEnableUser lets a user sign in again.
func (p *Pool) AdminEnableUser(ctx context.Context, in *cip.AdminEnableUserInput, _ ...func(*cip.Options)) (*cip.AdminEnableUserOutput, error) {
	return admin(ctx, p, "AdminEnableUser", in.UserPoolId, in.Username, func(sub string, r *record) (*cip.AdminEnableUserOutput, error) {
		p.enable(sub, r, true)
		return &cip.AdminEnableUserOutput{}, nil
	})
}

// AdminDisableUser bars a user from signing in. The user stays listed.
func (p *Pool) AdminDisableUser(ctx context.Context, in *cip.AdminDisableUserInput, _ ...func(*cip.Options)) (*cip.AdminDisableUserOutput, error) {
	return admin(ctx, p, "AdminDisableUser", in.UserPoolId, in.Username, func(sub string, r *record) (*cip.AdminDisableUserOutput, error) {
		p.enable(sub, r, false)
		return &cip.AdminDisableUserOutput{}, nil
	})
}

// enable does not move the date of the last change: whether the real pool does is not
// documented, so nothing may depend on it.
func (p *Pool) enable(sub string, had *record, enabled bool) {
	r := had.clone()
	r.enabled = enabled
	p.write(sub, r)
}

// AdminDeleteUser deletes a user for good. The user name can be used again, and
// then has another sub.
func (p *Pool) AdminDeleteUser(ctx context.Context, in *cip.AdminDeleteUserInput, _ ...func(*cip.Options)) (*cip.AdminDeleteUserOutput, error) {
	return admin(ctx, p, "AdminDeleteUser", in.UserPoolId, in.Username, func(sub string, _ *record) (*cip.AdminDeleteUserOutput, error) {
		p.remove(sub)
		return &cip.AdminDeleteUserOutput{}, nil
	})
}

// Invitations returns how many invitations AdminCreateUser has sent.
func (p *Pool) Invitations() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.invited
}

// kindOf returns the attribute that a user name looks like a value of, or none.
func kindOf(name string) string {
	switch {
	case address(name):
		return "email"
	case phoneNumber(name):
		return "phone_number"
	}
	return ""
}

func toMap(attrs []types.AttributeType) map[string]string {
	m := make(map[string]string, len(attrs))
	for _, a := range attrs {
		m[aws.ToString(a.Name)] = aws.ToString(a.Value)
	}
	return m
}
