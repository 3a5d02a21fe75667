// Package reference runs scim2-server, a SCIM service that others have written, as a child
// process on a free loopback port, and asks scim2-models, its library, whether requests
// keep to the RFCs. Both are development tools from PyPI, and installed into .local/venv.
//
// See https://pypi.org/project/scim2-server/ and https://pypi.org/project/scim2-models/.
package reference

import (
	"bufio"
	"bytes"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

var (
	// ErrNotInstalled is returned when the virtual environment is missing.
	ErrNotInstalled = errors.New("scim2-server is not installed: `make venv` installs it under .local/venv")
	// ErrNotReady is returned by [Start] when the service ended before it was ready, or
	// did not get ready in time. The error that wraps it ends with the service's output.
	ErrNotReady = errors.New("scim2-server did not start")
)

// Token is the bearer token that the service accepts.
const Token = "token"

// readyDeadline is how long the service may take to start. It takes a second on an idle
// machine.
const readyDeadline = time.Minute

//go:embed serve.py
var serve string

//go:embed validate.py
var validate string

// Server is a running scim2-server.
type Server struct {
	cmd   *exec.Cmd
	stdin io.Closer // closing it ends the service
	url   string
}

// Start starts a service and returns once it answers. It fails with [ErrNotInstalled],
// [ErrNotReady], or the context's error. If the caller dies before it calls Stop, the
// service ends by itself.
func Start(ctx context.Context) (*Server, error) {
	cmd, err := script(serve)
	if err != nil {
		return nil, err
	}
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNotReady, err)
	}
	s := &Server{cmd: cmd, stdin: stdin}
	ctx, cancel := context.WithTimeoutCause(ctx, readyDeadline, fmt.Errorf("%w within %s", ErrNotReady, readyDeadline))
	defer cancel()
	line := make(chan string, 1)
	go func() {
		text, _ := bufio.NewReader(stdout).ReadString('\n')
		line <- strings.TrimSpace(text)
	}()
	select {
	case port := <-line:
		if port == "" {
			s.Stop()
			return nil, fmt.Errorf("%w\n%s", ErrNotReady, stderr.String())
		}
		s.url = "http://127.0.0.1:" + port
		return s, nil
	case <-ctx.Done():
		s.Stop()
		return nil, context.Cause(ctx)
	}
}

// Service returns the base address of a service of that name, which holds nobody before
// its first use. If the name begins with "put", it does not implement PATCH.
func (s *Server) Service(name string) string { return s.url + "/" + name + "/v2" }

// Stop ends the service, and everything in it is lost. You may call it more than once.
func (s *Server) Stop() {
	s.stdin.Close()
	s.cmd.Process.Kill()
	s.cmd.Wait()
}

// Validate returns what scim2-models finds wrong with requests, a line for each. The
// requests are JSON, one a line, with the members method and body.
func Validate(ctx context.Context, requests io.Reader) (string, error) {
	cmd, err := script(validate)
	if err != nil {
		return "", err
	}
	var stderr bytes.Buffer
	cmd.Stdin, cmd.Stderr = requests, &stderr
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("validate requests: %w\n%s", err, stderr.String())
	}
	return string(out), nil
}

// script returns the command that runs a script in the virtual environment.
func script(text string) (*exec.Cmd, error) {
	root, err := root()
	if err != nil {
		return nil, err
	}
	venv := filepath.Join(root, ".local", "venv")
	// The file is touched by each installation, so that go does not take the results of
	// tests with an earlier one for these.
	if _, err := os.Stat(filepath.Join(venv, "ready")); err != nil {
		return nil, ErrNotInstalled
	}
	cmd := exec.Command(filepath.Join(venv, "bin", "python"), "-c", text)
	// Not our own environment: a proxy would be asked for what is on this machine.
	cmd.Env = []string{"PYTHONDONTWRITEBYTECODE=1"}
	return cmd, nil
}

// root returns the module's directory: the nearest one upwards that holds a go.mod.
func root() (string, error) {
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
			return "", fmt.Errorf("%w: not inside a clone of the module", ErrNotInstalled)
		}
		dir = parent
	}
}
