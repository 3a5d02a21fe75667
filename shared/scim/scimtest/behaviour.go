package scimtest

// Filtering is what a service does with a filter that it does not support.
type Filtering int

// The ways of services with such a filter.
const (
	Refuse   Filtering = iota // 400 invalidFilter
	Empty                     // nobody is found
	Everyone                  // as if there were none
)

// Behaviour is how a service differs from others. The zero Behaviour is that of the
// reference. Each difference was seen at some service.
type Behaviour struct {
	// PatchShows answers PATCH with 200 and the user, and not 204.
	PatchShows bool
	// NoPatch answers PATCH with 501.
	NoPatch bool
	// NoLocation leaves the Location header of a creation out, RelativeLocation makes
	// both locations relative, and NoBody answers a creation without a body.
	NoLocation, RelativeLocation, NoBody bool
	// NoType leaves scimType out of errors, and NumericStatus writes their status as a
	// number.
	NoType, NumericStatus bool
	// PlainJSON answers as application/json, and OnlySCIM refuses it.
	PlainJSON, OnlySCIM bool
	// SameNames accepts a second user of one name.
	SameNames bool
	// IgnoreUnknown takes a user with attributes that are in no schema.
	IgnoreUnknown bool
	// RefuseLoose refuses null, and text in the place of a boolean.
	RefuseLoose bool
	// NameHasCase finds users by their exact user name only.
	NameHasCase bool
	// Unfiltered are attributes by which nobody is found, and Filtering is what happens
	// instead.
	Unfiltered []string
	Filtering  Filtering
	// PageSize is how many users a page has unless the request says; 0 for 1,000.
	PageSize int
	// ItemsAsked has itemsPerPage say what was asked for, not what came.
	ItemsAsked bool
	// FirstPageAgain shows the first page beyond the end.
	FirstPageAgain bool
	// RefuseAbsent answers the removal of what is not there with 400 noTarget.
	RefuseAbsent bool
	// NoETag leaves ETags out, and does not look at If-Match.
	NoETag bool
	// NoBulk answers Bulk requests with 501; BulkLimit is how many operations one may
	// have, 0 for 1,000.
	NoBulk    bool
	BulkLimit int
	// Demands are the attributes, or parts of one, that a user must have.
	Demands []string
	// OneEntry refuses lists with more than one entry, as IAM Identity Center does.
	OneEntry bool
	// OwnParts adds parts to addresses, and an address for recovery, and refuses to be
	// sent these parts: as an identity domain does.
	OwnParts bool
	// Changer refuses whether a user is active in a PATCH, with that status, and takes
	// it at /UserStatusChanger; 0 for no such thing.
	Changer int
	// LateIndex finds a user by a filter only after so many requests more.
	LateIndex int
}

// IdentityCenter behaves as far as is known like AWS IAM Identity Center:
// https://docs.aws.amazon.com/singlesignon/latest/developerguide/limitations.html
var IdentityCenter = Behaviour{
	PatchShows: true, PlainJSON: true, NoETag: true, PageSize: 100, OneEntry: true, NoBulk: true,
	Unfiltered: []string{"emails.value"}, Demands: []string{"userName", "name.givenName", "name.familyName", "displayName"},
}

// OCI behaves as far as is known like an identity domain of Oracle's.
var OCI = Behaviour{
	PatchShows: true, PageSize: 50, ItemsAsked: true, IgnoreUnknown: true, OwnParts: true, Changer: 403,
	RefuseLoose: true, Demands: []string{"userName", "name.familyName", "emails"},
}
