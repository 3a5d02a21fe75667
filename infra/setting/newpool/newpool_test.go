package newpool

import (
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/poolsync/poolsync/infra/setting/form"
	"github.com/poolsync/poolsync/shared/decode"
)

// parse reads a description as package setting does, which has it inside its file.
func parse(text []byte) (Pool, error) {
	value, repeated, err := decode.Value(text)
	if err != nil {
		return Pool{}, Problems{{Text: err.Error()}}
	}
	var problems Problems
	for _, path := range repeated {
		problems = append(problems, form.Problem{Path: path, Text: "is in the file twice"})
	}
	var pool Pool
	problems = append(problems, form.Texts{}.Fill(value, &pool)...)
	if problems = append(problems, Check(pool)...); len(problems) > 0 {
		return Pool{}, problems
	}
	return pool, nil
}

func TestDefaults(t *testing.T) {
	got := Default()
	want := Pool{
		SignIn:             SignIn{By: []string{"email"}},
		Verify:             []string{"email"},
		VerifyBeforeChange: true,
		Password:           Password{MinLength: 12, Lowercase: true, Uppercase: true, Digits: true, Symbols: true, TemporaryDays: 7},
		MFA:                MFA{Mode: "optional", TOTP: true},
		Recovery:           []string{"email"},
		Messages:           Messages{Verification: Verification{By: "code"}},
		Devices:            Devices{Remember: "never"},
		Plan:               "essentials",
		ThreatProtection:   "off",
		DeletionProtection: true,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
	if problems := Check(got); problems != nil {
		t.Error(problems)
	}
	if got.SendsSMS() || got.NeedDomain() != nil {
		t.Errorf("sends SMS: %t, needs a domain for %v; want neither", got.SendsSMS(), got.NeedDomain())
	}
}

func TestNamedPartsHaveDefaults(t *testing.T) {
	got, err := parse([]byte(`{"clients": {"web": {"kind": "singlePage"}}, "customAttributes": {"level": {}}, "attributes": {"name": {}}}`))
	if err != nil {
		t.Fatal(err)
	}
	want := Client{Kind: SinglePage, Tokens: Tokens{AccessMinutes: 60, IDMinutes: 60, RefreshHours: 24}}
	if diff := cmp.Diff(want, got.Clients["web"]); diff != "" {
		t.Errorf("client: -want +got\n%s", diff)
	}
	if got := got.CustomAttributes["level"]; got != (CustomAttribute{Type: "string", Mutable: true}) {
		t.Errorf("custom attribute: got %+v", got)
	}
	if got := got.Attributes["name"]; got != (Attribute{Mutable: true}) {
		t.Errorf("attribute: got %+v", got)
	}
}

// TestRead shows that a file with every setting is good.
func TestRead(t *testing.T) {
	text, err := os.ReadFile("testdata/everything.json")
	if err != nil {
		t.Fatal(err)
	}
	pool, err := parse(text)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"clients.backend", "clients.nightly-export", "clients.web", "messages.verification.by"}, pool.NeedDomain()); diff != "" {
		t.Errorf("needs a domain: -want +got\n%s", diff)
	}
}

