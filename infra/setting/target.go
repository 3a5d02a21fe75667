package setting

import (
	"strings"

	"github.com/poolsync/poolsync/infra/setting/form"
	"github.com/poolsync/poolsync/shared/scim/client"
)

// Target is a system that is kept in step with the pool.
type Target struct {
	Type Kind `json:"type" oneOf:"userhub bus scim" required:"true" doc:"What kind of system it is: 'userhub', an event bus of EventBridge's ('bus'), which gets a [feed of changes](bus.md), or a service with an endpoint for [SCIM 2.0](scim.md) ('scim')." example:"userhub"`
	// UserHub, Bus and SCIM are what only a target of that type has; nil if it is another.
	UserHub    *UserHub `of:"userhub"`
	Bus        *Bus     `of:"bus"`
	SCIM       *SCIM    `of:"scim"`
	Scope      Scope    `json:"scope" doc:"Which users the target gets."`
	Rate       Rate     `json:"rate" doc:"How many requests the target gets."`
	MaxBacklog int      `json:"maxBacklog" range:"0 1000000" default:"1000" doc:"A full sync leaves the target out while more changes than this of earlier ones wait for it." example:"5000"`
	Removals   Removals `json:"removals" doc:"What the target is told of users who are gone."`
	Limits     Limits   `json:"limits" doc:"When a full sync holds its removals back."`
}

// Kind is what kind of system a target is.
type Kind string

// The kinds of target.
const (
	UserHubKind Kind = "userhub"
	BusKind     Kind = "bus"
	SCIMKind    Kind = "scim"
)

// UserHub is what only a target that is UserHub has.
type UserHub struct {
	ConnectionID string `json:"connectionId" form:"connectionId" required:"true" doc:"Id of the UserHub connection whose users these are." want:"the connection's id (UserHub console, Developers > Connections)" example:"conn_26yEiYymqy6ZmG"`
	KeySecretARN string `json:"keySecretArn" form:"secretArn" required:"true" doc:"Full ARN of the Secrets Manager secret that holds UserHub's Admin API key, and nothing else." want:"the secret's full ARN, as the Secrets Manager console shows it" example:"arn:aws:secretsmanager:us-east-1:111122223333:secret:userhub-key-AbCdEf"`
	ExternalID   string `json:"externalId" oneOf:"username sub" default:"username" doc:"What UserHub knows a user by: the pool's 'username', or 'sub'." want:"username or sub, as the connection's users have it in UserHub" example:"sub"`
	BaseURL      string `json:"baseUrl" form:"baseUrl" default:"https://api.userhub.com" doc:"Where UserHub's Admin API is." want:"an https address without query" example:"https://api.userhub.com"`
}

// Bus is what only a target that is an event bus has.
type Bus struct {
	Name             string   `json:"bus" form:"bus" required:"true" doc:"Name or ARN of the event bus that gets an event for each change. A bus of another account has to let yours put events on it." want:"the name of an event bus of this account and Region, such as default, or a bus's ARN" example:"default"`
	Attributes       []string `json:"attributes" form:"attribute" range:"1 60" doc:"Attributes of users that events show; 'username' is one of them, and '*' is all. Left out: events name users by 'sub' alone." want:"a list of attributes of the pool, such as email, or * for all" example:"username,email"`
	SignIns          bool     `json:"signIns" default:"true" doc:"Whether each sign-in and sign-up is an event of its own."`
	AnnounceExisting bool     `json:"announceExisting" default:"false" doc:"Whether the first full sync announces everybody as created. 'false': it only takes note of them."`
}

// Scope is which users a target gets.
type Scope struct {
	// Groups is nil if the target gets everybody.
	Groups []string `json:"groups" form:"groupName" range:"1 1000" doc:"Names of groups: only their members are kept in step, and to leave them all counts as leaving. Left out: everybody." want:"names of groups of the pool, each once; leave it out for everybody" example:"customers,partners"`
	// Statuses is nil where the owner says nothing; see [Target.Statuses].
	Statuses []string `json:"statuses" oneOf:"UNCONFIRMED CONFIRMED ARCHIVED COMPROMISED UNKNOWN RESET_REQUIRED FORCE_CHANGE_PASSWORD EXTERNAL_PROVIDER" range:"1 8" doc:"Which statuses a user may have who is new to the target. Whom it has it keeps. Left out: any, but for 'scim' not 'UNCONFIRMED', so that a sign-up that nobody has confirmed makes no account." example:"CONFIRMED,EXTERNAL_PROVIDER"`
}

// Statuses returns the statuses of users who may be new to the target; nil for any.
func (t Target) Statuses() []string {
	if t.Scope.Statuses == nil && t.SCIM != nil {
		// https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_UserType.html
		return []string{"CONFIRMED", "ARCHIVED", "COMPROMISED", "UNKNOWN", "RESET_REQUIRED", "FORCE_CHANGE_PASSWORD", "EXTERNAL_PROVIDER"}
	}
	return t.Scope.Statuses
}

