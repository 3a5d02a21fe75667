package cognitotest

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
	"github.com/google/go-cmp/cmp"
)

func TestCreateRules(t *testing.T) {
	tests := []struct {
		name string
		pool []Option
		in   *cip.AdminCreateUserInput
		want string // the error code, or none
	}{
		{name: "plain", in: create("jane", map[string]string{"name": "Jane"})},
		{name: "no user name", in: create("", nil), want: "InvalidParameterException"},
		{name: "name taken", in: create("joe", nil), want: "UsernameExistsException"},
		{name: "name taken in other case", in: create("JOE", nil)},
		{name: "name taken where case is ignored", pool: []Option{IgnoreCase()}, in: create("JOE", nil), want: "UsernameExistsException"},
		{name: "name generated", in: create("user00000000", nil), want: "UsernameExistsException"},
		{name: "unknown attribute", in: create("jane", map[string]string{"custom:x": "x"}), want: "InvalidParameterException"},
		{name: "declared attribute", pool: []Option{Custom("x")}, in: create("jane", map[string]string{"custom:x": "x"})},
		{name: "sub", in: create("jane", map[string]string{"sub": "x"}), want: "InvalidParameterException"},
		{name: "phone number", in: create("jane", map[string]string{"phone_number": "555-0100"}), want: "InvalidParameterException"},
		{name: "verification", in: create("jane", map[string]string{"email_verified": "yes"}), want: "InvalidParameterException"},
		{name: "sign-in with e-mail, without one", pool: []Option{SignInWith("email")}, in: create("jane", nil), want: "InvalidParameterException"},
		{name: "sign-in with e-mail", pool: []Option{SignInWith("email")}, in: create("jane@example.com", nil)},
		{name: "sign-in with e-mail, taken", pool: []Option{SignInWith("email")}, in: create("joe@example.com", nil), want: "UsernameExistsException"},
		{name: "e-mail alias as name", pool: []Option{Aliases("email")}, in: create("jane@example.com", nil), want: "InvalidParameterException"},
		{name: "alias taken", pool: []Option{Aliases("email")}, in: create("jane", joesAddress("true")), want: "UsernameExistsException"},
		{name: "alias not verified", pool: []Option{Aliases("email")}, in: create("jane", joesAddress("false"))},
		{name: "address shared", in: create("jane", joesAddress("true"))},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := New(append(tt.pool, Users(1))...)
			p.Add("joe", joesAddress("true"))
			out, err := p.AdminCreateUser(t.Context(), tt.in)
			if got := code(err); got != tt.want {
				t.Fatalf("AdminCreateUser() = %v, want %q", err, tt.want)
			}
			if err != nil {
				if p.Len() != 2 {
					t.Errorf("the pool holds %d users, want 2", p.Len())
				}
				return
			}
			u, ok := p.User(attr(*out.User, "sub"))
			if !ok || !newer.MatchString(u.Sub) || u.Status != "FORCE_CHANGE_PASSWORD" || !u.Enabled {
				t.Errorf("the pool holds %+v", u)
			}
			if bySub := len(p.settings.signInWith) > 0; bySub != (u.Username == u.Sub) {
				t.Errorf("user name = %q with sub %q", u.Username, u.Sub)
			}
			if p.Invitations() != 1 {
				t.Errorf("%d invitations were sent, want 1", p.Invitations())
			}
		})
	}
}

func TestForcedAlias(t *testing.T) {
	p := New(Aliases("email"))
	joe := p.Add("joe", joesAddress("true"))
	in := create("jane", joesAddress("true"))
	in.ForceAliasCreation, in.MessageAction = true, types.MessageActionTypeSuppress
	if _, err := p.AdminCreateUser(t.Context(), in); err != nil {
		t.Fatalf("AdminCreateUser() = %v, want nil", err)
	}
	if u, _ := p.User(joe); u.Attributes["email_verified"] != "false" {
		t.Errorf("the former holder has %v, want an unverified address", u.Attributes)
	}
	if p.Invitations() != 0 {
		t.Errorf("%d invitations were sent, want 0", p.Invitations())
	}
}

