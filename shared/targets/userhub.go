package targets

import (
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"

	"github.com/poolsync/poolsync/shared/outbound"
	"github.com/poolsync/poolsync/shared/reconcile"
	"github.com/poolsync/poolsync/shared/secret"
	"github.com/poolsync/poolsync/shared/userhub"
)

// UserHub is a connection of a UserHub tenant.
type UserHub struct {
	ConnectionID string `json:"connectionId"`
	ExternalID   string `json:"externalId"`
	// KeySecretARN and BaseURL are empty for those who never speak to it.
	KeySecretARN string `json:"keySecretArn,omitempty"`
	BaseURL      string `json:"baseUrl,omitempty"`
	// Provider says that UserHub uses the webhook for this connection.
	Provider bool `json:"provider,omitempty"`
}

// Pacer keeps the rate of a target.
type Pacer = outbound.Pacer

func (u *UserHub) check() error {
	return Words(Word{"connectionId", u.ConnectionID, nil}, Word{"externalId", u.ExternalID, new(userhub.ExternalID)})
}

func (u *UserHub) ledgerName() string { return userhub.TargetName(u.ConnectionID) }

func (u *UserHub) describe() reconcile.FullTarget { return u.Client(nil) }

func (u *UserHub) connect(c Connection) (reconcile.FullTarget, error) {
	if u.KeySecretARN == "" || u.BaseURL == "" {
		return nil, ErrNoConnection
	}
	return u.Client(secret.New(secretsmanager.NewFromConfig(c.AWS), u.KeySecretARN), userhub.WithPacer(c.Pacer)), nil
}

func (u *UserHub) withoutConnection(s *Settings) {
	described := *u
	described.KeySecretARN, described.BaseURL = "", ""
	s.UserHub = &described
}

// Client returns a client with a key.
func (u *UserHub) Client(key userhub.Key, opts ...userhub.Option) *userhub.Client {
	opts = append(opts, userhub.WithExternalID(userhub.ExternalID(u.ExternalID)))
	if u.BaseURL != "" {
		opts = append(opts, userhub.WithBaseURL(u.BaseURL))
	}
	return userhub.NewClient(key, u.ConnectionID, opts...)
}

// ProviderName returns the target's name as a provider, or "" if it is none.
func (s Settings) ProviderName() string {
	if s.UserHub != nil && s.UserHub.Provider {
		return userhub.ProviderName
	}
	return ""
}
