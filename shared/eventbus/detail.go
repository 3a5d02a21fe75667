package eventbus

import "time"

// Source is the source of every event, by which rules recognise them.
const Source = "poolsync"

// DetailType says what an event tells of.
type DetailType string

// The detail types. The first five say what the pool holds; the last two say what
// somebody did, whatever became of them since.
const (
	UserCreated  DetailType = "User Created"
	UserUpdated  DetailType = "User Updated"
	UserDisabled DetailType = "User Disabled"
	UserEnabled  DetailType = "User Enabled"
	UserDeleted  DetailType = "User Deleted"
	UserSignedIn DetailType = "User Signed In"
	UserSignedUp DetailType = "User Signed Up"
)

// DetailTypes returns all detail types.
func DetailTypes() []DetailType {
	return []DetailType{UserCreated, UserUpdated, UserDisabled, UserEnabled, UserDeleted, UserSignedIn, UserSignedUp}
}

// Version is the version of [Detail]. It is raised when a member changes its meaning or
// goes away. A new member raises nothing: readers skip what they do not know.
const Version = 1

// Detail is what an event says.
type Detail struct {
	Version    int       `json:"version" doc:"Version of this form. A new member does not raise it."`
	ID         string    `json:"id" form:"id" doc:"The event's own id. A repetition of the event has the same one."`
	Pool       string    `json:"pool" form:"text" doc:"Id of the user pool."`
	Sub        string    `json:"sub" form:"text" doc:"The user's sub. It is never used again."`
	Username   string    `json:"username,omitempty" doc:"The user name, if it may be shown."`
	ObservedAt time.Time `json:"observedAt" doc:"When the pool was seen in this state. Of two events that say what the pool holds of a user, the later one counts."`
	User       *User     `json:"user,omitempty" doc:"The user, as far as it may be shown."`
}

// User is a user as the owner of the pool lets them be shown.
type User struct {
	Enabled    bool              `json:"enabled" doc:"Whether the user may sign in."`
	Attributes map[string]string `json:"attributes,omitempty" doc:"Those attributes that may be shown and have a value."`
	// Truncated is set if the attributes did not fit into an event, so that none is shown.
	Truncated bool `json:"truncated,omitempty" doc:"True if the attributes that may be shown are too large for an event: then none is shown."`
}

// Event is a whole event, as EventBridge hands it to the target of a rule.
// https://docs.aws.amazon.com/eventbridge/latest/ref/overiew-event-structure.html
type Event struct {
	Version    string     `json:"version" doc:"EventBridge's version of this form."`
	ID         string     `json:"id" doc:"EventBridge's id, another one each time the event is sent. See detail.id."`
	DetailType DetailType `json:"detail-type" doc:"What the event tells of."`
	Source     string     `json:"source" doc:"Who sends it."`
	Account    string     `json:"account" doc:"The AWS account that sends it."`
	Time       time.Time  `json:"time" doc:"detail.observedAt in whole seconds."`
	Region     string     `json:"region" doc:"The AWS Region that sends it."`
	Resources  []string   `json:"resources" doc:"None."`
	Detail     Detail     `json:"detail" doc:"What happened."`
}
