package ledger

import (
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/poolsync/poolsync/shared/directory"
	"github.com/poolsync/poolsync/shared/plan"
)

// item is a DynamoDB item, a key, or the values of an expression.
//
// A user's item has the attributes username, fingerprint, observedAt, deliveredAt,
// remoteId, note, rejected, rejectedSince, retryAt, leavingAt and absentRun, as
// [plan.Entry] names them; with claimedBy and claimedUntil, it has a claim, and perhaps
// nothing else but the username. The item of a removed user has observedAt, removed and
// expires instead. None of the names is a reserved word of DynamoDB.
type item = map[string]types.AttributeValue

// timeForm writes times so that DynamoDB compares them as it compares strings:
// always UTC, always to the millisecond.
const timeForm = "2006-01-02T15:04:05.000Z"

func text(s string) types.AttributeValue { return &types.AttributeValueMemberS{Value: s} }

func instant(t time.Time) types.AttributeValue { return text(t.UTC().Format(timeForm)) }

// epoch writes a time the way DynamoDB's time to live reads it, in seconds.
func epoch(t time.Time) types.AttributeValue {
	return &types.AttributeValueMemberN{Value: strconv.FormatInt(t.Unix(), 10)}
}

var yes = &types.AttributeValueMemberBOOL{Value: true}

func textOf(v types.AttributeValue) string {
	if s, ok := v.(*types.AttributeValueMemberS); ok {
		return s.Value
	}
	return ""
}

// instantOf reads a time; what is missing or unreadable is the zero time.
func instantOf(v types.AttributeValue) time.Time {
	t, _ := time.Parse(timeForm, textOf(v))
	return t
}

// entryOf reads a user's item. What it cannot read is blank, for one bad item
// must not stop a run: a blank fingerprint has the user sent again, and a blank
// deliveredAt keeps the user from being removed.
func entryOf(in item) plan.Entry {
	fingerprint, _ := directory.ParseFingerprint(textOf(in["fingerprint"]))
	_, removed := in["removed"]
	return plan.Entry{
		Sub:           textOf(in[SortKey]),
		Username:      textOf(in["username"]),
		Fingerprint:   fingerprint,
		ObservedAt:    instantOf(in["observedAt"]),
		DeliveredAt:   instantOf(in["deliveredAt"]),
		RemoteID:      textOf(in["remoteId"]),
		Note:          textOf(in["note"]),
		Rejected:      textOf(in["rejected"]),
		RejectedSince: instantOf(in["rejectedSince"]),
		RetryAt:       instantOf(in["retryAt"]),
		LeavingAt:     instantOf(in["leavingAt"]),
		AbsentRun:     textOf(in["absentRun"]),
		Claim:         claimOf(in),
		Removed:       removed,
	}
}

// claimOf reads a claim. One whose time cannot be read is a claim all the same: it has
// whoever finds it look.
func claimOf(in item) plan.Claim {
	until, claimed := in["claimedUntil"]
	if !claimed {
		return plan.Claim{}
	}
	c := plan.Claim{By: textOf(in["claimedBy"]), Until: instantOf(until)}
	if c.Until.IsZero() {
		c.Until = time.Unix(0, 0).UTC()
	}
	return c
}
