package scimtest

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strconv"
)

const (
	bulkSchema       = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"
	bulkAnswerSchema = "urn:ietf:params:scim:api:messages:2.0:BulkResponse"
)

// bulk carries out many operations, each by itself. It knows no references from one to
// another.
func (s *Server) bulk(w http.ResponseWriter, r Request) error {
	if s.behaviour.NoBulk {
		return &refusal{Status: http.StatusNotImplemented, Detail: "Bulk is not supported"}
	}
	var body struct {
		Schemas    []string
		Operations []struct {
			Method, Path, BulkID string
			Data                 json.RawMessage
		}
	}
	if json.Unmarshal(r.Body, &body) != nil || len(body.Operations) == 0 || len(body.Schemas) != 1 || body.Schemas[0] != bulkSchema {
		return bad("invalidValue", "not a Bulk request")
	}
	if len(body.Operations) > s.bulkLimit() {
		return &refusal{Status: http.StatusRequestEntityTooLarge, Detail: "too many operations"}
	}
	results := []any{}
	for _, op := range body.Operations {
		result := object{"method": op.Method, "bulkId": op.BulkID}
		answer := httptest.NewRecorder()
		err := s.route(answer, Request{Method: op.Method, Path: op.Path, Body: op.Data})
		status := answer.Code
		if err != nil {
			refused := *err.(*refusal)
			status = refused.Status
			result["response"] = refused.body()
		} else if location := answer.Header().Get("Location"); location != "" {
			result["location"], result["version"] = location, answer.Header().Get("ETag")
		}
		result["status"] = strconv.Itoa(status)
		if s.behaviour.NumericStatus {
			result["status"] = status
		}
		results = append(results, result)
	}
	s.write(w, http.StatusOK, object{"schemas": []string{bulkAnswerSchema}, "Operations": results})
	return nil
}

// bulkLimit is how many operations a Bulk request may have.
func (s *Server) bulkLimit() int {
	if s.behaviour.BulkLimit == 0 {
		return 1000
	}
	return s.behaviour.BulkLimit
}
