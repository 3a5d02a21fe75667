package attach_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
	"github.com/google/go-cmp/cmp"

	"github.com/poolsync/poolsync/shared/cognito/attach"
	"github.com/poolsync/poolsync/shared/cognito/attach/attachtest"
)

const (
	ours   = "arn:aws:lambda:us-east-1:111122223333:function:ours"
	former = "arn:aws:lambda:us-east-1:111122223333:function:former"
	theirs = "arn:aws:lambda:us-east-1:111122223333:function:theirs"
)

// replaceable is the trigger that ours may replace.
var replaceable = attach.Triggers{PostAuthentication: former}

// onLambda is the time that functions/attach has, without that for its answer.
const onLambda = 110 * time.Second

// triggers returns our two triggers.
func triggers(settings map[string]any) [2]any {
	lambdas, _ := settings["LambdaConfig"].(map[string]any)
	return [2]any{lambdas["PostAuthentication"], lambdas["PostConfirmation"]}
}

// others returns everything but our two triggers and the date that any update moves.
func others(settings map[string]any) map[string]any {
	rest := maps.Clone(settings)
	delete(rest, "LastModifiedDate")
	lambdas, _ := rest["LambdaConfig"].(map[string]any)
	lambdas = maps.Clone(lambdas)
	delete(lambdas, "PostAuthentication")
	delete(lambdas, "PostConfirmation")
	rest["LambdaConfig"] = lambdas
	if len(lambdas) == 0 {
		delete(rest, "LambdaConfig")
	}
	return rest
}

// checkOthers fails the test if any setting but our two triggers changed.
func checkOthers(t *testing.T, before, after map[string]any) {
	t.Helper()
	if diff := cmp.Diff(others(before), others(after)); diff != "" {
		t.Errorf("other settings changed (-before +after):\n%s", diff)
	}
}

func updates(p *attachtest.Pool) int {
	n := 0
	for _, call := range p.Calls() {
		if call == "UpdateUserPool" {
			n++
		}
	}
	return n
}

// hold sets our two triggers; nothing for the empty string.
func hold(p *attachtest.Pool, postAuthentication, postConfirmation string) {
	p.Edit(func(settings map[string]any) {
		lambdas := settings["LambdaConfig"].(map[string]any)
		for name, arn := range map[string]string{"PostAuthentication": postAuthentication, "PostConfirmation": postConfirmation} {
			delete(lambdas, name)
			if arn != "" {
				lambdas[name] = arn
			}
		}
	})
}

func TestTriggers(t *testing.T) {
	attachOurs := func(ctx context.Context, a *attach.Attacher) error {
		return a.Attach(ctx, attachtest.PoolID, ours, replaceable)
	}
	detachOurs := func(ctx context.Context, a *attach.Attacher) error {
		return a.Detach(ctx, attachtest.PoolID, ours, attach.Triggers{})
	}
	moveToOurs := func(ctx context.Context, a *attach.Attacher) error {
		return a.Move(ctx, attachtest.PoolID, former, ours)
	}
	tests := []struct {
		name    string
		held    [2]string
		do      func(context.Context, *attach.Attacher) error
		want    [2]any
		err     error
		updates int
	}{
		{"attach to a free pool", [2]string{}, attachOurs, [2]any{ours, ours}, nil, 1},
		{"attach again", [2]string{ours, ours}, attachOurs, [2]any{ours, ours}, nil, 0},
		{"attach the other half", [2]string{ours, ""}, attachOurs, [2]any{ours, ours}, nil, 1},
		{"attach in place of a replaceable trigger", [2]string{former, ""}, attachOurs, [2]any{ours, ours}, nil, 1},
		{"attach over a trigger that is replaceable elsewhere", [2]string{"", former}, attachOurs, [2]any{nil, former}, attach.ErrForeignTrigger, 0},
		{"move", [2]string{former, former}, moveToOurs, [2]any{ours, ours}, nil, 1},
		{"move what is ours next to a foreign trigger", [2]string{theirs, former}, moveToOurs, [2]any{theirs, ours}, nil, 1},
		{"move from nowhere", [2]string{}, func(ctx context.Context, a *attach.Attacher) error {
			return a.Move(ctx, attachtest.PoolID, "", ours)
		}, [2]any{nil, nil}, nil, 0},
		{"move where nothing is ours", [2]string{"", theirs}, moveToOurs, [2]any{nil, theirs}, nil, 0},
		{"attach next to a foreign trigger", [2]string{"", theirs}, attachOurs, [2]any{nil, theirs}, attach.ErrForeignTrigger, 0},
		{"attach over a foreign trigger", [2]string{theirs, ours}, attachOurs, [2]any{theirs, ours}, attach.ErrForeignTrigger, 0},
		{"detach", [2]string{ours, ours}, detachOurs, [2]any{nil, nil}, nil, 1},
		{"detach again", [2]string{}, detachOurs, [2]any{nil, nil}, nil, 0},
		{"detach next to a foreign trigger", [2]string{theirs, ours}, detachOurs, [2]any{theirs, nil}, nil, 1},
		{"detach where nothing is ours", [2]string{theirs, former}, detachOurs, [2]any{theirs, former}, nil, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			pool := attachtest.New(attachtest.Full(t))
			hold(pool, tt.held[0], tt.held[1])
			before := pool.Settings()
			if err := tt.do(t.Context(), attach.New(pool.Client(), attachtest.NewFunctions())); !errors.Is(err, tt.err) {
				t.Errorf("got error %v, want %v", err, tt.err)
			}
			if got := triggers(pool.Settings()); got != tt.want {
				t.Errorf("got triggers %v, want %v", got, tt.want)
			}
			checkOthers(t, before, pool.Settings())
			if got := updates(pool); got != tt.updates {
				t.Errorf("got %d updates, want %d", got, tt.updates)
			}
		})
	}
}

