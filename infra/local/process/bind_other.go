//go:build !linux

package process

import (
	"os/exec"
	"syscall"
)

// bind has no parent-death signal to ask for here. The children that we start
// end by themselves: the emulator when its standard input ends, a function when
// its Runtime API is gone.
func bind(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
}
