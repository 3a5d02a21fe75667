package process

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"syscall"
	"testing"
	"time"
)

// The test binary is also the parent and the child in these tests.
func TestMain(m *testing.M) {
	switch os.Getenv("PROCESS_TEST_ROLE") {
	case "parent":
		child := exec.Command(os.Args[0])
		child.Env = []string{"PROCESS_TEST_ROLE=child"}
		child.Stdout = os.Stdout
		if _, err := Start(child); err != nil {
			os.Exit(1)
		}
		fmt.Println("started")
		time.Sleep(time.Hour)
	case "child":
		time.Sleep(time.Hour)
	}
	os.Exit(m.Run())
}

func start(t *testing.T, role string, stdout io.Writer) *Process {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = []string{"PROCESS_TEST_ROLE=" + role}
	cmd.Stdout = stdout
	p, err := Start(cmd)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Kill)
	return p
}

func TestKillEndsTheChild(t *testing.T) {
	p := start(t, "child", nil)
	p.Kill()
	if err := syscall.Kill(p.PID(), 0); err != syscall.ESRCH {
		t.Errorf("signalling the killed child: got %v, want %v", err, syscall.ESRCH)
	}
	if p.Err() == nil {
		t.Error("Err of a killed child: got nil")
	}
	p.Kill() // again, harmlessly
}

func TestStartReportsAMissingProgram(t *testing.T) {
	if _, err := Start(exec.Command("/no/such/program")); err == nil {
		t.Fatal("got no error")
	}
}

func TestMemory(t *testing.T) {
	p := start(t, "child", nil)
	memory, err := p.Memory()
	if err != nil {
		t.Fatal(err)
	}
	if memory.Resident <= 0 || memory.Peak != 0 && memory.Peak < memory.Resident {
		t.Errorf("got %+v, want some, and a peak that is no less", memory)
	}
	p.Kill()
	if memory, err := p.Memory(); err == nil {
		t.Errorf("of the killed child: got %+v and no error", memory)
	}
}