func TestForeignTriggerIsNamed(t *testing.T) {
	pool := attachtest.New(attachtest.Full(t))
	hold(pool, "", theirs)
	err := attach.New(pool.Client(), attachtest.NewFunctions()).Attach(t.Context(), attachtest.PoolID, ours, attach.Triggers{})
	for _, want := range []string{"PostConfirmation calls " + theirs, attachtest.PoolID, "pool.triggers", "pool.replaceTriggers", ours} {
		if !strings.Contains(fmt.Sprint(err), want) {
			t.Errorf("got error %q, want it to say %q", err, want)
		}
	}
}

func TestPoolIsGone(t *testing.T) {
	a := attach.New(attachtest.New(attachtest.Full(t)).Client(), attachtest.NewFunctions())
	if err := a.Detach(t.Context(), "us-east-1_GONE", ours, attach.Triggers{}); err != nil {
		t.Errorf("Detach: got %v, want success: there is nothing to detach from", err)
	}
	err := a.Attach(t.Context(), "us-east-1_GONE", ours, attach.Triggers{})
	if _, ok := errors.AsType[*types.ResourceNotFoundException](err); !ok {
		t.Errorf("Attach: got %v, want an error that the pool does not exist", err)
	}
}

// If the pool exists, a trigger that could not be cleared is no success: the function
// that it calls is about to be deleted.
func TestDetachFails(t *testing.T) {
	for _, operation := range []string{"GetUserPoolMfaConfig", "DescribeUserPool", "UpdateUserPool"} {
		t.Run(operation, func(t *testing.T) {
			pool := attachtest.New(attachtest.Full(t))
			hold(pool, ours, ours)
			pool.Fail(func(c attachtest.Call) *attachtest.Failure {
				if c.Operation != operation {
					return nil
				}
				return &attachtest.Failure{Status: http.StatusBadRequest, Code: "InvalidParameterException"}
			})
			if err := attach.New(pool.Client(), attachtest.NewFunctions()).Detach(t.Context(), attachtest.PoolID, ours, attach.Triggers{}); err == nil {
				t.Error("got success, want the failure")
			}
		})
	}
}

