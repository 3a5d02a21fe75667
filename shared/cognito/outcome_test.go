package cognito

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/google/go-cmp/cmp"

	"github.com/poolsync/poolsync/shared/cognito/cognitotest"
	"github.com/poolsync/poolsync/shared/directory"
)

// afterTheWrite are errors that an operation can return although it has written.
var afterTheWrite = map[string]func() error{
	"invitation not sent":       effect("CodeDeliveryFailureException"),
	"trigger refuses":           effect("UserLambdaValidationException"),
	"trigger fails":             effect("UnexpectedLambdaException"),
	"trigger answers otherwise": effect("InvalidLambdaResponseException"),
	"code of a later year":      effect("TeapotException"),
	"too many messages":         effect("LimitExceededException"),
	"answer lost":               cognitotest.Unanswered,
}

func effect(code string) func() error { return func() error { return cognitotest.AfterTheWrite(code) } }

// An error of a creation does not hide a user who is there, and none is created
// twice.
func TestCreateAnswersWithWhoIsThere(t *testing.T) {
	for name, fault := range afterTheWrite {
		for _, pool := range []struct {
			name string
			opts []cognitotest.Option
			in   NewUser
		}{
			{"named", nil, NewUser{Username: "jane", Attributes: map[string]string{"email": "jane@example.com"}}},
			{"name chosen", nil, NewUser{Attributes: map[string]string{"email": "jane@example.com"}}},
			{"nothing known", nil, NewUser{Attributes: map[string]string{"name": "Jane", "nickname": ""}}},
			{"signing in with e-mail", []cognitotest.Option{cognitotest.SignInWith("email")}, NewUser{Attributes: map[string]string{"email": "jane@example.com"}}},
			{"signing in with phone number", []cognitotest.Option{cognitotest.SignInWith("email", "phone_number")}, NewUser{Username: "+15555550100"}},
			{"disabled", nil, NewUser{Username: "jane", Disabled: true}},
			{"in an index that lags", []cognitotest.Option{cognitotest.IndexLag(settled)}, NewUser{Username: "jane"}},
		} {
			t.Run(name+"/"+pool.name, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					fake := cognitotest.New(pool.opts...)
					fake.Fail(at("AdminCreateUser", fault))
					got, err := NewProvisioner(New(fake, cognitotest.ID), fake).Create(t.Context(), pool.in)
					checkError(t, "Create()", err, nil)
					want, _ := fake.User(got.Sub)
					if diff := cmp.Diff(want, got); diff != "" || got.Enabled == pool.in.Disabled {
						t.Errorf("Create() (-pool +got):\n%s", diff)
					}
					if n := fake.Calls("AdminCreateUser"); n != 1 || fake.Len() != 1 {
						t.Errorf("%d calls made %d users, want 1 and 1", n, fake.Len())
					}
				})
			})
		}
	}
}

