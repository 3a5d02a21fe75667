package cognito

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/poolsync/poolsync/shared/cognito/cognitotest"
	"github.com/poolsync/poolsync/shared/directory"
)

// settled is long enough for the index of these tests to have caught up.
const settled = time.Hour

// lagging returns a pool whose index lags behind, in which jane has just given up
// everything she can be looked up by, and joe has just got an address.
func lagging(opts ...cognitotest.Option) (pool *cognitotest.Pool, jane, joe string) {
	pool = cognitotest.New(append(opts, cognitotest.IndexLag(settled))...)
	jane = pool.Add("jane", map[string]string{
		"email": "old@example.com", "email_verified": "true", "preferred_username": "old",
		"phone_number": "+15555550100", "phone_number_verified": "true",
	})
	joe = pool.Add("joe", nil)
	time.Sleep(2 * settled)
	pool.Edit(jane, func(u *directory.User) {
		u.Attributes = map[string]string{"email": "new@example.com", "email_verified": "true"}
	})
	pool.Edit(joe, func(u *directory.User) {
		u.Attributes = map[string]string{"email": "joe@example.com", "email_verified": "true"}
	})
	return pool, jane, joe
}

// A user who is found by a value that they have given up is no hit, and blocks
// nobody. Only Cognito itself can protect a user that the index does not find yet.
func TestAHitWithoutTheValueIsNoHit(t *testing.T) {
	old := map[string]string{"email": "old@example.com", "email_verified": "true"}
	update := func(attributes map[string]string) func(context.Context, *Provisioner, directory.User) error {
		return func(ctx context.Context, p *Provisioner, joe directory.User) error {
			_, err := p.Update(ctx, joe, Edit{Attributes: attributes})
			return err
		}
	}
	create := func(n NewUser) func(context.Context, *Provisioner, directory.User) error {
		return func(ctx context.Context, p *Provisioner, _ directory.User) error {
			_, err := p.Create(ctx, n)
			return err
		}
	}
	aliases := cognitotest.Aliases("email", "phone_number", "preferred_username")
	tests := []struct {
		name string
		pool cognitotest.Option
		do   func(context.Context, *Provisioner, directory.User) error
		want error
	}{
		{"created with an address given up", nil, create(NewUser{Username: "ann", Attributes: old}), nil},
		{"created with an alias given up", aliases, create(NewUser{Username: "ann", Attributes: old}), nil},
		{"created to sign in with an address given up", cognitotest.SignInWith("email"), create(NewUser{Attributes: old}), nil},
		{"created with an alias that nobody is found by yet", aliases,
			create(NewUser{Username: "ann", Attributes: map[string]string{"email": "new@example.com", "email_verified": "true"}}), ErrExists},
		{"given an address given up", aliases, update(old), nil},
		{"given a number given up", aliases, update(map[string]string{"phone_number": "+15555550100", "phone_number_verified": "true"}), nil},
		{"given a preferred user name given up", aliases, update(map[string]string{"preferred_username": "old"}), nil},
		{"given the sign-in address given up", cognitotest.SignInWith("email"), update(old), nil},
		{"given a sign-in address that nobody is found by yet", cognitotest.SignInWith("email"),
			update(map[string]string{"email": "new@example.com", "email_verified": "true"}), ErrConflict},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var opts []cognitotest.Option
				if tt.pool != nil {
					opts = append(opts, tt.pool)
				}
				pool, jane, joe := lagging(opts...)
				before, _ := pool.User(jane)
				u, _ := pool.User(joe)
				checkError(t, tt.name, tt.do(t.Context(), NewProvisioner(New(pool, cognitotest.ID), pool), u), tt.want)
				if after, _ := pool.User(jane); after.Attributes["email"] != "new@example.com" || !after.Modified.Equal(before.Modified) {
					t.Errorf("the one who gave it up became %+v", after)
				}
			})
		})
	}
}

