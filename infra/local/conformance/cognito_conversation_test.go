package conformance

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
	"github.com/aws/smithy-go"
)

// conversation calls a pool and notes the answers. It writes errors as their codes, and
// subs as numbers in order of appearance.
type conversation struct {
	t *testing.T
	userPool
	subs  []string
	noted []string
}

func (c *conversation) note(err error, format string, args ...any) {
	c.t.Helper()
	if err == nil {
		c.noted = append(c.noted, fmt.Sprintf(format, args...))
		return
	}
	api, ok := errors.AsType[smithy.APIError](err)
	if !ok {
		c.t.Fatalf("the pool does not answer: %v", err)
	}
	c.noted = append(c.noted, api.ErrorCode())
}

// real returns the sub that a name like sub1 stands for, or any other name as it is.
func (c *conversation) real(name string) string {
	var n int
	if _, err := fmt.Sscanf(name, "sub%d", &n); err != nil || n < 1 || n > len(c.subs) {
		return name
	}
	return c.subs[n-1]
}

// show describes a user.
func (c *conversation) show(username *string, status types.UserStatusType, enabled bool, attributes []types.AttributeType) string {
	values := make(map[string]string)
	for _, a := range attributes {
		values[*a.Name] = *a.Value
	}
	if sub := values["sub"]; !slices.Contains(c.subs, sub) {
		c.subs = append(c.subs, sub)
	}
	words := []string{*username, string(status), map[bool]string{true: "enabled", false: "disabled"}[enabled]}
	for _, name := range slices.Sorted(maps.Keys(values)) {
		words = append(words, name+"="+values[name])
	}
	s := strings.Join(words, " ")
	for i, sub := range c.subs {
		s = strings.ReplaceAll(s, sub, fmt.Sprintf("sub%d", i+1))
	}
	return s
}

func attributeTypes(m map[string]string) []types.AttributeType {
	var as []types.AttributeType
	for _, name := range slices.Sorted(maps.Keys(m)) {
		as = append(as, types.AttributeType{Name: aws.String(name), Value: aws.String(m[name])})
	}
	return as
}

func (c *conversation) create(username string, attributes map[string]string) {
	out, err := c.api.AdminCreateUser(c.t.Context(), &cip.AdminCreateUserInput{
		UserPoolId: c.id, Username: &username, UserAttributes: attributeTypes(attributes), MessageAction: types.MessageActionTypeSuppress,
	})
	var shown string
	if err == nil {
		shown = c.show(out.User.Username, out.User.UserStatus, out.User.Enabled, out.User.Attributes)
	}
	c.note(err, "created %s", shown)
}

func (c *conversation) get(username string) {
	out, err := c.api.AdminGetUser(c.t.Context(), &cip.AdminGetUserInput{UserPoolId: c.id, Username: aws.String(c.real(username))})
	var shown string
	if err == nil {
		shown = c.show(out.Username, out.UserStatus, out.Enabled, out.UserAttributes)
	}
	c.note(err, "got %s", shown)
}

func (c *conversation) list(filter string) {
	for _, u := range c.walk(filter, 60) {
		c.note(nil, "listed %s", c.show(u.Username, u.UserStatus, u.Enabled, u.Attributes))
	}
}

func (c *conversation) filter(filter string) {
	out, err := c.api.ListUsers(c.t.Context(), &cip.ListUsersInput{UserPoolId: c.id, Filter: &filter})
	var names []string
	if err == nil {
		names = usernames(out.Users)
	}
	c.note(err, "%v", names)
}

func (c *conversation) walk(filter string, limit int32) []types.UserType {
	var all []types.UserType
	in := &cip.ListUsersInput{UserPoolId: c.id, Limit: &limit}
	if filter != "" {
		in.Filter = &filter
	}
	for {
		out, err := c.api.ListUsers(c.t.Context(), in)
		if err != nil {
			c.t.Fatalf("list users: %v", err)
		}
		all = append(all, out.Users...)
		if in.PaginationToken = out.PaginationToken; aws.ToString(in.PaginationToken) == "" {
			return all
		}
	}
}

