package stack

import (
	"context"
	"testing"
	"time"

	"github.com/poolsync/poolsync/shared/userhub/userhubtest"
)

const password = "Passw0rd-Passw0rd"

func TestQuick(t *testing.T) {
	start := time.Now()
	s, err := Start(t.Context(), WithVisibility("ChangesQueue", 3*time.Second), WithTimeout("IngestFunction", 3*time.Second))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Stop()
	t.Log("started", time.Since(start), s.Differences())
	name, err := s.Pool.AddUser(t.Context(), "jane@example.com", password)
	if err != nil {
		t.Fatal(err)
	}
	for range 5 {
		call, err := s.Pool.SignIn(t.Context(), "jane@example.com", password)
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("%+v", call)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	err = s.UserHub.Await(ctx, func(events []userhubtest.Request) bool { return len(events) == 5 })
	for _, e := range s.UserHub.Requests() {
		t.Log(e.Time, e.ExternalID == name, e.Kind, e.Done, e.Status)
	}
	for _, f := range []string{"postauth", "ingest"} {
		for _, l := range s.Functions.Logs(f) {
			t.Log(f, l.Text)
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	start = time.Now()
	s.Stop()
	t.Log("stopped", time.Since(start))
}
