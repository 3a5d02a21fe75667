package userhub_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/poolsync/poolsync/shared/userhub"
)

// Only an answer that UserHub gives after its look-up says anything about the
// connection; about the key, any answer does, and the look-up may not be ready yet.
func TestCheckOfConnectionWaitsForTheLookUp(t *testing.T) {
	server := start(t)
	client := connect(t, server)
	if err := client.CheckKey(t.Context()); err != nil {
		t.Errorf("CheckKey: %v", err)
	}
	if err := client.CheckConnection(t.Context()); err != nil {
		t.Errorf("CheckConnection: %v", err)
	}
	var got []bool
	for _, r := range server.Requests() {
		got = append(got, r.Wait)
	}
	if diff := cmp.Diff([]bool{false, true}, got); diff != "" {
		t.Errorf("waits of the key's and the connection's check (-want +got):\n%s", diff)
	}
}

// A user who is not found confirms the connection only as UserHub says it: with the
// code for it, not as the reason for something else.
func TestCheckOfConnectionTakesOneRefusalForYes(t *testing.T) {
	server := start(t)
	server.Always(says(400, `{"code":"FAILED_PRECONDITION","reason":"USER_NOT_FOUND"}`))
	if err := connect(t, server).CheckConnection(t.Context()); !errors.Is(err, userhub.ErrUnconfirmed) {
		t.Errorf("CheckConnection = %v, want ErrUnconfirmed", err)
	}
}
