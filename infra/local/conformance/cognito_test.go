package conformance

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
	"github.com/google/go-cmp/cmp"

	"github.com/poolsync/poolsync/infra/local/emulator"
	"github.com/poolsync/poolsync/shared/cognito"
	"github.com/poolsync/poolsync/shared/cognito/cognitotest"
	"github.com/poolsync/poolsync/shared/directory"
)

// userPool is a pool to test: moto's, or the stand-in.
type userPool struct {
	api interface {
		cognito.Reader
		cognito.Writer
		AdminAddUserToGroup(context.Context, *cip.AdminAddUserToGroupInput, ...func(*cip.Options)) (*cip.AdminAddUserToGroupOutput, error)
		AdminRemoveUserFromGroup(context.Context, *cip.AdminRemoveUserFromGroupInput, ...func(*cip.Options)) (*cip.AdminRemoveUserFromGroupOutput, error)
	}
	id *string
}

// newPools returns both kinds of pool, with the custom attribute team and the group staff.
// Users sign in with the given attributes or, without any, with a user name.
func newPools(t *testing.T, signIn []types.UsernameAttributeType) map[string]userPool {
	t.Helper()
	client := cognito.NewClient(emulator.ForTest(t).Config())
	made, err := client.CreateUserPool(t.Context(), &cip.CreateUserPoolInput{
		PoolName:           aws.String(t.Name()),
		UsernameAttributes: signIn,
		Schema:             []types.SchemaAttributeType{{Name: aws.String("team"), AttributeDataType: types.AttributeDataTypeString, Mutable: aws.Bool(true)}},
	})
	if err != nil {
		t.Fatalf("create pool: %v", err)
	}
	_, err = client.CreateGroup(t.Context(), &cip.CreateGroupInput{UserPoolId: made.UserPool.Id, GroupName: aws.String("staff")})
	if err != nil {
		t.Fatalf("create group: %v", err)
	}
	options := []cognitotest.Option{cognitotest.Custom("team")}
	if len(signIn) > 0 {
		options = append(options, cognitotest.SignInWith(string(signIn[0])))
	}
	standIn := cognitotest.New(options...)
	standIn.AddToGroup("staff")
	return map[string]userPool{
		"moto":        {client, made.UserPool.Id},
		"cognitotest": {standIn, aws.String(cognitotest.ID)},
	}
}

