package lambdahost

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// deploy returns a host with one function, "f", with the given behaviour.
func deploy(t *testing.T, behaviour string, f Function) *Host {
	t.Helper()
	host := New()
	t.Cleanup(host.Close)
	f.Name, f.Binary = "f", os.Args[0]
	environment := map[string]string{"BEHAVIOUR": behaviour}
	maps.Copy(environment, f.Environment)
	f.Environment = environment
	if f.Timeout == 0 {
		f.Timeout = time.Minute
	}
	if err := host.Deploy(f); err != nil {
		t.Fatal(err)
	}
	return host
}

func invoke(t *testing.T, host *Host, payload string) Result {
	t.Helper()
	result, err := host.Invoke(t.Context(), "f", []byte(payload))
	if err != nil {
		t.Fatal(err)
	}
	return result
}

func TestInvokeEndings(t *testing.T) {
	tests := []struct {
		behaviour string
		timeout   time.Duration
		want      string // in the payload
		wantError bool
		survives  bool // the instance, for the next invocation
	}{
		{behaviour: "echo", want: `{"n":1}`, survives: true},
		{behaviour: "fail", want: "no luck", wantError: true, survives: true},
		{behaviour: "panic", want: "no way", wantError: true},
		{behaviour: "crash", want: "Runtime exited with error: exit status 3", wantError: true},
		{behaviour: "hang", timeout: 50 * time.Millisecond, want: "Task timed out after 0.05 seconds", wantError: true},
		{behaviour: "too large", want: "Function.ResponseSizeTooLarge", wantError: true},
		{behaviour: "exits early", want: "Runtime exited with error: exit status 4", wantError: true},
		{behaviour: "init error", want: "no such handler", wantError: true},
	}
	for _, tt := range tests {
		t.Run(tt.behaviour, func(t *testing.T) {
			host := deploy(t, tt.behaviour, Function{Timeout: tt.timeout})
			for _, round := range []string{"first", "second"} {
				got := invoke(t, host, `{"n":1}`)
				if !strings.Contains(string(got.Payload), tt.want) {
					t.Errorf("%s payload: got %s, want %s in it", round, got.Payload, tt.want)
				}
				if (got.FunctionError != "") != tt.wantError {
					t.Errorf("%s function error: got %q, want one: %t", round, got.FunctionError, tt.wantError)
				}
				if wantCold := round == "first" || !tt.survives; got.Cold != wantCold {
					t.Errorf("%s cold: got %t, want %t", round, got.Cold, wantCold)
				}
			}
		})
	}
}

func TestInvokeEndsAnInitialisationThatTakesTooLong(t *testing.T) {
	host := deploy(t, "never polls", Function{})
	host.functions["f"].initTimeout = 50 * time.Millisecond
	got := invoke(t, host, `{}`)
	if want := "timed out after 0.05 seconds"; !strings.Contains(got.Error(), want) {
		t.Errorf("got error %q, want %q in it", got.Error(), want)
	}
	if running := host.Instances("f"); len(running) != 0 {
		t.Errorf("got %d instances after that, want none", len(running))
	}
}

// If a function reports why it cannot start, that is its answer, even if nobody listened
// until its process was gone.
func TestInitErrorOutlivesTheProcess(t *testing.T) {
	f := deploy(t, "init error", Function{}).functions["f"]
	for range 10 { // a random choice would be right half of the time
		i, err := f.start()
		if err != nil {
			t.Fatal(err)
		}
		<-i.process.Done()
		failure := i.initialise(newInvocation(nil, f.Function), time.Minute)
		if failure == nil || !strings.Contains(failure.Error(), "no such handler") {
			t.Fatalf("got %v, want the function's own error", failure)
		}
	}
}

func TestInvokeReusesAWarmInstance(t *testing.T) {
	host := deploy(t, "count", Function{})
	first, second := invoke(t, host, `{}`), invoke(t, host, `{}`)
	if got := string(first.Payload) + string(second.Payload); got != "12" {
		t.Errorf("counts: got %s, want 12", got)
	}
	if first.Init <= 0 || second.Init != 0 {
		t.Errorf("initialisation: got %v and %v, want some and none", first.Init, second.Init)
	}
}

