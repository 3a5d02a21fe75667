// Package scim holds what SCIM 2.0 is to both of its sides: resources and paths, messages,
// the mapping between the pool's attributes and SCIM's, and the profiles of services.
//
// Facts about the protocol come from RFC 7643 (https://www.rfc-editor.org/rfc/rfc7643)
// and RFC 7644 (https://www.rfc-editor.org/rfc/rfc7644). It does no I/O.
package scim

import (
	"encoding/json"
	"strings"
)

// ContentType is the media type of requests and answers (RFC 7644, section 3.1). Some
// services refuse application/json.
const ContentType = "application/scim+json"

// The schemas of resources and messages.
const (
	UserSchema       = "urn:ietf:params:scim:schemas:core:2.0:User"
	EnterpriseSchema = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
	ListSchema       = "urn:ietf:params:scim:api:messages:2.0:ListResponse"
	PatchSchema      = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
	ErrorSchema      = "urn:ietf:params:scim:api:messages:2.0:Error"
)

// List is the answer to a query. A service may give a part of what it found; Total counts
// all of it.
type List struct {
	Schemas   []string   `json:"schemas"`
	Total     int        `json:"totalResults"`
	Resources []Resource `json:"Resources"`
}

// Valid reports whether l is a list at all, and not some other JSON object.
func (l List) Valid() bool { return hasSchema(l.Schemas, ListSchema) }

// Patch is the body of a PATCH request.
type Patch struct {
	Schemas    []string    `json:"schemas"`
	Operations []Operation `json:"Operations"`
}

// NewPatch returns the request that carries out the operations, all of them or none.
func NewPatch(operations ...Operation) Patch {
	return Patch{Schemas: []string{PatchSchema}, Operations: operations}
}

// The kinds of [Operation].
const (
	Add     = "add"
	Replace = "replace"
	Remove  = "remove"
)

// Operation is one change of a [Patch]. We write op in lower case, as the RFC has it, and
// always a path: some services insist on either.
type Operation struct {
	Op    string `json:"op"`
	Path  string `json:"path"`
	Value any    `json:"value,omitempty"`
}

// Error is the body of an answer that is not a success (RFC 7644, section 3.12).
type Error struct {
	Schemas []string `json:"schemas"`
	// Status is the HTTP status code as a string; some services write a number.
	Status json.RawMessage `json:"status"`
	// Type narrows 400 and 409 down, such as uniqueness; often it is missing.
	Type string `json:"scimType"`
	// Detail is for people. It may repeat what was sent, so it is in no log.
	Detail string `json:"detail"`
}

// Valid reports whether e is an error of SCIM's, and not some other JSON object.
func (e Error) Valid() bool { return hasSchema(e.Schemas, ErrorSchema) }

// The types of an [Error] that mean something to us.
const (
	Uniqueness = "uniqueness"
	TooMany    = "tooMany"
)

// hasSchema reports whether a schema is listed. URNs have no case.
func hasSchema(schemas []string, urn string) bool {
	for _, s := range schemas {
		if strings.EqualFold(s, urn) {
			return true
		}
	}
	return false
}
