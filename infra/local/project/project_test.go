package project

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
)

func TestRoot(t *testing.T) {
	root, err := Root()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(root, "infra", "local", "project", "project_test.go")); err != nil {
		t.Errorf("got root %s, where this file is not found: %v", root, err)
	}
}

func TestRootOutsideTheModule(t *testing.T) {
	t.Chdir(t.TempDir())
	if root, err := Root(); !errors.Is(err, ErrOutside) {
		t.Errorf("got root %s and error %v, want %v", root, err, ErrOutside)
	}
}
