// Command rehearsal deploys poolsync to an emulator, with the CDK's own command line and
// the commands from the documents. The emulator carries out CloudFormation, runs the
// functions, and denies them what IAM does not allow. The rehearsal deploys each
// configuration that has a golden template, updates it, makes it fail, moves it to another
// pool, and removes it. After each step it looks at what is there.
//
// The exit status is 0 if every step succeeded.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"github.com/poolsync/poolsync/infra/local/project"
)

// errFailed is returned when a step failed. The report says which.
var errFailed = errors.New("a step failed")

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // so that a second Ctrl-C ends the program at once
	if err := run(ctx, os.Stdout, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "rehearsal:", err)
		os.Exit(1)
	}
}

// run rehearses the named configurations, or all of them, one after the other.
func run(ctx context.Context, out io.Writer, names []string) error {
	root, err := project.Root()
	if err != nil {
		return err
	}
	if len(names) == 0 {
		if names, err = configurations(root); err != nil {
			return err
		}
	}
	c, err := newCDK(ctx, root)
	if err != nil {
		return err
	}
	defer c.close()
	var report report
	for _, name := range names {
		results, err := rehearse(ctx, c, name, steps, func(step string, err error) {
			fmt.Fprintf(out, "%s: %s: %s\n", name, step, verdict(err))
		})
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		report.add(name, results)
	}
	report.print(out)
	if report.failed() {
		return errFailed
	}
	return nil
}

// goldenSuffix ends the name of the file that holds a golden template.
const goldenSuffix = ".golden.json"

// configurations returns the names of the settings that have golden templates.
func configurations(root string) ([]string, error) {
	files, err := filepath.Glob(filepath.Join(root, "infra", "testdata", "*"+goldenSuffix))
	if err != nil {
		return nil, err
	}
	var names []string
	for _, file := range files {
		names = append(names, strings.TrimSuffix(filepath.Base(file), goldenSuffix))
	}
	slices.Sort(names)
	return names, nil
}
