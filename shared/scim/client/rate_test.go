package client_test

import (
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/poolsync/poolsync/shared/reconcile"
	"github.com/poolsync/poolsync/shared/scim"
	"github.com/poolsync/poolsync/shared/scim/client"
	"github.com/poolsync/poolsync/shared/scim/scimtest"
	"github.com/poolsync/poolsync/shared/throttle"
)

// TestFirstSyncReachesTheRate creates many users at a service that takes 200 ms for each
// answer, and shows that the configured rate is reached, by 95 %, and not exceeded.
func TestFirstSyncReachesTheRate(t *testing.T) {
	sized := func(p scim.Profile, operations int) scim.Profile {
		p.Bulk.Operations = operations
		return p
	}
	for _, tt := range []struct {
		name      string
		profile   scim.Profile
		perSecond float64
		perMinute int // 0 for no such limit
		users     int
		atRate    time.Duration // what so many users take at the rate
	}{
		{"ten users in a request, 5 requests a second", sized(scim.Generic, 10), 5, 0, 1000, 20 * time.Second},
		{"five users in a request, 200 requests a minute", sized(scim.OCI, 5), 5, 200, 2000, 2 * time.Minute},
		{"20 requests a second", sized(scim.Generic, 0), 20, 0, 1000, 50 * time.Second},
		{"150 requests a minute", sized(scim.Generic, 0), 20, 150, 600, 4 * time.Minute},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				limiter := throttle.New(tt.perSecond, throttle.PerMinute(tt.perMinute))
				s, transport := inMemory(t, scimtest.Behaviour{IgnoreUnknown: true})
				s.Decide(func(scimtest.Request) scimtest.Fault { return scimtest.Delay(200 * time.Millisecond) })
				c := connect(t, s.URL, tt.profile, client.WithTransport(transport), client.WithPacer(limiter), client.WithClaims(unclaimed))
				began := time.Now()
				deliverInBatches(t, c, newcomers(tt.users))
				if took, longest := time.Since(began), tt.atRate*100/95; took > longest {
					t.Errorf("it took %v, want at most %v", took, longest)
				}
				t.Logf("%d users in %v", tt.users, time.Since(began))
				if n := len(s.Users()); n != tt.users {
					t.Errorf("the service holds %d users, want %d", n, tt.users)
				}
				if most := mostInAMinute(s.Requests()); tt.perMinute > 0 && most > tt.perMinute {
					t.Errorf("%d requests within a minute", most)
				}
			})
		})
	}
}

// deliverInBatches delivers a hundred at a time, by ten instances.
func deliverInBatches(t *testing.T, c *client.Client, all []reconcile.Delivery) {
	batches := make(chan []reconcile.Delivery)
	var under sync.WaitGroup
	for range 10 {
		under.Go(func() {
			for batch := range batches {
				for _, o := range c.DeliverAll(t.Context(), batch) {
					if o.Err != nil {
						t.Errorf("DeliverAll: %v", o.Err)
					}
				}
			}
		})
	}
	for len(all) > 0 {
		n := min(100, len(all))
		batches <- all[:n]
		all = all[n:]
	}
	close(batches)
	under.Wait()
}

// mostInAMinute returns the most requests that came within any minute.
func mostInAMinute(requests []scimtest.Request) int {
	most, first := 0, 0
	for last := range requests {
		for requests[last].Time.Sub(requests[first].Time) >= time.Minute {
			first++
		}
		most = max(most, last-first+1)
	}
	return most
}
