package main

import (
	"archive/zip"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/poolsync/poolsync/infra/local/bench/awstest"
	"github.com/poolsync/poolsync/infra/local/bench/table"
)

// lastLines is how many lines of a function's log are shown when it fails.
const lastLines = 5

// measureSize measures the size of every function's deployment package, and how long the
// function takes until it asks for its first event.
func measureSize(ctx context.Context, l *lab) ([]table.Row, error) {
	aws, err := awstest.Start(0)
	if err != nil {
		return nil, err
	}
	defer aws.Close()
	functions, err := os.ReadDir(l.deployed())
	if err != nil {
		return nil, err
	}
	l.say("%d starts of each of %d functions", starts, len(functions))
	sizes := []table.Row{table.Title("Size", "")}
	var inits []table.Row
	took := make(map[string][]time.Duration)
	for _, f := range functions {
		if err := l.deploy(f.Name(), f.Name(), aws.URL, nil); err != nil {
			return nil, err
		}
	}
	for range starts {
		for _, f := range functions {
			init, err := l.host.Provision(f.Name())
			if err != nil {
				logged := l.host.Logs(f.Name())
				return nil, fmt.Errorf("function %s: %w; the end of its log: %v", f.Name(), err, logged[max(0, len(logged)-lastLines):])
			}
			l.host.Kill(f.Name())
			took[f.Name()] = append(took[f.Name()], init)
		}
	}
	for _, f := range functions {
		size, err := zipped(filepath.Join(l.deployed(), f.Name(), "bootstrap"))
		if err != nil {
			return nil, err
		}
		sizes = append(sizes, table.Row{Metric: "zip of " + f.Name(), Poolsync: table.MiB(size)})
		inits = append(inits, table.Row{Metric: "init of " + f.Name(), Poolsync: table.Milliseconds(median(took[f.Name()]))})
	}
	return append(sizes, inits...), ctx.Err()
}

// zipped returns the size of a zip archive with one file in it.
func zipped(path string) (int64, error) {
	file, err := os.Open(path)
	if err != nil {
		return 0, err
	}
	defer file.Close()
	var size counter
	archive := zip.NewWriter(&size)
	entry, err := archive.Create(filepath.Base(path))
	if err != nil {
		return 0, err
	}
	if _, err := io.Copy(entry, file); err != nil {
		return 0, err
	}
	err = archive.Close()
	return int64(size), err
}

// counter counts what is written to it.
type counter int64

func (c *counter) Write(p []byte) (int, error) {
	*c += counter(len(p))
	return len(p), nil
}
