package main

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/poolsync/poolsync/infra/setting/newpool"
)

// complete is the smallest context that is complete, with changes.
func complete(changes map[string]any) map[string]any {
	context := map[string]any{"connectionId": "conn_x", "userhubKeySecretArn": exampleSecretARN}
	for name, value := range changes {
		context[name] = value
	}
	return context
}

func TestParseConfig(t *testing.T) {
	got, err := parseConfig(complete(map[string]any{
		"userhubBaseUrl":                nil,  // as if it were not there
		"aws:cdk:enable-path-metadata":  true, // the CLI's own
		"@aws-cdk/aws-iam:example":      true,
		"acknowledged-issue-numbers":    []any{1.0},
		"availability-zones:account=11": []any{"a"},
	}))
	if err != nil {
		t.Fatal(err)
	}
	want := config{
		deliveryConfig: deliveryConfig{
			connectionID:          "conn_x",
			userhubKeySecretARN:   exampleSecretARN,
			userhubExternalID:     "username",
			userhubBaseURL:        "https://api.userhub.com",
			deliverMaxConcurrency: 5,
			targetRate:            4,
		},
		syncConfig: syncConfig{
			syncSchedule:        "rate(1 hour)",
			syncTimeZone:        "UTC",
			syncRate:            10,
			syncPolicy:          "full",
			syncMaxBacklog:      1000,
			removalPolicy:       "report",
			removalLimitPercent: 10,
			removalLimitCount:   500,
			removalLimitFloor:   5,
		},
		eventsConfig: eventsConfig{cloudTrailEvents: "on"},
		webhookConfig: webhookConfig{
			webhook: "off", webhookCreate: "off", webhookInvite: "off", webhookUpdate: "off", webhookDelete: "off",
		},
		poolConfig:   poolConfig{attachRevision: "1", newPool: newpool.Default()},
		accessConfig: accessConfig{userhubKeyPolicy: "none"},
		checkConfig:  checkConfig{connectivityCheck: "strict"},
		stackConfig:  stackConfig{stackName: "poolsync", logRetentionDays: 30, logLevel: "INFO"},
	}
	if diff := cmp.Diff(want, got, cmp.Exporter(func(reflect.Type) bool { return true })); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}

