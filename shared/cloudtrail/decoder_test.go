package cloudtrail

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/poolsync/poolsync/shared/directory"
)

var update = flag.Bool("update", false, "write the golden files from what the code does now")

func newDecoder(t testing.TB) *Decoder {
	t.Helper()
	d, err := NewDecoder("us-east-1_EXAMPLE01", OwnRole{ARN: "arn:aws:iam::111122223333:role/poolsync/ScimRole", Provider: "scim"})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// events returns the fixtures by name: one event a file.
func events(t testing.TB) map[string][]byte {
	t.Helper()
	files, err := filepath.Glob("testdata/*.json")
	if err != nil {
		t.Fatal(err)
	}
	all := make(map[string][]byte, len(files))
	for _, file := range files {
		event, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		all[strings.TrimSuffix(filepath.Base(file), ".json")] = event
	}
	return all
}

func TestDecodeFixtures(t *testing.T) {
	d := newDecoder(t)
	covered := make(map[string]bool)
	for name, event := range events(t) {
		t.Run(name, func(t *testing.T) {
			result, err := d.Decode(event)
			if err != nil {
				t.Fatalf("Decode: %v", err)
			}
			covered[result.Operation] = true
			got, err := json.MarshalIndent(result, "", "  ")
			if err != nil {
				t.Fatal(err)
			}
			compareGolden(t, filepath.Join("testdata", name+".golden"), append(got, '\n'))
		})
	}
	for _, operation := range slices.Concat(Calls(), Challenges(), Pages()) {
		if !covered[operation] {
			t.Errorf("%s: want a fixture for each operation that is acted on", operation)
		}
	}
}

func compareGolden(t *testing.T, file string, got []byte) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("result differs from %s (-want +got):\n%s", file, diff)
	}
}

func TestDecodeRefuses(t *testing.T) {
	const envelope = `{"source":"aws.cognito-idp","detail-type":"AWS API Call via CloudTrail","detail":`
	tests := []struct {
		name string
		in   string
		want error
	}{
		{"nothing", ``, ErrMalformed},
		{"cut short", envelope + `{"eventName":"DeleteUser"`, ErrMalformed},
		{"two values", `{} {}`, ErrMalformed},
		{"too deep", strings.Repeat(`{"detail":`, 100_000), ErrMalformed},
		{"no time", envelope + `{"eventName":"DeleteUser","additionalEventData":{"sub":"84e844c8-3041-70aa-1111-0123456789ab"}}}`, ErrMalformed},
		{"a change of ours", `{"v":1,"kind":"changed"}`, ErrNotEvent},
		{"no type", `{"source":"aws.cognito-idp","detail":{"eventName":"DeleteUser"}}`, ErrNotEvent},
		{"no detail", `{"source":"aws.cognito-idp","detail-type":"AWS API Call via CloudTrail","detail":null}`, ErrNotEvent},
		{"null", `null`, ErrNotEvent},
		{"an array", `[1,2]`, ErrNotEvent},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := newDecoder(t).Decode([]byte(test.in))
			if !errors.Is(err, test.want) || !cmp.Equal(got, Result{}) {
				t.Errorf("got %v, %v; want %v", got, err, test.want)
			}
		})
	}
}

// Our own write is recognised by either of the places that name the role: each must
// work without the other.
func TestOwnWriteByIssuer(t *testing.T) {
	event := bytes.ReplaceAll(events(t)["own-role-AdminUpdateUserAttributes"], []byte(`"arn:aws:sts::`), []byte(`"arn:aws:other::`))
	if got, err := newDecoder(t).Decode(event); err != nil || got.Change.By != "scim" {
		t.Errorf("got %+v, %v; want a change by scim", got, err)
	}
}

// An identifier that is not of CloudTrail's form is replaced, so that it cannot
// carry anything into a log.
func TestDecodeReplacesOddID(t *testing.T) {
	event := bytes.Replace(events(t)["AdminEnableUser"], []byte(`"eventID": "3`), []byte(`"eventID": "?3`), 1)
	got, err := newDecoder(t).Decode(event)
	if err != nil || got.Change.ID == "" || strings.Contains(got.Change.ID, "?") {
		t.Errorf("got ID %q, %v; want a random one", got.Change.ID, err)
	}
}

func TestNewDecoder(t *testing.T) {
	tests := []struct {
		name string
		role string
		want bool
	}{
		{"role", "arn:aws:iam::111122223333:role/IngestRole", true},
		{"role with path", "arn:aws:iam::111122223333:role/a/b/IngestRole", true},
		{"China", "arn:aws-cn:iam::111122223333:role/IngestRole", true},
		{"session", "arn:aws:sts::111122223333:assumed-role/IngestRole/session", false},
		{"user", "arn:aws:iam::111122223333:user/jane", false},
		{"name", "IngestRole", false},
		{"nothing", "", false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if _, err := NewDecoder("us-east-1_EXAMPLE01", OwnRole{ARN: test.role}); (err == nil) != test.want {
				t.Errorf("NewDecoder(%q) = %v, want accepted: %v", test.role, err, test.want)
			}
		})
	}
}

// A rule's pattern compares page names without case, so two that differ only in
// case would be one too many; and a name in both lists would be ambiguous.
func TestNamesAreDistinct(t *testing.T) {
	seen := make(map[string]bool)
	for _, name := range slices.Concat(Calls(), Challenges(), Pages()) {
		if seen[strings.ToLower(name)] {
			t.Errorf("%s appears twice", name)
		}
		seen[strings.ToLower(name)] = true
	}
}

func FuzzDecode(f *testing.F) {
	for _, event := range events(f) {
		f.Add(event)
	}
	f.Add([]byte(`{"source":"aws.cognito-idp","detail-type":["AWS API Call via CloudTrail"],"detail":{"eventName":"DeleteUser"}}`))
	d := newDecoder(f)
	f.Fuzz(func(t *testing.T, message []byte) {
		got, err := d.Decode(message)
		switch {
		case err != nil:
			if !errors.Is(err, ErrMalformed) && !errors.Is(err, ErrNotEvent) {
				t.Errorf("got error %v, want one of the declared", err)
			}
			if len(err.Error()) > 100 {
				t.Errorf("got an error of %d bytes, want one that repeats nothing", len(err.Error()))
			}
		case got.Ignored != "":
			if !cmp.Equal(got.Change, directory.Change{}) {
				t.Errorf("got %v with a change, want either", got.Ignored)
			}
		default:
			checkHint(t, got.Change)
		}
	})
}

// checkHint checks that a decoded change keeps what [Result] promises.
func checkHint(t *testing.T, c directory.Change) {
	t.Helper()
	if err := c.Validate(); err != nil {
		t.Errorf("got an invalid change: %v", err)
	}
	if !uuid.MatchString(c.Sub) {
		t.Errorf("got sub %q, want a UUID", c.Sub)
	}
	if c.Kind != directory.Changed && c.Kind != directory.Removed {
		t.Errorf("got kind %q, want a hint of change or removal", c.Kind)
	}
	if c.Origin != directory.CloudTrail || c.Username != "" || c.User != nil {
		t.Errorf("got origin %q, user name %q, user %v; want a bare hint", c.Origin, c.Username, c.User)
	}
}

func BenchmarkDecode(b *testing.B) {
	d, event := newDecoder(b), events(b)["AdminCreateUser"]
	for b.Loop() {
		if _, err := d.Decode(event); err != nil {
			b.Fatal(err)
		}
	}
}