// The SDK's types are copied by hand, so that you see how each field is treated. A
// field that a new version adds fails this test, or the one above.
func TestEveryFieldIsClassified(t *testing.T) {
	shown := fields[types.UserPoolType]()
	set := fields[cognitoidentityprovider.UpdateUserPoolInput]()
	notSettable := []string{
		"AliasAttributes", "Arn", "CreationDate", "CustomDomain", "Domain", "EmailConfigurationFailure",
		"EstimatedNumberOfUsers", "Id", "LastModifiedDate", "Name", "SchemaAttributes",
		"SmsConfigurationFailure", "Status", "UsernameAttributes", "UsernameConfiguration",
	}
	if diff := cmp.Diff(notSettable, without(shown, set)); diff != "" {
		t.Errorf("shown and not settable (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"PoolName", "UserPoolId"}, without(set, shown)); diff != "" {
		t.Errorf("settable and not shown (-want +got):\n%s", diff)
	}
}

func fields[T any]() []string {
	var names []string
	for field := range reflect.TypeFor[T]().Fields() {
		if field.IsExported() {
			names = append(names, field.Name)
		}
	}
	slices.Sort(names)
	return names
}

func without(names, excluded []string) []string {
	return slices.DeleteFunc(slices.Clone(names), func(name string) bool { return slices.Contains(excluded, name) })
}

func TestUnknownSettings(t *testing.T) {
	tests := []struct {
		name string
		edit func(settings map[string]any)
		want string
	}{
		{"at the top", func(s map[string]any) { s["Novelty"] = true }, "Novelty"},
		{"within", func(s map[string]any) { s["LambdaConfig"].(map[string]any)["PostDeletion"] = theirs }, "LambdaConfig.PostDeletion"},
		{"in a list", func(s map[string]any) {
			s["SchemaAttributes"] = []any{map[string]any{"Name": "email", "Masked": true}, map[string]any{"Name": "phone", "Masked": true}}
		}, "SchemaAttributes.Masked"},
		{"several", func(s map[string]any) { s["B"], s["A"] = 1.0, map[string]any{"C": 2.0} }, "A, B"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			pool := attachtest.New(attachtest.Full(t))
			pool.Edit(tt.edit)
			a := attach.New(pool.Client(), attachtest.NewFunctions())
			err := a.Attach(t.Context(), attachtest.PoolID, ours, attach.Triggers{})
			if !errors.Is(err, attach.ErrUnknownSetting) || !strings.Contains(err.Error(), " shows "+tt.want+", ") {
				t.Errorf("got error %v, want %v: %s", err, attach.ErrUnknownSetting, tt.want)
			}
			if updates(pool) != 0 {
				t.Error("the pool was updated")
			}
			// What the error advises: by hand.
			hold(pool, ours, ours)
			if err := a.Attach(t.Context(), attachtest.PoolID, ours, attach.Triggers{}); err != nil {
				t.Errorf("attach where the owner did it: got %v, want success", err)
			}
			hold(pool, "", "")
			if err := a.Detach(t.Context(), attachtest.PoolID, ours, attach.Triggers{}); err != nil {
				t.Errorf("detach where the owner did it: got %v, want success", err)
			}
		})
	}
}

// A pool is shown in many shapes, and Cognito refuses a request that names a setting
// twice.
func TestShapes(t *testing.T) {
	tests := []struct {
		name string
		edit func(*types.UserPoolType)
	}{
		{"bare", func(p *types.UserPoolType) {
			*p = types.UserPoolType{Id: p.Id, Name: p.Name, LastModifiedDate: p.LastModifiedDate,
				AdminCreateUserConfig: &types.AdminCreateUserConfigType{UnusedAccountValidityDays: 7},
				EmailConfiguration:    &types.EmailConfigurationType{EmailSendingAccount: "COGNITO_DEFAULT"},
				MfaConfiguration:      "OFF", DeletionProtection: "INACTIVE", UserPoolTier: "ESSENTIALS",
				VerificationMessageTemplate: &types.VerificationMessageTemplateType{DefaultEmailOption: "CONFIRM_WITH_CODE"},
				Policies:                    p.Policies}
			p.AdminCreateUserConfig.UnusedAccountValidityDays = p.Policies.PasswordPolicy.TemporaryPasswordValidityDays
		}},
		{"older life of temporary passwords", func(p *types.UserPoolType) {
			p.AdminCreateUserConfig.UnusedAccountValidityDays = 90
			p.Policies.PasswordPolicy.TemporaryPasswordValidityDays = 0
		}},
		{"no password policy", func(p *types.UserPoolType) { p.Policies.PasswordPolicy = nil }},
		{"false switches", func(p *types.UserPoolType) {
			p.AdminCreateUserConfig.AllowAdminCreateUserOnly = false
			p.Policies.PasswordPolicy.RequireSymbols = false
			p.Policies.PasswordPolicy.RequireUppercase = false
		}},
		{"older pre token generation", func(p *types.UserPoolType) { p.LambdaConfig.PreTokenGenerationConfig = nil }},
		{"newer pre token generation alone", func(p *types.UserPoolType) { p.LambdaConfig.PreTokenGeneration = nil }},
		{"pre token generation shown in two ways", func(p *types.UserPoolType) { p.LambdaConfig.PreTokenGeneration = aws.String(theirs) }},
		{"no triggers", func(p *types.UserPoolType) { p.LambdaConfig = nil }},
		{"older message beside a template without it", func(p *types.UserPoolType) {
			p.VerificationMessageTemplate.EmailMessage, p.VerificationMessageTemplate.EmailSubject = nil, nil
			p.VerificationMessageTemplate.SmsMessage = aws.String("")
		}},
		{"template beside no older messages", func(p *types.UserPoolType) {
			p.EmailVerificationMessage, p.EmailVerificationSubject, p.SmsVerificationMessage = nil, nil, nil
		}},
		{"empty where others have nothing", func(p *types.UserPoolType) {
			p.UserPoolTags = map[string]string{}
			p.AliasAttributes = []types.AliasAttributeType{}
			p.UserAttributeUpdateSettings = &types.UserAttributeUpdateSettingsType{}
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			settings := attachtest.Full(t)
			tt.edit(&settings)
			pool := attachtest.New(settings)
			a := attach.New(pool.Client(), attachtest.NewFunctions())
			if err := a.Attach(t.Context(), attachtest.PoolID, ours, attach.Triggers{}); err != nil {
				t.Fatalf("Attach: %v", err)
			}
			if got, want := triggers(pool.Settings()), ([2]any{ours, ours}); got != want {
				t.Errorf("got triggers %v, want %v", got, want)
			}
			if err := a.Detach(t.Context(), attachtest.PoolID, ours, attach.Triggers{}); err != nil {
				t.Fatalf("Detach: %v", err)
			}
			if got := triggers(pool.Settings()); got != [2]any{} {
				t.Errorf("got triggers %v, want none", got)
			}
			if got := updates(pool); got != 2 {
				t.Errorf("got %d updates, want 2", got)
			}
		})
	}
}

