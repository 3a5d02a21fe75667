package cognito

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"

	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/google/go-cmp/cmp"

	"github.com/poolsync/poolsync/shared/cognito/cognitotest"
	"github.com/poolsync/poolsync/shared/directory"
)

var _ Writer = (*cip.Client)(nil)

func TestCreate(t *testing.T) {
	tests := []struct {
		name    string
		pool    []cognitotest.Option
		fault   func(cognitotest.Call) error
		in      NewUser
		want    map[string]string // the attributes without sub
		wantErr error
	}{
		{
			name: "by user name",
			in:   NewUser{Username: "jane", Attributes: map[string]string{"name": "Jane", "nickname": ""}},
			want: map[string]string{"name": "Jane"},
		},
		{
			name: "verified address",
			in:   NewUser{Username: "jane", Attributes: map[string]string{"email": "jane@example.com", "email_verified": "true"}},
			want: map[string]string{"email": "jane@example.com", "email_verified": "true"},
		},
		{
			name: "address of unknown standing",
			in:   NewUser{Username: "jane", Attributes: map[string]string{"email": "jane@example.com", "phone_number": "+15555550100"}},
			want: map[string]string{
				"email": "jane@example.com", "email_verified": "false",
				"phone_number": "+15555550100", "phone_number_verified": "false",
			},
		},
		{
			name: "name chosen",
			in:   NewUser{Attributes: map[string]string{"name": "Jane"}},
			want: map[string]string{"name": "Jane"},
		},
		{
			name: "signing in with e-mail",
			pool: []cognitotest.Option{cognitotest.SignInWith("email")},
			in:   NewUser{Attributes: map[string]string{"email": "jane@example.com"}},
			want: map[string]string{"email": "jane@example.com", "email_verified": "false"},
		},
		{
			name: "signing in with phone number",
			pool: []cognitotest.Option{cognitotest.SignInWith("phone_number")},
			in:   NewUser{Attributes: map[string]string{"email": "jane@example.com", "phone_number": "+15555550100", "phone_number_verified": "true"}},
			want: map[string]string{
				"email": "jane@example.com", "email_verified": "false",
				"phone_number": "+15555550100", "phone_number_verified": "true",
			},
		},
		{
			name: "disabled",
			in:   NewUser{Username: "jane", Disabled: true},
			want: map[string]string{},
		},
		{
			name: "immutable attribute",
			pool: []cognitotest.Option{cognitotest.Immutable("custom:tenant")},
			in:   NewUser{Username: "jane", Attributes: map[string]string{"custom:tenant": "a"}},
			want: map[string]string{"custom:tenant": "a"},
		},
		{
			name:  "throttled",
			fault: once(cognitotest.Throttled),
			in:    NewUser{Username: "jane"},
			want:  map[string]string{},
		},
		{name: "user name taken", in: NewUser{Username: "joe"}, wantErr: ErrExists},
		{
			name:    "e-mail address taken",
			in:      NewUser{Username: "jane", Attributes: map[string]string{"email": "joe@example.com"}},
			wantErr: ErrExists,
		},
		{
			name:    "e-mail address taken in other case",
			in:      NewUser{Username: "jane", Attributes: map[string]string{"email": "Joe@Example.com"}},
			wantErr: ErrExists,
		},
		{
			name:    "e-mail address of a federated user",
			in:      NewUser{Username: "jane", Attributes: map[string]string{"email": "ann@example.com"}},
			wantErr: ErrExists,
		},
		{
			name:    "alias taken",
			pool:    []cognitotest.Option{cognitotest.Aliases("phone_number")},
			in:      NewUser{Username: "jane", Attributes: map[string]string{"phone_number": "+15555550199", "phone_number_verified": "true"}},
			wantErr: ErrExists,
		},
		{
			name:    "alias taken, as documented",
			fault:   at("AdminCreateUser", answer("AliasExistsException")),
			in:      NewUser{Username: "jane"},
			wantErr: ErrExists,
		},
		{
			name:    "sign-in attribute missing",
			pool:    []cognitotest.Option{cognitotest.SignInWith("email", "phone_number")},
			in:      NewUser{Attributes: map[string]string{"name": "Jane"}},
			wantErr: ErrInvalid,
		},
		{
			name:    "user name that the pool does not take",
			pool:    []cognitotest.Option{cognitotest.Aliases("email")},
			in:      NewUser{Username: "jane@example.com"},
			wantErr: ErrInvalid,
		},
		{name: "phone number in another form", in: NewUser{Username: "jane", Attributes: map[string]string{"phone_number": "555 0100"}}, wantErr: ErrInvalid},
		{name: "value too long", in: NewUser{Username: "jane", Attributes: map[string]string{"name": strings.Repeat("x", 2049)}}, wantErr: ErrInvalid},
		{name: "Cognito's own attribute", in: NewUser{Username: "jane", Attributes: map[string]string{"sub": "x"}}, wantErr: ErrInvalid},
		{name: "reserved attribute", in: NewUser{Username: "jane", Attributes: map[string]string{"cognito:user_status": "CONFIRMED"}}, wantErr: ErrInvalid},
		{name: "attribute that is not declared", in: NewUser{Username: "jane", Attributes: map[string]string{"custom:x": "x"}}, wantErr: ErrInvalid},
		{name: "look-up fails", fault: at("ListUsers", cognitotest.Denied), in: NewUser{Username: "jane", Attributes: map[string]string{"email": "jane@example.com"}}, wantErr: errAny},
		{name: "description fails", fault: at("DescribeUserPool", cognitotest.Denied), in: NewUser{Username: "jane"}, wantErr: errAny},
		{name: "creation fails", fault: at("AdminCreateUser", cognitotest.Internal), in: NewUser{Username: "jane"}, wantErr: ErrUnavailable},
		{name: "disabling fails", fault: at("AdminDisableUser", cognitotest.Denied), in: NewUser{Username: "jane", Disabled: true}, wantErr: errAny},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				pool := cognitotest.New(tt.pool...)
				pool.Add("joe", map[string]string{
					"email": "joe@example.com", "email_verified": "true",
					"phone_number": "+15555550199", "phone_number_verified": "true",
				})
				pool.AddFederated("Okta", "1", map[string]string{"email": "ann@example.com"})
				pool.Fail(tt.fault)
				got, err := NewProvisioner(New(pool, cognitotest.ID), pool).Create(t.Context(), tt.in)
				checkError(t, "Create()", err, tt.wantErr)
				if pool.Invitations() != 0 {
					t.Errorf("%d invitations were sent, want 0", pool.Invitations())
				}
				if err != nil {
					return
				}
				truth, _ := pool.User(got.Sub)
				if diff := cmp.Diff(truth, got); diff != "" {
					t.Errorf("Create() differs from what the pool holds (-pool +got):\n%s", diff)
				}
				if got.Enabled == tt.in.Disabled || tt.in.Username != "" && got.Username != tt.in.Username {
					t.Errorf("Create() = %+v for %+v", got, tt.in)
				}
				delete(got.Attributes, "sub")
				if diff := cmp.Diff(tt.want, got.Attributes); diff != "" {
					t.Errorf("attributes (-want +got):\n%s", diff)
				}
			})
		})
	}
}

