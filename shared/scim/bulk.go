package scim

import (
	"encoding/json"
	"strconv"
	"strings"
)

// The schemas of a Bulk request and its answer (RFC 7644, section 3.7).
const (
	BulkSchema       = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"
	BulkAnswerSchema = "urn:ietf:params:scim:api:messages:2.0:BulkResponse"
)

// Bulk is a request that carries out many operations, each by itself.
type Bulk struct {
	Schemas    []string        `json:"schemas"`
	Operations []BulkOperation `json:"Operations"`
}

// BulkOperation is one request within another. ID is our name for it.
type BulkOperation struct {
	Method string          `json:"method"`
	Path   string          `json:"path"`
	ID     string          `json:"bulkId"`
	Data   json.RawMessage `json:"data"`
}

// BulkAnswer is the answer to a [Bulk].
type BulkAnswer struct {
	Schemas    []string     `json:"schemas"`
	Operations []BulkResult `json:"Operations"`
}

// Valid reports whether a is such an answer, and not some other JSON object.
func (a BulkAnswer) Valid() bool { return hasSchema(a.Schemas, BulkAnswerSchema) }

// BulkResult is what came of one operation.
type BulkResult struct {
	ID       string `json:"bulkId"`
	Location string `json:"location"`
	// RawStatus is the HTTP status code: a string, or a number for some services.
	RawStatus json.RawMessage `json:"status"`
	// Response is the body of an answer that is not a success.
	Response json.RawMessage `json:"response"`
}

// Status returns the HTTP status code, or 0 if there is none.
func (r BulkResult) Status() int {
	status, err := strconv.Atoi(strings.Trim(string(r.RawStatus), `"`))
	if err != nil {
		return 0
	}
	return status
}
