package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/jsii-runtime-go"
	"github.com/cdklabs/cdk-nag-go/cdknag/v2"
)

const (
	exampleSecretARN        = "arn:aws:secretsmanager:us-east-1:111122223333:secret:userhub-key-AbCdEf"
	exampleSigningSecretARN = "arn:aws:secretsmanager:us-east-1:111122223333:secret:userhub-signing-AbCdEf"
	exampleHeaderSecretARN  = "arn:aws:secretsmanager:us-east-1:111122223333:secret:userhub-header-AbCdEf"
	exampleReplaceTriggers  = "PostAuthentication=arn:aws:lambda:us-east-1:111122223333:function:userhubSignin"
	exampleKeyARN           = "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
)

// The configurations that are synthesised. Each is synthesised once, and all
// tests look at the result.
var (
	// newPool is a new pool with every default.
	newPool = sync.OnceValue(func() synthesis {
		return synthesise(map[string]any{
			"connectionId":        "conn_26yEiYymqy6ZmG",
			"userhubKeySecretArn": exampleSecretARN,
		})
	})
	// everySet is a new pool that gives every key that such a pool has, none of them
	// as by default.
	everySet = sync.OnceValue(func() synthesis {
		return synthesise(map[string]any{
			"connectionId":          "conn_26yEiYymqy6ZmG",
			"userhubKeySecretArn":   exampleSecretARN,
			"secretsKmsKeyArn":      exampleKeyARN,
			"userhubExternalId":     "sub",
			"userhubBaseUrl":        "https://userhub.example.com",
			"deliverMaxConcurrency": 50.0,
			"logRetentionDays":      "90",
			"logLevel":              "DEBUG",
			"stackName":             "poolsync-staging",
			"targetRate":            20.0,
			"targetRatePerMinute":   600.0,
			"syncSchedule":          "cron(30 3 ? * MON-FRI *)",
			"syncTimeZone":          "Europe/Berlin",
			"syncRate":              25.0,
			"syncPolicy":            "upsert-only",
			"syncGroups":            "customers, partners",
			"syncMaxBacklog":        "50",
			"removalPolicy":         "none",
			"removalLimitPercent":   0.0,
			"removalLimitCount":     1.0,
			"removalLimitFloor":     0.0,

			"webhook":                 "on",
			"webhookSigningSecretArn": exampleSigningSecretARN,
			"webhookHeaderSecretArn":  exampleHeaderSecretARN,
			"webhookCreate":           "on",
			"webhookInvite":           "on",
			"webhookUpdate":           "on",
			"webhookDelete":           "delete",
			"webhookEventBus":         "default",

			"poolFile":             "setting/newpool/testdata/everything.json",
			"userPoolDomainPrefix": "example-accounts",
			"portalDomain":         "example.userhub.app",
			"readerAccountId":      "444455556666",
			"readerExternalId":     "agreed-with-the-reader",
			"userhubKeyPolicy":     "write",
			"alarmTopicArn":        "arn:aws:sns:us-east-1:111122223333:on-call",
			"connectivityCheck":    "advisory",
		})
	})
	// switchedOff has every switch off, those of the webhook included.
	switchedOff = sync.OnceValue(func() synthesis {
		return synthesise(complete(map[string]any{
			"syncSchedule": "off", "cloudTrailEvents": "off", "connectivityCheck": "off",
			"webhook": "on", "webhookSigningSecretArn": exampleSigningSecretARN,
		}))
	})
	// attachedPool is an existing pool, with the keys that only such a pool has, and
	// other permissions than everySet: it removes who leaves a group, and disables.
	attachedPool = sync.OnceValue(func() synthesis {
		return synthesise(map[string]any{
			"connectionId":        "conn_26yEiYymqy6ZmG",
			"userhubKeySecretArn": exampleSecretARN,
			"userPoolId":          "us-east-1_EXAMPLE01",
			"userPoolSmsRoleArn":  "arn:aws:iam::111122223333:role/service-role/pool-sms",
			"replaceTriggers":     exampleReplaceTriggers,
			"portalDomain":        "example.userhub.app",
			"userhubKeyPolicy":    "read",

			"syncGroups":              "customers",
			"webhook":                 "on",
			"webhookSigningSecretArn": exampleSigningSecretARN,
			"webhookHeaderSecretArn":  exampleHeaderSecretARN,
			"webhookUpdate":           "on",
			"webhookDelete":           "disable",
		})
	})
	// manualPool is an existing pool whose owner sets the triggers, and a webhook that
	// writes nothing.
	manualPool = sync.OnceValue(func() synthesis {
		return synthesise(map[string]any{
			"connectionId":        "conn_26yEiYymqy6ZmG",
			"userhubKeySecretArn": exampleSecretARN,
			"userPoolId":          "us-east-1_EXAMPLE01",
			"attachTriggers":      "manual",

			"webhook":                 "on",
			"webhookSigningSecretArn": exampleSigningSecretARN,
		})
	})
	// local is what runs on one machine: a new pool, and a webhook that may write.
	// UserHub is told quickly, by no more processes than a laptop can run.
	local = sync.OnceValue(func() synthesis {
		return synthesise(complete(map[string]any{
			"targetRate":              100.0,
			"deliverMaxConcurrency":   2.0,
			"webhook":                 "on",
			"webhookSigningSecretArn": exampleSigningSecretARN,
			"webhookHeaderSecretArn":  exampleHeaderSecretARN,
			"webhookCreate":           "on",
			"webhookUpdate":           "on",
			"webhookDelete":           "delete",
		}))
	})
	configurations = map[string]func() synthesis{
		"new pool": newPool, "every key set": everySet, "attached pool": attachedPool, "manual pool": manualPool,
		"local": local,
	}
)

