package cognito

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/google/go-cmp/cmp"

	"github.com/poolsync/poolsync/shared/cognito/cognitotest"
	"github.com/poolsync/poolsync/shared/directory"
)

func TestUser(t *testing.T) {
	pool := cognitotest.New(cognitotest.Users(50), cognitotest.PageSizes(func(n, limit int) int { return n * limit }))
	odd := pool.Add(`o"dd\`, map[string]string{"email": "odd@example.com"})
	federated := pool.AddFederated("Okta", "42", nil)
	tests := []struct {
		name string
		find func(ctx context.Context, p *Pool) (directory.User, bool, error)
		want string // the sub, or none
	}{
		{"by sub", func(ctx context.Context, p *Pool) (directory.User, bool, error) { return p.User(ctx, odd) }, odd},
		{"federated by sub", func(ctx context.Context, p *Pool) (directory.User, bool, error) { return p.User(ctx, federated) }, federated},
		{"by part of a sub", func(ctx context.Context, p *Pool) (directory.User, bool, error) { return p.User(ctx, odd[:9]) }, ""},
		{"by user name", func(ctx context.Context, p *Pool) (directory.User, bool, error) { return p.UserByName(ctx, `o"dd\`) }, odd},
		{"federated by user name", func(ctx context.Context, p *Pool) (directory.User, bool, error) { return p.UserByName(ctx, "Okta_42") }, federated},
		{"by user name in other case", func(ctx context.Context, p *Pool) (directory.User, bool, error) { return p.UserByName(ctx, "okta_42") }, ""},
		{"by user name, where the filter finds others as well", func(ctx context.Context, p *Pool) (directory.User, bool, error) {
			return New(&stale{pool}, cognitotest.ID).UserByName(ctx, "Okta_42")
		}, federated},
		{"by alias", func(ctx context.Context, p *Pool) (directory.User, bool, error) {
			return p.UserByName(ctx, "odd@example.com")
		}, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				got, ok, err := tt.find(t.Context(), New(pool, cognitotest.ID))
				if err != nil || ok != (tt.want != "") {
					t.Fatalf("found %t, %v; want %t, nil", ok, err, tt.want != "")
				}
				want, _ := pool.User(tt.want)
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("user (-want +got):\n%s", diff)
				}
			})
		})
	}
	if n := pool.Calls("AdminGetUser"); n != 0 {
		t.Errorf("AdminGetUser was called %d times, want 0", n)
	}
}

func TestUserErrors(t *testing.T) {
	p := New(cognitotest.New(), cognitotest.ID)
	for _, find := range []func() (directory.User, bool, error){
		func() (directory.User, bool, error) { return p.User(t.Context(), "") },
		func() (directory.User, bool, error) { return p.UserByName(t.Context(), "") },
	} {
		if _, ok, err := find(); ok || err == nil {
			t.Errorf("found %t, %v; want false and an error", ok, err)
		}
	}
	if _, ok, err := New(&stale{cognitotest.New(cognitotest.Users(1))}, cognitotest.ID).User(t.Context(), "x"); ok || !errors.Is(err, ErrFilterRefused) {
		t.Errorf("User() = _, %t, %v; want false, %v", ok, err, ErrFilterRefused)
	}
}

