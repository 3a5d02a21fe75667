package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	ebtypes "github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager/types"
	"github.com/google/go-cmp/cmp"

	"github.com/poolsync/poolsync/shared/cognito"
	"github.com/poolsync/poolsync/shared/directory"
	"github.com/poolsync/poolsync/shared/reconcile"
	"github.com/poolsync/poolsync/shared/scim"
	"github.com/poolsync/poolsync/shared/scim/client"
	"github.com/poolsync/poolsync/shared/secret"
	"github.com/poolsync/poolsync/shared/userhub"
)

const (
	postauth = "arn:aws:lambda:us-east-1:111122223333:function:poolsync-postauth"
	theirs   = "arn:aws:lambda:us-east-1:111122223333:function:theirs"
)

// fake is a world in which calls fail by their names.
type fake struct {
	fails    map[string]error
	triggers cognito.Triggers
	sent     []directory.Change
	allowed  int    // instances
	passed   string // what the ledger has recorded
}

func (f *fake) Estimate(context.Context) (int, error) { return 1, f.fails["Estimate"] }
func (f *fake) Page(context.Context, int, string) ([]directory.User, string, error) {
	return nil, "", f.fails["Page"]
}
func (f *fake) User(context.Context, string) (directory.User, bool, error) {
	return directory.User{}, false, f.fails["User"]
}
func (f *fake) CheckFilter(context.Context) error { return f.fails["CheckFilter"] }
func (f *fake) Triggers(context.Context) (cognito.Triggers, error) {
	return f.triggers, f.fails["Triggers"]
}
func (f *fake) Send(_ context.Context, c directory.Change) error {
	f.sent = append(f.sent, c)
	return f.fails["Send"]
}
func (f *fake) Unreserved(context.Context) (int, error) {
	return f.allowed, f.fails["Unreserved"]
}
func (f *fake) Passed(context.Context) (string, error) { return f.passed, f.fails["Passed"] }
func (f *fake) RecordPassed(_ context.Context, digest string) error {
	f.passed = digest
	return f.fails["RecordPassed"]
}
func (f *fake) Probe(context.Context) error           { return f.fails["Probe"] }
func (f *fake) CheckKey(context.Context) error        { return f.fails["CheckKey"] }
func (f *fake) CheckConnection(context.Context) error { return f.fails["CheckConnection"] }

// fakeSecret is a secret that can be read unless it holds an error.
type fakeSecret struct{ err error }

func (s fakeSecret) Value(context.Context) (string, error) { return "example", s.err }

// inOrder returns a world in which everything works, and the fake that it is made of.
func inOrder() (world, *fake) {
	f := &fake{fails: map[string]error{}, triggers: cognito.Triggers{PostAuthentication: postauth, PostConfirmation: postauth}}
	f.allowed = 1000
	return world{pool: f, account: f, postauth: postauth, concurrency: 14, targets: []served{serve("crm", f)}}, f
}

// serve returns a target in which everything works.
func serve(name string, f *fake) served {
	return served{
		name: name, digest: name + " today", live: f, bulk: f, ledger: f,
		system: hub{key: fakeSecret{}, client: f, signing: fakeSecret{}, header: fakeSecret{}},
	}
}

// changeHub changes what a world's only target depends on.
func changeHub(w *world, change func(*hub)) {
	u := w.targets[0].system.(hub)
	change(&u)
	w.targets[0].system = u
}

// describer describes an event bus, unless it holds an error.
type describer struct{ err error }

func (d describer) DescribeEventBus(context.Context, *eventbridge.DescribeEventBusInput, ...func(*eventbridge.Options)) (*eventbridge.DescribeEventBusOutput, error) {
	return &eventbridge.DescribeEventBusOutput{}, d.err
}

// scimService answers a check.
type scimService struct{ err error }

func (s scimService) Check(context.Context) (scim.ServiceConfig, error) {
	return scim.ServiceConfig{}, s.err
}

var errBroken = errors.New("broken")

// errNoValue is the error of reading a secret without a value.
var errNoValue = fmt.Errorf("read secret: %w", &types.ResourceNotFoundException{})

