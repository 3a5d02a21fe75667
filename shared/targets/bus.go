package targets

import (
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"

	"github.com/poolsync/poolsync/shared/eventbus"
	"github.com/poolsync/poolsync/shared/reconcile"
)

// Bus is an event bus of EventBridge's.
type Bus struct {
	// Bus is its name, or its ARN.
	Bus string `json:"bus"`
	// Attributes are those of a user that events may show.
	Attributes []string `json:"attributes,omitempty"`
	// SignIns says that each sign-in is an event.
	SignIns bool `json:"signIns,omitempty"`
	// AnnounceExisting says that the first run announces everybody. It is false for those
	// who never speak to the bus.
	AnnounceExisting bool `json:"announceExisting,omitempty"`
}

func (b *Bus) check() error { return Words(Word{Field: "bus", Text: b.Bus}) }

func (b *Bus) ledgerName() string { return eventbus.TargetName(b.Bus) }

func (b *Bus) describe() reconcile.FullTarget { return b.target(nil, Connection{}) }

func (b *Bus) connect(c Connection) (reconcile.FullTarget, error) {
	return b.target(eventbridge.NewFromConfig(c.AWS), c, eventbus.WithPacer(c.Pacer)), nil
}

func (b *Bus) target(api eventbus.API, c Connection, options ...eventbus.Option) *eventbus.Bus {
	options = append(options, eventbus.WithAttributes(b.Attributes...))
	if !b.SignIns {
		options = append(options, eventbus.WithoutSignIns())
	}
	if b.AnnounceExisting {
		options = append(options, eventbus.WithExisting())
	}
	return eventbus.New(api, b.Bus, c.PoolID, c.Filled, options...)
}

func (b *Bus) withoutConnection(s *Settings) {
	described := *b
	described.AnnounceExisting = false
	s.Bus = &described
}
