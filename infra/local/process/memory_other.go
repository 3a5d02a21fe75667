//go:build !linux

package process

import (
	"fmt"
	"os/exec"
	"strconv"
	"strings"
)

// Memory asks ps, which does not know the peak. It fails for a child that has ended.
func (p *Process) Memory() (Memory, error) {
	out, err := exec.Command("ps", "-o", "rss=", "-p", strconv.Itoa(p.PID())).Output()
	if err != nil {
		return Memory{}, fmt.Errorf("read memory of process %d: %w", p.PID(), err)
	}
	kib, err := strconv.ParseInt(strings.TrimSpace(string(out)), 10, 64)
	if err != nil {
		return Memory{}, fmt.Errorf("read memory of process %d: %w", p.PID(), err)
	}
	return Memory{Resident: kib << 10}, nil
}
