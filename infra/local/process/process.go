// Package process runs children that do not outlive the process that started
// them.
package process

import (
	"os/exec"
	"runtime"
	"time"
)

// outputDelay is how long to wait for the rest of a killed child's output. Only a
// grandchild that inherited the pipe can make that last.
const outputDelay = 2 * time.Second

// Process is a running child.
type Process struct {
	cmd  *exec.Cmd
	done chan struct{}
	err  error // how it ended; readable once done is closed
}

// Start starts cmd. The child is not in the terminal's process group, so Ctrl-C reaches
// only the parent, which can then stop its children in order. On Linux the kernel kills
// the child when the parent dies, however it dies.
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

// run starts the child and waits for it on the same thread: Linux takes the end of the
// thread that started a child for the death of its parent.
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

// Done is closed when the child has ended and its output is read.
func (p *Process) Done() <-chan struct{} { return p.done }

// Err says how the child ended, like [exec.Cmd.Wait]. Call it only after Done is closed.
func (p *Process) Err() error { return p.err }

// Kill kills the child and returns when it has ended.
func (p *Process) Kill() {
	p.cmd.Process.Kill() // fails only if the child has ended already
	<-p.done
}
