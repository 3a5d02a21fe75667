package ledger

import (
	"context"
	"fmt"
	"time"
)

// RecordSuccess records a run that came to its end, by when it started. A run that
// started before the recorded one leaves the record as it is, and that is no
// error.
func (t *Table) RecordSuccess(ctx context.Context, run string, startedAt time.Time) error {
	in := t.runKey("success")
	in["run"], in["startedAt"] = text(run), instant(startedAt)
	err := t.put(ctx, in, "attribute_not_exists(startedAt) OR startedAt <= :startedAt", item{":startedAt": in["startedAt"]})
	if err != nil && !refused(err) {
		return fmt.Errorf("record success: %w", err)
	}
	return nil
}

// LastSuccess returns the last run that came to its end, and when it started: "" and
// the zero time if none did yet.
func (t *Table) LastSuccess(ctx context.Context) (run string, startedAt time.Time, err error) {
	found, err := t.read(ctx, t.runKey("success"))
	if err != nil {
		return "", time.Time{}, fmt.Errorf("read last success: %w", err)
	}
	return textOf(found["run"]), instantOf(found["startedAt"]), nil
}
