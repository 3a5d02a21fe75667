package userhub_test

import (
	"errors"
	"net/http"
	"testing"

	"github.com/poolsync/poolsync/shared/directory"
	"github.com/poolsync/poolsync/shared/reconcile"
	"github.com/poolsync/poolsync/shared/userhub"
	"github.com/poolsync/poolsync/shared/userhub/userhubtest"
)

// says answers with an error of UserHub's.
func says(status int, body string) userhubtest.Fault {
	return func(w http.ResponseWriter, _ *http.Request, _ http.Handler) {
		w.WriteHeader(status)
		w.Write([]byte(body))
	}
}

func TestCheck(t *testing.T) {
	tests := []struct {
		name            string
		fault           userhubtest.Fault
		key, connection error
	}{
		{"accepted", nil, nil, nil},
		{"user not found", says(404, `{"code":"NOT_FOUND","reason":"USER_NOT_FOUND"}`), nil, nil},
		{"connection not found", says(404, `{"code":"NOT_FOUND","param":"connectionId"}`), nil, userhub.ErrUnknownConnection},
		{"connection at fault", says(400, `{"code":"INVALID_ARGUMENT","param":"user.connectionId"}`), nil, userhub.ErrUnknownConnection},
		{"something not found", userhubtest.Fail(404, "NOT_FOUND"), nil, userhub.ErrUnconfirmed},
		{"connection not ready", userhubtest.Fail(400, "FAILED_PRECONDITION"), nil, userhub.ErrUnconfirmed},
		{"failed", userhubtest.Fail(503, "UNAVAILABLE"), reconcile.ErrUnavailable, userhub.ErrUnconfirmed},
		{"key refused", userhubtest.Fail(401, "UNAUTHENTICATED"), reconcile.ErrUnauthorized, reconcile.ErrUnauthorized},
		{"key lacks a right", userhubtest.Fail(403, "PERMISSION_DENIED"), reconcile.ErrUnauthorized, reconcile.ErrUnauthorized},
		{"key may not use the connection", says(403, `{"code":"PERMISSION_DENIED","param":"connectionId"}`), reconcile.ErrUnauthorized, reconcile.ErrUnauthorized},
		{"no answer", userhubtest.Reset(), reconcile.ErrUnavailable, reconcile.ErrUnavailable},
		{"answer of someone else", userhubtest.FailPlain(200), reconcile.ErrUnavailable, userhub.ErrUnconfirmed},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			server := start(t)
			server.Always(tt.fault)
			client := connect(t, server)
			if err := client.CheckKey(t.Context()); !errors.Is(err, tt.key) {
				t.Errorf("CheckKey error = %v, want %v", err, tt.key)
			}
			err := client.CheckConnection(t.Context())
			if !errors.Is(err, tt.connection) || errors.Is(err, userhub.ErrUnconfirmed) && tt.connection != userhub.ErrUnconfirmed {
				t.Errorf("CheckConnection error = %v, want %v", err, tt.connection)
			}
			for _, r := range server.Requests() {
				if r.ExternalID != directory.Nobody || r.Kind != "CHANGED" || r.Action != "event" {
					t.Errorf("asked for %s of %s:%s, want nobody's CHANGED:event", r.Kind, r.ExternalID, r.Action)
				}
			}
		})
	}
}

// TestCheckOfStandIn runs the checks against the stand-in with an unknown connection.
func TestCheckOfStandIn(t *testing.T) {
	server := start(t)
	client := userhub.NewClient(staticKey(userhubtest.DefaultKey), "conn_other", userhub.WithBaseURL(server.URL))
	if err := client.CheckKey(t.Context()); err != nil {
		t.Errorf("CheckKey error = %v, want none: the key is good", err)
	}
	if err := client.CheckConnection(t.Context()); !errors.Is(err, userhub.ErrUnknownConnection) {
		t.Errorf("CheckConnection error = %v, want ErrUnknownConnection", err)
	}
}