func TestReadRefuses(t *testing.T) {
	// from is what a file needs for other keys to be allowed.
	const ses = `"email": {"sesIdentityArn": "arn:aws:ses:us-east-1:111122223333:identity/example.com", "from": "a@example.com"}`
	for _, tt := range []struct {
		name, in string
		want     []string
	}{
		{"no JSON", "{\n\"mfa\": {,}\n}", []string{"is not JSON: line 2, column 9: invalid character ',' looking for beginning of object key string"}},
		{"nothing", ``, []string{"is not JSON: line 1, column 1: it ends too early"}},
		{"two values", "{}\n{}", []string{"is not JSON: line 2, column 1: text after the end"}},
		{"a list", `[]`, []string{"is not an object: {...}"}},
		{"unknown keys", `{"mfaa": 1, "mfa": {"otp": true}}`, []string{"mfa.otp is not known; did you mean mfa.totp?", "mfaa is not known; did you mean mfa?"}},
		{"another case", `{"selfSignup": true, "mfa": {"Mode": "off"}}`, []string{"mfa.Mode is not known; did you mean mfa.mode?", "selfSignup is not known; did you mean selfSignUp?"}},
		{"twice", "{\"selfSignUp\": false,\n\"mfa\": {\"mode\": \"required\", \"mode\": \"off\"}, \"clients\": {\"web\": {\"kind\": \"server\"}, \"web\": {\"kind\": \"singlePage\"}}}", []string{
			"mfa.mode is in the file twice", "clients.web is in the file twice"}},
		{"wrong types", `{"selfSignUp": "yes", "verify": "email", "plan": 1, "password": [], "tags": {"a": 1}, "attributes": []}`, []string{
			"selfSignUp is neither true nor false", `attributes is not an object: {...}`, `verify is a text, not a list: put brackets round it, ["..."]`,
			"password is not an object: {...}", "plan is not a text: put quotes round it", "tags.a is not a text: put quotes round it"}},
		{"null", `{"password": null, "plan": null}`, []string{"password is null: give it a value, or leave it out", "plan is null: give it a value, or leave it out"}},
		{"blank", `{"email": {"replyTo": " "}}`, []string{"email.replyTo is empty: give it a value, or leave it out"}},
		{"numbers", `{"password": {"minLength": 5, "temporaryDays": 1.5, "history": 1e300}}`, []string{
			"password.minLength is not a whole number from 6 to 99", "password.history is not a whole number, in digits", "password.temporaryDays is not a whole number, in digits"}},
		{"a number beyond all", `{"customAttributes": {"a": {"type": "number", "max": 9223372036854775808}}}`, []string{
			"customAttributes.a.max is not a whole number from -9223372036854775808 to 9223372036854775807"}},
		{"twice in a list", `{"verify": ["email", "email"]}`, []string{"verify[1] is in the list twice"}},
		{"choice in a list", `{"recovery": ["email", "fax"]}`, []string{"recovery[1] is not email or phone"}},
		{"client without kind", `{"clients": {"web": {}}}`, []string{"clients.web.kind is missing"}},

		{"nobody signs in", `{"signIn": {"by": []}}`, []string{"signIn.by is empty: nobody could sign in"}},
		{"preferred user name alone", `{"signIn": {"by": ["preferredUsername"]}}`, []string{"signIn.by has preferredUsername, which Cognito offers beside username only"}},
		{"unverified sign-in", `{"signIn": {"by": ["phone"]}}`, []string{"verify does not hold phone, which users sign in with"}},
		{"no standard attribute", `{"attributes": {"department": {}}}`, []string{"attributes.department is no standard attribute; one of your own belongs under customAttributes"}},
		{"custom names", `{"customAttributes": {"custom:level": {}}}`, []string{"customAttributes.custom:level is not a name of up to 20 letters, digits, hyphens and underscores"}},
		{"limits of a date", `{"customAttributes": {"hired": {"type": "datetime", "min": 1}}}`, []string{"customAttributes.hired has min or max, which only a string or a number has"}},
		{"limits of a text", `{"customAttributes": {"a": {"max": 2049}, "b": {"min": -1}, "c": {"type": "number", "min": 2, "max": 1}}}`, []string{
			"customAttributes.a is a text shorter than 0 or longer than 2048", "customAttributes.b is a text shorter than 0 or longer than 2048", "customAttributes.c has a min above its max"}},
		{"no second factor", `{"mfa": {"mode": "required", "totp": false}}`, []string{"mfa is required, but neither totp nor sms is a second factor"}},
		{"unused SMS", `{"mfa": {"mode": "off", "sms": true}}`, []string{"mfa.sms is true, but mfa.mode is off"}},
		{"recovery by the second factor", `{"mfa": {"sms": true}, "recovery": ["phone"]}`, []string{"recovery has only phone, by which Cognito helps nobody whose second factor is sms"}},
		{"recovery by everybody's second factor", `{"mfa": {"mode": "required", "sms": true}, "recovery": ["email", "phone"]}`, []string{
			"recovery has phone, by which Cognito lets nobody recover where everybody has a second factor and sms is one: leave email, or none"}},
		{"texts, but not as a second factor", `{"verify": ["email", "phone"]}`, []string{
			"mfa.sms is false, but verify or recovery has phone, and a pool that sends texts has them as a second factor too: set mfa.sms to true or mfa.mode to off, or take phone out of signIn.by, verify and recovery"}},
		{"devices", `{"devices": {"skipMfa": true}}`, []string{"devices.skipMfa is true, but devices.remember is never"}},
		{"plan", `{"plan": "lite", "password": {"history": 1}, "threatProtection": "audit", "clients": {"web": {"kind": "server", "authFlows": ["choice"]}}}`, []string{
			"password.history needs the plan essentials or plus", "threatProtection needs the plan plus", "clients.web.authFlows has choice, which needs the plan essentials or plus"}},

		{"no SES", `{"email": {"from": "a@example.com", "configurationSet": "a"}, "messages": {"verification": {"subject": "a"}, "invitation": {"body": "{username} {####}"}}}`, []string{
			"email.from needs email.sesIdentityArn: Cognito's own sender takes none", "email.configurationSet needs email.sesIdentityArn: Cognito's own sender takes none"}},
		{"another partition's SES", `{"email": {"sesIdentityArn": "arn:aws-us-gov:ses:us-gov-west-1:111122223333:identity/example.com", "from": "a@example.com"}}`, []string{
			"email.sesIdentityArn is not the ARN of an SES identity"}},
		{"another's address", `{"email": {"sesIdentityArn": "arn:aws:ses:us-east-1:111122223333:identity/example.com", "from": "a@badexample.com"}}`, []string{
			"email.from is of another domain than the SES identity"}},
		{"no sender", `{"email": {"sesIdentityArn": "example.com", "replyTo": "example.com"}}`, []string{
			"email.sesIdentityArn is not the ARN of an SES identity", "email.from is missing: say which address of the SES identity sends", "email.replyTo is not an e-mail address"}},
		{"placeholders", `{` + ses + `, "mfa": {"sms": true}, "messages": {"verification": {"body": "{##here##}", "sms": "code"}, "invitation": {"body": "{####}", "sms": "{####}"}, "mfaSms": "code"}}`, []string{
			"messages.verification.body does not hold {####}, where the code goes", "messages.invitation.body does not hold both {username} and {####}",
			"messages.invitation.sms does not hold both {username} and {####}", "messages.verification.sms does not hold {####}, where the code goes", "messages.mfaSms does not hold {####}, where the code goes"}},
		{"a link's placeholder", `{` + ses + `, "messages": {"verification": {"by": "link", "body": "{####}"}}}`, []string{"messages.verification.body does not hold {##words to click##}, where the link goes"}},
		{"long texts", `{` + ses + `, "mfa": {"sms": true}, "messages": {"verification": {"subject": "` + strings.Repeat("a", 141) + `", "body": "{####}` + strings.Repeat("a", 20000) + `", "sms": "{####}` + strings.Repeat("a", 140) + `"}}}`, []string{
			"messages.verification.subject is longer than 140 characters", "messages.verification.body is longer than 20000 characters", "messages.verification.sms is longer than 140 characters"}},
		{"unsent SMS", `{"sms": {"region": "nowhere"}, "messages": {"verification": {"sms": "{####}"}, "mfaSms": "{####}"}}`, []string{
			"sms.region is not a Region", "sms.region is set, but the pool sends no text messages", "messages.verification.sms is set, but the pool sends no text messages",
			"messages.mfaSms is set, but the pool sends no text messages", "messages.mfaSms is set, but mfa.sms is false"}},

		{"resource servers", `{"resourceServers": {"a b": {"scopes": {"x/y": "x"}}, "orders": {}}}`, []string{
			"resourceServers.a b is not an identifier: no blanks, quotes or backslashes", "resourceServers.a b.scopes.x/y is not a name: no blanks, quotes, slashes or backslashes",
			"resourceServers.orders.scopes is empty: no token could be for it"}},
		{"machine with users", `{"clients": {"job": {"kind": "machine", "callbackUrls": ["https://a.example.com"], "authFlows": ["srp"]}}}`, []string{
			"clients.job.scopes is missing: a machine needs scopes of a resource server", "clients.job.authFlows is for users, whom a machine does not have", "clients.job.callbackUrls is for users, whom a machine does not have"}},
		{"machine with a user's scope", `{"resourceServers": {"orders": {"scopes": {"read": "r"}}}, "clients": {"job": {"kind": "machine", "scopes": ["openid"]}}}`, []string{
			`clients.job.scopes holds "openid"; want one of: orders/read`}},
		{"addresses", `{"clients": {"web": {"kind": "server", "callbackUrls": ["http://www.example.com"], "logoutUrls": ["https://www.example.com#bye"]}}}`, []string{
			"clients.web.callbackUrls holds an address that is neither https, nor http on localhost, nor of an app, or has a fragment", "clients.web.logoutUrls holds an address that is neither https, nor http on localhost, nor of an app, or has a fragment"}},
		{"no login pages", `{"clients": {"web": {"kind": "server", "logoutUrls": ["https://www.example.com"], "scopes": ["openid"], "authFlows": []}}}`, []string{
			"clients.web.logoutUrls needs callbackUrls: only the login pages use it", "clients.web.scopes needs callbackUrls: only the login pages use it", "clients.web has neither callbackUrls nor authFlows: nobody could sign in"}},
		{"scopes", `{"clients": {"web": {"kind": "server", "callbackUrls": ["myapp://done"], "scopes": ["email", "orders/read"]}}}`, []string{
			`clients.web.scopes holds "orders/read"; want one of: openid, email, phone, profile, aws.cognito.signin.user.admin`, "clients.web.scopes has email, phone or profile, which need openid"}},
		{"attributes of a client", `{"selfSignUp": true, "attributes": {"name": {"required": true}}, "clients": {"web": {"kind": "server", "readAttributes": ["email_verified", "custom:a"], "writeAttributes": ["mail"]}}}`, []string{
			`clients.web.readAttributes holds "custom:a", which is no attribute of the pool`, `clients.web.writeAttributes holds "mail", which is no attribute of the pool`, "clients.web.writeAttributes does not hold name, which is required: Cognito refuses such a client"}},
		{"a required attribute without self sign-up", `{"attributes": {"name": {"required": true}}, "clients": {"web": {"kind": "server", "writeAttributes": ["email"]}}}`, []string{
			"clients.web.writeAttributes does not hold name, which is required: Cognito refuses such a client"}},
		{"empty lists that Cognito takes for everything", `{"customAttributes": {"role": {}}, "clients": {"web": {"kind": "singlePage", "callbackUrls": ["myapp://done"], "scopes": [], "readAttributes": [], "writeAttributes": []}}}`, []string{
			"clients.web.scopes is empty, but every token has a scope: leave it out for openid, email and profile",
			"clients.web.readAttributes is empty, which Cognito takes for all standard attributes: list at least one, such as zoneinfo, which does no harm if nothing trusts it",
			"clients.web.writeAttributes is empty, which Cognito takes for all standard attributes: list at least one, such as zoneinfo, which does no harm if nothing trusts it"}},
		{"tokens", `{"clients": {"a/b": {"kind": "server", "tokens": {"accessMinutes": 120, "refreshHours": 1}}}}`, []string{
			"clients.a/b is not a name of up to 128 letters, digits, blanks and +=,.@-_", "clients.a/b.tokens.accessMinutes is longer than refreshHours"}},
		{"tags", `{"tags": {"AWS:a": "b", "c": "` + strings.Repeat("d", 257) + `"}}`, []string{"tags.AWS:a begins with aws:, as only tags of AWS do", "tags.c is longer than 128 characters, or its value longer than 256"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := parse([]byte(tt.in))
			if _, ok := errors.AsType[Problems](err); !ok {
				t.Fatalf("error %v, want Problems", err)
			}
			if diff := cmp.Diff(tt.want, strings.Split(err.Error(), "\n")); diff != "" {
				t.Errorf("-want +got\n%s", diff)
			}
		})
	}
}

