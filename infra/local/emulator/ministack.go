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
	"syscall"
	"time"

	"github.com/poolsync/poolsync/infra/local/process"
	"github.com/poolsync/poolsync/infra/local/project"
)

// ErrNoMinistack is returned by [StartMinistack] when ministack's virtual environment is
// missing.
var ErrNoMinistack = errors.New("ministack is not installed: `make venv` installs it under .local/ministack")

const (
	// askReady is the time between two checks whether ministack is ready. It takes half
	// a second to start.
	askReady = 50 * time.Millisecond

	// terminationDeadline is how long ministack may take to end its functions and
	// itself. After that it is killed; its functions then end because nobody answers
	// them.
	terminationDeadline = 5 * time.Second
)

// StartMinistack starts ministack, another emulator, and returns once it answers. Unlike
// moto it carries out CloudFormation, runs functions as processes, and denies them what
// IAM does not allow. It stands for the AWS account with the given number, and writes its
// files to the folder dir. It fails with [ErrNoMinistack], [ErrNotReady], or the context's
// error. The caller must call Stop.
func StartMinistack(ctx context.Context, dir, account string) (*Emulator, error) {
	root, err := project.Root()
	if err != nil {
		return nil, err
	}
	program := filepath.Join(root, ".local", "ministack", "bin", "ministack")
	if _, err := os.Stat(program); err != nil {
		return nil, ErrNoMinistack
	}
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	cmd := exec.Command(program)
	url := "http://" + net.JoinHostPort("127.0.0.1", strconv.Itoa(port))
	cmd.Dir = dir
	cmd.Env = []string{
		"PATH=" + os.Getenv("PATH"),
		"HOME=" + dir, "TMPDIR=" + dir, "PYTHONDONTWRITEBYTECODE=1",
		"BIND_HOST=127.0.0.1", "MINISTACK_HOST=127.0.0.1", "GATEWAY_PORT=" + strconv.Itoa(port),
		"MINISTACK_ACCOUNT_ID=" + account,
		"AUTH=true",               // evaluates policies; these credentials are the account's root
		"AWS_ENDPOINT_URL=" + url, // for the functions, which inherit it
		"AWS_ACCESS_KEY_ID=" + AccessKeyID, "AWS_SECRET_ACCESS_KEY=" + SecretAccessKey,
	}
	return startMinistack(ctx, cmd, url)
}

func startMinistack(ctx context.Context, cmd *exec.Cmd, url string) (*Emulator, error) {
	stderr := &tail{}
	cmd.Stdout, cmd.Stderr = stderr, stderr
	p, err := process.Start(cmd)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNotReady, err)
	}
	e := &Emulator{process: p, stdin: terminator{p}, stderr: stderr, url: url}
	ctx, cancel := context.WithTimeoutCause(ctx, readyDeadline, fmt.Errorf("%w within %s", ErrNotReady, readyDeadline))
	defer cancel()
	for !answers(ctx, url+"/_ministack/health") {
		select {
		case <-time.After(askReady):
		case <-p.Done():
			return nil, fmt.Errorf("%w: %w\n%s", ErrNotReady, p.Err(), stderr.String())
		case <-ctx.Done():
			e.Stop()
			return nil, fmt.Errorf("start ministack: %w\n%s", context.Cause(ctx), stderr.String())
		}
	}
	return e, nil
}

// answers reports whether a GET of url ends with 200.
func answers(ctx context.Context, url string) bool {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return false
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return false
	}
	response.Body.Close()
	return response.StatusCode == http.StatusOK
}

// freePort returns a free loopback port: ministack cannot choose one itself.
func freePort() (int, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer listener.Close()
	return listener.Addr().(*net.TCPAddr).Port, nil
}

// terminator ends a process with a signal, so that it can end its own children first.
type terminator struct{ process *process.Process }

// Close returns when the process has ended, or at the terminationDeadline.
func (t terminator) Close() error {
	child, err := os.FindProcess(t.process.PID())
	if err != nil {
		return err
	}
	if err := child.Signal(syscall.SIGTERM); err != nil {
		return err
	}
	select {
	case <-t.process.Done():
	case <-time.After(terminationDeadline):
	}
	return nil
}
