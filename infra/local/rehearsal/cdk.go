package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/poolsync/poolsync/infra/bundle"
	"github.com/poolsync/poolsync/infra/local/emulator"
)

// errNoCDK is returned when the CDK's command line is not installed.
var errNoCDK = errors.New("the CDK's command line is not installed: `make rehearse` installs it under .local/node")

// errCommand is returned when a CDK command fails. The error that wraps it ends with the
// command's last output.
var errCommand = errors.New("the command failed")

// saidLines is how many lines of a failed command's output are kept.
const saidLines = 12

// cdk is the CDK's command line, with our app and the functions, built once for this
// machine.
type cdk struct {
	root, dir    string // the repository's, and a temporary one
	command, app string
	env          []string
}

func newCDK(ctx context.Context, root string) (*cdk, error) {
	c := &cdk{root: root, command: filepath.Join(root, ".local", "node", "node_modules", ".bin", "cdk")}
	if _, err := os.Stat(c.command); err != nil {
		return nil, errNoCDK
	}
	var err error
	if c.dir, err = os.MkdirTemp("", "poolsync-rehearsal-"); err != nil {
		return nil, err
	}
	functions := filepath.Join(c.dir, "functions")
	c.app = filepath.Join(c.dir, "infra")
	// The CDK remembers under CDK_HOME which account an access key belongs to.
	c.env = append(plainEnvironment(), "POOLSYNC_FUNCTIONS_DIR="+functions, "CDK_HOME="+filepath.Join(c.dir, "home"))
	if err := errors.Join(bundle.Build(ctx, root, functions, bundle.Host), c.buildApp(ctx)); err != nil {
		c.close()
		return nil, err
	}
	return c, nil
}

func (c *cdk) close() { os.RemoveAll(c.dir) }

// buildApp builds the app once; cdk.json would build it for each synthesis.
func (c *cdk) buildApp(ctx context.Context) error {
	build := exec.CommandContext(ctx, "go", "build", "-o", c.app, "./infra")
	build.Dir = c.root
	if said, err := build.CombinedOutput(); err != nil {
		return fmt.Errorf("build the app: %w\n%s", err, said)
	}
	return nil
}

// plainEnvironment returns our environment without what would lead the CDK to one of the
// developer's AWS accounts, or through a proxy.
func plainEnvironment() []string {
	env := []string{
		"AWS_CONFIG_FILE=" + os.DevNull, "AWS_SHARED_CREDENTIALS_FILE=" + os.DevNull, "AWS_EC2_METADATA_DISABLED=true",
		"AWS_ACCESS_KEY_ID=" + emulator.AccessKeyID, "AWS_SECRET_ACCESS_KEY=" + emulator.SecretAccessKey,
		"AWS_REGION=" + emulator.Region, "AWS_DEFAULT_REGION=" + emulator.Region,
		"CDK_DISABLE_CLI_TELEMETRY=true", "CDK_DISABLE_VERSION_CHECK=1",
		"JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION=20", "JSII_SILENCE_WARNING_UNTESTED_NODE_VERSION=1",
	}
	for _, variable := range os.Environ() {
		name, _, _ := strings.Cut(variable, "=")
		foreign := strings.HasPrefix(name, "AWS_") || strings.HasPrefix(name, "CDK_") || strings.HasSuffix(strings.ToUpper(name), "_PROXY")
		if !foreign {
			env = append(env, variable)
		}
	}
	return env
}

// run runs a CDK command against the AWS at url.
func (c *cdk) run(ctx context.Context, url string, args ...string) error {
	cmd := exec.CommandContext(ctx, c.command, args...)
	cmd.Dir = c.root
	cmd.Env = append(c.env, "AWS_ENDPOINT_URL="+url)
	var said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &said, &said
	if err := cmd.Run(); err != nil {
		lines := strings.Split(strings.TrimSpace(said.String()), "\n")
		return fmt.Errorf("cdk %s: %w: %w\n%s", args[0], errCommand, err, strings.Join(lines[max(0, len(lines)-saidLines):], "\n"))
	}
	return nil
}
