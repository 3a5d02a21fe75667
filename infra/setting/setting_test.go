package setting

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/poolsync/poolsync/infra/setting/newpool"
	"github.com/poolsync/poolsync/shared/plan"
	"github.com/poolsync/poolsync/shared/reconcile"
)

const (
	keyARN1     = "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
	secret      = "arn:aws:secretsmanager:us-east-1:111122223333:secret:userhub-key-AbCdEf"
	signing     = "arn:aws:secretsmanager:us-east-1:111122223333:secret:signing-AbCdEf"
	existingID  = "us-east-1_EXAMPLE01"
	theFunction = "arn:aws:lambda:us-east-1:111122223333:function:ours"

	target  = "targets.userhub."
	feed    = "targets.feed."
	other   = "targets.other."
	domain  = "targets.domain."
	webhook = "providers.userhub."
)

// complete is the smallest context that is complete, with changes. A change to nil
// leaves a setting out.
func complete(changes map[string]any) map[string]any {
	context := map[string]any{target + "type": "userhub", target + "connectionId": "conn_x", target + "keySecretArn": secret}
	for path, value := range changes {
		context[path] = value
	}
	return context
}

// minimal is what complete says, with all defaults.
func minimal() Settings {
	return Settings{
		Pool: Pool{Triggers: "auto", TriggersRevision: "1", ListShare: 25, New: newpool.Default(), Access: Access{UserHubKeyPolicy: "none"}},
		Targets: map[string]Target{"userhub": {
			Type:       UserHubKind,
			UserHub:    &UserHub{ConnectionID: "conn_x", KeySecretARN: secret, ExternalID: "username", BaseURL: "https://api.userhub.com"},
			MaxBacklog: 1000,
			Removals:   Removals{Action: string(reconcile.Report), InRuns: true},
			Limits:     Limits{Percent: plan.DefaultPercent, Count: plan.DefaultCount, Floor: plan.DefaultFloor},
		}},
		Sync:   Sync{Schedule: "rate(1 hour)", TimeZone: "UTC", Rate: 10},
		Events: Events{CloudTrail: true, Rate: 5},
		Watch:  Watch{LogLevel: "INFO", LogRetentionDays: 30},
		Deploy: Deploy{StackName: "poolsync", ConnectivityCheck: CheckStrict},
	}
}

func TestFromContext(t *testing.T) {
	for _, tt := range []struct {
		name    string
		changes map[string]any
		want    func(*Settings)
	}{
		{"defaults", nil, func(*Settings) {}},
		{"what is the CDK's", map[string]any{
			"aws:cdk:enable-path-metadata":  true,
			"@aws-cdk/aws-iam:example":      true,
			"acknowledged-issue-numbers":    []any{1.0},
			"availability-zones:account=11": []any{"a"},
			"pool.id":                       nil, // as if it were not there
		}, func(*Settings) {}},
		{"from the command line", map[string]any{
			"sync.rate": "20", "events.cloudTrail": "false", target + "scope.groups": "a, b", "sync.schedule": "off", "deploy.stackName": " staging ",
		}, func(s *Settings) {
			s.Sync.Rate, s.Events.CloudTrail, s.Sync.Schedule, s.Deploy.StackName = 20, false, "", "staging"
			changeTarget(s, func(t *Target) { t.Scope.Groups = []string{"a", "b"} })
		}},
		{"from cdk.json", map[string]any{"sync.rate": 20.0, "events.cloudTrail": false, target + "limits.count": 4e7}, func(s *Settings) {
			s.Sync.Rate, s.Events.CloudTrail = 20, false
			changeTarget(s, func(t *Target) { t.Limits.Count = 40_000_000 })
		}},
		{"texts as they are kept", map[string]any{
			"pool.access.reader.accountId": "4444-5555-6666", "pool.access.reader.externalId": "agreed",
			"pool.portalDomain": "Example.UserHub.app", "pool.domainPrefix": "example",
		}, func(s *Settings) {
			s.Pool.Access.Reader = Reader{AccountID: "444455556666", ExternalID: "agreed"}
			s.Pool.PortalDomain, s.Pool.DomainPrefix = "example.userhub.app", "example"
		}},
		{"a webhook", map[string]any{webhook + "signingSecretArn": signing}, func(s *Settings) {
			s.Providers.UserHub = &UserHubProvider{SigningSecretARN: signing, Delete: "off", Rate: 10}
		}},
		{"an event bus beside it", map[string]any{feed + "type": "bus", feed + "bus": "default", feed + "attributes": "email, username"}, func(s *Settings) {
			feed := s.Targets["userhub"]
			feed.Type, feed.UserHub, feed.Bus = BusKind, nil, &Bus{Name: "default", Attributes: []string{"email", "username"}, SignIns: true}
			s.Targets["feed"] = feed
		}},
		{"replaced triggers", map[string]any{"pool.id": existingID, "pool.replaceTriggers.PostConfirmation": theFunction}, func(s *Settings) {
			s.Pool.ID, s.Pool.ReplaceTriggers.PostConfirmation = existingID, theFunction
		}},
		{"a part of a new pool", map[string]any{"pool.new.mfa.mode": "off", "pool.new.tags.team": "identity"}, func(s *Settings) {
			s.Pool.New.MFA.Mode, s.Pool.New.Tags = "off", map[string]string{"team": "identity"}
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			want := minimal()
			tt.want(&want)
			got, err := FromContext(complete(tt.changes))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("-want +got\n%s", diff)
			}
		})
	}
}

// changeTarget changes the target userhub of settings.
func changeTarget(s *Settings, change func(*Target)) {
	target := s.Targets["userhub"]
	change(&target)
	s.Targets["userhub"] = target
}

// wantOneProblem fails unless settings are refused for one reason, which begins as
// wanted, or accepted if none is wanted.
func wantOneProblem(t *testing.T, err error, want string) {
	t.Helper()
	if want == "" {
		if err != nil {
			t.Error(err)
		}
		return
	}
	if got := fmt.Sprint(err); !strings.Contains(got, "\n  "+want) || !strings.Contains(got, "poolsync: 1 problem in") {
		t.Errorf("got\n%s\nwant it to have one problem: %s", got, want)
	}
}
