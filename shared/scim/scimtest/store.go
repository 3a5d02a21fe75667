package scimtest

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
)

type object = map[string]any

// record is one user.
type record struct {
	id      string
	version int
	madeAt  int // how many requests had come by then
	content object
}

func (u *record) etag() string { return fmt.Sprintf(`W/"%d"`, u.version) }

func (u *record) text(name string) string {
	text, _ := get(u.content, name).(string)
	return text
}

// get returns the member of an object, whatever the case of its name.
func get(o object, name string) any { return o[spell(o, name)] }

// spell returns a name as the object has it.
func spell(o object, name string) string {
	for n := range o {
		if strings.EqualFold(n, name) {
			return n
		}
	}
	return name
}

func (s *Server) find(id string) *record {
	for _, u := range s.users {
		if u.id == id {
			return u
		}
	}
	return nil
}

func (s *Server) drop(u *record) {
	s.users = slices.DeleteFunc(s.users, func(other *record) bool { return other == u })
}

func (s *Server) location(u *record) string {
	path := "/Users/" + u.id
	if s.behaviour.RelativeLocation {
		return path
	}
	return s.URL + path
}

// render returns a user as the service shows one.
func (s *Server) render(u *record) object {
	shown := deepCopy(u.content).(object)
	delete(shown, "password")
	shown["id"] = u.id
	meta := object{"resourceType": "User", "location": s.location(u)}
	if !s.behaviour.NoETag {
		meta["version"] = u.etag()
	}
	shown["meta"] = meta
	schemas := []any{userSchema}
	for _, name := range slices.Sorted(maps.Keys(u.content)) {
		if strings.HasPrefix(name, "urn:") {
			schemas = append(schemas, name)
		}
	}
	shown["schemas"] = schemas
	if s.behaviour.OwnParts {
		ownParts(shown)
	}
	return shown
}

// ownParts adds what an identity domain adds to addresses.
func ownParts(shown object) {
	list, _ := shown["emails"].([]any)
	var primary any
	recovers := false
	for _, e := range list {
		entry := e.(object)
		entry["verified"], entry["secondary"] = false, false
		if entry["primary"] == true {
			primary = entry["value"]
		}
		recovers = recovers || entry["type"] == "recovery"
	}
	if primary != nil && !recovers {
		shown["emails"] = append(list, object{"type": "recovery", "value": primary, "verified": false, "secondary": false})
	}
}

func deepCopy(value any) any {
	switch v := value.(type) {
	case object:
		out := object{}
		for name, inner := range v {
			out[name] = deepCopy(inner)
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, inner := range v {
			out[i] = deepCopy(inner)
		}
		return out
	}
	return value
}

func (s *Server) show(w http.ResponseWriter, status int, u *record) {
	s.version(w, u)
	s.write(w, status, s.render(u))
}

func (s *Server) version(w http.ResponseWriter, u *record) {
	if !s.behaviour.NoETag {
		w.Header().Set("ETag", u.etag())
	}
}
