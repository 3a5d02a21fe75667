package eventbus

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"time"

	"github.com/poolsync/poolsync/shared/directory"
)

// idSize is the length of an event's id in bytes, 32 hexadecimal digits. Two ids are
// equal by chance with a probability of 2^-128.
const idSize = 16

// idOf returns the id of an event about a user's state: the same each time the same step
// is told of, by whatever change. A step leads from what the last event said, which its
// time stands for, to another state. Where there was no last event, the change itself
// stands in for it. A user can come into the scope again as they were when they left,
// and must not be taken for a repetition.
func (b *Bus) idOf(t DetailType, c directory.Change, last time.Time, f directory.Fingerprint) string {
	from := last.UTC().Format(time.RFC3339Nano)
	if last.IsZero() {
		from = fmt.Sprintf("%s %s", c.ID, c.ObservedAt.UTC().Format(time.RFC3339Nano))
	}
	sum := sha256.Sum256(fmt.Appendf(nil, "%q %q %q %q %q", b.Name(), c.Sub, from, t, f))
	return hex.EncodeToString(sum[:idSize])
}

// idOfHappening returns the id of an event about a sign-in or sign-up, which is that of
// the change: each of them is queued under an id of its own, and nothing else is told of
// under it.
func (b *Bus) idOfHappening(t DetailType, c directory.Change) string {
	return cmp.Or(c.ID, b.idOf(t, c, time.Time{}, directory.Fingerprint{}))
}
