package setting

import "testing"

// TestRatesOfServices shows that a service's rate is its profile's, unless the owner says
// another.
func TestRatesOfServices(t *testing.T) {
	for _, tt := range []struct {
		context              map[string]any
		perSecond, perMinute int
	}{
		{service(nil), 10, 0},
		{service(map[string]any{domain + "profile": "oci"}), 20, 150},
		{service(map[string]any{domain + "profile": "oci", domain + "rate.perMinute": "600", domain + "rate.perSecond": "50"}), 50, 600},
	} {
		s, err := FromContext(complete(tt.context))
		if err != nil {
			t.Fatal(err)
		}
		if got, most := s.PerSecond("domain"), s.PerMinute("domain"); got != tt.perSecond || most != tt.perMinute {
			t.Errorf("%v: %d a second, %d a minute; want %d, %d", tt.context, got, most, tt.perSecond, tt.perMinute)
		}
	}
	if got := (Settings{Targets: map[string]Target{"a": {Rate: Rate{PerMinute: 5}}}}).PerMinute("a"); got != 5 {
		t.Errorf("%d a minute, want what the owner says", got)
	}
}

// TestShares shows what poolsync takes of Cognito's quota, and what is too much.
func TestShares(t *testing.T) {
	for _, tt := range []struct {
		name    string
		context map[string]any
		want    string // "" if all is well
	}{
		{"by default", nil, ""},
		{"with the webhook", map[string]any{webhook + "signingSecretArn": signing}, ""},
		{"all that there is, for full syncs alone", map[string]any{"events.cloudTrail": "false", "sync.rate": "30", "pool.listShare": "30"}, ""},
		{"more than the share", map[string]any{"sync.rate": "21"},
			"pool.listShare is less than its parts, in list requests a second:\n" +
				"         full sync   21  sync.rate\n" +
				"            events    5  events.rate\n" +
				"          together   26  of 25"},
		{"more than the share, with the webhook", map[string]any{webhook + "signingSecretArn": signing, "sync.rate": "20", webhook + "rate": "1"},
			"pool.listShare is less than its parts, in list requests a second:\n" +
				"         full sync   20  sync.rate\n" +
				"            events    5  events.rate\n" +
				"           webhook    1  providers.userhub.rate\n" +
				"          together   26  of 25"},
		{"a smaller share", map[string]any{"pool.listShare": "14"}, "pool.listShare is less than its parts"},
		{"a target that asks more of the webhook than it takes", map[string]any{webhook + "signingSecretArn": signing, target + "rate.perSecond": "11"},
			"targets.userhub.rate.perSecond is more than 10, which providers.userhub.rate allows"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := FromContext(complete(tt.context))
			wantOneProblem(t, err, tt.want)
		})
	}
}

func TestPerSecond(t *testing.T) {
	for _, tt := range []struct {
		name    string
		context map[string]any
		want    int
	}{
		{"by default", nil, 20},
		{"with the webhook", map[string]any{webhook + "signingSecretArn": signing}, 10},
		{"with a fast webhook", map[string]any{webhook + "signingSecretArn": signing, webhook + "rate": "25", "pool.listShare": "30", "sync.rate": "1", "events.rate": "1"}, 20},
		{"as the owner says", map[string]any{target + "rate.perSecond": "3"}, 3},
		{"with another connection's webhook", map[string]any{
			webhook + "signingSecretArn": signing, webhook + "target": "other", other + "type": "userhub", other + "connectionId": "conn_y", other + "keySecretArn": secret,
		}, 20},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s, err := FromContext(complete(tt.context))
			if err != nil {
				t.Fatal(err)
			}
			if got := s.PerSecond("userhub"); got != tt.want {
				t.Errorf("got %d, want %d", got, tt.want)
			}
		})
	}
}
