package trigger

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/poolsync/poolsync/shared/directory"
)

var now = time.Date(2026, 5, 1, 12, 0, 0, 0, time.FixedZone("", 2*60*60))

const (
	janeSub   = "84e844c8-3041-70aa-1111-0123456789ab"
	googleSub = "f42874a8-20a1-70bb-2222-0123456789ab"
	plainSub  = "0a1b2c3d-0000-4000-8000-0123456789ab"

	googleName = "Google_109876543210987654321"
	identities = `[{"userId":"109876543210987654321","providerName":"Google","providerType":"Google","issuer":null,"primary":true,"dateCreated":1700000000000}]`
)

func TestChange(t *testing.T) {
	jane := directory.User{
		Sub: janeSub, Username: janeSub, Enabled: true, Status: "CONFIRMED",
		Attributes: map[string]string{"sub": janeSub, "email": "jane@example.com", "email_verified": "true"},
	}
	tests := []struct {
		name string // of the file under testdata
		kind directory.Kind
		want directory.User
	}{
		{
			name: "signin",
			kind: directory.SignIn,
			want: directory.User{
				Sub: janeSub, Username: janeSub, Enabled: true, Status: "CONFIRMED",
				Attributes: map[string]string{
					"sub": janeSub, "email": "jane@example.com", "email_verified": "true", "custom:department": "R-and-D",
				},
			},
		},
		{name: "signup", kind: directory.SignUp, want: jane},
		{name: "forgot_password", kind: directory.Changed, want: jane},
		{
			name: "signin_federated",
			kind: directory.SignIn,
			want: directory.User{
				Sub: googleSub, Username: googleName, Enabled: true, Status: "EXTERNAL_PROVIDER",
				Attributes: map[string]string{
					"sub": googleSub, "email": "jane@example.com", "email_verified": "false", "identities": identities,
				},
			},
		},
		{
			name: "signup_federated",
			kind: directory.SignUp,
			want: directory.User{
				Sub: googleSub, Username: googleName, Enabled: true, Status: "EXTERNAL_PROVIDER",
				Attributes: map[string]string{"sub": googleSub, "email": "jane@example.com", "identities": identities},
			},
		},
		{
			name: "lenient",
			kind: directory.SignIn,
			want: directory.User{
				Sub: plainSub, Username: "jane", Enabled: true,
				Attributes: map[string]string{
					"sub": plainSub, "email_verified": "true", "phone_number_verified": "false", "custom:level": "7",
				},
			},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, ok, err := Change(read(t, tt.name), now)
			if err != nil || !ok {
				t.Fatalf("Change() = _, %t, %v; want _, true, nil", ok, err)
			}
			want := directory.Change{
				Kind: tt.kind, Sub: tt.want.Sub, Username: tt.want.Username,
				ObservedAt: now.UTC(), Origin: directory.Trigger, Pool: "us-east-1_EXAMPLE01", User: &tt.want,
			}
			if tt.name == "lenient" { // the event does not say
				want.Pool = ""
			}
			if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(directory.Change{}, "ID")); diff != "" {
				t.Errorf("Change() mismatch (-want +got):\n%s", diff)
			}
			if err := got.Validate(); err != nil {
				t.Errorf("Validate() = %v, want nil", err)
			}
		})
	}
}

func TestChangeIgnoresOtherTriggers(t *testing.T) {
	got, ok, err := Change(read(t, "other_trigger"), now)
	if ok || err != nil {
		t.Errorf("Change() = _, %t, %v; want _, false, nil", ok, err)
	}
	if diff := cmp.Diff(directory.Change{}, got); diff != "" {
		t.Errorf("Change() mismatch (-want +got):\n%s", diff)
	}
}

func TestChangeMalformed(t *testing.T) {
	tests := []struct{ name, want string }{
		{"no_sub", "malformed trigger event: request.userAttributes.sub: missing"},
		{"no_username", "malformed trigger event: userName: missing"},
		{"no_source", "malformed trigger event: triggerSource: missing"},
		{"wrong_type", "malformed trigger event: userName: want a string"},
		{"attributes_not_object", "malformed trigger event: request.userAttributes: want an object"},
		{"not_object", "malformed trigger event: want an object"},
		{"cut_off", "malformed trigger event: not JSON at byte 94"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, ok, err := Change(read(t, tt.name), now)
			if ok || !errors.Is(err, ErrMalformed) {
				t.Fatalf("Change() = _, %t, %v; want _, false, %v", ok, err, ErrMalformed)
			}
			if got := err.Error(); got != tt.want {
				t.Errorf("Change() error = %q, want %q", got, tt.want)
			}
		})
	}
}

// FuzzChange shows that no input makes Change panic, that what it accepts is a
// valid change, and that its errors repeat nothing of the input.
func FuzzChange(f *testing.F) {
	files, err := filepath.Glob("testdata/*.json")
	if err != nil || len(files) == 0 {
		f.Fatalf("Glob() = %v, %v; want the fixtures", files, err)
	}
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(raw)
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		got, ok, err := Change(raw, now)
		if err != nil {
			if ok || !errors.Is(err, ErrMalformed) || !plainError(err.Error()) {
				t.Errorf("Change() = _, %t, %q", ok, err)
			}
			return
		}
		if !ok {
			return
		}
		if err := got.Validate(); err != nil {
			t.Errorf("Validate() = %v, want nil", err)
		}
		for name, value := range got.User.Attributes {
			if !directory.KeepAttribute(name, value) {
				t.Errorf("attribute %q = %q does not belong in a user", name, value)
			}
		}
	})
}

// plainError reports whether s consists of this package's own words.
func plainError(s string) bool {
	rest, ok := strings.CutPrefix(s, "malformed trigger event: ")
	if strings.HasPrefix(rest, "not JSON at byte ") {
		return ok
	}
	switch rest {
	case "request.userAttributes.sub: missing", "userName: missing", "triggerSource: missing",
		"triggerSource: want a string", "userPoolId: want a string", "userName: want a string", "request: want an object",
		"request.userAttributes: want an object", "want an object":
		return ok
	}
	return false
}

func read(t *testing.T, name string) []byte {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("testdata", name+".json"))
	if err != nil {
		t.Fatal(err)
	}
	return raw
}
