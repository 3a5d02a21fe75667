package main

import (
	"encoding/json"
	"flag"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the golden files and the documents' tables anew")

// assetHash is how the CDK names what it uploads: after its contents.
var assetHash = regexp.MustCompile(`[0-9a-f]{64}`)

// checkRunName is how the invocation of the check is named: after all the rest.
var checkRunName = regexp.MustCompile(checkRun + `[0-9a-f]{12}`)

// TestGoldenTemplate shows every change to the templates in review. The local
// stack reads the golden files too, and the rehearsal deploys the contexts beside
// them.
func TestGoldenTemplate(t *testing.T) {
	for name, configuration := range configurations {
		t.Run(name, func(t *testing.T) {
			text, err := os.ReadFile(configuration().file)
			if err != nil {
				t.Fatal(err)
			}
			stem := "testdata/" + strings.ReplaceAll(name, " ", "-")
			file := stem + ".golden.json"
			got := checkRunName.ReplaceAllString(assetHash.ReplaceAllString(sorted(text), "ASSET"), checkRun)
			compareGolden(t, file, got)
			context := must(json.MarshalIndent(configuration().context, "", "  "))
			compareGolden(t, stem+".context.json", string(context)+"\n")
		})
	}
}

// sorted returns a template with its members in the order of their names. The order that
// the CDK gives them follows the arrangement of our code, and means nothing.
func sorted(text []byte) string {
	var template any
	check(json.Unmarshal(text, &template))
	var b strings.Builder
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", " ")
	check(encoder.Encode(template))
	return b.String()
}

// compareGolden compares got with a file, or writes the file if that is asked for.
func compareGolden(t *testing.T, file, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(got, "\n")); diff != "" {
		t.Errorf("%s differs; accept it by go test ./infra -update: -want +got\n%s", file, diff)
	}
}

// compareDocument compares a table with what a document has between two marks, or
// writes it there if that is asked for.
func compareDocument(t *testing.T, document, mark, want string) {
	t.Helper()
	text, err := os.ReadFile(document)
	if err != nil {
		t.Fatal(err)
	}
	begin, end := "<!-- "+mark+":begin -->\n", "<!-- "+mark+":end -->"
	before, rest, begins := strings.Cut(string(text), begin)
	table, after, ends := strings.Cut(rest, end)
	if !begins || !ends {
		t.Fatalf("%s has no table between %q and %q", document, begin, end)
	}
	if *update {
		table = want
		if err := os.WriteFile(document, []byte(before+begin+table+end+after), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff(want, table); diff != "" {
		t.Errorf("the table in %s is old; renew it by go test ./infra -update: -want +got\n%s", document, diff)
	}
}

// TestNag runs cdk-nag's AwsSolutions rules. What they find and we mean is
// suppressed, with the reason, where the resource is declared.
func TestNag(t *testing.T) {
	for name, configuration := range configurations {
		t.Run(name, func(t *testing.T) {
			for _, finding := range configuration().findings {
				t.Error(finding)
			}
		})
	}
}

func TestCfnLint(t *testing.T) {
	const cfnLint = "../.local/venv/bin/cfn-lint"
	if _, err := os.Stat(cfnLint); err != nil {
		t.Fatalf("cfn-lint is not installed: `make venv` installs it under .local/venv")
	}
	for name, configuration := range configurations {
		t.Run(name, func(t *testing.T) {
			// W3005: the CDK states dependencies that a reference implies already.
			// E3601: takes a definition with substitutions for the final one, and does
			// not know that a Succeed state can have an OutputPath.
			out, err := exec.Command(cfnLint, "--ignore-checks", "W3005", "E3601", "--", configuration().file).CombinedOutput()
			if err != nil {
				t.Errorf("cfn-lint: %v\n%s", err, out)
			}
		})
	}
}
