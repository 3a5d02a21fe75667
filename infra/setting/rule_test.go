package setting

import (
	"fmt"
	"maps"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestRules shows what settings require of one another.
func TestRules(t *testing.T) {
	for _, tt := range []struct {
		name    string
		context map[string]any
		want    string // "" if all is well
	}{
		{"two targets", map[string]any{other + "type": "userhub", other + "connectionId": "conn_y", other + "keySecretArn": secret}, ""},
		{"two names for one connection", map[string]any{other + "type": "userhub", other + "connectionId": "conn_x", other + "keySecretArn": secret},
			"targets.userhub.connectionId is that of targets.other: one system can be one target only"},
		{"two names for one bus", map[string]any{feed + "type": "bus", feed + "bus": "default", other + "type": "bus", other + "bus": "default"},
			"targets.other.bus is that of targets.feed"},
		{"names of resources", map[string]any{"targets.user-hub.type": "bus", "targets.user-hub.bus": "a", "targets.userHub.type": "bus", "targets.userHub.bus": "b"},
			"targets.userHub is not a target's name"},
		{"names of resources that are alike", map[string]any{"targets.user--hub.type": "bus", "targets.user--hub.bus": "a", "targets.user-hub.type": "bus", "targets.user-hub.bus": "b"},
			"targets.user-hub is too much like targets.user--hub: their resources would both be named UserHub"},
		{"a connection of a bus", map[string]any{feed + "type": "bus", feed + "bus": "default", feed + "connectionId": "conn_x"},
			"targets.feed.connectionId is of type userhub only"},
		{"a bus alone", map[string]any{target + "type": "bus", target + "bus": "default", target + "connectionId": nil, target + "keySecretArn": nil}, ""},
		{"a bus in another account", map[string]any{feed + "type": "bus", feed + "bus": "arn:aws:events:us-east-1:444455556666:event-bus/users"}, ""},
		{"a bus in another Region", map[string]any{feed + "type": "bus", feed + "bus": "arn:aws:events:eu-west-1:111122223333:event-bus/users"},
			"targets.feed.bus is in another Region than the secret of targets.userhub.keySecretArn: name a bus, and have a rule pass events on from there, in us-east-1"},
		{"a SCIM service", service(nil), ""},
		{"a SCIM service twice", service(map[string]any{other + "type": "scim", other + "baseUrl": "https://SCIM.example.com:443/v2/", other + "keySecretArn": secret}),
			"targets.other.baseUrl is that of targets.domain"},
		{"OAuth", service(map[string]any{domain + "auth": "oauth", domain + "clientId": "c", domain + "tokenUrl": "https://scim.example.com/token", domain + "scopes": "a,b"}), ""},
		{"OAuth without a token endpoint", service(map[string]any{domain + "auth": "oauth", domain + "clientId": "c"}), "targets.domain.tokenUrl is missing, and auth=oauth requires it"},
		{"OAuth of nobody", service(map[string]any{domain + "auth": "oauth", domain + "tokenUrl": "https://scim.example.com/token"}), "targets.domain.clientId is missing, and auth=oauth requires it"},
		{"basic of nobody", service(map[string]any{domain + "auth": "basic"}), "targets.domain.clientId is missing, and auth=basic requires it"},
		{"a token with a client", service(map[string]any{domain + "clientId": "c"}), "targets.domain.clientId is for auth=oauth and auth=basic only"},
		{"a token with an endpoint", service(map[string]any{domain + "tokenUrl": "https://scim.example.com/token"}), "targets.domain.tokenUrl is for auth=oauth only"},
		{"a token with a scope", service(map[string]any{domain + "scopes": "a"}), "targets.domain.scopes is for auth=oauth only"},
		{"a SCIM service's secret elsewhere", service(map[string]any{domain + "keySecretArn": strings.Replace(secret, "us-east-1", "eu-west-1", 1)}),
			"targets.userhub.keySecretArn is in another Region than the secret of targets.domain.keySecretArn"},
		{"no attribute", map[string]any{feed + "type": "bus", feed + "bus": "default", feed + "attributes": "given name"}, "targets.feed.attributes[0] is not the name of an attribute"},

		{"webhook", map[string]any{webhook + "signingSecretArn": signing}, ""},
		{"webhook of a bus", map[string]any{webhook + "signingSecretArn": signing, target + "type": "bus", target + "bus": "default", target + "connectionId": nil, target + "keySecretArn": nil},
			"providers.userhub.target is missing: the webhook is for a connection that is a target of type userhub, and there is none"},
		{"webhook of either", map[string]any{webhook + "signingSecretArn": signing, other + "type": "userhub", other + "connectionId": "conn_y", other + "keySecretArn": secret},
			"providers.userhub.target is missing: there are 2 targets of type userhub"},
		{"webhook of nobody", map[string]any{webhook + "signingSecretArn": signing, webhook + "target": "other"}, "providers.userhub.target names no target of type userhub"},
		{"no signing secret", map[string]any{webhook + "update": "true"}, "providers.userhub.signingSecretArn is missing"},
		{"a bad one is reported once", map[string]any{webhook + "signingSecretArn": "secret"}, "providers.userhub.signingSecretArn is not an ARN"},
		{"invitation of nobody", map[string]any{webhook + "signingSecretArn": signing, webhook + "invite": "true"},
			"providers.userhub.create is false, so that providers.userhub.invite would do nothing"},
		{"deletion without second secret", map[string]any{webhook + "signingSecretArn": signing, webhook + "delete": "disable"},
			"providers.userhub.headerSecretArn is missing, and providers.userhub.delete requires it"},
		{"one secret for both", map[string]any{webhook + "signingSecretArn": signing, webhook + "headerSecretArn": signing},
			"providers.userhub.headerSecretArn is the secret of providers.userhub.signingSecretArn"},

		{"trigger of a new pool", map[string]any{"pool.triggers": "manual"}, "pool.triggers is for an existing pool: give pool.id too"},
		{"SMS role of a new pool", map[string]any{"pool.smsRoleArn": "arn:aws:iam::111122223333:role/sms"}, "pool.smsRoleArn is for an existing pool: give pool.id too"},
		{"replaced trigger of a new pool", map[string]any{"pool.replaceTriggers.PostConfirmation": theFunction},
			"pool.replaceTriggers.PostConfirmation is for an existing pool whose triggers poolsync sets: give pool.id, and pool.triggers as auto"},
		{"triggers replaced by hand", map[string]any{"pool.id": existingID, "pool.triggers": "manual", "pool.replaceTriggers.PostAuthentication": theFunction},
			"pool.replaceTriggers.PostAuthentication is for an existing pool whose triggers poolsync sets"},
		{"a replaced trigger elsewhere", map[string]any{"pool.id": existingID, "pool.replaceTriggers.PostConfirmation": strings.Replace(theFunction, "us-east-1", "eu-west-1", 1)},
			"pool.replaceTriggers.PostConfirmation is in another Region than the pool"},
		{"both triggers replaced", map[string]any{"pool.id": existingID, "pool.replaceTriggers.PostAuthentication": theFunction, "pool.replaceTriggers.PostConfirmation": theFunction + ":live"}, ""},
		{"two pools", map[string]any{"pool.id": existingID, "pool.new.selfSignUp": "true"}, "pool.new describes a new pool, but pool.id names an existing one"},
		{"domain of the portal", map[string]any{"pool.portalDomain": "example.userhub.app"}, "pool.domainPrefix is missing, and required by pool.portalDomain"},
		{"domain of a machine and the portal", map[string]any{
			"pool.new.resourceServers.orders.scopes.read": "Read", "pool.new.clients.job.kind": "machine", "pool.new.clients.job.scopes": "orders/read", "pool.portalDomain": "example.userhub.app",
		}, "pool.domainPrefix is missing, and required by pool.new.clients.job, pool.portalDomain"},
		{"portal of an existing pool", map[string]any{"pool.id": existingID, "pool.portalDomain": "example.userhub.app"}, ""},
		{"rule of a new pool", map[string]any{"pool.new.devices.skipMfa": "true"}, "pool.new.devices.skipMfa is true, but devices.remember is never"},

		{"anybody's reader", map[string]any{"pool.access.reader.accountId": "4444-5555-6666"}, "pool.access.reader.externalId is missing: without it"},
		{"nobody's external id", map[string]any{"pool.access.reader.externalId": "agreed"}, "pool.access.reader.accountId is missing: pool.access.reader.externalId is of no use"},
		{"short external id", map[string]any{"pool.access.reader.accountId": "444455556666", "pool.access.reader.externalId": "1"}, "pool.access.reader.externalId is shorter than 2"},
		{"external id of two words", map[string]any{"pool.access.reader.accountId": "444455556666", "pool.access.reader.externalId": "a b"}, "pool.access.reader.externalId is not an external id"},
		{"long external id", map[string]any{"pool.access.reader.accountId": "444455556666", "pool.access.reader.externalId": strings.Repeat("a", 1225)}, "pool.access.reader.externalId is shorter than 2 or longer"},

		{"secret elsewhere", map[string]any{"pool.id": "eu-west-1_EXAMPLE01"}, "targets.userhub.keySecretArn is in another Region than the pool: keep the secret, or a replica of it, in eu-west-1"},
		{"topic elsewhere", map[string]any{"watch.alarmTopicArn": "arn:aws:sns:eu-west-1:111122223333:on-call"},
			"watch.alarmTopicArn is in another Region than the secret of targets.userhub.keySecretArn: name one in us-east-1"},
		{"key elsewhere", map[string]any{"deploy.secretsKmsKeyArn": "arn:aws:kms:eu-west-1:111122223333:key/1234abcd"},
			"deploy.secretsKmsKeyArn is in another Region than the secret of targets.userhub.keySecretArn: name one in us-east-1"},
		{"second secret elsewhere", map[string]any{webhook + "signingSecretArn": strings.Replace(signing, "us-east-1", "us-east-2", 1)},
			"providers.userhub.signingSecretArn is in another Region than the secret of targets.userhub.keySecretArn: keep the secret, or a replica of it, in us-east-1"},
		{"third secret elsewhere", map[string]any{webhook + "signingSecretArn": signing, webhook + "headerSecretArn": strings.Replace(secret, "us-east-1", "us-east-2", 1)},
			"providers.userhub.headerSecretArn is in another Region than the secret of targets.userhub.keySecretArn"},
		{"second secret in another account", map[string]any{webhook + "signingSecretArn": strings.Replace(signing, "111122223333", "444455556666", 1)},
			"providers.userhub.signingSecretArn is in another account than the secret of targets.userhub.keySecretArn, and deploy.secretsAccountId names no other"},
		{"secrets in another account", map[string]any{"deploy.secretsAccountId": "1111-2222-3333", "deploy.secretsKmsKeyArn": keyARN1}, ""},
		{"secrets in another account that nobody could read", map[string]any{"deploy.secretsAccountId": "111122223333"},
			"deploy.secretsKmsKeyArn is missing: with the key aws/secretsmanager"},
		{"secrets in neither account", map[string]any{"deploy.secretsAccountId": "444455556666", "deploy.secretsKmsKeyArn": keyARN1},
			"targets.userhub.keySecretArn is not in the account that deploy.secretsAccountId names"},
		{"role of another account", map[string]any{"pool.id": existingID, "pool.smsRoleArn": "arn:aws:iam::444455556666:role/sms"},
			"pool.smsRoleArn is in another account than the secret of targets.userhub.keySecretArn"},
		{"topic of another team", map[string]any{"watch.alarmTopicArn": "arn:aws:sns:us-east-1:444455556666:on-call"}, ""},
		{"pool, secret and topic elsewhere", map[string]any{
			"pool.id": "eu-west-1_EXAMPLE01", target + "keySecretArn": strings.Replace(secret, "us-east-1", "eu-west-1", 1),
			"watch.alarmTopicArn": "arn:aws:sns:eu-west-1:111122223333:on-call",
		}, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := FromContext(complete(tt.context))
			wantOneProblem(t, err, tt.want)
		})
	}
}

