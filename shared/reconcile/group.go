package reconcile

import (
	"context"
	"time"

	"github.com/poolsync/poolsync/shared/directory"
	"github.com/poolsync/poolsync/shared/plan"
)

// GroupTarget is a target that holds groups and memberships beside users.
type GroupTarget interface {
	FullTarget
	GroupFingerprinter
	// DeliverGroup brings the target to the pool's state of a group, or takes the group
	// away, and returns once the target answered, with what the ledger is to keep for it.
	// Errors are as those of Deliver.
	DeliverGroup(ctx context.Context, d GroupDelivery) (Remote, error)
	// DeliverMembers makes some users members of a group that the target holds, or takes
	// them out, and returns what came of each, in the same order: nil once the target
	// has it so. One who cannot be made a member concerns no other. Errors are as those
	// of Deliver.
	DeliverMembers(ctx context.Context, d MembersDelivery) []error
}

// GroupFingerprinter tells what a target is sent of a group.
type GroupFingerprinter interface {
	GroupFingerprint(directory.Group) directory.Fingerprint
}

// GroupDelivery is news of one group on its way to a target.
type GroupDelivery struct {
	// ID is the change's, for logs.
	ID    string
	Group directory.Group
	// Gone says that the group is to be taken away: it is proven absent from the pool.
	Gone       bool
	ObservedAt time.Time
	// Held is what the target had the ledger keep of the group; the zero Remote of one
	// of which it holds nothing.
	Held Remote
	// Claimed is as in [Delivery]: somebody may have created the group before.
	Claimed bool
}

// MembersDelivery is news of memberships of one group, at most [directory.MaxMembers].
type MembersDelivery struct {
	// ID is the change's, for logs.
	ID string
	// Group is the group's name in the pool, and Held is what the target had the ledger
	// keep of it.
	Group   string
	Held    Remote
	Members []MemberDelivery
}

// MemberDelivery is one membership on its way to a target.
type MemberDelivery struct {
	Sub string
	// Held is what the target had the ledger keep of the user, whom it holds.
	Held Remote
	// In says whether the user is to be a member.
	In bool
	// Doubt says that an earlier try may have changed the membership already. A target
	// that would hold a member twice takes such a one out first.
	Doubt      bool
	ObservedAt time.Time
}

// MembershipMark is what the ledger is to keep of one membership.
type MembershipMark struct {
	Group string
	// Mark is the membership's, as [plan.Mark] makes it; empty for one that is no more.
	Mark string
}

// MembershipLedger is what a delivery asks of the ledger about memberships.
type MembershipLedger interface {
	// ConfirmMemberships records which memberships of a user the target has, and that
	// they were observed at the time at; without any, only that. It fails with [ErrStale]
	// if memberships of the user are recorded that were observed later, or if the target
	// does not hold the user (any more).
	ConfirmMemberships(ctx context.Context, sub string, at time.Time, marks []MembershipMark) error
}

// GroupReader is what is asked of the pool about groups.
type GroupReader interface {
	// Group reads one group. It is false for one that does not exist, which is proof.
	Group(ctx context.Context, name string) (directory.Group, bool, error)
	// GroupsOf reads the names of all groups that the user of that name is in. Of a user
	// who does not exist it returns none.
	GroupsOf(ctx context.Context, username string) ([]string, error)
}

// GroupLister is what a run asks of the pool about groups, beside their members.
type GroupLister interface {
	GroupReader
	// GroupsPage returns one page of the pool's groups, and the token of the next; "" is
	// the token of the first page, and what follows the last.
	GroupsPage(ctx context.Context, token string) ([]directory.Group, string, error)
}

// GroupLedger is the ledger's part that is about groups. It keeps an entry for each, with
// the group's name as its sub, as [DeliveryLedger] does for users.
type GroupLedger interface {
	DeliveryLedger
	// Entries calls each for every group, prefix being "", in the order of their names.
	Entries(ctx context.Context, prefix string, each func(plan.Entry) error) error
}
