package main

import (
	"fmt"
	"testing"
)

// TestDashboardName shows that a dashboard is named after its stack's Region too. A
// dashboard belongs to the account, so two stacks of one name would both claim it.
func TestDashboardName(t *testing.T) {
	for title, tt := range map[string]struct {
		synthesis
		want string
	}{
		"Region of the deployment": {newPool(), "map[Fn::Join:[ [poolsync- map[Ref:AWS::Region]]]]"},
		"Region of the pool":       {attachedPool(), "poolsync-us-east-1"},
	} {
		t.Run(title, func(t *testing.T) {
			if got := fmt.Sprint(tt.property("Dashboard", "DashboardName")); got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}