// What never changes leads to a user however late the index is.
func TestUserWhileTheIndexLags(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		pool, jane, _ := lagging()
		want, _ := pool.User(jane)
		p := New(pool, cognitotest.ID)
		for name, find := range map[string]func() (directory.User, bool, error){
			"sub":       func() (directory.User, bool, error) { return p.User(t.Context(), jane) },
			"user name": func() (directory.User, bool, error) { return p.UserByName(t.Context(), "jane") },
		} {
			got, ok, err := find()
			if !ok || err != nil || got.Attributes["email"] != want.Attributes["email"] {
				t.Errorf("by %s: found %t with %v, %v; want the user as they are", name, ok, got.Attributes, err)
			}
		}
	})
}

// The error tells whose fault it is that a filter does not work: only a value that
// Cognito refuses is the caller's.
func TestOnlyARefusedFilterIsInvalid(t *testing.T) {
	ignoring := New(&stale{cognitotest.New(cognitotest.Users(1))}, cognitotest.ID)
	refusing := cognitotest.New()
	refusing.Fail(at("ListUsers", answer("InvalidParameterException")))
	tests := []struct {
		name string
		pool *Pool
		want bool
	}{
		{"ignored", ignoring, false},
		{"refused", New(refusing, cognitotest.ID), true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, _, err := tt.pool.User(t.Context(), "x")
			if !errors.Is(err, ErrFilterRefused) || errors.Is(err, ErrInvalid) != tt.want {
				t.Errorf("User() = %v; want %v, invalid %t", err, ErrFilterRefused, tt.want)
			}
		})
	}
}

// A user who is listed as disabled may have been enabled since, and must not stay
// enabled.
func TestDisablingIsAlwaysWritten(t *testing.T) {
	no := false
	for name, disable := range map[string]func(context.Context, *Provisioner, directory.User) error{
		"removed": func(ctx context.Context, p *Provisioner, u directory.User) error { return p.Remove(ctx, u, Disable) },
		"updated": func(ctx context.Context, p *Provisioner, u directory.User) error {
			_, err := p.Update(ctx, u, Edit{Enabled: &no})
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				pool := cognitotest.New(cognitotest.Lag(settled))
				sub := pool.Add("jane", nil)
				pool.Edit(sub, func(u *directory.User) { u.Enabled = false })
				time.Sleep(2 * settled)
				pool.Edit(sub, func(u *directory.User) { u.Enabled = true })
				reader := New(pool, cognitotest.ID)
				u, ok, err := reader.User(t.Context(), sub)
				if !ok || err != nil || u.Enabled {
					t.Fatalf("User() = %+v, %t, %v; want one who is listed as disabled", u, ok, err)
				}
				checkError(t, "disabling", disable(t.Context(), NewProvisioner(reader, pool), u), nil)
				if got := standing(pool, sub); got != "disabled" {
					t.Errorf("the user is %s, want disabled", got)
				}
			})
		})
	}
}

// SubOf finds users that a filter by user name does not.
func TestSubOf(t *testing.T) {
	pool := cognitotest.New(cognitotest.PlainBackslash(), cognitotest.IgnoreCase(), cognitotest.Aliases("preferred_username"))
	corp := pool.AddFederated("adfs", `CORP\jane`, nil)
	local := pool.Add("jane", map[string]string{"preferred_username": "janey"})
	tests := []struct {
		name, username string
		fault          func() error
		want           string
		wantErr        error
	}{
		{"with a backslash", `adfs_CORP\jane`, nil, corp, nil},
		{"in other case", "JANE", nil, local, nil},
		{"nobody", "joe", nil, "", ErrNotFound},
		{"alias", "janey", nil, "", ErrUnproven},
		{"sub", local, nil, "", ErrUnproven},
		{"no name", "", nil, "", errAny},
		{"refused", "jo\tan", answer("InvalidParameterException"), "", ErrInvalid},
		{"failing", "jane", cognitotest.Internal, "", ErrUnavailable},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				if tt.fault != nil {
					pool.Fail(at("AdminGetUser", tt.fault))
					defer pool.Fail(nil)
				}
				got, err := New(pool, cognitotest.ID).SubOf(t.Context(), tt.username)
				if got != tt.want {
					t.Errorf("SubOf() = %q, want %q", got, tt.want)
				}
				checkError(t, "SubOf()", err, tt.wantErr)
			})
		})
	}
}
