package reconcile

import (
	"context"
	"errors"
	"fmt"
	"slices"
)

// ErrServed is returned by [ForgetTarget] for a target that the stack serves: without its
// entries it would be sent everybody again, and whoever has left would stay there.
var ErrServed = errors.New("the stack serves this target: its entries stay")

// Eraser is the ledger of one target, as far as it is to be erased.
type Eraser interface {
	// Erase deletes one page of all that the ledger holds. It begins with token "", and
	// returns with what to go on, "" once nothing is left.
	Erase(ctx context.Context, token string) (next string, erased int, err error)
}

// Forgetting is how far it has come with a target that was taken away.
type Forgetting struct {
	// Target is the target's name in the ledger.
	Target string `json:"target"`
	// Token is where to go on.
	Token string `json:"token,omitempty"`
	// Erased is how many items were deleted so far.
	Erased int `json:"erased"`
	// Done is set when nothing remains.
	Done bool `json:"done"`
}

// ForgetTarget erases what the ledger holds of a target that was taken away, page by
// page, until nothing remains or the deadline is near, and returns how far it came. If
// it fails, it returns what it did before, and fails if that is nothing. To forget a
// target twice, or one that nobody knows, does no harm.
//
// The error is [ErrServed] for one of the targets that the stack serves, by their names
// in the ledger. Nothing is told to the target: it keeps whom it holds.
func ForgetTarget(ctx context.Context, ledger Eraser, served []string, f Forgetting) (Forgetting, error) {
	switch {
	case f.Target == "":
		return f, errors.New("forget a target: none is named")
	case slices.Contains(served, f.Target):
		return f, fmt.Errorf("forget %q: %w", f.Target, ErrServed)
	}
	ctx, stop := working(ctx)
	defer stop()
	for pace := newPace(ctx); !f.Done && pace.allows(); pace.done() {
		next, erased, err := ledger.Erase(ctx, f.Token)
		if err != nil {
			if pace.pieces == 0 {
				return f, fmt.Errorf("forget %q: %w", f.Target, err)
			}
			return f, nil
		}
		f.Token, f.Erased, f.Done = next, f.Erased+erased, next == ""
	}
	return f, nil
}
