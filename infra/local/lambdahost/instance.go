package lambdahost

import (
	"fmt"
	"net"
	"net/http"
	"os/exec"
	"path/filepath"
	"sync"
	"time"

	"github.com/poolsync/poolsync/infra/local/process"
)

// Instance describes a running instance of a function.
type Instance struct {
	PID       int
	RequestID string // what it is working on; empty while it waits
	process.Memory
}

// instance is one process of a function, and the Runtime API that only it calls.
type instance struct {
	process *process.Process
	started time.Time

	work     chan *invocation // handed to the function when it asks for the next
	asked    sync.Once        // done when it asks for the first time
	ready    chan struct{}    // closed then
	initTook time.Duration    // readable once ready is closed
	initErr  chan Result      // what the function reported instead of becoming ready

	mu        sync.Mutex
	current   *invocation // guarded by mu; handed over but not yet answered
	requestID string      // guarded by mu; that of current, or else of the previous one
}

// startInstance starts a process of the function f. Its output goes to the log.
func startInstance(f Function, log *log) (*instance, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("serve the Runtime API: %w", err)
	}
	i := &instance{
		started: time.Now(),
		work:    make(chan *invocation),
		ready:   make(chan struct{}),
		initErr: make(chan Result, 1),
	}
	output := &lineWriter{log: log, stream: newRequestID(), requestID: i.lastRequestID}
	cmd := exec.Command(f.Binary)
	cmd.Dir = filepath.Dir(f.Binary)
	cmd.Env = environment(f, listener.Addr().String(), output.stream)
	cmd.Stdout, cmd.Stderr = output, output

	api := &http.Server{Handler: i.runtimeAPI()}
	go api.Serve(listener)
	if i.process, err = process.Start(cmd); err != nil {
		api.Close()
		return nil, fmt.Errorf("start function %s: %w", f.Name, err)
	}
	go func() {
		<-i.process.Done()
		output.flush()
		api.Close()
	}()
	return i, nil
}

// initialise waits until the function asks for work, and returns nil. If it never does,
// the result is the answer to the invocation that the instance was started for.
func (i *instance) initialise(w *invocation, timeout time.Duration) *Result {
	timer := time.NewTimer(timeout)
	defer timer.Stop()
	failure := func(r Result) *Result {
		i.kill()
		r.RequestID, r.Cold, r.Init = w.id, true, time.Since(i.started)
		return &r
	}
	select {
	case <-i.ready:
		return nil
	case reported := <-i.initErr:
		return failure(reported)
	case <-i.process.Done():
		select {
		case reported := <-i.initErr: // its last words
			return failure(reported)
		default:
			return failure(exited(w.id, i.process.Err()))
		}
	case <-timer.C:
		return failure(timedOut(w.id, timeout))
	}
}

// do hands over w and waits for the answer. If that takes longer than the function's
// time-out, it kills the process. It reports false if the process ended before it took w;
// another instance may then take it.
func (i *instance) do(w *invocation) (Result, bool) {
	w.deadline = time.Now().Add(w.timeout)
	timer := time.NewTimer(w.timeout)
	defer timer.Stop()
	start := time.Now()
	finish := func(r Result, taken bool) (Result, bool) {
		r.RequestID, r.Duration = w.id, time.Since(start)
		return r, taken
	}

	untaken := func() (Result, bool) { return finish(exited(w.id, i.process.Err()), false) }
	if !i.alive() { // its last request for work may still be open
		return untaken()
	}
	select {
	case i.work <- w:
	case <-i.process.Done():
		return untaken()
	case <-timer.C:
		i.kill()
		return finish(timedOut(w.id, w.timeout), true)
	}
	select {
	case answer := <-w.answer:
		return finish(answer, true)
	case <-i.process.Done():
		select {
		case answer := <-w.answer: // its last words
			return finish(answer, true)
		default:
			return finish(exited(w.id, i.process.Err()), true)
		}
	case <-timer.C:
		i.kill()
		return finish(timedOut(w.id, w.timeout), true)
	}
}

func (i *instance) alive() bool {
	select {
	case <-i.process.Done():
		return false
	default:
		return true
	}
}

func (i *instance) kill() { i.process.Kill() }

func (i *instance) describe() Instance {
	d := Instance{PID: i.process.PID()}
	d.Memory, _ = i.process.Memory() // zero if it is just ending
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.current != nil {
		d.RequestID = i.current.id
	}
	return d
}

func (i *instance) lastRequestID() string {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.requestID
}
