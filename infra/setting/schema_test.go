package setting

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/poolsync/poolsync/infra/local/golden"
)

const schemaFile = "../docs/settings.schema.json"

// TestSchemaIsWritten shows every change to the schema in review.
func TestSchemaIsWritten(t *testing.T) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(Schema()); err != nil {
		t.Fatal(err)
	}
	golden.Compare(t, schemaFile, b.String())
}

// compile returns the schema that is written. The compiler first holds it against the
// metaschema of its dialect.
func compile(t *testing.T) *jsonschema.Schema {
	t.Helper()
	schema, err := jsonschema.NewCompiler().Compile(schemaFile)
	if err != nil {
		t.Fatal(err)
	}
	if want := "https://json-schema.org/draft/2020-12/schema"; jsonValue(t, readText(t, schemaFile)).(map[string]any)["$schema"] != want {
		t.Errorf("the schema is not one of %s", want)
	}
	return schema
}

func jsonValue(t *testing.T, text string) any {
	t.Helper()
	value, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return value
}

// TestSchemaAcceptsExamples shows that an editor finds nothing wrong with the examples,
// and something with the files that the reader refuses.
func TestSchemaAcceptsExamples(t *testing.T) {
	schema := compile(t)
	for _, file := range examples(t) {
		if err := schema.Validate(jsonValue(t, readText(t, file))); err != nil {
			t.Errorf("%s: %v", file, err)
		}
	}
	if schema.Validate(jsonValue(t, readText(t, "testdata/wrong.json"))) == nil {
		t.Error("testdata/wrong.json is accepted")
	}
}

