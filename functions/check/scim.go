package main

import (
	"context"
	"errors"

	"github.com/poolsync/poolsync/shared/reconcile"
	"github.com/poolsync/poolsync/shared/scim"
	"github.com/poolsync/poolsync/shared/scim/client"
)

// service is what a target that is a SCIM service depends on.
type service struct {
	key    value
	client interface {
		Check(context.Context) (scim.ServiceConfig, error)
	}
	needs string // what its credentials must be allowed, in its own words
}

// checks returns the checks of a service.
func (s service) checks() []check {
	return []check{{name: "SCIM credentials", test: s.keyReadable}, {name: "SCIM service", test: s.answers}}
}

// keyReadable reads the secret.
func (s service) keyReadable(ctx context.Context) finding {
	_, err := s.key.Value(ctx)
	return verdict(err, "Make sure that the target's keySecretArn names a secret that holds the token, the password or the client's secret as plain text, "+
		"and that deploy.secretsKmsKeyArn names the KMS key that encrypts it, if you use your own.")
}

// answers has the service say what it is, and look for nobody.
func (s service) answers(ctx context.Context) finding {
	_, err := s.client.Check(ctx)
	switch {
	case errors.Is(err, client.ErrNoFilter), errors.Is(err, client.ErrSomebody), errors.Is(err, client.ErrFilterIgnored):
		return verdict(err, "This service cannot be kept in step: poolsync has to find users by externalId, or it could make an account twice.")
	case reconcile.VerdictOf(err) == reconcile.Unauthorized:
		remedy := "Put valid credentials into the secret that the target's keySecretArn names, and look at auth and clientId."
		if s.needs != "" {
			remedy += " At this service, " + s.needs + "."
		}
		return verdict(err, remedy)
	}
	return verdict(err, "Make sure that the target's baseUrl is that of the service's SCIM endpoint, and that the service is up.")
}
