package setting

import (
	"fmt"
	"reflect"
	"strings"

	"github.com/poolsync/poolsync/infra/setting/form"
)

// Error is everything that is wrong with settings. Its text tells somebody at a
// terminal what to do, and never repeats a value.
type Error form.Problems

// Error implements the error interface.
func (e Error) Error() string {
	var b strings.Builder
	noun := "problems"
	if len(e) == 1 {
		noun = "problem"
	}
	fmt.Fprintf(&b, "poolsync: %d %s in the settings\n", len(e), noun)
	for _, problem := range e {
		fmt.Fprintf(&b, "\n  %s\n", problem)
		if !problem.SaysAll {
			writeHelp(&b, problem.Path)
		}
	}
	b.WriteString("\nPut settings into a JSON file and pass it by make deploy CONFIG=prod.json, or give one by\n" +
		"CONTEXT='-c path=value', which wins over the file. infra/docs/settings.md lists them all.")
	return b.String()
}

// writeHelp says what a good value at a path is.
func writeHelp(b *strings.Builder, path string) {
	if path == fileKey {
		b.WriteString("    want: the path of a JSON file, seen from the current folder\n    or: -c config=prod.json\n")
		return
	}
	place, problem := form.Find(reflect.TypeFor[Settings](), path)
	if problem != nil {
		return
	}
	fmt.Fprintf(b, "    want: %s\n", place.Want())
	snippet, argument := place.Example()
	if snippet != "" {
		fmt.Fprintf(b, "    in the file: %s\n", snippet)
	}
	if argument != "" {
		fmt.Fprintf(b, "    or: -c %s\n", quoted(argument))
	}
}

// quoted returns an argument as a shell wants it.
func quoted(argument string) string {
	if strings.ContainsAny(argument, " ()*?<>#{}&;|$") {
		return "'" + argument + "'"
	}
	return argument
}
