package sandbox

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/aws-sdk-go-v2/service/sfn/types"
)

// ErrExecution is returned by [Stack.Execute] when an execution did not succeed.
// The error that wraps it has the execution's own error and cause.
var ErrExecution = errors.New("execution")

// executionPoll is the time between two looks at whether an execution has ended.
const executionPoll = 100 * time.Millisecond

// stateMachine makes a state machine. The emulator runs it, and calls our front for its
// tasks.
func (c *creator) stateMachine(id string, p properties) (made, error) {
	var in struct {
		DefinitionString        string
		DefinitionSubstitutions map[string]string
		RoleArn                 string
		StateMachineType        types.StateMachineType
	}
	if err := p.decode(&in); err != nil {
		return made{}, err
	}
	definition := in.DefinitionString
	for name, value := range in.DefinitionSubstitutions {
		definition = strings.ReplaceAll(definition, "${"+name+"}", value)
	}
	definition = c.shorten(id, definition)
	created, err := sfn.NewFromConfig(c.aws).CreateStateMachine(c.ctx, &sfn.CreateStateMachineInput{
		Name: &id, Definition: &definition, RoleArn: &in.RoleArn, Type: in.StateMachineType,
	})
	if err != nil {
		return made{}, fmt.Errorf("create state machine: %w", err)
	}
	arn := aws.ToString(created.StateMachineArn)
	return made{ref: arn, attributes: map[string]string{"Arn": arn, "Name": id}}, nil
}

// waitForm is how a definition says how long a state waits.
var waitForm = regexp.MustCompile(`"Type": "Wait", "Seconds": \d+`)

// shorten has a state machine wait as long as the settings say.
func (c *creator) shorten(id, definition string) string {
	if c.settings.wait == 0 || !waitForm.MatchString(definition) {
		return definition
	}
	c.settings.differ("%s: waits %v s", id, c.settings.wait.Seconds())
	return waitForm.ReplaceAllString(definition, fmt.Sprintf(`"Type": "Wait", "Seconds": %d`, int(c.settings.wait.Seconds())))
}

// Execute starts an execution of a state machine, waits for its end and returns its
// output. The error is [ErrExecution] if the execution failed.
func (s *Stack) Execute(ctx context.Context, logicalID, input string) (output string, err error) {
	client := sfn.NewFromConfig(s.AWS.Config())
	started, err := client.StartExecution(ctx, &sfn.StartExecutionInput{
		StateMachineArn: aws.String(s.Ref(logicalID)),
		Name:            aws.String(rand.Text()), // AWS makes a name up; the emulator would use the same one each time
		Input:           &input,
	})
	if err != nil {
		return "", fmt.Errorf("start execution: %w", err)
	}
	tick := time.NewTicker(executionPoll)
	defer tick.Stop()
	for {
		run, err := client.DescribeExecution(ctx, &sfn.DescribeExecutionInput{ExecutionArn: started.ExecutionArn})
		switch {
		case err != nil:
			return "", fmt.Errorf("describe execution: %w", err)
		case run.Status == types.ExecutionStatusSucceeded:
			return aws.ToString(run.Output), nil
		case run.Status != types.ExecutionStatusRunning:
			return "", fmt.Errorf("%w %s: %s: %s", ErrExecution, run.Status, aws.ToString(run.Error), aws.ToString(run.Cause))
		}
		<-tick.C
	}
}