// TestUserPool compares the stand-in for a pool with moto, where moto is faithful to
// Cognito. Each row is a conversation; both pools must give the same answers.
//
// It leaves out where moto contradicts Cognito's documentation: a page limit above 60, an
// invalid token, a blank value (which removes the attribute), local users addressed by
// their sub, aliases, attributes that are not in the schema, quoted values in a filter.
func TestUserPool(t *testing.T) {
	byEmail := []types.UsernameAttributeType{types.UsernameAttributeTypeEmail}
	jane := map[string]string{"email": "jane@example.com", "email_verified": "true", "custom:team": "red"}
	tests := []struct {
		name   string
		signIn []types.UsernameAttributeType
		do     func(c *conversation)
		want   []string
	}{
		{
			name: "create and read",
			do: func(c *conversation) {
				c.create("jane", jane)
				c.get("jane")
				c.list("")
			},
			want: []string{
				"created jane FORCE_CHANGE_PASSWORD enabled custom:team=red email=jane@example.com email_verified=true sub=sub1",
				"got jane FORCE_CHANGE_PASSWORD enabled custom:team=red email=jane@example.com email_verified=true sub=sub1",
				"listed jane FORCE_CHANGE_PASSWORD enabled custom:team=red email=jane@example.com email_verified=true sub=sub1",
			},
		},
		{
			name: "create twice",
			do: func(c *conversation) {
				c.create("jane", nil)
				c.create("jane", nil)
			},
			want: []string{"created jane FORCE_CHANGE_PASSWORD enabled sub=sub1", "UsernameExistsException"},
		},
		{
			name:   "sign in with e-mail",
			signIn: byEmail,
			do: func(c *conversation) {
				c.create("jane@example.com", nil)
				c.create("jane@example.com", nil)
				c.create("jane", nil)
				c.get("jane@example.com")
				c.get("sub1")
			},
			want: []string{
				"created sub1 FORCE_CHANGE_PASSWORD enabled email=jane@example.com sub=sub1",
				"UsernameExistsException",
				"InvalidParameterException",
				"got sub1 FORCE_CHANGE_PASSWORD enabled email=jane@example.com sub=sub1",
				"got sub1 FORCE_CHANGE_PASSWORD enabled email=jane@example.com sub=sub1",
			},
		},
		{
			name:   "sign-in address of another",
			signIn: byEmail,
			do: func(c *conversation) {
				c.create("jane@example.com", nil)
				c.create("joe@example.com", nil)
				c.update("sub2", map[string]string{"email": "jane@example.com", "email_verified": "true"})
			},
			want: []string{
				"created sub1 FORCE_CHANGE_PASSWORD enabled email=jane@example.com sub=sub1",
				"created sub2 FORCE_CHANGE_PASSWORD enabled email=joe@example.com sub=sub2",
				"AliasExistsException",
			},
		},
		{
			name: "update",
			do: func(c *conversation) {
				c.create("jane", jane)
				c.update("jane", map[string]string{"name": "Jane", "email": "j@example.com", "email_verified": "true"})
				c.get("jane")
				c.update("joe", map[string]string{"name": "Joe"})
			},
			want: []string{
				"created jane FORCE_CHANGE_PASSWORD enabled custom:team=red email=jane@example.com email_verified=true sub=sub1",
				"updated",
				"got jane FORCE_CHANGE_PASSWORD enabled custom:team=red email=j@example.com email_verified=true name=Jane sub=sub1",
				"UserNotFoundException",
			},
		},
		{
			name: "disable and enable",
			do: func(c *conversation) {
				c.create("jane", nil)
				c.enable("jane", false)
				c.list("")
				c.enable("jane", false)
				c.enable("jane", true)
				c.get("jane")
				c.enable("joe", true)
				c.enable("joe", false)
			},
			want: []string{
				"created jane FORCE_CHANGE_PASSWORD enabled sub=sub1",
				"enabled: false",
				"listed jane FORCE_CHANGE_PASSWORD disabled sub=sub1",
				"enabled: false",
				"enabled: true",
				"got jane FORCE_CHANGE_PASSWORD enabled sub=sub1",
				"UserNotFoundException",
				"UserNotFoundException",
			},
		},
		{
			name: "delete and create again",
			do: func(c *conversation) {
				c.create("jane", nil)
				c.delete("jane")
				c.delete("jane")
				c.get("jane")
				c.list("")
				c.create("jane", nil)
			},
			want: []string{
				"created jane FORCE_CHANGE_PASSWORD enabled sub=sub1", "deleted",
				"UserNotFoundException", "UserNotFoundException",
				"created jane FORCE_CHANGE_PASSWORD enabled sub=sub2",
			},
		},
		{
			name: "filters",
			do: func(c *conversation) {
				c.create("jane", jane)
				c.create("joe", map[string]string{"email": "joe@example.com", "name": "Joe"})
				c.enable("joe", false)
				for _, f := range []string{
					`username = "joe"`, `username = "Joe"`, `username ^= "j"`, `email = "jane@example.com"`, `email ^= "joe"`,
					`name="Joe"`, `status = "Disabled"`, `cognito:user_status = "FORCE_CHANGE_PASSWORD"`, `cognito:user_status = "CONFIRMED"`,
					`sub = "` + c.real("sub1") + `"`, `sub ^= "` + c.real("sub2")[:18] + `"`, `sub = "` + c.real("sub2")[:18] + `"`,
					`custom:team = "red"`, `email`, `email = jane`,
				} {
					c.filter(f)
				}
			},
			want: []string{
				"created jane FORCE_CHANGE_PASSWORD enabled custom:team=red email=jane@example.com email_verified=true sub=sub1",
				"created joe FORCE_CHANGE_PASSWORD enabled email=joe@example.com name=Joe sub=sub2",
				"enabled: false",
				"[joe]", "[]", "[jane joe]", "[jane]", "[joe]",
				"[joe]", "[joe]", "[jane joe]", "[]",
				"[jane]", "[joe]", "[]",
				"InvalidParameterException", "InvalidParameterException", "InvalidParameterException",
			},
		},
		{
			name: "groups",
			do: func(c *conversation) {
				c.create("jane", nil)
				c.create("joe", nil)
				c.join("jane", "staff")
				c.join("jane", "staff")
				c.members("staff")
				c.groups("jane")
				c.groups("joe")
				c.leave("joe", "staff")
				c.leave("jane", "staff")
				c.members("staff")
				c.join("jane", "nothing")
				c.join("nobody", "staff")
				c.leave("jane", "nothing")
				c.members("nothing")
				c.groups("nobody")
				c.join("jane", "staff")
				c.delete("jane")
				c.members("staff")
			},
			want: []string{
				"created jane FORCE_CHANGE_PASSWORD enabled sub=sub1", "created joe FORCE_CHANGE_PASSWORD enabled sub=sub2",
				"joined", "joined", "[jane]", "[staff]", "[]", "left", "left", "[]",
				"ResourceNotFoundException", "UserNotFoundException", "ResourceNotFoundException",
				"ResourceNotFoundException", "UserNotFoundException",
				"joined", "deleted", "[]",
			},
		},
		{
			name: "the pool itself",
			do: func(c *conversation) {
				c.describe()
				c.create("jane", nil)
				c.describe()
				c.id = aws.String("us-east-1_NOTHING01")
				c.describe()
				c.get("jane")
				c.filter(`username = "jane"`)
			},
			want: []string{
				"0 users, custom:team can be changed", "created jane FORCE_CHANGE_PASSWORD enabled sub=sub1", "1 users, custom:team can be changed",
				"ResourceNotFoundException", "ResourceNotFoundException", "ResourceNotFoundException",
			},
		},
		{
			name: "pages",
			do: func(c *conversation) {
				for i := range 130 {
					c.create(fmt.Sprintf("user%d", i), nil)
				}
				c.noted = nil
				for _, limit := range []int32{60, 50, 1} {
					c.pages(limit)
				}
			},
			want: []string{
				"60 60 10: 130 different users", "50 50 30: 130 different users", strings.Repeat("1 ", 129) + "1: 130 different users",
			},
		},
	}
	for _, tt := range tests {
		for kind, pool := range newPools(t, tt.signIn) {
			t.Run(tt.name+"/"+kind, func(t *testing.T) {
				c := &conversation{t: t, userPool: pool}
				tt.do(c)
				if diff := cmp.Diff(tt.want, c.noted); diff != "" {
					t.Errorf("the conversation (-want +got):\n%s", diff)
				}
			})
		}
	}
}

