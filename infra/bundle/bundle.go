// Package bundle builds the functions for Lambda.
package bundle

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
)

// ErrBuild is returned when the functions do not compile. The error that wraps
// it ends with the compiler's message.
var ErrBuild = errors.New("the functions do not build for Lambda")

// Platform is what a function is built for.
type Platform struct{ os, arch string }

// The platforms: Lambda on Graviton, and this machine.
var (
	Lambda = Platform{"linux", "arm64"}
	Host   = Platform{runtime.GOOS, runtime.GOARCH}
)

// Build builds every function of the repository at root, as it is deployed, each
// into <to>/<name>/bootstrap, the name that Lambda looks for. One go process builds
// them all and so compiles shared packages once.
//
// The same sources give the same bytes, wherever the repository lies: they contain
// no path, no version control data and no build id. So the CDK sees no change and
// deploys nothing. https://docs.aws.amazon.com/lambda/latest/dg/golang-package.html
func Build(ctx context.Context, root, to string, platform Platform) error {
	to, err := filepath.Abs(to)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(to, 0o755); err != nil {
		return err
	}
	built, err := os.MkdirTemp(to, ".build-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(built)
	if err := compile(ctx, root, built, platform); err != nil {
		return err
	}
	binaries, err := os.ReadDir(built)
	if err != nil {
		return err
	}
	for _, binary := range binaries {
		if err := place(filepath.Join(built, binary.Name()), filepath.Join(to, binary.Name())); err != nil {
			return err
		}
	}
	return nil
}

// compile runs the compiler on functions/... and leaves one binary for each in
// the folder to.
func compile(ctx context.Context, root, to string, platform Platform) error {
	cmd := exec.CommandContext(ctx, "go", "build",
		"-tags", "lambda.norpc", // leaves out the RPC server of the old go1.x runtime
		"-trimpath", "-buildvcs=false", "-ldflags", "-s -w -buildid=",
		"-o", to+string(filepath.Separator), "./functions/...")
	cmd.Dir = root
	cmd.Env = append(os.Environ(), "GOOS="+platform.os, "GOARCH="+platform.arch, "CGO_ENABLED=0")
	var message bytes.Buffer
	cmd.Stdout, cmd.Stderr = &message, &message
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("%w: %w\n%s", ErrBuild, err, bytes.TrimSpace(message.Bytes()))
	}
	return nil
}

// place moves a binary to <folder>/bootstrap. It empties the folder first, because
// whatever else lay there would be deployed too.
func place(binary, folder string) error {
	if err := os.RemoveAll(folder); err != nil {
		return err
	}
	if err := os.Mkdir(folder, 0o755); err != nil {
		return err
	}
	bootstrap := filepath.Join(folder, "bootstrap")
	if err := os.Rename(binary, bootstrap); err != nil {
		return err
	}
	return os.Chmod(bootstrap, 0o755)
}
