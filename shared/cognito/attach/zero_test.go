package attach_test

import (
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
	"github.com/google/go-cmp/cmp"

	"github.com/poolsync/poolsync/shared/cognito/attach"
	"github.com/poolsync/poolsync/shared/cognito/attach/attachtest"
)

// impossible reports whether every pool has a setting: ids, the policies that Cognito
// shows of every pool, and what another setting requires.
func impossible(path string) bool {
	return slices.Contains([]string{
		"Id", "Name", "LastModifiedDate", "Policies", "LambdaConfig.KMSKeyID", "SmsConfiguration.SnsCallerArn", "UserPoolAddOns.AdvancedSecurityMode",
	}, path) ||
		strings.HasSuffix(path, ".LambdaArn") || strings.HasSuffix(path, ".LambdaVersion")
}

// A setting that is false, 0 or empty survives like any other, whether Cognito shows
// it or leaves it out, and does not count as a change.
func TestZeroValuesSurvive(t *testing.T) {
	for _, path := range paths(reflect.TypeFor[types.UserPoolType](), "") {
		if impossible(path) {
			continue
		}
		settings := attachtest.Full(t)
		member(reflect.ValueOf(&settings).Elem(), path).SetZero()
		t.Run(path+" shown", func(t *testing.T) { survives(t, attachtest.New(settings)) })
		t.Run(path+" left out", func(t *testing.T) {
			pool := attachtest.New(settings)
			pool.Edit(leaveOutFalse)
			survives(t, pool)
		})
	}
}

// survives attaches, detaches, and fails the test if one of the two fails, or if a
// setting that was shown looks different afterwards.
func survives(t *testing.T, pool *attachtest.Pool) {
	t.Helper()
	before := others(pool.Settings())
	a := attach.New(pool.Client(), attachtest.NewFunctions())
	if err := a.Attach(t.Context(), attachtest.PoolID, ours, attach.Triggers{}); err != nil {
		t.Errorf("Attach: got %v, want success", err)
	}
	if err := a.Detach(t.Context(), attachtest.PoolID, ours, attach.Triggers{}); err != nil {
		t.Errorf("Detach: got %v, want success", err)
	}
	if diff := cmp.Diff(before, shared(before, others(pool.Settings()))); diff != "" {
		t.Errorf("settings (-before +after):\n%s", diff)
	}
}

// shared returns those members of got that want has too.
func shared(want, got map[string]any) map[string]any {
	both := make(map[string]any)
	for key, value := range got {
		switch w := want[key].(type) {
		case nil:
		case map[string]any:
			both[key], _ = value, w
			if g, ok := value.(map[string]any); ok {
				both[key] = shared(w, g)
			}
		default:
			both[key] = value
		}
	}
	return both
}

// leaveOutFalse removes every switch that is off, except those of a device
// configuration, which is nothing without them.
func leaveOutFalse(object map[string]any) {
	for key, value := range object {
		if inner, ok := value.(map[string]any); ok && key != "DeviceConfiguration" {
			leaveOutFalse(inner)
		}
	}
	maps.DeleteFunc(object, func(_ string, value any) bool { return value == false })
}

// paths returns the names of all fields of a struct, and of the structs in it.
func paths(of reflect.Type, prefix string) []string {
	for of.Kind() == reflect.Pointer {
		of = of.Elem()
	}
	if of.Kind() != reflect.Struct {
		return nil
	}
	var names []string
	for field := range of.Fields() {
		if field.IsExported() {
			names = append(names, prefix+field.Name)
			names = append(names, paths(field.Type, prefix+field.Name+".")...)
		}
	}
	return names
}

// member returns the field of a struct that paths calls path.
func member(of reflect.Value, path string) reflect.Value {
	for name := range strings.SplitSeq(path, ".") {
		of = reflect.Indirect(of).FieldByName(name)
	}
	return of
}

// Every pair of switches of a pool that remembers devices arrives as it was: a pool
// that forgets them asks all its users for a second factor again.
func TestDevicesAreStillRemembered(t *testing.T) {
	for _, devices := range []types.DeviceConfigurationType{
		{},
		{ChallengeRequiredOnNewDevice: true},
		{DeviceOnlyRememberedOnUserPrompt: true},
		{ChallengeRequiredOnNewDevice: true, DeviceOnlyRememberedOnUserPrompt: true},
	} {
		settings := attachtest.Full(t)
		settings.DeviceConfiguration = &devices
		survives(t, attachtest.New(settings))
	}
}

