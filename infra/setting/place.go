package setting

import (
	"slices"
	"strings"

	"github.com/poolsync/poolsync/infra/setting/form"
)

// The parts of an ARN that say where something is.
const (
	regionPart  = 3
	accountPart = 4
)

// part returns a part of an ARN, or "" if there is no ARN.
func part(arn string, index int) string {
	if arn == "" {
		return ""
	}
	return strings.Split(arn, ":")[index]
}

// located is a setting that is an ARN.
type located struct{ path, arn string }

// secrets returns all secrets, those of targets first. The functions look for each in
// their own Region.
func (s Settings) secrets() []located {
	var all []located
	for name, target := range form.Sorted(s.Targets) {
		path := "targets." + name + ".keySecretArn"
		switch {
		case target.UserHub != nil:
			all = append(all, located{path, target.UserHub.KeySecretARN})
		case target.SCIM != nil:
			all = append(all, located{path, target.SCIM.KeySecretARN})
		}
	}
	if p := s.Providers.UserHub; p != nil {
		all = append(all, located{"providers.userhub.signingSecretArn", p.SigningSecretARN}, located{"providers.userhub.headerSecretArn", p.HeaderSecretARN})
	}
	return slices.DeleteFunc(all, func(it located) bool { return it.arn == "" })
}

// anchor returns the secret that says where the stack has to go, since a target does not
// work without it; zero if there is none.
func (s Settings) anchor() located {
	if all := s.secrets(); len(all) > 0 {
		return all[0]
	}
	return located{}
}

// Region returns the Region that the stack has to go to: an existing pool's, or else
// that of the secrets; empty if any will do.
func (s Settings) Region() string {
	if s.Pool.Existing() {
		return s.Pool.Region()
	}
	return part(s.anchor().arn, regionPart)
}

// places checks all that has a Region or an account against where the stack goes.
func (c *checker) places() {
	c.inRegion("pool.id", c.Pool.Region(), "is in a Region")
	if !c.Pool.Existing() { // else it has to be in the pool's Region anyway
		c.inRegion(c.anchor().path, c.Region(), "is in a Region")
	}
	for _, secret := range c.secrets() {
		c.beside(secret, "keep the secret, or a replica of it, in ")
		c.secretAccount(secret)
	}
	for name, target := range form.Sorted(c.Targets) {
		if target.Bus != nil && strings.HasPrefix(target.Bus.Name, "arn:") {
			// Events reach a bus in another Region by a rule only, not when they are put.
			// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-cross-region.html
			c.beside(located{"targets." + name + ".bus", target.Bus.Name}, "name a bus, and have a rule pass events on from there, in ")
		}
	}
	c.beside(located{"deploy.secretsKmsKeyArn", c.Deploy.SecretsKMSKeyARN}, "name one in ")
	c.beside(located{"watch.alarmTopicArn", c.Watch.AlarmTopicARN}, "name one in ")
	c.require(c.Deploy.SecretsAccountID == "" || c.Deploy.SecretsKMSKeyARN != "", "deploy.secretsKmsKeyArn",
		"is missing: with the key aws/secretsmanager, only a secret's own account can read it")
	c.ownAccount(located{"pool.smsRoleArn", c.Pool.SMSRoleARN}, "")
	if !c.Pool.Existing() {
		c.sesBeside()
		c.inRegion("pool.new.sms.region", c.Pool.New.SMS.Region, "is a Region")
	}
}

// inRegion refuses a Region that poolsync cannot be in.
func (c *checker) inRegion(path, region, what string) {
	reason := unfit(region)
	c.require(reason == "", path, "%s that %s", what, reason)
}

// beside refuses an ARN in another Region than the stack's, unless that is refused
// itself.
func (c *checker) beside(it located, remedy string) {
	region := c.Region()
	if it.arn == "" || region == "" || unfit(region) != "" || part(it.arn, regionPart) == region {
		return
	}
	other := "the secret of " + c.anchor().path
	if c.Pool.Existing() {
		other = "the pool"
	}
	c.require(false, it.path, "is in another Region than %s: %s%s", other, remedy, region)
}

// secretAccount refuses a secret that is not in the account where the secrets are.
func (c *checker) secretAccount(it located) {
	if c.Deploy.SecretsAccountID == "" {
		c.ownAccount(it, ", and deploy.secretsAccountId names no other")
		return
	}
	c.require(it.arn == "" || part(it.arn, accountPart) == c.Deploy.SecretsAccountID, it.path,
		"is not in the account that deploy.secretsAccountId names")
}

// ownAccount refuses an ARN of another account than the stack's, if that is known: it
// is the secrets', unless the owner says where else they are.
func (c *checker) ownAccount(it located, unless string) {
	anchor := c.anchor()
	own := part(anchor.arn, accountPart)
	if c.Deploy.SecretsAccountID != "" || it.arn == "" || own == "" {
		return
	}
	c.require(part(it.arn, accountPart) == own, it.path, "is in another account than the secret of %s%s", anchor.path, unless)
}

// sesRegions are those from whose SES Cognito also sends for pools of other Regions,
// if not of all. An identity of another account it takes for no pool.
// https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-email.html
var sesRegions = []string{"us-east-1", "us-west-2", "eu-west-1"}

// sesBeside refuses an SES identity that Cognito cannot send with.
func (c *checker) sesBeside() {
	it := located{"pool.new.email.sesIdentityArn", c.Pool.New.Email.SESIdentityARN}
	if strings.Count(it.arn, ":") < accountPart {
		return // none, or no ARN, which the new pool's own rules say
	}
	c.ownAccount(it, "")
	if !slices.Contains(sesRegions, part(it.arn, regionPart)) {
		c.beside(it, "name one there, or in "+strings.Join(sesRegions, ", ")+": the stack goes to ")
	}
}