func TestProvision(t *testing.T) {
	host := deploy(t, "echo", Function{})
	if took, err := host.Provision("f"); took <= 0 || err != nil {
		t.Errorf("Provision = %v, %v, want some time", took, err)
	}
	if got := invoke(t, host, `{}`); got.Cold || len(host.Instances("f")) != 1 {
		t.Errorf("cold: %t, %d instances, want the provisioned one", got.Cold, len(host.Instances("f")))
	}
	host = deploy(t, "init error", Function{})
	if _, err := host.Provision("f"); !errors.Is(err, ErrNotInitialised) || !strings.Contains(err.Error(), "no such handler") {
		t.Errorf("Provision of a failing function: %v, want ErrNotInitialised and the reason", err)
	}
	if running := host.Instances("f"); len(running) != 0 {
		t.Errorf("%d instances after that, want none", len(running))
	}
	if _, err := host.Provision("g"); !errors.Is(err, ErrUnknown) {
		t.Errorf("Provision of an unknown function: %v, want ErrUnknown", err)
	}
}

func TestFunctionSeesItsEnvironmentOnly(t *testing.T) {
	t.Setenv("OF_THE_HOST", "leaked")
	host := deploy(t, "environment", Function{MemoryMB: 256, Environment: map[string]string{"QUEUE_URL": "http://q"}})
	var got []string
	if err := json.Unmarshal(invoke(t, host, `{}`).Payload, &got); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"QUEUE_URL=http://q", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE=256", "AWS_LAMBDA_FUNCTION_NAME=f"} {
		if !slices.Contains(got, want) {
			t.Errorf("environment lacks %s: %q", want, got)
		}
	}
	if slices.Contains(got, "OF_THE_HOST=leaked") {
		t.Error("environment holds a variable of the host")
	}
}

func TestFunctionLearnsItsDeadline(t *testing.T) {
	host := deploy(t, "deadline", Function{Timeout: time.Hour})
	var seconds float64
	if err := json.Unmarshal(invoke(t, host, `{}`).Payload, &seconds); err != nil {
		t.Fatal(err)
	}
	if seconds <= 0 || seconds > time.Hour.Seconds() {
		t.Errorf("time left: got %v s, want up to %v s", seconds, time.Hour.Seconds())
	}
}

func TestLogsNameTheRequest(t *testing.T) {
	host := deploy(t, "log", Function{})
	var want []string
	for _, payload := range []string{`"a"`, `"b"`} {
		result := invoke(t, host, payload)
		want = append(want, result.RequestID+` out `+payload, result.RequestID+` err `+payload)
		for len(host.Logs("f")) < len(want) {
			runtime.Gosched() // a line belongs to the request that is current when the line is read
		}
	}
	host.Kill("f") // so that all of its output has been read
	var got []string
	for _, line := range host.Logs("f") {
		got = append(got, line.RequestID+" "+line.Text)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("log (-want +got):\n%s", diff)
	}
}

func TestInstancesShowALeak(t *testing.T) {
	host := deploy(t, "leak", Function{})
	invoke(t, host, `{}`)
	before := host.Instances("f")
	invoke(t, host, `{}`)
	after := host.Instances("f")
	if len(before) != 1 || len(after) != 1 || before[0].PID != after[0].PID {
		t.Fatalf("instances: got %v, then %v, want the same one", before, after)
	}
	if grown := after[0].Resident - before[0].Resident; grown < 16<<20 {
		t.Errorf("resident memory grew by %d bytes, want about 32 MiB", grown)
	}
}

// gate is a server that holds its callers.
type gate struct {
	arrived chan struct{} // one for each caller
	open    chan struct{} // close it to let them go
}

func newGate(t *testing.T) (*gate, Function) {
	g := &gate{arrived: make(chan struct{}), open: make(chan struct{})}
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		g.arrived <- struct{}{}
		select {
		case <-g.open:
		case <-r.Context().Done():
		}
	}))
	t.Cleanup(server.Close)
	return g, Function{Environment: map[string]string{"GATE": server.URL}}
}

type outcome struct {
	Result
	err error
}

// invokeLater starts an invocation and returns when it has reached the gate.
func (g *gate) invokeLater(ctx context.Context, host *Host) <-chan outcome {
	done := make(chan outcome, 1)
	go func() {
		result, err := host.Invoke(ctx, "f", []byte(`{}`))
		done <- outcome{result, err}
	}()
	<-g.arrived
	return done
}

func TestInvokeStartsInstancesUpToTheConcurrency(t *testing.T) {
	g, f := newGate(t)
	f.Concurrency = 2
	host := deploy(t, "gate", f)
	one, two := g.invokeLater(t.Context(), host), g.invokeLater(t.Context(), host)
	if _, err := host.Invoke(t.Context(), "f", []byte(`{}`)); !errors.Is(err, ErrThrottled) {
		t.Errorf("third invocation: got error %v, want %v", err, ErrThrottled)
	}
	if running := host.Instances("f"); len(running) != 2 {
		t.Errorf("got %d instances, want 2", len(running))
	}
	close(g.open)
	for _, done := range []<-chan outcome{one, two} {
		if o := <-done; o.err != nil || string(o.Payload) != `"through"` {
			t.Errorf("got %s and error %v, want an answer", o.Payload, o.err)
		}
	}
}

