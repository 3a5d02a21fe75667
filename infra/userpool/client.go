package userpool

import (
	"maps"
	"slices"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscognito"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"github.com/poolsync/poolsync/infra/part"
	"github.com/poolsync/poolsync/infra/setting/newpool"
)

// authFlows are CloudFormation's names for the ways to sign in that the settings name.
var authFlows = map[string]string{
	"srp":           "ALLOW_USER_SRP_AUTH",
	"password":      "ALLOW_USER_PASSWORD_AUTH",
	"adminPassword": "ALLOW_ADMIN_USER_PASSWORD_AUTH",
	"custom":        "ALLOW_CUSTOM_AUTH",
	"choice":        "ALLOW_USER_AUTH",
}

// newClients declares a new pool's app clients, and the APIs that their tokens are
// for. Apps have a client's id in their configuration, so it stays when the stack goes.
func newClients(scope constructs.Construct, p Pool, described newpool.Pool) {
	servers := constructs.NewConstruct(scope, jsii.String("ResourceServers"))
	for _, identifier := range slices.Sorted(maps.Keys(described.ResourceServers)) {
		keep(resourceServer(servers, p, identifier, described.ResourceServers[identifier]))
	}
	// Names may differ only in characters that a logical id cannot hold. Below a
	// construct, the CDK tells them apart.
	clients := constructs.NewConstruct(scope, jsii.String("Clients"))
	clients.Node().AddDependency(servers) // a scope must exist before a client has it
	ids := ""
	for _, name := range slices.Sorted(maps.Keys(described.Clients)) {
		declared := newClient(clients, p, name, name, described, described.Clients[name])
		keep(declared)
		ids += name + ": " + *declared.Ref() + "\n"
	}
	if ids != "" {
		part.Output(scope, "ClientIds", &ids, "The apps' client ids")
	}
}

func resourceServer(scope constructs.Construct, p Pool, identifier string, r newpool.ResourceServer) awscdk.CfnResource {
	name := r.Name
	if name == "" {
		name = identifier
	}
	var scopes []any
	for _, scope := range slices.Sorted(maps.Keys(r.Scopes)) {
		scopes = append(scopes, &awscognito.CfnUserPoolResourceServer_ResourceServerScopeTypeProperty{
			ScopeName: &scope, ScopeDescription: jsii.String(r.Scopes[scope]),
		})
	}
	return awscognito.NewCfnUserPoolResourceServer(scope, &identifier, &awscognito.CfnUserPoolResourceServerProps{
		UserPoolId: p.ID, Identifier: &identifier, Name: &name, Scopes: &scopes,
	})
}

// newClient declares one app client. What the settings leave open is as a security
// reviewer wants it: errors do not reveal whether a user exists, and signing out ends a
// session. What the app may read and write is always listed, because Cognito's default
// is every standard attribute. An update replaces all of a client's settings, so what is
// left out here is off.
// https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_UpdateUserPoolClient.html
func newClient(scope constructs.Construct, p Pool, id, name string, described newpool.Pool, c newpool.Client) awscognito.CfnUserPoolClient {
	props := &awscognito.CfnUserPoolClientProps{
		UserPoolId:                 p.ID,
		ClientName:                 &name,
		GenerateSecret:             jsii.Bool(c.Kind != newpool.SinglePage),
		ExplicitAuthFlows:          explicitFlows(c),
		PreventUserExistenceErrors: jsii.String("ENABLED"),
		// What the CDK writes for a client without the login pages.
		AllowedOAuthFlowsUserPoolClient: jsii.Bool(false),
		EnableTokenRevocation:           jsii.Bool(true),
		ReadAttributes:                  texts(described.Reads(c)),
		WriteAttributes:                 texts(described.Writes(c)),
		AccessTokenValidity:             jsii.Number(c.Tokens.AccessMinutes),
		IdTokenValidity:                 jsii.Number(c.Tokens.IDMinutes),
		RefreshTokenValidity:            jsii.Number(c.Tokens.RefreshHours),
		TokenValidityUnits: &awscognito.CfnUserPoolClient_TokenValidityUnitsProperty{
			AccessToken: jsii.String("minutes"), IdToken: jsii.String("minutes"), RefreshToken: jsii.String("hours"),
		},
	}
	switch {
	case c.Kind == newpool.Machine:
		grant(props, "client_credentials", c.Scopes)
	case len(c.CallbackURLs) > 0:
		grant(props, "code", c.Scopes)
		props.CallbackUrLs, props.LogoutUrLs = texts(c.CallbackURLs), texts(c.LogoutURLs)
		props.SupportedIdentityProviders = jsii.Strings("COGNITO")
	}
	return awscognito.NewCfnUserPoolClient(scope, &id, props)
}

// grant lets a client fetch tokens from the pool's domain.
func grant(props *awscognito.CfnUserPoolClientProps, flow string, scopes []string) {
	if len(scopes) == 0 {
		scopes = []string{"openid", "email", "profile"}
	}
	props.AllowedOAuthFlowsUserPoolClient = jsii.Bool(true)
	props.AllowedOAuthFlows = jsii.Strings(flow)
	props.AllowedOAuthScopes = texts(scopes)
}

// explicitFlows returns how an app may sign users in without the login pages. Cognito
// takes an empty list for several ways, so there is always one: every app may refresh
// tokens, which signs nobody in.
func explicitFlows(c newpool.Client) *[]*string {
	ways := c.AuthFlows
	if ways == nil && c.Kind != newpool.Machine {
		ways = []string{"srp"}
	}
	flows := []string{"ALLOW_REFRESH_TOKEN_AUTH"}
	for _, way := range ways {
		flows = append(flows, authFlows[way])
	}
	return texts(flows)
}
