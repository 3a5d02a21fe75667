package main

import (
	"errors"
	"fmt"
	"regexp"

	"github.com/poolsync/poolsync/shared/cognito"
)

// webhookConfig is what UserHub may do through the webhook.
type webhookConfig struct {
	webhook                 string // on or off
	webhookSigningSecretARN string
	webhookHeaderSecretARN  string // empty: none
	webhookCreate           string // on or off
	webhookInvite           string // on or off
	webhookUpdate           string // on or off
	webhookDelete           string // off, disable or delete
	webhookEventBus         string // empty: none
}

// webhookKeys are the keys of webhookConfig.
var webhookKeys = []contextKey{
	{
		name:     "webhook",
		fallback: "off",
		meaning:  "`on`: UserHub reads the pool through a webhook, and needs no AWS key.",
		want:     "on or off",
		example:  "on",
		read:     func(c *config, v string) error { return oneOf(&c.webhook, v, "on", "off") },
	},
	{
		name:    "webhookSigningSecretArn",
		meaning: "Full ARN of the secret that holds the webhook connection's signing secret, and nothing else. Required with `webhook`.",
		want:    "the secret's full ARN, as the Secrets Manager console shows it",
		example: "arn:aws:secretsmanager:us-east-1:111122223333:secret:userhub-signing-AbCdEf",
		read:    func(c *config, v string) error { return secretARN(&c.webhookSigningSecretARN, v) },
	},
	{
		name:    "webhookHeaderSecretArn",
		meaning: "Full ARN of a second secret, which UserHub sends in the header `Poolsync-Secret`. Required with `webhookDelete`.",
		want:    "the full ARN of another secret, as the Secrets Manager console shows it",
		example: "arn:aws:secretsmanager:us-east-1:111122223333:secret:userhub-header-AbCdEf",
		read:    func(c *config, v string) error { return secretARN(&c.webhookHeaderSecretARN, v) },
	},
	{
		name:     "webhookCreate",
		fallback: "off",
		meaning:  "`on`: UserHub may create users in the pool.",
		want:     "on or off",
		example:  "on",
		read:     func(c *config, v string) error { return oneOf(&c.webhookCreate, v, "on", "off") },
	},
	{
		name:     "webhookInvite",
		fallback: "off",
		meaning:  "`on`: Cognito sends its invitation to the users whom UserHub creates.",
		want:     "on or off",
		example:  "on",
		read:     func(c *config, v string) error { return oneOf(&c.webhookInvite, v, "on", "off") },
	},
	{
		name:     "webhookUpdate",
		fallback: "off",
		meaning:  "`on`: UserHub may change users, and disable and enable them.",
		want:     "on or off",
		example:  "on",
		read:     func(c *config, v string) error { return oneOf(&c.webhookUpdate, v, "on", "off") },
	},
	{
		name:     "webhookDelete",
		fallback: "off",
		meaning:  "What becomes of a user whom UserHub deletes: `disable`, `delete`, or nothing at all (`off`).",
		want:     "off, disable or delete",
		example:  "disable",
		read: func(c *config, v string) error {
			return oneOf(&c.webhookDelete, v, "off", string(cognito.Disable), string(cognito.Delete))
		},
	},
	{
		name:    "webhookEventBus",
		meaning: "Name of an EventBridge bus to put UserHub's events on, with the source `poolsync.userhub`, for your own rules.",
		want:    "the name of an event bus of this account and Region, such as default",
		example: "default",
		read: func(c *config, v string) error {
			return form(&c.webhookEventBus, v, busNameForm, "is not a name that an event bus can have")
		},
	},
}

// busNameForm leaves out the names of partners' buses, which hold a slash: nobody
// but the partner can put events there.
var busNameForm = regexp.MustCompile(`^[A-Za-z0-9._-]{1,256}$`)

// webhookRules are what the keys ask of one another.
var webhookRules = []rule{
	{"webhook", func(c config) error {
		for _, key := range []struct {
			name  string
			given bool
		}{
			{"webhookSigningSecretArn", c.webhookSigningSecretARN != ""},
			{"webhookHeaderSecretArn", c.webhookHeaderSecretARN != ""},
			{"webhookCreate", c.webhookCreate == "on"},
			{"webhookInvite", c.webhookInvite == "on"},
			{"webhookUpdate", c.webhookUpdate == "on"},
			{"webhookDelete", c.deletes()},
			{"webhookEventBus", c.webhookEventBus != ""},
		} {
			if key.given && c.webhook == "off" {
				return fmt.Errorf("is off, so that %s would do nothing", key.name)
			}
		}
		return nil
	}},
	{"webhookSigningSecretArn", func(c config) error {
		if c.webhook == "on" && c.webhookSigningSecretARN == "" {
			return errors.New("is missing, and no request could be trusted without it")
		}
		return nil
	}},
	{"webhookHeaderSecretArn", func(c config) error {
		switch {
		case c.deletes() && c.webhookHeaderSecretARN == "":
			return errors.New("is missing, and webhookDelete needs it: the signature does not cover what is to be done, " +
				"so a captured request could be sent again as a deletion")
		case c.webhookHeaderSecretARN != "" && c.webhookHeaderSecretARN == c.webhookSigningSecretARN:
			return errors.New("is the secret of webhookSigningSecretArn, which would be sent with every request")
		}
		return nil
	}},
	{"webhookCreate", func(c config) error {
		if c.webhookInvite == "on" && c.webhookCreate == "off" {
			return errors.New("is off, so that webhookInvite would do nothing")
		}
		return nil
	}},
}

// deletes reports whether UserHub may remove users in one way or another.
func (c webhookConfig) deletes() bool { return c.webhookDelete != "" && c.webhookDelete != "off" }

// writes reports whether UserHub may change the pool at all.
func (c webhookConfig) writes() bool {
	return c.webhookCreate == "on" || c.webhookUpdate == "on" || c.deletes()
}