func TestParseConfigRefuses(t *testing.T) {
	if of := partitions(); len(of) < 30 {
		t.Fatalf("the CDK knows the Regions %v, want more", of)
	}
	for _, tt := range []struct {
		name  string
		key   string
		value any
		want  string
	}{
		{"absent", "connectionId", nil, "connectionId is missing"},
		{"blank", "connectionId", " ", "connectionId is empty"},
		{"everybody by a variable that is not set", "syncGroups", "", "syncGroups is empty: give it a value, or leave it out"},
		{"a new pool by a variable that is not set", "userPoolId", "", "userPoolId is empty: give it a value, or leave it out"},
		{"the default pool by a variable that is not set", "poolFile", " ", "poolFile is empty: give it a value, or leave it out"},
		{"user id", "connectionId", "jane@conn_x", "connectionId holds a character"},
		{"list", "connectionId", []any{"conn_x"}, "connectionId is neither text nor a number"},
		{"the key itself", "userhubKeySecretArn", "userhub_admin_example", "userhubKeySecretArn is not an ARN"},
		{"no suffix", "userhubKeySecretArn", "arn:aws:secretsmanager:us-east-1:111122223333:secret:key", "userhubKeySecretArn is not the full ARN"},
		{"wildcard", "userhubKeySecretArn", "arn:aws:secretsmanager:us-east-1:111122223333:secret:*-AbCdEf", "userhubKeySecretArn is not the full ARN"},
		{"other service", "userhubKeySecretArn", exampleKeyARN, "userhubKeySecretArn is not the full ARN"},
		{"alias", "secretsKmsKeyArn", "arn:aws:kms:us-east-1:111122223333:alias/secrets", "secretsKmsKeyArn is not the ARN of a KMS key"},
		{"neither way", "connectivityCheck", "no", "connectivityCheck is not strict or advisory or off"},
		{"e-mail", "userhubExternalId", "email", "userhubExternalId is not username or sub"},
		{"no TLS", "userhubBaseUrl", "http://api.example.com", "userhubBaseUrl is not a plain https address"},
		{"password", "userhubBaseUrl", "https://me:example@api.example.com", "userhubBaseUrl is not a plain https address"},
		{"one at a time", "deliverMaxConcurrency", 1.0, "deliverMaxConcurrency is not a whole number from 2 to 1000"},
		{"half", "deliverMaxConcurrency", 2.5, "deliverMaxConcurrency is not a whole number from 2 to 1000"},
		{"words", "deliverMaxConcurrency", "many", "deliverMaxConcurrency is not a whole number from 2 to 1000"},
		{"eight days", "logRetentionDays", "8", "logRetentionDays is not a retention"},
		{"quiet", "logLevel", "ERROR", "logLevel is not INFO or DEBUG"},
		{"blank inside", "stackName", "pool sync", "stackName is not a name"},
		{"too long for SNS", "stackName", strings.Repeat("a", 101), "stackName is not a name"},
		{"partner's bus", "webhookEventBus", "aws.partner/example.com/1", "webhookEventBus is not a name"},
		{"pool name", "userPoolId", "my-pool", "userPoolId is not the id of a user pool"},
		{"trigger of a new pool", "attachTriggers", "manual", "attachTriggers is for an existing pool: give userPoolId too"},
		{"neither way", "attachTriggers", "never", "attachTriggers is not auto or manual"},
		{"sentence", "attachRevision", "once more", "attachRevision is not a plain word"},
		{"replaced trigger of a new pool", "replaceTriggers", "PostConfirmation=arn:aws:lambda:us-east-1:111122223333:function:ours", "replaceTriggers is for an existing pool whose triggers we set: give userPoolId, and attachTriggers as auto"},
		{"function alone", "replaceTriggers", "arn:aws:lambda:us-east-1:111122223333:function:ours", "replaceTriggers has an entry without an equals sign"},
		{"function by name", "replaceTriggers", "PostAuthentication=userhubSignin", "replaceTriggers holds something else than the full ARN of a Lambda function"},
		{"trigger of others", "replaceTriggers", "PreSignUp=arn:aws:lambda:us-east-1:111122223333:function:ours", "replaceTriggers names a trigger that we do not set"},
		{"two functions for a trigger", "replaceTriggers", exampleReplaceTriggers + ", " + exampleReplaceTriggers, "replaceTriggers names PostAuthentication twice"},
		{"SMS role of a new pool", "userPoolSmsRoleArn", "arn:aws:iam::111122223333:role/sms", "userPoolSmsRoleArn is for an existing pool: give userPoolId too"},
		{"role name", "userPoolSmsRoleArn", "our-sms-role", "userPoolSmsRoleArn is not the ARN of a role"},
		{"no pool file", "poolFile", "testdata/none.json", "poolFile names a file that cannot be read"},
		{"domain of a pool file", "poolFile", "setting/newpool/testdata/everything.json", "userPoolDomainPrefix is missing, and needed by clients.backend, clients.nightly-export, clients.web, messages.verification.by"},
		{"domain of the portal", "portalDomain", "example.userhub.app", "userPoolDomainPrefix is missing, and needed by portalDomain"},
		{"portal's address", "portalDomain", "https://example.userhub.app/", "portalDomain is not a plain domain name"},
		{"whole domain", "userPoolDomainPrefix", "accounts.example.com", "userPoolDomainPrefix is not a prefix that Cognito takes"},
		{"reserved word", "userPoolDomainPrefix", "my-aws-pool", "userPoolDomainPrefix holds a word that Cognito keeps for AWS"},
		{"secret elsewhere", "userPoolId", "eu-west-1_EXAMPLE01", "userhubKeySecretArn is in another Region than the pool: keep the secret, or a replica of it, in eu-west-1"},
		{"a Region that is not", "userPoolId", "us-esat-1_EXAMPLE01", "userPoolId is in a Region that does not exist"},
		{"a secret in a Region that is not", "userhubKeySecretArn", "arn:aws:secretsmanager:eu-wset-1:111122223333:secret:key-AbCdEf", "userhubKeySecretArn is in a Region that does not exist"},
		{"GovCloud's pool", "userPoolId", "us-gov-west-1_EXAMPLE01", "userPoolId is in a Region that is of another partition than aws"},
		{"China's secret", "userhubKeySecretArn", "arn:aws-cn:secretsmanager:cn-north-1:111122223333:secret:key-AbCdEf", "userhubKeySecretArn is of another partition than aws"},
		{"China's key", "secretsKmsKeyArn", "arn:aws-cn:kms:cn-north-1:111122223333:key/1234abcd", "secretsKmsKeyArn is of another partition than aws"},
		{"China's topic", "alarmTopicArn", "arn:aws-cn:sns:cn-north-1:111122223333:on-call", "alarmTopicArn is of another partition than aws"},
		{"topic elsewhere", "alarmTopicArn", "arn:aws:sns:eu-west-1:111122223333:on-call", "alarmTopicArn is in another Region than the secret of userhubKeySecretArn: name one in us-east-1"},
		{"key elsewhere", "secretsKmsKeyArn", "arn:aws:kms:eu-west-1:111122223333:key/1234abcd", "secretsKmsKeyArn is in another Region than the secret of userhubKeySecretArn: name one in us-east-1"},
		{"anybody's reader", "readerAccountId", "4444-5555-6666", "readerExternalId is missing: without it"},
		{"account's name", "readerAccountId", "oracle", "readerAccountId is not the id of an AWS account"},
		{"nobody's external id", "readerExternalId", "agreed", "readerAccountId is missing: readerExternalId is of no use without it"},
		{"short external id", "readerExternalId", "1", "readerExternalId is shorter than 2"},
		{"all of Cognito", "userhubKeyPolicy", "AmazonCognitoPowerUser", "userhubKeyPolicy is not none or read or write"},
		{"ordered topic", "alarmTopicArn", "arn:aws:sns:us-east-1:111122223333:on-call.fifo", "alarmTopicArn is not the ARN of a standard SNS topic"},
		{"misspelt", "conectionid", "conn_x", "conectionid is not known; the nearest key is connectionId"},
		{"other style", "user-hub-external-id", "sub", "user-hub-external-id is not known; the nearest key is userhubExternalId"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := parseConfig(complete(map[string]any{tt.key: tt.value}))
			if _, ok := errors.AsType[configError](err); !ok {
				t.Fatalf("error %v, want a configError", err)
			}
			got := err.Error()
			if !strings.Contains(got, tt.want) || !strings.Contains(got, "poolsync: 1 problem in") {
				t.Errorf("got\n%s\nwant it to have one problem: %s", got, tt.want)
			}
			if value, _ := tt.value.(string); len(value) > 6 && strings.Contains(got, value) {
				t.Errorf("the value is repeated:\n%s", got)
			}
		})
	}
}

