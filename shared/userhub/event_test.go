package userhub_test

import (
	"context"
	"errors"
	"testing"

	"github.com/poolsync/poolsync/shared/userhub"
)

// An event that cannot be read is refused and handed to nobody: acknowledging it
// would lose it.
func TestEventOfAnotherFormIsRefused(t *testing.T) {
	tests := []struct{ name, body string }{
		{"id that is a number", `{"id":7,"type":"users.changed"}`},
		{"time that is none", `{"id":"evt_1","time":"yesterday","type":"users.changed"}`},
		{"user that is a text", `{"id":"evt_1","type":"users.changed","usersChanged":{"user":"jane"}}`},
		{"connection that is a text", `{"id":"evt_1","type":"users.changed","usersChanged":{"user":{"accountConnections":["conn_1"]}}}`},
		{"a list", `[]`},
		{"cut short", `{"id":"evt_1"`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			handled := false
			hook := userhub.NewWebhook(secrets{signingSecret}, userhub.Provider{
				HandleEvent: func(context.Context, userhub.Event) error { handled = true; return nil },
			})
			got, err := hook.Handle(t.Context(), signed("events.handle", tt.body, signingSecret))
			refusal, refused := errors.AsType[*userhub.Refusal](err)
			if got.Status != 400 || !refused || refusal.Code != userhub.InvalidArgument || handled {
				t.Errorf("got %d %s (%v), handled %t; want INVALID_ARGUMENT, handled by nobody", got.Status, got.Body, err, handled)
			}
		})
	}
}
