package cognito

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/google/go-cmp/cmp"

	"github.com/poolsync/poolsync/shared/cognito/cognitotest"
	"github.com/poolsync/poolsync/shared/directory"
)

func TestUpdate(t *testing.T) {
	yes, no := true, false
	aliases := []cognitotest.Option{cognitotest.Aliases("email", "phone_number", "preferred_username")}
	tests := []struct {
		name    string
		pool    []cognitotest.Option
		fault   func(cognitotest.Call) error
		edit    Edit
		want    map[string]string // what is written over the attributes; blank removes
		off     bool              // the user ends up disabled
		calls   map[string]int    // of the Admin operations; nil for one write of attributes
		wantErr error
	}{
		{name: "nothing", calls: map[string]int{}},
		{
			name:  "nothing that differs",
			edit:  Edit{Attributes: map[string]string{"name": "Jane", "email": "jane@example.com", "email_verified": "true", "nickname": ""}, Enabled: &yes},
			calls: map[string]int{},
		},
		{
			name: "one attribute",
			edit: Edit{Attributes: map[string]string{"name": "Ann", "email": "jane@example.com"}},
			want: map[string]string{"name": "Ann"},
		},
		{
			name: "one removed",
			edit: Edit{Attributes: map[string]string{"name": ""}},
			want: map[string]string{"name": ""},
		},
		{
			name: "new address is unverified",
			edit: Edit{Attributes: map[string]string{"email": "ann@example.com"}},
			want: map[string]string{"email": "ann@example.com", "email_verified": "false"},
		},
		{
			name: "new address said to be verified, as before",
			edit: Edit{Attributes: map[string]string{"email": "ann@example.com", "email_verified": "true"}},
			want: map[string]string{"email": "ann@example.com", "email_verified": "true"},
		},
		{
			name: "new address where changes are verified first",
			pool: []cognitotest.Option{cognitotest.VerifyBeforeUpdate("email")},
			edit: Edit{Attributes: map[string]string{"email": "ann@example.com", "email_verified": "true"}},
			want: map[string]string{"email": "ann@example.com", "email_verified": "true"},
		},
		{
			name: "new address that waits for its verification",
			pool: []cognitotest.Option{cognitotest.VerifyBeforeUpdate("email")},
			edit: Edit{Attributes: map[string]string{"email": "ann@example.com", "name": "Ann"}},
			want: map[string]string{"name": "Ann"},
		},
		{
			name: "verification alone, where changes are verified first",
			pool: []cognitotest.Option{cognitotest.VerifyBeforeUpdate("email")},
			edit: Edit{Attributes: map[string]string{"email_verified": "false"}},
			want: map[string]string{"email_verified": "false"},
		},
		{
			name: "verification alone",
			edit: Edit{Attributes: map[string]string{"email_verified": "false"}},
			want: map[string]string{"email_verified": "false"},
		},
		{
			name: "verification alone of a fixed address",
			pool: []cognitotest.Option{cognitotest.Immutable("email")},
			edit: Edit{Attributes: map[string]string{"email_verified": "false"}},
			want: map[string]string{"email_verified": "false"},
		},
		{
			name:  "verification of no address",
			edit:  Edit{Attributes: map[string]string{"phone_number_verified": "true"}},
			calls: map[string]int{},
		},
		{
			name: "address removed",
			edit: Edit{Attributes: map[string]string{"email": "", "email_verified": "true"}},
			want: map[string]string{"email": "", "email_verified": ""},
		},
		{
			name: "address of another, where it leads nowhere",
			edit: Edit{Attributes: map[string]string{"email": "joe@example.com"}},
			want: map[string]string{"email": "joe@example.com", "email_verified": "false"},
		},
		{
			name: "address of a federated user, who has no alias",
			pool: aliases,
			edit: Edit{Attributes: map[string]string{"email": "okta@example.com", "email_verified": "true"}},
			want: map[string]string{"email": "okta@example.com", "email_verified": "true"},
		},
		{name: "disabled", edit: Edit{Enabled: &no}, off: true, calls: map[string]int{"AdminDisableUser": 1}},
		{
			name: "disabled although the rest fails", pool: aliases, off: true,
			edit:    Edit{Attributes: map[string]string{"email": "joe@example.com"}, Enabled: &no},
			calls:   map[string]int{"AdminDisableUser": 1},
			wantErr: ErrConflict,
		},
		{
			name: "throttled", fault: once(cognitotest.Throttled),
			edit: Edit{Attributes: map[string]string{"name": "Ann"}},
			want: map[string]string{"name": "Ann"},
		},
		{
			name: "answer lost", fault: onceAt("AdminUpdateUserAttributes", cognitotest.Unanswered),
			edit:  Edit{Attributes: map[string]string{"name": "Ann"}},
			want:  map[string]string{"name": "Ann"},
			calls: map[string]int{"AdminUpdateUserAttributes": 2},
		},
		{
			name: "e-mail alias of another", pool: aliases, calls: map[string]int{}, wantErr: ErrConflict,
			edit: Edit{Attributes: map[string]string{"email": "joe@example.com", "email_verified": "true"}},
		},
		{
			name: "e-mail alias of another in other case", pool: aliases, calls: map[string]int{}, wantErr: ErrConflict,
			edit: Edit{Attributes: map[string]string{"email": "JOE@example.com", "email_verified": "true"}},
		},
		{
			name: "phone alias of another", pool: aliases, calls: map[string]int{}, wantErr: ErrConflict,
			edit: Edit{Attributes: map[string]string{"phone_number": "+15555550199", "phone_number_verified": "true"}},
		},
		{
			name: "preferred user name of another", pool: aliases, calls: map[string]int{}, wantErr: ErrConflict,
			edit: Edit{Attributes: map[string]string{"preferred_username": "joey"}},
		},
		{
			name: "sign-in address of another", pool: []cognitotest.Option{cognitotest.SignInWith("email")},
			edit:  Edit{Attributes: map[string]string{"email": "joe@example.com", "email_verified": "true"}},
			calls: map[string]int{}, wantErr: ErrConflict,
		},
		{
			name: "conflict that only Cognito sees", fault: at("AdminUpdateUserAttributes", answer("AliasExistsException")),
			edit: Edit{Attributes: map[string]string{"email": "ann@example.com"}}, wantErr: ErrConflict,
		},
		{
			name: "immutable", pool: []cognitotest.Option{cognitotest.Immutable("custom:tenant")},
			edit:  Edit{Attributes: map[string]string{"custom:tenant": "b", "name": "Ann"}},
			calls: map[string]int{}, wantErr: ErrImmutable,
		},
		{name: "invalid", edit: Edit{Attributes: map[string]string{"phone_number": "555"}}, calls: map[string]int{}, wantErr: ErrInvalid},
		{name: "not declared", edit: Edit{Attributes: map[string]string{"custom:x": "x"}}, wantErr: ErrInvalid},
		{
			name: "look-up fails", pool: aliases, fault: at("ListUsers", cognitotest.Denied), calls: map[string]int{}, wantErr: errAny,
			edit: Edit{Attributes: map[string]string{"email": "ann@example.com"}},
		},
		{
			name: "description fails", fault: at("DescribeUserPool", cognitotest.Denied), calls: map[string]int{}, wantErr: errAny,
			edit: Edit{Attributes: map[string]string{"name": "Ann"}},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				pool := cognitotest.New(tt.pool...)
				joe := pool.Add("joe", map[string]string{
					"email": "joe@example.com", "email_verified": "true", "preferred_username": "joey",
					"phone_number": "+15555550199", "phone_number_verified": "true",
				})
				pool.AddFederated("Okta", "1", map[string]string{"email": "okta@example.com"})
				sub := pool.Add("jane", map[string]string{"name": "Jane", "email": "jane@example.com", "email_verified": "true"})
				before, _ := pool.User(joe)
				u, _ := pool.User(sub)
				want, _ := pool.User(sub)
				apply(&want, tt.want)
				want.Enabled = !tt.off

				pool.Fail(tt.fault)
				got, err := NewProvisioner(New(pool, cognitotest.ID), pool).Update(t.Context(), u, tt.edit)
				checkError(t, "Update()", err, tt.wantErr)
				truth, _ := pool.User(sub)
				truth.Modified = want.Modified
				if diff := cmp.Diff(want, truth); diff != "" {
					t.Errorf("the pool's user (-want +got):\n%s", diff)
				}
				if diff := cmp.Diff(want, got); err == nil && diff != "" {
					t.Errorf("Update() (-want +got):\n%s", diff)
				}
				if after, _ := pool.User(joe); !cmp.Equal(before, after) {
					t.Errorf("another user was changed (-want +got):\n%s", cmp.Diff(before, after))
				}
				if tt.calls == nil {
					tt.calls = map[string]int{"AdminUpdateUserAttributes": 1}
				}
				calls := pool.AllCalls()
				delete(calls, "ListUsers")
				delete(calls, "DescribeUserPool")
				if diff := cmp.Diff(tt.calls, calls); diff != "" {
					t.Errorf("calls (-want +got):\n%s", diff)
				}
			})
		})
	}
}

