package trail

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/poolsync/poolsync/shared/cloudtrail"
)

const (
	sub     = "84e844c8-3041-70aa-1111-0123456789ab"
	poolID  = "us-east-1_EXAMPLE01"
	ownRole = "arn:aws:iam::123456789012:role/WebhookFunctionRole"
	byName  = `{"UserPoolId":"us-east-1_EXAMPLE01","Username":"jane@example.com","UserAttributes":[{"Name":"email","Value":"jane@example.com"}]}`
)

// The decoder was written from AWS's own events. It must read a record as the call that
// was made.
func TestRecordIsReadAsWhatItIs(t *testing.T) {
	tests := []struct {
		name string
		call call
		want cloudtrail.Result // except its change
		kind string
		by   string
	}{
		{"edit", call{operation: "AdminUpdateUserAttributes", request: []byte(byName), role: administrator, sub: sub},
			cloudtrail.Result{Operation: "AdminUpdateUserAttributes"}, "changed", ""},
		{"deletion", call{operation: "AdminDeleteUser", request: []byte(byName), role: administrator, sub: sub},
			cloudtrail.Result{Operation: "AdminDeleteUser"}, "removed", ""},
		{"by the user", call{operation: "UpdateUserAttributes", request: []byte(`{"AccessToken":"a.b.c"}`), sub: sub},
			cloudtrail.Result{Operation: "UpdateUserAttributes", PoolUnverified: true}, "changed", ""},
		{"our own write", call{operation: "AdminUpdateUserAttributes", request: []byte(byName), role: ownRole, sub: sub},
			cloudtrail.Result{Operation: "AdminUpdateUserAttributes"}, "changed", "userhub"},
		{"failed", call{operation: "AdminDeleteUser", request: []byte(byName), role: administrator, failure: "UserNotFoundException"},
			cloudtrail.Result{Operation: "AdminDeleteUser", Ignored: cloudtrail.Failed}, "", ""},
		{"refused", call{operation: "AdminSetUserPassword", request: []byte(byName), role: administrator, sub: sub, failure: "InvalidPasswordException"},
			cloudtrail.Result{Operation: "AdminSetUserPassword", Ignored: cloudtrail.Failed}, "", ""},
		{"created, and not told", call{operation: "AdminCreateUser", request: []byte(byName), role: administrator, sub: sub, failure: "CodeDeliveryFailureException"},
			cloudtrail.Result{Operation: "AdminCreateUser"}, "changed", ""},
	}
	decoder, err := cloudtrail.NewDecoder(poolID, cloudtrail.OwnRole{ARN: ownRole, Provider: "userhub"})
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			event, err := json.Marshal(map[string]any{
				"source": cloudtrail.Source, "detail-type": cloudtrail.CallDetailType, "detail": tt.call.record(),
			})
			if err != nil {
				t.Fatal(err)
			}
			if strings.Contains(string(event), "example.com") || strings.Contains(string(event), "a.b.c") {
				t.Errorf("record shows what CloudTrail hides: %s", event)
			}
			got, err := decoder.Decode(event)
			if err != nil {
				t.Fatal(err)
			}
			if string(got.Change.Kind) != tt.kind || tt.kind != "" && got.Change.Sub != sub {
				t.Errorf("got change %q of %s, want %q of %s", got.Change.Kind, got.Change.Sub, tt.kind, sub)
			}
			if got.Change.By != tt.by {
				t.Errorf("got a change by %q, want %q", got.Change.By, tt.by)
			}
			got.Change = tt.want.Change
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("result (-want +got):\n%s", diff)
			}
		})
	}
}

func TestSubOfToken(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{"token", "x.eyJzdWIiOiJhYmMifQ.x", "abc"},
		{"no token", "abc", ""},
		{"no base64", "x.!.x", ""},
		{"no JSON", "x.YWJj.x", ""},
	}
	for _, tt := range tests {
		if got := subOfToken(tt.in); got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.name, got, tt.want)
		}
	}
}

func TestFailure(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{"code", `{"__type":"UserNotFoundException","message":"x"}`, "UserNotFoundException"},
		{"code with a namespace", `{"__type":"com.amazonaws#UserNotFoundException"}`, "UserNotFoundException"},
		{"something else", `<html>`, "InternalErrorException"},
	}
	for _, tt := range tests {
		if got := failure([]byte(tt.in)); got != tt.want {
			t.Errorf("%s: got %s, want %s", tt.name, got, tt.want)
		}
	}
}