func TestChecks(t *testing.T) {
	fail := func(call string, err error) func(*world, *fake) {
		return func(_ *world, f *fake) { f.fails[call] = err }
	}
	tests := []struct {
		name   string
		change func(*world, *fake)
		want   map[string]result // those that are not ok
		remedy string            // of the first of them
	}{
		{"all in order", func(*world, *fake) {}, map[string]result{}, ""},
		{"no webhook", func(w *world, _ *fake) { changeHub(w, func(u *hub) { u.signing, u.header = nil, nil }) }, map[string]result{}, ""},
		{"pool not there", fail("Estimate", errBroken), map[string]result{"pool readable": failed}, "user pool exists in this Region"},
		{"users cannot be listed", fail("Page", errBroken), map[string]result{"pool readable": failed}, "cognito-idp:ListUsers"},
		{"sub is no filter", fail("User", cognito.ErrFilterRefused), map[string]result{"filter by sub": failed}, "cannot be looked up"},
		{"prefix is no filter", fail("CheckFilter", cognito.ErrFilterRefused), map[string]result{"filter by sub": warning}, "Nothing to do"},
		{"filter not answered", fail("CheckFilter", errBroken), map[string]result{"filter by sub": failed}, "pool readable"},
		{"triggers not read", fail("Triggers", errBroken), map[string]result{"triggers": failed}, "pool readable"},
		{"triggers empty", func(_ *world, f *fake) { f.triggers = cognito.Triggers{} }, map[string]result{"triggers": failed}, "Deploy again"},
		{"one trigger is another's", func(_ *world, f *fake) { f.triggers.PostConfirmation = theirs }, map[string]result{"triggers": failed}, "pool.triggers"},
		{"the owner's triggers empty", func(w *world, f *fake) { w.manual, f.triggers = true, cognito.Triggers{} }, map[string]result{"triggers": warning}, postauth},
		{"the owner's triggers set", func(w *world, _ *fake) { w.manual = true }, map[string]result{}, ""},
		{"queue not writable", fail("Send", errBroken), map[string]result{"queues writable": failed}, "sqs:SendMessage"},
		{"few instances", func(_ *world, f *fake) { f.allowed = 33 }, map[string]result{"concurrency": warning}, "Service Quotas"},
		{"enough instances", func(_ *world, f *fake) { f.allowed = 34 }, map[string]result{}, ""},
		{"instances not counted", fail("Unreserved", errBroken), map[string]result{"concurrency": warning}, "lambda:GetAccountSettings"},
		{"two targets", func(w *world, f *fake) {
			broken := &fake{fails: map[string]error{"CheckKey": errBroken}, allowed: 1}
			w.targets = append(w.targets, serve("partners", broken))
		}, map[string]result{"partners: UserHub key": failed}, "baseUrl"},
		{"a bus", func(w *world, _ *fake) { w.targets[0].system = bus{api: describer{nil}} }, map[string]result{}, ""},
		{"a bus that is not there", func(w *world, _ *fake) {
			w.targets[0].system = bus{api: describer{&ebtypes.ResourceNotFoundException{}}}
		}, map[string]result{"event bus": failed}, "drops every event"},
		{"a bus that cannot be described", func(w *world, _ *fake) { w.targets[0].system = bus{api: describer{errBroken}} },
			map[string]result{"event bus": warning}, "events:PutEvents"},
		{"a SCIM service", func(w *world, _ *fake) { w.targets[0].system = service{key: fakeSecret{}, client: scimService{}} }, map[string]result{}, ""},
		{"a SCIM service whose secret is away", func(w *world, _ *fake) {
			w.targets[0].system = service{key: fakeSecret{errNoValue}, client: scimService{}}
		},
			map[string]result{"SCIM credentials": failed}, "keySecretArn"},
		{"a SCIM service that refuses us", func(w *world, _ *fake) {
			w.targets[0].system = service{key: fakeSecret{}, client: scimService{reconcile.ErrUnauthorized}, needs: "the client needs a role"}
		}, map[string]result{"SCIM service": failed}, "At this service, the client needs a role."},
		{"a SCIM service without filters", func(w *world, _ *fake) {
			w.targets[0].system = service{key: fakeSecret{}, client: scimService{client.ErrNoFilter}}
		},
			map[string]result{"SCIM service": failed}, "cannot be kept in step"},
		{"a SCIM service that is not there", func(w *world, _ *fake) {
			w.targets[0].system = service{key: fakeSecret{}, client: scimService{reconcile.ErrUnavailable}}
		},
			map[string]result{"SCIM service": failed}, "baseUrl"},
		{"a target that is not described", func(w *world, _ *fake) { w.targets[0].system = unable{errBroken} }, map[string]result{"settings of the target": failed}, "Deploy again"},
		{"table not usable", fail("Probe", errBroken), map[string]result{"ledger usable": failed}, "dynamodb:PutItem"},
		{"key not readable", func(w *world, _ *fake) { changeHub(w, func(u *hub) { u.key = fakeSecret{secret.ErrNotPlain} }) }, map[string]result{"UserHub key": failed}, "deploy.secretsKmsKeyArn"},
		{"UserHub not reachable", func(_ *world, f *fake) {
			f.fails["CheckKey"], f.fails["CheckConnection"] = reconcile.ErrUnavailable, reconcile.ErrUnavailable
		}, map[string]result{"UserHub key": failed, "UserHub connection": warning}, "baseUrl"},
		{"key refused", func(_ *world, f *fake) {
			f.fails["CheckKey"], f.fails["CheckConnection"] = reconcile.ErrUnauthorized, reconcile.ErrUnauthorized
		}, map[string]result{"UserHub key": failed, "UserHub connection": skipped}, "Put a valid key"},
		{"connection unknown", fail("CheckConnection", userhub.ErrUnknownConnection), map[string]result{"UserHub connection": failed}, "connectionId to the id"},
		{"connection not confirmed", fail("CheckConnection", userhub.ErrUnconfirmed), map[string]result{"UserHub connection": warning}, "not set up"},
		{"connection not answered in time", fail("CheckConnection", reconcile.ErrUnavailable), map[string]result{"UserHub connection": warning}, "WebhookUrl"},
		{"connection unknown, no webhook", func(w *world, f *fake) {
			changeHub(w, func(u *hub) { u.signing, u.header = nil, nil })
			f.fails["CheckConnection"] = userhub.ErrUnknownConnection
		}, map[string]result{"UserHub connection": failed}, "connectionId to the id"},
		{"webhook not set up yet", func(w *world, f *fake) {
			changeHub(w, func(u *hub) { u.signing = fakeSecret{errNoValue} })
			f.fails["CheckConnection"] = userhub.ErrUnknownConnection
		}, map[string]result{"UserHub connection": warning, "signing secret": warning}, "output WebhookSetup"},
		{"signing secret lost", func(w *world, _ *fake) { changeHub(w, func(u *hub) { u.signing = fakeSecret{errNoValue} }) }, map[string]result{"signing secret": failed}, "providers.userhub.signingSecretArn"},
		{"signing secret empty", func(w *world, _ *fake) { changeHub(w, func(u *hub) { u.signing = fakeSecret{secret.ErrEmpty} }) }, map[string]result{"signing secret": failed}, "providers.userhub.signingSecretArn"},
		{"signing secret of another form", func(w *world, f *fake) {
			changeHub(w, func(u *hub) { u.signing = fakeSecret{secret.ErrNotPlain} })
			f.fails["CheckConnection"] = userhub.ErrUnconfirmed
		}, map[string]result{"UserHub connection": warning, "signing secret": failed}, "providers.userhub.signingSecretArn"},
		{"no second secret", func(w *world, _ *fake) { changeHub(w, func(u *hub) { u.header = nil }) }, map[string]result{"header secret": skipped}, ""},
		{"header secret lost", func(w *world, _ *fake) { changeHub(w, func(u *hub) { u.header = fakeSecret{errNoValue} }) }, map[string]result{"header secret": failed}, "providers.userhub.headerSecretArn"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w, f := inOrder()
			tt.change(&w, f)
			checks := w.checks()
			got, remedies := map[string]result{}, ""
			for i, found := range run(t.Context(), checks) {
				if (found.result == passed) != (found.cause == nil) {
					t.Errorf("%s is %s because of %v", checks[i].name, found.result, found.cause)
				}
				if found.result != passed {
					got[checks[i].name] = found.result
					remedies += found.remedy
				}
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("not ok (-want +got):\n%s", diff)
			}
			if !strings.Contains(remedies, tt.remedy) {
				t.Errorf("remedies %q do not say %q", remedies, tt.remedy)
			}
		})
	}
}

// TestProbeChange shows that the queued change is about nobody, and that deliver
// drops it at once.
func TestProbeChange(t *testing.T) {
	w, f := inOrder()
	w.targets[0].queuesWritable(t.Context())
	if len(f.sent) != 2 {
		t.Fatalf("queued %d changes, want one on each queue", len(f.sent))
	}
	c := f.sent[0]
	if err := c.Validate(); err != nil || c.Sub != directory.Nobody || c.User != nil || c.Kind != directory.Changed || c.Origin != directory.Sync {
		t.Errorf("queued %+v (%v), want a change of nobody's by a run", c, err)
	}
}
