package target

import (
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/constructs-go/constructs/v10"

	"github.com/poolsync/poolsync/infra/part"
	"github.com/poolsync/poolsync/infra/setting"
	"github.com/poolsync/poolsync/shared/targets"
)

// Describe returns what functions are told of a target. The place of provider says whether
// UserHub uses the webhook for this connection.
func Describe(scope constructs.Construct, name string, target setting.Target, provider bool) targets.Settings {
	described := targets.Settings{Name: name}
	if u := target.UserHub; u != nil {
		described.UserHub = &targets.UserHub{
			ConnectionID: u.ConnectionID, ExternalID: u.ExternalID, KeySecretARN: u.KeySecretARN, BaseURL: u.BaseURL,
			Provider: provider,
		}
	}
	return described
}

// System says in words what kind of system a target is.
func System(target setting.Target) string {
	if target.Bus != nil {
		return "an event bus"
	}
	return "UserHub"
}

// fetches reports whether a target looks users up in the pool by itself, and so needs no
// second look at what a late listing hides.
func fetches(target setting.Target) bool { return target.UserHub != nil }

// Access returns what it takes to deliver to a target.
func Access(described targets.Settings, secretsKeyARN string) []awsiam.PolicyStatement {
	if u := described.UserHub; u != nil {
		return part.ReadSecret(u.KeySecretARN, secretsKeyARN)
	}
	return nil
}
