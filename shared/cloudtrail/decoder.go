// Package cloudtrail turns what AWS CloudTrail says about a user pool, delivered
// through Amazon EventBridge, into changes.
//
// CloudTrail loses, repeats and reorders events, and hides most values. So an
// event is taken as a hint about one user and nothing more: which user, when,
// and whether the user may be gone. What is true is then read from the pool.
package cloudtrail

import (
	"cmp"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/poolsync/poolsync/shared/directory"
)

// How decoding fails. Neither error repeats a value of the message.
var (
	// ErrNotEvent is returned for JSON that is not in EventBridge's form: perhaps
	// a change of our own, which shares the queue with these events.
	ErrNotEvent = errors.New("not an EventBridge event")
	// ErrMalformed is returned for a message that no retry can make readable.
	ErrMalformed = errors.New("malformed CloudTrail event")
)

// Reason says why an event is no change. It is constant text, fit for a log.
type Reason string

// The reasons to ignore an event.
const (
	Uninteresting Reason = "operation does not change a user"
	Failed        Reason = "operation failed"
	OtherPool     Reason = "another pool"
	NoUser        Reason = "no usable user" // such as a hosted sign-up before its confirmation
)

// Result is the outcome of one event: a change, or the reason why there is none.
type Result struct {
	// Operation is the operation's name as AWS documents it; empty when
	// Uninteresting.
	Operation string `json:"operation,omitempty"`
	// Ignored is why there is no change; empty when there is one.
	Ignored Reason `json:"ignored,omitempty"`
	// Change is the hint, without a snapshot and without a user name. Its kind is
	// changed or removed; a removal must be confirmed like any other. Its By is
	// the provider that one of our roles made it for. Even then it is worth
	// reporting: the function that made it may have died before it could report
	// it.
	Change directory.Change `json:"change,omitzero"`
	// PoolUnverified is set when the event does not say which pool it is about.
	// No event does that a user caused with an access token or through an app
	// client. A user who is then found neither in our pool nor in the ledger is
	// someone else's.
	PoolUnverified bool `json:"poolUnverified,omitempty"`
	// ClientID is the app client that the user acted through, if the event says
	// nothing else about the pool: an app client belongs to one.
	ClientID string `json:"clientId,omitempty"`
}

// Decoder decodes events about one pool. It may be used concurrently.
type Decoder struct {
	poolID string
	roles  []ownRole
}

// OwnRole is a role by which one of our functions writes into the pool.
type OwnRole struct {
	ARN      string // with its path, if it has one
	Provider string // for which it writes, as [directory.Change] names it
}

// ownRole is a role by both names that CloudTrail has for it: as the issuer of a
// session, and at the beginning of the ARN of the session itself.
type ownRole struct {
	OwnRole
	session string
}

// roleForm is the ARN of an IAM role: partition, account, optional path, name.
var roleForm = regexp.MustCompile(`^arn:([a-z-]+):iam::([0-9]{12}):role/(?:\S*/)?([^\s/]+)$`)

// NewDecoder returns a decoder for one pool. It takes what the given IAM roles did
// for writes of their providers. The error names the role whose ARN is not a role's.
func NewDecoder(poolID string, own ...OwnRole) (*Decoder, error) {
	d := &Decoder{poolID: poolID}
	for _, role := range own {
		part := roleForm.FindStringSubmatch(role.ARN)
		if part == nil {
			return nil, fmt.Errorf("own role %q: want arn:aws:iam::<account>:role/<name>", role.ARN)
		}
		// A session's ARN leaves the role's path out (IAM user guide, "IAM identifiers").
		session := fmt.Sprintf("arn:%s:sts::%s:assumed-role/%s/", part[1], part[2], part[3])
		d.roles = append(d.roles, ownRole{role, session})
	}
	return d, nil
}

