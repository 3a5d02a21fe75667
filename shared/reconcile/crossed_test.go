package reconcile_test

import (
	"context"
	"testing"
	"time"

	"github.com/poolsync/poolsync/shared/cognito/cognitotest"
	"github.com/poolsync/poolsync/shared/directory"
	"github.com/poolsync/poolsync/shared/reconcile"
)

// slow is the world's target, on a way so long that the rest of the world goes on
// before a delivery arrives.
type slow struct {
	*world
	meanwhile func()
}

func (s *slow) Deliver(ctx context.Context, d reconcile.Delivery) (reconcile.Remote, error) {
	if meanwhile := s.meanwhile; meanwhile != nil {
		s.meanwhile = nil
		meanwhile()
	}
	return s.world.Deliver(ctx, d)
}

// TestDeliverCrossed has one delivery reach the target after another one that began
// later: whatever it was, pool and target agree in the end.
func TestDeliverCrossed(t *testing.T) {
	for _, tt := range []struct {
		name     string
		snapshot bool // in the older change; else it is read when it is delivered
		act      func(*cognitotest.Pool, string)
		want     reconcile.Outcome
	}{
		{"another state", true, rename, reconcile.Delivered},
		{"another state, read", false, rename, reconcile.Delivered},
		{"a removal", true, remove, reconcile.Dropped},
		{"a removal, read", false, remove, reconcile.Dropped},
	} {
		bubble(t, tt.name, func(t *testing.T) {
			w := newWorld(t, cognitotest.New())
			sub := w.pool.Add("jane", map[string]string{"email": "jane@example.com"})
			w.sync(reconcile.Request{ID: "first"})
			time.Sleep(time.Minute) // the test's own clock
			w.pool.Edit(sub, func(u *directory.User) { u.Attributes["name"] = "Jane" })
			older := directory.Change{Kind: directory.Changed, Origin: directory.CloudTrail, Sub: sub, ObservedAt: time.Now()}
			if tt.snapshot {
				u, _ := w.pool.User(sub)
				older.Origin, older.Username, older.User = directory.Trigger, u.Username, &u
			}
			target := &slow{world: w, meanwhile: func() {
				time.Sleep(time.Second)
				tt.act(w.pool, sub)
				newer := directory.Change{Kind: directory.Changed, Origin: directory.CloudTrail, Sub: sub, ObservedAt: time.Now()}
				if _, err := w.deliverer().Deliver(t.Context(), newer); err != nil {
					t.Fatal(err)
				}
			}}
			got, err := reconcile.NewDeliverer(w.reader(), books{w}, target, w.removals, nil).Deliver(t.Context(), older)
			if got != tt.want || err != nil {
				t.Errorf("Deliver = %q, %v; want %q, nil", got, err, tt.want)
			}
			w.agree("after both")
			w.sync(reconcile.Request{ID: "second"})
			w.agree("after the next run")
		})
	}
}

func rename(pool *cognitotest.Pool, sub string) {
	pool.Edit(sub, func(u *directory.User) { u.Attributes["name"] = "Jane Doe" })
}

func remove(pool *cognitotest.Pool, sub string) { pool.Delete(sub) }
