package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/jsii-runtime-go"
	"github.com/cdklabs/cdk-nag-go/cdknag/v2"

	"github.com/poolsync/poolsync/infra/setting"
)

const (
	exampleSecretARN        = "arn:aws:secretsmanager:us-east-1:111122223333:secret:userhub-key-AbCdEf"
	exampleSigningSecretARN = "arn:aws:secretsmanager:us-east-1:111122223333:secret:userhub-signing-AbCdEf"
	exampleHeaderSecretARN  = "arn:aws:secretsmanager:us-east-1:111122223333:secret:userhub-header-AbCdEf"
)

// The settings that the tests synthesise. Each is synthesised once, for all tests.
var (
	// newPool is a new pool with every default.
	newPool = deployment(example("new-pool"), nil)
	// everySet is a new pool with every setting that such a pool has, where possible not at
	// its default.
	everySet = deployment(example("everything"), nil)
	// switchedOff has every switch off, including the webhook's.
	switchedOff = deployment(example("new-pool"), map[string]string{
		"sync.schedule": "off", "events.cloudTrail": "false", "deploy.connectivityCheck": "off",
		"providers.userhub.signingSecretArn": exampleSigningSecretARN,
	})
	// attachedPool is an existing pool, with the settings that only such a pool has. Its
	// permissions differ from everySet's: it removes users who leave a group, and disables.
	attachedPool = deployment("testdata/attached-pool.json", nil)
	// manualPool is an existing pool whose owner sets the triggers, and a webhook that
	// writes nothing.
	manualPool = deployment("testdata/manual-pool.json", nil)
	// local is what runs on one machine: a new pool, and a webhook that may write. It
	// delivers quickly, with no more processes than a laptop can run.
	local = deployment("testdata/local.json", nil)

	configurations = map[string]func() synthesis{
		"new pool": newPool, "everything": everySet, "attached pool": attachedPool, "manual pool": manualPool,
		"local": local,
	}
)

// example returns the file of an example in the documents.
func example(name string) string { return "docs/examples/" + name + ".json" }

// deployment synthesises the settings in a file, some overridden on the command line.
func deployment(file string, overrides map[string]string) func() synthesis {
	return sync.OnceValue(func() synthesis { return synthesise(must(setting.Read(file, overrides))) })
}

// scratch is the folder that the tests synthesise into.
var scratch string

// asApp is an environment variable that turns the test binary into the app, so that a
// test can run it as the CDK CLI does: in a separate process.
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

// synthesis is the result for one configuration.
type synthesis struct {
	template
	// file is where the template lies.
	file string
	// findings are what cdk-nag and the CDK itself complain of.
	findings []string
}

// template is the part of a CloudFormation template that the tests look at.
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

// synthesise declares the stack from settings, with empty files in place of the
// functions. No test could use half a result, so it panics, as the CDK does.
func synthesise(settings setting.Settings) synthesis {
	flags := featureFlags()
	// TestNag reports the findings; Synth must not panic over them.
	flags["@aws-cdk/core:annotationsInValidationReport"] = false
	app := awscdk.NewApp(&awscdk.AppProps{
		Outdir:             jsii.String(must(os.MkdirTemp(scratch, "cdk.out-"))),
		Context:            &flags,
		AnalyticsReporting: jsii.Bool(false),
	})
	stack, _ := newStack(app, settings, emptyFunctions())
	awscdk.Aspects_Of(app).Add(cdknag.NewAwsSolutionsChecks(&cdknag.NagPackProps{Verbose: jsii.Bool(true)}), nil)
	artifact := app.Synth(nil).GetStackArtifact(stack.ArtifactId())
	file := *artifact.TemplateFullPath()
	return synthesis{template: must(readTemplate(file)), file: file, findings: findings(artifact.Messages())}
}

// emptyFunctions returns a folder with an empty file in place of each function.
func emptyFunctions() string {
	functions := filepath.Join(scratch, "functions")
	for _, folder := range must(os.ReadDir("../functions")) {
		bootstrap := filepath.Join(functions, folder.Name(), "bootstrap")
		check(os.MkdirAll(filepath.Dir(bootstrap), 0o755))
		check(os.WriteFile(bootstrap, nil, 0o755))
	}
	return functions
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
// as JSON because their Go type is deprecated.
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
