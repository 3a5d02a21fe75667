package main

import (
	"log/slog"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/poolsync/poolsync/shared/cognito"
	"github.com/poolsync/poolsync/shared/ledger"
	"github.com/poolsync/poolsync/shared/queue"
	"github.com/poolsync/poolsync/shared/secret"
	"github.com/poolsync/poolsync/shared/userhub"
)

// secretHeader carries the second secret. The webhook connection in UserHub's
// console is configured to send it.
const secretHeader = "Poolsync-Secret"

// services are what the webhook works with.
type services struct {
	cognito interface {
		cognito.Reader
		cognito.Writer
	}
	ledger  entries
	queue   sender
	bus     bus
	secrets secret.API
}

func connect(aws aws.Config, s settings) services {
	c := services{
		cognito: cognito.NewClient(aws),
		queue:   queue.NewSender(sqs.NewFromConfig(aws), string(s.QueueURL)),
		bus:     eventbridge.NewFromConfig(aws),
		secrets: secretsmanager.NewFromConfig(aws),
	}
	if s.Table != "" {
		target := userhub.NewClient(nil, s.ConnectionID).Name() // whose entries to read; it is never called
		c.ledger = ledger.New(ledger.NewClient(aws), s.Table, s.PoolID, target)
	}
	return c
}

// newWebhook returns the webhook with what is switched on. Both secrets can be
// rotated: for a day the previous value counts as well.
func newWebhook(c services, s settings, log *slog.Logger) *userhub.Webhook {
	var options []userhub.WebhookOption
	if s.HeaderSecret != "" {
		second := secret.New(c.secrets, string(s.HeaderSecret), secret.WithPrevious())
		options = append(options, userhub.WithSecretHeader(secretHeader, second))
	}
	signing := secret.New(c.secrets, string(s.SigningSecret), secret.WithPrevious())
	return userhub.NewWebhook(signing, newProvider(c, s, log), options...)
}

// newProvider returns the pool as UserHub's provider of users. UserHub gets
// UNIMPLEMENTED for what is switched off.
func newProvider(c services, s settings, log *slog.Logger) userhub.Provider {
	pool := cognito.New(c.cognito, s.PoolID)
	var writing []cognito.ProvisionOption
	if s.Invite {
		writing = append(writing, cognito.Invite())
	}
	u := users{
		pool: pool, poolID: s.PoolID, ledger: c.ledger, by: s.ExternalID,
		provisioner: cognito.NewProvisioner(pool, c.cognito, writing...), removal: cognito.Removal(s.Deletion),
		reporter: reporter{queue: c.queue, poolID: s.PoolID, log: log},
	}
	l := listener{users: u, connection: s.ConnectionID, queue: c.queue, bus: c.bus, busName: s.EventBus, log: log}

	p := userhub.Provider{ListUsers: u.list, GetUser: u.get, HandleEvent: l.handle}
	if s.AllowCreate {
		p.CreateUser = u.create
	}
	if s.AllowUpdate {
		p.UpdateUser = u.update
	}
	if s.Deletion != deletionOff {
		p.DeleteUser = u.delete
	}
	return p
}
