package fullrun

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"time"
)

// errNoResult is returned when the test's output has no measurement.
var errNoResult = errors.New("the test measured nothing")

// Command is the test binary of this package. It carries out runs on a virtual clock,
// each in a separate process.
type Command struct{ path string }

// Compile builds the command into the file path. The repository is at root.
func Compile(ctx context.Context, root, path string) (Command, error) {
	cmd := exec.CommandContext(ctx, "go", "test", "-c", "-o", path, "./infra/local/bench/fullrun")
	cmd.Dir = root
	if message, err := cmd.CombinedOutput(); err != nil {
		return Command{}, fmt.Errorf("compile the run: %w\n%s", err, message)
	}
	return Command{path}, nil
}

// Measure carries out a run in a separate process, and returns its result and how much
// processor time it took.
//
// The process uses one core, and collects garbage late: most of the garbage comes from
// making up users, not from the function.
func (c Command) Measure(ctx context.Context, run Case) (Result, time.Duration, error) {
	cmd := exec.CommandContext(ctx, c.path, "-test.v", "-test.run=^TestMeasure$",
		"-users="+strconv.Itoa(run.Users), "-rate="+strconv.FormatFloat(run.Rate, 'f', -1, 64), "-first="+strconv.FormatBool(run.First),
		"-targets="+strconv.Itoa(max(run.Targets, 1)),
		"-share="+strconv.Itoa(run.Share), "-of="+strconv.Itoa(max(run.Of, 1)))
	cmd.Env = append(os.Environ(), "GOMAXPROCS=1", "GOGC=400")
	output, err := cmd.CombinedOutput()
	if err != nil {
		return Result{}, 0, fmt.Errorf("run over %d users: %w\n%s", run.Users, err, output)
	}
	result, err := read(string(output))
	return result, cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime(), err
}

// read finds what was measured in the test's output.
func read(output string) (Result, error) {
	_, line, found := strings.Cut(output, "=== ATTR  TestMeasure result ")
	if !found {
		return Result{}, errNoResult
	}
	line, _, _ = strings.Cut(line, "\n")
	var r Result
	if err := json.Unmarshal([]byte(line), &r); err != nil {
		return Result{}, fmt.Errorf("read what was measured: %w", err)
	}
	return r, nil
}