// empty reports whether v is an object without members.
func empty(v any) bool {
	object, ok := v.(map[string]any)
	return ok && len(object) == 0
}

// A default that Cognito shows only after an update is not a change; anything else
// that appears is.
func TestDefaultShownAfterwards(t *testing.T) {
	at := func(settings map[string]any, path string) (map[string]any, string) {
		keys := strings.Split(path, ".")
		for _, key := range keys[:len(keys)-1] {
			if settings[key] == nil {
				settings[key] = map[string]any{}
			}
			settings = settings[key].(map[string]any)
		}
		return settings, keys[len(keys)-1]
	}
	tests := []struct {
		path           string
		same, changing any // nil for none
	}{
		{"AdminCreateUserConfig.AllowAdminCreateUserOnly", false, true},
		{"Policies.PasswordPolicy.RequireSymbols", false, true},
		{"Policies.PasswordPolicy.PasswordHistorySize", 0.0, 3.0},
		{"Policies.PasswordPolicy.TemporaryPasswordValidityDays", 7.0, 8.0},
		{"AdminCreateUserConfig.UnusedAccountValidityDays", 7.0, nil}, // see TestChangedSettingOfAnOlderShape
		{"Policies.SignInPolicy.AllowedFirstAuthFactors", []any{"PASSWORD"}, []any{"EMAIL_OTP", "PASSWORD"}},
		{"DeletionProtection", "INACTIVE", "ACTIVE"},
		{"MfaConfiguration", "OFF", "ON"},
		{"UserPoolTier", "ESSENTIALS", "PLUS"},
		{"UserPoolAddOns.AdvancedSecurityMode", "OFF", "ENFORCED"},
		{"KeyConfiguration.KeyType", "AWS_OWNED_KEY", "CUSTOMER_MANAGED_KEY"},
		{"IssuerConfiguration.Type", "ORIGINAL", "UPDATED"},
		{"EmailConfiguration.EmailSendingAccount", "COGNITO_DEFAULT", "DEVELOPER"},
		{"VerificationMessageTemplate.DefaultEmailOption", "CONFIRM_WITH_CODE", "CONFIRM_WITH_LINK"},
	}
	for _, tt := range tests {
		t.Run(tt.path, func(t *testing.T) {
			attachWhile := func(shown any) error {
				settings := attachtest.Full(t)
				settings.Policies.PasswordPolicy.TemporaryPasswordValidityDays = 0
				settings.AdminCreateUserConfig.UnusedAccountValidityDays = 0
				settings.MfaConfiguration = types.UserPoolMfaTypeOff
				settings.UserPoolAddOns.AdvancedSecurityAdditionalFlows = nil
				pool := attachtest.New(settings)
				pool.Edit(func(settings map[string]any) {
					object, key := at(settings, tt.path)
					delete(object, key)
					if top, _, _ := strings.Cut(tt.path, "."); empty(settings[top]) {
						delete(settings, top)
					}
				})
				pool.Disturb(func(settings, _ map[string]any) {
					object, key := at(settings, tt.path)
					object[key] = shown
				})
				return attach.New(pool.Client(), attachtest.NewFunctions()).Attach(t.Context(), attachtest.PoolID, ours, attach.Triggers{})
			}
			if err := attachWhile(tt.same); err != nil {
				t.Errorf("%v: got %v, want success", tt.same, err)
			}
			if tt.changing == nil {
				return
			}
			checkChanged(t, attachWhile(tt.changing), tt.path, "did not restore")
		})
	}
	t.Run("devices", func(t *testing.T) {
		settings := attachtest.Full(t)
		settings.DeviceConfiguration = nil
		pool := attachtest.New(settings)
		pool.Disturb(func(settings, _ map[string]any) {
			settings["DeviceConfiguration"] = map[string]any{"ChallengeRequiredOnNewDevice": false}
		})
		err := attach.New(pool.Client(), attachtest.NewFunctions()).Attach(t.Context(), attachtest.PoolID, ours, attach.Triggers{})
		checkChanged(t, err, "DeviceConfiguration", "did not restore")
	})
}