// scratch holds what the tests synthesise.
var scratch string

// asApp, in the environment, makes the test binary the app itself, so that a test
// can run it as the CDK CLI does: in a process of its own.
const asApp = "POOLSYNC_TEST_AS_APP"

func TestMain(m *testing.M) {
	if os.Getenv(asApp) != "" {
		main()
		return
	}
	var err error
	if scratch, err = os.MkdirTemp("", "poolsync-infra-"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	code := m.Run()
	jsii.Close()
	os.RemoveAll(scratch)
	os.Exit(code)
}

// synthesis is what one configuration results in.
type synthesis struct {
	template
	// context is what the configuration gives, without the CDK's own.
	context map[string]any
	// file is where the template lies.
	file string
	// findings are what cdk-nag and the CDK itself complain of.
	findings []string
}

// template is as much of a CloudFormation template as the tests look at.
type template struct {
	Resources map[string]resource
	Outputs   map[string]struct{ Value any }
}

type resource struct {
	Type           string
	Properties     map[string]any
	DeletionPolicy string
	DependsOn      []string
}

// synthesise declares the stack on a context, with empty files in place of the
// functions. No test has a use for half a result, so it panics, as the CDK does.
func synthesise(context map[string]any) synthesis {
	functions := filepath.Join(scratch, "functions")
	for _, folder := range must(os.ReadDir("../functions")) {
		bootstrap := filepath.Join(functions, folder.Name(), "bootstrap")
		check(os.MkdirAll(filepath.Dir(bootstrap), 0o755))
		check(os.WriteFile(bootstrap, nil, 0o755))
	}
	flags := featureFlags()
	// Findings are for TestNag to report, and not for Synth to panic over.
	flags["@aws-cdk/core:annotationsInValidationReport"] = false
	maps.Copy(flags, context)
	app := awscdk.NewApp(&awscdk.AppProps{
		Outdir:             jsii.String(must(os.MkdirTemp(scratch, "cdk.out-"))),
		Context:            &flags,
		AnalyticsReporting: jsii.Bool(false),
	})
	stack := newStack(app, must(parseConfig(flags)), functions)
	awscdk.Aspects_Of(app).Add(cdknag.NewAwsSolutionsChecks(&cdknag.NagPackProps{Verbose: jsii.Bool(true)}), nil)
	artifact := app.Synth(nil).GetStackArtifact(stack.ArtifactId())
	file := *artifact.TemplateFullPath()
	return synthesis{template: must(readTemplate(file)), context: context, file: file, findings: findings(artifact.Messages())}
}

func readTemplate(file string) (template, error) {
	var t template
	text, err := os.ReadFile(file)
	if err != nil {
		return t, err
	}
	return t, json.Unmarshal(text, &t)
}

// featureFlags returns the context in cdk.json.
func featureFlags() map[string]any {
	var cdk struct{ Context map[string]any }
	check(json.Unmarshal(must(os.ReadFile("../cdk.json")), &cdk))
	return cdk.Context
}

// findings returns the errors and warnings among a stack's messages. It reads them
// as JSON because their Go type is marked as deprecated.
func findings(messages any) []string {
	var all []struct {
		ID, Level string
		Entry     struct{ Data any }
	}
	check(json.Unmarshal(must(json.Marshal(messages)), &all))
	var found []string
	for _, m := range all {
		if m.Level != "INFO" {
			found = append(found, fmt.Sprintf("%s: %v", m.ID, m.Entry.Data))
		}
	}
	return found
}

// ofType returns the logical ids of the resources of one type, sorted.
func (t template) ofType(name string) []string {
	var ids []string
	for id, r := range t.Resources {
		if r.Type == name {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	return ids
}

// property returns a property of a resource by its path, such as "Code.S3Key".
func (t template) property(id, path string) any {
	var value any = t.Resources[id].Properties
	for _, name := range strings.Split(path, ".") {
		object, _ := value.(map[string]any)
		value = object[name]
	}
	return value
}

// output returns an output, with references in their short form.
func (t template) output(id string) string {
	value := t.Outputs[id].Value
	joined, _ := value.(map[string]any)["Fn::Join"].([]any)
	if len(joined) != 2 {
		return name(value)
	}
	var b strings.Builder
	for _, part := range list(joined[1]) {
		b.WriteString(name(part))
	}
	return b.String()
}

func must[T any](value T, err error) T {
	check(err)
	return value
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}
