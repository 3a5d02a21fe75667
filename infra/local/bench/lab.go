package main

import (
	"context"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"time"

	"github.com/poolsync/poolsync/infra/bundle"
	"github.com/poolsync/poolsync/infra/local/emulator"
	"github.com/poolsync/poolsync/infra/local/lambdahost"
	"github.com/poolsync/poolsync/infra/local/project"
	"github.com/poolsync/poolsync/shared/cognito/cognitotest"
	"github.com/poolsync/poolsync/shared/userhub/userhubtest"
)

// lab is the equipment that the sections share.
type lab struct {
	root     string // of the repository
	dir      string // for temporary files
	host     *lambdahost.Host
	progress io.Writer
	node     string // version of Node.js, where it was used
}

func openLab(progress io.Writer) (*lab, error) {
	root, err := project.Root()
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "poolsync-bench-")
	if err != nil {
		return nil, err
	}
	return &lab{root: root, dir: dir, host: lambdahost.New(), progress: progress}, nil
}

// close stops what still runs.
func (l *lab) close() {
	l.host.Close()
	os.RemoveAll(l.dir)
}

// say reports what is being measured.
func (l *lab) say(format string, args ...any) { fmt.Fprintf(l.progress, "  "+format+"\n", args...) }

// build builds the functions as they are deployed: for this machine, to run them, and
// for Lambda, to measure their size.
func (l *lab) build(ctx context.Context) error {
	for platform, to := range map[bundle.Platform]string{bundle.Host: l.binaries(), bundle.Lambda: l.deployed()} {
		if err := bundle.Build(ctx, l.root, to, platform); err != nil {
			return err
		}
	}
	return nil
}

// binaries and deployed return where the two are.
func (l *lab) binaries() string { return filepath.Join(l.root, ".local", "bench") }
func (l *lab) deployed() string { return filepath.Join(l.root, ".local", "lambda") }

// deploy adds one of poolsync's functions to the host under a name. AWS is at the address
// aws; extra adds to the function's environment and overrides it.
func (l *lab) deploy(name, function, aws string, extra map[string]string) error {
	env := environment(aws, function)
	maps.Copy(env, extra)
	return l.host.Deploy(lambdahost.Function{
		Name: name, Binary: filepath.Join(l.binaries(), function, "bootstrap"), Environment: env, Timeout: 15 * time.Minute, MemoryMB: 256,
	})
}

// queueURL returns the address of a queue, with AWS at the address aws.
func queueURL(aws, name string) string { return aws + "/" + emulator.AccountID + "/" + name }

// environment returns the variables that a function needs, except UserHub's address.
func environment(aws, function string) map[string]string {
	const arn = "arn:aws:secretsmanager:" + emulator.Region + ":" + emulator.AccountID + ":secret:"
	queue := func(name string) string { return queueURL(aws, name) }
	return map[string]string{
		"AWS_REGION": emulator.Region, "AWS_ACCESS_KEY_ID": "bench", "AWS_SECRET_ACCESS_KEY": "bench",
		"AWS_ENDPOINT_URL": aws, "AWS_LAMBDA_LOG_FORMAT": "JSON", "STACK_NAME": "bench",
		"QUEUE_URL": queue("events"), "QUEUE_URLS": queue("changes"), "LIVE_QUEUE_URL": queue("changes"), "BULK_QUEUE_URL": queue("bulk"),
		"TABLE_NAME": "ledger", "USER_POOL_ID": cognitotest.ID,
		"USERHUB_CONNECTION_ID": userhubtest.DefaultConnection, "WEBHOOK_SIGNING_SECRET_ARN": arn + "signing-a1b2c3",
		"EVENTS_QUEUE_URL": queue("events"), "LIST_RATE": readerRate, "CONCURRENCY": "10",
		"TARGET": encode(hub("https://api.example.com")), "TARGETS": encode([]any{told(function, queue)}),
		"POSTAUTH_FUNCTION_ARN": lambdahost.Function{Name: "postauth"}.ARN(),
	}
}

// call is one invocation of a function that must succeed.
func (l *lab) call(ctx context.Context, name string, payload []byte) (lambdahost.Result, error) {
	result, err := l.host.Invoke(ctx, name, payload)
	if err == nil && result.FunctionError != "" {
		err = fmt.Errorf("function %s failed: %s", name, result.Error())
	}
	return result, err
}
