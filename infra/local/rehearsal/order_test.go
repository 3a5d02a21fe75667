package main

import (
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	cfntypes "github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
	"github.com/google/go-cmp/cmp"

	"github.com/poolsync/poolsync/infra/local/emulator"
)

// TestEmulatorAsksCustomResourcesInThisOrder checks what leftout.go says of the emulator.
// It says so where CloudFormation's own order differs.
func TestEmulatorAsksCustomResourcesInThisOrder(t *testing.T) {
	e, err := emulator.StartMinistack(t.Context(), t.TempDir(), accountID)
	if err != nil {
		t.Fatal(err)
	}
	defer e.Stop()
	heard := &listener{}
	server := httptest.NewServer(heard)
	defer server.Close()
	function := createRecorder(t, e, server.URL)
	client := cloudformation.NewFromConfig(e.Config())
	stack := aws.String("order")
	id := func(id string) map[string]any { return map[string]any{"Id": id} }
	failing := map[string]any{"Id": "b3", "Fails": "true"}

	update := func(body *string) error {
		if _, err := client.UpdateStack(t.Context(), &cloudformation.UpdateStackInput{StackName: stack, TemplateBody: body}); err != nil {
			return err
		}
		return cloudformation.NewStackUpdateCompleteWaiter(client, fast).Wait(t.Context(), &cloudformation.DescribeStacksInput{StackName: stack}, time.Minute)
	}
	for _, step := range []struct {
		name  string
		do    func() error
		fails bool
		want  []string
	}{
		{"creation, in order of dependency", func() error {
			createStack(t, e, *stack, stackOf(t, function, id("a1"), id("b1")))
			return nil
		}, false, []string{"Create R0 a1", "Create R1 b1"}},
		{"an update that replaces one, and does not touch the other", func() error { return update(stackOf(t, function, id("a2"), id("b1"))) },
			false, []string{"Update R0 a1 to a2", "Delete R0 a1"}},
		// CloudFormation's documentation does not say whether R0 gets an Update back to a2
		// before the Delete of a3; here it does not.
		{"an update that replaces the first and fails at the second", func() error { return update(stackOf(t, function, id("a3"), failing)) },
			true, []string{"Update R0 a2 to a3", "Update R1 b1 to b3", "Update R1 b1 to b1", "Delete R0 a3"}},
		// CloudFormation would also delete what it failed to create.
		{"an update that fails to create a third", func() error {
			return update(stackOf(t, function, id("a2"), id("b1"), map[string]any{"Id": "c1", "Fails": "true"}))
		}, true, []string{"Create R2 c1"}},
		{"resources that leave the template, after the rest", func() error { return update(stackOf(t, function, id("a4"))) },
			false, []string{"Update R0 a2 to a4", "Delete R0 a2", "Delete R1 b1"}},
	} {
		if err := step.do(); (err != nil) != step.fails {
			t.Fatalf("%s: %v, want a failure: %t", step.name, err, step.fails)
		}
		if diff := cmp.Diff(step.want, heard.heard()); diff != "" {
			t.Errorf("%s: -want +got\n%s", step.name, diff)
		}
	}
}

// stackOf returns a template of custom resources, each after the one before it.
func stackOf(t *testing.T, function string, resources ...map[string]any) *string {
	t.Helper()
	all := map[string]any{}
	for i, properties := range resources {
		properties["ServiceToken"], properties["ServiceTimeout"] = function, 60
		declared := map[string]any{"Type": "Custom::Recorded", "Properties": properties}
		if i > 0 {
			declared["DependsOn"] = []string{"R" + fmt.Sprint(i-1)}
		}
		all["R"+fmt.Sprint(i)] = declared
	}
	text, err := json.Marshal(map[string]any{"Resources": all})
	if err != nil {
		t.Fatal(err)
	}
	return aws.String(string(text))
}

// createStack creates a stack, which must succeed.
func createStack(t *testing.T, e *emulator.Emulator, name string, body *string) {
	t.Helper()
	client := cloudformation.NewFromConfig(e.Config())
	_, err := client.CreateStack(t.Context(), &cloudformation.CreateStackInput{
		StackName: &name, TemplateBody: body, Capabilities: []cfntypes.Capability{cfntypes.CapabilityCapabilityNamedIam},
	})
	if err != nil {
		t.Fatal(err)
	}
	waiter := cloudformation.NewStackCreateCompleteWaiter(client, func(o *cloudformation.StackCreateCompleteWaiterOptions) {
		o.MinDelay, o.MaxDelay = pause, pause
	})
	if err := waiter.Wait(t.Context(), &cloudformation.DescribeStacksInput{StackName: &name}, time.Minute); err != nil {
		t.Fatal(err)
	}
}

// pause is how long a waiter waits before it asks again: the emulator takes less than a
// second.
const pause = time.Second / 5

func fast(o *cloudformation.StackUpdateCompleteWaiterOptions) { o.MinDelay, o.MaxDelay = pause, pause }
