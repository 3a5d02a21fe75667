package attach

import (
	"encoding/json"
	"maps"
	"reflect"
	"slices"

	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
)

// unknown returns the names of the settings that Cognito shows and the SDK does
// not know.
func (p *pool) unknown() []string {
	return unknown(p.shown, reflect.TypeFor[types.UserPoolType](), "")
}

// unknown walks a JSON value alongside the SDK's type for it. The SDK names the
// fields of its types exactly as the API does.
func unknown(shown any, known reflect.Type, path string) []string {
	for known.Kind() == reflect.Pointer {
		known = known.Elem()
	}
	var names []string
	switch shown := shown.(type) {
	case map[string]any:
		if known.Kind() != reflect.Struct {
			return nil // a map, whose keys are the owner's
		}
		for _, key := range slices.Sorted(maps.Keys(shown)) {
			field, ok := known.FieldByName(key)
			if !ok {
				names = append(names, path+key)
				continue
			}
			names = append(names, unknown(shown[key], field.Type, path+key+".")...)
		}
	case []any:
		if known.Kind() == reflect.Slice {
			for _, element := range shown {
				names = append(names, unknown(element, known.Elem(), path)...)
			}
		}
	}
	return slices.Compact(names)
}

// differences returns the names of the settings in which p differs from an earlier
// reading, if that had the wanted triggers.
func (p *pool) differences(earlier *pool, want Triggers) []string {
	return difference(earlier.settings(want), p.settings(p.triggers()), "")
}

// notSettings are what DescribeUserPool shows that changes by itself: dates, counts,
// and the outcome of attempts to send messages.
var notSettings = []string{"LastModifiedDate", "EstimatedNumberOfUsers", "EmailConfigurationFailure", "SmsConfigurationFailure"}

// settings returns all settings of the pool, with the triggers as given, in a form in
// which equal settings are equal values.
func (p *pool) settings(s Triggers) map[string]any {
	all := maps.Clone(p.shown)
	for _, name := range notSettings {
		delete(all, name)
	}
	lambdas := object(all, "LambdaConfig")
	for name, arn := range s.all() {
		lambdas[name] = arn
	}
	single(all, lambdas)
	all["UserPoolMfaConfig"] = p.mfa
	plain, _ := canonical(all).(map[string]any)
	dropDefaults(plain)
	keepDevices(plain, all["DeviceConfiguration"])
	return plain
}

// single leaves one of each pair of settings that Cognito shows twice, the one
// that an update sends: see [pool.request].
func single(all, lambdas map[string]any) {
	if config, ok := lambdas["PreTokenGenerationConfig"].(map[string]any); ok {
		lambdas["PreTokenGeneration"] = config["LambdaArn"]
	}
	policy := object(object(all, "Policies"), "PasswordPolicy")
	if days, _ := policy["TemporaryPasswordValidityDays"].(float64); days != 0 {
		delete(object(all, "AdminCreateUserConfig"), "UnusedAccountValidityDays")
	}
	template := object(all, "VerificationMessageTemplate")
	for newer, older := range map[string]string{
		"EmailMessage": "EmailVerificationMessage",
		"EmailSubject": "EmailVerificationSubject",
		"SmsMessage":   "SmsVerificationMessage",
	} {
		if canonical(template[newer]) == nil {
			template[newer] = all[older]
		}
		delete(all, older)
	}
}

// object replaces a member of parent by a copy of it and returns the copy.
func object(parent map[string]any, key string) map[string]any {
	member, _ := parent[key].(map[string]any)
	member = maps.Clone(member)
	if member == nil {
		member = make(map[string]any)
	}
	parent[key] = member
	return member
}

// text returns v as JSON, whose object keys are sorted.
func text(v any) string {
	b, _ := json.Marshal(v) // v was read from JSON
	return string(b)
}

// difference returns the names of the members in which two JSON objects differ.
func difference(want, got map[string]any, path string) []string {
	var names []string
	for _, key := range slices.Sorted(maps.Keys(union(want, got))) {
		w, inWant := want[key].(map[string]any)
		g, inGot := got[key].(map[string]any)
		switch {
		case reflect.DeepEqual(want[key], got[key]):
		case key != "UserPoolTags" && (inWant || inGot): // the names of tags are the owner's
			names = append(names, difference(w, g, path+key+".")...)
		default:
			names = append(names, path+key)
		}
	}
	return names
}

func union(a, b map[string]any) map[string]any {
	all := maps.Clone(a)
	if all == nil {
		return b
	}
	maps.Copy(all, b)
	return all
}
