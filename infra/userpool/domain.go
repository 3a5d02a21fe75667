package userpool

import (
	"fmt"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscognito"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"github.com/poolsync/poolsync/infra/part"
)

// DomainProps is what [NewDomain] depends on.
type DomainProps struct {
	Pool Pool
	// Prefix is the first part of the domain's name.
	Prefix string
	// Keep leaves the domain in place when the stack goes. Set it for a new pool, whose
	// apps and users know the domain.
	Keep bool
}

// NewDomain gives the pool a Cognito domain.
func NewDomain(scope constructs.Construct, id string, p *DomainProps) {
	scope = constructs.NewConstruct(scope, &id)
	domain := awscognito.NewCfnUserPoolDomain(scope, jsii.String("UserPoolDomain"), &awscognito.CfnUserPoolDomainProps{
		UserPoolId: p.Pool.ID, Domain: &p.Prefix,
	})
	if p.Keep {
		keep(domain)
	}
	part.Output(scope, "LoginPages", jsii.String(fmt.Sprintf("https://%s.auth.%s.amazoncognito.com", p.Prefix, *awscdk.Stack_Of(scope).Region())),
		"Where the pool's login pages are")
}
