package scimtest

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
)

// known are the attributes of a user that we may be sent, with what they are.
var known = map[string]string{
	"userName": "text", "externalId": "text", "active": "boolean", "displayName": "text", "nickName": "text",
	"profileUrl": "text", "title": "text", "userType": "text", "preferredLanguage": "text", "locale": "text", "timezone": "text",
	"name": "object", "emails": "list", "phoneNumbers": "list", "addresses": "list", "password": "text",
}

// ignored are what only the service writes: it takes no notice of it.
var ignored = []string{"id", "meta", "groups", "schemas"}

// parse reads a user from a body.
func (s *Server) parse(body []byte) (object, error) {
	var content object
	if json.Unmarshal(body, &content) != nil {
		return nil, bad("invalidSyntax", "the body is not a JSON object")
	}
	if schemas, _ := get(content, "schemas").([]any); len(schemas) == 0 {
		return nil, bad("invalidValue", "schemas: missing")
	}
	declared, _ := get(content, "schemas").([]any)
	clean := object{}
	for name, value := range content {
		if slices.Contains(ignored, name) {
			continue
		}
		kept, err := s.accept(name, value, declared)
		if err != nil {
			return nil, err
		}
		if kept != nil {
			clean[name] = kept
		}
	}
	return clean, nil
}

// accept returns an attribute's value as it is kept, or nil.
func (s *Server) accept(name string, value any, declared []any) (any, error) {
	kind := known[name]
	if strings.HasPrefix(name, "urn:") && slices.Contains(declared, any(name)) {
		kind = "object"
	}
	text, isText := value.(string)
	switch _, isObject := value.(object); {
	case kind == "" && s.behaviour.IgnoreUnknown:
		return nil, nil
	case kind == "":
		return nil, bad("invalidSyntax", "not in any schema: "+name)
	case value == nil && !s.behaviour.RefuseLoose:
		return nil, nil
	case kind == "boolean" && isText && !s.behaviour.RefuseLoose:
		return strings.EqualFold(text, "true"), nil
	case kind == "text" && !isText, kind == "object" && !isObject:
		return nil, bad("invalidValue", name)
	case kind == "boolean":
		if _, ok := value.(bool); !ok {
			return nil, bad("invalidValue", name)
		}
	case kind == "list":
		if _, ok := value.([]any); !ok {
			return nil, bad("invalidValue", name)
		}
	}
	return value, nil
}

// admit refuses a user who is not fit to be one, and adds what the service adds.
func (s *Server) admit(u *record) error {
	demands := s.behaviour.Demands
	if demands == nil {
		demands = []string{"userName"}
	}
	for _, name := range demands {
		outer, inner, nested := strings.Cut(name, ".")
		value := get(u.content, outer)
		if o, ok := value.(object); nested && ok {
			value = get(o, inner)
		} else if nested {
			value = nil
		}
		if list, ok := value.([]any); value == nil || value == "" || ok && len(list) == 0 {
			return bad("invalidValue", name+": missing")
		}
	}
	if err := s.checkLists(u.content); err != nil {
		return err
	}
	for _, other := range s.users {
		if other.id != u.id && strings.EqualFold(other.text("userName"), u.text("userName")) && !s.behaviour.SameNames {
			return &refusal{Status: http.StatusConflict, Type: "uniqueness", Detail: "the name is taken: " + u.text("userName")}
		}
	}
	return nil
}

func (s *Server) checkLists(content object) error {
	for name, value := range content {
		list, ok := value.([]any)
		if !ok {
			continue
		}
		if s.behaviour.OneEntry && len(list) > 1 {
			return bad("invalidValue", name+": want one entry")
		}
		for _, e := range list {
			entry, ok := e.(object)
			switch {
			case !ok:
				return bad("invalidValue", name+": want objects")
			case s.behaviour.OwnParts && (entry["verified"] != nil || entry["secondary"] != nil):
				return bad("mutability", name+": a part is read-only")
			case s.behaviour.OwnParts && (entry["value"] == nil || entry["type"] == nil):
				return bad("invalidValue", name+": want value and type")
			}
		}
	}
	return nil
}
