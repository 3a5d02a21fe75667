package setting

import (
	"slices"
	"strings"

	"github.com/poolsync/poolsync/infra/setting/form"
)

// Target is a system that is kept in step with the pool.
type Target struct {
	Type         string   `json:"type" oneOf:"userhub" required:"true" doc:"What kind of system it is." example:"userhub"`
	ConnectionID string   `json:"connectionId" form:"connectionId" required:"true" doc:"Id of the UserHub connection whose users these are." want:"the connection's id (UserHub console, Developers > Connections)" example:"conn_26yEiYymqy6ZmG"`
	KeySecretARN string   `json:"keySecretArn" form:"secretArn" required:"true" doc:"Full ARN of the Secrets Manager secret that holds UserHub's Admin API key, and nothing else." want:"the secret's full ARN, as the Secrets Manager console shows it" example:"arn:aws:secretsmanager:us-east-1:111122223333:secret:userhub-key-AbCdEf"`
	ExternalID   string   `json:"externalId" oneOf:"username sub" default:"username" doc:"What UserHub knows a user by: the pool's 'username', or 'sub'." want:"username or sub, as the connection's users have it in UserHub" example:"sub"`
	BaseURL      string   `json:"baseUrl" form:"baseUrl" default:"https://api.userhub.com" doc:"Where UserHub's Admin API is." want:"an https address without query" example:"https://api.userhub.com"`
	Scope        Scope    `json:"scope" doc:"Which users the target gets."`
	Rate         Rate     `json:"rate" doc:"How many requests the target gets."`
	MaxBacklog   int      `json:"maxBacklog" range:"0 1000000" default:"1000" doc:"A full sync does not start while more changes than this wait on the queue." example:"5000"`
	Removals     Removals `json:"removals" doc:"What the target is told of users who are gone."`
	Limits       Limits   `json:"limits" doc:"When a full sync holds its removals back."`
}

// UserHub is the Type of a target that is UserHub.
const UserHub = "userhub"

// Scope is which users a target gets.
type Scope struct {
	// Groups is nil if the target gets everybody.
	Groups []string `json:"groups" form:"groupName" range:"1 1000" doc:"Names of groups: only their members are kept in step, and to leave them all counts as leaving. Left out: everybody." want:"names of groups of the pool, each once; leave it out for everybody" example:"customers,partners"`
}

// Rate is how many requests a target gets at most, from all that deliver to it together.
type Rate struct {
	// PerSecond is 0 where the owner says nothing; see [Settings.PerSecond].
	PerSecond int `json:"perSecond" range:"0 1000" default:"0" doc:"How many requests a second the target gets at most. '0': 20, or 'providers.userhub.rate' if that is less, since UserHub asks the webhook for each user whom it is told of." want:"a whole number from 1 to 1000, or 0 for the default" example:"5"`
	PerMinute int `json:"perMinute" range:"0 60000" default:"0" doc:"How many requests a minute the target gets at most; '0': as many as 'perSecond' allows." example:"300"`
}

// defaultPerSecond is how many requests a second a target gets of whose limits nothing is
// known.
const defaultPerSecond = 20

// PerSecond returns how many requests a second a target gets at most.
func (s Settings) PerSecond(target Target) int {
	switch p := s.Providers.UserHub; {
	case target.Rate.PerSecond > 0:
		return target.Rate.PerSecond
	case p != nil && target.Type == UserHub:
		return min(defaultPerSecond, p.Rate)
	}
	return defaultPerSecond
}

// Removals is what a target is told of users who are gone.
type Removals struct {
	Action string `json:"action" oneOf:"report none" default:"report" doc:"What UserHub is told of a user who is gone. 'report': to look for the user, and so to find nobody. 'none': nothing." example:"none"`
	InRuns bool   `json:"inRuns" default:"true" doc:"Whether a full sync removes the users who are proven gone. A deletion that CloudTrail reports is passed on in any case."`
}

// Limits is when a full sync holds its removals back.
type Limits struct {
	Percent int `json:"percent" range:"0 100" default:"10" doc:"A full sync holds its removals back if they are more than this share of the users that the target holds." example:"5"`
	Count   int `json:"count" range:"0 40000000" default:"500" doc:"A full sync also holds them back if they are more users than this, whatever the share." want:"a whole number from 0 to 40000000, the most users that a pool holds" example:"100"`
	Floor   int `json:"floor" range:"0 1000" default:"5" doc:"Up to this many removals the share does not matter, so that a small pool can lose a user." example:"0"`
}

// OnlyTarget returns the one target that settings have today, and its name. Both are
// zero if there is none, which [Parse] refuses.
func (s Settings) OnlyTarget() (name string, target Target) {
	for name, target := range form.Sorted(s.Targets) {
		return name, target
	}
	return "", Target{}
}

// maxGroups keeps the names of groups, with commas between them, within the 4 KB of a
// function's environment.
const maxGroups = 2048

// targets checks what the targets' tags cannot say.
func (c *checker) targets() {
	for name, target := range form.Sorted(c.Targets) {
		length := len(strings.Join(target.Scope.Groups, ","))
		c.require(length <= maxGroups, "targets."+name+".scope.groups", "has names of more than %d characters in all", maxGroups)
	}
}

// targetPath returns the path of a setting of the only target.
func (s Settings) targetPath(setting string) string {
	name, _ := s.OnlyTarget()
	return strings.Join(slices.DeleteFunc([]string{"targets", name, setting}, func(part string) bool { return part == "" }), ".")
}
