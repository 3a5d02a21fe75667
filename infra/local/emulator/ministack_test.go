package emulator_test

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/cloudformation"

	"github.com/poolsync/poolsync/infra/local/emulator"
)

func TestMinistackAnswersUntilItIsStopped(t *testing.T) {
	e, err := emulator.StartMinistack(t.Context(), t.TempDir(), emulator.AccountID)
	if err != nil {
		t.Fatal(err)
	}
	defer e.Stop()
	client := cloudformation.NewFromConfig(e.Config(), func(o *cloudformation.Options) { o.RetryMaxAttempts = 1 })
	if _, err := client.ListStacks(t.Context(), &cloudformation.ListStacksInput{}); err != nil {
		t.Errorf("list stacks: %v\n%s", err, e.Errors())
	}
	e.Stop()
	if _, err := client.ListStacks(t.Context(), &cloudformation.ListStacksInput{}); err == nil {
		t.Error("it still answers after Stop")
	}
}
