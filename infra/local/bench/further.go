package main

import (
	"context"
	"fmt"
	"os/exec"
	"regexp"
	"strconv"
	"time"

	"github.com/poolsync/poolsync/infra/local/bench/table"
	"github.com/poolsync/poolsync/shared/cognito"
)

// furtherFactor is how much more than its ledger read and its fingerprints a further
// target may cost a run in processor time.
const furtherFactor = 1.2

// measureFurther compares what a further target costs a run in processor time with the
// least that it could: reading its entries, and computing its fingerprints.
func measureFurther(ctx context.Context, l *lab) ([]table.Row, error) {
	l.say("processor time of a further target")
	const entry, least = "BenchmarkEntries ns/entry", "BenchmarkWalk/least µs/page"
	one, two, five := walkOf(1), walkOf(2), walkOf(5)
	read, err := l.benchmark(ctx, "./shared/ledger", "BenchmarkEntries", entry)
	if err != nil {
		return nil, err
	}
	walk, err := l.benchmark(ctx, "./shared/reconcile", "BenchmarkWalk", least, one, two, five)
	if err != nil {
		return nil, err
	}
	page := func(walked float64) table.Figure {
		return table.Microseconds(time.Duration(read[entry])*cognito.PageSize + time.Duration(walked*float64(time.Microsecond)))
	}
	return []table.Row{
		table.Title("CPU of a further target, 60 users", "least"),
		{Metric: "with two targets", Poolsync: page(walk[two] - walk[one]), Other: page(walk[least]), Limit: table.RatioAtMost(furtherFactor)},
		{Metric: "with five targets, each", Poolsync: page((walk[five] - walk[one]) / 4), Other: page(walk[least]), Limit: table.RatioAtMost(furtherFactor)},
	}, nil
}

func walkOf(targets int) string { return fmt.Sprintf("BenchmarkWalk/%d_targets µs/page", targets) }

var (
	benchmarkLine = regexp.MustCompile(`(?m)^(Benchmark\S+?)(?:-\d+)?\s+\d+\s+(.*)$`)
	metric        = regexp.MustCompile(`([0-9.e+]+) (\S+)`)
)

// benchmark runs a benchmark of one of poolsync's packages, and returns its figures by
// name and unit, those wanted and others. Like a function's, its garbage is collected by
// one processor.
func (l *lab) benchmark(ctx context.Context, pkg, name string, wanted ...string) (map[string]float64, error) {
	cmd := exec.CommandContext(ctx, "go", "test", "-run=^$", "-bench=^"+name+"$", "-count=3", "-cpu=1", pkg)
	cmd.Dir = l.root
	output, err := cmd.CombinedOutput()
	if err != nil {
		return nil, fmt.Errorf("run %s: %w\n%s", name, err, output)
	}
	found, err := figures(string(output))
	for _, f := range wanted {
		if found[f] == 0 {
			return nil, fmt.Errorf("run %s: no figure of %s in %q", name, f, output)
		}
	}
	return found, err
}

// figures reads the output of go test -bench. Of several runs the least figure counts:
// whatever else the machine does makes it larger.
func figures(output string) (map[string]float64, error) {
	found := make(map[string]float64)
	for _, line := range benchmarkLine.FindAllStringSubmatch(output, -1) {
		for _, m := range metric.FindAllStringSubmatch(line[2], -1) {
			n, err := strconv.ParseFloat(m[1], 64)
			if err != nil {
				return nil, fmt.Errorf("read %s: %w", line[1], err)
			}
			name := line[1] + " " + m[2]
			if before, again := found[name]; !again || n < before {
				found[name] = n
			}
		}
	}
	return found, nil
}
