package attach

import (
	"cmp"
	"reflect"
	"slices"
	"strings"
)

// canonical returns a JSON value without what is null, empty, false or 0, which
// Cognito shows or leaves out as it pleases, and with its lists in one order, because
// the lists that it shows are sets.
//
// No switch of a pool is on by being left out. A number of days or of passwords that
// is 0 means the same as one that is left out: see [defaults].
func canonical(v any) any {
	switch v := v.(type) {
	case map[string]any:
		kept := make(map[string]any, len(v))
		for key, member := range v {
			if member = canonical(member); member != nil {
				kept[key] = member
			}
		}
		if len(kept) > 0 {
			return kept
		}
		return nil
	case []any:
		kept := make([]any, 0, len(v))
		for _, element := range v {
			kept = append(kept, canonical(element))
		}
		slices.SortFunc(kept, func(a, b any) int { return cmp.Compare(text(a), text(b)) })
		if len(kept) > 0 {
			return kept
		}
		return nil
	case string, bool, float64:
		if reflect.ValueOf(v).IsZero() {
			return nil
		}
	}
	return v
}

// defaults are settings that mean the same as none. Cognito may show them only after
// an update of the pool, even one that changes nothing.
//
// Sources: Cognito API reference, CreateUserPool, UpdateUserPool and the types of
// their parameters. For AdvancedSecurityMode, AllowedFirstAuthFactors, KeyType and
// the issuer's Type no page names a default; they are what each page describes as the
// pool without the feature.
var defaults = map[string]any{
	"AdminCreateUserConfig.UnusedAccountValidityDays":       7.0,
	"DeletionProtection":                                    "INACTIVE",
	"EmailConfiguration.EmailSendingAccount":                "COGNITO_DEFAULT",
	"IssuerConfiguration.Type":                              "ORIGINAL",
	"KeyConfiguration.KeyType":                              "AWS_OWNED_KEY",
	"MfaConfiguration":                                      "OFF",
	"Policies.PasswordPolicy.TemporaryPasswordValidityDays": 7.0,
	"Policies.SignInPolicy.AllowedFirstAuthFactors":         []any{"PASSWORD"},
	"UserPoolAddOns.AdvancedSecurityMode":                   "OFF",
	"UserPoolMfaConfig.MfaConfiguration":                    "OFF",
	"UserPoolTier":                                          "ESSENTIALS",
	"VerificationMessageTemplate.DefaultEmailOption":        "CONFIRM_WITH_CODE",
}

// dropDefaults removes defaults from canonical settings, and what is empty without
// them.
func dropDefaults(settings map[string]any) {
	for path, value := range defaults {
		drop(settings, strings.Split(path, "."), value)
	}
}

// drop removes the member at a path of keys if it has the given value.
func drop(object map[string]any, path []string, value any) {
	if len(path) == 1 {
		if reflect.DeepEqual(object[path[0]], value) {
			delete(object, path[0])
		}
		return
	}
	if member, ok := object[path[0]].(map[string]any); ok {
		drop(member, path[1:], value)
		if len(member) == 0 {
			delete(object, path[0])
		}
	}
}

// keepDevices puts both switches of a device configuration, as shown, into the
// settings, even if they are false. That the configuration exists is a setting: then
// devices are remembered.
func keepDevices(settings map[string]any, shown any) {
	configuration, ok := shown.(map[string]any)
	if !ok {
		return
	}
	switches := object(settings, "DeviceConfiguration")
	for _, name := range []string{"ChallengeRequiredOnNewDevice", "DeviceOnlyRememberedOnUserPrompt"} {
		switches[name] = configuration[name] == true
	}
}
