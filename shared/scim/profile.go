package scim

import "slices"

// Profile is what is particular about a kind of service, as data. The zero Profile is that
// of a service which keeps to the RFCs and demands nothing.
type Profile struct {
	Name string
	// PerSecond and PerMinute are how many requests the service takes; 0 for no limit
	// per minute.
	PerSecond float64
	PerMinute int
	// PageSize is how many resources a page of a listing has at most.
	PageSize int
	// Required are the paths without which the service refuses a user, and for which
	// there is something to fall back on.
	Required []Path
	// Longest is how long a value may be, in characters; 0 for any length. What is
	// longer is cut or left out, but for a user name, which is refused.
	Longest         int
	LongestUserName int
	// Created are values that a new user gets, and that are neither compared nor
	// changed after that.
	Created []Value
	// WholeLists says that an attribute which is a list is replaced as a whole, with
	// the entries that are not ours as they were; otherwise one entry is addressed.
	WholeLists bool
	// OneEntry says that a list has one entry at most: ours.
	OneEntry bool
	// EntryParts are the parts of an entry that may be written back; empty for all.
	EntryParts []string
	// Follower is the type of an entry that the service keeps equal to ours by itself, as
	// long as it is; empty for none.
	Follower string
	// ByAddress says that users can be looked up by an address of theirs.
	ByAddress bool
	// SameNames says that the service may hold two users of one name, so that it does
	// not notice when a user is created twice.
	SameNames bool
	// NoPatch says that the service changes users by PUT only.
	NoPatch bool
	// Bulk is how much the service takes in one Bulk request; the zero value for services
	// without Bulk.
	Bulk BulkSize
	// Activation is another way to change whether a user is active, for when PATCH
	// is refused; nil for none.
	Activation *Activation
	// Needs says what the credentials must be allowed to do, in the service's own words;
	// empty for nothing in particular.
	Needs string
	// DeleteQuery is added to the address of a deletion, such as forceDelete=true.
	DeleteQuery string
}

// BulkSize limits a Bulk request: to so many operations, in so many bytes. PerSecond and
// PerMinute are how many such requests the service takes, where it counts them apart from
// others; 0 for where it does not.
type BulkSize struct {
	Operations, Bytes int
	PerSecond         float64
	PerMinute         int
}

// Activation changes whether a user is active by a PUT to an address of its own.
type Activation struct {
	// Path is where, below the base address and before the user's identifier.
	Path string
	// Schema is the body's.
	Schema string
	// Statuses of the answer to PATCH are the ones to fall back for.
	Statuses []int
}

// requires reports whether the service demands a value at the path.
func (p Profile) requires(path Path) bool { return slices.Contains(p.Required, path) }

// oracleUser is the schema of Oracle's own attributes of a user, and oracleStatus that of
// the resource which changes whether one is active:
// https://docs.oracle.com/en-us/iaas/api/#/en/identity-domains/v1/
const (
	oracleUser   = "urn:ietf:params:scim:schemas:oracle:idcs:extension:user:User"
	oracleStatus = "urn:ietf:params:scim:schemas:oracle:idcs:UserStatusChanger"
)

// Generic is the profile of a service of which nothing is known. Its rate is modest.
var Generic = Profile{
	Name:      "generic",
	PerSecond: 10,
	PageSize:  100,
	ByAddress: true,
	Bulk:      BulkSize{Operations: 100, Bytes: 1 << 20},
}

// OCI is the profile of an identity domain of Oracle Cloud Infrastructure. The rate is
// that of a Free domain, which has the lowest:
// https://docs.oracle.com/en-us/iaas/Content/Identity/api-getstarted/ratelimits.htm
//
// A new user gets no mail with an activation link, for they sign in elsewhere. Both
// values are set at the creation; Oracle considers bypassNotification at no other time.
var OCI = Profile{
	Name:      "oci",
	PerSecond: 20,
	PerMinute: 150,
	PageSize:  1000,
	Required:  []Path{pathFamilyName},
	Created: []Value{
		{Path{Schema: oracleUser, Attribute: "isFederatedUser"}, true},
		{Path{Schema: oracleUser, Attribute: "bypassNotification"}, true},
	},
	WholeLists: true,
	// How many operations it takes is not published: 100 are a start.
	Bulk: BulkSize{Operations: 100, Bytes: 1 << 20, PerSecond: 5, PerMinute: 200},
	// The service adds parts of its own, which it refuses to be sent.
	EntryParts:  []string{"value", "type", "primary"},
	Follower:    "recovery",
	ByAddress:   true,
	Activation:  &Activation{"/UserStatusChanger/", oracleStatus, []int{400, 403}},
	DeleteQuery: "forceDelete=true",
	// User Manager is not enough.
	Needs: "the application needs the app role User Administrator",
}

// IdentityCenter is the profile of AWS IAM Identity Center, which publishes no rate:
// https://docs.aws.amazon.com/singlesignon/latest/developerguide/what-is-scim.html
//
// The lengths are those of its identity store:
// https://docs.aws.amazon.com/singlesignon/latest/IdentityStoreAPIReference/API_CreateUser.html
var IdentityCenter = Profile{
	Name:            "identitycenter",
	PerSecond:       10,
	PageSize:        100,
	Required:        []Path{pathGivenName, pathFamilyName, pathDisplayName},
	Longest:         1024,
	LongestUserName: 128,
	WholeLists:      true,
	OneEntry:        true,
}

// Profiles are those that a setting can name.
func Profiles() map[string]Profile {
	all := map[string]Profile{}
	for _, p := range []Profile{Generic, OCI, IdentityCenter} {
		all[p.Name] = p
	}
	return all
}