// If there is no such user, or one who was there before, the creation has failed.
func TestCreateTakesNobodyForTheNewUser(t *testing.T) {
	tests := []struct {
		name  string
		there func(*cognitotest.Pool) // the user who has the name
		age   time.Duration
		in    NewUser
		fault func() error
		want  error
	}{
		{name: "nobody, trigger refuses", fault: answer("UserLambdaValidationException"), want: errAny},
		{name: "nobody, failing", fault: cognitotest.Internal, want: ErrUnavailable},
		{name: "one in use", there: func(p *cognitotest.Pool) { p.Add("jane", nil) }, fault: cognitotest.Internal, want: ErrExists},
		{name: "one in use, as Cognito says", there: func(p *cognitotest.Pool) { p.Add("jane", nil) }, want: ErrExists},
		{name: "one who was invited", there: invited("jane", nil), age: 2 * repeatable, want: ErrExists},
		{name: "one of other attributes", there: invited("jane", map[string]string{"name": "Jane"}), want: ErrExists},
		{name: "one of more attributes", there: invited("jane", map[string]string{"name": "Jane"}),
			in: NewUser{Attributes: map[string]string{"nickname": "J"}}, want: ErrExists},
		{name: "one who was disabled since", there: func(p *cognitotest.Pool) {
			invited("jane", nil)(p)
			for u := range p.All() {
				p.Edit(u.Sub, func(u *directory.User) { u.Enabled = false })
			}
		}, want: ErrExists},
		{name: "one of the same address, and another name", there: invited("ann", map[string]string{"email": "jane@example.com", "email_verified": "false"}),
			in: NewUser{Attributes: map[string]string{"email": "jane@example.com"}}, want: ErrExists},
		{name: "one of the same address, when the name is ours to choose", there: invited("ann", map[string]string{"email": "jane@example.com", "email_verified": "false"}),
			in: NewUser{Username: "-", Attributes: map[string]string{"email": "jane@example.com"}}, want: ErrExists},
		{name: "one of the same address, whose name was ours to choose", there: invited("", map[string]string{"email": "jane@example.com", "email_verified": "false"}),
			in: NewUser{Attributes: map[string]string{"email": "jane@example.com"}}, want: ErrExists},
		{name: "an alias", there: func(p *cognitotest.Pool) { p.Add("ann", map[string]string{"preferred_username": "jane"}) }, want: ErrExists},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				pool := cognitotest.New(cognitotest.Aliases("preferred_username"))
				if tt.there != nil {
					tt.there(pool)
				}
				time.Sleep(tt.age)
				var before []directory.User
				for u := range pool.All() {
					before = append(before, u)
				}
				if tt.fault != nil {
					pool.Fail(at("AdminCreateUser", tt.fault))
				}
				switch tt.in.Username {
				case "":
					tt.in.Username = "jane"
				case "-":
					tt.in.Username = ""
				}
				_, err := NewProvisioner(New(pool, cognitotest.ID), pool).Create(t.Context(), tt.in)
				checkError(t, "Create()", err, tt.want)
				if tt.want == errAny && errors.Is(err, ErrExists) {
					t.Errorf("Create() = %v for a user who does not exist", err)
				}
				var after []directory.User
				for u := range pool.All() {
					after = append(after, u)
				}
				if diff := cmp.Diff(before, after); diff != "" {
					t.Errorf("the pool's users (-before +after):\n%s", diff)
				}
			})
		})
	}
}

// invited creates a user who has not signed in yet.
func invited(username string, attributes map[string]string) func(*cognitotest.Pool) {
	return func(p *cognitotest.Pool) {
		if _, err := NewProvisioner(New(p, cognitotest.ID), p).Create(context.Background(), NewUser{Username: username, Attributes: attributes}); err != nil {
			panic(err) // the test's own doing
		}
	}
}

// A creation that is repeated after an error ends with the one user, not with an
// error that somebody has the name.
func TestRepeatedCreationConverges(t *testing.T) {
	lost := func(ops ...string) func(cognitotest.Call) error {
		return func(c cognitotest.Call) error {
			for _, op := range ops {
				if c.Op == op {
					return cognitotest.Unanswered()
				}
			}
			return nil
		}
	}
	jane := map[string]string{"email": "jane@example.com", "email_verified": "true"}
	unseen := lost("AdminCreateUser", "AdminGetUser")
	tests := []struct {
		name  string
		pool  []cognitotest.Option
		in    NewUser
		fault func(cognitotest.Call) error // of the first try
		again func(cognitotest.Call) error // of the second
	}{
		{"named", nil, NewUser{Username: "jane"}, unseen, nil},
		{"with an address", nil, NewUser{Username: "jane", Attributes: jane}, unseen, nil},
		{"with an alias", []cognitotest.Option{cognitotest.Aliases("email")}, NewUser{Username: "jane", Attributes: jane}, unseen, nil},
		{"name chosen", nil, NewUser{Attributes: jane}, unseen, nil},
		{"signing in with e-mail", []cognitotest.Option{cognitotest.SignInWith("email")}, NewUser{Attributes: jane}, unseen, nil},
		{"signing in with phone number", []cognitotest.Option{cognitotest.SignInWith("phone_number")}, NewUser{Username: "+15555550100"}, unseen, nil},
		{"in other case", []cognitotest.Option{cognitotest.IgnoreCase()}, NewUser{Username: "Jane"}, unseen, nil},
		{"not found by the index yet", []cognitotest.Option{cognitotest.IndexLag(settled)}, NewUser{Username: "jane", Attributes: jane}, unseen, nil},
		{"not listed yet", []cognitotest.Option{cognitotest.Lag(settled)}, NewUser{Username: "jane"}, unseen, nil},
		{"a name that the filter mangles", []cognitotest.Option{cognitotest.PlainBackslash()}, NewUser{Username: `CORP\jane`}, unseen, nil},
		{"disabled, and the creation unseen", nil, NewUser{Username: "jane", Disabled: true}, unseen, nil},
		{"disabled, and the disabling failed", nil, NewUser{Username: "jane", Disabled: true}, at("AdminDisableUser", cognitotest.Internal), nil},
		{"a name that the filter refuses", nil, NewUser{Username: `CORP\jane`}, unseen, at("ListUsers", answer("InvalidParameterException"))},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				pool := cognitotest.New(tt.pool...)
				pool.Fail(tt.fault)
				p := NewProvisioner(New(pool, cognitotest.ID), pool)
				_, err := p.Create(t.Context(), tt.in)
				checkError(t, "the first Create()", err, ErrUnavailable)
				pool.Fail(tt.again)
				time.Sleep(time.Minute)
				got, err := p.Create(t.Context(), tt.in)
				checkError(t, "Create() again", err, nil)
				want, _ := pool.User(got.Sub)
				if diff := cmp.Diff(want, got); diff != "" || pool.Len() != 1 || got.Enabled == tt.in.Disabled {
					t.Errorf("Create() again leaves %d users (-pool +got):\n%s", pool.Len(), diff)
				}
			})
		})
	}
}