// TestMappingIsChecked shows that a place in SCIM's user has to be one. The command line
// cannot name an attribute with a colon.
func TestMappingIsChecked(t *testing.T) {
	file := func(path string) []byte {
		return []byte(`{"targets": {"domain": {"type": "scim", "baseUrl": "https://scim.example.com", "keySecretArn": "` + secret + `", "mapping": {"custom:team": "` + path + `"}}}}`)
	}
	for path, want := range map[string]string{
		"nickName":                               "",
		`phoneNumbers[type eq \"mobile\"].value`: "",
		"a[":                                     "targets.domain.mapping cannot be sent",
		"nickName ":                              "targets.domain.mapping cannot be sent",
		" nickName":                              "targets.domain.mapping.custom:team is not a path",
	} {
		_, err := Parse(file(path))
		wantOneProblem(t, err, want)
	}
}

// service is a target that is a SCIM service, with changes.
func service(changes map[string]any) map[string]any {
	context := map[string]any{domain + "type": "scim", domain + "baseUrl": "https://scim.example.com/v2", domain + "keySecretArn": secret}
	maps.Copy(context, changes)
	return context
}

// TestNewPoolFitsTheStack shows what of a new pool has to be where the stack goes.
func TestNewPoolFitsTheStack(t *testing.T) {
	ses := func(arn string) map[string]any {
		return map[string]any{"pool.new.email.sesIdentityArn": arn, "pool.new.email.from": "a@example.com"}
	}
	sms := func(region string) map[string]any {
		return map[string]any{"pool.new.mfa.sms": "true", "pool.new.sms.region": region}
	}
	for _, tt := range []struct {
		name, region string
		context      map[string]any
		want         string
	}{
		{"SES beside it", "ap-south-1", ses("arn:aws:ses:ap-south-1:111122223333:identity/example.com"), ""},
		{"SES where Cognito also sends", "ap-south-1", ses("arn:aws:ses:eu-west-1:111122223333:identity/example.com"), ""},
		{"SES elsewhere", "us-east-1", ses("arn:aws:ses:ap-south-1:111122223333:identity/example.com"), "pool.new.email.sesIdentityArn is in another Region"},
		{"SES of another account", "us-east-1", ses("arn:aws:ses:us-east-1:444455556666:identity/example.com"), "pool.new.email.sesIdentityArn is in another account"},
		{"SES that is no ARN", "us-east-1", ses("example.com"), "pool.new.email.sesIdentityArn is not the ARN of an SES identity"},
		{"SMS from beside it", "us-east-1", sms("us-west-2"), ""},
		{"SMS from nowhere", "us-east-1", sms("eu-wset-1"), "pool.new.sms.region is a Region that does not exist"},
		{"SMS from China", "us-east-1", sms("cn-north-1"), "pool.new.sms.region is a Region that is of another partition"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tt.context[target+"keySecretArn"] = strings.Replace(secret, "us-east-1", tt.region, 1)
			_, err := FromContext(complete(tt.context))
			wantOneProblem(t, err, tt.want)
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
		{"another Region", nil, "111122223333", "eu-west-1", "targets.userhub.keySecretArn is in us-east-1, but the stack would go to eu-west-1: set AWS_REGION to us-east-1"},
		{"the pool's Region counts", map[string]any{"pool.id": existingID}, "111122223333", "eu-west-1", ""},
		{"another account", nil, "444455556666", "us-east-1", "targets.userhub.keySecretArn is in another account than your AWS credentials"},
		{"another account, and said so", map[string]any{"deploy.secretsAccountId": "111122223333", "deploy.secretsKmsKeyArn": keyARN1}, "444455556666", "us-east-1", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s, err := FromContext(complete(tt.context))
			if err != nil {
				t.Fatal(err)
			}
			wantOneProblem(t, s.Fits(tt.account, tt.region), tt.want)
		})
	}
	s, _ := FromContext(complete(nil))
	if got := fmt.Sprint(s.Fits("444455556666", "eu-west-1")); !strings.HasPrefix(got, "poolsync: 2 problems") {
		t.Errorf("got\n%s\nwant both problems", got)
	}
}

