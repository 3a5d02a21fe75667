package setting

import (
	"strings"

	"github.com/poolsync/poolsync/infra/setting/form"
	"github.com/poolsync/poolsync/infra/setting/newpool"
)

// Pool is which pool it is: an existing one, or what the new one is like.
type Pool struct {
	// ID is empty for a new pool.
	ID               string          `json:"id" form:"poolId" doc:"Id of an existing pool to keep in step. Without it, the stack creates a pool." want:"the pool's id; its first part is the Region that the stack is deployed to" example:"us-east-1_EXAMPLE01"`
	Triggers         string          `json:"triggers" oneOf:"auto manual" default:"auto" doc:"'auto': sets the two triggers of an existing pool, and no other setting of it. 'manual': changes nothing in the pool, and prints what its owner has to set." example:"manual"`
	TriggersRevision string          `json:"triggersRevision" form:"revision" default:"1" doc:"Any short text. Change it to have the triggers of an existing pool set again, after a deployment of the pool's owner has cleared them." want:"up to 40 letters, digits, dots, underscores and hyphens" example:"2"`
	ReplaceTriggers  ReplaceTriggers `json:"replaceTriggers" doc:"Functions that an existing pool calls and ours replace."`
	SMSRoleARN       string          `json:"smsRoleArn" form:"roleArn" doc:"ARN of the role by which an existing pool sends text messages, if it does: setting triggers passes it on again." want:"the role's ARN, as 'aws cognito-idp describe-user-pool' shows it at SmsConfiguration.SnsCallerArn" example:"arn:aws:iam::111122223333:role/service-role/pool-sms"`
	New              newpool.Pool    `json:"new" file:"true" def:"newPool" doc:"What a [new pool](new-pool.md) is like. A path is seen from the folder of the settings file, and on the command line from the current folder." want:"an object, or the path of a JSON file that holds it" example:"new-pool.json"`
	DomainPrefix     string          `json:"domainPrefix" form:"domainPrefix" doc:"Gives the pool the domain '<prefix>.auth.<region>.amazoncognito.com', which login pages and tokens for machines need. An existing pool that has a domain needs no other. That of a new pool stays when you remove this setting; before you set another, delete it by 'aws cognito-idp delete-user-pool-domain'." want:"a prefix that nobody else has: small letters, digits and hyphens, at most 63, and not aws, amazon or cognito" example:"example-accounts"`
	PortalDomain     string          `json:"portalDomain" form:"domainName" doc:"Domain of your UserHub Portal: adds an app client by which users sign in to it. In a new pool, that client stays when you remove this setting." want:"the Portal's domain, without https:// and path" example:"example.userhub.app"`
	Access           Access          `json:"access" doc:"Access to the pool for others."`
}

// Existing reports whether the pool was there before the stack.
func (p Pool) Existing() bool { return p.ID != "" }

// Manual reports whether the owner of an existing pool sets its triggers.
func (p Pool) Manual() bool { return p.Triggers == "manual" }

// Region returns the Region of an existing pool, or "".
func (p Pool) Region() string {
	region, _, _ := strings.Cut(p.ID, "_")
	return region
}

// pool checks what a pool's settings require of one another.
func (c *checker) pool() {
	existing := c.Pool.Existing()
	c.belong(existing || !c.Pool.Manual(), "pool.triggers", "is for an existing pool: give pool.id too")
	c.belong(existing || c.Pool.SMSRoleARN == "", "pool.smsRoleArn", "is for an existing pool: give pool.id too")
	c.belong(!existing || !c.given("pool.new"), "pool.new", "describes a new pool, but pool.id names an existing one")
	if existing {
		return
	}
	for _, problem := range newpool.Check(c.Pool.New) {
		c.belong(false, form.Join("pool.new", problem.Path), "%s", problem.Text)
	}
	needs := c.needDomain()
	c.require(c.Pool.DomainPrefix != "" || len(needs) == 0, "pool.domainPrefix", "is missing, and required by %s", strings.Join(needs, ", "))
}

// needDomain returns the paths of what works only in a pool with a domain.
func (c *checker) needDomain() []string {
	var needs []string
	for _, path := range c.Pool.New.NeedDomain() {
		needs = append(needs, "pool.new."+path)
	}
	if c.Pool.PortalDomain != "" {
		needs = append(needs, "pool.portalDomain")
	}
	return needs
}
