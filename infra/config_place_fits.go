package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/poolsync/poolsync/infra/setting/newpool"
)

// inRegion refuses a Region that poolsync cannot be in; what says whose it is.
func inRegion(what, region string) error {
	if reason := unfit(region); reason != "" {
		return fmt.Errorf("%s that %s", what, reason)
	}
	return nil
}

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

// stackRegion is the Region that the stack has to go to: an existing pool's, or else
// that of the secret without which nothing works.
func (c config) stackRegion() string {
	if c.userPoolID != "" {
		return c.region()
	}
	return part(c.userhubKeySecretARN, regionPart)
}

// beside refuses an ARN in another Region than the stack's, unless that is refused
// itself.
func (c config) beside(arn, remedy string) error {
	region := c.stackRegion()
	if arn == "" || region == "" || unfit(region) != "" || part(arn, regionPart) == region {
		return nil
	}
	other := "the secret of userhubKeySecretArn"
	if c.userPoolID != "" {
		other = "the pool"
	}
	return fmt.Errorf("is in another Region than %s: %s%s", other, remedy, region)
}

// secretAccount refuses a secret that is not in the account where the secrets are.
func (c config) secretAccount(arn string) error {
	if c.secretsAccountID == "" {
		return c.ownAccount(arn, ", and secretsAccountId names no other")
	}
	if arn == "" || part(arn, accountPart) == c.secretsAccountID {
		return nil
	}
	return errors.New("is not in the account that secretsAccountId names")
}

// ownAccount refuses an ARN of another account than the stack's, if that is known: it
// is the secrets', unless the owner says where else they are.
func (c config) ownAccount(arn, unless string) error {
	own := part(c.userhubKeySecretARN, accountPart)
	if c.secretsAccountID != "" || arn == "" || own == "" || part(arn, accountPart) == own {
		return nil
	}
	return fmt.Errorf("is in another account than the secret of userhubKeySecretArn%s", unless)
}

// sesRegions are those from whose SES Cognito also sends for pools of other Regions,
// if not of all. An identity of another account it takes for no pool.
// https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-email.html
var sesRegions = []string{"us-east-1", "us-west-2", "eu-west-1"}

// sesBeside refuses an SES identity that Cognito cannot send with.
func (c config) sesBeside(e newpool.Email) error {
	if err := c.ownAccount(e.SESIdentityARN, ""); err != nil {
		return fmt.Errorf("has an email.sesIdentityArn that %w", err)
	}
	if slices.Contains(sesRegions, part(e.SESIdentityARN, regionPart)) {
		return nil
	}
	if err := c.beside(e.SESIdentityARN, "name one there, or in "+strings.Join(sesRegions, ", ")+": the stack goes to "); err != nil {
		return fmt.Errorf("has an email.sesIdentityArn that %w", err)
	}
	return nil
}

// fits refuses a stack that the CDK's command line would deploy to another place than
// where its secrets are. Either is empty if the command line does not know it.
func (c config) fits(account, region string) error {
	var problems configError
	for _, key := range contextKeys {
		if key.name != "userhubKeySecretArn" {
			continue
		}
		if own := c.stackRegion(); region != "" && region != own && c.userPoolID == "" {
			problems = append(problems, problem{key: key, err: fmt.Errorf(
				"is in %s, but the stack would go to %s: set AWS_REGION to %s, or keep a replica of the secret in %s", own, region, own, region)})
		}
		if own := part(c.userhubKeySecretARN, accountPart); account != "" && account != own && c.secretsAccountID == "" {
			problems = append(problems, problem{key: key, err: errors.New(
				"is in another account than your AWS credentials: use those of its account, or say that it is elsewhere by secretsAccountId")})
		}
	}
	if problems == nil {
		return nil
	}
	return problems
}
