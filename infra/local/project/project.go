// Package project finds this module's files on a developer's machine.
package project

import (
	"errors"
	"os"
	"path/filepath"
)

// ErrOutside is returned when the working directory is not inside the module.
var ErrOutside = errors.New("not inside the poolsync module: run this from a clone of it")

// Root returns the module's directory: the nearest one, from the working
// directory upwards, that holds a go.mod.
func Root() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir, nil
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return "", ErrOutside
		}
		dir = parent
	}
}
