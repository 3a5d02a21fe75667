package main

import (
	"fmt"
	"strings"
)

// configError is everything that is wrong with the CDK context. Its text tells
// somebody at a terminal what to do.
type configError []problem

// problem is what is wrong with one key.
type problem struct {
	key contextKey
	err error
}

// Error implements the error interface.
func (e configError) Error() string {
	var b strings.Builder
	noun := "problems"
	if len(e) == 1 {
		noun = "problem"
	}
	fmt.Fprintf(&b, "poolsync: %d %s in the CDK context\n", len(e), noun)
	for _, p := range e {
		fmt.Fprintf(&b, "\n  %s %v\n", p.key.name, p.err)
		if p.key.want != "" {
			fmt.Fprintf(&b, "    want: %s\n    example: -c %s\n", p.key.want, quoted(p.key.name+"="+p.key.example))
		}
	}
	b.WriteString("\nPass keys by make synth CONTEXT='-c key=value -c key=value', or keep them\n" +
		"under \"context\" in cdk.json. infra/docs/settings.md lists them all.")
	return b.String()
}

// quoted returns an argument as a shell wants it.
func quoted(argument string) string {
	if strings.ContainsAny(argument, " ()*?") {
		return "'" + argument + "'"
	}
	return argument
}
