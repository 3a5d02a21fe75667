package lambdahost

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/poolsync/poolsync/infra/local/emulator"
)

// Function describes a function as its deployment does.
type Function struct {
	// Name is the name to invoke the function by.
	Name string
	// Binary is the path of the executable, built for this machine.
	Binary string
	// Environment is the function's environment, besides the variables that Lambda's
	// runtimes set. The function gets none of the host's own variables.
	Environment map[string]string
	// Timeout is how long one invocation may take; the default is Lambda's, 3 s.
	Timeout time.Duration
	// MemoryMB is what the function is told it has; the default is 128.
	MemoryMB int
	// Concurrency is how many instances there may be; the default is 10.
	Concurrency int
}

// ARN returns the function's Amazon Resource Name.
func (f Function) ARN() string {
	return "arn:aws:lambda:" + emulator.Region + ":" + emulator.AccountID + ":function:" + f.Name
}

// functionName returns the function's name in any form that the Invoke API accepts: a
// name, an account and a name, or an ARN, each with or without a qualifier.
func functionName(reference string) string {
	if _, rest, found := strings.Cut(reference, "function:"); found {
		reference = rest
	}
	name, _, _ := strings.Cut(reference, ":")
	return name
}

// function is a deployed function and its instances.
type function struct {
	Function
	initTimeout time.Duration
	log         *log
	underWay    chan struct{} // holds one entry for each invocation under way

	mu        sync.Mutex
	closed    bool                   // guarded by mu, as are the next two
	instances map[*instance]struct{} // all that are running or starting
	idle      []*instance            // those waiting for work, the last used at the end
}

func newFunction(f Function, initTimeout time.Duration) *function {
	if f.Timeout == 0 {
		f.Timeout = 3 * time.Second
	}
	if f.MemoryMB == 0 {
		f.MemoryMB = 128
	}
	if f.Concurrency == 0 {
		f.Concurrency = 10
	}
	return &function{
		Function:    f,
		initTimeout: initTimeout,
		log:         &log{},
		underWay:    make(chan struct{}, f.Concurrency),
		instances:   map[*instance]struct{}{},
	}
}

// invoke runs one invocation, which continues even if the caller stops waiting.
func (f *function) invoke(ctx context.Context, payload []byte) (Result, error) {
	select {
	case f.underWay <- struct{}{}:
	default:
		return Result{}, ErrThrottled
	}
	type outcome struct {
		result Result
		err    error
	}
	done := make(chan outcome, 1)
	go func() {
		result, err := f.run(payload)
		<-f.underWay
		done <- outcome{result, err}
	}()
	select {
	case o := <-done:
		return o.result, o.err
	case <-ctx.Done():
		return Result{}, context.Cause(ctx)
	}
}

// run takes a waiting instance, or starts one, and makes it do the work.
func (f *function) run(payload []byte) (Result, error) {
	work := newInvocation(payload, f.Function)
	for i := f.takeIdle(); i != nil; i = f.takeIdle() {
		if answer, taken := i.do(work); taken {
			f.release(i)
			return answer, nil
		} // it died while it waited
	}
	i, err := f.start()
	if err != nil {
		return Result{}, err
	}
	if failure := i.initialise(work, f.initTimeout); failure != nil {
		f.release(i)
		return *failure, nil
	}
	answer, _ := i.do(work) // if it did not take the work, the answer says so
	answer.Cold, answer.Init = true, i.initTook
	f.release(i)
	return answer, nil
}

// provision starts an instance and leaves it waiting for work.
func (f *function) provision() (time.Duration, error) {
	i, err := f.start()
	if err != nil {
		return 0, err
	}
	failure := i.initialise(newInvocation(nil, f.Function), f.initTimeout)
	f.release(i)
	if failure != nil {
		return 0, fmt.Errorf("%w: %s", ErrNotInitialised, failure.Error())
	}
	return i.initTook, nil
}

// takeIdle returns the instance that was used last, or nil.
func (f *function) takeIdle() *instance {
	f.mu.Lock()
	defer f.mu.Unlock()
	for len(f.idle) > 0 {
		last := len(f.idle) - 1
		i := f.idle[last]
		f.idle = f.idle[:last]
		if i.alive() {
			return i
		}
		delete(f.instances, i)
	}
	return nil
}

// start adds an instance that has yet to initialise. It fails if the function is
// closed, or if it cannot get a process or a port.
func (f *function) start() (*instance, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.closed {
		return nil, ErrClosed
	}
	i, err := startInstance(f.Function, f.log)
	if err != nil {
		return nil, err
	}
	f.instances[i] = struct{}{}
	return i, nil
}

// release makes an instance available for the next invocation, if it is alive.
func (f *function) release(i *instance) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if i.alive() {
		f.idle = append(f.idle, i)
		return
	}
	delete(f.instances, i)
}

func (f *function) kill() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	killed := 0
	for i := range f.instances {
		if i.alive() {
			killed++
		}
		i.kill()
	}
	return killed
}

func (f *function) close() {
	f.mu.Lock()
	f.closed = true
	f.mu.Unlock()
	f.kill()
}

func (f *function) list() []Instance {
	f.mu.Lock()
	defer f.mu.Unlock()
	var running []Instance
	for i := range f.instances {
		if i.alive() {
			running = append(running, i.describe())
		}
	}
	return running
}
