package scim

import "strings"

// Inbound is what a resource says of a user, in the pool's terms.
type Inbound struct {
	UserName   string
	ExternalID string
	// Active is nil if the resource does not say.
	Active *bool
	// Attributes are the pool's attributes that the resource shows.
	Attributes map[string]string
}

// Read is the way back of [Mapping.Values]: it returns what a resource says of a user.
// Where two paths show one attribute, the first that says anything counts. An address is
// taken for verified, because whoever provisions users answers for them.
func (m Mapping) Read(r Resource) Inbound {
	in := Inbound{
		UserName: r.Text(PathUserName), ExternalID: r.Text(PathExternalID), Active: truth(r.Lookup(PathActive)),
		Attributes: map[string]string{},
	}
	for _, f := range m.fields {
		text := r.Text(f.path)
		if _, said := in.Attributes[f.attribute]; text == "" || said {
			continue
		}
		in.Attributes[f.attribute] = text
		if f.path == PathEmail {
			in.Attributes[attributeEmailVerified] = "true"
		}
	}
	switch {
	case m.userName == FromEmail && in.UserName != "" && in.Attributes[attributeEmail] == "":
		in.Attributes[attributeEmail], in.Attributes[attributeEmailVerified] = in.UserName, "true"
	case m.userName == FromPreferred && in.UserName != "":
		in.Attributes[attributePreferredUsername] = in.UserName
	}
	return in
}

// truth reads a boolean; some write it as text.
func truth(value any) *bool {
	switch v := value.(type) {
	case bool:
		return &v
	case string:
		t := strings.EqualFold(v, "true")
		if t || strings.EqualFold(v, "false") {
			return &t
		}
	}
	return nil
}

// Active reports whether a resource says that its user is active. One that does not say
// is.
func (r Resource) Active() bool {
	active := truth(r.Lookup(PathActive))
	return active == nil || *active
}
