package main

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/poolsync/poolsync/infra/local/project"
	"github.com/poolsync/poolsync/shared/cognito/trigger"
	"github.com/poolsync/poolsync/shared/directory"
)

func TestPercentile(t *testing.T) {
	hundred := make([]time.Duration, 100)
	for i := range hundred {
		hundred[(i*37)%100] = time.Duration(i + 1)
	}
	for _, tt := range []struct {
		name    string
		samples []time.Duration
		p       int
		want    time.Duration
	}{
		{"median", hundred, 50, 50},
		{"p99", hundred, 99, 99},
		{"most", hundred, 100, 100},
		{"median of three", []time.Duration{9, 1, 5}, 50, 5},
		{"p99 of few is the most", []time.Duration{9, 1, 5}, 99, 9},
		{"one", []time.Duration{4}, 50, 4},
	} {
		if got := percentile(tt.samples, tt.p); got != tt.want {
			t.Errorf("%s: got %d, want %d", tt.name, got, tt.want)
		}
	}
}

// TestSignInEvent shows that poolsync reads the events as sign-ins of different users.
func TestSignInEvent(t *testing.T) {
	subs := make(map[string]bool)
	for n := range 3 {
		c, relevant, err := trigger.Change(signInEvent(n), time.Unix(1, 0))
		if err != nil || !relevant || c.Kind != directory.SignIn || c.Username != queued(n).Username || c.Sub != queued(n).Sub {
			t.Errorf("event %d: %+v, %t, %v; want a sign-in of %s", n, c, relevant, err, queued(n).Username)
		}
		subs[c.Sub] = true
	}
	if len(subs) != 3 {
		t.Errorf("%d users signed in, want 3", len(subs))
	}
}

// TestFigures reads what go test -bench writes, of two runs the least.
func TestFigures(t *testing.T) {
	const output = "goos: linux\nBenchmarkWalk/least         \t      26\t  45359236 ns/op\t        90.72 µs/page\t24240000 B/op\n" +
		"BenchmarkWalk/2_targets-2    \t       9\t 1.2e+08 ns/op\t       119 µs/further\n" +
		"BenchmarkWalk/2_targets-2    \t       9\t 1.3e+08 ns/op\t       117 µs/further\nPASS\n"
	got, err := figures(output)
	want := map[string]float64{
		"BenchmarkWalk/least ns/op": 45359236, "BenchmarkWalk/least µs/page": 90.72, "BenchmarkWalk/least B/op": 24240000,
		"BenchmarkWalk/2_targets ns/op": 1.2e8, "BenchmarkWalk/2_targets µs/further": 117,
	}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("figures: %v, -want +got\n%s", err, diff)
	}
}

// TestZipped shows that zipped returns the size of the archive, not of the file.
func TestZipped(t *testing.T) {
	file := filepath.Join(t.TempDir(), "bootstrap")
	if err := os.WriteFile(file, make([]byte, 1<<20), 0o755); err != nil {
		t.Fatal(err)
	}
	if size, err := zipped(file); err != nil || size < 100 || size > 10_000 {
		t.Errorf("a megabyte of zeros: %d bytes, %v; want about a thousandth", size, err)
	}
}

// required finds the variables that a function cannot start without.
var required = regexp.MustCompile(`env:"([A-Z_]+),required`)

// TestEnvironment shows that the benchmark can start every function.
func TestEnvironment(t *testing.T) {
	root, err := project.Root()
	if err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(root, "functions", "*", "*.go"))
	if err != nil || len(files) == 0 {
		t.Fatalf("%d files of functions, %v", len(files), err)
	}
	for _, file := range files {
		env := environment("http://aws.test", filepath.Base(filepath.Dir(file)))
		source, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, found := range required.FindAllSubmatch(source, -1) {
			if env[string(found[1])] == "" {
				t.Errorf("%s needs %s, which the benchmark's environment lacks", file, found[1])
			}
		}
	}
}