// TestVerifyAddressOfAnother shows that verifying an address does not take it from
// the user it leads to: the verification is written, and judged, with its address.
func TestVerifyAddressOfAnother(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		pool := cognitotest.New(cognitotest.Aliases("email"))
		pool.Add("joe", map[string]string{"email": "joe@example.com", "email_verified": "true"})
		sub := pool.Add("jane", map[string]string{"email": "joe@example.com", "email_verified": "false"})
		client := &scribe{Pool: pool}
		p := NewProvisioner(New(pool, cognitotest.ID), client)
		edit := Edit{Attributes: map[string]string{"email_verified": "true"}}
		u, _ := pool.User(sub)
		_, err := p.Update(t.Context(), u, edit)
		checkError(t, "Update()", err, ErrConflict)

		pool.Edit(sub, func(u *directory.User) { u.Attributes["email"] = "jane@example.com" })
		u, _ = pool.User(sub)
		if _, err := p.Update(t.Context(), u, edit); err != nil {
			t.Errorf("Update() of an address that is free: %v", err)
		}
		want := []map[string]string{{"email": "jane@example.com", "email_verified": "true"}}
		if diff := cmp.Diff(want, client.sent); diff != "" {
			t.Errorf("sent (-want +got):\n%s", diff)
		}
	})
}

