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
		writeHelp(&b, problem.Path)
	}
	b.WriteString("\nSettings stand in the file that -c config=prod.json names, and -c path=value wins over it.\n" +
		"infra/docs/settings.md lists them all.")
	return b.String()
}

// writeHelp says what a good value at a path is.
func writeHelp(b *strings.Builder, path string) {
	place, problem := form.Find(reflect.TypeFor[Settings](), path)
	if problem != nil {
		return
	}
	if want := place.Want(); want != "" {
		fmt.Fprintf(b, "    want: %s\n", want)
	}
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
	if strings.ContainsAny(argument, " ()*?<>") {
		return "'" + argument + "'"
	}
	return argument
}
