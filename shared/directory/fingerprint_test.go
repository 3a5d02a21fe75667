package directory

import (
	"errors"
	"maps"
	"strings"
	"testing"
)

// TestFingerprintGolden pins fingerprints to their bytes: the ledger outlives a
// deployment, and a fingerprint that changes by accident sends everyone again.
func TestFingerprintGolden(t *testing.T) {
	for _, tt := range []struct {
		name    string
		version uint8
		fields  map[string]string
		want    string
	}{
		{"no fields", 1, nil,
			"1:e3b0c44298fc1c149afbf4c8996fb924"},
		{"one field", 1, map[string]string{"email": "jane@example.com"},
			"1:364a6b625355945afedc8730d5f55590"},
		{"several fields", 1, map[string]string{"email": "jane@example.com", "disabled": "false", "name": "Jané"},
			"1:05aa86e47e8dcc2b51983801575ad7a5"},
		{"another version", 7, map[string]string{"email": "jane@example.com"},
			"7:364a6b625355945afedc8730d5f55590"},
		{"a value longer than a one-byte length", 255, map[string]string{"bio": strings.Repeat("x", 2048)},
			"255:28b6abbbd2a10c49bcf4b9b1dfa33781"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := NewFingerprint(tt.version, tt.fields).String(); got != tt.want {
				t.Errorf("NewFingerprint(%d, %v) = %q, want %q", tt.version, tt.fields, got, tt.want)
			}
		})
	}
}

func TestFingerprintEqual(t *testing.T) {
	fields := map[string]string{"a": "1", "b": "2", "c": "3", "d": "4", "e": "5"}
	want := NewFingerprint(1, fields)

	blank := maps.Clone(fields)
	blank["f"], blank["g"] = "", ""
	if got := NewFingerprint(1, blank); got != want {
		t.Errorf("with blank fields = %v, want %v: blank is absent", got, want)
	}
	// A map is iterated in another order each time, and filled in another here.
	for range 100 {
		other := make(map[string]string)
		for name, value := range fields {
			other[name] = value
		}
		if got := NewFingerprint(1, other); got != want {
			t.Fatalf("in another order = %v, want %v", got, want)
		}
	}
}

// TestFingerprintDistinct compares sets of fields that would collide if names and
// values were joined carelessly.
func TestFingerprintDistinct(t *testing.T) {
	seen := make(map[Fingerprint]string)
	for _, tt := range []struct {
		name    string
		version uint8
		fields  map[string]string
	}{
		{"nothing", 1, nil},
		{"nothing, next version", 2, nil},
		{"name and value", 1, map[string]string{"ab": "cd"}},
		{"next version", 2, map[string]string{"ab": "cd"}},
		{"name takes from value", 1, map[string]string{"abc": "d"}},
		{"value takes from name", 1, map[string]string{"a": "bcd"}},
		{"two fields", 1, map[string]string{"a": "b", "c": "d"}},
		{"values swapped", 1, map[string]string{"a": "d", "c": "b"}},
		{"value holds the next field", 1, map[string]string{"a": "b\x01c\x01d"}},
		{"value holds a separator", 1, map[string]string{"a": "b\x00c\x00d"}},
		{"value holds an equals sign", 1, map[string]string{"a": "b=c"}},
		{"name holds an equals sign", 1, map[string]string{"a=b": "c"}},
		{"value is a space", 1, map[string]string{"a": " "}},
		{"name is blank", 1, map[string]string{"": "a"}},
		{"case of a value", 1, map[string]string{"ab": "CD"}},
		{"case of a name", 1, map[string]string{"AB": "cd"}},
	} {
		f := NewFingerprint(tt.version, tt.fields)
		if f.IsZero() {
			t.Errorf("%s: the fingerprint is the zero value", tt.name)
		}
		if other, ok := seen[f]; ok {
			t.Errorf("%s and %s have the same fingerprint", tt.name, other)
		}
		seen[f] = tt.name
	}
}

func TestParseFingerprint(t *testing.T) {
	const digest = "e3b0c44298fc1c149afbf4c8996fb924"
	for _, tt := range []struct {
		name, in string
		want     error
	}{
		{"none", "", nil},
		{"a fingerprint", "1:" + digest, nil},
		{"the highest version", "255:" + digest, nil},
		{"no version", digest, ErrFingerprint},
		{"blank version", ":" + digest, ErrFingerprint},
		{"version too high", "256:" + digest, ErrFingerprint},
		{"negative version", "-1:" + digest, ErrFingerprint},
		{"too short", "1:" + digest[2:], ErrFingerprint},
		{"too long", "1:" + digest + "00", ErrFingerprint},
		{"not hexadecimal", "1:" + digest[:30] + "zz", ErrFingerprint},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := ParseFingerprint(tt.in)
			if !errors.Is(err, tt.want) {
				t.Fatalf("ParseFingerprint(%q) error = %v, want %v", tt.in, err, tt.want)
			}
			if err == nil && got.String() != tt.in {
				t.Errorf("ParseFingerprint(%q).String() = %q", tt.in, got)
			}
			if err != nil && !got.IsZero() {
				t.Errorf("ParseFingerprint(%q) = %v with an error", tt.in, got)
			}
		})
	}
}

// A walk makes one fingerprint a user, ten million in a large pool.
func BenchmarkNewFingerprint(b *testing.B) {
	fields := map[string]string{
		"sub": "84e844c8-3041-70aa-1111-0123456789ab", "email": "jane@example.com", "emailVerified": "true",
		"phoneNumber": "+15550100", "displayName": "Jane Doe", "disabled": "false", "custom:department": "R-and-D",
	}
	b.ReportAllocs()
	for b.Loop() {
		NewFingerprint(1, fields)
	}
}
