package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"

	"github.com/poolsync/poolsync/infra/local/emulator"
)

// errNoFailure is returned when a deployment succeeded although it had to fail.
var errNoFailure = errors.New("the deployment succeeded, and should have failed")

// unknownConnection is a connection that UserHub does not know. A deployment with it fails
// at the very end, in the connectivity check, after everything else is updated.
const unknownConnection = "conn_nobody"

// step is one thing that an owner does.
type step struct {
	name string
	do   func(context.Context, *trial) error
	// needed means that if this step fails, the rest cannot run.
	needed bool
}

// steps are the steps of a rehearsal, in this order.
var steps = []step{
	{name: "bootstrap", do: bootstrap, needed: true},
	{name: "deploy", do: firstDeployment, needed: true},
	{name: "update", do: update},
	{name: "failure", do: failingUpdate},
	{name: "pool failure", do: failingChangeOfPool},
	{name: "pool", do: changeOfPool},
	{name: "destroy", do: destroy},
}

// bootstrap prepares the account for the CDK, as in the README's third step.
func bootstrap(ctx context.Context, t *trial) (err error) {
	// The first deployment for an existing pool, as in the README.
	first, err := t.given.with(map[string]any{connectivityCheck: "advisory"})
	if err != nil {
		return err
	}
	if t.stands, err = t.cdk.synthesise(ctx, t.account, first); err != nil {
		return err
	}
	where := fmt.Sprintf("aws://%s/%s", accountID, emulator.Region)
	if err := t.cdk.run(ctx, t.URL(), "bootstrap", "--app", t.stands.dir, where); err != nil {
		return err
	}
	return t.acceptHTTP(ctx)
}

func firstDeployment(ctx context.Context, t *trial) error {
	if err := t.deploy(ctx, t.stands); err != nil {
		return err
	}
	if t.given.text(triggers) == "manual" {
		if err := t.attachByHand(ctx); err != nil {
			return err
		}
	}
	return t.look(ctx)
}

// update changes settings of every function and of the log, sets the triggers again, and
// makes the check strict.
func update(ctx context.Context, t *trial) error {
	changes := map[string]any{logRetentionDays: 60, ratePerSecond: 3, connectivityCheck: "strict"}
	if t.given.text(poolID) != "" && t.given.text(triggers) != "manual" {
		changes[triggersRevision] = "2"
	}
	return t.move(ctx, changes)
}

// failingUpdate makes the same changes, but with a connection that UserHub does not know.
func failingUpdate(ctx context.Context, t *trial) error {
	return t.fail(ctx, map[string]any{logRetentionDays: 14, ratePerSecond: 2})
}

// otherPool returns the changes that move the stack to its other pool.
func (t *trial) otherPool() map[string]any {
	if t.given.text(poolID) == "" {
		return map[string]any{poolID: t.pools[1], newPool: nil, domainPrefix: nil}
	}
	return map[string]any{poolID: t.pools[1]}
}

func failingChangeOfPool(ctx context.Context, t *trial) error { return t.fail(ctx, t.otherPool()) }

func changeOfPool(ctx context.Context, t *trial) error { return t.move(ctx, t.otherPool()) }

// move deploys changes and looks at the result.
func (t *trial) move(ctx context.Context, changes map[string]any) error {
	given, err := t.given.with(changes)
	if err != nil {
		return err
	}
	next, err := t.cdk.synthesise(ctx, t.account, given)
	if err != nil {
		return err
	}
	if err := t.deploy(ctx, next); err != nil {
		return err
	}
	t.given, t.stands = given, next
	return t.look(ctx)
}

// fail deploys changes that fail at the end, and checks that everything is as before.
func (t *trial) fail(ctx context.Context, changes map[string]any) error {
	changes[connectionID], changes[connectivityCheck] = unknownConnection, "strict"
	given, err := t.given.with(changes)
	if err != nil {
		return err
	}
	next, err := t.cdk.synthesise(ctx, t.account, given)
	if err != nil {
		return err
	}
	if err := t.deploy(ctx, next); err == nil {
		return errNoFailure
	} else if !errors.Is(err, errCommand) {
		return err
	}
	status, err := t.status(ctx)
	if err != nil {
		return err
	}
	if status != "UPDATE_ROLLBACK_COMPLETE" {
		return fmt.Errorf("the stack is in %s, want UPDATE_ROLLBACK_COMPLETE", status)
	}
	return errors.Join(t.onlyTheCheckFailed(ctx), t.look(ctx))
}

// onlyTheCheckFailed returns an error unless the last update failed at its end, in the
// connectivity check: an earlier failure would prove less.
func (t *trial) onlyTheCheckFailed(ctx context.Context) error {
	out, err := cloudformation.NewFromConfig(t.Config()).DescribeStackEvents(ctx, &cloudformation.DescribeStackEventsInput{StackName: &t.stands.stack})
	if err != nil {
		return err
	}
	var failed []string
	for _, event := range out.StackEvents { // the newest first
		if event.ResourceStatus == types.ResourceStatusUpdateInProgress && aws.ToString(event.LogicalResourceId) == t.stands.stack {
			break
		}
		if strings.HasSuffix(string(event.ResourceStatus), "_FAILED") {
			failed = append(failed, aws.ToString(event.ResourceType))
		}
	}
	if !slices.Equal(failed, []string{"Custom::Connectivity"}) {
		return fmt.Errorf("%v failed, want only the connectivity check", failed)
	}
	return nil
}

func (t *trial) deploy(ctx context.Context, next assembly) error {
	t.remember(next.template)
	return t.cdk.run(ctx, t.URL(), "deploy", "--app", next.dir, "--require-approval", "never")
}

// destroy removes the stack, and looks at what remains.
func destroy(ctx context.Context, t *trial) error {
	if err := t.cdk.run(ctx, t.URL(), "destroy", "--app", t.stands.dir, "--force"); err != nil {
		return err
	}
	return errors.Join(t.lookAtRemains(ctx), t.poolsAreAsBefore(ctx))
}

// status returns the stack's status.
func (t *trial) status(ctx context.Context) (string, error) {
	out, err := cloudformation.NewFromConfig(t.Config()).DescribeStacks(ctx, &cloudformation.DescribeStacksInput{StackName: aws.String(t.stands.stack)})
	if err != nil {
		return "", err
	}
	return string(out.Stacks[0].StackStatus), nil
}