// Some of what Cognito shows may differ from one reading to the next although no
// setting did.
func TestImmaterialDifferences(t *testing.T) {
	tests := []struct {
		name    string
		disturb func(settings, mfa map[string]any)
	}{
		{"order of a list", func(s, _ map[string]any) { slices.Reverse(s["AutoVerifiedAttributes"].([]any)) }},
		{"number of users", func(s, _ map[string]any) { s["EstimatedNumberOfUsers"] = 12345.0 }},
		{"a message not sent", func(s, _ map[string]any) { s["SmsConfigurationFailure"] = "AccountIsInSandbox" }},
		{"empty values", func(s, _ map[string]any) { s["UserPoolTags"], s["News"], s["New"] = map[string]any{}, []any{}, "" }},
		{"one name of the life of temporary passwords", func(s, _ map[string]any) {
			delete(s["AdminCreateUserConfig"].(map[string]any), "UnusedAccountValidityDays")
		}},
		{"one name of a message", func(s, _ map[string]any) { delete(s, "EmailVerificationMessage") }},
		{"one name of the pre token generation", func(s, _ map[string]any) { delete(s["LambdaConfig"].(map[string]any), "PreTokenGeneration") }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			settings := attachtest.Full(t)
			settings.UserPoolTags = nil
			pool := attachtest.New(settings)
			pool.Disturb(tt.disturb)
			if err := attach.New(pool.Client(), attachtest.NewFunctions()).Attach(t.Context(), attachtest.PoolID, ours, attach.Triggers{}); err != nil {
				t.Errorf("got %v, want success", err)
			}
		})
	}
}

func TestChangedSettingIsPutBack(t *testing.T) {
	tests := []struct {
		name    string
		disturb func(settings, mfa map[string]any)
		want    string
	}{
		{"lost", func(s, _ map[string]any) { delete(s, "AccountRecoverySetting") }, "AccountRecoverySetting.RecoveryMechanisms"},
		{"other", func(s, _ map[string]any) { s["MfaConfiguration"] = "OFF" }, "MfaConfiguration"},
		{"within", func(s, _ map[string]any) { s["EmailConfiguration"].(map[string]any)["From"] = "jane@example.com" }, "EmailConfiguration.From"},
		{"appeared", func(s, _ map[string]any) { s["Novelty"] = true }, "Novelty"},
		{"tags", func(s, _ map[string]any) { delete(s, "UserPoolTags") }, "UserPoolTags"},
		{"not settable", func(s, _ map[string]any) { s["Status"] = "Disabled" }, "Status"},
		{"MFA", func(_, mfa map[string]any) { delete(mfa, "SoftwareTokenMfaConfiguration") }, "UserPoolMfaConfig.SoftwareTokenMfaConfiguration.Enabled"},
		{"our own triggers", func(s, _ map[string]any) {
			delete(s["LambdaConfig"].(map[string]any), "PostAuthentication")
			delete(s["LambdaConfig"].(map[string]any), "PostConfirmation")
		}, "LambdaConfig.PostAuthentication, LambdaConfig.PostConfirmation"},
		{"our own trigger", func(s, _ map[string]any) { delete(s["LambdaConfig"].(map[string]any), "PostConfirmation") }, "LambdaConfig.PostConfirmation"},
	}
	for _, tt := range tests {
		t.Run(tt.name+" once", func(t *testing.T) {
			pool := attachtest.New(attachtest.Full(t))
			before := pool.Settings()
			pool.Disturb(once(tt.disturb, func(settings, mfa map[string]any) {
				mfa["SoftwareTokenMfaConfiguration"] = map[string]any{"Enabled": true}
				delete(settings, "Novelty")
				settings["Status"] = before["Status"]
			}))
			err := attach.New(pool.Client(), attachtest.NewFunctions()).Attach(t.Context(), attachtest.PoolID, ours, attach.Triggers{})
			checkChanged(t, err, tt.want, "everything is back as it was")
			if got := triggers(pool.Settings()); got != [2]any{} {
				t.Errorf("got triggers %v, want none", got)
			}
			checkOthers(t, before, pool.Settings())
		})
		t.Run(tt.name+" always", func(t *testing.T) {
			if strings.HasPrefix(tt.name, "our own trigger") {
				return // free again after putting back, which is right
			}
			pool := attachtest.New(attachtest.Full(t))
			pool.Disturb(tt.disturb)
			err := attach.New(pool.Client(), attachtest.NewFunctions()).Attach(t.Context(), attachtest.PoolID, ours, attach.Triggers{})
			checkChanged(t, err, tt.want, "did not restore "+tt.want)
		})
	}
}