// Federated users may have the number that the new user signs in with.
func TestRepeatedCreationAmongFederatedUsers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		pool := cognitotest.New(cognitotest.SignInWith("phone_number"))
		p, jane := NewProvisioner(New(pool, cognitotest.ID), pool), NewUser{Username: "+15555550100"}
		first, err := p.Create(t.Context(), jane)
		checkError(t, "Create()", err, nil)
		for i := range 20 {
			pool.AddFederated("Okta", fmt.Sprint(i), map[string]string{"phone_number": "+15555550100"})
		}
		again, err := p.Create(t.Context(), jane)
		checkError(t, "Create() again", err, nil)
		if again.Sub != first.Sub {
			t.Errorf("Create() again returns another user")
		}
	})
}

// If nobody can tell who has the name, nobody is told that it is taken.
func TestCreateThatCannotLook(t *testing.T) {
	for name, fault := range map[string]func() error{"unavailable": cognitotest.Internal, "denied": cognitotest.Denied} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				pool := cognitotest.New()
				invited("jane", nil)(pool)
				pool.Fail(at("ListUsers", fault))
				_, err := NewProvisioner(New(pool, cognitotest.ID), pool).Create(t.Context(), NewUser{Username: "jane"})
				checkError(t, "Create()", err, errAny)
				if errors.Is(err, ErrExists) || errors.Is(err, ErrUnavailable) != (name == "unavailable") {
					t.Errorf("Create() = %v, want the look-up's error", err)
				}
			})
		})
	}
}

// A write that is throttled until the end was not carried out, and needs no look.
func TestThrottledWritesAreNotLookedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		pool := cognitotest.New()
		pool.Fail(at("AdminCreateUser", cognitotest.Throttled))
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		_, err := NewProvisioner(New(pool, cognitotest.ID), pool).Create(ctx, NewUser{Username: "jane"})
		checkError(t, "Create()", err, ErrThrottled)
		if n := pool.Calls("AdminGetUser"); n != 0 {
			t.Errorf("AdminGetUser was called %d times, want 0", n)
		}
	})
}

// A user who has the name now, but is somebody else, shows nothing about the write.
func TestWriteToOneWhoWasReplaced(t *testing.T) {
	pool := cognitotest.New()
	sub := pool.Add("jane", nil)
	u, _ := pool.User(sub)
	pool.Fail(func(c cognitotest.Call) error {
		if c.Op != "AdminUpdateUserAttributes" {
			return nil
		}
		pool.Delete(sub)
		pool.Add("jane", map[string]string{"name": "Ann"})
		return cognitotest.Answer("UnexpectedLambdaException", 400)
	})
	_, err := NewProvisioner(New(pool, cognitotest.ID), pool).Update(t.Context(), u, Edit{Attributes: map[string]string{"name": "Ann"}})
	checkError(t, "Update()", err, errAny)
}

// Trying to create a user who exists does not make them billable.
func TestCreatingAListedUserAsksForNobody(t *testing.T) {
	pool := cognitotest.New()
	pool.Add("jane", nil)
	_, err := NewProvisioner(New(pool, cognitotest.ID), pool).Create(t.Context(), NewUser{Username: "jane"})
	checkError(t, "Create()", err, ErrExists)
	if n := pool.Calls("AdminGetUser"); n != 0 {
		t.Errorf("AdminGetUser was called %d times, want 0", n)
	}
}

