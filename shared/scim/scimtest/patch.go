package scimtest

import (
	"encoding/json"
	"net/http"
	"regexp"
	"slices"
	"strings"
)

// operation is one operation of a PATCH.
type operation struct {
	Op, Path string
	Value    any
}

// pathForm is a path: an extension, an attribute, the entry of a type, a part.
var pathForm = regexp.MustCompile(`^(?:(urn:[A-Za-z0-9:._-]+):)?([A-Za-z]+)(?:\[type eq "([A-Za-z]+)"\])?(?:\.([A-Za-z]+))?$`)

// patch applies all operations or none.
func (s *Server) patch(w http.ResponseWriter, r Request, u *record) error {
	var body struct {
		Schemas    []string
		Operations []operation
	}
	if json.Unmarshal(r.Body, &body) != nil || len(body.Operations) == 0 || !slices.Contains(body.Schemas, patchSchema) {
		return bad("invalidSyntax", "not a PATCH")
	}
	content := deepCopy(u.content).(object)
	for _, op := range body.Operations {
		if err := s.apply(content, op); err != nil {
			return err
		}
	}
	return s.change(w, u, content, s.behaviour.PatchShows)
}

// apply carries out one operation.
func (s *Server) apply(content object, op operation) error {
	form := pathForm.FindStringSubmatch(op.Path)
	if form == nil || op.Op != "add" && op.Op != "replace" && op.Op != "remove" {
		return bad("invalidPath", op.Path)
	}
	schema, name, kind, part := form[1], form[2], form[3], form[4]
	if name == "active" && s.behaviour.Changer != 0 {
		return &refusal{Status: s.behaviour.Changer, Detail: "active: change it elsewhere"}
	}
	if schema == "" && known[name] == "" {
		return bad("invalidPath", "not in any schema: "+name)
	}
	if schema != "" && schema != userSchema {
		inner, _ := content[schema].(object)
		if inner == nil {
			inner = object{}
			content[schema] = inner
		}
		content = inner
	}
	if op.Op != "remove" && op.Value == nil {
		return bad("invalidValue", op.Path+": missing")
	}
	if kind != "" {
		return s.applyToEntry(content, op, name, kind, part)
	}
	return s.applyTo(content, op, name, part)
}

// applyTo carries out an operation on an attribute, or a part of it.
func (s *Server) applyTo(content object, op operation, name, part string) error {
	if part != "" {
		inner, _ := get(content, name).(object)
		if inner == nil {
			inner = object{}
			content[name] = inner
		}
		content, name = inner, part
	}
	name = spell(content, name)
	was, isList := content[name].([]any)
	switch _, there := content[name]; {
	case op.Op == "remove" && !there && s.behaviour.RefuseAbsent:
		return bad("noTarget", op.Path)
	case op.Op == "remove":
		delete(content, name)
		return nil
	case op.Op == "add" && isList:
		added, _ := op.Value.([]any)
		for _, entry := range added {
			was = addEntry(was, entry)
		}
		content[name] = was
		return nil
	}
	if known[name] != "" {
		kept, err := s.accept(name, op.Value, nil)
		if err != nil {
			return err
		}
		content[name] = kept
		return nil
	}
	content[name] = op.Value
	return nil
}

// addEntry adds an entry to a list. If it is the primary one, no other is.
func addEntry(list []any, entry any) []any {
	if added, ok := entry.(object); ok && added["primary"] == true {
		for _, e := range list {
			delete(e.(object), "primary")
		}
	}
	return append(list, entry)
}

// applyToEntry carries out an operation on the entry of a type, or a part of it.
func (s *Server) applyToEntry(content object, op operation, name, kind, part string) error {
	list, _ := get(content, name).([]any)
	ofKind := func(e any) bool {
		text, _ := e.(object)["type"].(string)
		return strings.EqualFold(text, kind)
	}
	i := slices.IndexFunc(list, ofKind)
	switch {
	case i < 0 && op.Op == "remove" && !s.behaviour.RefuseAbsent:
		return nil
	case i < 0:
		return bad("noTarget", op.Path)
	case op.Op == "remove" && part == "":
		if list = slices.DeleteFunc(list, ofKind); len(list) == 0 {
			delete(content, name)
			return nil
		}
		content[name] = list
	case op.Op == "remove":
		delete(list[i].(object), part)
	case part == "":
		list[i] = op.Value
	default:
		list[i].(object)[part] = op.Value
	}
	return nil
}