// TestParseConfigChecksRules shows what keys ask of one another.
func TestParseConfigChecksRules(t *testing.T) {
	const signing = "arn:aws:secretsmanager:us-east-1:111122223333:secret:signing-AbCdEf"
	for _, tt := range []struct {
		name    string
		context map[string]any
		want    string // "" if all is well
	}{
		{"webhook", map[string]any{"webhook": "on", "webhookSigningSecretArn": signing}, ""},
		{"no signing secret", map[string]any{"webhook": "on"}, "webhookSigningSecretArn is missing"},
		{
			"a bad one is reported once",
			map[string]any{"webhook": "on", "webhookSigningSecretArn": "secret"},
			"webhookSigningSecretArn is not an ARN",
		},
		{
			"triggers replaced by hand",
			map[string]any{"userPoolId": "us-east-1_EXAMPLE01", "attachTriggers": "manual", "replaceTriggers": exampleReplaceTriggers},
			"replaceTriggers is for an existing pool whose triggers we set",
		},
		{
			"a replaced trigger elsewhere",
			map[string]any{"userPoolId": "us-east-1_EXAMPLE01", "replaceTriggers": "PostConfirmation=arn:aws:lambda:eu-west-1:111122223333:function:ours"},
			"replaceTriggers names a function in another Region than the pool",
		},
		{
			"both triggers replaced",
			map[string]any{"userPoolId": "us-east-1_EXAMPLE01", "replaceTriggers": exampleReplaceTriggers + ",PostConfirmation=arn:aws:lambda:us-east-1:111122223333:function:ours:live"},
			"",
		},
		{"webhook off", map[string]any{"webhookUpdate": "on"}, "webhook is off, so that webhookUpdate would do nothing"},
		{"webhook off, secret given", map[string]any{"webhookSigningSecretArn": signing}, "webhook is off, so that webhookSigningSecretArn would do nothing"},
		{
			"invitation of nobody",
			map[string]any{"webhook": "on", "webhookSigningSecretArn": signing, "webhookInvite": "on"},
			"webhookCreate is off, so that webhookInvite would do nothing",
		},
		{
			"deletion without second secret",
			map[string]any{"webhook": "on", "webhookSigningSecretArn": signing, "webhookDelete": "disable"},
			"webhookHeaderSecretArn is missing, and webhookDelete needs it",
		},
		{
			"one secret for both",
			map[string]any{"webhook": "on", "webhookSigningSecretArn": signing, "webhookHeaderSecretArn": signing},
			"webhookHeaderSecretArn is the secret of webhookSigningSecretArn",
		},
		{
			"second secret in another Region",
			map[string]any{"webhook": "on", "webhookSigningSecretArn": strings.Replace(signing, "us-east-1", "us-east-2", 1)},
			"webhookSigningSecretArn is in another Region than the secret of userhubKeySecretArn: keep the secret, or a replica of it, in us-east-1",
		},
		{
			"second secret in another account",
			map[string]any{"webhook": "on", "webhookSigningSecretArn": strings.Replace(signing, "111122223333", "444455556666", 1)},
			"webhookSigningSecretArn is in another account than the secret of userhubKeySecretArn, and secretsAccountId names no other",
		},
		{
			"secrets in another account",
			map[string]any{"secretsAccountId": "1111-2222-3333", "secretsKmsKeyArn": exampleKeyARN},
			"",
		},
		{
			"secrets in another account that nobody could read",
			map[string]any{"secretsAccountId": "111122223333"},
			"secretsKmsKeyArn is missing: with the key aws/secretsmanager",
		},
		{
			"secrets in neither account",
			map[string]any{"secretsAccountId": "444455556666", "secretsKmsKeyArn": exampleKeyARN},
			"userhubKeySecretArn is not in the account that secretsAccountId names",
		},
		{
			"role of another account",
			map[string]any{"userPoolId": "us-east-1_EXAMPLE01", "userPoolSmsRoleArn": "arn:aws:iam::444455556666:role/sms"},
			"userPoolSmsRoleArn is in another account than the secret of userhubKeySecretArn",
		},
		{
			"topic of another team",
			map[string]any{"alarmTopicArn": "arn:aws:sns:us-east-1:444455556666:on-call"},
			"",
		},
		{
			"pool, secret and topic elsewhere",
			map[string]any{
				"userPoolId": "eu-west-1_EXAMPLE01", "userhubKeySecretArn": strings.Replace(exampleSecretARN, "us-east-1", "eu-west-1", 1),
				"alarmTopicArn": "arn:aws:sns:eu-west-1:111122223333:on-call",
			},
			"",
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := parseConfig(complete(tt.context))
			if tt.want == "" {
				if err != nil {
					t.Error(err)
				}
				return
			}
			if got := fmt.Sprint(err); !strings.Contains(got, tt.want) || !strings.Contains(got, "poolsync: 1 problem in") {
				t.Errorf("got\n%s\nwant it to have one problem: %s", got, tt.want)
			}
		})
	}
}

