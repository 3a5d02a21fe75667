package bundle

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
)

// TestRoot finds the module from any of its own folders, and from a module that
// requires it, wherever it lies.
func TestRoot(t *testing.T) {
	checkout, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	other := t.TempDir()
	gomod := "module example.com/other\n\ngo 1.26.0\n\nrequire github.com/poolsync/poolsync v0.0.0\n\n" +
		"replace github.com/poolsync/poolsync => " + checkout + "\n"
	if err := os.WriteFile(filepath.Join(other, "go.mod"), []byte(gomod), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ name, in string }{
		{"the checkout's top", checkout},
		{"a folder inside it", filepath.Join(checkout, "infra", "bundle")},
		{"a module that requires it", other},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Chdir(tt.in)
			got, err := Root(t.Context())
			if err != nil || got != checkout {
				t.Errorf("got %s, %v; want %s", got, err, checkout)
			}
		})
	}
}

func TestRootOutsideOfAModule(t *testing.T) {
	t.Chdir(t.TempDir())
	if got, err := Root(t.Context()); !errors.Is(err, ErrSource) {
		t.Errorf("got %q, %v; want %v", got, err, ErrSource)
	}
}
