package main

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/poolsync/poolsync/shared/plan"
	"github.com/poolsync/poolsync/shared/userhub"
)

const hub = `{"name":"hub","type":"userhub","queueUrl":"https://sqs.example.com/1/hub","policy":"full",` +
	`"limits":{"percent":10,"count":500,"floor":5},"maxBacklog":1000,"sixHours":432000,"connectionId":"conn_1","externalId":"username"}`

func TestTargets(t *testing.T) {
	want := target{
		Name: "hub", Type: "userhub", QueueURL: "https://sqs.example.com/1/hub", Policy: string(plan.Full),
		Limits: limits{Percent: 10, Count: 500, Floor: 5}, MaxBacklog: 1000, SixHours: 432_000,
		ConnectionID: "conn_1", ExternalID: string(userhub.ByUsername),
	}
	second := want
	second.Name, second.Groups = "second", []string{"staff", "beta"}
	var got targets
	if err := got.UnmarshalText([]byte("[" + hub + "," + but(`"name":"hub"`, `"name":"second","groups":["staff","beta"]`) + "]")); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(targets{want, second}, got); diff != "" {
		t.Errorf("targets: -want +got\n%s", diff)
	}
	_, name := want.fingerprinter()
	if name != userhub.TargetName("conn_1") {
		t.Errorf("name in the ledger = %s, want %s", name, userhub.TargetName("conn_1"))
	}
}

// but returns hub with something else in place of what it holds.
func but(old, replacement string) string { return strings.Replace(hub, old, replacement, 1) }

// TestTargetsRefused shows that a slip is named by target and field.
func TestTargetsRefused(t *testing.T) {
	for _, tt := range []struct{ name, in, want string }{
		{"not JSON", `hub`, "want a list in JSON"},
		{"not a list", hub, "want a list in JSON"},
		{"none", `[]`, "want one target or more"},
		{"a field that nobody knows", "[" + but(`"policy"`, `"polcy"`) + "]", `target 1: "polcy" is not known`},
		{"a field is missing", "[" + hub + "," + but(`"maxBacklog":1000,`, "") + "]", "target 2: lacks maxBacklog"},
		{"several are missing", `[{"name":"x","type":"userhub"}]`, "lacks queueUrl, policy, limits, maxBacklog, sixHours, connectionId, externalId"},
		{"blank", "[" + but(`"conn_1"`, `""`) + "]", "lacks connectionId"},
		{"a field within a field", "[" + but(`"floor"`, `"flor"`) + "]", "flor"},
		{"another type", "[" + but(`"type":"userhub"`, `"type":"usrhub"`) + "]", `type: "usrhub" is not known`},
		{"a policy that is none", "[" + but(`"full"`, `"half"`) + "]", "policy"},
		{"no address", "[" + but(`https://sqs.example.com/1/hub`, `hub`) + "]", "not an absolute http or https address"},
		{"a number as text", "[" + but(`1000`, `"1000"`) + "]", "maxBacklog"},
		{"no pace", "[" + but(`432000`, `0`) + "]", "sixHours"},
		{"a name twice", "[" + hub + "," + hub + "]", `target 2: name: "hub" is taken`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var got targets
			if err := got.UnmarshalText([]byte(tt.in)); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error = %v, want %s", err, tt.want)
			}
		})
	}
}
