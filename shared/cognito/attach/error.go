package attach

import (
	"errors"
	"fmt"
	"strings"

	"github.com/aws/smithy-go"
)

// Why the triggers of a pool could not be set. Each error that wraps one says what to
// do. None holds the value of a setting, which may be personal: a pool has senders'
// addresses and texts of messages. What Cognito itself says about a request is passed
// on.
var (
	// ErrForeignTrigger is returned when a trigger calls a function that is
	// neither ours nor named as replaceable.
	ErrForeignTrigger = errors.New("trigger is taken")
	// ErrUnknownSetting is returned when the pool has a setting that this version
	// of the SDK does not know, which an update would reset.
	ErrUnknownSetting = errors.New("pool has unknown settings")
	// ErrChanged is returned when an update changed a setting other than the
	// triggers. It says whether everything is back as it was.
	ErrChanged = errors.New("update changed other settings")
	// ErrImporting is returned while a user import job runs: Cognito then refuses
	// any update.
	ErrImporting = errors.New("a user import job is running")
	// ErrRole is returned when Cognito does not let us update a pool that sends text
	// messages: the update hands it the role for that again.
	ErrRole = errors.New("our role may not update a pool that sends text messages")
	// ErrNoTime is returned when too little time is left for an update, its
	// verification and putting it back. The pool was not touched.
	ErrNoTime = errors.New("too little time is left for a safe update")
)

// refusal returns an error with which Cognito refused an update of the pool, together
// with what to do about it, if that is known.
func (p *pool) refusal(err error) error {
	api, ok := errors.AsType[smithy.APIError](err)
	if ok && api.ErrorCode() == "AccessDeniedException" && p.known.SmsConfiguration != nil {
		return fmt.Errorf("%w: set pool.smsRoleArn to the role that the pool sends them with, and try again: %w", ErrRole, err)
	}
	return err
}

// maxNames is how many settings an error names: CloudFormation takes 4 KiB.
const maxNames = 20

// list joins the names of settings for an error.
func list(names []string) string {
	if more := len(names) - maxNames; more > 0 {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:maxNames], ", "), more)
	}
	return strings.Join(names, ", ")
}
