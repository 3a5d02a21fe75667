package poolsync

import (
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"

	"github.com/poolsync/poolsync/infra/connectivity"
	"github.com/poolsync/poolsync/infra/endpoint"
	"github.com/poolsync/poolsync/infra/fullsync"
	"github.com/poolsync/poolsync/infra/part"
	"github.com/poolsync/poolsync/infra/setting"
	"github.com/poolsync/poolsync/infra/setting/form"
	"github.com/poolsync/poolsync/infra/setting/newpool"
	"github.com/poolsync/poolsync/infra/source"
	"github.com/poolsync/poolsync/infra/target"
	"github.com/poolsync/poolsync/infra/userpool"
	"github.com/poolsync/poolsync/infra/watch"
)

// composition is a deployment while it is declared: what is wanted and, in Poolsync,
// what is declared so far.
type composition struct {
	*Poolsync
	props    *Props
	settings setting.Settings
	runtime  part.Runtime
	fullsync awslambda.Function
}

// declare declares everything but the invocation of the check:
//
//  1. the queues of all targets, and the trigger that sends to them
//  2. the pool, which calls the trigger
//  3. the ledger
//  4. what writes to the pool, and what reads events about it
//  5. what delivers changes, at once and by full syncs
//  6. the alarms and the dashboard
//  7. the check. declare returns its function, or nil if there is none
func (c *composition) declare() awslambda.Function {
	c.declareQueues()
	c.declarePool()
	c.Ledger = source.NewLedger(c.Construct, "Ledger")
	c.declareEndpoint()
	c.declareEvents()
	c.declareDelivery()
	c.declareWatch()
	return c.declareCheck()
}

func (c *composition) declareQueues() {
	connection, _ := c.settings.Connection()
	for name, settings := range form.Sorted(c.settings.Targets) {
		t := target.Target{
			Target: settings, Name: name, PerSecond: c.settings.PerSecond(name), PerMinute: c.settings.PerMinute(name),
			Described: target.Describe(name, settings, name == connection),
		}
		t.Queues = target.NewQueues(c.Construct, t.Resource("Changes"), t)
		c.Targets = append(c.Targets, t)
	}
	if c.settings.ReadsEvents() {
		c.Events = source.NewQueue(c.Construct, "Events")
	}
	c.Postauth = source.NewPostauth(c.Construct, "Postauth", &source.PostauthProps{Runtime: c.runtime, Targets: c.Targets})
}

func (c *composition) declarePool() {
	settings := c.settings.Pool
	var described *newpool.Pool // nil: this stack does not declare the pool
	switch {
	case c.props.UserPool != nil:
		c.UserPool = userpool.Attach(c.props.UserPool, c.Postauth)
	case settings.ID != "":
		c.UserPool = userpool.NewExisting(c.Construct, "UserPool", &userpool.ExistingProps{Runtime: c.runtime, Pool: settings, Postauth: c.Postauth})
	default:
		described = &settings.New
		c.UserPool = userpool.New(c.Construct, "UserPool", &userpool.NewProps{Pool: settings.New, Postauth: c.Postauth})
	}
	if settings.DomainPrefix != "" {
		userpool.NewDomain(c.Construct, "Domain", &userpool.DomainProps{Pool: c.UserPool, Prefix: settings.DomainPrefix, Keep: described != nil})
	}
	if settings.PortalDomain != "" {
		userpool.NewPortal(c.Construct, "Portal", &userpool.PortalProps{Pool: c.UserPool, Domain: settings.PortalDomain, New: described})
	}
	userpool.NewAccess(c.Construct, "Access", &userpool.AccessProps{Pool: c.UserPool, Access: settings.Access})
}

func (c *composition) declareEndpoint() {
	provider := c.settings.Providers.UserHub
	if provider == nil {
		return
	}
	_, connection := c.settings.Connection()
	c.Webhook = endpoint.NewWebhook(c.Construct, "Webhook", &endpoint.WebhookProps{
		Runtime: c.runtime, Provider: *provider,
		ConnectionID: connection.UserHub.ConnectionID, ExternalID: connection.UserHub.ExternalID,
		SecretsKeyARN: c.settings.Deploy.SecretsKMSKeyARN,
		Events:        c.Events, Pool: c.UserPool, Ledger: c.Ledger,
	})
}

func (c *composition) declareEvents() {
	if c.Events == nil {
		return
	}
	var own []string
	if provider := c.settings.Providers.UserHub; provider != nil && provider.Writes() {
		own = append(own, *c.Webhook.Role().RoleArn())
	}
	c.Ingest = source.NewIngest(c.Construct, "Ingest", &source.IngestProps{
		Runtime: c.runtime, Events: c.Events, Targets: c.Targets, Pool: c.UserPool, Ledger: c.Ledger,
		ListRate: c.settings.Events.Rate, OwnRoles: own,
	})
	if c.settings.Events.CloudTrail {
		source.NewRule(c.Construct, "CloudTrail", &source.RuleProps{Events: c.Events, Pool: c.UserPool})
	}
}

func (c *composition) declareDelivery() {
	for i := range c.Targets {
		t := &c.Targets[i]
		t.Deliver = target.NewDeliver(c.Construct, t.Resource("Deliver"), &target.DeliverProps{
			Runtime: c.runtime, Target: *t, SecretsKeyARN: c.settings.Deploy.SecretsKMSKeyARN,
			Pool: c.UserPool, Ledger: c.Ledger, Events: c.Events,
		})
	}
	run := fullsync.New(c.Construct, "FullSync", &fullsync.Props{
		Runtime: c.runtime, Sync: c.settings.Sync, Targets: c.Targets, Pool: c.UserPool, Ledger: c.Ledger,
	})
	c.FullSync, c.fullsync = run.StateMachine, run.Function
}

func (c *composition) declareWatch() {
	silence := c.settings.HoursOfSilence()
	if c.settings.Sync.Schedule == "" {
		silence = 0
	}
	c.AlarmTopic = watch.New(c.Construct, "Watch", &watch.Props{
		AlarmTopicARN: c.settings.Watch.AlarmTopicARN, HoursOfSilence: silence, SyncRate: c.settings.Sync.Rate,
		Targets: c.Targets, Events: c.Events, Machine: c.FullSync,
		Postauth: c.Postauth, Fullsync: c.fullsync, Ingest: c.Ingest, Webhook: c.Webhook,
	})
}

func (c *composition) declareCheck() awslambda.Function {
	if c.settings.Deploy.ConnectivityCheck == setting.CheckOff {
		return nil
	}
	return connectivity.New(c.Construct, "Connectivity", &connectivity.Props{
		Runtime: c.runtime, Targets: c.Targets, Webhook: c.settings.Providers.UserHub,
		SecretsKeyARN: c.settings.Deploy.SecretsKMSKeyARN,
		ByHand:        c.settings.Pool.Manual(), Advisory: c.settings.Deploy.ConnectivityCheck == setting.CheckAdvisory,
		Concurrency: c.Concurrency(), Pool: c.UserPool, Ledger: c.Ledger, Postauth: c.Postauth,
	})
}