// TestCheckAttributes shows that the error names what the pool would not accept.
func TestCheckAttributes(t *testing.T) {
	for _, tt := range []struct{ name, value, want string }{
		{"name", strings.Repeat("x", 2048), ""},
		{"name", strings.Repeat("x", 2049), "name is longer than 2048 bytes"},
		{"sub", "x", "sub is Cognito's own"},
		{"identities", "[]", "identities is Cognito's own"},
		{"cognito:user_status", "CONFIRMED", "cognito:user_status is Cognito's own"},
		{"phone_number", "", ""},
		{"phone_number", "+123456789012345", ""},
		{"phone_number", "+1234567890123456", "phone_number: want a plus sign and up to 15 digits"},
		{"phone_number", "+1 555", "phone_number: want a plus sign and up to 15 digits"},
		{"phone_number", "+", "phone_number: want a plus sign and up to 15 digits"},
		{"phone_number", "15555550100", "phone_number: want a plus sign and up to 15 digits"},
	} {
		err := checkAttributes(map[string]string{tt.name: tt.value})
		if (err == nil) != (tt.want == "") || err != nil && (!errors.Is(err, ErrInvalid) || !strings.HasSuffix(err.Error(), tt.want)) {
			t.Errorf("%s %.20q: got %v, want %q", tt.name, tt.value, err, tt.want)
		}
	}
}

func TestUpdateEnables(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		yes, pool := true, cognitotest.New()
		sub := pool.Add("jane", nil)
		pool.Edit(sub, func(u *directory.User) { u.Enabled = false })
		u, _ := pool.User(sub)
		p := NewProvisioner(New(pool, cognitotest.ID), pool)
		if got, err := p.Update(t.Context(), u, Edit{Enabled: &yes}); err != nil || !got.Enabled || standing(pool, sub) != "enabled" {
			t.Errorf("Update() = %+v, %v; want an enabled user", got, err)
		}
		pool.Delete(sub)
		_, err := p.Update(t.Context(), u, Edit{Enabled: &yes})
		checkError(t, "Update() of nobody", err, ErrNotFound)
		_, err = p.Update(t.Context(), u, Edit{Attributes: map[string]string{"name": "x"}})
		checkError(t, "Update() of nobody", err, ErrNotFound)
	})
}

// TestUpdateAfterChange shows that Update soon notices that the owner has the pool
// take over new addresses at once: none comes without the statement that it is
// unverified.
func TestUpdateAfterChange(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		pool := cognitotest.New(cognitotest.VerifyBeforeUpdate("email"))
		sub := pool.Add("jane", map[string]string{"email": "jane@example.com", "email_verified": "true"})
		client := &scribe{Pool: pool}
		p := NewProvisioner(New(pool, cognitotest.ID), client)
		for i, want := range []string{"jane@example.com", "jane2@example.com"} {
			u, _ := pool.User(sub)
			got, err := p.Update(t.Context(), u, Edit{Attributes: map[string]string{"email": "jane2@example.com"}})
			if err != nil || got.Attributes["email"] != want {
				t.Errorf("Update() %d = %v, %v; want %s", i+1, got.Attributes, err, want)
			}
			pool.Change(cognitotest.VerifyBeforeUpdate())
			time.Sleep(traitsLife) // the test's own clock
		}
		want := []map[string]string{
			{"email": "jane2@example.com"},
			{"email": "jane2@example.com", "email_verified": "false"},
		}
		if diff := cmp.Diff(want, client.sent); diff != "" {
			t.Errorf("sent (-want +got):\n%s", diff)
		}
	})
}

// scribe notes which attributes are sent to a pool.
type scribe struct {
	*cognitotest.Pool
	sent []map[string]string
}

func (s *scribe) AdminUpdateUserAttributes(ctx context.Context, in *cip.AdminUpdateUserAttributesInput, opts ...func(*cip.Options)) (*cip.AdminUpdateUserAttributesOutput, error) {
	sent := make(map[string]string)
	for _, a := range in.UserAttributes {
		sent[*a.Name] = *a.Value
	}
	s.sent = append(s.sent, sent)
	return s.Pool.AdminUpdateUserAttributes(ctx, in, opts...)
}

// onceAt is a fault that strikes the first call of one operation.
func onceAt(op string, fault func() error) func(cognitotest.Call) error {
	first := once(fault)
	return func(c cognitotest.Call) error {
		if c.Op != op {
			return nil
		}
		return first(c)
	}
}
