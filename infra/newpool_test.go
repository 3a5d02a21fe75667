package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// poolFile writes a pool file and returns its name.
func poolFile(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "pool.json")
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestOffIsSaid shows that the template says "off" for what can be switched off:
// CloudFormation takes what is missing for "as it was". Only device tracking is switched
// off by leaving it out, because any value means on.
func TestOffIsSaid(t *testing.T) {
	off := deployment(example("new-pool"), map[string]string{"pool.new": poolFile(t, `{"signIn": {"by": ["username"]}, "verify": [], "verifyBeforeChange": false, "recovery": [], "mfa": {"mode": "off"},
		"deletionProtection": false, "clients": {"web": {"kind": "singlePage", "callbackUrls": [], "authFlows": ["srp"]}}}`)})()
	for path, want := range map[string]any{
		"UserAttributeUpdateSettings":                 map[string]any{"AttributesRequireVerificationBeforeUpdate": []any{}},
		"AutoVerifiedAttributes":                      []any{},
		"MfaConfiguration":                            "OFF",
		"EnabledMfas":                                 nil, // refused beside OFF
		"DeviceConfiguration":                         nil,
		"UserPoolAddOns":                              map[string]any{"AdvancedSecurityMode": "OFF"},
		"EmailConfiguration":                          map[string]any{"EmailSendingAccount": "COGNITO_DEFAULT"},
		"VerificationMessageTemplate":                 map[string]any{"DefaultEmailOption": "CONFIRM_WITH_CODE"},
		"Policies.PasswordPolicy.PasswordHistorySize": 0.0,
		"AccountRecoverySetting":                      map[string]any{"RecoveryMechanisms": []any{map[string]any{"Name": "admin_only", "Priority": 1.0}}},
		"AdminCreateUserConfig":                       map[string]any{"AllowAdminCreateUserOnly": true},
		"DeletionProtection":                          "INACTIVE",
		"AliasAttributes":                             nil, // fixed: never on before
	} {
		if diff := cmp.Diff(want, off.property("UserPool", path)); diff != "" {
			t.Errorf("%s: -want +got\n%s", path, diff)
		}
	}
	client := off.ofType("AWS::Cognito::UserPoolClient")[0]
	if got := off.property(client, "AllowedOAuthFlowsUserPoolClient"); got != false {
		t.Errorf("login pages of a client without any: %v, want false", got)
	}
}

// TestClientsListWhatIsWritten shows that no client gets Cognito's default, and that
// none may write a custom attribute that its settings do not list.
func TestClientsListWhatIsWritten(t *testing.T) {
	for name, configuration := range configurations {
		for _, id := range configuration().ofType("AWS::Cognito::UserPoolClient") {
			for _, property := range []string{"ReadAttributes", "WriteAttributes"} {
				attributes := list(configuration().property(id, property))
				if len(attributes) == 0 {
					t.Errorf("%s: %s has no %s", name, id, property)
				}
				for _, attribute := range attributes {
					if property == "WriteAttributes" && strings.HasPrefix(attribute.(string), "custom:") {
						t.Errorf("%s: %s may write %v, which no list names", name, id, attribute)
					}
				}
			}
		}
	}
}

// TestPortalWritesWhatAnOwnerMayRequire shows that Cognito accepts the Portal's client,
// whichever standard attributes an existing pool requires.
func TestPortalWritesWhatAnOwnerMayRequire(t *testing.T) {
	got := list(attachedPool().property("PortalClient", "WriteAttributes"))
	if len(got) != 17 {
		t.Errorf("writes %v, want the 17 standard attributes", got)
	}
}

// TestFailedCreationLeavesNoName shows that a first deployment that fails frees the names
// that the next one needs, and that the pool and its users stay even then.
func TestFailedCreationLeavesNoName(t *testing.T) {
	for kind, want := range map[string]string{
		"AWS::Cognito::UserPoolDomain":         "RetainExceptOnCreate",
		"AWS::Cognito::UserPoolClient":         "RetainExceptOnCreate",
		"AWS::Cognito::UserPoolResourceServer": "RetainExceptOnCreate",
		"AWS::Cognito::UserPool":               "Retain",
		"AWS::DynamoDB::Table":                 "Retain",
	} {
		ids := everySet().ofType(kind)
		if ids == nil {
			t.Errorf("there is no %s", kind)
		}
		for _, id := range ids {
			if got := everySet().Resources[id].DeletionPolicy; got != want {
				t.Errorf("%s has the deletion policy %q, want %q", id, got, want)
			}
		}
	}
}
