// Command demo shows poolsync at work on this machine. A stand-in for UserHub is set
// up with the webhook. People sign in to an emulated user pool while UserHub is well,
// slow, down, and back. Administrators edit users on both sides, and full syncs repair
// what events missed. The demo checks what it shows; the exit status is 0 if every
// check passed.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(untilOrphaned(context.Background()), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second Ctrl-C ends it at once
	only := flag.String("scenes", "", "play only the scenes whose `titles` match this regular expression")
	flag.Parse()
	err := run(ctx, os.Stdout, *only)
	if err != nil && !errors.Is(err, errFailed) {
		fmt.Fprintln(os.Stderr, "demo:", err)
	}
	if err != nil {
		os.Exit(1)
	}
}

// run brings up the stack, plays the scenes whose titles match, and takes everything down again.
func run(ctx context.Context, out io.Writer, only string) error {
	chosen, err := choose(only)
	if err != nil {
		return err
	}
	r := newReport(out)
	r.title("poolsync on this machine: a user pool, the functions, UserHub and an event bus")
	r.line("Building the functions and starting the emulator ...")
	start := time.Now()
	s, err := startStage(ctx, r)
	if err != nil {
		return ended(ctx, err)
	}
	defer s.Stop()
	r.line("Up in %.1f s. It differs from infra/testdata/local.golden.json in this:", time.Since(start).Seconds())
	for _, difference := range s.Differences() {
		r.line("- %s", difference)
	}
	if err := play(ctx, s, chosen); err != nil {
		return ended(ctx, err)
	}
	return r.end()
}

// ended returns why the context ended, if it did, and err otherwise.
func ended(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return fmt.Errorf("stopped early: %w", context.Cause(ctx))
	}
	return err
}

// errOrphaned ends a demo whose parent process is gone.
var errOrphaned = errors.New("the process that started it is gone")

// untilOrphaned ends the context when the parent process is gone. `go run` passes
// Ctrl-C on to the program, but dies of any other signal without telling it.
func untilOrphaned(ctx context.Context) context.Context {
	ctx, cancel := context.WithCancelCause(ctx)
	parent := os.Getppid()
	go func() {
		for range time.Tick(500 * time.Millisecond) {
			if os.Getppid() != parent {
				cancel(errOrphaned)
				return
			}
		}
	}()
	return ctx
}