// Rate is how many requests a target gets at most, from all that deliver to it together.
type Rate struct {
	// PerSecond is 0 where the owner says nothing; see [Settings.PerSecond].
	PerSecond int `json:"perSecond" range:"0 1000" default:"0" doc:"How many requests a second the target gets at most. '0': 20; for UserHub 'providers.userhub.rate' if that is less, since UserHub asks the webhook for each user whom it is told of; for 'scim' what the profile says." want:"a whole number from 1 to 1000, or 0 for the default" example:"5"`
	PerMinute int `json:"perMinute" range:"0 60000" default:"0" doc:"How many requests a minute the target gets at most; '0': as many as 'perSecond' allows, and for 'scim' as the profile says." example:"300"`
}

// defaultPerSecond is how many requests a second a target gets of whose limits nothing is
// known.
const defaultPerSecond = 20

// PerSecond returns how many requests a second a target gets at most, by its name.
func (s Settings) PerSecond(name string) int {
	if explicit := s.Targets[name].Rate.PerSecond; explicit > 0 {
		return explicit
	}
	if connection, _ := s.Connection(); connection == name && name != "" {
		return min(defaultPerSecond, s.Providers.UserHub.Rate)
	}
	if s := s.Targets[name].SCIM; s != nil {
		return max(1, int(s.profile().PerSecond))
	}
	return defaultPerSecond
}

// PerMinute returns how many requests a minute a target gets at most, by its name; 0 if
// the rate per second says it all.
func (s Settings) PerMinute(name string) int {
	target := s.Targets[name]
	if target.Rate.PerMinute == 0 && target.SCIM != nil {
		return target.SCIM.profile().PerMinute
	}
	return target.Rate.PerMinute
}

// Removals is what a target is told of users who are gone.
type Removals struct {
	Action string `json:"action" oneOf:"report none" default:"report" doc:"What the target is told of a user who is gone. 'report': that the user is gone. 'none': nothing." example:"none"`
	InRuns bool   `json:"inRuns" default:"true" doc:"Whether a full sync removes the users who are proven gone. A deletion that CloudTrail reports is passed on in any case."`
}

// Limits is when a full sync holds its removals back.
type Limits struct {
	Percent int `json:"percent" range:"0 100" default:"10" doc:"A full sync holds its removals back if they are more than this share of the users that the target holds." example:"5"`
	Count   int `json:"count" range:"0 40000000" default:"500" doc:"A full sync also holds them back if they are more users than this, whatever the share." want:"a whole number from 0 to 40000000, the most users that a pool holds" example:"100"`
	Floor   int `json:"floor" range:"0 1000" default:"5" doc:"Up to this many removals the share does not matter, so that a small pool can lose a user." example:"0"`
}

// maxGroups keeps the names of groups, with commas between them, within the 4 KB of a
// function's environment.
const maxGroups = 2048

// targets checks what the targets' tags cannot say.
func (c *checker) targets() {
	met := map[string]string{} // targets, by what they are
	for name, target := range form.Sorted(c.Targets) {
		path := form.Join("targets", name)
		length := len(strings.Join(target.Scope.Groups, ","))
		c.require(length <= maxGroups, form.Join(path, "scope.groups"), "has names of more than %d characters in all", maxGroups)
		setting, what := target.identity()
		if what == "" {
			continue // it has a problem already
		}
		other, twice := met[what]
		c.belong(!twice, form.Join(path, setting), "is that of targets.%s: one system can be one target only", other)
		met[what] = name
	}
	c.resourceNames()
	for name, target := range form.Sorted(c.Targets) {
		if target.SCIM != nil {
			c.scim(form.Join("targets", name), *target.SCIM)
		}
	}
}

// identity returns what a target is, by whatever name, and the setting that says so.
func (t Target) identity() (setting, what string) {
	switch {
	case t.UserHub != nil && t.UserHub.ConnectionID != "":
		return "connectionId", "userhub:" + t.UserHub.ConnectionID
	case t.Bus != nil && t.Bus.Name != "":
		return "bus", "bus:" + t.Bus.Name
	case t.SCIM != nil && t.SCIM.BaseURL != "":
		return "baseUrl", client.TargetName(t.SCIM.BaseURL)
	}
	return "", ""
}

// resourceNames refuses targets whose resources would have the same names: a name of a
// resource holds no hyphen.
func (c *checker) resourceNames() {
	met := map[string]string{}
	for name := range form.Sorted(c.Targets) {
		id := ResourceName(name)
		other, twice := met[id]
		c.belong(!twice, form.Join("targets", name), "is too much like targets.%s: their resources would both be named %s...", other, id)
		met[id] = name
	}
}

// ResourceName returns what the names of a target's resources in the template begin
// with: the target's name without hyphens, each word with a capital.
func ResourceName(target string) string {
	var id strings.Builder
	for word := range strings.SplitSeq(target, "-") {
		if word != "" {
			id.WriteString(strings.ToUpper(word[:1]) + word[1:])
		}
	}
	return id.String()
}
