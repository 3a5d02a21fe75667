package main

import (
	"bytes"
	"encoding/json"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/poolsync/poolsync/infra/connectivity"
)

// smallest is the fewest settings possible, on the command line.
var smallest = map[string]any{
	"targets.userhub.type":         "userhub",
	"targets.userhub.connectionId": "conn_26yEiYymqy6ZmG",
	"targets.userhub.keySecretArn": exampleSecretARN,
}

// runApp runs the app in the folder root, as the CDK CLI does. It returns the folder
// that the app wrote to and what it printed.
func runApp(t *testing.T, root string, context map[string]any) (out, said string, err error) {
	t.Helper()
	all := featureFlags()
	maps.Copy(all, context)
	text, err := json.Marshal(all)
	if err != nil {
		t.Fatal(err)
	}
	app, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	out = t.TempDir()
	cmd := exec.CommandContext(t.Context(), app)
	cmd.Dir = root
	cmd.Env = append(os.Environ(), asApp+"=1", "CDK_OUTDIR="+out, "CDK_CONTEXT_JSON="+string(text))
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	err = cmd.Run()
	return out, stderr.String(), err
}

// TestAppIsReproducible runs the app on two copies of the sources in different places.
// Both templates have the same assets and the same invocation of the check.
func TestAppIsReproducible(t *testing.T) {
	first, second := assets(t), assets(t)
	if len(first) == 0 {
		t.Fatal("no function has an asset")
	}
	if diff := cmp.Diff(first, second); diff != "" {
		t.Errorf("the same sources gave different assets: -first +second\n%s", diff)
	}
}

// assets runs the app on a copy of the sources, and returns what depends on their
// contents: each function's asset, and the invocation of the check.
func assets(t *testing.T) map[string]any {
	root := t.TempDir()
	for _, folder := range []string{"functions", "shared"} {
		if err := os.CopyFS(filepath.Join(root, folder), os.DirFS("../"+folder)); err != nil {
			t.Fatal(err)
		}
	}
	for _, file := range []string{"go.mod", "go.sum"} {
		text, err := os.ReadFile("../" + file)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(root, file), text, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	out, said, err := runApp(t, root, smallest)
	if err != nil {
		t.Fatalf("%v\n%s", err, said)
	}
	result, err := readTemplate(filepath.Join(out, "poolsync.template.json"))
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]any{}
	for _, id := range result.ofType("AWS::Lambda::Function") {
		found[id] = result.property(id, "Code.S3Key")
	}
	for _, id := range result.ofType("Custom::" + connectivity.RunName) {
		found[id] = result.Resources[id].Type
	}
	return found
}

// TestAppExplainsItself shows that a mistake ends the app before it builds anything:
// the folder that it runs in has nothing to build.
func TestAppExplainsItself(t *testing.T) {
	_, said, err := runApp(t, t.TempDir(), nil)
	if err == nil || !strings.Contains(said, "targets is missing") {
		t.Errorf("the app ended with %v and printed\n%s", err, said)
	}
}

// TestAppTakesBuiltFunctions shows that the app deploys the functions that it is given,
// as a rehearsal does: the folder that it runs in has nothing to build.
func TestAppTakesBuiltFunctions(t *testing.T) {
	functions := t.TempDir()
	for _, folder := range must(os.ReadDir("../functions")) {
		bootstrap := filepath.Join(functions, folder.Name(), "bootstrap")
		check(os.MkdirAll(filepath.Dir(bootstrap), 0o755))
		check(os.WriteFile(bootstrap, []byte("built for this machine"), 0o755))
	}
	t.Setenv(builtFunctions, functions)
	out, said, err := runApp(t, t.TempDir(), smallest)
	if err != nil {
		t.Fatalf("%v\n%s", err, said)
	}
	assets, err := filepath.Glob(filepath.Join(out, "asset.*", "bootstrap"))
	if err != nil || len(assets) == 0 {
		t.Fatalf("%d functions, %v", len(assets), err)
	}
	for _, asset := range assets {
		if text := string(must(os.ReadFile(asset))); text != "built for this machine" {
			t.Errorf("%s holds %q", asset, text)
		}
	}
}
