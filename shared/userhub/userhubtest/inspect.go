package userhubtest

// User returns a copy of the user with an external id in the connection, and
// whether there is one.
func (s *Server) User(externalID string) (User, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	user := s.users.byAccount[account{s.connection, externalID}]
	if user == nil {
		return User{}, false
	}
	return user.copy(), true
}

// Users returns a copy of every user, in order of creation.
func (s *Server) Users() []User {
	s.mu.Lock()
	defer s.mu.Unlock()
	users := make([]User, len(s.users.users))
	for i, user := range s.users.users {
		users[i] = user.copy()
	}
	return users
}
