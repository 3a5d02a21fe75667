package userhubtest

import (
	"context"
	"net/http"
)

// checkEvent returns the API's objection to an event, or nil.
func (s *Server) checkEvent(q Request) *apiError {
	var event struct {
		Type string `json:"type"`
		Wait bool   `json:"wait"`
	}
	if err := decode(q.Body, &event); err != nil {
		return err
	}
	switch event.Type {
	case "", "CHANGED", "SIGNIN", "SIGNUP":
		return s.checkExternalID(q)
	}
	return invalidArgument("type", "want CHANGED, SIGNIN or SIGNUP")
}

// checkExternalID returns the API's objection to the user in the path of an event or
// an import, or nil.
func (s *Server) checkExternalID(q Request) *apiError {
	if q.ExternalID == "" {
		return invalidArgument("userId", "want externalId@connectionId")
	}
	if q.Connection != s.connection {
		return notFound("connectionId")
	}
	return nil
}

// reportEvent answers an empty object. If the connection has a webhook, it has been
// asked for the user by now, or will be.
func (s *Server) reportEvent(q Request) (any, *apiError) {
	if err := s.checkEvent(q); err != nil {
		return nil, err
	}
	user := s.users.byAccount[account{s.connection, q.ExternalID}]
	if user == nil && s.webhook == nil {
		user = s.imported(q.ExternalID)
	}
	if q.Wait && user != nil && user.State == pendingDeletion && user.StateReason != userNotFound {
		return nil, &apiError{status: http.StatusBadRequest, Code: "FAILED_PRECONDITION", Message: "marked for deletion", Reason: "USER_PENDING_DELETION"}
	}
	return struct{}{}, nil
}

// importAccount answers the user; one who exists already does not change.
func (s *Server) importAccount(q Request) (any, *apiError) {
	if err := s.checkExternalID(q); err != nil {
		return nil, err
	}
	return s.imported(q.ExternalID), nil
}

// imported returns the user with an external id, and creates a new one if there is
// none.
func (s *Server) imported(externalID string) *User {
	a := account{s.connection, externalID}
	if user := s.users.byAccount[a]; user != nil {
		return user
	}
	user := s.users.add(Profile{})
	s.users.connect(user, a)
	return user
}

// consult asks the webhook what a request needs to know.
func (s *Server) consult(ctx context.Context, q Request) (Request, *apiError) {
	s.mu.Lock()
	webhook := s.webhook
	known := s.users.byAccount[account{s.connection, q.ExternalID}] != nil
	s.mu.Unlock()
	switch {
	case webhook == nil:
		return q, nil
	case q.Action == "event" && s.checkEvent(q) == nil && !q.Wait:
		s.background.Go(func() { s.refresh(s.life, q.ExternalID) }) // nobody is told of a failure
		return q, nil
	case q.Action == "event" && s.checkEvent(q) == nil:
		err := s.refresh(ctx, q.ExternalID)
		if known && isNotFound(err) {
			return q, nil // UserHub has found out that the user is gone
		}
		return q, providerError(err)
	case q.Action == "import" && s.checkExternalID(q) == nil && !known:
		return q, providerError(s.refresh(ctx, q.ExternalID))
	case q.Action == "connect":
		return s.createExternal(ctx, q)
	case q.Action == "disconnect":
		return q, s.deleteExternal(ctx, q)
	}
	return q, nil
}

// providerError is what the Admin API makes of a webhook's failure. It is not
// documented; the stand-in only distinguishes an unknown user from everything else.
func providerError(err error) *apiError {
	switch {
	case err == nil:
		return nil
	case isNotFound(err):
		return &apiError{status: http.StatusNotFound, Code: "NOT_FOUND", Message: "no such user", Reason: userNotFound, Param: "userId"}
	}
	return &apiError{status: http.StatusServiceUnavailable, Code: "UNAVAILABLE", Message: "the user's provider failed"}
}
