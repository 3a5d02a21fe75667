package userhubtest

import "net/http"

// connectRequest is what connect and disconnect are sent.
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