// A creation that hangs leaves time to look for the user.
func TestCreateThatHangsIsLookedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		pool := cognitotest.New()
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		got, err := NewProvisioner(New(pool, cognitotest.ID), hanging{pool}).Create(ctx, NewUser{Username: "jane"})
		checkError(t, "Create()", err, nil)
		if got.Username != "jane" {
			t.Errorf("Create() = %+v, want jane", got)
		}
	})
}

// hanging is a pool that creates users and does not answer.
type hanging struct{ *cognitotest.Pool }

func (h hanging) AdminCreateUser(ctx context.Context, in *cip.AdminCreateUserInput, opts ...func(*cip.Options)) (*cip.AdminCreateUserOutput, error) {
	if _, err := h.Pool.AdminCreateUser(ctx, in, opts...); err != nil {
		return nil, err
	}
	<-ctx.Done()
	return nil, ctx.Err()
}

// An error of another write does not hide that it took effect, and does not claim an
// effect that cannot be seen.
func TestWritesAnswerWithWhatIsTrue(t *testing.T) {
	no, yes := false, true
	update := func(e Edit) func(context.Context, *Provisioner, directory.User) error {
		return func(ctx context.Context, p *Provisioner, u directory.User) error {
			got, err := p.Update(ctx, u, e)
			if name, ok := e.Attributes["name"]; ok && err == nil && name != got.Attributes["name"] {
				return errors.New("Update() returns another name")
			}
			return err
		}
	}
	remove := func(r Removal) func(context.Context, *Provisioner, directory.User) error {
		return func(ctx context.Context, p *Provisioner, u directory.User) error { return p.Remove(ctx, u, r) }
	}
	renamed := Edit{Attributes: map[string]string{"name": "Ann", "nickname": ""}}
	moved := Edit{Attributes: map[string]string{"name": "Ann", "email": "ann@example.com"}}
	wait := []cognitotest.Option{cognitotest.VerifyBeforeUpdate("email")}
	late := effect("CodeDeliveryFailureException")
	tests := []struct {
		name  string
		pool  []cognitotest.Option
		op    string
		fault func() error
		do    func(context.Context, *Provisioner, directory.User) error
		want  error
	}{
		{"attributes", nil, "AdminUpdateUserAttributes", late, update(renamed), nil},
		{"attributes, and a trigger that fails", nil, "AdminUpdateUserAttributes", effect("UserLambdaValidationException"), update(renamed), nil},
		{"attributes, and every answer lost", nil, "AdminUpdateUserAttributes", cognitotest.Unanswered, update(renamed), nil},
		{"attributes not written", nil, "AdminUpdateUserAttributes", answer("CodeDeliveryFailureException"), update(renamed), errAny},
		{"an address whose code was not sent", wait, "AdminUpdateUserAttributes", late, update(moved), errAny},
		{"enabled", nil, "AdminEnableUser", cognitotest.Unanswered, update(Edit{Enabled: &yes}), nil},
		{"not enabled", nil, "AdminEnableUser", cognitotest.Internal, update(Edit{Enabled: &yes}), ErrUnavailable},
		{"disabled", nil, "AdminDisableUser", cognitotest.Unanswered, update(Edit{Enabled: &no}), nil},
		{"not disabled", nil, "AdminDisableUser", cognitotest.Internal, update(Edit{Enabled: &no}), ErrUnavailable},
		{"removed by disabling", nil, "AdminDisableUser", cognitotest.Unanswered, remove(Disable), nil},
		{"deleted", nil, "AdminDeleteUser", effect("InternalErrorException"), remove(Delete), nil},
		{"not deleted", nil, "AdminDeleteUser", cognitotest.Internal, remove(Delete), ErrUnavailable},
		{"denied", nil, "AdminDeleteUser", cognitotest.Denied, remove(Delete), errAny},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				pool := cognitotest.New(tt.pool...)
				sub := pool.Add("jane", map[string]string{"name": "Jane", "email": "jane@example.com", "email_verified": "true"})
				pool.Edit(sub, func(u *directory.User) { u.Enabled = tt.op != "AdminEnableUser" })
				u, _ := pool.User(sub)
				p := NewProvisioner(New(pool, cognitotest.ID), pool)
				pool.Fail(at(tt.op, tt.fault))
				checkError(t, "the write", tt.do(t.Context(), p, u), tt.want)
				pool.Fail(nil)
				checkError(t, "its repetition", tt.do(t.Context(), p, u), nil)
			})
		})
	}
}
