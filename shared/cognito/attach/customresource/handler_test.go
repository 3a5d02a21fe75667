package customresource_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-lambda-go/cfn"
	"github.com/google/go-cmp/cmp"

	"github.com/poolsync/poolsync/shared/cognito/attach"
	"github.com/poolsync/poolsync/shared/cognito/attach/attachtest"
	"github.com/poolsync/poolsync/shared/cognito/attach/customresource"
)

const (
	function = "arn:aws:lambda:us-east-1:111122223333:function:poolsync-postauth"
	former   = "arn:aws:lambda:us-east-1:111122223333:function:poolsync-former"
	foreign  = "arn:aws:lambda:us-east-1:111122223333:function:theirs"
	// replaceable is the trigger that requests with replace in their name may
	// replace.
	replaceable = "arn:aws:lambda:us-east-1:111122223333:function:userhubSignin"
)

// handle lets a handler on the pool answer a request of testdata, through the
// same wrapper as on Lambda, and returns the answer that CloudFormation gets.
func handle(t *testing.T, connect customresource.Connect, request string) cfn.Response {
	t.Helper()
	return handleFor(t, attachtest.PoolID, connect, request)
}

// handleFor does the same for a template that may name another pool than the request.
func handleFor(t *testing.T, poolID string, connect customresource.Connect, request string) cfn.Response {
	t.Helper()
	var answer cfn.Response
	cloudFormation := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if err := json.Unmarshal(body, &answer); err != nil || len(body) > 4096 {
			t.Errorf("answer of %d bytes: %v", len(body), err)
		}
	}))
	defer cloudFormation.Close()

	file, err := os.ReadFile(filepath.Join("testdata", request+".json"))
	if err != nil {
		t.Fatal(err)
	}
	var event cfn.Event
	if err := json.Unmarshal(file, &event); err != nil {
		t.Fatal(err)
	}
	event.ResponseURL = cloudFormation.URL
	h := customresource.New(connect, poolID, slog.New(slog.DiscardHandler))
	if reason, err := cfn.LambdaWrap(h.Handle)(t.Context(), event); err != nil {
		t.Fatalf("not answered: %v: %s", err, reason)
	}
	return answer
}

// connectTo returns a connection to a pool whose Region also has the function that
// ours replaces.
func connectTo(pool *attachtest.Pool) customresource.Connect {
	functions := attachtest.NewFunctions()
	functions.Add(replaceable)
	functions.Permit(replaceable, "owner", pool.Settings()["Arn"].(string))
	return func(context.Context) (*attach.Attacher, error) { return attach.New(pool.Client(), functions), nil }
}

// poolWith returns a pool whose two triggers call the given function, if any.
func poolWith(t *testing.T, held string) *attachtest.Pool {
	pool := attachtest.New(attachtest.Full(t))
	if held != "" {
		pool.Edit(func(settings map[string]any) {
			lambdas := settings["LambdaConfig"].(map[string]any)
			lambdas["PostAuthentication"], lambdas["PostConfirmation"] = held, held
		})
	}
	return pool
}