func TestInvite(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		pool := cognitotest.New()
		p := NewProvisioner(New(pool, cognitotest.ID), pool, Invite())
		for _, n := range []NewUser{
			{Username: "jane", Attributes: map[string]string{"email": "jane@example.com"}},
			{Username: "joe", Attributes: map[string]string{"phone_number": "+15555550100"}},
			{Username: "jack", Disabled: true},
		} {
			if _, err := p.Create(t.Context(), n); err != nil {
				t.Fatalf("Create() = %v, want nil", err)
			}
		}
		_, err := p.Create(t.Context(), NewUser{Username: "jill", Attributes: map[string]string{"name": "Jill"}})
		checkError(t, "Create() of one who cannot be invited", err, ErrInvalid)
		if !strings.Contains(fmt.Sprint(err), "email or phone_number: missing") {
			t.Errorf("Create() of one who cannot be invited = %v, want it to say what is missing", err)
		}
		if got := pool.Invitations(); got != 2 {
			t.Errorf("%d invitations were sent, want 2", got)
		}
		if got := pool.Calls("DescribeUserPool"); got != 1 {
			t.Errorf("DescribeUserPool was called %d times, want 1", got)
		}
	})
}

func TestRemove(t *testing.T) {
	tests := []struct {
		name    string
		removal Removal
		before  func(pool *cognitotest.Pool, sub string)
		fault   func(cognitotest.Call) error
		want    string // enabled, disabled or gone
		calls   map[string]int
		wantErr error
	}{
		{name: "disable", removal: Disable, want: "disabled", calls: map[string]int{"AdminDisableUser": 1}},
		{
			name: "disable one who is listed as disabled", removal: Disable, want: "disabled", calls: map[string]int{"AdminDisableUser": 1},
			before: func(pool *cognitotest.Pool, sub string) {
				pool.Edit(sub, func(u *directory.User) { u.Enabled = false })
			},
		},
		{name: "delete", removal: Delete, want: "gone", calls: map[string]int{"AdminDeleteUser": 1}},
		{name: "delete, answer lost", removal: Delete, fault: once(cognitotest.Unanswered), want: "gone", calls: map[string]int{"AdminDeleteUser": 2}},
		{name: "delete, denied", removal: Delete, fault: once(cognitotest.Denied), want: "enabled", calls: map[string]int{"AdminDeleteUser": 1}, wantErr: errAny},
		{name: "no such removal", removal: "forget", want: "enabled", calls: map[string]int{}, wantErr: ErrInvalid},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				pool := cognitotest.New()
				sub := pool.Add("jane", nil)
				if tt.before != nil {
					tt.before(pool, sub)
				}
				u, _ := pool.User(sub)
				pool.Fail(tt.fault)
				p := NewProvisioner(New(pool, cognitotest.ID), pool)
				checkError(t, "Remove()", p.Remove(t.Context(), u, tt.removal), tt.wantErr)
				if got := standing(pool, sub); got != tt.want {
					t.Errorf("the user is %s, want %s", got, tt.want)
				}
				if diff := cmp.Diff(tt.calls, pool.AllCalls()); diff != "" {
					t.Errorf("calls (-want +got):\n%s", diff)
				}
				pool.Fail(nil)
				pool.Delete(sub)
				if tt.removal.Valid() {
					checkError(t, "Remove() of nobody", p.Remove(t.Context(), u, tt.removal), nil)
				}
			})
		})
	}
}

func standing(pool *cognitotest.Pool, sub string) string {
	u, ok := pool.User(sub)
	switch {
	case !ok:
		return "gone"
	case u.Enabled:
		return "enabled"
	}
	return "disabled"
}

// checkError fails the test unless err is the one wanted, or any if that is errAny,
// and holds no address.
func checkError(t *testing.T, what string, err, want error) {
	t.Helper()
	if (err == nil) != (want == nil) || want != errAny && !errors.Is(err, want) {
		t.Errorf("%s error = %v, want %v", what, err, want)
	}
	if strings.Contains(fmt.Sprint(err), "@") {
		t.Errorf("%s error = %v, want one without an address", what, err)
	}
}

// once is a fault that strikes the first call.
func once(fault func() error) func(cognitotest.Call) error {
	struck := false
	return func(cognitotest.Call) error {
		if struck {
			return nil
		}
		struck = true
		return fault()
	}
}

// at is a fault that strikes every call of one operation.
func at(op string, fault func() error) func(cognitotest.Call) error {
	return func(c cognitotest.Call) error {
		if c.Op != op {
			return nil
		}
		return fault()
	}
}
