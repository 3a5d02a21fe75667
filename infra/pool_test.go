package main

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// examplePool is the ARN of the existing pool in the tests.
const examplePool = "map[Fn::Join:[ [arn:aws:cognito-idp:us-east-1: map[Ref:AWS::AccountId] :userpool/us-east-1_EXAMPLE01]]]"

// The logical ids of the two custom resources: one for the pool, and one for the pool
// and revision 1.
const (
	attachmentID   = "UserPoolAttachmentEXAMPLE01"
	reattachmentID = "UserPoolReattachmentEXAMPLE016b86b273"
)

// TestAttach shows that the triggers are set once the pool may call postauth, and
// cleared while it still may: CloudFormation deletes in the reverse order.
func TestAttach(t *testing.T) {
	if ids := attachedPool().ofType("AWS::Cognito::UserPool"); ids != nil {
		t.Errorf("the stack declares pools %v, want none", ids)
	}
	want := map[string]any{
		"ServiceToken":    map[string]any{"Fn::GetAtt": []any{"AttachFunction", "Arn"}},
		"ServiceTimeout":  "300",
		"UserPoolId":      "us-east-1_EXAMPLE01",
		"Function":        map[string]any{"Fn::GetAtt": []any{"PostauthFunction", "Arn"}},
		"ReplaceTriggers": map[string]any{"PostAuthentication": "arn:aws:lambda:us-east-1:111122223333:function:userhubSignin"},
	}
	attachment, again := attachedPool().Resources[attachmentID], attachedPool().Resources[reattachmentID]
	for kind, r := range map[string]resource{"Custom::UserPoolAttachment": attachment, "Custom::UserPoolReattachment": again} {
		if diff := cmp.Diff(want, r.Properties); diff != "" || r.Type != kind {
			t.Errorf("%s: %s: -want +got\n%s", kind, r.Type, diff)
		}
	}
	if diff := cmp.Diff([]string{attachmentID}, again.DependsOn); diff != "" {
		t.Errorf("attaching again depends on: -want +got\n%s", diff)
	}
	retries := attachedPool().ofType("AWS::Lambda::EventInvokeConfig")
	if len(retries) != 1 {
		t.Fatalf("settings of asynchronous invocations %v, want one", retries)
	}
	if diff := cmp.Diff([]string{"AttachAccessEXAMPLE01", retries[0], "AttachFunction", "UserPoolInvokesPostauthEXAMPLE01"}, attachment.DependsOn); diff != "" {
		t.Errorf("depends on: -want +got\n%s", diff)
	}
	if got := name(attachedPool().property("UserPoolInvokesPostauthEXAMPLE01", "SourceArn")); got != examplePool {
		t.Errorf("called by %s, want the pool", got)
	}
	// functions/attach starts no update with less than 50 s left.
	if timeout := attachedPool().property("AttachFunction", "Timeout"); timeout != 120.0 {
		t.Errorf("timeout %v s, want 120", timeout)
	}
	// A request ends before CloudFormation stops waiting for the answer.
	if age := attachedPool().property(retries[0], "MaximumEventAgeInSeconds"); age != 180.0 {
		t.Errorf("a request may begin for %v s, want 300 - 120", age)
	}
	wantPermissions := []string{
		"logs:CreateLogStream on AttachFunctionLogs.Arn",
		"logs:PutLogEvents on AttachFunctionLogs.Arn",
		"cognito-idp:DescribeUserPool on " + examplePool,
		"cognito-idp:GetUserPoolMfaConfig on " + examplePool,
		"cognito-idp:UpdateUserPool on " + examplePool,
		"iam:PassRole on arn:aws:iam::111122223333:role/service-role/pool-sms if map[StringEquals:map[iam:PassedToService:cognito-idp.amazonaws.com]]",
		"lambda:GetPolicy on arn:aws:lambda:us-east-1:111122223333:function:userhubSignin",
	}
	if diff := cmp.Diff(wantPermissions, attachedPool().permissions()["AttachFunctionRole"]); diff != "" {
		t.Errorf("permissions: -want +got\n%s", diff)
	}
}

// TestAttachManually shows that nothing touches the pool, and that the function that its
// owner is told to use stays.
func TestAttachManually(t *testing.T) {
	for _, kind := range []string{"Custom::UserPoolAttachment", "Custom::UserPoolReattachment", "AWS::Cognito::UserPool"} {
		if ids := manualPool().ofType(kind); ids != nil {
			t.Errorf("there is %v", ids)
		}
	}
	if _, ok := manualPool().Resources["AttachFunction"]; ok {
		t.Error("there is a function to attach")
	}
	if got := name(manualPool().Outputs["AttachByHand1Function"].Value); got != "PostauthFunction.Arn" {
		t.Errorf("prints %s, want postauth's ARN", got)
	}
}

