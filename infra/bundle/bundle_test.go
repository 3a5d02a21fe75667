package bundle

import (
	"debug/elf"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// module writes a module with one function into a temporary folder.
func module(t *testing.T, source string) string {
	root := t.TempDir()
	for name, text := range map[string]string{
		"go.mod":                     "module example.com/m\n\ngo 1.26.0\n",
		"functions/example/main.go":  source,
		"functions/internal/part.go": "// Package part is no function.\npackage part\n",
	} {
		file := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

func TestBuild(t *testing.T) {
	to := t.TempDir()
	stale := filepath.Join(to, "example", "stale")
	if err := os.MkdirAll(stale, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := Build(t.Context(), module(t, "package main\n\nfunc main() {}\n"), to, Lambda); err != nil {
		t.Fatal(err)
	}
	found, err := filepath.Glob(filepath.Join(to, "*", "*"))
	if err != nil {
		t.Fatal(err)
	}
	bootstrap := filepath.Join(to, "example", "bootstrap")
	if diff := cmp.Diff([]string{bootstrap}, found); diff != "" {
		t.Errorf("files: -want +got\n%s", diff)
	}
	binary, err := elf.Open(bootstrap)
	if err != nil {
		t.Fatal(err)
	}
	defer binary.Close()
	if binary.Machine != elf.EM_AARCH64 {
		t.Errorf("built for %v, want Graviton", binary.Machine)
	}
	if info, err := os.Stat(bootstrap); err != nil || info.Mode() != 0o755 {
		t.Errorf("mode of bootstrap: %v, %v; want 0755", info.Mode(), err)
	}
}

func TestBuildShowsCompilerMessage(t *testing.T) {
	err := Build(t.Context(), module(t, "package main\n\nfunc main() { undefinedName() }\n"), t.TempDir(), Host)
	if !errors.Is(err, ErrBuild) || !strings.Contains(err.Error(), "functions/example/main.go:3:15: undefined: undefinedName") {
		t.Errorf("error %v, want ErrBuild with the compiler's message", err)
	}
}
