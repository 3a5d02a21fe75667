package ledger

import (
	"context"
	"fmt"
)

// Passed returns what the target was like when its connection last passed a check, as
// [Table.RecordPassed] was told; empty if it never did.
func (t *Table) Passed(ctx context.Context) (digest string, err error) {
	found, err := t.read(ctx, t.runKey("passed"))
	if err != nil {
		return "", fmt.Errorf("read what passed: %w", err)
	}
	return textOf(found["digest"]), nil
}

// RecordPassed records what the target is like whose connection has passed a check.
func (t *Table) RecordPassed(ctx context.Context, digest string) error {
	in := t.runKey("passed")
	in["digest"] = text(digest)
	if err := t.put(ctx, in, "attribute_not_exists(digest) OR digest <> :digest", item{":digest": in["digest"]}); err != nil && !refused(err) {
		return fmt.Errorf("record what passed: %w", err)
	}
	return nil
}
