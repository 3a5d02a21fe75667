// Command bench measures poolsync and its alternatives in one run on this machine, and
// writes one table to the terminal and to .local/bench.md.
//
// It is not a test: the figures depend on the machine. It marks a figure beyond its limit,
// and still succeeds.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"slices"
	"strings"
	"time"

	"github.com/poolsync/poolsync/infra/local/bench/table"
)

// sections are the parts of the table, in its order.
var sections = []struct {
	name    string
	measure func(context.Context, *lab) ([]table.Row, error)
}{
	{"signin", measureSignIn},
	{"queues", measureQueues},
	{"sync", measureSync},
	{"scale", measureScale},
	{"deliver", measureDelivery},
	{"urgent", measureUrgent},
	{"events", measureCrowd},
	{"size", measureSize},
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// run measures the sections that the arguments name, and reports.
func run(ctx context.Context, args []string) error {
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	only := flags.String("only", "", "comma-separated `sections` to measure: signin, queues, sync, scale, deliver, urgent, events, size (default all)")
	if err := flags.Parse(args); err != nil {
		return err
	}
	l, err := openLab(os.Stderr)
	if err != nil {
		return err
	}
	defer l.close()
	fmt.Fprintln(l.progress, "building the functions as they are deployed")
	if err := l.build(ctx); err != nil {
		return err
	}
	start := time.Now()
	var rows []table.Row
	for _, s := range sections {
		if *only != "" && !slices.Contains(strings.Split(*only, ","), s.name) {
			continue
		}
		fmt.Fprintf(l.progress, "%s\n", s.name)
		more, err := s.measure(ctx, l)
		if err != nil {
			return fmt.Errorf("measure %s: %w", s.name, err)
		}
		rows = append(rows, more...)
	}
	return l.report(os.Stdout, rows, time.Since(start))
}
