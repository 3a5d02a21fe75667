package cognito

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/poolsync/poolsync/shared/cognito/cognitotest"
)

// TestAppClients steps through the life of a list: the question, the answer, and how
// many requests that has taken so far.
func TestAppClients(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		pool := cognitotest.New()
		for i := range 130 { // three pages
			pool.AddClient(fmt.Sprintf("client%03d", i))
		}
		clients := NewAppClients(pool, cognitotest.ID)
		for _, step := range []struct {
			name  string
			after time.Duration
			do    func()
			id    string
			want  bool
			calls int
		}{
			{name: "the first question lists all", id: "client129", want: true, calls: 3},
			{name: "and answers the next ones", id: "client000", want: true, calls: 3},
			{name: "also of others, for a minute", after: 59 * time.Second, id: "theirs", calls: 3},
			{name: "of others not for longer", after: time.Second, id: "theirs", calls: 6},
			{name: "a new one is found a minute later at most", do: func() { pool.AddClient("new") }, after: time.Minute, id: "new", want: true, calls: 9},
			{name: "a list is good for an hour", after: time.Hour - time.Second, id: "client001", want: true, calls: 9},
			{name: "and no longer", after: time.Second, id: "client001", want: true, calls: 12},
			{name: "without a client there is none", after: time.Minute, id: "", calls: 15},
		} {
			if step.do != nil {
				step.do()
			}
			time.Sleep(step.after) // the test's own clock
			got, err := clients.Have(t.Context(), step.id)
			if got != step.want || err != nil || pool.Calls("ListUserPoolClients") != step.calls {
				t.Errorf("%s: Have(%q) = %t, %v after %d calls; want %t, nil after %d",
					step.name, step.id, got, err, pool.Calls("ListUserPoolClients"), step.want, step.calls)
			}
		}
	})
}

// TestAppClientsCannotBeListed shows that without a list no client counts as a
// stranger, and that the pool is not asked for every event.
func TestAppClientsCannotBeListed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		pool := cognitotest.New()
		pool.AddClient("ours")
		denied := true
		pool.Fail(func(cognitotest.Call) error {
			if denied {
				return cognitotest.Denied()
			}
			return nil
		})
		clients := NewAppClients(pool, cognitotest.ID)
		for range 10 {
			if got, err := clients.Have(t.Context(), "theirs"); err == nil {
				t.Errorf("Have = %t without a list, want an error", got)
			}
		}
		if got := pool.Calls("ListUserPoolClients"); got != 1 {
			t.Errorf("%d calls, want 1", got)
		}
		denied = false
		time.Sleep(time.Minute)
		if got, err := clients.Have(t.Context(), "ours"); !got || err != nil {
			t.Errorf("Have = %t, %v a minute later; want true, nil", got, err)
		}
		denied = true
		time.Sleep(time.Minute)
		if got, err := clients.Have(t.Context(), "ours"); !got || err != nil {
			t.Errorf("Have = %t, %v by the earlier list; want true, nil", got, err)
		}
		if got, err := clients.Have(t.Context(), "theirs"); err == nil {
			t.Errorf("Have = %t of a client that may be new, want an error", got)
		}
	})
}
