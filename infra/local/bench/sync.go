package main

import (
	"context"
	"fmt"
	"path/filepath"
	"time"

	"github.com/poolsync/poolsync/infra/local/bench/fullrun"
	"github.com/poolsync/poolsync/infra/local/bench/table"
	"github.com/poolsync/poolsync/shared/cognito"
)

// awsExport is how long AWS's own solution takes to export a pool of 100,000 users at 10
// requests a second, according to its documentation: 21.82 minutes, and 40.26 if each
// user is in a group, which it exports too.
// https://github.com/aws-solutions/cognito-user-profiles-export-reference-architecture
const awsExport = 1309 * time.Second

// compileRun compiles what carries out runs on a virtual clock.
func (l *lab) compileRun(ctx context.Context) (fullrun.Command, error) {
	return fullrun.Compile(ctx, l.root, filepath.Join(l.dir, "fullrun.test"))
}

// measureSync measures how fast the first run over 100,000 users is at several rates, on
// a virtual clock.
func measureSync(ctx context.Context, l *lab) ([]table.Row, error) {
	const users = 100_000
	run, err := l.compileRun(ctx)
	if err != nil {
		return nil, err
	}
	rows := []table.Row{table.Title("Full sync, 100,000 users", "rate x 60")}
	var took time.Duration // at the default rate
	for _, rate := range []float64{cognito.DefaultListRate, 20, 30} {
		l.say("%d users at %v requests a second", users, rate)
		r, _, err := run.Measure(ctx, fullrun.Case{Users: users, Rate: rate, First: true})
		if err != nil {
			return nil, err
		}
		if r.Walked != users || r.Queued != users {
			return nil, fmt.Errorf("the run saw %d of %d users and queued %d", r.Walked, users, r.Queued)
		}
		if rate == cognito.DefaultListRate {
			took = r.Took
		}
		rows = append(rows, table.Row{
			Metric:   fmt.Sprintf("users, at %v requests/s", rate),
			Poolsync: table.PerSecond(users / r.Took.Seconds()), Other: table.PerSecond(rate * cognito.PageSize),
			Limit: table.RatioAtLeast(0.95),
		})
	}
	rows = append(rows,
		table.Title("the same", "AWS export"),
		table.Row{Metric: "time, at 10 requests/s", Poolsync: table.Long(took), Other: table.Long(awsExport)},
		table.Title("100,000 users at 30 requests/s, no changes", "rate x 60"))
	for _, targets := range []int{1, 2, 5} {
		l.say("%d users for %d targets", users, targets)
		r, _, err := run.Measure(ctx, fullrun.Case{Users: users, Rate: scaleRate, Targets: targets})
		if err != nil {
			return nil, err
		}
		if r.Walked != targets*users || r.Queued+r.Writes > 0 {
			return nil, fmt.Errorf("the run for %d targets saw %d users, queued %d and wrote %d", targets, r.Walked, r.Queued, r.Writes)
		}
		rows = append(rows, table.Row{
			Metric:   fmt.Sprintf("users, targets: %d", targets),
			Poolsync: table.PerSecond(users / r.Took.Seconds()), Other: table.PerSecond(scaleRate * cognito.PageSize),
			Limit: table.RatioAtLeast(0.95),
		})
	}
	further, err := measureFurther(ctx, l)
	return append(rows, further...), err
}