// A setting that Cognito shows in two ways is compared once, but it is compared, even
// if a pool has only the older way.
func TestChangedSettingOfAnOlderShape(t *testing.T) {
	tests := []struct {
		name    string
		edit    func(*types.UserPoolType)
		disturb func(settings, mfa map[string]any)
		want    string
	}{
		{"pre token generation", func(p *types.UserPoolType) { p.LambdaConfig.PreTokenGenerationConfig = nil },
			func(s, _ map[string]any) { delete(s["LambdaConfig"].(map[string]any), "PreTokenGeneration") },
			"LambdaConfig.PreTokenGeneration"},
		{"life of temporary passwords", func(p *types.UserPoolType) {
			p.AdminCreateUserConfig.UnusedAccountValidityDays = 90
			p.Policies.PasswordPolicy.TemporaryPasswordValidityDays = 0
		}, func(s, _ map[string]any) {
			s["AdminCreateUserConfig"].(map[string]any)["UnusedAccountValidityDays"] = 7.0
		},
			"AdminCreateUserConfig.UnusedAccountValidityDays"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			settings := attachtest.Full(t)
			tt.edit(&settings)
			pool := attachtest.New(settings)
			before := pool.Settings()
			pool.Disturb(once(tt.disturb, func(_, _ map[string]any) {}))
			err := attach.New(pool.Client(), attachtest.NewFunctions()).Attach(t.Context(), attachtest.PoolID, ours, attach.Triggers{})
			checkChanged(t, err, tt.want, "everything is back as it was")
			checkOthers(t, before, pool.Settings())
		})
	}
}

// A pool that cannot be read after an update, or after putting it back, may have
// changed.
func TestUnreadableAfterAnUpdate(t *testing.T) {
	for _, from := range []int{4, 7} { // read, read, update, read, read, update, read, read
		t.Run(fmt.Sprintf("from call %d", from), func(t *testing.T) {
			pool := attachtest.New(attachtest.Full(t))
			pool.Disturb(func(settings, _ map[string]any) { settings["MfaConfiguration"] = "OFF" })
			pool.Fail(func(c attachtest.Call) *attachtest.Failure {
				if c.Number < from || c.Operation == "UpdateUserPool" {
					return nil
				}
				return &attachtest.Failure{Status: http.StatusBadRequest, Code: "InvalidParameterException"}
			})
			err := attach.New(pool.Client(), attachtest.NewFunctions()).Attach(t.Context(), attachtest.PoolID, ours, attach.Triggers{})
			if !errors.Is(err, attach.ErrChanged) || !strings.Contains(err.Error(), "compare its settings with your records") {
				t.Errorf("got error %v, want %v that says what to do", err, attach.ErrChanged)
			}
		})
	}
}

// once returns a disturbance of the first update only; after later ones, restore
// brings back what no update can.
func once(disturb, restore func(settings, mfa map[string]any)) func(settings, mfa map[string]any) {
	n := 0
	return func(settings, mfa map[string]any) {
		if n++; n == 1 {
			disturb(settings, mfa)
		} else {
			restore(settings, mfa)
		}
	}
}

