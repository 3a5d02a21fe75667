package sandbox

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

func TestAwaitAsksAgainWhenItRings(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBell()
		go func() {
			for range 2 {
				time.Sleep(time.Second)
				b.ring()
			}
		}()
		start, asked := time.Now(), 0
		if err := b.await(t.Context(), func() bool { asked++; return asked == 3 }); err != nil {
			t.Fatal(err)
		}
		if got := time.Since(start); got != 2*time.Second {
			t.Errorf("returned after %v, want 2s: at the second ring", got)
		}
	})
}

func TestAwaitEndsWithItsContext(t *testing.T) {
	late := errors.New("too late")
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeoutCause(t.Context(), time.Second, late)
		defer cancel()
		if err := newBell().await(ctx, func() bool { return false }); !errors.Is(err, late) {
			t.Errorf("got error %v, want %v", err, late)
		}
	})
}
