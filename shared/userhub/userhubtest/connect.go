package userhubtest

import (
	"context"
	"encoding/json"
	"net/http"
)

// connectRequest is the body of connect and disconnect.
type connectRequest struct {
	ConnectionID          string `json:"connectionId"`
	ExternalID            string `json:"externalId"`
	DeleteExternalAccount bool   `json:"deleteExternalAccount"`
}

func (s *Server) readConnect(q Request) (connectRequest, *apiError) {
	var c connectRequest
	if err := decode(q.Body, &c); err != nil {
		return c, err
	}
	if c.ConnectionID == "" {
		return c, invalidArgument("connectionId", "missing")
	}
	if c.ConnectionID != s.connection {
		return c, notFound("connectionId")
	}
	return c, nil
}

// connect ties a user to a record of the connection's.
func (s *Server) connect(q Request, user *User) (any, *apiError) {
	c, err := s.readConnect(q)
	if err != nil {
		return nil, err
	}
	a := account{c.ConnectionID, c.ExternalID}
	switch {
	case c.ExternalID == "":
		return nil, &apiError{status: http.StatusBadRequest, Code: "FAILED_PRECONDITION", Message: "the connection creates no users"}
	case s.users.byAccount[a] == user:
		return user, nil
	case s.users.byAccount[a] != nil:
		return nil, &apiError{status: http.StatusConflict, Code: "ALREADY_EXISTS", Message: "another user is connected", Param: "externalId"}
	}
	s.users.disconnect(user, c.ConnectionID)
	s.users.connect(user, a)
	return user, nil
}

// disconnect unties a user from the connection.
func (s *Server) disconnect(q Request, user *User) (any, *apiError) {
	c, err := s.readConnect(q)
	if err != nil {
		return nil, err
	}
	s.users.disconnect(user, c.ConnectionID)
	return user, nil
}

// createExternal has the webhook create the user to connect, if the request names
// none, and fills the name in.
func (s *Server) createExternal(ctx context.Context, q Request) (Request, *apiError) {
	c, refused := s.readConnect(q)
	profile, known := s.profile(q.User)
	if refused != nil || c.ExternalID != "" || !known {
		return q, nil // answered without the webhook
	}
	var created externalUser
	if err := s.call(ctx, "users.create", profile.external(""), &created); err != nil {
		return q, providerError(err)
	}
	c.ExternalID = created.ID
	q.Body, _ = json.Marshal(c) // plain data: never fails
	return q, nil
}

// deleteExternal has the webhook delete the user to disconnect, if the request says
// so.
func (s *Server) deleteExternal(ctx context.Context, q Request) *apiError {
	c, refused := s.readConnect(q)
	if refused != nil || !c.DeleteExternalAccount {
		return nil
	}
	s.mu.Lock()
	externalID := ""
	if user := s.users.byID[q.User]; user != nil {
		externalID = user.externalID(s.connection)
	}
	s.mu.Unlock()
	if externalID == "" {
		return nil
	}
	return providerError(s.call(ctx, "users.delete", map[string]string{"id": externalID}, &struct{}{}))
}

// profile returns a copy of a user's profile, and whether there is such a user.
func (s *Server) profile(id string) (Profile, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	user := s.users.byID[id]
	if user == nil {
		return Profile{}, false
	}
	return user.Profile, true
}