// TestPoolFileFitsTheStack shows what of a pool file has to be where the stack goes.
func TestPoolFileFitsTheStack(t *testing.T) {
	from := func(arn string) string {
		return `{"email": {"sesIdentityArn": "` + arn + `", "from": "a@example.com"}}`
	}
	for _, tt := range []struct{ name, region, file, want string }{
		{"SES beside it", "ap-south-1", from("arn:aws:ses:ap-south-1:111122223333:identity/example.com"), ""},
		{"SES where Cognito also sends", "ap-south-1", from("arn:aws:ses:eu-west-1:111122223333:identity/example.com"), ""},
		{"SES elsewhere", "us-east-1", from("arn:aws:ses:ap-south-1:111122223333:identity/example.com"), "poolFile has an email.sesIdentityArn that is in another Region"},
		{"SES of another account", "us-east-1", from("arn:aws:ses:us-east-1:444455556666:identity/example.com"), "poolFile has an email.sesIdentityArn that is in another account"},
		{"SMS from nowhere", "us-east-1", `{"mfa": {"sms": true}, "sms": {"region": "eu-wset-1"}}`, "poolFile has a sms.region that does not exist"},
		{"SMS from China", "us-east-1", `{"mfa": {"sms": true}, "sms": {"region": "cn-north-1"}}`, "poolFile has a sms.region that is of another partition"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := parseConfig(complete(map[string]any{
				"userhubKeySecretArn": strings.Replace(exampleSecretARN, "us-east-1", tt.region, 1), "poolFile": poolFile(t, tt.file),
			}))
			if tt.want == "" && err != nil || tt.want != "" && !strings.Contains(fmt.Sprint(err), tt.want) {
				t.Errorf("got\n%v\nwant %q", err, tt.want)
			}
		})
	}
}