// TestReadAccepts shows what Cognito takes, although it looks odd.
func TestReadAccepts(t *testing.T) {
	for _, tt := range []struct{ name, in string }{
		{"a large number", `{"customAttributes": {"a": {"type": "number", "min": -9007199254740993, "max": 9999999999}}}`},
		{"a line break in a link's words", `{"messages": {"verification": {"by": "link", "body": "{##Confirm\nyour address##}"}}}`},
		{"texts of one's own from Cognito's sender", `{"messages": {"verification": {"subject": "a", "body": "{####}"}, "invitation": {"subject": "a", "body": "{username} {####}"}}}`},
		{"texts without second factors", `{"verify": ["email", "phone"], "mfa": {"mode": "off"}}`},
		{"texts also as a second factor", `{"verify": ["email", "phone"], "mfa": {"sms": true}, "recovery": ["email", "phone"]}`},
		{"a sender below the SES identity", `{"email": {"sesIdentityArn": "arn:aws:ses:us-east-1:111122223333:identity/example.com", "from": "A <a@Mail.Example.com>"}}`},
		{"an address as SES identity", `{"email": {"sesIdentityArn": "arn:aws:ses:us-east-1:111122223333:identity/a@example.com", "from": "a@example.com"}}`},
		{"lists that mean none", `{"signIn": {"by": ["username"]}, "verify": [], "recovery": [], "tags": {}, "clients": {"web": {"kind": "server", "callbackUrls": [], "logoutUrls": []}}}`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if _, err := parse([]byte(tt.in)); err != nil {
				t.Error(err)
			}
		})
	}
}