// TestSchemaAgrees shows that the schema refuses nothing that is read, and all that is
// wrong with a value by itself.
func TestSchemaAgrees(t *testing.T) {
	schema := compile(t)
	const refused, byReaderOnly, accepted = "refused", "refused by the reader only", "accepted"
	for _, tt := range []struct{ name, in, want string }{
		{"minimal", `{` + theTarget + `}`, accepted},
		{"schema", `{"$schema": "a", ` + theTarget + `}`, accepted},
		{"webhook", `{` + theTarget + `, "providers": {"userhub": {"signingSecretArn": "` + signing + `", "create": true, "delete": "off"}}}`, accepted},
		{"new pool", `{` + theTarget + `, "pool": {"new": {"clients": {"web": {"kind": "server"}}, "tags": {"a": "b"}}}}`, accepted},
		{"schedule off", `{` + theTarget + `, "sync": {"schedule": "off", "timeZone": "Europe/Berlin"}}`, accepted},
		{"cron", `{` + theTarget + `, "sync": {"schedule": "cron(0/15 3 ? * MON#2 *)"}}`, accepted},
		{"account with hyphens", `{` + theTarget + `, "pool": {"access": {"reader": {"accountId": "4444-5555-6666", "externalId": "ab"}}}}`, accepted},
		{"groups", `{"targets": {"a": {"type": "userhub", "connectionId": "c", "keySecretArn": "` + secret + `", "scope": {"groups": ["a", "Größe"]}}}}`, accepted},

		{"list", `[]`, refused},
		{"nothing", `{}`, refused},
		{"no target", `{"targets": {}}`, refused},
		{"one target twice", `{"targets": {"a": {"type": "userhub", "connectionId": "c", "keySecretArn": "` + secret + `"}, "b": {"type": "userhub", "connectionId": "c", "keySecretArn": "` + secret + `"}}}`, byReaderOnly},
		{"two targets", `{"targets": {"a": {"type": "userhub", "connectionId": "c", "keySecretArn": "` + secret + `"}, "b": {"type": "bus", "bus": "default", "attributes": ["*"]}}}`, accepted},
		{"a bus without a bus", `{"targets": {"b": {"type": "bus"}}}`, refused},
		{"a bus's connection", `{"targets": {"b": {"type": "bus", "bus": "default", "connectionId": "c"}}}`, refused},
		{"six targets", `{"targets": {"a": {"type": "bus", "bus": "a"}, "b": {"type": "bus", "bus": "b"}, "c": {"type": "bus", "bus": "c"}, "d": {"type": "bus", "bus": "d"}, "e": {"type": "bus", "bus": "e"}, "f": {"type": "bus", "bus": "f"}}}`, refused},
		{"target's name", `{"targets": {"A": {"type": "userhub", "connectionId": "c", "keySecretArn": "` + secret + `"}}}`, refused},
		{"target without a type", `{"targets": {"a": {"connectionId": "c", "keySecretArn": "` + secret + `"}}}`, refused},
		{"secret itself", `{"targets": {"a": {"type": "userhub", "connectionId": "c", "keySecretArn": "secret"}}}`, refused},
		{"nobody", `{"targets": {"a": {"type": "userhub", "connectionId": "c", "keySecretArn": "` + secret + `", "scope": {"groups": []}}}}`, refused},
		{"group twice", `{"targets": {"a": {"type": "userhub", "connectionId": "c", "keySecretArn": "` + secret + `", "scope": {"groups": ["a", "a"]}}}}`, refused},
		{"schema that is no text", `{"$schema": 1, ` + theTarget + `}`, refused},
		{"schema further down", `{` + theTarget + `, "sync": {"$schema": "a"}}`, refused},
		{"unknown section", `{` + theTarget + `, "snyc": {}}`, refused},
		{"unknown setting", `{` + theTarget + `, "sync": {"speed": 1}}`, refused},
		{"text for true", `{` + theTarget + `, "events": {"cloudTrail": "true"}}`, refused},
		{"text for a number", `{` + theTarget + `, "sync": {"rate": "20"}}`, refused},
		{"fraction", `{` + theTarget + `, "sync": {"rate": 1.5}}`, refused},
		{"out of range", `{` + theTarget + `, "sync": {"rate": 31}}`, refused},
		{"null", `{` + theTarget + `, "sync": {"rate": null}}`, refused},
		{"blank", `{` + theTarget + `, "sync": {"timeZone": " "}}`, refused},
		{"retention", `{` + theTarget + `, "watch": {"logRetentionDays": 8}}`, refused},
		{"quoted schedule", `{` + theTarget + `, "sync": {"schedule": "'rate(1 hour)'"}}`, refused},
		{"pool's ARN", `{` + theTarget + `, "pool": {"id": "arn:aws:cognito-idp:us-east-1:111122223333:userpool/us-east-1_EXAMPLE01"}}`, refused},
		{"webhook without a secret", `{` + theTarget + `, "providers": {"userhub": {}}}`, refused},
		{"webhook as true", `{` + theTarget + `, "providers": {"userhub": true}}`, refused},
		{"client without a kind", `{` + theTarget + `, "pool": {"new": {"clients": {"web": {}}}}}`, refused},
		{"new pool as a number", `{` + theTarget + `, "pool": {"new": 5}}`, refused},
		{"new pool as a blank", `{` + theTarget + `, "pool": {"new": " "}}`, refused},

		{"key for a connection", `{"targets": {"a": {"type": "userhub", "connectionId": "sk_example", "keySecretArn": "` + secret + `"}}}`, byReaderOnly},
		{"twice", `{` + theTarget + `, "sync": {"rate": 1, "rate": 2}}`, byReaderOnly},
		{"number with a point", `{` + theTarget + `, "sync": {"rate": 20.0}}`, byReaderOnly},
		{"often", `{` + theTarget + `, "sync": {"schedule": "rate(1 minute)"}}`, byReaderOnly},
		{"two days", `{` + theTarget + `, "sync": {"schedule": "cron(30 3 * * * *)"}}`, byReaderOnly},
		{"time zone", `{` + theTarget + `, "sync": {"timeZone": "Berlin"}}`, byReaderOnly},
		{"reserved word", `{` + theTarget + `, "pool": {"domainPrefix": "my-aws-pool"}}`, byReaderOnly},
		{"short external id", `{` + theTarget + `, "pool": {"access": {"reader": {"accountId": "444455556666", "externalId": "a"}}}}`, byReaderOnly},
		{"both pools", `{` + theTarget + `, "pool": {"id": "us-east-1_EXAMPLE01", "new": {}}}`, byReaderOnly},
		{"a Region that is not", `{` + theTarget + `, "pool": {"id": "us-esat-1_EXAMPLE01"}}`, byReaderOnly},
		{"file that is not", `{` + theTarget + `, "pool": {"new": "testdata/none.json"}}`, byReaderOnly},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, reading := Parse([]byte(tt.in))
			invalid := schema.Validate(jsonValue(t, tt.in))
			got := accepted
			switch {
			case reading != nil && invalid != nil:
				got = refused
			case reading != nil:
				got = byReaderOnly
			case invalid != nil:
				got = "refused by the schema only"
			}
			if got != tt.want {
				t.Errorf("it is %s, want %s; reader: %v; schema: %v", got, tt.want, reading, invalid)
			}
		})
	}
}

// TestPatternsAreECMAScript shows that editors, which read a pattern as ECMAScript, can:
// Node compiles each as JSON Schema recommends, and agrees with Go on the examples.
func TestPatternsAreECMAScript(t *testing.T) {
	const program = `
const walk = (node, found) => {
	if (node && typeof node === "object") {
		if (typeof node.pattern === "string") found.push([node.pattern, node.examples || (node.default ? [node.default] : [])]);
		Object.values(node).forEach(inner => walk(inner, found));
	}
	return found;
};
const found = walk(JSON.parse(require("fs").readFileSync(process.argv[1], "utf8")), []);
for (const [pattern, examples] of found)
	for (const example of examples)
		if (!new RegExp(pattern, "u").test(example)) throw new Error(pattern + " does not match " + example);
for (const [pattern] of found) new RegExp(pattern, "u");
console.log(found.length);
`
	out, err := exec.Command("node", "-e", program, schemaFile).CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	if count := strings.TrimSpace(string(out)); len(count) < 2 {
		t.Errorf("node has looked at %s patterns, want more", count)
	}
}

// examples returns the files in docs/examples.
func examples(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob("../docs/examples/*.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("%d examples, %v", len(files), err)
	}
	for _, file := range files {
		if _, err := os.Stat(filepath.Join(filepath.Dir(file), jsonValue(t, readText(t, file)).(map[string]any)["$schema"].(string))); err != nil {
			t.Errorf("%s: its schema: %v", file, err)
		}
	}
	return files
}
