package setting

import (
	"encoding/json"
	"reflect"
	"testing"

	"github.com/poolsync/poolsync/shared/decode"
)

// FuzzParse shows that no text makes the reader panic, and that a file that is read is
// read alike when a program has written it anew.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		`{` + theTarget + `}`, `{"pool": {"new": "a.json", "id": 1}}`, `{"targets": {"": null}}`, `{"providers": {"userhub": {}}}`,
		`{` + theTarget + `, "pool": {"new": {"clients": {"a": {"kind": "machine", "scopes": []}}, "email": {"sesIdentityArn": "arn:aws:ses:"}}}}`,
		`{` + theTarget + `, "sync": {"schedule": "cron(0 0 ? * * *)", "rate": 1e1}, "deploy": {"secretsKmsKeyArn": "arn:aws:kms:::"}}`,
		`[`, `{,}`, "{\"a\":\n'", "\xff", `{"a": 1, "a": 2}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		first, err := Parse(text)
		if err != nil {
			if _, ok := err.(Error); !ok || err.Error() == "" {
				t.Fatalf("error %v, want an Error", err)
			}
			return
		}
		tree, _, err := decode.Value(text)
		if err != nil {
			t.Fatal(err)
		}
		anew, err := json.Marshal(tree)
		if err != nil {
			t.Fatal(err)
		}
		if second, err := Parse(anew); err != nil || !reflect.DeepEqual(first, second) {
			t.Errorf("written anew as %s: got %+v, %v, want %+v", anew, second, err, first)
		}
	})
}

// FuzzFromContext shows that nothing on a command line makes the reader panic.
func FuzzFromContext(f *testing.F) {
	for path, value := range map[string]string{
		"pool.id": existingID, "pool.new": "testdata/wrong-pool.json", "targets": "a", "targets.userhub.scope.groups": ",", "": "", ".": ".", "pool..id": "a",
		"targets.userhub.keySecretArn": "arn:aws", "pool.new.clients.a.scopes[0]": "x", "pool.new.customAttributes.a.min": "-", "sync.rate": "01", "config": "testdata",
		"watch.alarmTopicArn": "arn:aws:sns:x-y-1:111122223333:a",
	} {
		f.Add(path, value)
	}
	f.Fuzz(func(t *testing.T, path, value string) {
		if _, err := FromContext(complete(map[string]any{path: value})); err != nil {
			if _, ok := err.(Error); !ok || err.Error() == "" {
				t.Fatalf("error %v, want an Error", err)
			}
		}
	})
}
