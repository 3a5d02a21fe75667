package main

import (
	"errors"
	"fmt"

	"github.com/poolsync/poolsync/shared/cognito"
	"github.com/poolsync/poolsync/shared/config"
	"github.com/poolsync/poolsync/shared/userhub"
)

// settings are the function's environment variables. What a switch turns on, the
// function's role must allow as well.
type settings struct {
	Stack    string     `env:"STACK_NAME"`
	PoolID   string     `env:"USER_POOL_ID,required,notEmpty"`
	QueueURL config.URL `env:"QUEUE_URL,required"`
	// Table is the ledger's. Without it, nobody is ever proven gone where UserHub
	// knows users by sub: see [users.gone].
	Table string `env:"TABLE_NAME"`

	ConnectionID  string             `env:"USERHUB_CONNECTION_ID,required,notEmpty"`
	ExternalID    userhub.ExternalID `env:"USERHUB_EXTERNAL_ID" envDefault:"username"`
	SigningSecret config.ARN         `env:"WEBHOOK_SIGNING_SECRET_ARN,required,notEmpty"`
	// HeaderSecret is the ARN of the second secret, which is sent in
	// secretHeader.
	HeaderSecret config.ARN `env:"WEBHOOK_HEADER_SECRET_ARN"`

	AllowCreate bool     `env:"ALLOW_CREATE"`
	AllowUpdate bool     `env:"ALLOW_UPDATE"`
	Deletion    deletion `env:"DELETE_POLICY" envDefault:"off"`
	// Invite has Cognito invite the users that UserHub creates.
	Invite bool `env:"INVITE"`
	// EventBus is the EventBridge bus that UserHub's events are forwarded to.
	EventBus string `env:"EVENT_BUS_NAME"`
}

// deletion is what happens to a user that UserHub deletes: one of the pool's ways of
// removal, or nothing.
type deletion string

const deletionOff deletion = "off"

// UnmarshalText implements [encoding.TextUnmarshaler].
func (d *deletion) UnmarshalText(text []byte) error {
	switch named := deletion(text); named {
	case deletionOff, deletion(cognito.Disable), deletion(cognito.Delete):
		*d = named
		return nil
	}
	return fmt.Errorf("not a policy: want %s, %s or %s", deletionOff, cognito.Disable, cognito.Delete)
}

// errNoSecondSecret is returned when deletion is on and only the signature would
// protect it. The signature covers the body alone: a captured request to read a user,
// sent again as one to delete, would carry a good one.
var errNoSecondSecret = errors.New("WEBHOOK_HEADER_SECRET_ARN: required with DELETE_POLICY disable or delete, " +
	"because the signature does not cover the action")

// loadSettings reads the environment. Its error names every problem.
func loadSettings() (settings, error) {
	s, err := config.Load[settings]()
	if cognito.Removal(s.Deletion).Valid() && s.HeaderSecret == "" {
		err = errors.Join(err, errNoSecondSecret)
	}
	return s, err
}
