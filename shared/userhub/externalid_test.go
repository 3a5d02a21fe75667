package userhub_test

import (
	"testing"

	"github.com/poolsync/poolsync/shared/userhub"
)

func TestExternalID(t *testing.T) {
	tests := []struct {
		text string
		want userhub.ExternalID
		of   string
		ok   bool
	}{
		{"username", userhub.ByUsername, "jane", true},
		{"sub", userhub.BySub, sub, true},
		{"Sub", "", "", false},
		{"", "", "", false},
	}
	for _, tt := range tests {
		var got userhub.ExternalID
		err := got.UnmarshalText([]byte(tt.text))
		if got != tt.want || (err == nil) != tt.ok {
			t.Errorf("%q: got %q, %v, want %q, ok %t", tt.text, got, err, tt.want, tt.ok)
		}
		if tt.ok && got.Of(sub, "jane") != tt.of {
			t.Errorf("%q: got external id %q, want %q", tt.text, got.Of(sub, "jane"), tt.of)
		}
	}
}
