package bundle

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os/exec"
)

// modulePath is the path of the module that holds the functions.
const modulePath = "github.com/poolsync/poolsync"

// ErrSource is returned when the module with the functions cannot be found.
var ErrSource = errors.New("cannot find the sources of " + modulePath)

// Root returns the folder of the module that holds the functions: the checkout around
// the current folder or, if the current folder's module requires it, its sources there.
func Root(ctx context.Context) (string, error) {
	cmd := exec.CommandContext(ctx, "go", "list", "-m", "-f", "{{.Dir}}", modulePath)
	var message bytes.Buffer
	cmd.Stderr = &message
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("%w: run this inside a module that requires it: %w\n%s", ErrSource, err, bytes.TrimSpace(message.Bytes()))
	}
	dir := string(bytes.TrimSpace(out))
	if dir == "" {
		return "", fmt.Errorf("%w: download them with `go mod download %s`", ErrSource, modulePath)
	}
	return dir, nil
}
