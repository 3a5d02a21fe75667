package stack

import (
	"maps"
	"path/filepath"
	"time"

	"github.com/poolsync/poolsync/infra/local/emulator"
	"github.com/poolsync/poolsync/infra/local/lambdahost"
)

// function deploys a function with what the template says of it. Its name is that
// of its binary.
func (c *creator) function(id string, p properties) (made, error) {
	var in struct {
		Environment   struct{ Variables map[string]string }
		LoggingConfig struct{ LogFormat, ApplicationLogLevel string }
		MemorySize    int
		Timeout       int
	}
	if err := p.decode(&in); err != nil {
		return made{}, err
	}
	f := lambdahost.Function{
		Name:        binaryName(id),
		Binary:      filepath.Join(c.binaries, binaryName(id)),
		Environment: c.platform(in.LoggingConfig.LogFormat, in.LoggingConfig.ApplicationLogLevel),
		Timeout:     time.Duration(in.Timeout) * time.Second,
		MemoryMB:    in.MemorySize,
	}
	if given, ok := c.settings.timeout[id]; ok {
		c.settings.differ("%s: time-out %v s instead of %d s", id, given.Seconds(), in.Timeout)
		f.Timeout = given
	}
	maps.Copy(f.Environment, in.Environment.Variables)
	for name, value := range c.settings.environment {
		if was, ok := f.Environment[name]; ok {
			c.settings.differ("%s: %s=%s instead of %s", id, name, value, was)
			f.Environment[name] = value
		}
	}
	if err := c.functions.Deploy(f); err != nil {
		return made{}, err
	}
	return made{ref: f.Name, attributes: map[string]string{"Arn": f.ARN()}}, nil
}

// platform returns what Lambda itself sets by a function's Region, role and
// logging configuration. The SDK's endpoint is the one thing that it does not.
func (c *creator) platform(logFormat, logLevel string) map[string]string {
	environment := map[string]string{
		"AWS_REGION":            emulator.Region,
		"AWS_DEFAULT_REGION":    emulator.Region,
		"AWS_ACCESS_KEY_ID":     emulator.AccessKeyID,
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
