package targets

import (
	"fmt"
	"net/http"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"

	"github.com/poolsync/poolsync/shared/config"
	"github.com/poolsync/poolsync/shared/outbound"
	"github.com/poolsync/poolsync/shared/reconcile"
	"github.com/poolsync/poolsync/shared/scim"
	"github.com/poolsync/poolsync/shared/scim/client"
	"github.com/poolsync/poolsync/shared/secret"
)

// SCIM is a SCIM 2.0 service.
type SCIM struct {
	BaseURL string `json:"baseUrl"`
	// Profile names what is particular about the service: see [scim.Profiles].
	Profile string `json:"profile"`
	// UserName says what becomes userName; Attributes maps further attributes to paths.
	UserName        string            `json:"userName"`
	Attributes      map[string]string `json:"attributes,omitempty"`
	UnverifiedEmail bool              `json:"unverifiedEmail,omitempty"`

	// What follows is empty for those who never speak to the service.

	// Auth is bearer, basic or oauth, and KeySecretARN is where the token, the password or
	// the client's secret is.
	Auth         string `json:"auth,omitempty"`
	KeySecretARN string `json:"keySecretArn,omitempty"`
	// ClientID is the OAuth client's, or the user's for basic.
	ClientID string   `json:"clientId,omitempty"`
	TokenURL string   `json:"tokenUrl,omitempty"`
	Scopes   []string `json:"scopes,omitempty"`
	Adopt    string   `json:"adopt,omitempty"`
	Leavers  string   `json:"leavers,omitempty"`
}

func (s *SCIM) check() error {
	if err := Words(Word{"baseUrl", s.BaseURL, new(config.URL)}, Word{"profile", s.Profile, nil}, Word{"userName", s.UserName, nil}); err != nil {
		return err
	}
	if _, known := scim.Profiles()[s.Profile]; !known {
		return fmt.Errorf("profile: %q is not known", s.Profile)
	}
	_, err := s.mapping()
	return err
}

// mapping returns what the service is sent of a user.
func (s *SCIM) mapping() (scim.Mapping, error) {
	options := []scim.MappingOption{scim.WithUserName(scim.UserName(s.UserName)), scim.WithAttributes(s.Attributes)}
	if s.UnverifiedEmail {
		options = append(options, scim.WithUnverifiedEmail())
	}
	return scim.NewMapping(scim.Profiles()[s.Profile], options...)
}

func (s *SCIM) ledgerName() string { return client.TargetName(s.BaseURL) }

func (s *SCIM) describe() reconcile.FullTarget { return s.Client(nil) }

func (s *SCIM) connect(c Connection) (reconcile.FullTarget, error) {
	credentials, err := s.Credentials(c.AWS)
	if err != nil {
		return nil, err
	}
	return s.Client(credentials, client.WithPacer(c.Pacer)), nil
}

// Client returns a client of the service with credentials.
func (s *SCIM) Client(credentials client.Credentials, options ...client.Option) *client.Client {
	mapping, _ := s.mapping() // check has shown that it is good
	// Who is in scope, the engine decides.
	options = append(options, client.WithAdoption(client.Adoption(s.Adopt)), client.WithOutside())
	if s.Leavers != "" {
		options = append(options, client.WithLeavers(client.Leavers(s.Leavers)))
	}
	return client.New(s.BaseURL, credentials, scim.Profiles()[s.Profile], mapping, options...)
}

// Credentials returns what the service knows us by.
func (s *SCIM) Credentials(cfg aws.Config) (client.Credentials, error) {
	if s.KeySecretARN == "" {
		return nil, ErrNoConnection
	}
	key := secret.New(secretsmanager.NewFromConfig(cfg), s.KeySecretARN)
	switch s.Auth {
	case "bearer":
		return client.Bearer(key), nil
	case "basic":
		return client.Basic(s.ClientID, key), nil
	case "oauth":
		var transport http.RoundTripper = outbound.NewTransport()
		return client.NewClientCredentials(s.TokenURL, s.ClientID, key, transport, s.Scopes...), nil
	}
	return nil, fmt.Errorf("auth: %q is not known: want bearer, basic or oauth", s.Auth)
}

func (s *SCIM) withoutConnection(to *Settings) {
	to.SCIM = &SCIM{
		BaseURL: s.BaseURL, Profile: s.Profile, UserName: s.UserName, Attributes: s.Attributes, UnverifiedEmail: s.UnverifiedEmail,
	}
}
