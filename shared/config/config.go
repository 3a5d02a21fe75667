// Package config reads a function's settings from its environment, once, into a
// typed struct. A secret is never among them: a setting holds the secret's ARN.
package config

import (
	"fmt"
	"net/url"
	"regexp"

	"github.com/caarlos0/env/v11"
)

// Load fills a struct of type T from the environment by its `env` tags. Every
// problem is reported in one error, each with the variable's name.
func Load[T any]() (T, error) {
	settings, err := env.ParseAs[T]()
	if err != nil {
		return settings, fmt.Errorf("load configuration: %w", err)
	}
	return settings, nil
}

// ARN is an Amazon Resource Name, checked for its form when it is read.
type ARN string

// arnForm has six colon-separated parts, as the AWS General Reference defines;
// Region and account may be empty, partition, service and resource may not.
var arnForm = regexp.MustCompile(`^arn:[a-z-]+:[a-z0-9-]+:[a-z0-9-]*:[0-9]*:\S+$`)

// UnmarshalText implements [encoding.TextUnmarshaler].
func (a *ARN) UnmarshalText(text []byte) error {
	if !arnForm.Match(text) {
		return fmt.Errorf("not an ARN: want arn:partition:service:region:account:resource")
	}
	*a = ARN(text)
	return nil
}

// URL is an absolute http or https address, checked when it is read.
type URL string

// UnmarshalText implements [encoding.TextUnmarshaler].
func (u *URL) UnmarshalText(text []byte) error {
	parsed, err := url.Parse(string(text))
	if err != nil || parsed.Host == "" || (parsed.Scheme != "http" && parsed.Scheme != "https") {
		return fmt.Errorf("not an absolute http or https address")
	}
	*u = URL(text)
	return nil
}

// Origin returns the scheme and host of u, such as https://api.example.com.
func (u URL) Origin() string {
	parsed, err := url.Parse(string(u))
	if err != nil {
		return ""
	}
	return parsed.Scheme + "://" + parsed.Host
}
