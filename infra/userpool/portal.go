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
	// Domain is the Portal's domain, without https://.
	Domain string
	// New describes the pool if this stack declares it; nil if it exists already. A new
	// pool's client stays when the stack goes.
	New *newpool.Pool
}

// NewPortal declares the app client with which users sign in to UserHub's Portal, and
// prints what to do in UserHub's Admin console. The two addresses, and the names in the
// console, are from UserHub's documentation of its Cognito connection.
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
		// Cognito refuses a client that cannot write an attribute that the pool requires.
		// Which those are is not known here, but no custom attribute can be required.
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
		"Open Developers > Connections > Amazon Cognito, click Edit connection, and click Enable Portal sign-in. A Custom Users connection has no such button")
	part.Output(scope, "Portal2ClientId", client.Ref(), "Enter this as Client ID")
	part.Output(scope, "Portal3ClientSecret", &show, "This command shows the id and the secret. Enter the secret as Client secret, and click Save")
	part.Output(scope, "Portal4Check", &portal, "Sign in here, and sign out: signing out returns to /signout, which the client allows")
}