func (c *conversation) pages(limit int32) {
	var sizes []string
	names := make(map[string]bool)
	in := &cip.ListUsersInput{UserPoolId: c.id, Limit: &limit}
	for {
		out, err := c.api.ListUsers(c.t.Context(), in)
		if err != nil {
			c.t.Fatalf("list users: %v", err)
		}
		sizes = append(sizes, fmt.Sprint(len(out.Users)))
		for _, name := range usernames(out.Users) {
			names[name] = true
		}
		if in.PaginationToken = out.PaginationToken; aws.ToString(in.PaginationToken) == "" {
			break
		}
	}
	c.note(nil, "%s: %d different users", strings.Join(sizes, " "), len(names))
}

func (c *conversation) update(username string, attributes map[string]string) {
	_, err := c.api.AdminUpdateUserAttributes(c.t.Context(), &cip.AdminUpdateUserAttributesInput{
		UserPoolId: c.id, Username: aws.String(c.real(username)), UserAttributes: attributeTypes(attributes),
	})
	c.note(err, "updated")
}

func (c *conversation) enable(username string, enabled bool) {
	var err error
	if enabled {
		_, err = c.api.AdminEnableUser(c.t.Context(), &cip.AdminEnableUserInput{UserPoolId: c.id, Username: &username})
	} else {
		_, err = c.api.AdminDisableUser(c.t.Context(), &cip.AdminDisableUserInput{UserPoolId: c.id, Username: &username})
	}
	c.note(err, "enabled: %t", enabled)
}

func (c *conversation) delete(username string) {
	_, err := c.api.AdminDeleteUser(c.t.Context(), &cip.AdminDeleteUserInput{UserPoolId: c.id, Username: &username})
	c.note(err, "deleted")
}

func (c *conversation) join(username, group string) {
	_, err := c.api.AdminAddUserToGroup(c.t.Context(), &cip.AdminAddUserToGroupInput{UserPoolId: c.id, Username: &username, GroupName: &group})
	c.note(err, "joined")
}

func (c *conversation) leave(username, group string) {
	_, err := c.api.AdminRemoveUserFromGroup(c.t.Context(), &cip.AdminRemoveUserFromGroupInput{UserPoolId: c.id, Username: &username, GroupName: &group})
	c.note(err, "left")
}

func (c *conversation) members(group string) {
	out, err := c.api.ListUsersInGroup(c.t.Context(), &cip.ListUsersInGroupInput{UserPoolId: c.id, GroupName: &group})
	var names []string
	if err == nil {
		names = usernames(out.Users)
	}
	c.note(err, "%v", names)
}

func (c *conversation) groups(username string) {
	out, err := c.api.AdminListGroupsForUser(c.t.Context(), &cip.AdminListGroupsForUserInput{UserPoolId: c.id, Username: &username})
	var names []string
	if err == nil {
		for _, g := range out.Groups {
			names = append(names, *g.GroupName)
		}
	}
	c.note(err, "%v", names)
}

func (c *conversation) describe() {
	out, err := c.api.DescribeUserPool(c.t.Context(), &cip.DescribeUserPoolInput{UserPoolId: c.id})
	if err != nil {
		c.note(err, "")
		return
	}
	can := "cannot"
	for _, a := range out.UserPool.SchemaAttributes {
		if *a.Name == "custom:team" && aws.ToBool(a.Mutable) {
			can = "can"
		}
	}
	c.note(nil, "%d users, custom:team %s be changed", out.UserPool.EstimatedNumberOfUsers, can)
}

// usernames returns the users' names, sorted: a listing has no order.
func usernames(users []types.UserType) []string {
	var names []string
	for _, u := range users {
		names = append(names, *u.Username)
	}
	slices.Sort(names)
	return names
}