// TestProvisioner shows that what shared/cognito does to a pool and reads back is the same
// with both pools.
func TestProvisioner(t *testing.T) {
	yes, no := true, false
	for kind, pool := range newPools(t, nil) {
		t.Run(kind, func(t *testing.T) {
			ctx := t.Context()
			source := cognito.New(pool.api, *pool.id, cognito.ListRate(1000))
			p := cognito.NewProvisioner(source, pool.api)

			u, err := p.Create(ctx, cognito.NewUser{
				Username: "jane", Attributes: map[string]string{"email": "jane@example.com", "email_verified": "true"}, Disabled: true,
			})
			expect(t, "Create()", err, nil)
			_, err = p.Create(ctx, cognito.NewUser{Username: "jane"})
			expect(t, "Create() again", err, cognito.ErrExists)
			_, err = p.Create(ctx, cognito.NewUser{Username: "joe", Attributes: map[string]string{"email": "jane@example.com"}})
			expect(t, "Create() with her address", err, cognito.ErrExists)

			u, err = p.Update(ctx, u, cognito.Edit{Attributes: map[string]string{"name": "Jane", "email": "j@example.com"}, Enabled: &yes})
			expect(t, "Update()", err, nil)
			read(t, source, u)
			_, err = p.Update(ctx, directory.User{Sub: "x", Username: "joe"}, cognito.Edit{Enabled: &yes})
			expect(t, "Update() of nobody", err, cognito.ErrNotFound)

			u, err = p.Update(ctx, u, cognito.Edit{Enabled: &no})
			expect(t, "Update()", err, nil)
			read(t, source, u)
			expect(t, "Remove()", p.Remove(ctx, u, cognito.Delete), nil)
			expect(t, "Remove() again", p.Remove(ctx, u, cognito.Delete), nil)
			if gone, err := source.Gone(ctx, u.Sub, u.Username); !gone || err != nil {
				t.Errorf("Gone() = %t, %v; want true, nil", gone, err)
			}
			again, err := p.Create(ctx, cognito.NewUser{Username: "jane"})
			expect(t, "Create() after removal", err, nil)
			if gone, err := source.Gone(ctx, u.Sub, u.Username); !gone || err != nil {
				t.Errorf("Gone() = %t, %v for the former user; want true, nil", gone, err)
			}
			if gone, err := source.Gone(ctx, again.Sub, again.Username); gone || err != nil {
				t.Errorf("Gone() = %t, %v for the new user; want false, nil", gone, err)
			}
		})
	}
}

// read checks that the source shows the user as want, except for the dates, which no write
// returns.
func read(t *testing.T, source *cognito.Pool, want directory.User) {
	t.Helper()
	var walked []directory.User
	err := source.Walk(t.Context(), want.Sub[:1], func(page []directory.User) error {
		walked = append(walked, page...)
		return nil
	})
	expect(t, "Walk()", err, nil)
	bySub, ok, err := source.User(t.Context(), want.Sub)
	expect(t, "User()", err, nil)
	byName, ok2, err := source.UserByName(t.Context(), want.Username)
	expect(t, "UserByName()", err, nil)
	if !ok || !ok2 || len(walked) != 1 {
		t.Fatalf("found by sub: %t, by name: %t, by walk: %d users; want the one user", ok, ok2, len(walked))
	}
	for _, got := range []directory.User{bySub, byName, walked[0]} {
		want.Created, want.Modified = got.Created, got.Modified
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("the user read (-want +got):\n%s", diff)
		}
	}
}

func expect(t *testing.T, what string, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Fatalf("%s = %v, want %v", what, err, want)
	}
}
