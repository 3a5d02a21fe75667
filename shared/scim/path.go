package scim

import (
	"errors"
	"regexp"
	"strings"
)

// ErrPath is returned for a text that is no path of the forms that [ParsePath] knows.
var ErrPath = errors.New(`not a path: want attribute, attribute.part or attribute[type eq "word"].part, after the URN of an extension if it is one's`)

// Path names one value of a resource (RFC 7644, figure 7): userName, name.givenName,
// emails[type eq "work"].value, or the same in an extension,
// urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department.
type Path struct {
	// Schema is the URN of the extension that the attribute belongs to; empty for the
	// resource's own attributes.
	Schema string
	// Attribute is the attribute's name.
	Attribute string
	// Type picks the entry of that type from an attribute which is a list; empty for
	// one that is none.
	Type string
	// Part is the name of the value within the attribute, or within the entry; empty
	// for the attribute itself.
	Part string
}

// maxPath limits a path's text, in bytes. No attribute of any schema comes near it.
const maxPath = 1024

var (
	nameForm  = regexp.MustCompile(`^[A-Za-z$][A-Za-z0-9_$-]*$`)
	schemaURN = regexp.MustCompile(`^(?i:urn):[A-Za-z0-9][A-Za-z0-9.:_-]*$`)
	entryForm = regexp.MustCompile(`^\[ *(?i:type) +(?i:eq) +"([A-Za-z0-9_-]+)" *\]$`)
)

// ParsePath reads a path. The error is [ErrPath].
func ParsePath(text string) (Path, error) {
	if len(text) > maxPath {
		return Path{}, ErrPath
	}
	var p Path
	head, entry, part, ok := split(text)
	if ok && entry != "" {
		form := entryForm.FindStringSubmatch(entry)
		if ok = form != nil && part != ""; ok {
			p.Type = form[1]
		}
	}
	if i := strings.LastIndexByte(head, ':'); i >= 0 {
		p.Schema, head = head[:i], head[i+1:]
		ok = ok && schemaURN.MatchString(p.Schema)
	}
	if strings.EqualFold(p.Schema, UserSchema) {
		p.Schema = ""
	}
	p.Attribute, p.Part = head, part
	if !ok || !nameForm.MatchString(head) || part != "" && !nameForm.MatchString(part) {
		return Path{}, ErrPath
	}
	return p, nil
}

// split cuts a path into what comes before the entry, the entry in brackets, and the part
// after the dot.
func split(text string) (head, entry, part string, ok bool) {
	head = text
	if i := strings.IndexByte(text, '['); i >= 0 {
		end := strings.IndexByte(text, ']')
		if end < i {
			return "", "", "", false
		}
		rest, dotted := strings.CutPrefix(text[end+1:], ".")
		return text[:i], text[i : end+1], rest, dotted
	}
	colon := strings.LastIndexByte(head, ':') // a URN has dots of its own
	if dot := strings.IndexByte(head[colon+1:], '.'); dot >= 0 {
		dot += colon + 1
		part = head[dot+1:]
		return head[:dot], "", part, part != ""
	}
	return head, "", "", true
}

// String writes the path as [ParsePath] reads it.
func (p Path) String() string {
	text := p.List()
	if p.Type != "" {
		text += `[type eq "` + p.Type + `"]`
	}
	if p.Part != "" {
		text += "." + p.Part
	}
	return text
}

// List is the path of the attribute as a whole, without entry and part.
func (p Path) List() string {
	if p.Schema != "" {
		return p.Schema + ":" + p.Attribute
	}
	return p.Attribute
}

// folded is the same for all spellings of a path: names have no case.
func (p Path) folded() string { return strings.ToLower(p.String()) }
