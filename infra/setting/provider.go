package setting

import "github.com/poolsync/poolsync/infra/setting/form"

// Providers are the systems that write into the pool.
type Providers struct {
	// UserHub is nil if there is no webhook.
	UserHub *UserHubProvider `json:"userhub" def:"userhubProvider" doc:"Its presence adds a webhook, by which UserHub reads the pool and needs no AWS key."`
}

// UserHubProvider is what UserHub may do through the webhook.
type UserHubProvider struct {
	Target           string `json:"target" form:"targetName" doc:"Which target the same connection is, by its name. Left out: the only one of type 'userhub'." want:"the name of a target of type userhub" example:"userhub"`
	SigningSecretARN string `json:"signingSecretArn" form:"secretArn" required:"true" doc:"Full ARN of the secret that holds the webhook connection's signing secret, and nothing else." want:"the secret's full ARN, as the Secrets Manager console shows it" example:"arn:aws:secretsmanager:us-east-1:111122223333:secret:userhub-signing-AbCdEf"`
	HeaderSecretARN  string `json:"headerSecretArn" form:"secretArn" doc:"Full ARN of a second secret, which UserHub sends in the header 'Poolsync-Secret'. Required with 'delete'." want:"the full ARN of another secret, as the Secrets Manager console shows it" example:"arn:aws:secretsmanager:us-east-1:111122223333:secret:userhub-header-AbCdEf"`
	Create           bool   `json:"create" default:"false" doc:"Whether UserHub may create users in the pool."`
	Invite           bool   `json:"invite" default:"false" doc:"Whether Cognito sends its invitation to the users whom UserHub creates."`
	Update           bool   `json:"update" default:"false" doc:"Whether UserHub may change users, and disable and enable them."`
	Delete           string `json:"delete" oneOf:"off disable delete" default:"off" doc:"What becomes of a user whom UserHub deletes: 'disable', 'delete', or nothing at all ('off')." example:"disable"`
	Rate             int    `json:"rate" range:"1 30" default:"10" doc:"How many requests a second UserHub may make of the webhook, of those in 'pool.listShare'. Each costs one 'ListUsers' request." example:"5"`
	EventBus         string `json:"eventBus" form:"busName" doc:"Name of an EventBridge bus to put UserHub's events on, with the source 'poolsync.userhub', for your own rules." want:"the name of an event bus of this account and Region, such as default" example:"default"`
}

// Deletes reports whether UserHub may remove users in one way or another.
func (p *UserHubProvider) Deletes() bool { return p != nil && p.Delete != "off" }

// Writes reports whether UserHub may change the pool at all.
func (p *UserHubProvider) Writes() bool {
	return p != nil && (p.Create || p.Update || p.Deletes())
}

// webhook checks what the settings of the webhook require of one another.
func (c *checker) webhook() {
	const path = "providers.userhub"
	p := c.Providers.UserHub
	if p == nil {
		return
	}
	header := form.Join(path, "headerSecretArn")
	c.require(!p.Deletes() || p.HeaderSecretARN != "", header,
		"is missing, and %s.delete requires it: the signature does not cover the action, so a captured request could be sent again as a deletion", path)
	c.connection(form.Join(path, "target"), p.Target)
	c.require(p.HeaderSecretARN == "" || p.HeaderSecretARN != p.SigningSecretARN, header,
		"is the secret of %s.signingSecretArn, which would be sent with every request", path)
	c.require(p.Create || !p.Invite, form.Join(path, "create"), "is false, so that %s.invite would do nothing", path)
}

// connection checks which target the webhook's connection is.
func (c *checker) connection(path, name string) {
	if len(c.Targets) == 0 {
		return // that is a problem already
	}
	if target, known := c.Targets[name]; name != "" {
		c.require(known && target.Type == UserHubKind, path, "names no target of type userhub")
		return
	}
	n := 0
	for _, target := range c.Targets {
		if target.Type == UserHubKind {
			n++
		}
	}
	c.require(n > 0, path, "is missing: the webhook is for a connection that is a target of type userhub, and there is none")
	c.require(n < 2, path, "is missing: there are %d targets of type userhub", n)
}

// Connection returns the target whose connection uses the webhook, by name; zero if
// there is no webhook.
func (s Settings) Connection() (name string, target Target) {
	p := s.Providers.UserHub
	if p == nil {
		return "", Target{}
	}
	for name, target := range form.Sorted(s.Targets) {
		if target.UserHub != nil && (p.Target == "" || p.Target == name) {
			return name, target
		}
	}
	return "", Target{}
}
