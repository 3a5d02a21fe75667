package cognitotest

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
	"github.com/aws/smithy-go"
	"github.com/google/go-cmp/cmp"

	"github.com/poolsync/poolsync/shared/directory"
)

func TestListingIsComplete(t *testing.T) {
	p := New(Users(3001))
	for i := range 100 {
		p.Add(fmt.Sprintf("added%d", i), nil)
	}
	for i := range 50 {
		p.Delete(p.base.sub(i * 7))
	}
	want := make(map[string]bool)
	for u := range p.All() {
		want[u.Sub] = true
	}
	if len(want) != 3051 || p.Len() != 3051 {
		t.Fatalf("the pool holds %d users by All and %d by Len, want 3051", len(want), p.Len())
	}
	for _, digits := range []int{0, 1, 2} {
		got := make(map[string]bool)
		for _, prefix := range prefixes(digits) {
			for _, u := range list(t, p, byPrefix(prefix)) {
				sub := attr(u, "sub")
				if got[sub] {
					t.Errorf("%q is listed twice", sub)
				}
				got[sub] = true
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("by %d digits, subs (-want +got):\n%s", digits, diff)
		}
	}
}

// TestUserNamesAreUnique asks for what no pool can hold: two users of one name.
func TestUserNamesAreUnique(t *testing.T) {
	p := New(Users(10), IgnoreCase())
	jane := p.Add("jane", nil)
	p.AddFederated("Okta", "42", nil)
	free := p.Add("free", nil)
	before := p.Len()
	for name, sub := range map[string]string{
		"an added user's":     p.Add("jane", nil),
		"in other letters":    p.Add("Jane", nil),
		"a generated user's":  p.Add(p.base.username(3), nil),
		"a federated user's":  p.AddFederated("Okta", "42", nil),
		"a federated, by Add": p.Add("Okta_42", nil),
	} {
		if sub != "" {
			t.Errorf("%s: the name was given twice", name)
		}
	}
	if p.Edit(free, func(u *directory.User) { u.Username = "jane" }) {
		t.Error("by an edit: the name was given twice")
	}
	if p.Len() != before {
		t.Errorf("the pool holds %d users, want %d", p.Len(), before)
	}
	p.Delete(jane)
	if p.Add("jane", nil) == "" {
		t.Error("the name of a deleted user was not given")
	}
}

func TestListingHasNoOrder(t *testing.T) {
	p := New(Users(1000))
	for range 100 {
		p.Add("", nil)
	}
	ascending, last := 0, ""
	users := list(t, p, "")
	for _, u := range users {
		if sub := attr(u, "sub"); sub > last {
			ascending, last = ascending+1, sub
		} else {
			last = sub
		}
	}
	if ascending > len(users)*3/4 {
		t.Errorf("%d of %d users come in the order of sub", ascending, len(users))
	}
}

func TestFilter(t *testing.T) {
	p := New(Users(20), Custom("team"))
	jane := p.Add(`ja"ne\`, map[string]string{"email": "jane@example.com", "name": "Jane", "custom:team": "x"})
	p.Edit(jane, func(u *directory.User) { u.Enabled = false })
	p.Edit(p.base.sub(4), func(u *directory.User) { u.Attributes["email"] = "new@example.com" })
	tests := []struct {
		filter string
		want   int // users, or -1 for a refusal
	}{
		{``, 21},
		{`username = "user00000003"`, 1},
		{`username="user00000003"`, 1},
		{`username = "User00000003"`, 0},
		{`username ^= "user"`, 18},
		{`username = "ja\"ne\\"`, 1},
		{`email = "user00000003@example.com"`, 1},
		{`email = "user00000004@example.com"`, 0},
		{`email = "new@example.com"`, 1},
		{`name ^= "Ja"`, 1},
		{`status = "Disabled"`, 1},
		{`status = "disabled"`, 0},
		{`cognito:user_status = "external_provider"`, 2},
		{`sub = "` + jane + `"`, 1},
		{`sub = "` + p.base.sub(5) + `"`, 1},
		{`sub = "` + p.base.sub(5)[:20] + `"`, 0},
		{`sub ^= "` + p.base.sub(5)[:20] + `"`, 1},
		{`custom:team = "x"`, -1},
		{`email = jane@example.com`, -1},
		{`email = "a" and name = "b"`, -1},
		{`email != "a"`, -1},
	}
	for _, tt := range tests {
		t.Run(tt.filter, func(t *testing.T) {
			out, err := p.ListUsers(t.Context(), listInput(tt.filter, nil))
			got := -1
			if err == nil {
				got = len(out.Users)
			} else if code(err) != "InvalidParameterException" {
				t.Errorf("ListUsers() = %v, want InvalidParameterException", err)
			}
			if got != tt.want {
				t.Errorf("ListUsers() lists %d users, want %d", got, tt.want)
			}
		})
	}
}

func TestPages(t *testing.T) {
	sizes := []int{0, 10, 0, 60, 7, 0}
	p := New(Users(130), PageSizes(func(n, limit int) int {
		if n < len(sizes) {
			return sizes[n]
		}
		return limit
	}))
	var got []int
	var token *string
	for {
		out, err := p.ListUsers(t.Context(), listInput("", token))
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, len(out.Users))
		if token = out.PaginationToken; token == nil {
			break
		}
	}
	if diff := cmp.Diff([]int{0, 10, 0, 60, 7, 0, 53}, got); diff != "" {
		t.Errorf("page sizes (-want +got):\n%s", diff)
	}
	if got, want := p.Calls("ListUsers"), 7; got != want {
		t.Errorf("Calls() = %d, want %d", got, want)
	}
}

func TestTokens(t *testing.T) {
	tests := []struct {
		name   string
		change func(in *cip.ListUsersInput) // of the request for the second page
		wait   time.Duration
		want   string
	}{
		{name: "same request", change: func(*cip.ListUsersInput) {}, wait: 59 * time.Minute},
		{name: "other filter", change: func(in *cip.ListUsersInput) { in.Filter = aws.String(`name ^= "U"`) }, want: "InvalidParameterException"},
		{name: "other limit", change: func(in *cip.ListUsersInput) { in.Limit = aws.Int32(10) }, want: "InvalidParameterException"},
		{name: "no token", change: func(in *cip.ListUsersInput) { in.PaginationToken = aws.String("nonsense") }, want: "InvalidParameterException"},
		{name: "impossible token", change: func(in *cip.ListUsersInput) {
			in.PaginationToken = aws.String(base64.StdEncoding.EncodeToString([]byte("0 1 -1 -1 0")))
		}, want: "InvalidParameterException"},
		{name: "too large", change: func(in *cip.ListUsersInput) { in.Limit = aws.Int32(61) }, want: "InvalidParameterException"},
		{name: "other pool", change: func(in *cip.ListUsersInput) { in.UserPoolId = aws.String("x") }, want: "ResourceNotFoundException"},
		{name: "expired", change: func(*cip.ListUsersInput) {}, wait: time.Hour, want: "InvalidParameterException"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := New(Users(100))
				first, err := p.ListUsers(t.Context(), listInput("", nil))
				if err != nil {
					t.Fatal(err)
				}
				time.Sleep(tt.wait)
				in := listInput("", first.PaginationToken)
				tt.change(in)
				if _, err = p.ListUsers(t.Context(), in); code(err) != tt.want {
					t.Errorf("ListUsers() = %v, want %q", err, tt.want)
				}
			})
		})
	}
}

func TestPrefixModes(t *testing.T) {
	if _, err := New(Users(9), RefusePrefix()).ListUsers(t.Context(), listInput(byPrefix("1"), nil)); code(err) != "InvalidParameterException" {
		t.Errorf("RefusePrefix: ListUsers() = %v, want InvalidParameterException", err)
	}
	if got := len(list(t, New(Users(9), IgnorePrefix()), byPrefix("1"))); got != 9 {
		t.Errorf("IgnorePrefix: %d users are listed, want 9", got)
	}
}

func TestLatencyAndQuota(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, start := New(Latency(100*time.Millisecond), ListQuota(3)), time.Now()
		var got []string
		for range 12 {
			_, err := p.ListUsers(t.Context(), listInput("", nil))
			got = append(got, code(err))
		}
		const no = "TooManyRequestsException"
		want := []string{"", "", "", no, no, no, no, no, no, no, "", ""}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("answers (-want +got):\n%s", diff)
		}
		if took := time.Since(start); took != 1200*time.Millisecond {
			t.Errorf("12 calls took %v, want 1.2s", took)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		defer cancel()
		if _, err := p.ListUsers(ctx, listInput("", nil)); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("ListUsers() = %v, want %v", err, context.DeadlineExceeded)
		}
	})
}

func TestLag(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := New(Users(1), Lag(10*time.Second))
		first := p.base.sub(0)
		at := func(s int) { time.Sleep(time.Until(synctestEpoch.Add(time.Duration(s) * time.Second))) }

		at(20)
		p.Edit(first, func(u *directory.User) { u.Attributes["name"] = "New" })
		jane := p.Add("jane", nil)
		at(25)
		p.Delete(first)
		checks := []struct {
			at   int
			want map[string]string // sub to name
		}{
			{29, map[string]string{first: "User 00000000"}},
			{30, map[string]string{first: "New", jane: ""}},
			{34, map[string]string{first: "New", jane: ""}},
			{35, map[string]string{jane: ""}},
		}
		for _, c := range checks {
			at(c.at)
			got := make(map[string]string)
			for _, u := range list(t, p, "") {
				got[attr(u, "sub")] = attr(u, "name")
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("listed at %d s (-want +got):\n%s", c.at, diff)
			}
			if _, ok := p.User(first); ok {
				t.Errorf("User(%q) exists at %d s, want it gone", first, c.at)
			}
		}
	})
}

// TestLagOfState shows what else than attributes listings are late with.
func TestLagOfState(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := New(Lag(10 * time.Second))
		jane := p.Add("jane", nil)
		p.AddToGroup("old", jane)
		p.AddToGroup("new")
		time.Sleep(time.Minute) // on the test's clock
		p.Edit(jane, func(u *directory.User) { u.Enabled = false })
		p.RemoveFromGroup("old", jane)
		p.AddToGroup("new", jane)
		type shown struct {
			Enabled bool
			Groups  []string
			Members []string // of the group that she is new in
		}
		for _, tt := range []struct {
			after time.Duration
			want  shown
		}{
			{9999 * time.Millisecond, shown{true, []string{"old"}, nil}},
			{10 * time.Second, shown{false, []string{"new"}, []string{"jane"}}},
		} {
			time.Sleep(time.Until(synctestEpoch.Add(time.Minute + tt.after)))
			groups, err := p.AdminListGroupsForUser(t.Context(), &cip.AdminListGroupsForUserInput{UserPoolId: aws.String(ID), Username: aws.String("jane")})
			if err != nil {
				t.Fatal(err)
			}
			members, err := p.ListUsersInGroup(t.Context(), &cip.ListUsersInGroupInput{UserPoolId: aws.String(ID), GroupName: aws.String("new")})
			if err != nil {
				t.Fatal(err)
			}
			got := shown{Enabled: list(t, p, "")[0].Enabled}
			for _, g := range groups.Groups {
				got.Groups = append(got.Groups, *g.GroupName)
			}
			for _, u := range members.Users {
				got.Members = append(got.Members, *u.Username)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("shown after %v: -want +got\n%s", tt.after, diff)
			}
		}
	})
}

func TestHide(t *testing.T) {
	p := New(Users(3))
	sub := p.base.sub(1)
	p.Hide(sub)
	if got := len(list(t, p, "")); got != 2 {
		t.Errorf("%d users are listed, want 2", got)
	}
	if _, err := p.AdminGetUser(t.Context(), get("user00000001")); err != nil {
		t.Errorf("AdminGetUser() = %v, want nil", err)
	}
	p.Show(sub)
	if got := len(list(t, p, "")); got != 3 {
		t.Errorf("%d users are listed, want 3", got)
	}
}

func TestFail(t *testing.T) {
	p := New(Users(100))
	p.Fail(func(c Call) error {
		if c.Op == "ListUsers" && c.N == 2 {
			return fmt.Errorf("page %d", c.Page)
		}
		return nil
	})
	first, err := p.ListUsers(t.Context(), listInput("", nil))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"page 1", "<nil>"} {
		if _, err := p.ListUsers(t.Context(), listInput("", first.PaginationToken)); fmt.Sprint(err) != want {
			t.Errorf("ListUsers() = %v, want %v", err, want)
		}
	}
	if diff := cmp.Diff(map[string]int{"ListUsers": 3}, p.AllCalls()); diff != "" {
		t.Errorf("AllCalls() (-want +got):\n%s", diff)
	}
	if p.ResetCalls(); p.Calls("ListUsers") != 0 {
		t.Errorf("Calls() = %d after ResetCalls(), want 0", p.Calls("ListUsers"))
	}
}

func TestUnanswered(t *testing.T) {
	p := New()
	p.Fail(func(Call) error { return Unanswered() })
	if _, err := p.AdminCreateUser(t.Context(), create("jane", nil)); err == nil || code(err) != "" {
		t.Errorf("AdminCreateUser() = %v, want a connection error", err)
	}
	if got := p.Len(); got != 1 {
		t.Errorf("Len() = %d, want 1", got)
	}
}

// synctestEpoch is when time begins in a synctest bubble.
var synctestEpoch = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)

func list(t *testing.T, p *Pool, filter string) []types.UserType {
	t.Helper()
	var all []types.UserType
	var token *string
	for {
		out, err := p.ListUsers(t.Context(), listInput(filter, token))
		if err != nil {
			t.Fatalf("ListUsers() = %v, want nil", err)
		}
		all = append(all, out.Users...)
		if token = out.PaginationToken; token == nil {
			return all
		}
	}
}

func byPrefix(prefix string) string {
	return fmt.Sprintf(`sub ^= "%s"`, prefix)
}

func listInput(filter string, token *string) *cip.ListUsersInput {
	in := &cip.ListUsersInput{UserPoolId: aws.String(ID), Limit: aws.Int32(60), PaginationToken: token}
	if filter != "" {
		in.Filter = &filter
	}
	return in
}

func get(username string) *cip.AdminGetUserInput {
	return &cip.AdminGetUserInput{UserPoolId: aws.String(ID), Username: &username}
}

func create(username string, attrs map[string]string) *cip.AdminCreateUserInput {
	return &cip.AdminCreateUserInput{UserPoolId: aws.String(ID), Username: &username, UserAttributes: attributes(attrs)}
}

func attributes(attrs map[string]string) []types.AttributeType {
	var as []types.AttributeType
	for n, v := range attrs {
		as = append(as, types.AttributeType{Name: &n, Value: &v})
	}
	return as
}

func attr(u types.UserType, name string) string {
	return toMap(u.Attributes)[name]
}

// code returns the code that Cognito answered with.
func code(err error) string {
	if api, ok := errors.AsType[smithy.APIError](err); ok {
		return api.ErrorCode()
	}
	return ""
}
