package plan

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
)

// markBytes is how much of a digest a mark keeps: two pairs of identifiers have the same
// mark with a probability of 2^-64.
const markBytes = 8

// Mark stands for a membership at the target, of the user and of the group with these
// identifiers of its own, in 11 characters. A membership whose mark is another by now was
// of a user or of a group who is not there any more, and went with them.
func Mark(user, group string) string {
	var form [128]byte
	text := binary.AppendUvarint(form[:0], uint64(len(user)))
	text = append(append(text, user...), group...)
	sum := sha256.Sum256(text)
	return base64.RawURLEncoding.EncodeToString(sum[:markBytes])
}

// IsMember reports whether the target has confirmed that the user is a member of the group
// of that name, which has that identifier at the target.
func (e Entry) IsMember(group, id string) bool {
	mark, held := e.Groups[group]
	return held && e.Delivered() && mark == Mark(e.RemoteID, id)
}
