package main

import (
	"fmt"

	"github.com/aws/aws-cdk-go/awscdk/v2/awscognito"
	"github.com/aws/jsii-runtime-go"

	"github.com/poolsync/poolsync/infra/setting/newpool"
)

// newDomain gives the pool a domain, if the owner asks for one. That of a new pool
// stays with the pool: apps and their users know it.
func (s stack) newDomain(p pool) {
	if s.config.userPoolDomainPrefix == "" {
		return
	}
	domain := awscognito.NewCfnUserPoolDomain(s.scope, jsii.String("UserPoolDomain"), &awscognito.CfnUserPoolDomainProps{
		UserPoolId: p.id, Domain: &s.config.userPoolDomainPrefix,
	})
	if s.config.userPoolID == "" {
		keep(domain)
	}
	s.output("LoginPages", jsii.String(fmt.Sprintf("https://%s.auth.%s.amazoncognito.com", s.config.userPoolDomainPrefix, *s.scope.Region())),
		"Where the pool's login pages are")
}

// newPortal declares the app client by which users sign in to UserHub's Portal,
// and prints what to type where. The callback is from UserHub's documentation of
// its Cognito connection; so is the address after signing out, but we have found
// no second source for that.
// https://userhub.com/docs/connections/amazon-cognito
func (s stack) newPortal(p pool) {
	if s.config.portalDomain == "" {
		return
	}
	portal := "https://" + s.config.portalDomain
	app := newpool.Client{
		Kind:         newpool.Server,
		CallbackURLs: []string{portal + "/signin"},
		LogoutURLs:   []string{portal + "/signout"},
		AuthFlows:    []string{}, // the Portal uses the login pages
		Tokens:       newpool.Tokens{AccessMinutes: 60, IDMinutes: 60, RefreshHours: 24},
	}
	if s.config.userPoolID != "" {
		// What the owner's pool requires is not known here, and Cognito refuses a client
		// without it. No custom attribute can be required.
		app.WriteAttributes = newpool.StandardAttributes()
	}
	client := newClient(s.scope, p, "PortalClient", "UserHub Portal", s.config.newPool, app)
	if s.config.userPoolID == "" {
		keep(client)
	}
	region := *s.scope.Region()
	s.output("Portal1Connection", jsii.String("https://admin.userhub.com"),
		"Open Developers > Connections > your Amazon Cognito connection > Portal callback. A Custom Users connection has no such setting")
	s.output("Portal2IssuerUrl", jsii.String(fmt.Sprintf("https://cognito-idp.%s.amazonaws.com/%s", region, *p.id)), "Type this into Issuer URL")
	s.output("Portal3ClientId", client.Ref(), "Type this into Client ID")
	s.output("Portal4ClientSecret", jsii.String(fmt.Sprintf(
		"aws cognito-idp describe-user-pool-client --region %s --user-pool-id %s --client-id %s --query 'UserPoolClient.[ClientId,ClientSecret]' --output text", region, *p.id, *client.Ref())),
		"This shows Client ID and secret; type the second into Client secret, and save")
	s.output("Portal5Check", jsii.String(portal), "Sign in here, and out: that signing out returns to /signout is not confirmed by UserHub")
}
