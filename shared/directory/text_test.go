package directory

import (
	"strings"
	"testing"
)

func TestIsPhone(t *testing.T) {
	for text, want := range map[string]bool{
		"+15550100": true, "+123456789012345": true, "+12": true,
		"": false, "15550100": false, "+1": false, "+05550100": false, "+1234567890123456": false, "+1 555 0100": false,
	} {
		if got := IsPhone(text); got != want {
			t.Errorf("IsPhone(%q) = %t, want %t", text, got, want)
		}
	}
}

func TestIsLink(t *testing.T) {
	for text, want := range map[string]bool{
		"https://example.com/jane.png": true, "http://example.com": true, "HTTPS://example.com": true,
		"": false, "jane.png": false, "//example.com/jane.png": false, "https:///jane.png": false,
		"javascript:alert(1)": false, "ftp://example.com/jane.png": false, "https://example.com/%zz": false,
	} {
		if got := IsLink(text); got != want {
			t.Errorf("IsLink(%q) = %t, want %t", text, got, want)
		}
	}
}

func TestIsTrue(t *testing.T) {
	for text, want := range map[string]bool{"true": true, "True": true, "": false, "false": false, "1": false, "true ": false} {
		if got := IsTrue(text); got != want {
			t.Errorf("IsTrue(%q) = %t, want %t", text, got, want)
		}
	}
}

func TestCut(t *testing.T) {
	for _, tt := range []struct {
		name       string
		text       string
		characters int
		want       string
	}{
		{"shorter", "Jane", 5, "Jane"},
		{"as long", "Jane", 4, "Jane"},
		{"longer", "Jane", 3, "Jan"},
		{"of several bytes each", "日本語", 2, "日本"},
		{"at a blank", "Jane Doe", 5, "Jane"},
		{"with blanks, and not cut", "Jane ", 5, "Jane "},
		{"to nothing", "Jane", 0, ""},
		{"nothing", "", 0, ""},
		{"invalid UTF-8", "a\xffb", 2, "a\xff"},
		{"long", strings.Repeat("ä", 300), 200, strings.Repeat("ä", 200)},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := Cut(tt.text, tt.characters); got != tt.want {
				t.Errorf("Cut(%q, %d) = %q, want %q", tt.text, tt.characters, got, tt.want)
			}
		})
	}
}
