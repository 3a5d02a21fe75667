// Command chaos shows what poolsync survives. On one machine, with the functions' own
// binaries, people sign in and up, the pool's owner edits and deletes them, and full
// syncs run. Meanwhile functions are killed, UserHub and EventBridge fail in every way that
// they can here, Cognito throttles, messages come twice, clocks are wrong and secrets
// change. In the end UserHub must hold what the pool holds, and so must a copy that is kept
// by the events of the feed.
//
// The same seed makes the same plan. The exit status is 0 if every finding is ok.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/signal"
	"syscall"
	"time"
)

// errDiffers is returned when a finding is not ok. The report says which.
var errDiffers = errors.New("something failed: see the lines marked FAILED")

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // so that a second Ctrl-C ends the program at once
	seed := flag.Uint64("seed", rand.Uint64N(1e6), "seed of the plan")
	length := flag.Duration("for", 2*time.Minute, "how long things go wrong")
	flag.Parse()
	if err := run(ctx, os.Stdout, newPlan(*seed, *length)); err != nil {
		fmt.Fprintln(os.Stderr, "chaos:", err)
		os.Exit(1)
	}
}

// run brings up the stack, carries out the plan, and judges what is left.
func run(ctx context.Context, out io.Writer, p plan) error {
	fmt.Fprintf(out, "poolsync in chaos for %v: %d deeds and %d faults from seed %d\n", p.length, len(p.life), len(p.faults), p.seed)
	fmt.Fprintln(out, "To repeat them:", again(p))
	w, err := newWorld(ctx, p.seed)
	if err != nil {
		return err
	}
	defer w.Stop()
	watching, stop := context.WithCancel(ctx)
	defer stop()
	go w.watch(watching)
	if err := w.soak(ctx, p); err != nil {
		return err
	}
	w.printDone(out, p)
	findings, err := w.verdict(ctx)
	if err != nil {
		return err
	}
	if !printFindings(out, findings) {
		return errDiffers
	}
	return nil
}
