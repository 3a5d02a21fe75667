package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/poolsync/poolsync/infra/setting/newpool"
)

// poolConfig is which pool it is: an existing one, or what the new one is like.
type poolConfig struct {
	userPoolID           string // empty: a new pool
	attachManually       bool
	attachRevision       string
	replaceTriggers      triggers // empty: none
	userPoolSMSRoleARN   string   // empty: none
	poolFile             string   // empty: none
	newPool              newpool.Pool
	userPoolDomainPrefix string // empty: no domain of ours
}

// poolKeys are the keys of poolConfig.
var poolKeys = []contextKey{
	{
		name:    "userPoolId",
		meaning: "Id of an existing pool to keep in step. Without it, the stack creates a pool.",
		want:    "the pool's id; its first part is the Region that the stack is deployed to",
		example: "us-east-1_EXAMPLE01",
		read:    func(c *config, v string) error { return poolID(&c.userPoolID, v) },
	},
	{
		name:     "attachTriggers",
		fallback: "auto",
		meaning:  "`auto`: sets the two triggers of an existing pool, and no other setting of it. `manual`: leaves the pool alone, and prints what its owner has to set.",
		want:     "auto or manual",
		example:  "manual",
		read: func(c *config, v string) error {
			c.attachManually = v == "manual"
			return oneOf(new(string), v, "auto", "manual")
		},
	},
	{
		name:     "attachRevision",
		fallback: "1",
		meaning:  "Any text. Change it to have the triggers of an existing pool set again, after a deployment of the pool's owner has cleared them.",
		want:     "up to 40 letters, digits, dots, underscores and hyphens",
		example:  "2",
		read:     func(c *config, v string) error { return revision(&c.attachRevision, v) },
	},
	{
		name:    "replaceTriggers",
		meaning: "Functions that an existing pool calls and ours takes the place of, as UserHub's own sign-in function, with their triggers. They are put back when the stack goes.",
		want:    "a trigger, PostAuthentication or PostConfirmation, an equals sign and the ARN that the pool shows; a comma between two",
		example: "PostAuthentication=arn:aws:lambda:us-east-1:111122223333:function:userhubSignin",
		read:    func(c *config, v string) error { return replaceable(&c.replaceTriggers, v) },
	},
	{
		name:    "userPoolSmsRoleArn",
		meaning: "ARN of the role by which an existing pool sends text messages, if it does: setting triggers passes it on again.",
		want:    "the role's ARN, as `aws cognito-idp describe-user-pool` shows it at SmsConfiguration.SnsCallerArn",
		example: "arn:aws:iam::111122223333:role/service-role/pool-sms",
		read:    func(c *config, v string) error { return roleARN(&c.userPoolSMSRoleARN, v) },
	},
	{
		name:    "poolFile",
		meaning: "JSON file with all that a [new pool](new-pool.md) is like, seen from the top of the repository.",
		want:    "the path of a file as infra/docs/new-pool.md describes it",
		example: "infra/setting/newpool/testdata/everything.json",
		read:    readPoolFile,
	},
	{
		name: "userPoolDomainPrefix",
		meaning: "Gives the pool the domain `<prefix>.auth.<region>.amazoncognito.com`, which login pages and tokens for machines need. An existing pool that has a domain needs no other. " +
			"That of a new pool stays when this key goes; before another, delete it by `aws cognito-idp delete-user-pool-domain`.",
		want:    "a prefix that nobody else has: small letters, digits and hyphens, at most 63, and not aws, amazon or cognito",
		example: "example-accounts",
		read:    func(c *config, v string) error { return domainPrefix(&c.userPoolDomainPrefix, v) },
	},
}

// poolRules are what poolKeys ask of one another and of the rest.
var poolRules = []rule{
	{"attachTriggers", func(c config) error {
		return onlyIf(c.userPoolID != "", c.attachManually, "is for an existing pool: give userPoolId too")
	}},
	{"replaceTriggers", func(c config) error {
		return onlyIf(c.userPoolID != "" && !c.attachManually, len(c.replaceTriggers) > 0, "is for an existing pool whose triggers we set: give userPoolId, and attachTriggers as auto")
	}},
	{"replaceTriggers", func(c config) error {
		for _, function := range c.replaceTriggers.functions() {
			if c.userPoolID != "" && strings.Split(function, ":")[3] != c.region() {
				return errors.New("names a function in another Region than the pool")
			}
		}
		return nil
	}},
	{"userPoolSmsRoleArn", func(c config) error {
		return onlyIf(c.userPoolID != "", c.userPoolSMSRoleARN != "", "is for an existing pool: give userPoolId too")
	}},
	{"poolFile", func(c config) error {
		return onlyIf(c.userPoolID == "", c.poolFile != "", "describes a new pool, but userPoolId names an existing one")
	}},
	{"userPoolDomainPrefix", func(c config) error {
		needs := c.newPool.NeedDomain()
		if c.portalDomain != "" {
			needs = append(needs, "portalDomain")
		}
		if c.userPoolID != "" || c.userPoolDomainPrefix != "" || len(needs) == 0 {
			return nil
		}
		return fmt.Errorf("is missing, and needed by %s", strings.Join(needs, ", "))
	}},
}

// region returns an existing pool's Region.
func (c poolConfig) region() string {
	region, _, _ := strings.Cut(c.userPoolID, "_")
	return region
}

// onlyIf returns the complaint if a key is given where it has no place.
func onlyIf(place, given bool, complaint string) error {
	if given && !place {
		return errors.New(complaint)
	}
	return nil
}

// readPoolFile reads the description of a new pool. Every problem in it has a line
// of its own.
func readPoolFile(c *config, name string) error {
	described, err := newpool.Read(name)
	if problems, ok := errors.AsType[newpool.Problems](err); ok {
		return fmt.Errorf("names a file with problems:\n      %s", strings.ReplaceAll(problems.Error(), "\n", "\n      "))
	}
	if err != nil {
		return err
	}
	c.poolFile, c.newPool = name, described
	return nil
}