// checkChanged fails the test unless err names the setting, says what happened to it,
// and holds no value of any.
func checkChanged(t *testing.T, err error, setting, outcome string) {
	t.Helper()
	if !errors.Is(err, attach.ErrChanged) {
		t.Fatalf("got error %v, want %v", err, attach.ErrChanged)
	}
	text := err.Error()
	if !strings.Contains(text, ": "+setting) || !strings.Contains(text, outcome) {
		t.Errorf("got %q, want it to name %s and say %q", text, setting, outcome)
	}
	for _, value := range []string{"value of", "key of", "@"} {
		if strings.Contains(text, value) {
			t.Errorf("got %q, want no values", text)
		}
	}
}

// An update that loses every setting must still fit into an answer.
func TestErrorIsShort(t *testing.T) {
	pool := attachtest.New(attachtest.Full(t))
	pool.Disturb(func(settings, _ map[string]any) {
		maps.DeleteFunc(settings, func(name string, _ any) bool { return name != "Id" && name != "LastModifiedDate" })
	})
	err := attach.New(pool.Client(), attachtest.NewFunctions()).Attach(t.Context(), attachtest.PoolID, ours, attach.Triggers{})
	if !errors.Is(err, attach.ErrChanged) || len(err.Error()) > 3000 || !strings.Contains(err.Error(), " more") {
		t.Errorf("got an error of %d bytes, want at most 3000, and how many settings it leaves out: %v", len(fmt.Sprint(err)), err)
	}
}

// Whatever goes wrong, and at whatever call, no setting is lost and the next
// deployment succeeds.
func TestFailureAtEachCall(t *testing.T) {
	const calls = 5 // read, read, update, read, read
	failures := map[string]attachtest.Failure{
		"refused":                {Status: http.StatusBadRequest, Code: "InvalidParameterException"},
		"denied":                 {Status: http.StatusBadRequest, Code: "AccessDeniedException"},
		"server error":           {Status: http.StatusInternalServerError, Code: "InternalErrorException"},
		"broken connection":      {},
		"server error, done":     {Status: http.StatusInternalServerError, Code: "InternalErrorException", CarriedOut: true},
		"broken connection,done": {CarriedOut: true},
		"hanging":                {Hangs: true},
		"hanging, done":          {Hangs: true, CarriedOut: true},
	}
	for name, failure := range failures {
		for _, lasting := range []bool{false, true} {
			for call := 1; call <= calls; call++ {
				t.Run(fmt.Sprintf("%s at call %d lasting %v", name, call, lasting), func(t *testing.T) {
					synctest.Test(t, func(t *testing.T) {
						pool := attachtest.New(attachtest.Full(t))
						before := pool.Settings()
						pool.Fail(func(c attachtest.Call) *attachtest.Failure {
							if c.Number == call || lasting && c.Number > call {
								return &failure
							}
							return nil
						})
						a := attach.New(pool.Client(), attachtest.NewFunctions())
						ctx, cancel := context.WithTimeout(t.Context(), onLambda)
						defer cancel()
						err := a.Attach(ctx, attachtest.PoolID, ours, attach.Triggers{})
						checkOthers(t, before, pool.Settings())
						if err == nil && triggers(pool.Settings()) != [2]any{ours, ours} {
							t.Errorf("got success and triggers %v", triggers(pool.Settings()))
						}
						if lasting && err == nil && call <= 3 {
							t.Error("got success, want the failure")
						}

						pool.Fail(nil)
						if err := a.Attach(t.Context(), attachtest.PoolID, ours, attach.Triggers{}); err != nil {
							t.Errorf("attach again: %v", err)
						}
						if got := triggers(pool.Settings()); got != [2]any{ours, ours} {
							t.Errorf("got triggers %v, want both ours", got)
						}
						checkOthers(t, before, pool.Settings())
					})
				})
			}
		}
	}
}

