package main

import (
	"slices"
	"testing"

	"github.com/poolsync/poolsync/infra/connectivity"
)

// checkRunOf returns the logical id of the check's invocation.
func checkRunOf(t *testing.T, s synthesis) string {
	t.Helper()
	runs := s.ofType("Custom::" + connectivity.RunName)
	if len(runs) != 1 || !checkRunName.MatchString(runs[0]) {
		t.Fatalf("invocations of the check: %v, want one", runs)
	}
	return runs[0]
}

// TestCheckComesLast shows that the check waits for everything that could make it fail,
// by waiting for everything.
func TestCheckComesLast(t *testing.T) {
	for title, configuration := range configurations {
		t.Run(title, func(t *testing.T) {
			s := configuration()
			run := checkRunOf(t, s)
			for id := range s.Resources {
				if id != run && !slices.Contains(s.Resources[run].DependsOn, id) {
					t.Errorf("the check does not wait for %s", id)
				}
			}
			if function := name(s.property(run, "ServiceToken")); function != "CheckFunction.Arn" {
				t.Errorf("the check is %s", function)
			}
		})
	}
}

// TestCheckRunsWhenSomethingChanged shows that a deployment runs the check exactly if
// it changes something.
func TestCheckRunsWhenSomethingChanged(t *testing.T) {
	with := func(overrides map[string]string) synthesis { return deployment(example("new-pool"), overrides)() }
	before := checkRunOf(t, newPool())
	if again := checkRunOf(t, with(nil)); again != before {
		t.Errorf("the same settings gave %s and %s", before, again)
	}
	for path, value := range map[string]string{"watch.logLevel": "DEBUG", "sync.schedule": "off", "deploy.connectivityCheck": "advisory"} {
		if changed := checkRunOf(t, with(map[string]string{path: value})); changed == before {
			t.Errorf("%s=%s gave the same invocation", path, value)
		}
	}
	if found := switchedOff().ofType("Custom::" + connectivity.RunName); len(found) > 0 {
		t.Errorf("with deploy.connectivityCheck=off there is still %v", found)
	}
}
