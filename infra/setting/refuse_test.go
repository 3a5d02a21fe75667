package setting

import (
	"strings"
	"testing"
)

// TestFromContextRefuses shows what each setting refuses by itself, and that no error
// repeats a value.
func TestFromContextRefuses(t *testing.T) {
	if of := partitions(); len(of) < 30 {
		t.Fatalf("the CDK knows the Regions %v, want more", of)
	}
	for _, tt := range []struct {
		name, path string
		value      any
		want       string
	}{
		{"absent", target + "connectionId", nil, "targets.userhub.connectionId is missing"},
		{"blank", target + "connectionId", " ", "targets.userhub.connectionId is empty"},
		{"everybody by a variable that is not set", target + "scope.groups", "", "targets.userhub.scope.groups is empty: give it a value, or leave it out"},
		{"a new pool by a variable that is not set", "pool.id", "", "pool.id is empty: give it a value, or leave it out"},
		{"the default pool by a variable that is not set", "pool.new", " ", "pool.new is empty: give it a value, or leave it out"},
		{"no file by a variable that is not set", "config", "", "config is empty: name a file, or leave it out"},
		{"list", target + "connectionId", []any{"conn_x"}, "targets.userhub.connectionId is neither a text nor a number nor true or false"},
		{"section in the context", "sync", map[string]any{"rate": 20.0}, "sync is neither a text nor a number nor true or false; what has parts belongs in the settings file"},
		{"section by its name", "sync", "off", "sync is a section"},

		{"user id", target + "connectionId", "jane@conn_x", "targets.userhub.connectionId holds a character"},
		{"user id of UserHub", target + "connectionId", "usr_26yEiYymqy6ZmG", "targets.userhub.connectionId is the id of a user"},
		{"key for a connection", target + "connectionId", "userhub_admin_example", "targets.userhub.connectionId looks like an API key"},
		{"old key for a connection", target + "connectionId", "sk_example", "targets.userhub.connectionId looks like an API key"},
		{"secret for a connection", target + "connectionId", secret, "targets.userhub.connectionId is an ARN: that of the secret belongs in keySecretArn"},
		{"connection for a secret", target + "keySecretArn", "conn_26yEiYymqy6ZmG", "targets.userhub.keySecretArn is the id of a connection"},
		{"the key itself", target + "keySecretArn", "userhub_admin_example", "targets.userhub.keySecretArn is not an ARN; if it is the secret's value, put that into Secrets Manager"},
		{"no suffix", target + "keySecretArn", "arn:aws:secretsmanager:us-east-1:111122223333:secret:key", "targets.userhub.keySecretArn is not the full ARN"},
		{"wildcard", target + "keySecretArn", "arn:aws:secretsmanager:us-east-1:111122223333:secret:*-AbCdEf", "targets.userhub.keySecretArn is not the full ARN"},
		{"other service", target + "keySecretArn", keyARN1, "targets.userhub.keySecretArn is not the full ARN"},
		{"other system", target + "type", "okta", "targets.userhub.type is not userhub"},
		{"e-mail", target + "externalId", "email", "targets.userhub.externalId is not username or sub"},
		{"no TLS", target + "baseUrl", "http://api.example.com", "targets.userhub.baseUrl is not a plain https address"},
		{"password", target + "baseUrl", "https://me:example@api.example.com", "targets.userhub.baseUrl is not a plain https address"},
		{"query", target + "baseUrl", "https://api.example.com/?a=b", "targets.userhub.baseUrl is not a plain https address"},
		{"port without a number", target + "baseUrl", "https://api.example.com:port", "targets.userhub.baseUrl is not a plain https address"},
		{"one at a time", target + "concurrency", 1.0, "targets.userhub.concurrency is not a whole number from 2 to 1000"},
		{"half", target + "concurrency", 2.5, "targets.userhub.concurrency is not a whole number, in digits"},
		{"words", target + "concurrency", "many", "targets.userhub.concurrency is not a whole number, in digits"},
		{"never", target + "rate.perSecond", "0", "targets.userhub.rate.perSecond is not a whole number from 1 to 1000"},
		{"too many a minute", target + "rate.perMinute", "60001", "targets.userhub.rate.perMinute is not a whole number from 0 to 60000"},
		{"too long a backlog", target + "maxBacklog", "1000001", "targets.userhub.maxBacklog is not a whole number from 0 to 1000000"},
		{"group of two words", target + "scope.groups", "customers,our partners", "targets.userhub.scope.groups[1] is not a name that a group has"},
		{"group without a name", target + "scope.groups", "customers,", "targets.userhub.scope.groups[1] is empty"},
		{"group twice", target + "scope.groups", "customers, customers", "targets.userhub.scope.groups[1] is in the list twice"},
		{"too many groups", target + "scope.groups", strings.Repeat("a", 1024) + "," + strings.Repeat("b", 1024), "targets.userhub.scope.groups has names of more than 2048 characters"},
		{"deletion", target + "removals.action", "delete", "targets.userhub.removals.action is not report or none"},
		{"on", target + "removals.inRuns", "on", "targets.userhub.removals.inRuns is neither true nor false"},
		{"more than all", target + "limits.percent", "101", "targets.userhub.limits.percent is not a whole number from 0 to 100"},
		{"more than a pool holds", target + "limits.count", "40000001", "targets.userhub.limits.count is not a whole number from 0 to 40000000"},
		{"less than none", target + "limits.floor", "-1", "targets.userhub.limits.floor is not a whole number from 0 to 1000"},

		{"pool name", "pool.id", "my-pool", "pool.id is not the id of a user pool"},
		{"pool's ARN", "pool.id", "arn:aws:cognito-idp:us-east-1:111122223333:userpool/us-east-1_EXAMPLE01", `pool.id is the pool's ARN: give its last part only, which follows "userpool/"`},
		{"neither way", "pool.triggers", "never", "pool.triggers is not auto or manual"},
		{"sentence", "pool.triggersRevision", "once more", "pool.triggersRevision is not a plain word"},
		{"triggers as a list", "pool.replaceTriggers", "PostAuthentication=" + theFunction, "pool.replaceTriggers is a section"},
		{"trigger of others", "pool.replaceTriggers.PreSignUp", theFunction, "pool.replaceTriggers.PreSignUp is not known; pool.replaceTriggers has PostAuthentication, PostConfirmation"},
		{"function by name", "pool.replaceTriggers.PostAuthentication", "signin-function", "pool.replaceTriggers.PostAuthentication is not the full ARN of a Lambda function"},
		{"role name", "pool.smsRoleArn", "our-sms-role", "pool.smsRoleArn is not the ARN of a role"},
		{"whole domain", "pool.domainPrefix", "accounts.example.com", "pool.domainPrefix is not a prefix that Cognito takes"},
		{"reserved word", "pool.domainPrefix", "my-aws-pool", "pool.domainPrefix holds a word that Cognito keeps for AWS"},
		{"portal's address", "pool.portalDomain", "https://example.userhub.app/", "pool.portalDomain is not a plain domain name"},
		{"account's name", "pool.access.reader.accountId", "oracle", "pool.access.reader.accountId is not the id of an AWS account"},
		{"all of Cognito", "pool.access.userhubKeyPolicy", "AmazonCognitoPowerUser", "pool.access.userhubKeyPolicy is not none, read, write or example"},
		{"yes", "pool.access.miniOrangeKeyPolicy", "yes", "pool.access.miniOrangeKeyPolicy is neither true nor false"},
		{"in a new pool", "pool.new.mfa.mode", "always", "pool.new.mfa.mode is not off, optional or required"},

		{"no schedule", "sync.schedule", "hourly", "sync.schedule is not a schedule"},
		{"quoted twice", "sync.schedule", `"rate(1 hour)"`, "sync.schedule holds quotes of its own"},
		{"quoted twice for a shell", "sync.schedule", "'rate(1 hour)'", "sync.schedule holds quotes of its own"},
		{"each minute", "sync.schedule", "rate(9 minutes)", "sync.schedule is more often than every 10 minutes"},
		{"five fields", "sync.schedule", "cron(30 3 * * *)", "sync.schedule is not a schedule"},
		{"two days", "sync.schedule", "cron(30 3 * * * *)", "sync.schedule needs a ? for one of its two days, and for one only"},
		{"no day", "sync.schedule", "cron(30 3 ? * ? *)", "sync.schedule needs a ? for one of its two days, and for one only"},
		{"zone without a place", "sync.timeZone", "Berlin", "sync.timeZone is not a time zone"},
		{"the machine's own zone", "sync.timeZone", "Local", "sync.timeZone is not a time zone"},
		{"more than Cognito allows", "sync.rate", "31", "sync.rate is not a whole number from 1 to 30"},
		{"off for false", "events.cloudTrail", "off", "events.cloudTrail is neither true nor false"},

		{"ordered topic", "watch.alarmTopicArn", "arn:aws:sns:us-east-1:111122223333:on-call.fifo", "watch.alarmTopicArn is not the ARN of a standard SNS topic"},
		{"eight days of hours", "watch.runAlarmHours", "169", "watch.runAlarmHours is not a whole number from 0 to 168"},
		{"eight days", "watch.logRetentionDays", "8", "watch.logRetentionDays is not 1, 3, 5, 7, 14"},
		{"quiet", "watch.logLevel", "ERROR", "watch.logLevel is not INFO or DEBUG"},

		{"alias", "deploy.secretsKmsKeyArn", "arn:aws:kms:us-east-1:111122223333:alias/secrets", "deploy.secretsKmsKeyArn is not the ARN of a KMS key"},
		{"no check", "deploy.connectivityCheck", "no", "deploy.connectivityCheck is not strict, advisory or off"},
		{"blank inside", "deploy.stackName", "pool sync", "deploy.stackName is not a name"},
		{"too long for SNS", "deploy.stackName", strings.Repeat("a", 101), "deploy.stackName is not a name"},

		{"GovCloud's pool", "pool.id", "us-gov-west-1_EXAMPLE01", "pool.id is in a Region that is of another partition than aws"},
		{"a Region that is not", "pool.id", "us-esat-1_EXAMPLE01", "pool.id is in a Region that does not exist"},
		{"a secret in a Region that is not", target + "keySecretArn", "arn:aws:secretsmanager:eu-wset-1:111122223333:secret:key-AbCdEf", "targets.userhub.keySecretArn is in a Region that does not exist"},
		{"China's secret", target + "keySecretArn", "arn:aws-cn:secretsmanager:cn-north-1:111122223333:secret:key-AbCdEf", "targets.userhub.keySecretArn is of another partition than aws"},
		{"China's key", "deploy.secretsKmsKeyArn", "arn:aws-cn:kms:cn-north-1:111122223333:key/1234abcd", "deploy.secretsKmsKeyArn is of another partition than aws"},
		{"China's topic", "watch.alarmTopicArn", "arn:aws-cn:sns:cn-north-1:111122223333:on-call", "watch.alarmTopicArn is of another partition than aws"},
		{"China's role", "pool.smsRoleArn", "arn:aws-cn:iam::111122223333:role/sms", "pool.smsRoleArn is of another partition than aws"},
		{"China's function", "pool.replaceTriggers.PostConfirmation", "arn:aws-cn:lambda:cn-north-1:111122223333:function:ours", "pool.replaceTriggers.PostConfirmation is of another partition than aws"},

		{"misspelt", target + "conectionid", "conn_x", "targets.userhub.conectionid is not known; did you mean targets.userhub.connectionId?"},
		{"misspelt section", "snyc.rate", "20", "snyc is not known; did you mean sync?"},
		{"a setting without its section", "schedule", "off", "schedule is not known; there are pool, targets, providers, sync, events, watch, deploy"},
		{"of another section", "sync.stackName", "staging", "sync.stackName is not known; sync has schedule, timeZone, rate"},
		{"flat", "userPoolId", "us-east-1_EXAMPLE01", "userPoolId is not known; there are pool, "},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := FromContext(complete(map[string]any{tt.path: tt.value}))
			if _, ok := err.(Error); !ok {
				t.Fatalf("error %v, want an Error", err)
			}
			wantOneProblem(t, err, tt.want)
			if value, _ := tt.value.(string); len(value) > 6 && strings.Contains(err.Error(), value) && !strings.Contains(err.Error(), "-c "+tt.path+"="+value) {
				t.Errorf("the value is repeated:\n%v", err)
			}
		})
	}
}

