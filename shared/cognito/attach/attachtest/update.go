package attachtest

import (
	"maps"
	"reflect"

	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
)

// defaults is what Cognito sets if an update says nothing; what is not listed is
// removed. Source: Cognito API reference, CreateUserPool and UpdateUserPool.
func defaults() map[string]any {
	return map[string]any{
		"AdminCreateUserConfig": map[string]any{"AllowAdminCreateUserOnly": false, "UnusedAccountValidityDays": 7.0},
		"DeletionProtection":    "INACTIVE",
		"EmailConfiguration":    map[string]any{"EmailSendingAccount": "COGNITO_DEFAULT"},
		"LambdaConfig":          map[string]any{},
		"MfaConfiguration":      "OFF",
		"Policies": map[string]any{"PasswordPolicy": map[string]any{
			"MinimumLength": 8.0, "RequireUppercase": true, "RequireLowercase": true, "RequireNumbers": true, "RequireSymbols": true,
			"TemporaryPasswordValidityDays": 7.0,
		}},
		"UserPoolTier":                "ESSENTIALS",
		"VerificationMessageTemplate": map[string]any{"DefaultEmailOption": "CONFIRM_WITH_CODE"},
	}
}

// consistent reports whether Cognito accepts the request: it names no setting twice.
func consistent(in map[string]any) bool {
	if at(in, "AdminCreateUserConfig", "UnusedAccountValidityDays") != nil &&
		at(in, "Policies", "PasswordPolicy", "TemporaryPasswordValidityDays") != nil {
		return false
	}
	for _, older := range []string{"EmailVerificationMessage", "EmailVerificationSubject", "SmsVerificationMessage"} {
		if in[older] != nil && in["VerificationMessageTemplate"] != nil {
			return false
		}
	}
	older, newer := at(in, "LambdaConfig", "PreTokenGeneration"), at(in, "LambdaConfig", "PreTokenGenerationConfig", "LambdaArn")
	if older != nil && newer != nil && older != newer {
		return false
	}
	sender := at(in, "LambdaConfig", "CustomEmailSender") != nil || at(in, "LambdaConfig", "CustomSMSSender") != nil
	return !sender || at(in, "LambdaConfig", "KMSKeyID") != nil
}

// update sets every setting that an update can set: as in says, or to its default.
func (p *Pool) update(in map[string]any) {
	fallback := defaults()
	for field := range reflect.TypeFor[cognitoidentityprovider.UpdateUserPoolInput]().Fields() {
		switch name := field.Name; {
		case !field.IsExported() || name == "UserPoolId":
		case name == "PoolName":
			p.settings["Name"] = in[name]
		case in[name] != nil:
			p.settings[name] = in[name]
		case fallback[name] != nil:
			p.settings[name] = fallback[name]
		default:
			delete(p.settings, name)
		}
	}
	fillIn(p.settings)
	mirror(p.settings)
	p.settings["LastModifiedDate"] = p.settings["LastModifiedDate"].(float64) + 1
	p.mfa["MfaConfiguration"] = p.settings["MfaConfiguration"]
	if p.disturb != nil {
		p.disturb(p.settings, p.mfa)
	}
}

// fillIn adds what Cognito assumes for a setting's missing members, and then shows.
// It shows every switch of a configuration that a pool has, even one that is off.
// Source: outputs of describe-user-pool that owners have published.
func fillIn(settings map[string]any) {
	if devices, ok := settings["DeviceConfiguration"].(map[string]any); ok {
		// "When you provide a value for any property of DeviceConfiguration, you
		// activate the device remembering" (API reference,
		// DeviceConfigurationType). We assume the worst: one without any value
		// deactivates it.
		if len(devices) == 0 {
			delete(settings, "DeviceConfiguration")
		} else {
			showSwitches(devices, "ChallengeRequiredOnNewDevice", "DeviceOnlyRememberedOnUserPrompt")
		}
	}
	policy, hasPolicy := at(settings, "Policies", "PasswordPolicy").(map[string]any)
	admin, hasAdmin := settings["AdminCreateUserConfig"].(map[string]any)
	if hasPolicy {
		showSwitches(policy, "RequireUppercase", "RequireLowercase", "RequireNumbers", "RequireSymbols")
	}
	if hasAdmin {
		showSwitches(admin, "AllowAdminCreateUserOnly")
	}
	if hasPolicy && policy["TemporaryPasswordValidityDays"] == nil && admin["UnusedAccountValidityDays"] == nil {
		policy["TemporaryPasswordValidityDays"] = 7.0
	}
}

// showSwitches shows the switches of a configuration that are not given as off.
func showSwitches(configuration map[string]any, names ...string) {
	for _, name := range names {
		if configuration[name] == nil {
			configuration[name] = false
		}
	}
}

// mirror shows a setting that has two names under both of them.
func mirror(settings map[string]any) {
	if days := at(settings, "Policies", "PasswordPolicy", "TemporaryPasswordValidityDays"); days != nil {
		admin, _ := settings["AdminCreateUserConfig"].(map[string]any)
		admin = maps.Clone(admin)
		if admin == nil {
			admin = make(map[string]any)
		}
		admin["UnusedAccountValidityDays"] = days
		settings["AdminCreateUserConfig"] = admin
	}
	for newer, older := range map[string]string{
		"EmailMessage": "EmailVerificationMessage",
		"EmailSubject": "EmailVerificationSubject",
		"SmsMessage":   "SmsVerificationMessage",
	} {
		if text := at(settings, "VerificationMessageTemplate", newer); text != nil {
			settings[older] = text
		}
	}
	if arn := at(settings, "LambdaConfig", "PreTokenGenerationConfig", "LambdaArn"); arn != nil {
		settings["LambdaConfig"].(map[string]any)["PreTokenGeneration"] = arn
	}
}

// at returns the member below object at a path of keys, or nil.
func at(object map[string]any, path ...string) any {
	var v any = object
	for _, key := range path {
		m, _ := v.(map[string]any)
		v = m[key]
	}
	return v
}
