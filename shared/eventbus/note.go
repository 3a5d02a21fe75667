package eventbus

import (
	"strings"
	"time"

	"github.com/poolsync/poolsync/shared/directory"
)

// note is what the ledger keeps of a user for this target: what the last event said, or
// would have said while the target filled. Its text takes about 70 of the 256 bytes that
// a note may have.
type note struct {
	enabled bool
	shown   directory.Fingerprint // see view.digest
	at      time.Time             // the last event's observedAt
}

// noteVersion begins the text of a note.
const noteVersion = "1"

// String returns the text that [parseNote] reads.
func (n note) String() string {
	enabled := "disabled"
	if n.enabled {
		enabled = "enabled"
	}
	return strings.Join([]string{noteVersion, enabled, n.shown.String(), n.at.UTC().Format(time.RFC3339Nano)}, " ")
}

// parseNote reads the text of a note. It reports false for a text of another version:
// then the bus knows the user, and nobody can say what it was told.
func parseNote(text string) (note, bool) {
	parts := strings.Split(text, " ")
	if len(parts) != 4 || parts[0] != noteVersion {
		return note{}, false
	}
	shown, err := directory.ParseFingerprint(parts[2])
	if err != nil {
		return note{}, false
	}
	at, err := time.Parse(time.RFC3339Nano, parts[3])
	return note{parts[1] == "enabled", shown, at}, err == nil
}
