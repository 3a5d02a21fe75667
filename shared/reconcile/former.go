package reconcile

import (
	"context"
	"fmt"
	"slices"
	"strings"
)

// Forgetter drops what the ledger holds of a target that is no more.
type Forgetter interface {
	// Forget drops some of what the ledger holds under a target's ledger name, beginning
	// at token, and returns where to go on. "" is the token of the beginning, and what
	// follows the end. To forget twice does no harm.
	Forget(ctx context.Context, name, token string) (next string, err error)
}

// Former are targets that are no more, to be forgotten one after the other.
type Former struct {
	// Names are the names that the ledger knows them by.
	Names []string `json:"names,omitempty"`
	// Token is where the first of them goes on.
	Token string `json:"token,omitempty"`
}

// Former returns the targets of these ledger names, to be forgotten. It fails with
// [ErrBadRequest] if one of them is a target still.
func (e *Engine) Former(names []string) (Former, error) {
	if e.forgetter == nil {
		return Former{}, fmt.Errorf("%w: nothing can be forgotten here", ErrBadRequest)
	}
	for i, name := range names {
		switch {
		case name == "" || strings.TrimSpace(name) != name || strings.Contains(name, "#"):
			return Former{}, fmt.Errorf("%w: %q is no name of a target in the ledger", ErrBadRequest, name)
		case slices.Contains(names[:i], name):
			return Former{}, fmt.Errorf("%w: %q is to be forgotten twice", ErrBadRequest, name)
		case slices.ContainsFunc(e.targets, func(t RunTarget) bool { return t.LedgerName == name }):
			return Former{}, fmt.Errorf("%w: %q is a target still: take it out of the settings first", ErrBadRequest, name)
		}
	}
	return Former{Names: names}, nil
}

// Forget drops what the ledger holds of former targets, until nothing remains or the
// deadline is near, and returns what remains. If it fails, it returns how far it came,
// and fails if that is nowhere.
func (e *Engine) Forget(ctx context.Context, f Former) (Former, error) {
	ctx, stop := working(ctx)
	defer stop()
	pace := newPace(ctx)
	for len(f.Names) > 0 && pace.allows() {
		next, err := e.forgetter.Forget(ctx, f.Names[0], f.Token)
		if err != nil {
			err = fmt.Errorf("forget %s: %w", f.Names[0], err)
			if pace.pieces == 0 {
				return f, err
			}
			e.log.WarnContext(ctx, "forgetting failed: it goes on where it came to", "error", err)
			return f, nil
		}
		if f.Token = next; next == "" {
			f.Names = f.Names[1:]
		}
		pace.done()
	}
	return f, nil
}
