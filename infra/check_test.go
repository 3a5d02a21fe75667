package main

import (
	"maps"
	"slices"
	"testing"
)

// checkRunOf returns the logical id of the invocation of the check.
func checkRunOf(t *testing.T, s synthesis) string {
	t.Helper()
	runs := s.ofType("Custom::" + checkRun)
	if len(runs) != 1 || !checkRunName.MatchString(runs[0]) {
		t.Fatalf("invocations of the check: %v, want one", runs)
	}
	return runs[0]
}

// TestCheckComesLast holds that the check waits for all that could fail it, by
// waiting for everything.
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

// TestCheckRunsWhenSomethingChanged holds that a deployment that changes nothing
// checks nothing, and any other does.
func TestCheckRunsWhenSomethingChanged(t *testing.T) {
	with := func(changes map[string]any) synthesis {
		context := map[string]any{"connectionId": "conn_26yEiYymqy6ZmG", "userhubKeySecretArn": exampleSecretARN}
		maps.Copy(context, changes)
		return synthesise(context)
	}
	before := checkRunOf(t, newPool())
	if again := checkRunOf(t, with(nil)); again != before {
		t.Errorf("the same configuration gave %s and %s", before, again)
	}
	for key, value := range map[string]string{"logLevel": "DEBUG", "syncSchedule": "off", "connectivityCheck": "advisory"} {
		if changed := checkRunOf(t, with(map[string]any{key: value})); changed == before {
			t.Errorf("%s=%s gave the same invocation", key, value)
		}
	}
	if found := switchedOff().ofType("Custom::" + checkRun); len(found) > 0 {
		t.Errorf("with connectivityCheck=off there is still %v", found)
	}
}
