package scimtest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"time"
)

// The client that a new stand-in knows.
const (
	ClientID     = "client"
	ClientSecret = "secret"
)

// issuer gives out tokens, and says which count.
type issuer struct {
	secret  string
	life    time.Duration
	given   int
	expires map[string]time.Time // of tokens; the zero time for one that does not expire
}

func newIssuer() issuer {
	return issuer{secret: ClientSecret, life: time.Hour, expires: map[string]time.Time{Token: {}}}
}

func (i *issuer) accepts(header string) bool {
	const scheme = "Bearer "
	if len(header) < len(scheme) || header[:len(scheme)] != scheme {
		return false
	}
	until, ok := i.expires[header[len(scheme):]]
	return ok && (until.IsZero() || time.Now().Before(until))
}

// SetTokens has these tokens count, and no others: those given out before do not.
func (s *Server) SetTokens(tokens ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tokens.expires = map[string]time.Time{}
	for _, token := range tokens {
		s.tokens.expires[token] = time.Time{}
	}
}

// SetSecret rotates the client's secret.
func (s *Server) SetSecret(secret string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tokens.secret = secret
}

// SetLife chooses how long new tokens count; 0 is for ever, which the answer does not say.
func (s *Server) SetLife(life time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tokens.life = life
}

// TokensGiven is how many tokens were given out.
func (s *Server) TokensGiven() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.tokens.given
}

// giveToken answers a request for a token by the client credentials grant (RFC 6749,
// section 4.4).
func (s *Server) giveToken(w http.ResponseWriter, r *http.Request, request Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	w.Header().Set("Content-Type", "application/json")
	form, err := url.ParseQuery(string(request.Body))
	id, secret, basic := r.BasicAuth()
	switch {
	case err != nil || form.Get("grant_type") != "client_credentials" || form.Has("client_secret"):
		w.WriteHeader(http.StatusBadRequest)
		fmt.Fprint(w, `{"error":"invalid_request"}`)
		return
	case !basic || id != ClientID || secret != url.QueryEscape(s.tokens.secret):
		w.WriteHeader(http.StatusUnauthorized)
		fmt.Fprint(w, `{"error":"invalid_client","error_description":"no such client or secret"}`)
		return
	}
	s.tokens.given++
	token := fmt.Sprintf("given-%d", s.tokens.given)
	body := map[string]any{"access_token": token, "token_type": "Bearer"}
	s.tokens.expires[token] = time.Time{}
	if s.tokens.life > 0 {
		s.tokens.expires[token] = time.Now().Add(s.tokens.life)
		body["expires_in"] = int(s.tokens.life.Seconds())
	}
	json.NewEncoder(w).Encode(body)
}
