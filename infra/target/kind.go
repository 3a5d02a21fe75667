package target

import (
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"github.com/poolsync/poolsync/infra/part"
	"github.com/poolsync/poolsync/infra/setting"
	"github.com/poolsync/poolsync/shared/scim/client"
	"github.com/poolsync/poolsync/shared/targets"
)

// Describe returns what functions are told of a target. provider says that UserHub uses
// the webhook for this connection.
func Describe(name string, target setting.Target, provider bool) targets.Settings {
	described := targets.Settings{Name: name}
	switch {
	case target.UserHub != nil:
		u := target.UserHub
		described.UserHub = &targets.UserHub{
			ConnectionID: u.ConnectionID, ExternalID: u.ExternalID, KeySecretARN: u.KeySecretARN, BaseURL: u.BaseURL,
			Provider: provider,
		}
	case target.Bus != nil:
		b := target.Bus
		described.Bus = &targets.Bus{Bus: b.Name, Attributes: b.Attributes, SignIns: b.SignIns, AnnounceExisting: b.AnnounceExisting}
	case target.SCIM != nil:
		described.SCIM = describeSCIM(*target.SCIM)
	}
	return described
}

func describeSCIM(s setting.SCIM) *targets.SCIM {
	adopt := s.Adopt
	if adopt == "none" {
		adopt = string(client.AdoptNobody)
	}
	return &targets.SCIM{
		BaseURL: s.BaseURL, Profile: s.Profile, UserName: s.UserName, Attributes: s.Mapping, UnverifiedEmail: s.UnverifiedEmail,
		Auth: s.Auth, KeySecretARN: s.KeySecretARN, ClientID: s.ClientID, TokenURL: s.TokenURL, Scopes: s.Scopes,
		Adopt: adopt, Leavers: s.Leavers,
	}
}

// System says in words what kind of system a target is.
func System(target setting.Target) string {
	switch {
	case target.Bus != nil:
		return "an event bus"
	case target.SCIM != nil:
		return "a SCIM service"
	}
	return "UserHub"
}

// Access returns what it takes to deliver to a target.
func Access(scope constructs.Construct, described targets.Settings, secretsKeyARN string) []awsiam.PolicyStatement {
	switch u, s := described.UserHub, described.SCIM; {
	case u != nil:
		return part.ReadSecret(u.KeySecretARN, secretsKeyARN)
	case s != nil:
		return part.ReadSecret(s.KeySecretARN, secretsKeyARN)
	}
	return []awsiam.PolicyStatement{part.Allow(busARN(scope, described.Bus.Bus), "events:PutEvents")}
}

// LookAt returns what it takes to see whether a target is there, besides delivering to it.
func LookAt(scope constructs.Construct, described targets.Settings) []awsiam.PolicyStatement {
	if b := described.Bus; b != nil {
		return []awsiam.PolicyStatement{part.Allow(busARN(scope, b.Bus), "events:DescribeEventBus")}
	}
	return nil
}

// busARN returns the ARN of a bus that is given by its name or ARN.
func busARN(scope constructs.Construct, bus string) *string {
	if strings.HasPrefix(bus, "arn:") {
		return &bus
	}
	return awscdk.Stack_Of(scope).FormatArn(&awscdk.ArnComponents{
		Service: jsii.String("events"), Resource: jsii.String("event-bus"), ResourceName: &bus,
	})
}
