package scimtest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
)

const (
	userSchema  = "urn:ietf:params:scim:schemas:core:2.0:User"
	errorSchema = "urn:ietf:params:scim:api:messages:2.0:Error"
	listSchema  = "urn:ietf:params:scim:api:messages:2.0:ListResponse"
	patchSchema = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
)

// refusal is an answer that is not a success.
type refusal struct {
	Status       int
	Type, Detail string
	numeric      bool
}

func (r *refusal) Error() string { return fmt.Sprint(r.Status, " ", r.Type, " ", r.Detail) }

func bad(kind, detail string) error { return &refusal{http.StatusBadRequest, kind, detail, false} }

// body is how the refusal is written.
func (r *refusal) body() object {
	body := object{"schemas": []string{errorSchema}, "status": strconv.Itoa(r.Status), "detail": r.Detail}
	if r.numeric {
		body["status"] = r.Status
	}
	if r.Type != "" {
		body["scimType"] = r.Type
	}
	return body
}

func refuse(w http.ResponseWriter, r *refusal) {
	w.Header().Set("Content-Type", "application/scim+json")
	w.WriteHeader(r.Status)
	json.NewEncoder(w).Encode(r.body())
}

// answer answers a request.
func (s *Server) answer(w http.ResponseWriter, r *http.Request, request Request) {
	if r.URL.Path == TokenPath {
		s.giveToken(w, r, request)
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	err := s.check(w, request)
	if err == nil {
		err = s.route(w, request)
	}
	if err != nil {
		refused := *err.(*refusal)
		refused.numeric = s.behaviour.NumericStatus
		if s.behaviour.NoType {
			refused.Type = ""
		}
		refuse(w, &refused)
	}
}

// check refuses a request before it is looked at. The caller holds the lock, as that of
// everything below.
func (s *Server) check(w http.ResponseWriter, r Request) error {
	if !s.tokens.accepts(r.Header.Get("Authorization")) {
		w.Header().Set("WWW-Authenticate", `Bearer realm="SCIM"`)
		return &refusal{Status: http.StatusUnauthorized, Detail: "who are you?"}
	}
	kind, _, _ := strings.Cut(r.Header.Get("Content-Type"), ";")
	switch hasBody := r.Method == http.MethodPost || r.Method == http.MethodPut || r.Method == http.MethodPatch; {
	case !hasBody, kind == "application/scim+json", kind == "application/json" && !s.behaviour.OnlySCIM:
		return nil
	}
	return &refusal{Status: http.StatusUnsupportedMediaType, Detail: "want application/scim+json"}
}

func (s *Server) route(w http.ResponseWriter, r Request) error {
	id, single := strings.CutPrefix(r.Path, "/Users/")
	switch {
	case r.Path == "/ServiceProviderConfig" && r.Method == http.MethodGet:
		s.write(w, http.StatusOK, s.config())
		return nil
	case strings.HasPrefix(r.Path, "/UserStatusChanger/") && r.Method == http.MethodPut && s.behaviour.Changer != 0:
		return s.changeStatus(w, r)
	case r.Path == "/Bulk" && r.Method == http.MethodPost:
		return s.bulk(w, r)
	case r.Path == "/Users" && r.Method == http.MethodGet:
		return s.list(w, r)
	case r.Path == "/Users" && r.Method == http.MethodPost:
		return s.create(w, r)
	case single:
		return s.one(w, r, id)
	}
	return &refusal{Status: http.StatusNotFound, Detail: "no such endpoint"}
}

func (s *Server) one(w http.ResponseWriter, r Request, id string) error {
	if r.Method == http.MethodPatch && s.behaviour.NoPatch {
		return &refusal{Status: http.StatusNotImplemented, Detail: "PATCH is not supported"}
	}
	u := s.find(id)
	if u == nil {
		return &refusal{Status: http.StatusNotFound, Detail: "no such user: " + id}
	}
	if match := r.Header.Get("If-Match"); match != "" && match != u.etag() && !s.behaviour.NoETag {
		return &refusal{Status: http.StatusPreconditionFailed, Detail: "it is another version"}
	}
	switch r.Method {
	case http.MethodGet:
		s.show(w, http.StatusOK, u)
		return nil
	case http.MethodPut:
		return s.put(w, r, u)
	case http.MethodPatch:
		return s.patch(w, r, u)
	case http.MethodDelete:
		s.drop(u)
		w.WriteHeader(http.StatusNoContent)
		return nil
	}
	return &refusal{Status: http.StatusMethodNotAllowed, Detail: "no such method"}
}

// config is what the service says of itself.
func (s *Server) config() map[string]any {
	supported := func(is bool) map[string]any { return map[string]any{"supported": is} }
	return map[string]any{
		"schemas": []string{"urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"},
		"patch":   supported(!s.behaviour.NoPatch), "etag": supported(!s.behaviour.NoETag), "sort": supported(false),
		"bulk":           map[string]any{"supported": !s.behaviour.NoBulk, "maxOperations": s.bulkLimit(), "maxPayloadSize": maxBody},
		"filter":         map[string]any{"supported": true, "maxResults": 1000},
		"changePassword": supported(false), "authenticationSchemes": []any{},
	}
}