// TestFits shows that the app ends before a deployment goes to a place where its secrets
// are not.
func TestFits(t *testing.T) {
	for _, tt := range []struct {
		name            string
		context         map[string]any
		account, region string
		want            string // "" if all is well
	}{
		{"there", nil, "111122223333", "us-east-1", ""},
		{"nobody knows where", nil, "", "", ""},
		{"another Region", nil, "111122223333", "eu-west-1", "userhubKeySecretArn is in us-east-1, but the stack would go to eu-west-1: set AWS_REGION to us-east-1"},
		{"the pool's Region counts", map[string]any{"userPoolId": "us-east-1_EXAMPLE01"}, "111122223333", "eu-west-1", ""},
		{"another account", nil, "444455556666", "us-east-1", "userhubKeySecretArn is in another account than your AWS credentials"},
		{
			"another account, and said so", map[string]any{"secretsAccountId": "111122223333", "secretsKmsKeyArn": exampleKeyARN},
			"444455556666", "us-east-1", "",
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c, err := parseConfig(complete(tt.context))
			if err != nil {
				t.Fatal(err)
			}
			err = c.fits(tt.account, tt.region)
			if tt.want == "" && err != nil || tt.want != "" && !strings.Contains(fmt.Sprint(err), tt.want) {
				t.Errorf("got\n%v\nwant %q", err, tt.want)
			}
		})
	}
}

// TestParseConfigReportsPoolFile shows what somebody sees whose pool file is wrong.
func TestParseConfigReportsPoolFile(t *testing.T) {
	_, err := parseConfig(complete(map[string]any{"poolFile": "testdata/wrong-pool.json"}))
	compareGolden(t, "testdata/wrong-pool.golden.txt", fmt.Sprintln(err))
}

// TestPoolFileIsForNewPool shows that no pool is described twice.
func TestPoolFileIsForNewPool(t *testing.T) {
	_, err := parseConfig(complete(map[string]any{"userPoolId": "us-east-1_EXAMPLE01", "poolFile": "setting/newpool/testdata/everything.json"}))
	if want := "poolFile describes a new pool, but userPoolId names an existing one"; err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("error %v, want %q", err, want)
	}
}

// TestParseConfigReportsEverything shows what somebody sees who has everything
// wrong at once.
func TestParseConfigReportsEverything(t *testing.T) {
	context := map[string]any{"conectionId": "conn_x"}
	for _, key := range contextKeys {
		context[key.name] = "?"
	}
	delete(context, "connectionId")
	_, err := parseConfig(context)
	compareGolden(t, "testdata/everything-wrong.golden.txt", fmt.Sprintln(err))
}

// TestExamplesAreGood shows that what an error recommends is accepted.
func TestExamplesAreGood(t *testing.T) {
	t.Chdir("..") // where the app runs, and a path is seen from
	for _, key := range contextKeys {
		if err := key.load(new(config), key.example); err != nil {
			t.Errorf("%s=%s: %v", key.name, key.example, err)
		}
	}
}

func TestSettingsListContextKeys(t *testing.T) {
	compareDocument(t, "docs/settings.md", "context-keys", contextTable())
}

// contextTable renders the context keys as Markdown.
func contextTable() string {
	var b strings.Builder
	b.WriteString("| key | default | meaning |\n|---|---|---|\n")
	for _, key := range contextKeys {
		fallback := "none"
		switch {
		case key.required:
			fallback = "required"
		case key.fallback != "":
			fallback = "`" + key.fallback + "`"
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s |\n", key.name, fallback, key.meaning)
	}
	return b.String()
}

// TestReplacedAliasIsLookedAt shows that whoever may call a version or an alias can be
// read, by whichever ARN that is allowed.
func TestReplacedAliasIsLookedAt(t *testing.T) {
	const function = "arn:aws:lambda:us-east-1:111122223333:function:ours"
	replaced := triggers{"PostAuthentication": function + ":live", "PostConfirmation": function}
	if diff := cmp.Diff([]string{function, function + ":live"}, replaced.policies()); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}