// TestReplacedAliasIsLookedAt shows that whoever may call a version or an alias can be
// read, by whichever ARN that is allowed.
func TestReplacedAliasIsLookedAt(t *testing.T) {
	replaced := ReplaceTriggers{PostAuthentication: theFunction + ":live", PostConfirmation: theFunction}
	if diff := cmp.Diff([]string{theFunction, theFunction + ":live"}, replaced.Policies()); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
	alone := ReplaceTriggers{PostConfirmation: theFunction + ":live"}
	if diff := cmp.Diff([]string{theFunction, theFunction + ":live"}, alone.Policies()); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
	if got := (ReplaceTriggers{}).Functions(); len(got) != 0 {
		t.Errorf("none are replaced, and the functions are %v", got)
	}
	if diff := cmp.Diff([]string{theFunction}, ReplaceTriggers{theFunction, theFunction}.Functions()); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}

func TestHoursOfSilence(t *testing.T) {
	for _, tt := range []struct {
		schedule string
		hours    int
		want     int
	}{
		{"rate(1 hour)", 0, 2}, {"rate(10 minutes)", 0, 1}, {"rate(45 minutes)", 0, 2}, {"rate(1 day)", 0, 48}, {"rate(4 days)", 0, 168}, {"rate(99999 days)", 0, 168},
		{"cron(30 3 * * ? *)", 0, 48}, {"rate(1 hour)", 96, 96}, {"cron(30 3 * * ? *)", 1, 1},
	} {
		s := Settings{Sync: Sync{Schedule: tt.schedule}, Watch: Watch{RunAlarmHours: tt.hours}}
		if got := s.HoursOfSilence(); got != tt.want {
			t.Errorf("%s and %d hours: got %d, want %d", tt.schedule, tt.hours, got, tt.want)
		}
	}
}

func TestWhatUserHubMayDo(t *testing.T) {
	for _, tt := range []struct {
		name            string
		provider        *UserHubProvider
		deletes, writes bool
	}{
		{"no webhook", nil, false, false},
		{"read", &UserHubProvider{Delete: "off"}, false, false},
		{"create", &UserHubProvider{Delete: "off", Create: true}, false, true},
		{"update", &UserHubProvider{Delete: "off", Update: true}, false, true},
		{"disable", &UserHubProvider{Delete: "disable"}, true, true},
		{"delete", &UserHubProvider{Delete: "delete"}, true, true},
	} {
		if deletes, writes := tt.provider.Deletes(), tt.provider.Writes(); deletes != tt.deletes || writes != tt.writes {
			t.Errorf("%s: deletes %t, writes %t; want %t, %t", tt.name, deletes, writes, tt.deletes, tt.writes)
		}
	}
}