func TestKilledInstanceIsReplaced(t *testing.T) {
	tests := []struct {
		name string
		kill func(*Host)
	}{
		{"by the host", func(h *Host) { h.Kill("f") }},
		{"by a stranger", func(h *Host) { syscall.Kill(h.Instances("f")[0].PID, syscall.SIGKILL) }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			g, f := newGate(t)
			host := deploy(t, "gate", f)
			done := g.invokeLater(t.Context(), host)
			if working := host.Instances("f")[0].RequestID; working == "" {
				t.Error("instance: got no request id while it works")
			}
			tt.kill(host)
			killed := <-done
			if want := "Runtime exited with error: signal: killed"; !strings.Contains(killed.Error(), want) {
				t.Errorf("got error %q, want %q in it", killed.Error(), want)
			}
			next := g.invokeLater(t.Context(), host)
			close(g.open)
			if o := <-next; o.FunctionError != "" || !o.Cold {
				t.Errorf("invocation after it: got %+v, want an answer of a new instance", o)
			}
		})
	}
}

// If a process dies between its initialisation and its first work, whoever invokes it
// learns of that.
func TestInstanceThatDiedTakesNoWork(t *testing.T) {
	host := deploy(t, "echo", Function{})
	f := host.functions["f"]
	i, err := f.start()
	if err != nil {
		t.Fatal(err)
	}
	work := newInvocation([]byte(`{}`), f.Function)
	if failure := i.initialise(work, time.Minute); failure != nil {
		t.Fatal(failure.Error())
	}
	i.kill()
	got, taken := i.do(work)
	if taken || got.FunctionError == "" || got.RequestID != work.id {
		t.Errorf("got %+v, taken: %t, want an error, not taken", got, taken)
	}
}

func TestInvocationOutlivesItsCaller(t *testing.T) {
	g, f := newGate(t)
	f.Concurrency = 1
	host := deploy(t, "gate", f)
	ctx, cancel := context.WithCancel(t.Context())
	done := g.invokeLater(ctx, host)
	cancel()
	if o := <-done; !errors.Is(o.err, context.Canceled) {
		t.Errorf("got error %v, want %v", o.err, context.Canceled)
	}
	if _, err := host.Invoke(t.Context(), "f", nil); !errors.Is(err, ErrThrottled) {
		t.Errorf("while it goes on: got error %v, want %v", err, ErrThrottled)
	}
}

func TestInvokeErrors(t *testing.T) {
	host := deploy(t, "echo", Function{})
	closed := New()
	closed.Close()
	tests := []struct {
		name     string
		host     *Host
		function string
		payload  []byte
		want     error
	}{
		{"unknown function", host, "g", nil, ErrUnknown},
		{"too large", host, "f", make([]byte, maxPayload+1), ErrTooLarge},
		{"closed", closed, "f", nil, ErrClosed},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if _, err := tt.host.Invoke(t.Context(), tt.function, tt.payload); !errors.Is(err, tt.want) {
				t.Errorf("got error %v, want %v", err, tt.want)
			}
		})
	}
}

func TestDeployReplacesAFunction(t *testing.T) {
	host := deploy(t, "count", Function{})
	invoke(t, host, `{}`)
	old := host.Instances("f")[0].PID
	if err := host.Deploy(Function{Name: "f", Binary: os.Args[0], Environment: map[string]string{"BEHAVIOUR": "echo"}}); err != nil {
		t.Fatal(err)
	}
	if got := invoke(t, host, `"new"`); string(got.Payload) != `"new"` {
		t.Errorf("got %s from the function, want the new one's answer", got.Payload)
	}
	if err := syscall.Kill(old, 0); err != syscall.ESRCH {
		t.Errorf("signalling the old instance: got %v, want %v", err, syscall.ESRCH)
	}
}

func TestCloseEndsEverything(t *testing.T) {
	g, f := newGate(t)
	host := deploy(t, "gate", f)
	done := g.invokeLater(t.Context(), host)
	pid := host.Instances("f")[0].PID
	host.Close()
	if o := <-done; o.FunctionError == "" {
		t.Errorf("invocation under way: got %s, want an error", o.Payload)
	}
	if err := syscall.Kill(pid, 0); err != syscall.ESRCH {
		t.Errorf("signalling the instance: got %v, want %v", err, syscall.ESRCH)
	}
	close(g.open)
}
