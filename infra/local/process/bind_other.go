//go:build !linux

package process

import (
	"os/exec"
	"syscall"
)

// bind does nothing, because this system has no parent-death signal. Our children end by
// themselves: the emulator when its standard input ends, a function when its Runtime API
// is gone.
func bind(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
}
