package sandbox

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
)

// ErrBuild is returned when a function does not compile. The error that wraps it
// ends with the compiler's message.
var ErrBuild = errors.New("build functions")

// words are those of a logical id: each begins with a capital.
var words = regexp.MustCompile(`[A-Z][a-z0-9]*`)

// FunctionName returns the name of a function here: that of PostauthFunction is postauth,
// and that of HubDeliverFunction, which delivers to the target hub, is hub-deliver.
func FunctionName(logicalID string) string {
	return strings.ToLower(strings.Join(words.FindAllString(strings.TrimSuffix(logicalID, "Function"), -1), "-"))
}

// BinaryName returns the name of a function's folder and binary, the last word of its
// name: hub-deliver runs functions/deliver.
func BinaryName(function string) string { return function[strings.LastIndex(function, "-")+1:] }

// build builds the functions with the given logical ids for this machine. It returns
// the folder that holds the binaries. `make build` does the same, so whichever comes
// second has nothing left to do. Package bundle, which builds what is deployed, links
// again each time.
func build(ctx context.Context, root string, logicalIDs []string) (string, error) {
	to := filepath.Join(root, ".local", "bin")
	args := []string{"build", "-tags", "lambda.norpc", "-o", to + string(filepath.Separator)}
	for _, id := range logicalIDs {
		args = append(args, "./functions/"+BinaryName(FunctionName(id)))
	}
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Dir = root
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	var message bytes.Buffer
	cmd.Stdout, cmd.Stderr = &message, &message
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("%w: %w\n%s", ErrBuild, err, bytes.TrimSpace(message.Bytes()))
	}
	return to, nil
}