func TestGone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		pool := cognitotest.New(cognitotest.Users(10), cognitotest.Lag(time.Hour), cognitotest.Aliases("preferred_username"))
		local := pool.Add("jane", nil)
		federated := pool.AddFederated("Okta", "42", nil)
		pool.Hide(federated)
		deleted := pool.Add("joe", nil)
		pool.Delete(deleted)
		before := pool.Add("jack", nil)
		pool.Delete(before)
		pool.Add("jack", nil)
		left := pool.Add("jill", nil)
		pool.Delete(left)
		pool.Add("other", map[string]string{"preferred_username": "jill"})
		tests := []struct {
			name          string
			sub, username string
			fault         func() error
			want          bool
			wantErr       error
		}{
			{name: "there", sub: local, username: "jane", want: false},
			{name: "federated and not listed", sub: federated, username: "Okta_42", want: false},
			{name: "deleted and still listed", sub: deleted, username: "joe", want: true},
			{name: "created again", sub: before, username: "jack", want: true},
			{name: "name is an alias now", sub: left, username: "jill", wantErr: ErrUnproven},
			{name: "throttled once", sub: local, username: "jane", fault: cognitotest.Throttled, want: false},
			{name: "failing", sub: deleted, username: "joe", fault: cognitotest.Internal, want: true},
			{name: "denied", sub: deleted, username: "joe", fault: cognitotest.Denied, wantErr: errAny},
			{name: "no such pool", sub: deleted, username: "joe", fault: answer("ResourceNotFoundException"), wantErr: errAny},
			{name: "name in use", username: "jack", want: false},
			{name: "name not in use", username: "joe", want: true},
			{name: "name not in use, but an alias", username: "jill", wantErr: ErrUnproven},
			{name: "no name", sub: deleted, wantErr: errAny},
		}
		for _, tt := range tests {
			struck := tt.fault == nil
			pool.Fail(func(cognitotest.Call) error {
				if struck {
					return nil
				}
				struck = true
				return tt.fault()
			})
			got, err := New(pool, cognitotest.ID).Gone(t.Context(), tt.sub, tt.username)
			if (err != nil) != (tt.wantErr != nil) || tt.wantErr != errAny && !errors.Is(err, tt.wantErr) {
				t.Errorf("%s: Gone() error = %v, want %v", tt.name, err, tt.wantErr)
			}
			if got != tt.want {
				t.Errorf("%s: Gone() = %t, want %t", tt.name, got, tt.want)
			}
		}
	})
}

// In a pool that ignores case a name taken again in other letters is the same name.
func TestGoneIgnoringCase(t *testing.T) {
	pool := cognitotest.New(cognitotest.IgnoreCase())
	sub := pool.Add("Jane", nil)
	pool.Delete(sub)
	pool.Add("jane", nil)
	if gone, err := New(pool, cognitotest.ID).Gone(t.Context(), sub, "Jane"); !gone || err != nil {
		t.Errorf("Gone() = %t, %v; want true, nil", gone, err)
	}
}

func TestInGroups(t *testing.T) {
	pool := cognitotest.New()
	sub := pool.Add("jane", nil)
	pool.Add("joe", nil)
	for i := range 25 { // three pages
		pool.AddToGroup(fmt.Sprintf("group%02d", i), sub)
	}
	tests := []struct {
		name     string
		username string
		groups   []string
		want     bool
	}{
		{name: "first page", username: "jane", groups: []string{"none", "group03"}, want: true},
		{name: "last page", username: "jane", groups: []string{"group24"}, want: true},
		{name: "in none of them", username: "jane", groups: []string{"group25", "GROUP01"}, want: false},
		{name: "in no group", username: "joe", groups: []string{"group01"}, want: false},
		{name: "no groups", username: "jane", want: false},
		{name: "no such user", username: "jack", groups: []string{"group01"}, want: false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				got, err := New(pool, cognitotest.ID).InGroups(t.Context(), tt.username, tt.groups)
				if got != tt.want || err != nil {
					t.Errorf("InGroups() = %t, %v; want %t, nil", got, err, tt.want)
				}
			})
		})
	}
}

// TestInGroupsRepeatedToken shows that a listing that goes round in circles proves
// nobody's absence.
func TestInGroupsRepeatedToken(t *testing.T) {
	pool := cognitotest.New()
	pool.AddToGroup("group00", pool.Add("jane", nil))
	got, err := New(circling{pool}, cognitotest.ID).InGroups(t.Context(), "jane", []string{"group01"})
	if got || !errors.Is(err, ErrUnexpected) {
		t.Errorf("InGroups() = %t, %v; want false, %v", got, err, ErrUnexpected)
	}
}

// circling is a pool whose lists of a user's groups lead back to themselves.
type circling struct{ *cognitotest.Pool }

func (c circling) AdminListGroupsForUser(ctx context.Context, in *cip.AdminListGroupsForUserInput, opts ...func(*cip.Options)) (*cip.AdminListGroupsForUserOutput, error) {
	first := *in
	first.NextToken = nil
	out, err := c.Pool.AdminListGroupsForUser(ctx, &first, opts...)
	if err == nil {
		out.NextToken = aws.String("round")
	}
	return out, err
}
