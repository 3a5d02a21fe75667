package cognito

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"

	"github.com/poolsync/poolsync/shared/throttle"
)

// Writer is the part of the SDK that provisions users. A [cip.Client] satisfies it;
// make it with [NewClient].
type Writer interface {
	AdminCreateUser(context.Context, *cip.AdminCreateUserInput, ...func(*cip.Options)) (*cip.AdminCreateUserOutput, error)
	AdminUpdateUserAttributes(context.Context, *cip.AdminUpdateUserAttributesInput, ...func(*cip.Options)) (*cip.AdminUpdateUserAttributesOutput, error)
	AdminEnableUser(context.Context, *cip.AdminEnableUserInput, ...func(*cip.Options)) (*cip.AdminEnableUserOutput, error)
	AdminDisableUser(context.Context, *cip.AdminDisableUserInput, ...func(*cip.Options)) (*cip.AdminDisableUserOutput, error)
	AdminDeleteUser(context.Context, *cip.AdminDeleteUserInput, ...func(*cip.Options)) (*cip.AdminDeleteUserOutput, error)
}

// Requests a second that we take of quotas which the account's own applications
// need as well. (Amazon Cognito developer guide, "Quotas in Amazon Cognito")
const (
	createRate = 5 // of the 50 of UserCreation
	updateRate = 5 // of the 25 of UserUpdate, which cannot be raised
)

// Provisioner creates, changes and removes users of a pool. It is safe for
// concurrent use.
//
// It writes only what differs: a write makes the user a monthly active user.
type Provisioner struct {
	pool   *Pool
	client Writer
	invite bool

	creates quota // AdminCreateUser
	updates quota // the others

	mu     sync.Mutex // guards what follows
	traits *traits    // nil until first needed
	asked  time.Time  // when traits were asked for
}

// ProvisionOption changes a default of [NewProvisioner].
type ProvisionOption func(*Provisioner)

// Invite has Cognito send a new user the pool's invitation. By default it sends
// nothing.
func Invite() ProvisionOption {
	return func(p *Provisioner) { p.invite = true }
}

// NewProvisioner returns a provisioner for the pool.
func NewProvisioner(pool *Pool, client Writer, opts ...ProvisionOption) *Provisioner {
	p := &Provisioner{
		pool:   pool,
		client: client,
		// A second's worth at once, because somebody may be waiting for the answer.
		creates: newQuota(createRate, throttle.Burst(createRate)),
		updates: newQuota(updateRate, throttle.Burst(updateRate)),
	}
	// A creation whose outcome is unknown is not repeated: if the first one took
	// effect, the second would say that the user exists.
	p.creates.attempts = 1
	for _, o := range opts {
		o(p)
	}
	return p
}

// traitsLife bounds how long traits are trusted. A pool keeps most of them for good,
// but its owner may add custom attributes and change what waits. With outdated traits
// a new address could inherit the verification of the old one.
const traitsLife = time.Minute

// traits are the pool's settings that decide on a write.
type traits struct {
	// signIn are the attributes that users sign in with in place of a user name.
	signIn []string
	// leading are the attributes that lead to one user: signIn and the aliases.
	leading []string
	// fixed are the attributes that cannot be changed after creation.
	fixed map[string]bool
	// waiting are the addresses that keep their old value until the user has
	// verified the new one.
	waiting []string
}

// describe returns the pool's traits, as they were at most traitsLife ago.
func (p *Provisioner) describe(ctx context.Context) (*traits, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.traits != nil && time.Since(p.asked) < traitsLife {
		return p.traits, nil
	}
	asked := time.Now()
	d, err := p.pool.describe(ctx)
	if err != nil {
		return nil, err
	}
	t := &traits{fixed: make(map[string]bool)}
	for _, a := range d.UsernameAttributes {
		t.signIn = append(t.signIn, string(a))
	}
	t.leading = slices.Clone(t.signIn)
	for _, a := range d.AliasAttributes {
		t.leading = append(t.leading, string(a))
	}
	for _, a := range d.SchemaAttributes {
		if a.Mutable != nil && !*a.Mutable {
			t.fixed[aws.ToString(a.Name)] = true
		}
	}
	if s := d.UserAttributeUpdateSettings; s != nil {
		for _, a := range s.AttributesRequireVerificationBeforeUpdate {
			t.waiting = append(t.waiting, string(a))
		}
	}
	p.traits, p.asked = t, asked
	return t, nil
}