// TestLargeNumbersAreExact shows that no digit is lost where a floating-point number
// has no room for it.
func TestLargeNumbersAreExact(t *testing.T) {
	pool, err := parse([]byte(`{"customAttributes": {"a": {"type": "number", "max": 9007199254740993}}}`))
	if err != nil {
		t.Fatal(err)
	}
	if got := *pool.CustomAttributes["a"].Max; got != 9007199254740993 {
		t.Errorf("max is %d, want 9007199254740993", got)
	}
}

// TestAttributesOfClients shows what an app may read and write: always a list, since
// without one Cognito chooses, and by default nothing that users do not own.
func TestAttributesOfClients(t *testing.T) {
	const owned = "address birthdate email family_name gender given_name locale middle_name name nickname phone_number picture preferred_username profile website zoneinfo"
	const all = "address birthdate email family_name gender given_name locale middle_name name nickname phone_number picture preferred_username profile updated_at website zoneinfo email_verified phone_number_verified"
	for _, tt := range []struct{ name, file, client, reads, writes string }{
		{"by default", `"customAttributes": {"role": {}}`, ``, all, owned},
		{"listed", `"customAttributes": {"role": {}}`, `, "readAttributes": ["custom:role"], "writeAttributes": ["zoneinfo"]`, "custom:role", "zoneinfo"},
		{"set once", `"attributes": {"nickname": {"mutable": false}, "given_name": {"mutable": false, "required": true}}`, ``, all, strings.Replace(owned, " nickname", "", 1)},
		{"required, but not the users' own", `"attributes": {"updated_at": {"required": true}}`, ``, all, strings.Replace(owned, " website", " updated_at website", 1)},
	} {
		t.Run(tt.name, func(t *testing.T) {
			pool, err := parse([]byte(`{` + tt.file + `, "clients": {"web": {"kind": "singlePage"` + tt.client + `}}}`))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(strings.Fields(tt.reads), pool.Reads(pool.Clients["web"])); diff != "" {
				t.Errorf("reads: -want +got\n%s", diff)
			}
			if diff := cmp.Diff(strings.Fields(tt.writes), pool.Writes(pool.Clients["web"])); diff != "" {
				t.Errorf("writes: -want +got\n%s", diff)
			}
		})
	}
}

// TestCharacters shows that a text is as long as it has characters, in any script.
func TestCharacters(t *testing.T) {
	for _, tt := range []struct {
		length int
		ok     bool
	}{{140, true}, {141, false}} {
		file := `{"email": {"sesIdentityArn": "arn:aws:ses:us-east-1:111122223333:identity/example.com", "from": "a@example.com"},
			"messages": {"verification": {"subject": "` + strings.Repeat("é", tt.length) + `"}}}`
		if _, err := parse([]byte(file)); (err == nil) != tt.ok {
			t.Errorf("a subject of %d characters: error %v, want one: %t", tt.length, err, !tt.ok)
		}
	}
}
