// Package emulator runs moto, an emulator of the AWS APIs, as a child process on
// a free loopback port.
//
// For what poolsync asks of Cognito, SQS, DynamoDB and Secrets Manager, moto is
// faithful enough to test against. But it calls no Cognito trigger, its Lambda event
// source mapping ignores partial batch failures, and it checks no permission and no
// quota. Other packages under infra/local do what it does not.
package emulator

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"

	"github.com/poolsync/poolsync/infra/local/process"
	"github.com/poolsync/poolsync/infra/local/project"
)

var (
	// ErrNotInstalled is returned by [Start] when moto's virtual environment is
	// missing.
	ErrNotInstalled = errors.New("moto is not installed: `make venv` installs it under .local/venv")
	// ErrNotReady is returned by [Start] when moto ended before it was ready, or did
	// not get ready in time. The error that wraps it ends with moto's own output.
	ErrNotReady = errors.New("moto did not start")
)

// Region and AccountID are the place of everything in the emulator.
const (
	Region    = "us-east-1"
	AccountID = "123456789012"
)

// The credentials for calling the emulator. moto accepts any.
const (
	AccessKeyID     = "testing"
	SecretAccessKey = "testing"
)

// readyDeadline is how long moto may take to start. It takes half a second on an
// idle machine.
const readyDeadline = time.Minute

// Emulator is a running moto, or a running ministack.
type Emulator struct {
	process *process.Process
	stdin   interface{ Close() error } // closing it ends the emulator
	stderr  *tail
	url     string
}

// Option changes how [Start] starts the emulator.
type Option func(*exec.Cmd)

// WithTaskPort makes the tasks of state machines call this port of localhost.
// The default is the emulator itself.
func WithTaskPort(port int) Option {
	return func(cmd *exec.Cmd) { cmd.Env = append(cmd.Env, "MOTO_PORT="+strconv.Itoa(port)) }
}

// Start starts an emulator and returns once it answers. It fails with [ErrNotInstalled],
// [ErrNotReady], or the context's error. The caller must call Stop; if the caller dies
// first, the emulator ends by itself.
func Start(ctx context.Context, opts ...Option) (*Emulator, error) {
	root, err := project.Root()
	if err != nil {
		return nil, err
	}
	python := filepath.Join(root, ".local", "venv", "bin", "python")
	if _, err := os.Stat(python); err != nil {
		return nil, ErrNotInstalled
	}
	cmd := exec.Command(python, filepath.Join(root, "infra", "local", "emulator", "serve.py"))
	// Not our own environment: moto must not use its proxy or AWS profile.
	cmd.Env = []string{
		"PYTHONDONTWRITEBYTECODE=1",
		"AWS_CONFIG_FILE=" + os.DevNull,
		"AWS_SHARED_CREDENTIALS_FILE=" + os.DevNull,
	}
	for _, opt := range opts {
		opt(cmd)
	}
	return start(ctx, cmd)
}

// start runs the start-up script and waits for the port that it prints.
func start(ctx context.Context, cmd *exec.Cmd) (*Emulator, error) {
	stderr, port := &tail{}, newFirstLine()
	cmd.Stdout, cmd.Stderr = port, stderr
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	p, err := process.Start(cmd)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNotReady, err)
	}
	e := &Emulator{process: p, stdin: stdin, stderr: stderr}

	ctx, cancel := context.WithTimeoutCause(ctx, readyDeadline, fmt.Errorf("%w within %s", ErrNotReady, readyDeadline))
	defer cancel()
	select {
	case line := <-port.line:
		e.url = "http://" + net.JoinHostPort("127.0.0.1", strings.TrimSpace(line))
		return e, nil
	case <-p.Done():
		return nil, fmt.Errorf("%w: %w\n%s", ErrNotReady, p.Err(), stderr.String())
	case <-ctx.Done():
		e.Stop()
		return nil, fmt.Errorf("start moto: %w\n%s", context.Cause(ctx), stderr.String())
	}
}

// URL is the emulator's address, without a slash at the end.
func (e *Emulator) URL() string { return e.url }

// Config returns a configuration with which every SDK client talks to the
// emulator.
func (e *Emulator) Config() aws.Config {
	return aws.Config{
		Region:       Region,
		Credentials:  credentials.NewStaticCredentialsProvider(AccessKeyID, SecretAccessKey, ""),
		BaseEndpoint: aws.String(e.url),
		HTTPClient:   client{http.DefaultTransport},
	}
}

// Errors returns the end of moto's error output: a traceback, if it failed to serve a
// request.
func (e *Emulator) Errors() string { return e.stderr.String() }

// Stop ends the emulator, and everything in it is lost. You may call it more than once.
func (e *Emulator) Stop() {
	e.stdin.Close()
	e.process.Kill()
}
