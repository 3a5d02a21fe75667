package cognitotest

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/smithy-go"
	"github.com/google/go-cmp/cmp"

	"github.com/poolsync/poolsync/shared/directory"
)

// A filter finds users by what they were, and shows them as they are.
func TestIndexLag(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := New(Users(1), IndexLag(10*time.Second))
		jane := p.Add("jane", map[string]string{"email": "old@example.com", "phone_number": "+15555550100"})
		gone := p.Add("gone", nil)
		time.Sleep(time.Minute)
		p.Edit(jane, func(u *directory.User) {
			u.Attributes["email"], u.Attributes["phone_number"] = "new@example.com", "+15555550101"
		})
		p.Edit(p.base.sub(0), func(u *directory.User) { u.Attributes["email"] = "moved@example.com" })
		p.Delete(gone)
		p.Add("fresh", nil)
		checks := []struct {
			filter      string
			before, now []string // the address of who is found
		}{
			{`email = "old@example.com"`, []string{"new@example.com"}, nil},
			{`email = "new@example.com"`, nil, []string{"new@example.com"}},
			{`email = "moved@example.com"`, nil, []string{"moved@example.com"}},
			{`phone_number = "+15555550100"`, []string{"new@example.com"}, nil},
			{`phone_number = "+15555550101"`, nil, []string{"new@example.com"}},
			{`username = "jane"`, []string{"new@example.com"}, []string{"new@example.com"}},
			{`username = "fresh"`, nil, []string{""}},
			{`username = "gone"`, nil, nil},
			{`sub = "` + jane + `"`, []string{"new@example.com"}, []string{"new@example.com"}},
		}
		found := func(filter string) []string {
			var addresses []string
			for _, u := range list(t, p, filter) {
				addresses = append(addresses, attr(u, "email"))
			}
			return addresses
		}
		for _, c := range checks {
			if diff := cmp.Diff(c.before, found(c.filter)); diff != "" {
				t.Errorf("%s, at once (-want +got):\n%s", c.filter, diff)
			}
		}
		if got := len(list(t, p, "")); got != 3 {
			t.Errorf("without a filter %d users are listed at once, want 3", got)
		}
		time.Sleep(10 * time.Second)
		for _, c := range checks {
			if diff := cmp.Diff(c.now, found(c.filter)); diff != "" {
				t.Errorf("%s, later (-want +got):\n%s", c.filter, diff)
			}
		}
	})
}

func TestPlainBackslash(t *testing.T) {
	for _, tt := range []struct {
		name    string
		options []Option
		want    int
	}{
		{"escapes", nil, 1},
		{"stands for itself", []Option{PlainBackslash()}, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := New(tt.options...)
			p.Add(`CORP\jane`, nil)
			if got := len(list(t, p, `username = "CORP\\jane"`)); got != tt.want {
				t.Errorf("%d users are listed, want %d", got, tt.want)
			}
		})
	}
}

func TestAfterTheWrite(t *testing.T) {
	p := New()
	p.Fail(func(Call) error { return AfterTheWrite("CodeDeliveryFailureException") })
	_, err := p.AdminCreateUser(t.Context(), &cip.AdminCreateUserInput{
		UserPoolId: aws.String(ID), Username: aws.String("jane"), MessageAction: "SUPPRESS",
	})
	api, ok := errors.AsType[smithy.APIError](err)
	if !ok || api.ErrorCode() != "CodeDeliveryFailureException" || p.Len() != 1 {
		t.Errorf("AdminCreateUser() = %v with %d users, want the code and the user", err, p.Len())
	}
}