// Decode reads one event as EventBridge delivers it. The error is [ErrNotEvent]
// or [ErrMalformed].
func (d *Decoder) Decode(message []byte) (Result, error) {
	e, err := parse(message)
	if err != nil {
		return Result{}, err
	}
	operation, kind := e.operation()
	result := Result{Operation: operation}
	if result.Ignored = d.ignore(e, operation); result.Ignored != "" {
		return result, nil
	}
	pool := d.poolID
	if result.PoolUnverified = len(e.pools()) == 0; result.PoolUnverified {
		pool, result.ClientID = "", e.detail.at("requestParameters", "clientId").text()
	}
	result.Change = directory.Change{
		ID:         e.id(),
		Kind:       kind,
		Sub:        e.sub(),
		ObservedAt: e.time(),
		Origin:     directory.CloudTrail,
		Pool:       pool,
		By:         d.provider(e),
	}
	if calls[operation].group {
		result.Change.Group = cmp.Or(e.detail.at("requestParameters", "groupName").text(), hiddenGroup)
	}
	if err := result.Change.Validate(); err != nil {
		return Result{}, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	return result, nil
}

// ignore returns why the event is no change for us, or nothing.
func (d *Decoder) ignore(e event, operation string) Reason {
	switch {
	case operation == "":
		return Uninteresting
	case e.failed():
		return Failed
	case slices.ContainsFunc(e.pools(), func(id string) bool { return id != d.poolID }):
		return OtherPool
	case e.sub() == "":
		return NoUser
	}
	return ""
}

// provider returns the provider that one of our roles caused the event for, or "" for
// an event of somebody else's. CloudTrail names the role as the issuer of the
// session, and in the session's own ARN: either will do.
func (d *Decoder) provider(e event) string {
	caller := e.detail.at("userIdentity")
	issuer, session := caller.at("sessionContext", "sessionIssuer", "arn").text(), caller.at("arn").text()
	for _, role := range d.roles {
		if issuer == role.ARN || strings.HasPrefix(session, role.session) {
			return role.Provider
		}
	}
	return ""
}

// uuid is the form of a sub, and of CloudTrail's own identifiers. A sub of this
// form can stand in a ListUsers filter as it is. It has no capitals: a user name
// with some, as another directory may have made it, is no sub.
var uuid = regexp.MustCompile(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)

// sub returns the user's identifier from wherever the operation carries it, or
// nothing. In order: where CloudTrail puts it for API calls, the form field of
// the hosted confirmation page, and the answer to a sign-up.
//
// The user name is the last resort, and only where it looks like a sub: in pools
// that sign in by e-mail or phone it is one, and for other local users the API
// takes the sub in its place. Any other name may be an alias, which says nothing
// for certain.
func (e event) sub() string {
	for _, path := range [][]string{
		{"additionalEventData", "sub"},
		{"additionalEventData", "requestParameters", "sub"},
		{"responseElements", "userSub"},
		{"requestParameters", "username"},
	} {
		if id := e.detail.at(path...).text(); uuid.MatchString(id) {
			return id
		}
	}
	return ""
}

// pools returns the pool ids that the event names: none if a user acted with an
// access token or through an app client.
func (e event) pools() []string {
	var ids []string
	for _, place := range []string{"requestParameters", "additionalEventData"} {
		if id := e.detail.at(place, "userPoolId").text(); id != "" {
			ids = append(ids, id)
		}
	}
	return ids
}

// id returns CloudTrail's identifier, which repeated deliveries share.
func (e event) id() string {
	if id := e.detail.at("eventID").text(); uuid.MatchString(id) {
		return id
	}
	return directory.NewChangeID()
}

// time returns when the operation was called, or the zero time.
func (e event) time() time.Time {
	for _, v := range []value{e.detail.at("eventTime"), e.envelope.at("time")} {
		if t, err := time.Parse(time.RFC3339, v.text()); err == nil {
			return t.UTC()
		}
	}
	return time.Time{}
}