func TestUpdateRules(t *testing.T) {
	tests := []struct {
		name  string
		pool  []Option
		write map[string]string
		want  string            // the error code, or none
		user  map[string]string // jane's attributes afterwards; nil for unchanged
		joe   string            // joe's email_verified afterwards
	}{
		{
			name: "written", write: map[string]string{"name": "Ann"}, joe: "true",
			user: map[string]string{"name": "Ann", "email": "jane@example.com", "email_verified": "true"},
		},
		{
			name: "removed", write: map[string]string{"name": ""}, joe: "true",
			user: map[string]string{"email": "jane@example.com", "email_verified": "true"},
		},
		{
			name: "address loses its verification", write: map[string]string{"email": "ann@example.com"}, joe: "true",
			user: map[string]string{"name": "Jane", "email": "ann@example.com", "email_verified": "false"},
		},
		{
			name: "address waits for its verification", pool: []Option{VerifyBeforeUpdate("email")},
			write: map[string]string{"email": "ann@example.com"}, joe: "true",
		},
		{
			name: "address with its verification", pool: []Option{VerifyBeforeUpdate("email")},
			write: map[string]string{"email": "ann@example.com", "email_verified": "true"}, joe: "true",
			user: map[string]string{"name": "Jane", "email": "ann@example.com", "email_verified": "true"},
		},
		{
			name: "alias taken away in silence", pool: []Option{Aliases("email")}, write: joesAddress("true"), joe: "false",
			user: map[string]string{"name": "Jane", "email": "joe@example.com", "email_verified": "true"},
		},
		{
			name: "sign-in address of another", pool: []Option{SignInWith("email")}, write: joesAddress("true"), joe: "true",
			want: "AliasExistsException",
		},
		{
			name: "immutable", pool: []Option{Immutable("custom:tenant")}, write: map[string]string{"custom:tenant": "x"}, joe: "true",
			want: "InvalidParameterException",
		},
		{name: "identities", write: map[string]string{"identities": "[]"}, joe: "true", want: "InvalidParameterException"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := New(tt.pool...)
			joe := p.Add("joe", joesAddress("true"))
			jane := p.Add("jane", map[string]string{"name": "Jane", "email": "jane@example.com", "email_verified": "true"})
			before, _ := p.User(jane)
			_, err := p.AdminUpdateUserAttributes(t.Context(), &cip.AdminUpdateUserAttributesInput{
				UserPoolId: aws.String(ID), Username: aws.String("jane"), UserAttributes: attributes(tt.write),
			})
			if got := code(err); got != tt.want {
				t.Errorf("AdminUpdateUserAttributes() = %v, want %q", err, tt.want)
			}
			if tt.user == nil {
				tt.user = before.Attributes
			}
			tt.user["sub"] = jane
			u, _ := p.User(jane)
			if diff := cmp.Diff(tt.user, u.Attributes); diff != "" {
				t.Errorf("attributes (-want +got):\n%s", diff)
			}
			if u, _ := p.User(joe); u.Attributes["email_verified"] != tt.joe {
				t.Errorf("the other's email_verified = %q, want %q", u.Attributes["email_verified"], tt.joe)
			}
		})
	}
}

