package process

import (
	"bufio"
	"fmt"
	"os"
	"strconv"
	"strings"
)

// Memory reads what the kernel counts for the child: the lines VmRSS and VmHWM
// of its status file, in KiB (https://docs.kernel.org/filesystems/proc.html). It
// fails for a child that has ended.
func (p *Process) Memory() (Memory, error) {
	status, err := os.Open(fmt.Sprintf("/proc/%d/status", p.PID()))
	if err != nil {
		return Memory{}, fmt.Errorf("read memory of process %d: %w", p.PID(), err)
	}
	defer status.Close()

	sizes := map[string]int64{}
	lines := bufio.NewScanner(status)
	for lines.Scan() {
		if fields := strings.Fields(lines.Text()); len(fields) == 3 && fields[2] == "kB" {
			kib, _ := strconv.ParseInt(fields[1], 10, 64)
			sizes[fields[0]] = kib << 10
		}
	}
	if sizes["VmRSS:"] == 0 {
		return Memory{}, fmt.Errorf("read memory of process %d: it has ended", p.PID())
	}
	return Memory{Resident: sizes["VmRSS:"], Peak: sizes["VmHWM:"]}, lines.Err()
}
