package main

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/poolsync/poolsync/shared/plan"
	"github.com/poolsync/poolsync/shared/targets"
)

const hub = `{"name":"hub","userhub":{"connectionId":"conn_1","externalId":"username"},"queueUrl":"https://sqs.example.com/1/hub","policy":"full",` +
	`"limits":{"percent":10,"count":500,"floor":0},"maxBacklog":0,"sixHours":432000}`

func TestTargets(t *testing.T) {
	var got targets.List[target]
	second := but(`"name":"hub"`, `"name":"second","groups":["staff","beta"]`)
	if err := got.UnmarshalText([]byte("[" + hub + "," + second + "]")); err != nil {
		t.Fatal(err)
	}
	if len(got) != 2 {
		t.Fatalf("%d targets, want 2", len(got))
	}
	if diff := cmp.Diff(plan.Limits{Percent: 10, Count: 500}, got[0].limits()); diff != "" {
		t.Errorf("limits: -want +got\n%s", diff)
	}
	if got[0].LedgerName() != "userhub:conn_1" || *got[0].MaxBacklog != 0 || got[0].SixHours != 432_000 || got[0].Groups != nil {
		t.Errorf("got %+v", got[0])
	}
	if diff := cmp.Diff([]string{"staff", "beta"}, got[1].Groups); got[1].Name != "second" || diff != "" {
		t.Errorf("%s: groups: -want +got\n%s", got[1].Name, diff)
	}
}

// but returns hub with something else in place of what it holds.
func but(old, replacement string) string { return strings.Replace(hub, old, replacement, 1) }

// TestTargetsRefused shows that a slip is named by target and field.
func TestTargetsRefused(t *testing.T) {
	for _, tt := range []struct{ name, in, want string }{
		{"a field that nobody knows", but(`"policy"`, `"polcy"`), `target 1: "polcy" is not known`},
		{"of no kind", but(`"userhub":{"connectionId":"conn_1","externalId":"username"},`, ""), "target 1: is of no kind"},
		{"a field is missing", but(`"maxBacklog":0,`, ""), "target 1: lacks maxBacklog"},
		{"several are missing", `{"name":"x","userhub":{"connectionId":"c","externalId":"sub"}}`, "lacks queueUrl, policy"},
		{"a limit is missing", but(`"floor":0`, `"count":1`), "limits.count appears twice"},
		{"another limit is missing", but(`,"floor":0`, ``), "lacks limits.floor"},
		{"a field within a field", but(`"floor"`, `"flor"`), "flor"},
		{"a policy that is none", but(`"full"`, `"half"`), "policy"},
		{"no address", but(`https://sqs.example.com/1/hub`, `hub`), "not an absolute http or https address"},
		{"a number as text", but(`"maxBacklog":0`, `"maxBacklog":"0"`), "maxBacklog"},
		{"less than none", but(`"maxBacklog":0`, `"maxBacklog":-1`), "maxBacklog: is negative"},
		{"no pace", but(`432000`, `0`), "sixHours"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var got targets.List[target]
			if err := got.UnmarshalText([]byte("[" + tt.in + "]")); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error = %v, want %s", err, tt.want)
			}
		})
	}
}
