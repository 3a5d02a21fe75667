package userpool

import (
	"fmt"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscognito"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"github.com/poolsync/poolsync/infra/part"
	"github.com/poolsync/poolsync/infra/setting/newpool"
)

// PortalProps is what [NewPortal] depends on.
type PortalProps struct {
	Pool Pool
	// Domain is the Portal's, without https://.
	Domain string
	// New is what the pool is like, if this stack declares it; nil if it exists already.
	// The client of a new pool stays when the stack goes.
	New *newpool.Pool
}

// NewPortal declares the app client by which users sign in to UserHub's Portal, and
// prints what to do in UserHub's Admin console. The two addresses, and what the console
// calls its parts, are from UserHub's documentation of its Cognito connection.
// https://userhub.com/docs/connections/amazon-cognito
func NewPortal(scope constructs.Construct, id string, p *PortalProps) {
	scope = constructs.NewConstruct(scope, &id)
	portal := "https://" + p.Domain
	app := newpool.Client{
		Kind:         newpool.Server,
		CallbackURLs: []string{portal + "/signin"},
		LogoutURLs:   []string{portal + "/signout"},
		AuthFlows:    []string{}, // the Portal uses the login pages
		Tokens:       newpool.Tokens{AccessMinutes: 60, IDMinutes: 60, RefreshHours: 24},
	}
	described := newpool.Default()
	if p.New != nil {
		described = *p.New
	} else {
		// What the owner's pool requires is not known here, and Cognito refuses a client
		// without it. No custom attribute can be required.
		app.WriteAttributes = newpool.StandardAttributes()
	}
	client := newClient(scope, p.Pool, "PortalClient", "UserHub Portal", described, app)
	if p.New != nil {
		keep(client)
	}
	explainPortal(scope, p.Pool, client, portal)
}

// explainPortal says what to do in UserHub's Admin console.
func explainPortal(scope constructs.Construct, pool Pool, client awscognito.CfnUserPoolClient, portal string) {
	show := fmt.Sprintf("aws cognito-idp describe-user-pool-client --region %s --user-pool-id %s --client-id %s "+
		"--query 'UserPoolClient.[ClientId,ClientSecret]' --output text", *awscdk.Stack_Of(scope).Region(), *pool.ID, *client.Ref())
	part.Output(scope, "Portal1Connection", jsii.String("https://admin.userhub.com"),
		"Open Developers > Connections > Amazon Cognito, click Edit connection, and click Enable Portal sign-in. A Custom Users connection does not have it")
	part.Output(scope, "Portal2ClientId", client.Ref(), "Enter this as Client ID")
	part.Output(scope, "Portal3ClientSecret", &show, "This shows both; enter the second as Client secret, and click Save")
	part.Output(scope, "Portal4Check", &portal, "Sign in here, and out: signing out returns to /signout, which the client allows")
}
