// Command postauth is the Cognito trigger for PostAuthentication and
// PostConfirmation. It puts one change on the queue of each target and returns the
// event unchanged.
//
// The person who signs in waits for it, and an error from it refuses the sign-in
// (Cognito developer guide, "Customizing user pool workflows with Lambda triggers").
// So it talks to nothing but the queues, and always answers.
package main

import (
	"context"
	"os"
	"runtime/debug"

	"github.com/aws/aws-lambda-go/lambda"

	"github.com/poolsync/poolsync/shared/config"
	"github.com/poolsync/poolsync/shared/telemetry"
)

// settings are the function's environment variables.
type settings struct {
	// QueueURLs are the queues of the targets that have a use for sign-ins, if any has.
	QueueURLs []config.URL `env:"QUEUE_URLS,required"`
	Region    string       `env:"AWS_REGION,required"`
	Stack     string       `env:"STACK_NAME"`
}

// gcPercent makes the collector run at two megabytes instead of four. An event leaves
// some 50 kB of garbage, so even then it runs once in thirty sign-ins.
const gcPercent = 50

func main() {
	debug.SetGCPercent(gcPercent)
	h := handler{log: telemetry.NewLogger(), out: os.Stdout}
	s, err := config.Load[settings]()
	h.stack = s.Stack
	if err != nil {
		// Exiting here would refuse every sign-in. So each change counts as
		// dropped, which raises an alarm.
		h.log.Error("configuration is unusable: changes are dropped", "error", err)
		h.queues = []queue{unusable{}}
	} else {
		h.queues = connect(context.Background(), s)
	}
	lambda.Start(h)
}