// An update that failed may have been carried out.
func TestFailedUpdate(t *testing.T) {
	lose := func(settings, _ map[string]any) { delete(settings, "AccountRecoverySetting") }
	broken := attachtest.Failure{CarriedOut: true}
	tests := []struct {
		name     string
		failure  attachtest.Failure
		updates  [2]int // the first and the last that fail
		disturb  func(settings, mfa map[string]any)
		want     error
		triggers [2]any
	}{
		{"not carried out", attachtest.Failure{Status: 500, Code: "InternalErrorException"}, [2]int{1, 1}, nil, nil, [2]any{ours, ours}},
		{"only its answer was lost", broken, [2]int{1, 1}, nil, nil, [2]any{ours, ours}},
		{"answer and a setting were lost", broken, [2]int{1, 1}, lose, attach.ErrChanged, [2]any{}},
		{"answer of a server error, and a setting was lost", attachtest.Failure{Status: 500, Code: "InternalErrorException", CarriedOut: true},
			[2]int{1, 1}, lose, attach.ErrChanged, [2]any{}},
		{"putting back is throttled", attachtest.Failure{Status: 400, Code: "TooManyRequestsException"}, [2]int{2, 99}, lose, attach.ErrChanged, [2]any{ours, ours}},
		{"putting back is throttled at first", attachtest.Failure{Status: 400, Code: "TooManyRequestsException"}, [2]int{2, 3}, lose, attach.ErrChanged, [2]any{}},
		{"putting back breaks off at first", attachtest.Failure{}, [2]int{2, 3}, lose, attach.ErrChanged, [2]any{}},
		{"putting back hangs at first", attachtest.Failure{Hangs: true}, [2]int{2, 2}, lose, attach.ErrChanged, [2]any{}},
		{"hangs and loses a setting", attachtest.Failure{Hangs: true, CarriedOut: true}, [2]int{1, 1}, lose, attach.ErrChanged, [2]any{}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				pool := attachtest.New(attachtest.Full(t))
				if tt.disturb != nil {
					pool.Disturb(once(tt.disturb, func(_, _ map[string]any) {}))
				}
				pool.Fail(func(c attachtest.Call) *attachtest.Failure {
					n := updates(pool)
					if c.Operation != "UpdateUserPool" || n < tt.updates[0] || n > tt.updates[1] {
						return nil
					}
					return &tt.failure
				})
				ctx, cancel := context.WithTimeout(t.Context(), onLambda)
				defer cancel()
				if err := attach.New(pool.Client(), attachtest.NewFunctions()).Attach(ctx, attachtest.PoolID, ours, attach.Triggers{}); !errors.Is(err, tt.want) {
					t.Errorf("got error %v, want %v", err, tt.want)
				}
				if got := triggers(pool.Settings()); got != tt.triggers {
					t.Errorf("got triggers %v, want %v", got, tt.triggers)
				}
			})
		})
	}
}

// Somebody else's change between our reading and our update must survive.
func TestConcurrentModification(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		pool := attachtest.New(attachtest.Full(t))
		conflicts := 0
		pool.Fail(func(c attachtest.Call) *attachtest.Failure {
			if c.Operation != "UpdateUserPool" || conflicts == 3 {
				return nil
			}
			conflicts++
			pool.Edit(func(settings map[string]any) { settings["SmsAuthenticationMessage"] = fmt.Sprint("text ", conflicts) })
			return &attachtest.Failure{Status: http.StatusBadRequest, Code: "ConcurrentModificationException"}
		})
		if err := attach.New(pool.Client(), attachtest.NewFunctions()).Attach(t.Context(), attachtest.PoolID, ours, attach.Triggers{}); err != nil {
			t.Fatalf("got %v, want success after %d conflicts", err, conflicts)
		}
		if got := pool.Settings()["SmsAuthenticationMessage"]; got != "text 3" {
			t.Errorf("got %q, want the other's last change", got)
		}
		if got := triggers(pool.Settings()); got != [2]any{ours, ours} {
			t.Errorf("got triggers %v, want both ours", got)
		}
	})
}

func TestGivesUp(t *testing.T) {
	tests := []struct {
		name    string
		code    string
		budget  time.Duration
		want    error
		atMost  time.Duration
		updates int
		silent  bool // the pool sends no text messages
	}{
		{"throttled for long", "TooManyRequestsException", time.Hour, nil, time.Minute, 8, false},
		{"conflicts for long", "ConcurrentModificationException", time.Hour, nil, time.Minute, 8, false},
		{"users are imported", "UserImportInProgressException", time.Hour, attach.ErrImporting, 0, 1, false},
		{"refused", "InvalidSmsRoleTrustRelationshipException", time.Hour, nil, 0, 1, false},
		{"denied", "AccessDeniedException", time.Hour, attach.ErrRole, time.Minute, 8, false},
		{"denied, and not for the role", "AccessDeniedException", time.Hour, nil, time.Minute, 8, true},
		{"no time left", "", 20 * time.Second, attach.ErrNoTime, 0, 0, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				settings := attachtest.Full(t)
				if tt.silent {
					settings.SmsConfiguration = nil
				}
				pool := attachtest.New(settings)
				before := pool.Settings()
				pool.Fail(func(c attachtest.Call) *attachtest.Failure {
					if c.Operation != "UpdateUserPool" {
						return nil
					}
					return &attachtest.Failure{Status: http.StatusBadRequest, Code: tt.code}
				})
				ctx, cancel := context.WithTimeout(t.Context(), tt.budget)
				defer cancel()
				start := time.Now()
				err := attach.New(pool.Client(), attachtest.NewFunctions()).Attach(ctx, attachtest.PoolID, ours, attach.Triggers{})
				if err == nil || tt.want != nil && !errors.Is(err, tt.want) || errors.Is(err, attach.ErrRole) != (tt.want == attach.ErrRole) {
					t.Errorf("got error %v, want %v", err, tt.want)
				}
				if tt.want != nil && !strings.Contains(fmt.Sprint(err), "try again") {
					t.Errorf("got error %v, want it to say what to do", err)
				}
				if !strings.Contains(fmt.Sprint(err), tt.code) && tt.want == nil {
					t.Errorf("got error %v, want it to say %s", err, tt.code)
				}
				if took := time.Since(start); took > tt.atMost {
					t.Errorf("took %s, want at most %s", took, tt.atMost)
				}
				if got := updates(pool); got != tt.updates {
					t.Errorf("got %d updates, want %d", got, tt.updates)
				}
				if diff := cmp.Diff(before, pool.Settings()); diff != "" {
					t.Errorf("the pool changed (-before +after):\n%s", diff)
				}
			})
		})
	}
}

