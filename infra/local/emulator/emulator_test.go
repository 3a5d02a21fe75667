package emulator

import (
	"context"
	"errors"
	"net/http"
	"os/exec"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	sfntypes "github.com/aws/aws-sdk-go-v2/service/sfn/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
)

func TestConfigReachesTheEmulator(t *testing.T) {
	client := sqs.NewFromConfig(ForTest(t).Config())
	created, err := client.CreateQueue(t.Context(), &sqs.CreateQueueInput{QueueName: aws.String("emulator-test")})
	if err != nil {
		t.Fatal(err)
	}
	if url := aws.ToString(created.QueueUrl); !strings.HasPrefix(url, ForTest(t).URL()) {
		t.Errorf("queue URL: got %s, want it below %s", url, ForTest(t).URL())
	}
}

// moto fails the second execution unless the start-up script fixes it.
func TestStateMachineRunsTwice(t *testing.T) {
	client := sfn.NewFromConfig(ForTest(t).Config())
	machine, err := client.CreateStateMachine(t.Context(), &sfn.CreateStateMachineInput{
		Name:       aws.String("emulator-test"),
		RoleArn:    aws.String("arn:aws:iam::" + AccountID + ":role/emulator-test"),
		Definition: aws.String(`{"StartAt":"Done","States":{"Done":{"Type":"Pass","Result":{"ran":true},"End":true}}}`),
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"first", "second"} {
		run, err := client.StartExecution(t.Context(), &sfn.StartExecutionInput{
			StateMachineArn: machine.StateMachineArn,
			Name:            aws.String(name),
		})
		if err != nil {
			t.Fatalf("%s execution: %v", name, err)
		}
		if got := output(t, client, run.ExecutionArn); got != `{"ran": true}` {
			t.Errorf("%s execution: got output %s", name, got)
		}
	}
}

// output waits for an execution to end and returns its output.
func output(t *testing.T, client *sfn.Client, arn *string) string {
	t.Helper()
	for {
		run, err := client.DescribeExecution(t.Context(), &sfn.DescribeExecutionInput{ExecutionArn: arn})
		if err != nil {
			t.Fatal(err)
		}
		if run.Status != sfntypes.ExecutionStatusRunning {
			return aws.ToString(run.Output)
		}
	}
}

func TestStopEndsTheEmulator(t *testing.T) {
	e, err := Start(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	e.Stop()
	e.Stop() // again, harmlessly
	if answer, err := http.Get(e.URL()); err == nil {
		answer.Body.Close()
		t.Errorf("the stopped emulator answered %s", answer.Status)
	}
}

func TestStartReportsWhatWentWrong(t *testing.T) {
	tests := []struct {
		name string
		cmd  *exec.Cmd
		want string
	}{
		{"ends early", exec.Command("sh", "-c", "echo no module named moto >&2; exit 3"), "no module named moto"},
		{"cannot run", exec.Command("/no/such/python"), "/no/such/python"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := start(t.Context(), tt.cmd)
			if !errors.Is(err, ErrNotReady) || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got error %v, want %v with %q", err, ErrNotReady, tt.want)
			}
		})
	}
}

func TestStartStopsASilentChild(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := start(ctx, exec.Command("sh", "-c", "cat"))
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got error %v, want %v", err, context.Canceled)
	}
}
