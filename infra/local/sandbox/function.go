package sandbox

import (
	"fmt"
	"maps"
	"path/filepath"
	"time"

	"github.com/poolsync/poolsync/infra/local/emulator"
	"github.com/poolsync/poolsync/infra/local/lambdahost"
)

// concurrency is how many instances of one function may run: more than anything here
// needs. An AWS account has a thousand.
const concurrency = 20

// function deploys a function.
func (c *creator) function(id string, p properties) (made, error) {
	f, err := c.describe(id, p)
	if err != nil {
		return made{}, err
	}
	if err := c.functions.Deploy(f); err != nil {
		return made{}, err
	}
	c.trail.Identify(f.Name, fmt.Sprint(p["Role"]))
	return made{ref: f.Name, attributes: map[string]string{"Arn": f.ARN()}}, nil
}

// describe returns the function that the template describes.
func (c *creator) describe(id string, p properties) (lambdahost.Function, error) {
	var in struct {
		Environment   struct{ Variables map[string]string }
		LoggingConfig struct{ LogFormat, ApplicationLogLevel string }
		MemorySize    int
		Timeout       int
	}
	if err := p.decode(&in); err != nil {
		return lambdahost.Function{}, err
	}
	name := FunctionName(id)
	f := lambdahost.Function{
		Name:        name,
		Binary:      filepath.Join(c.binaries, BinaryName(name)),
		Concurrency: concurrency,
		Environment: c.platform(name, in.LoggingConfig.LogFormat, in.LoggingConfig.ApplicationLogLevel),
		Timeout:     time.Duration(in.Timeout) * time.Second,
		MemoryMB:    in.MemorySize,
	}
	if given, ok := c.settings.timeout[id]; ok {
		c.settings.differ("%s: times out after %v s, not %d s", id, given.Seconds(), in.Timeout)
		f.Timeout = given
	}
	maps.Copy(f.Environment, in.Environment.Variables)
	return f, nil
}

// platform returns the variables that Lambda itself sets, from a function's Region, role
// and logging configuration, and the SDK's endpoint, which Lambda does not set. The
// access key is the function's name, so that AWS calls show the caller.
func (c *creator) platform(name, logFormat, logLevel string) map[string]string {
	environment := map[string]string{
		"AWS_REGION":            emulator.Region,
		"AWS_DEFAULT_REGION":    emulator.Region,
		"AWS_ACCESS_KEY_ID":     name,
		"AWS_SECRET_ACCESS_KEY": emulator.SecretAccessKey,
		"AWS_SESSION_TOKEN":     "testing",
		"AWS_ENDPOINT_URL":      c.endpoint,
	}
	if logFormat != "" {
		environment["AWS_LAMBDA_LOG_FORMAT"] = logFormat
	}
	if logLevel != "" {
		environment["AWS_LAMBDA_LOG_LEVEL"] = logLevel
	}
	return environment
}