// Time that runs out between two tries is no success.
func TestTimeIsUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		pool := attachtest.New(attachtest.Full(t))
		pool.Fail(func(attachtest.Call) *attachtest.Failure {
			return &attachtest.Failure{Status: http.StatusBadRequest, Code: "ConcurrentModificationException"}
		})
		ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
		defer cancel()
		if err := attach.New(pool.Client(), attachtest.NewFunctions()).Attach(ctx, attachtest.PoolID, ours, attach.Triggers{}); err == nil || ctx.Err() == nil {
			t.Errorf("got error %v and context error %v, want both", err, ctx.Err())
		}
	})
}

// Whatever a pool has, whatever its triggers call, and whatever fails, no setting
// changes but our two triggers, and no trigger that is not ours.
func TestNoSettingEverChanges(t *testing.T) {
	for seed := range uint64(200) {
		synctest.Test(t, func(t *testing.T) {
			random := rand.New(rand.NewPCG(seed, 0))
			settings := attachtest.Full(t)
			thin(random, reflect.ValueOf(&settings).Elem())
			pool := attachtest.New(settings)
			pool.Edit(func(settings map[string]any) {
				if settings["LambdaConfig"] == nil {
					settings["LambdaConfig"] = map[string]any{}
				}
			})
			hold(pool, pick(random, "", ours, theirs), pick(random, "", ours, theirs))
			pool.Fail(func(attachtest.Call) *attachtest.Failure {
				if random.IntN(6) != 0 {
					return nil
				}
				return &attachtest.Failure{
					Status:     pick(random, 0, http.StatusBadRequest, http.StatusInternalServerError),
					Code:       pick(random, "ConcurrentModificationException", "TooManyRequestsException", "InvalidParameterException"),
					CarriedOut: random.IntN(2) == 0,
				}
			})
			before := pool.Settings()
			a := attach.New(pool.Client(), attachtest.NewFunctions())
			for range 5 {
				if random.IntN(2) == 0 {
					_ = a.Attach(t.Context(), attachtest.PoolID, ours, attach.Triggers{})
				} else {
					_ = a.Detach(t.Context(), attachtest.PoolID, ours, attach.Triggers{})
				}
				checkOthers(t, before, pool.Settings())
				for i, held := range triggers(before) {
					if got := triggers(pool.Settings())[i]; held == theirs && got != theirs {
						t.Errorf("trigger %d: got %v, want the foreign trigger", i, got)
					}
				}
			}
			if t.Failed() {
				t.Fatalf("seed %d", seed)
			}
		})
	}
}

// thin empties some of the optional fields of a pool that [attachtest.New] would
// show as its defaults or not at all.
func thin(random *rand.Rand, pool reflect.Value) {
	keep := []string{"Id", "Name", "LastModifiedDate", "AdminCreateUserConfig", "DeletionProtection", "EmailConfiguration",
		"MfaConfiguration", "Policies", "UserPoolTier", "VerificationMessageTemplate",
		"EmailVerificationMessage", "EmailVerificationSubject", "SmsVerificationMessage"}
	for field, value := range pool.Fields() {
		if field.IsExported() && !slices.Contains(keep, field.Name) && random.IntN(3) == 0 {
			value.SetZero()
		}
	}
}

func pick[T any](random *rand.Rand, from ...T) T { return from[random.IntN(len(from))] }