// Which user the Admin operations find by a name.
func TestNames(t *testing.T) {
	p := New(Users(10), Aliases("email", "preferred_username"))
	verified := p.Add("joe", joesAddress("true"))
	p.Add("jane", map[string]string{"email": "jane@example.com", "email_verified": "false", "preferred_username": "janey"})
	federated := p.AddFederated("Okta", "1", nil)
	tests := []struct {
		name string
		want string // the user name, or none
	}{
		{"joe", "joe"},
		{"joe@example.com", "joe"},
		{"jane@example.com", ""},
		{"janey", "jane"},
		{verified, "joe"},
		{"Okta_1", "Okta_1"},
		{federated, ""},
		{"user00000003", "user00000003"},
		{p.base.sub(3), "user00000003"},
		{p.base.sub(9), ""}, // federated
		{"nobody", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			out, err := p.AdminGetUser(t.Context(), get(tt.name))
			got := ""
			if err == nil {
				got = *out.Username
			} else if code(err) != "UserNotFoundException" {
				t.Errorf("AdminGetUser() = %v, want UserNotFoundException", err)
			}
			if got != tt.want {
				t.Errorf("AdminGetUser() finds %q, want %q", got, tt.want)
			}
		})
	}
}

func TestLifeOfAUser(t *testing.T) {
	p := New(Users(10))
	ctx, name := t.Context(), aws.String("user00000002")
	sub := p.base.sub(2)
	p.AddToGroup("staff")
	steps := []struct {
		name string
		do   func() error
		want string // the error code, or none
		len  int
	}{
		{"disable", func() error {
			_, err := p.AdminDisableUser(ctx, &cip.AdminDisableUserInput{UserPoolId: aws.String(ID), Username: name})
			return err
		}, "", 10},
		{"enable", func() error {
			_, err := p.AdminEnableUser(ctx, &cip.AdminEnableUserInput{UserPoolId: aws.String(ID), Username: name})
			return err
		}, "", 10},
		{"add to group", func() error {
			_, err := p.AdminAddUserToGroup(ctx, &cip.AdminAddUserToGroupInput{UserPoolId: aws.String(ID), Username: name, GroupName: aws.String("staff")})
			return err
		}, "", 10},
		{"add to no group", func() error {
			_, err := p.AdminAddUserToGroup(ctx, &cip.AdminAddUserToGroupInput{UserPoolId: aws.String(ID), Username: name, GroupName: aws.String("none")})
			return err
		}, "ResourceNotFoundException", 10},
		{"remove from no group", func() error {
			_, err := p.AdminRemoveUserFromGroup(ctx, &cip.AdminRemoveUserFromGroupInput{UserPoolId: aws.String(ID), Username: name, GroupName: aws.String("none")})
			return err
		}, "ResourceNotFoundException", 10},
		{"delete", func() error {
			_, err := p.AdminDeleteUser(ctx, &cip.AdminDeleteUserInput{UserPoolId: aws.String(ID), Username: name})
			return err
		}, "", 9},
		{"delete again", func() error {
			_, err := p.AdminDeleteUser(ctx, &cip.AdminDeleteUserInput{UserPoolId: aws.String(ID), Username: name})
			return err
		}, "UserNotFoundException", 9},
		{"create again", func() error {
			_, err := p.AdminCreateUser(ctx, create(*name, nil))
			return err
		}, "", 10},
		{"another pool", func() error {
			_, err := p.AdminDeleteUser(ctx, &cip.AdminDeleteUserInput{UserPoolId: aws.String("x"), Username: name})
			return err
		}, "ResourceNotFoundException", 10},
	}
	for _, s := range steps {
		if got := code(s.do()); got != s.want || p.Len() != s.len {
			t.Errorf("%s = %q, with %d users left; want %q with %d", s.name, got, p.Len(), s.want, s.len)
		}
	}
	if out, err := p.AdminGetUser(ctx, get(*name)); err != nil || attr(types.UserType{Attributes: out.UserAttributes}, "sub") == sub {
		t.Errorf("AdminGetUser() = %v, %v; want another sub than %q", out, err, sub)
	}
	members, err := p.ListUsersInGroup(ctx, &cip.ListUsersInGroupInput{UserPoolId: aws.String(ID), GroupName: aws.String("staff")})
	if err != nil || len(members.Users) != 0 {
		t.Errorf("ListUsersInGroup() = %v, %v; want nobody", members, err)
	}
}

func joesAddress(verified string) map[string]string {
	return map[string]string{"email": "joe@example.com", "email_verified": verified}
}
