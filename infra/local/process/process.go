// Package process runs children that do not outlive the process that started
// them.
package process

import (
	"os/exec"
	"runtime"
	"time"
)

// outputDelay is how long a killed child's output is still waited for. Only a
// grandchild that inherited the pipe can make it last.
const outputDelay = 2 * time.Second

// Process is a running child.
type Process struct {
	cmd  *exec.Cmd
	done chan struct{}
	err  error // how it ended; readable once done is closed
}

// Start starts cmd. The child is kept out of the terminal's process group, so
// that Ctrl-C reaches the parent alone, which can then stop its children in
// order; and on Linux the kernel kills it when the parent dies, however it dies.
func Start(cmd *exec.Cmd) (*Process, error) {
	bind(cmd)
	cmd.WaitDelay = outputDelay
	p := &Process{cmd: cmd, done: make(chan struct{})}
	started := make(chan error)
	go p.run(started)
	if err := <-started; err != nil {
		return nil, err
	}
	return p, nil
}

// run starts the child and waits for it on one and the same thread: Linux takes
// the end of the thread that started a child for the death of its parent.
func (p *Process) run(started chan<- error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	err := p.cmd.Start()
	started <- err
	if err != nil {
		return
	}
	p.err = p.cmd.Wait()
	close(p.done)
}

// PID returns the child's process id.
func (p *Process) PID() int { return p.cmd.Process.Pid }

// Done is closed when the child has ended and its output was read.
func (p *Process) Done() <-chan struct{} { return p.done }

// Err says how the child ended, as [exec.Cmd.Wait] does. It may be called once
// Done is closed.
func (p *Process) Err() error { return p.err }

// Kill ends the child at once and returns when it has ended.
func (p *Process) Kill() {
	p.cmd.Process.Kill() // fails only for a child that has ended by itself
	<-p.done
}