// TestFromContextRefusesWebhook shows the same for the webhook's settings, of which one
// requires another.
func TestFromContextRefusesWebhook(t *testing.T) {
	for _, tt := range []struct{ name, path, value, want string }{
		{"the secret itself", "signingSecretArn", "whsec_example", "providers.userhub.signingSecretArn is not an ARN"},
		{"connection for a secret", "headerSecretArn", "conn_26yEiYymqy6ZmG", "providers.userhub.headerSecretArn is the id of a connection"},
		{"on", "create", "on", "providers.userhub.create is neither true nor false"},
		{"number", "invite", "1", "providers.userhub.invite is neither true nor false"},
		{"capitals", "update", "True", "providers.userhub.update is neither true nor false"},
		{"true", "delete", "true", "providers.userhub.delete is not off, disable or delete"},
		{"partner's bus", "eventBus", "aws.partner/example.com/1", "providers.userhub.eventBus is not a name"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := FromContext(complete(map[string]any{webhook + "signingSecretArn": signing, webhook + tt.path: tt.value}))
			wantOneProblem(t, err, tt.want)
		})
	}
}

func TestTargetName(t *testing.T) {
	for _, tt := range []struct {
		name string
		ok   bool
	}{
		{"a", true}, {"userhub-2", true}, {strings.Repeat("a", 20), true},
		{"", false}, {"2userhub", false}, {"-a", false}, {"UserHub", false}, {"user_hub", false}, {strings.Repeat("a", 21), false},
	} {
		_, err := Parse([]byte(`{"targets": {"` + tt.name + `": {"type": "userhub", "connectionId": "conn_x", "keySecretArn": "` + secret + `"}}}`))
		if !tt.ok {
			wantOneProblem(t, err, "targets."+tt.name+" is not a target's name")
		} else if err != nil {
			t.Errorf("%q: %v", tt.name, err)
		}
	}
}
