package queue

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/poolsync/poolsync/shared/directory"
)

const sub = "84e844c8-3041-70aa-1111-0123456789ab"

func change() directory.Change {
	return directory.Change{
		ID:         "0123456789abcdef0123456789abcdef",
		Kind:       directory.SignIn,
		Sub:        sub,
		Username:   "jane",
		ObservedAt: time.Date(2026, 5, 1, 10, 0, 0, 123_000_000, time.UTC),
		Origin:     directory.Trigger,
		User: &directory.User{
			Sub: sub, Username: "jane", Enabled: true, Status: "CONFIRMED",
			Attributes: map[string]string{"email": "jane@example.com"},
		},
	}
}

func TestEnvelopeRoundTrip(t *testing.T) {
	bare := change()
	bare.User, bare.Username = nil, ""
	written := change()
	written.Origin, written.WrittenAt = directory.CloudTrail, written.ObservedAt.Add(-time.Minute)
	again := directory.Change{
		Kind: directory.Changed, Sub: sub, ObservedAt: written.WrittenAt, WrittenAt: written.WrittenAt,
		Origin: directory.CloudTrail, Pool: "us-east-1_EXAMPLE01", Again: "scim:0123456789abcdef",
	}
	gone := directory.Change{
		Kind: directory.Removed, Sub: sub, Username: "jane", ObservedAt: change().ObservedAt,
		Origin: directory.Webhook, Pool: "us-east-1_EXAMPLE01", By: "userhub", Gone: true,
	}
	elsewhere := change()
	elsewhere.ObservedAt = elsewhere.ObservedAt.In(time.FixedZone("UTC+2", 2*60*60))

	for _, tt := range []struct {
		name     string
		in, want directory.Change
	}{
		{"with a snapshot", change(), change()},
		{"without a snapshot", bare, bare},
		{"the proof of an absence", gone, gone},
		{"what an event brought about", written, written},
		{"a second look", again, again},
		{"another time zone becomes UTC", elsewhere, change()},
	} {
		t.Run(tt.name, func(t *testing.T) {
			body, err := Encode(tt.in)
			if err != nil {
				t.Fatal(err)
			}
			got, err := Decode(body)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("Decode(Encode(c)): -want +got\n%s", diff)
			}
		})
	}
}

// TestEnvelopeWireFormat pins the bytes: messages outlive a deployment.
func TestEnvelopeWireFormat(t *testing.T) {
	got, err := Encode(change())
	if err != nil {
		t.Fatal(err)
	}
	const want = `{"v":1,"id":"0123456789abcdef0123456789abcdef","kind":"signin",` +
		`"sub":"84e844c8-3041-70aa-1111-0123456789ab","username":"jane",` +
		`"observedAt":"2026-05-01T10:00:00.123Z","origin":"trigger",` +
		`"user":{"sub":"84e844c8-3041-70aa-1111-0123456789ab","username":"jane",` +
		`"enabled":true,"status":"CONFIRMED","attributes":{"email":"jane@example.com"}}}`
	if string(got) != want {
		t.Errorf("Encode:\ngot  %s\nwant %s", got, want)
	}
}

// TestEncodeAnyText holds that every attribute can travel: SQS takes the characters of
// XML only, and one user must not keep a whole batch from being queued.
func TestEncodeAnyText(t *testing.T) {
	c := change()
	c.User.Attributes["name"] = "\x00\x1f\uFFFD\uFFFE\uFFFF\U0001FFFE\xff<&>"
	body, err := Encode(c)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range string(body) {
		if r < ' ' || r == '\uFFFE' || r == '\uFFFF' {
			t.Errorf("the message holds %U, which SQS refuses", r)
		}
	}
	got, err := Decode(body)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := got.User.Attributes["name"], "\x00\x1f\uFFFD\uFFFE\uFFFF\U0001FFFE\uFFFD<&>"; got != want {
		t.Errorf("the attribute arrives as %q, want %q", got, want)
	}
}

func TestDecodeRefuses(t *testing.T) {
	const good = `"v":1,"kind":"signin","sub":"s","observedAt":"2026-05-01T10:00:00Z","origin":"trigger"`
	for _, tt := range []struct{ name, in, want string }{
		{"nothing", ``, "not JSON at byte 0"},
		{"no JSON", `{"v":1`, "not JSON at byte 6"},
		{"not an object", `"secret"`, "want a"},
		{"no version", `{"kind":"signin"}`, "v: want 1"},
		{"a later version", `{"v":2}`, "v: want 1"},
		{"unknown kind", `{"v":1,"kind":"renamed"}`, "kind: want"},
		{"unknown origin", `{"v":1,"kind":"signin","origin":"moon"}`, "origin: want"},
		{"no sub", `{"v":1,"kind":"signin","origin":"trigger","observedAt":"2026-05-01T12:00:00Z"}`, "sub: missing"},
		{"no time", `{"v":1,"kind":"signin","origin":"trigger","sub":"s"}`, "observedAt: missing"},
		{"time without a form in UTC", `{"v":1,"kind":"signin","origin":"trigger","sub":"s","observedAt":"0000-01-01T00:00:00+00:10"}`, "observedAt: the year is not one from 0 to 9999"},
		{"bad time", `{"v":1,"observedAt":"jane@example.com"}`, "not a JSON object of this form"},
		{"wrong type", `{"v":1,"username":["jane@example.com"]}`, "username: want a string"},
		{"another user's snapshot", `{` + good + `,"user":{"sub":"t"}}`, "user.sub: differs"},
		{"a snapshot of another name", `{` + good + `,"user":{"sub":"s","username":"jane@example.com"}}`, "user.username: differs"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := Decode([]byte(tt.in))
			if !errors.Is(err, ErrMalformed) {
				t.Fatalf("Decode error = %v, want ErrMalformed", err)
			}
			if !strings.Contains(err.Error(), tt.want) {
				t.Errorf("Decode error = %q, want it to contain %q", err, tt.want)
			}
			if strings.Contains(err.Error(), "jane") || strings.Contains(err.Error(), "secret") {
				t.Errorf("Decode error %q repeats a value of the message", err)
			}
		})
	}
}

func TestDecodeIgnoresUnknownFields(t *testing.T) {
	got, err := Decode([]byte(`{"v":1,"kind":"changed","sub":"s","observedAt":"2026-05-01T10:00:00Z","origin":"sync","colour":"blue"}`))
	if err != nil {
		t.Fatal(err)
	}
	if got.Kind != directory.Changed || got.Sub != "s" {
		t.Errorf("Decode = %+v", got)
	}
}