func TestHandle(t *testing.T) {
	tests := []struct {
		name    string
		request string
		held    string
		status  cfn.StatusType
		reason  string
		id      string
		want    any
	}{
		{"create", "create", "", cfn.StatusSuccess, "", attachtest.PoolID, function},
		{"create where it is attached", "create", function, cfn.StatusSuccess, "", attachtest.PoolID, function},
		{"create over a foreign trigger", "create", foreign, cfn.StatusFailed, foreign, attachtest.PoolID, foreign},
		{"create with bad properties", "create-bad-properties", "", cfn.StatusFailed, "UserPoolId: want a user pool's id such as us-east-1_EXAMPLE01\nFunction: want the ARN of a Lambda function", "32a3b4c5", nil},
		{"delete what could not be created", "delete-bad-properties", "", cfn.StatusSuccess, "", "32a3b4c5", nil},
		{"update with another function", "update-function", former, cfn.StatusSuccess, "", attachtest.PoolID, function},
		{"update next to a foreign trigger", "update-function", foreign, cfn.StatusSuccess, "", attachtest.PoolID, foreign},
		{"update where the triggers are free", "update-function", "", cfn.StatusSuccess, "", attachtest.PoolID, nil},
		{"create over a replaceable trigger", "create-replace", replaceable, cfn.StatusSuccess, "", attachtest.PoolID, function},
		{"create with bad replaceable triggers", "create-bad-replace", "", cfn.StatusFailed, "ReplaceTriggers.PostAuthentication: want the ARN of a Lambda function", attachtest.PoolID, nil},
		{"delete, and put back", "delete-replace", function, cfn.StatusSuccess, "", attachtest.PoolID, replaceable},
		{"attach again", "reattach", "", cfn.StatusSuccess, "", attachtest.PoolID, function},
		{"attach again over a foreign trigger", "reattach", foreign, cfn.StatusFailed, foreign, attachtest.PoolID, foreign},
		{"update of what attached again", "reattach-update", foreign, cfn.StatusSuccess, "", "kept", foreign},
		{"delete what attached again", "reattach-delete", function, cfn.StatusSuccess, "", attachtest.PoolID, function},
		{"delete the attachment of before an upgrade", "delete-unnamed", function, cfn.StatusSuccess, "", attachtest.PoolID, function},
		{"delete", "delete", function, cfn.StatusSuccess, "", attachtest.PoolID, nil},
		{"delete next to a foreign trigger", "delete", foreign, cfn.StatusSuccess, "", attachtest.PoolID, foreign},
		{"delete after the pool", "delete-pool-gone", "", cfn.StatusSuccess, "", "us-east-1_GONE", nil},
		{"unheard-of request", "unknown-type", "", cfn.StatusFailed, "want Create, Update or Delete", attachtest.PoolID, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			pool := poolWith(t, tt.held)
			got := handle(t, connectTo(pool), tt.request)
			want := cfn.Response{Status: tt.status, PhysicalResourceID: tt.id, Reason: got.Reason,
				RequestID: "32a3b4c5", LogicalResourceID: got.LogicalResourceID, StackID: "arn:aws:cloudformation:us-east-1:111122223333:stack/poolsync/1"}
			if diff := cmp.Diff(want, got, cmp.AllowUnexported(cfn.Response{})); diff != "" {
				t.Errorf("answer (-want +got):\n%s", diff)
			}
			if !strings.Contains(got.Reason, tt.reason) || (got.Reason == "") != (tt.status == cfn.StatusSuccess) {
				t.Errorf("got reason %q, want it to say %q", got.Reason, tt.reason)
			}
			lambdas := pool.Settings()["LambdaConfig"].(map[string]any)
			for _, trigger := range []string{"PostAuthentication", "PostConfirmation"} {
				if lambdas[trigger] != tt.want {
					t.Errorf("%s: got %v, want %v", trigger, lambdas[trigger], tt.want)
				}
			}
		})
	}
}

// However a request fails, it is answered, briefly and without personal data.
func TestFailureIsAnswered(t *testing.T) {
	connect := func(context.Context) (*attach.Attacher, error) {
		return nil, errors.New("sender jane@example.com is not verified" + strings.Repeat(" ü", 4000))
	}
	got := handle(t, connect, "create")
	if got.Status != cfn.StatusFailed || !strings.HasPrefix(got.Reason, "sender [redacted] is not verified") {
		t.Errorf("got %s, %q; want the failure without the address", got.Status, got.Reason)
	}
}

// An attachment without a successor is cleared under its former name, too.
func TestAttachmentOfBeforeAnUpgradeIsCleared(t *testing.T) {
	pool := poolWith(t, function)
	got := handleFor(t, "us-east-1_OTHER", connectTo(pool), "delete-unnamed")
	if got.Status != cfn.StatusSuccess {
		t.Errorf("got %s: %s, want success", got.Status, got.Reason)
	}
	if held := pool.Settings()["LambdaConfig"].(map[string]any)["PostAuthentication"]; held != nil {
		t.Errorf("PostAuthentication: got %v, want nothing", held)
	}
}
