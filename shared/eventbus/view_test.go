package eventbus_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/poolsync/poolsync/shared/directory"
	"github.com/poolsync/poolsync/shared/eventbus"
	"github.com/poolsync/poolsync/shared/eventbus/eventbustest"
	"github.com/poolsync/poolsync/shared/reconcile"
)

// TestWhatIsShown shows whole details, by what may be shown.
func TestWhatIsShown(t *testing.T) {
	for _, tt := range []struct {
		name  string
		shown []string
		want  string
	}{
		{"nothing", nil, `"user":{"enabled":true}`},
		{"the user name", []string{"username"}, `"username":"jane@example.com","user":{"enabled":true}`},
		{"one attribute", []string{"name"}, `"user":{"enabled":true,"attributes":{"name":"Jane"}}`},
		{"one that the user does not have", []string{"nickname"}, `"user":{"enabled":true}`},
		{"all", []string{"*"}, `"username":"jane@example.com","user":{"enabled":true,"attributes":{"custom:salary":"9999","email":"jane@example.com","name":"Jane"}}`},
		{"Cognito's own", []string{"sub", "identities"}, `"user":{"enabled":true}`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			bus := eventbustest.New()
			d := change(1)
			d.User.Attributes["identities"] = "[]"
			got := deliver(t, bus, newBus(bus, full, eventbus.WithAttributes(tt.shown...)), d)[0].Detail
			want := fmt.Sprintf(`{"version":1,"id":%q,"pool":"us-east-1_EXAMPLE01","sub":%q,"observedAt":"2026-05-01T12:00:01Z",%s}`, got.ID, janeSub, tt.want)
			var wanted eventbus.Detail
			if err := json.Unmarshal([]byte(want), &wanted); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(wanted, got); diff != "" {
				t.Errorf("-want +got\n%s", diff)
			}
		})
	}
}

// TestNothingElseIsShown draws users and settings at random, and shows that the text of
// no event has a value that may not be shown. Each value is unmistakable.
func TestNothingElseIsShown(t *testing.T) {
	first := uint64(time.Now().UnixNano())
	for seed := first; seed < first+300; seed++ {
		synctest.Test(t, func(t *testing.T) { newRandomLife(seed).play(t) })
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
}

// randomLife is the life of a user with settings at random.
type randomLife struct {
	random       *rand.Rand
	shown        []string
	secret, open map[string]bool // values by whether they may be shown
}

// attributes are those that the user may have.
var attributes = []string{"email", "name", "phone_number", "custom:salary", "address", "identities", "nickname", "locale"}

func newRandomLife(seed uint64) *randomLife {
	l := &randomLife{random: rand.New(rand.NewPCG(seed, 0)), secret: make(map[string]bool), open: make(map[string]bool)}
	for _, name := range append([]string{"username"}, attributes...) {
		if l.random.IntN(3) == 0 {
			l.shown = append(l.shown, name)
		}
	}
	if l.random.IntN(10) == 0 {
		l.shown = append(l.shown, "*")
	}
	return l
}

// value returns a value for an attribute.
func (l *randomLife) value(name string) string {
	v := fmt.Sprintf("<%016x>", l.random.Uint64())
	if name != "identities" && (slices.Contains(l.shown, name) || slices.Contains(l.shown, "*")) {
		l.open[v] = true
	} else {
		l.secret[v] = true
	}
	return v
}

func (l *randomLife) play(t *testing.T) {
	username := l.value("username")
	var deliveries []reconcile.Delivery
	for i := range 6 {
		d := change(i+1, func(u *directory.User) { l.edit(u, username) })
		switch l.random.IntN(4) {
		case 0:
			d.Kind = directory.SignUp
		case 1:
			d.Kind, d.Confirm = directory.SignIn, l.random.IntN(2) == 0
		}
		deliveries = append(deliveries, d)
	}
	gone := removal(10)
	gone.Username = username
	bus := eventbustest.New()
	deliver(t, bus, newBus(bus, full, eventbus.WithAttributes(l.shown...)), append(deliveries, gone)...)
	text := string(slices.Concat(bus.Messages()...))
	for v := range l.secret {
		if strings.Contains(text, v) {
			t.Errorf("%s is shown, of %v that may be", v, l.shown)
		}
	}
	if l.open[username] != strings.Contains(text, username) {
		t.Errorf("the user name is shown: %t, want %t", !l.open[username], l.open[username])
	}
	if strings.Contains(text, "STATUS") || !strings.Contains(text, "User Deleted") {
		t.Errorf("want neither the status nor an early end:\n%s", text)
	}
}

// edit gives the user other attributes.
func (l *randomLife) edit(u *directory.User, username string) {
	u.Username, u.Status, u.Enabled = username, "STATUS", l.random.IntN(2) == 0
	u.Attributes = map[string]string{"sub": janeSub}
	for _, name := range attributes {
		if l.random.IntN(4) > 0 {
			u.Attributes[name] = l.value(name)
		}
	}
}

// TestFingerprint shows which changes are news.
func TestFingerprint(t *testing.T) {
	for _, tt := range []struct {
		name  string
		shown []string
		edit  func(*directory.User)
		news  bool
	}{
		{"disabled", nil, disabled, true},
		{"a name that is shown", []string{"name"}, renamed, true},
		{"a name that is not", []string{"email"}, renamed, false},
		{"a name, with all shown", []string{"*"}, renamed, true},
		{"dates and status", []string{"*"}, dated(noon), false},
		{"groups", []string{"*"}, func(u *directory.User) { u.Groups = []string{"staff"} }, false},
		{"linked accounts", []string{"*", "identities"}, func(u *directory.User) { u.Attributes["identities"] = "[{}]" }, false},
		{"a user name that is not shown", []string{"email"}, func(u *directory.User) { u.Username = "j" }, false},
		{"a user name", []string{"username"}, func(u *directory.User) { u.Username = "j" }, true},
		{"an attribute that goes blank", []string{"name"}, func(u *directory.User) { u.Attributes["name"] = "" }, true},
	} {
		target := newBus(nil, full, eventbus.WithAttributes(tt.shown...))
		if got := target.Fingerprint(jane()) != target.Fingerprint(jane(tt.edit)); got != tt.news {
			t.Errorf("%s: news %t, want %t", tt.name, got, tt.news)
		}
	}
}