// TestTriggerOutlivesStack shows that what a pool may call stays, whatever happens to the
// stack: if it went, a pool that still calls it would refuse every sign-in.
func TestTriggerOutlivesStack(t *testing.T) {
	for name, s := range map[string]synthesis{"new pool": newPool(), "by hand": manualPool(), "attached": attachedPool()} {
		permissions := s.ofType("AWS::Lambda::Permission")
		permissions = slices.DeleteFunc(permissions, func(id string) bool { return !strings.HasPrefix(id, "UserPoolInvokesPostauth") })
		if len(permissions) != 1 {
			t.Errorf("%s: permissions %v, want one", name, permissions)
		}
		for _, id := range append(permissions, "PostauthFunction", "PostauthFunctionRole") {
			if got := s.Resources[id].DeletionPolicy; got != "Retain" {
				t.Errorf("%s: %s has the deletion policy %q, want Retain", name, id, got)
			}
		}
	}
}

// TestSignInOutlivesStack shows that everything with which users sign in to a new pool
// stays with it, and that what was added to an existing pool goes.
func TestSignInOutlivesStack(t *testing.T) {
	signIn := []string{"AWS::Cognito::UserPool", "AWS::Cognito::UserPoolClient", "AWS::Cognito::UserPoolDomain", "AWS::Cognito::UserPoolResourceServer"}
	for _, kind := range signIn {
		for _, id := range everySet().ofType(kind) {
			if got := everySet().Resources[id].DeletionPolicy; !strings.HasPrefix(got, "Retain") {
				t.Errorf("new pool: %s has the deletion policy %q", id, got)
			}
		}
	}
	if got := everySet().Resources["UserPoolSmsRole"].DeletionPolicy; got != "Retain" {
		t.Errorf("new pool: UserPoolSmsRole has the deletion policy %q", got)
	}
	if got := attachedPool().Resources["PortalClient"].DeletionPolicy; got == "Retain" {
		t.Error("existing pool: PortalClient would stay")
	}
}

// TestKeyPolicies shows that the policy for a connector's access key allows, on the pool's
// ARN, exactly what the connector's documentation asks for.
func TestKeyPolicies(t *testing.T) {
	read := []string{"AdminGetUser", "DescribeUserPool", "ListUsers"}
	for name, tt := range map[string]struct {
		settings   map[string]string
		id, output string
		want       []string
	}{
		"read": {map[string]string{"pool.access.userhubKeyPolicy": "read"}, "UserHubKeyPolicy", "UserHubKeyPolicyArn", read},
		"write": {map[string]string{"pool.access.userhubKeyPolicy": "write"}, "UserHubKeyPolicy", "UserHubKeyPolicyArn", append([]string{
			"AdminCreateUser", "AdminDeleteUser", "AdminDisableUser", "AdminEnableUser", "AdminUpdateUserAttributes"}, read...)},
		// As in the custom policy of UserHub's documentation.
		"example": {map[string]string{"pool.access.userhubKeyPolicy": "example"}, "UserHubKeyPolicy", "UserHubKeyPolicyArn", []string{
			"AdminCreateUser", "AdminDeleteUser", "AdminDeleteUserAttributes", "AdminDisableUser", "AdminEnableUser",
			"AdminGetUser", "AdminUpdateUserAttributes", "DeleteUser", "DeleteUserAttributes", "DescribeUserPool",
			"GetUser", "ListUsers", "SignUp", "UpdateUserAttributes"}},
		// As in miniOrange's guide.
		"miniOrange": {map[string]string{"pool.access.miniOrangeKeyPolicy": "true"}, "MiniOrangeKeyPolicy", "MiniOrangeKeyPolicyArn", []string{
			"AdminCreateUser", "AdminUpdateUserAttributes", "AdminDeleteUser", "AdminSetUserPassword"}},
	} {
		t.Run(name, func(t *testing.T) {
			s := deployment("testdata/manual-pool.json", tt.settings)()
			if ids := s.ofType("AWS::IAM::ManagedPolicy"); !slices.Equal(ids, []string{tt.id}) {
				t.Fatalf("policies %v, want %s", ids, tt.id)
			}
			var want []string
			for _, action := range tt.want {
				want = append(want, "cognito-idp:"+action+" on "+examplePool)
			}
			document := s.property(tt.id, "PolicyDocument").(map[string]any)
			got := granted(list(document["Statement"])[0].(map[string]any))
			slices.Sort(got)
			slices.Sort(want)
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("-want +got\n%s", diff)
			}
			if got := s.output(tt.output); got != tt.id {
				t.Errorf("%s = %s, want %s", tt.output, got, tt.id)
			}
		})
	}
	if ids := newPool().ofType("AWS::IAM::ManagedPolicy"); ids != nil {
		t.Errorf("by default there is %v", ids)
	}
}

// TestReader shows that only one account with one external id can assume the role.
func TestReader(t *testing.T) {
	statement := list(everySet().property("ReaderRole", "AssumeRolePolicyDocument.Statement"))[0].(map[string]any)
	want := map[string]any{"StringEquals": map[string]any{"sts:ExternalId": "1f0c6a52-8d1b-4a55-9c0e-3a4f1b7c2d90"}}
	if diff := cmp.Diff(want, statement["Condition"]); diff != "" {
		t.Errorf("condition: -want +got\n%s", diff)
	}
	if _, ok := newPool().Resources["ReaderRole"]; ok {
		t.Error("by default there is a reader")
	}
}
