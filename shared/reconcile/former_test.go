package reconcile_test

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/poolsync/poolsync/shared/ledger/ledgertest"
	"github.com/poolsync/poolsync/shared/reconcile"
)

// forgetful returns an engine of one target, userhub:now, that forgets by f.
func forgetful(f reconcile.Forgetter) *reconcile.Engine {
	books := ledgertest.New()
	return reconcile.NewEngine(nil, books.Lease(), []reconcile.RunTarget{{Name: "hub", LedgerName: "userhub:now"}},
		reconcile.Settings{}, slog.New(slog.DiscardHandler), reconcile.WithForgetter(f))
}

func TestFormerRefused(t *testing.T) {
	for _, tt := range []struct {
		name string
		in   []string
		want string
	}{
		{"a target still", []string{"userhub:old", "userhub:now"}, `"userhub:now" is a target still`},
		{"twice", []string{"userhub:old", "userhub:old"}, "twice"},
		{"blank", []string{""}, "no name of a target"},
		{"with a blank", []string{"userhub:old "}, "no name of a target"},
		{"part of a key", []string{"userhub:old#1"}, "no name of a target"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := forgetful(ledgertest.NewShelf()).Former(tt.in)
			if !errors.Is(err, reconcile.ErrBadRequest) || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error = %v, want ErrBadRequest with %s", err, tt.want)
			}
		})
	}
	if _, err := forgetful(nil).Former([]string{"userhub:old"}); !errors.Is(err, reconcile.ErrBadRequest) {
		t.Errorf("where nobody forgets: error = %v, want ErrBadRequest", err)
	}
}

// TestForgetGoesOnWhereItStopped shows that former targets are forgotten one after the
// other, in as many steps as it takes, and that nobody else is.
func TestForgetGoesOnWhereItStopped(t *testing.T) {
	bubble(t, "slow", func(t *testing.T) {
		shelf := ledgertest.NewShelf()
		shelf.Put("userhub:old", 25_000)
		shelf.Put("userhub:older", 3)
		shelf.Put("userhub:other", 3)
		engine := forgetful(slowShelf{shelf})
		former, err := engine.Former([]string{"userhub:old", "userhub:older"})
		if err != nil {
			t.Fatal(err)
		}
		steps := 0
		for ; len(former.Names) > 0; steps++ {
			ctx, cancel := context.WithTimeout(t.Context(), 15*time.Minute)
			former, err = engine.Forget(ctx, former)
			cancel()
			if err != nil {
				t.Fatal(err)
			}
			former = carry(t, former)
		}
		if diff := cmp.Diff(map[string]int{"userhub:other": 3}, shelf.Left()); diff != "" || steps < 2 {
			t.Errorf("left after %d steps, want 2 or more: -want +got\n%s", steps, diff)
		}
	})
}

// slowShelf is a shelf that takes its time.
type slowShelf struct{ *ledgertest.Shelf }

func (s slowShelf) Forget(ctx context.Context, name, token string) (string, error) {
	time.Sleep(time.Minute) // the test's own clock
	return s.Shelf.Forget(ctx, name, token)
}

// TestForgetFails shows that a step that forgets nothing fails, and that one which has
// forgotten something goes on.
func TestForgetFails(t *testing.T) {
	shelf := ledgertest.NewShelf()
	shelf.Put("userhub:old", 5000)
	down := &unreliable{Shelf: shelf, left: 1}
	former, err := forgetful(down).Forget(t.Context(), reconcile.Former{Names: []string{"userhub:old"}})
	if err != nil || former.Token == "" {
		t.Errorf("%+v, %v; want it to go on", former, err)
	}
	if _, err := forgetful(down).Forget(t.Context(), former); err == nil || !strings.Contains(err.Error(), "forget userhub:old: down") {
		t.Errorf("error = %v, want the failure", err)
	}
}

// unreliable is a shelf that fails after some calls.
type unreliable struct {
	*ledgertest.Shelf
	left int
}

func (u *unreliable) Forget(ctx context.Context, name, token string) (string, error) {
	if u.left == 0 {
		return "", errors.New("down")
	}
	u.left--
	return u.Shelf.Forget(ctx, name, token)
}
