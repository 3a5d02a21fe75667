// Package target declares what each target has for itself: the queues of its changes,
// and the function that delivers them.
package target

import (
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"

	"github.com/poolsync/poolsync/infra/setting"
	"github.com/poolsync/poolsync/shared/targets"
)

// Target is a target of a deployment.
type Target struct {
	setting.Target
	// Name is what the owner calls it.
	Name string
	// Described is what functions are told of it.
	Described targets.Settings
	// PerSecond is how many requests a second it gets at most.
	PerSecond int
	// PerMinute is how many a minute; 0: as many as PerSecond allows.
	PerMinute int
	Queues    Queues
	// Deliver is the function that delivers its changes.
	Deliver awslambda.Function
}

// Resource returns the name of one of its resources in the template.
func (t Target) Resource(name string) string { return setting.ResourceName(t.Name) + name }
